import { lineOf, type Node, nodesOf, type Source, walk } from './source.ts'

export type Measured = { where: string; lines: number; params: number; isList: boolean }

/** Every function with a body of statements. One that registers tests (`isList`) is as long as its tests are many. */
export function functionsOf(source: Source): Measured[] {
  const functions = nodesOf(source, 'FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression')
  return functions
    .filter((one) => one.body?.type === 'BlockStatement' || one.body?.type === 'FunctionBody')
    .map((one) => {
      const first = lineOf(source, one.start)
      const lines = lineOf(source, one.end) - first + 1
      return { where: `${source.path}:${first}`, lines, params: one.params.length, isList: registersTests(one) }
    })
}

/** Arrow functions without a block count here too. */
export function parametersOf(source: Source): { where: string; params: number }[] {
  const functions = nodesOf(source, 'FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression')
  return functions.map((one) => ({ where: `${source.path}:${lineOf(source, one.start)}`, params: one.params.length }))
}

function registersTests(node: Node): boolean {
  let found = false
  walk(node, (inner) => {
    if (inner.type === 'CallExpression' && ['describe', 'it', 'test'].includes(nameOf(inner.callee))) found = true
  })
  return found
}

/** `it`, `it.each(…)` and `it.skipIf(…)` are all `it`. */
function nameOf(callee: Node): string {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type === 'MemberExpression') return nameOf(callee.object)
  return callee.type === 'CallExpression' ? nameOf(callee.callee) : ''
}

/** The value that the given share of the numbers does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
