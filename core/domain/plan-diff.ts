import { canonicalJson } from './json.ts'
import type { Plan, PlannedSite } from './plan.ts'
import type { Rubric } from './rubric.ts'
import type { Scenario } from './scenario.ts'

/** All that is approved with a plan. */
export type Approvable = { plan: Plan; scenario: Scenario; rubric: Rubric }

/** One thing that is otherwise: `before` and `after` are null where it is not there. */
export type Change = { what: string; before: string | null; after: string | null }

/** What stands in the second plan otherwise than in the first, sites first. The order of the sites does not matter. */
export function planDiff(before: Approvable, after: Approvable): Change[] {
  return [
    ...siteChanges(before.plan, after.plan),
    ...changes('', before.plan.run, after.plan.run),
    ...listChanges('domain that letters go to', before.plan.domains, after.plan.domains),
    ...listChanges('who else takes part', before.plan.parties.map(partyWords), after.plan.parties.map(partyWords)),
    ...listChanges('address of the listener', before.plan.listeners, after.plan.listeners),
    ...changes('scenario ', before.scenario, after.scenario),
    ...changes('rubric ', before.rubric, after.rubric),
  ]
}

const partyWords = ({ role, name, address }: Plan['parties'][number]) => `${role} ${name} <${address}>`

function siteChanges(before: Plan, after: Plan): Change[] {
  const [old, fresh] = [byName(before.sites), byName(after.sites)]
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort()
  return names.flatMap((name) => {
    const [one, other] = [old.get(name), fresh.get(name)]
    if (one === undefined) return [{ what: `site ${name}`, before: whyOut(before, name), after: 'takes part' }]
    if (other === undefined) return [{ what: `site ${name}`, before: 'takes part', after: whyOut(after, name) }]
    return changes(`site ${name}: `, one, other)
  })
}

const byName = (sites: readonly PlannedSite[]) => new Map(sites.map((site) => [site.name, site]))

function whyOut({ excluded }: Plan, name: string): string {
  return `left out: ${excluded.find((one) => one.name === name)?.reason ?? 'not known'}`
}

function listChanges(what: string, before: readonly string[], after: readonly string[]): Change[] {
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => ({ what, before: one, after: null })),
    ...after.filter((one) => !before.includes(one)).map((one) => ({ what, before: null, after: one })),
  ]
}

/** Value by value, each under its path as it stands in the file. */
function changes(prefix: string, before: unknown, after: unknown): Change[] {
  const [old, fresh] = [leaves(before), leaves(after)]
  const paths = [...new Set([...old.keys(), ...fresh.keys()])]
  return paths
    .filter((path) => old.get(path) !== fresh.get(path))
    .map((path) => ({ what: `${prefix}${path}`, before: old.get(path) ?? null, after: fresh.get(path) ?? null }))
}

function leaves(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null)
    return new Map([[path, typeof value === 'string' ? value : canonicalJson(value ?? null)]])
  const inner = Object.entries(value).filter(([, one]) => one !== undefined)
  return new Map(inner.flatMap(([name, one]) => [...leaves(one, path === '' ? name : `${path}.${name}`)]))
}
