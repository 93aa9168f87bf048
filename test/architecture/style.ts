import { lineOf, type Node, nodesOf, type Source } from './source.ts'

/** What the style forbids everywhere in the product. */
export function styleFaults(source: Source): string[] {
  const at = (node: Node, words: string) => `${source.path}:${lineOf(source, node.start)}: ${words}`
  const faults = nodesOf(source, 'ExportDefaultDeclaration').map((node) => at(node, 'a default export'))
  faults.push(...nodesOf(source, 'TSEnumDeclaration').map((node) => at(node, 'an enum')))
  for (const node of nodesOf(source, 'ClassDeclaration', 'ClassExpression'))
    if (!/Error$/.test(node.superClass?.name ?? '')) faults.push(at(node, 'a class that is no error'))
  // GOCDB's own word `service` stays: a function may read services.
  for (const name of exportedNames(source))
    if (/(Manager|Helper|Util)s?$|^[A-Z].*Services?$/.test(name)) faults.push(`${source.path}: the name ${name} says nothing`)
  if (source.path !== 'core/cli/main.ts')
    faults.push(...membersUsed(source, [['process', 'exit']]).map((node) => at(node, 'process.exit outside of core/cli/main.ts')))
  return faults
}

/** Clock and randomness come in as arguments. */
export function hiddenInputs(source: Source): string[] {
  const pairs = [
    ['Date', 'now'],
    ['Math', 'random'],
    ['performance', 'now'],
    ['process', 'env'],
  ] as const
  const members = membersUsed(source, pairs)
  const now = nodesOf(source, 'NewExpression').filter((node) => node.callee.name === 'Date' && node.arguments.length === 0)
  return [...members, ...now].map((node) => `${source.path}:${lineOf(source, node.start)}: ${source.text.slice(node.start, node.end)}`)
}

function membersUsed(source: Source, pairs: readonly (readonly [string, string])[]): Node[] {
  return nodesOf(source, 'MemberExpression').filter((node) =>
    pairs.some(([object, property]) => node.object.name === object && node.property.name === property),
  )
}

function exportedNames(source: Source): string[] {
  return nodesOf(source, 'ExportNamedDeclaration').flatMap(({ declaration, specifiers }) => [
    ...(declaration?.id ? [declaration.id.name as string] : []),
    ...(declaration?.declarations ?? []).flatMap(({ id }: Node) => (id.type === 'Identifier' ? [id.name as string] : [])),
    ...specifiers.map(({ exported }: Node) => exported.name as string),
  ])
}

/** A module name that is not written out can be anything: only the loader of plug-ins may do that. */
export function computedImports(source: Source): string[] {
  return nodesOf(source, 'ImportExpression')
    .filter(({ source: from }) => from.type !== 'Literal')
    .map((node) => `${source.path}:${lineOf(source, node.start)}: imports what is computed`)
}
