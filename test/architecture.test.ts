import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { functionsOf, parametersOf, quantile } from './architecture/functions.ts'
import { forbiddenImports, importCycles } from './architecture/imports.ts'
import { countLines, importsOf, parseSource, projectFiles, readProjectFile, type Source } from './architecture/source.ts'
import { computedImports, hiddenInputs, styleFaults } from './architecture/style.ts'

const files = projectFiles()
const isProduct = (path: string) => /^(core|submitters|scenarios|reports)\//.test(path)
const sources = files.filter((path) => path.endsWith('.ts')).map((path) => parseSource(path, readProjectFile(path)))
const product = sources.filter((source) => isProduct(source.path))
const tests = sources.filter((source) => source.path.startsWith('test/'))
const faultsOf = (of: readonly Source[], rule: (source: Source) => string[]) => of.flatMap(rule)

describe('who may import whom', () => {
  it('given any file of the product, when it imports, then its room may have that', () => {
    expect(product.length).toBeGreaterThan(50)
    expect(faultsOf(product, forbiddenImports)).toEqual([])
  })

  it('given the whole product, when its imports are followed, then no way leads back', () => {
    expect(importCycles(product)).toEqual([])
  })

  it('given any file but the loader of plug-ins, when it imports, then it says what', () => {
    expect(product.flatMap(computedImports).filter((fault) => !fault.startsWith('core/plugins.ts:'))).toEqual([])
  })

  it('given a library that the product imports, then an installed package brings it', () => {
    const { dependencies } = JSON.parse(readProjectFile('package.json')) as { dependencies: Record<string, string> }
    const libraries = product.flatMap(importsOf).filter((target) => !target.endsWith('.ts') && !target.startsWith('node:'))
    const packages = new Set(libraries.map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')))
    expect([...packages].filter((name) => !(name in dependencies))).toEqual([])
  })
})

describe('size', () => {
  const code = files.filter((path) => /\.(ts|sh|sql|hbs|css)$/.test(path))

  it('given any file of code, then it has at most 300 lines', () => {
    expect(code.map((path) => [path, countLines(readProjectFile(path))] as const).filter(([, lines]) => lines > 300)).toEqual([])
  })

  it('given the files of the product, then half have at most 80 lines and 9 in 10 at most 200', () => {
    const lines = product.map((source) => countLines(source.text))
    expect(quantile(lines, 0.5)).toBeLessThanOrEqual(80)
    expect(quantile(lines, 0.9)).toBeLessThanOrEqual(200)
  })

  it('given any function, then it has at most 50 lines; half in the product have at most 10, and 9 in 10 at most 30', () => {
    const long = [...product, ...tests].flatMap(functionsOf).filter((one) => one.lines > 50 && !one.isList)
    expect(long.map((one) => `${one.where}: ${one.lines} lines`)).toEqual([])
    const lines = product.flatMap(functionsOf).map((one) => one.lines)
    expect(quantile(lines, 0.5)).toBeLessThanOrEqual(10)
    expect(quantile(lines, 0.9)).toBeLessThanOrEqual(30)
  })

  it('given any function of the product, then it takes at most 3 parameters', () => {
    const many = product.flatMap(parametersOf).filter((one) => one.params > 3)
    expect(many.map((one) => `${one.where}: ${one.params} parameters`)).toEqual([])
  })
})

describe('style', () => {
  it('given any file, then its name is in kebab case', () => {
    const named = files.filter((path) => /\.(ts|sh|sql|hbs|css|yaml)$/.test(path)).map((path) => basename(path))
    expect(named.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(name))).toEqual([])
  })

  it('given the product, then there are no default exports, enums, classes, idle names or hidden exits', () => {
    expect(faultsOf(product, styleFaults)).toEqual([])
  })

  it('given the rules and the use cases, then clock, randomness and environment come in as arguments', () => {
    const pure = product.filter((source) => /^core\/(domain|app)\//.test(source.path))
    expect(pure.length).toBeGreaterThan(20)
    expect(faultsOf(pure, hiddenInputs)).toEqual([])
  })

  it('given any file, then it names no folder of the machine that it was written on', () => {
    const folders = ['work', 'shared'].map((name) => new RegExp(`(^|[\\s'"\`(=:])(\\.\\.)?/?${name}/(main|shared|facts|data|captures|services|house|product)`))
    expect(files.filter((path) => folders.some((folder) => folder.test(readProjectFile(path))))).toEqual([])
  })
})
