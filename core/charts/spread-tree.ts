import type { Spread } from '../domain/report.ts'

/** Somebody who heard it, or several. `ms` since the alert; `sites`: for how many it stands; `row`: from above. */
export type SpreadNode = { name: string; ms: number; sites: number; row: number; from?: SpreadNode }
export type SpreadTree = { nodes: readonly SpreadNode[]; rows: number }

type Branch = { name: string; ms: number; told: Branch[] }
/** Which branches are drawn with all whom they told, and from how many on those of one time are drawn as one. */
type Detail = { open: ReadonlySet<Branch>; mergeFrom: number }

const hour = 3_600_000
const bounds = [hour, 4 * hour, 24 * hour, 72 * hour, 240 * hour, Number.POSITIVE_INFINITY]
const mostRows = 62

/** Who heard it first from whom, each in a row of its own above those whom it told. Where that is too much for a page, those that told nobody, or few, are drawn together. */
export function spreadTree(spread: Spread): SpreadTree {
  const roots = branchesOf(spread)
  const tellers = allOf(roots)
    .filter(({ told }) => told.length > 0)
    .sort((a, b) => b.told.length - a.told.length)
  const whole = layOut(roots, { open: new Set(tellers), mergeFrom: Number.POSITIVE_INFINITY })
  if (whole.rows <= mostRows) return whole
  for (let open = tellers.length; ; open = Math.floor(open * 0.8)) {
    const layout = layOut(roots, { open: new Set(tellers.slice(0, open)), mergeFrom: 3 })
    if (layout.rows <= mostRows || open === 0) return layout
  }
}

/** By the first word that reached each. Who told without having heard, as far as is known, heard it from somebody unknown. */
function branchesOf({ alerted, alertedMs, told }: Spread): Branch[] {
  const root: Branch = { name: alerted ?? 'csirt', ms: 0, told: [] }
  const roots = [root]
  const known = new Map([[root.name, root]])
  const start = alertedMs ?? told[0]?.at ?? 0

  function tellerOf(name: string): Branch {
    const found = known.get(name)
    if (found) return found
    const teller: Branch = { name, ms: 0, told: [] }
    if (name === 'csirt' || name === 'unknown') roots.push(teller)
    else tellerOf('unknown').told.push(teller)
    known.set(name, teller)
    return teller
  }

  for (const { from, to, at } of [...told].sort((a, b) => a.at - b.at)) {
    if (known.has(to)) continue
    const teller = tellerOf(from === to ? 'unknown' : from)
    const branch = { name: to, ms: Math.max(0, at - start), told: [] }
    teller.told.push(branch)
    known.set(to, branch)
  }
  return roots
}

function allOf(branches: readonly Branch[]): Branch[] {
  const all = [...branches]
  for (const branch of all) all.push(...branch.told)
  return all
}

function layOut(roots: readonly Branch[], detail: Detail): SpreadTree {
  const nodes: SpreadNode[] = []
  let rows = 0

  function place(branch: Branch, from?: SpreadNode): void {
    const node: SpreadNode = { name: branch.name, ms: branch.ms, sites: 1, row: rows, ...(from && { from }) }
    nodes.push(node)
    rows += 1
    const isOpen = detail.open.has(branch)
    if (!isOpen) node.sites = allOf([branch]).length
    if (isOpen) for (const group of gatherAll(branch.told, detail)) placeGroup(group, node)
  }

  function placeGroup(group: readonly Branch[], from: SpreadNode): void {
    const [first] = group
    if (group.length === 1) {
      place(first!, from)
      return
    }
    const sites = allOf(group).length
    nodes.push({ name: `${sites} sites`, ms: first!.ms, sites, row: rows, from })
    rows += 1
  }

  for (const root of roots) place(root)
  return { nodes, rows }
}

/** Those that are not drawn with their own branches, together where they heard it at about the same time. */
function gatherAll(branches: readonly Branch[], { open, mergeFrom }: Detail): Branch[][] {
  const groups = new Map<string, Branch[]>()
  for (const branch of branches) {
    const key = open.has(branch) ? `branch ${branches.indexOf(branch)}` : `until ${bounds.find((bound) => branch.ms < bound)}`
    groups.set(key, [...(groups.get(key) ?? []), branch])
  }
  return [...groups.values()].flatMap((group) => (group.length >= mergeFrom ? [group] : group.map((one) => [one])))
}
