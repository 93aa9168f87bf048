import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A node of the ESTree, as far as the rules look into it. */
export type Node = { type: string; start: number; end: number; [key: string]: any }
export type Source = { path: string; text: string; ast: Node }

/** Every file of the project that is or could be committed, with its path from the root. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}

export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The TypeScript compiler brings no parser for JavaScript any more; the one of the test runner knows types too. */
export function parseSource(path: string, text: string): Source {
  return { path, text, ast: parseAst(text, { lang: 'ts' }, path) as unknown as Node }
}

/** Calls `visit` for the node and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object' && typeof child.type === 'string') walk(child, visit)
    }
  }
}

export function nodesOf(source: Source, ...types: string[]): Node[] {
  const found: Node[] = []
  walk(source.ast, (node) => {
    if (types.includes(node.type)) found.push(node)
  })
  return found
}

export function lineOf(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length
}

export function countLines(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length
}

/** Where an import leads: a path from the root, or the name of a library as it is written. */
export function targetOf(source: Source, specifier: string): string {
  return specifier.startsWith('.') ? join(dirname(source.path), specifier) : specifier
}

const linking = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType']

/** What a file imports, re-exports, or loads by a literal name. */
export function importsOf(source: Source): string[] {
  return nodesOf(source, ...linking).flatMap((node) => linkOf(source, node))
}

/** Only what is left when the types are gone. */
export function runtimeImportsOf(source: Source): string[] {
  const left = nodesOf(source, ...linking).filter((node) => node.type !== 'TSImportType' && !isTypeOnly(node))
  return left.flatMap((node) => linkOf(source, node))
}

function linkOf(source: Source, node: Node): string[] {
  const from = node.source?.value
  return typeof from === 'string' ? [targetOf(source, from)] : []
}

function isTypeOnly(node: Node): boolean {
  return node.importKind === 'type' || node.exportKind === 'type'
}
