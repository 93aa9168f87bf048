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
    const folders = ['work', 'shared'].map(
      (name) => new RegExp(`(^|[\\s'"\`(=:])(\\.\\.)?/?${name}/(main|shared|facts|data|captures|services|house|product)`),
    )
    expect(files.filter((path) => folders.some((folder) => folder.test(readProjectFile(path))))).toEqual([])
  })
})

describe('the rules themselves', () => {
  const sample = (path: string, text: string) => parseSource(path, text)

  it('given an import in any form, when it leaves its room, then it is found', () => {
    const forms = [
      "import { a } from '../io/x.ts'",
      "import type { A } from '../io/x.ts'",
      "export * from '../io/x.ts'",
      "export { a } from '../io/x.ts'",
      "const a = await import('../io/x.ts')",
      "type A = import('../io/x.ts').A",
      "import '../io/x.ts'",
    ]
    for (const form of forms) expect(forbiddenImports(sample('core/app/a.ts', form))).toEqual(['core/app/a.ts imports core/io/x.ts'])
    expect(forbiddenImports(sample('core/cli/a.ts', forms.join('\n').replaceAll('const a', 'const b')))).toEqual([])
  })

  it('given the rooms, when an import is tried, then the table of the house decides', () => {
    const allowed = (path: string, from: string) => forbiddenImports(sample(path, `import { a } from '${from}'`)).length === 0
    expect(allowed('core/domain/a.ts', 'zod')).toBe(true)
    expect(allowed('core/domain/a.ts', 'node:fs')).toBe(false)
    expect(allowed('core/domain/a.ts', '../ports.ts')).toBe(false)
    expect(allowed('core/app/a.ts', '../ports.ts')).toBe(true)
    expect(allowed('core/app/a.ts', 'node:crypto')).toBe(false)
    expect(allowed('core/io/mail/a.ts', 'nodemailer')).toBe(true)
    expect(allowed('core/io/mail/a.ts', '../../app/b.ts')).toBe(false)
    expect(allowed('core/io/mail/a.ts', '../../config.ts')).toBe(false)
    expect(allowed('core/cli/a.ts', '../../submitters/local/index.ts')).toBe(false)
    expect(allowed('core/worker.ts', './io/keys.ts')).toBe(true)
    expect(allowed('core/worker.ts', '../reports/html/index.ts')).toBe(false)
    expect(allowed('submitters/one/a.ts', './b.ts')).toBe(true)
    expect(allowed('submitters/one/a.ts', '../one-more/b.ts')).toBe(false)
    expect(allowed('submitters/one/a.ts', '../../core/domain/errors.ts')).toBe(true)
    expect(allowed('submitters/one/a.ts', '../../core/io/keys.ts')).toBe(false)
    expect(allowed('elsewhere/a.ts', 'node:fs')).toBe(false)
  })

  it('given files that import each other, then the cycle is told; types alone make none', () => {
    const a = (form: string) => [sample('core/io/a.ts', form), sample('core/io/b.ts', "import { a } from './a.ts'")]
    expect(importCycles(a("import { b } from './b.ts'"))).toEqual(['core/io/a.ts -> core/io/b.ts -> core/io/a.ts'])
    expect(importCycles(a("import type { B } from './b.ts'"))).toEqual([])
  })

  it('given functions of every kind, then their lines and parameters are counted', () => {
    const text = [
      'function one(a: string, b = "}", { c }: { c: number }, ...d: number[]) {',
      '  // a comment with a brace {',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program
      '  return `${(() => { return "`}" })()} }`',
      '}',
      'export const two = async (a: number) => {',
      '  return /[}]/.test(String(a))',
      '}',
      'const three = (a: number, b: number) => a + b',
      'const four = { five() { return 5 } }',
      "describe('tests', () => {",
      "  it.each([1])('one', () => {})",
      '})',
    ].join('\n')
    const found = functionsOf(sample('a.ts', text))
    expect(found.map(({ where, lines, params, isList }) => [where, lines, params, isList])).toEqual([
      ['a.ts:1', 4, 4, false],
      ['a.ts:3', 1, 0, false],
      ['a.ts:5', 3, 1, false],
      ['a.ts:9', 1, 0, false],
      ['a.ts:10', 3, 0, true],
      ['a.ts:11', 1, 0, false],
    ])
    expect(parametersOf(sample('a.ts', text)).map((one) => one.params)).toContain(2)
  })

  it('given what the style forbids, then each is found, and what it allows is not', () => {
    const bad = [
      'export default 1',
      'enum A { B }',
      'class C {}',
      'export class JobService {}',
      'export function pathUtils() {}',
      'export const mailHelper = 1',
      'process.exit(1)',
    ]
    for (const text of bad) expect([text, styleFaults(sample('core/io/a.ts', text)).length > 0]).toEqual([text, true])
    const good = ['export class WrongError extends Error {}', 'class B extends InputError {}', 'export function readServices() {}']
    for (const text of [...good, 'process.exitCode = 1']) expect(styleFaults(sample('core/io/a.ts', text))).toEqual([])
    expect(styleFaults(sample('core/cli/main.ts', 'process.exit(1)'))).toEqual([])
  })

  it('given a clock or a random number from nowhere, then it is found', () => {
    for (const text of ['Date.now()', 'const now = Date.now', 'new Date()', 'Math.random()', 'process.env.HOME'])
      expect(hiddenInputs(sample('core/domain/a.ts', text))).toHaveLength(1)
    expect(hiddenInputs(sample('core/domain/a.ts', 'new Date(0); Date.parse(text); Math.max(1, 2)'))).toEqual([])
    expect(computedImports(sample('a.ts', 'await import(name)'))).toHaveLength(1)
    expect(computedImports(sample('a.ts', "await import('node:fs')"))).toEqual([])
  })
})
