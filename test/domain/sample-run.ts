import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { buildReport } from '../../core/domain/build-report.ts'
import { type ChallengeEvent, type Event, type Fact, runStream } from '../../core/domain/event.ts'
import { canonicalJson } from '../../core/domain/json.ts'
import { domainsOf } from '../../core/domain/parties.ts'
import type { Plan } from '../../core/domain/plan.ts'
import type { Report } from '../../core/domain/report.ts'
import { Rubric } from '../../core/domain/rubric.ts'
import { Run } from '../../core/domain/run.ts'
import { type MockIncident, Scenario } from '../../core/domain/scenario.ts'
import { stopText } from '../../core/domain/task.ts'
import { behaviours, received, siteFacts } from './sample-behaviours.ts'
import { agentsEndMs, launchMs, plannedSite, sampleIdentities, samplePlannedSites } from './sample-sites.ts'

/** A fact before it is in a log. */
export type Told = { stream: string; at: number; fact: Fact }
export type Sample = { seed: number; sites: number; untilMs?: number }

const endMs = launchMs + 47 * 86_400_000

const folder = new URL('../../scenarios/ssc6-cms/', import.meta.url)
export const sampleRubric = Rubric.parse(parse(readFileSync(new URL('rubric.yaml', folder), 'utf8')))
const written = Scenario.parse(parse(readFileSync(new URL('scenario.yaml', folder), 'utf8')))
export const sampleScenario: Scenario & { job: MockIncident } = { ...written, job: written.job! }

/** All facts of a run in which sites behave in every way that we know of. The same seed gives the same bytes. */
export function sampleRun({ seed, sites, untilMs = endMs }: Sample): Event[] {
  const plan = samplePlan(seed, sites)
  const random = randomOf(seed)
  const told = [
    ...runFacts(plan),
    ...plan.sites.flatMap((site, i) => siteFacts({ plan, site, random, behaviour: behaviours[i % behaviours.length]! })),
  ]
  return chain(told.filter(({ at }) => at <= untilMs))
}

export function sampleReport(sample: Sample): Report {
  return buildReport(sampleRun(sample), { audience: 'csirt', tlp: 'TLP:AMBER' })
}

export function samplePlan(seed: number, sites: number): Plan {
  const run = Run.parse({
    scenario: 'ssc6-cms',
    rehearsal: true,
    vo: { name: 'cms.example', from: 'scopes' },
    sites,
    countries: Math.min(sites, 20),
    maxPerCountry: 4,
    window: { from: '2027-01-11T08:00:00Z', to: '2027-01-22T17:00:00Z' },
    submitters: ['local'],
    identities: sampleIdentities,
    consent: { basis: 'policy', by: 'Officer One' },
    limits: { sites, mails: sites * 3 },
    seed,
  })
  const hash = createHash('sha256').update(`${seed} ${sites}`).digest('hex')
  const chosen = samplePlannedSites(sites)
  return {
    id: `ssc6-cms-${hash.slice(0, 8)}`,
    hash,
    run,
    sites: chosen,
    parties: [],
    domains: domainsOf(run, chosen, []),
    excluded: [],
    listeners: [],
  }
}

function runFacts(plan: Plan): Told[] {
  const stream = runStream(plan.id)
  const outage = { fromMs: launchMs + 5 * 3_600_000, untilMs: launchMs + 5.5 * 3_600_000, what: 'The listener was restarted' }
  return [
    {
      stream,
      at: launchMs - 86_400_000,
      fact: { type: 'RunPlanned', data: { plan, scenario: sampleScenario, rubric: sampleRubric, by: 'Officer Three' } },
    },
    { stream, at: launchMs - 3_600_000, fact: { type: 'RunApproved', data: { hash: plan.hash, by: 'Officer One' } } },
    {
      stream,
      at: launchMs,
      fact: {
        type: 'RunLaunched',
        data: { by: 'Officer Two', agentsStartMs: launchMs, agentsEndMs, stopLine: `${stopText(plan.id)} c2lnbmF0dXJl` },
      },
    },
    { stream, at: outage.untilMs, fact: { type: 'OutageRecorded', data: outage } },
    { stream, at: endMs, fact: { type: 'RunEnded', data: {} } },
  ]
}

/** Puts facts into streams, each with its own chain of hashes. */
export function chain(told: readonly Told[]): Event[] {
  const heads = new Map<string, { seq: number; hash: string }>()
  const inOrder = told.map((t, i) => ({ ...t, i })).sort((a, b) => a.at - b.at || a.i - b.i)
  return inOrder.map(({ stream, at, fact }) => {
    const before = heads.get(stream) ?? { seq: 0, hash: '' }
    const seq = before.seq + 1
    const hash = createHash('sha256').update(before.hash).update(canonicalJson({ at, fact })).digest('hex')
    heads.set(stream, { seq, hash })
    return { ...fact, stream, seq, at, hash }
  })
}

/** mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Challenges with many facts each: mostly an agent that is late and comes back, and now and then a mail or a probe. */
export function busyChallenges({ sites, eventsPerSite }: { sites: number; eventsPerSite: number }): ChallengeEvent[][] {
  const plan = samplePlan(7, sites)
  const random = randomOf(7)
  return plan.sites.map((site, i) => {
    const behaviour = behaviours.filter((b) => b.alert === undefined && b.job === undefined)[i % 12]!
    const told = siteFacts({ plan, site, random, behaviour })
    const filler = Array.from({ length: eventsPerSite - told.length }, (_, n) => fillerFact(told[0]!.stream, n))
    return chain([...told, ...filler]) as ChallengeEvent[]
  })
}

function fillerFact(stream: string, n: number): Told {
  const at = launchMs + 3_600_000 + n * 120_000
  if (n % 10 === 0) return { stream, ...received(plannedSite(), at, { kind: 'automatic', because: 'Auto-Submitted: auto-replied' }) }
  if (n % 10 === 5) {
    const data = { attacker: 'accepted', control: 'accepted', service: 'org.nordugrid.arex', words: 'delegation accepted' } as const
    return { stream, at, fact: { type: 'AccessChanged', data } }
  }
  if (n % 2 === 0) return { stream, at, fact: { type: 'AgentLate', data: { lastSeenMs: at - 300_000 } } }
  return { stream, at, fact: { type: 'AgentBack', data: { silentMs: 300_000 } } }
}
