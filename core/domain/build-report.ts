import { initialChallenge } from './challenge.ts'
import { RefusedError } from './errors.ts'
import type { ChallengeEvent, Event, RunEvent } from './event.ts'
import { partyOfStream, runStream, siteOfStream } from './event.ts'
import { indicatorsOf } from './indicators.ts'
import { foldParty, streamsOfParty } from './party-log.ts'
import type { PartyScore, Report, SiteScore } from './report.ts'
import type { Rubric } from './rubric.ts'
import { foldRun, outagesAt, type RunState } from './run-state.ts'
import { runTimeline } from './run-timeline.ts'
import { type ScoringRun, scoreChallenge, scoreSite } from './score.ts'
import { scoreParty } from './score-party.ts'
import { coverageOf, timesOfSites } from './site-times.ts'
import { spreadOf } from './spread.ts'
import { compareText } from './text.ts'

/** What the log does not say: for whom the report is; and another rubric, to score the past anew. */
export type ReportExtras = Pick<Report, 'audience' | 'tlp'> & { rubric?: Rubric }

/** The whole report from all facts of one run, in any order of the streams. The caller signs it. */
export function buildReport(events: readonly Event[], extras: ReportExtras): Report {
  const streams = byStream(events)
  const runEvents = events.filter(isRunEvent)
  const state = foldRun(runEvents)
  const { plan } = state
  const rubric = extras.rubric ?? state.rubric
  if (plan === undefined || rubric === undefined)
    throw new RefusedError('there is no plan in the log of this run, so there is nothing to report')
  const asOf = events.reduce((newest, e) => Math.max(newest, e.at), 0)
  const outages = outagesAt(state, asOf)
  const run = { ...state, plan, rubric, outages }
  const sites = scoreSites(streams, run, asOf)
  const plannedMs = runEvents.find(({ type }) => type === 'RunPlanned')?.at
  return {
    ...headOf(run),
    asOf,
    audience: extras.audience,
    tlp: extras.tlp,
    sites,
    parties: scoreParties(streams, run, asOf),
    times: timesOfSites(sites, rubric),
    ...(state.scenario?.alert === 'one' && { spread: spreadOf({ sites, streams, stoppedMs: state.stopped?.at }) }),
    ...keyOf(streams, run),
    coverage: coverageOf(sites),
    timeline: runTimeline({ state, outages, sites }, plannedMs),
    outages,
    heads: headsOf(streams),
  }
}

type Told = 'run' | 'scenario' | 'title' | 'planHash' | 'rubric' | 'rules' | 'rehearsal' | 'window' | 'vo' | 'phase'

/** Which run it is, and by which rules it is judged. */
function headOf({ plan, scenario, rubric, phase, stopped }: PlannedRun): Pick<Report, Told> {
  const { id, version, title, expectations, parties, workingHours } = rubric
  return {
    run: plan.id,
    scenario: plan.run.scenario,
    title: scenario?.title ?? plan.run.scenario,
    planHash: plan.hash,
    rubric: { id, version, title },
    rules: { expectations, parties, workingHours },
    rehearsal: plan.run.rehearsal,
    window: plan.run.window,
    vo: plan.run.vo.name,
    phase: phase === 'ended' && stopped ? 'stopped' : phase,
  }
}

type PlannedRun = RunState & ScoringRun & Required<Pick<RunState, 'plan' | 'rubric'>>

/** Every planned site is in the report: one without facts must not vanish from it. */
function scoreSites(streams: Streams, run: PlannedRun, asOf: number): SiteScore[] {
  const begun = new Map<string, ChallengeEvent[]>()
  for (const [stream, events] of streams) {
    const site = siteOfStream(stream)
    if (site !== undefined) begun.set(site, events.filter(isChallengeEvent))
  }
  const sites = run.plan.sites.map((site) => {
    const events = begun.get(site.name) ?? []
    const isPlanned = events.some((e) => e.type === 'ChallengePlanned')
    return isPlanned ? scoreSite(events, run, asOf) : scoreChallenge(initialChallenge(), run, { site, asOf })
  })
  return sites.sort((a, b) => compareText(a.site, b.site))
}

/** Those of whom nothing is expected are left out. */
function scoreParties(streams: Streams, run: PlannedRun, asOf: number): PartyScore[] {
  const scores = run.plan.parties.map((party) => {
    const logs = streamsOfParty(run.plan, party).map((stream) => (streams.get(stream) ?? []).filter(isChallengeEvent))
    return scoreParty(foldParty(logs), run, { party, asOf })
  })
  return scores.filter((one) => one.scores.length > 0).sort((a, b) => compareText(a.party, b.party))
}

/** In a run without jobs there is nothing to be found. */
function keyOf(streams: Streams, { scenario }: PlannedRun): Pick<Report, 'indicators'> {
  if (scenario?.job === undefined) return { indicators: [] }
  const indicators = indicatorsOf([...streams.values()].flat().filter(isChallengeEvent))
  return indicators.length === 0 ? {} : { indicators }
}

type Streams = ReadonlyMap<string, readonly Event[]>

function byStream(events: readonly Event[]): Streams {
  const streams = new Map<string, Event[]>()
  for (const event of events) {
    const known = streams.get(event.stream)
    if (known) known.push(event)
    else streams.set(event.stream, [event])
  }
  return streams
}

function headsOf(streams: Streams): Report['heads'] {
  const heads = [...streams].map(([stream, events]) => {
    const { seq, hash } = events.reduce((a, b) => (b.seq > a.seq ? b : a))
    return { stream, seq, hash }
  })
  return heads.sort((a, b) => compareText(a.stream, b.stream))
}

/** The mailroom's facts belong to no run. */
export function isRunEvent(event: Event): event is RunEvent {
  return event.stream.startsWith(runStream(''))
}

/** Of a site or of a party: both logs hold the same facts. */
function isChallengeEvent(event: Event): event is ChallengeEvent {
  return siteOfStream(event.stream) !== undefined || partyOfStream(event.stream) !== undefined
}
