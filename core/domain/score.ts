import { accessOf } from './access.ts'
import type { Interval } from './calendar.ts'
import { type ChallengeState, foldChallenge } from './challenge.ts'
import { clockStart, isAlerted, pausesFor } from './clock-start.ts'
import { withdrawnSince } from './consent.ts'
import { contactDepth } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { type Bounds, findEvidence, startOf } from './evidence.ts'
import { categoryScores, isKnown, overallLight } from './lights.ts'
import { compareEvents, last, type On } from './order.ts'
import type { PlannedSite } from './plan.ts'
import type { Appeal, Score, SiteScore } from './report.ts'
import type { Rubric } from './rubric.ts'
import type { RunState } from './run-state.ts'
import type { Scenario } from './scenario.ts'
import { judgeExpectation } from './score-expectation.ts'
import { evidenceOf, timelineOf } from './timeline.ts'
import { alertTrouble } from './unknown.ts'

/** What a site is scored against: a run's state with its rubric, or with another one to rescore the past. */
export type ScoringRun = {
  rubric: Rubric
  /** Without it: a job at every site, and an alert to each. */
  scenario?: Pick<Scenario, 'job' | 'alert'>
  outages: readonly Interval[]
  stopped?: { at: number }
  endedMs?: number
  /** What sites and NGIs said of taking part. */
  consents?: RunState['consents']
}

/** One site, ready to be judged. Times in ms since 1970. */
export type Scoring = Bounds & {
  state: ChallengeState
  run: ScoringRun & { withdrawnMs?: number }
  asOf: number
  site: PlannedSite
  pauses: readonly Interval[]
  /** The fact that began the site's clock. */
  startEvent?: ChallengeEvent
  /** Whether we tell the site ourselves. */
  isTold: boolean
}

/** One site's lights from its facts, as known at `asOf`. The order of the facts does not matter, their times do. */
export function scoreSite(events: readonly ChallengeEvent[], run: ScoringRun, asOf: number): SiteScore {
  const state = foldChallenge(events)
  const site = state.planned?.data.site
  if (site === undefined) throw new Error('the log of this challenge holds no plan of it')
  return { ...scoreChallenge(state, run, { site, asOf }), timeline: timelineOf(events) }
}

/** As `scoreSite`, from a folded state; for a site whose challenge has not begun, too. */
export function scoreChallenge(state: ChallengeState, run: ScoringRun, at: { site: PlannedSite; asOf: number }): SiteScore {
  const { site } = at
  const scoring = scoringOf(state, run, at)
  const scores = run.rubric.expectations.map((expectation) => overridden(judgeExpectation(scoring, expectation), state.overrides))
  const depth = contactDepth(state)
  return {
    site: site.name,
    country: site.country,
    ngi: site.ngi,
    ...(site.tier === undefined ? {} : { tier: site.tier }),
    timeZone: site.timeZone,
    ...(scoring.alertedMs === undefined ? {} : { alerted: scoring.alertedMs }),
    isTold: scoring.isTold,
    overall: overallLight(scores),
    categories: categoryScores(scores),
    scores,
    coverage: { known: scores.filter((s) => isKnown(s.light)).length, of: scores.length },
    times: timesOf(scoring),
    timeline: [],
    access: accessOf(state.access),
    findings: [...state.findings].sort(compareEvents).map(({ data }) => data),
    ...(depth === undefined ? {} : { depth: depth.level }),
    heardFrom: [...state.words]
      .sort((a, b) => a.data.happenedMs - b.data.happenedMs || compareEvents(a, b))
      .map((event) => ({ from: event.data.from, how: event.data.how, evidence: evidenceOf(event) })),
    appeals: appealsOf(state),
  }
}

function scoringOf(state: ChallengeState, run: ScoringRun, { site, asOf }: { site: PlannedSite; asOf: number }): Scoring {
  const isTold = isAlerted(run.scenario, site)
  const bounds: Bounds = { startedMs: startOf(state)?.at, stoppedMs: run.stopped?.at }
  const start = clockStart(state, isTold, findEvidence({ evidence: 'contained' }, state, bounds))
  const pauses = start === undefined ? [] : pausesFor(state, site, { outages: run.outages, startMs: start.at })
  const withdrawnMs = withdrawnSince({ consents: run.consents ?? [] }, site)
  const own = withdrawnMs === undefined ? run : { ...run, withdrawnMs }
  return { ...bounds, state, run: own, asOf, site, isTold, pauses, alertedMs: start?.at, ...(start && { startEvent: start.event }) }
}

/** An officer's verdict stands in the place of the rubric's; what the rubric said stays beside it. */
export function overridden(score: Score, overrides: readonly On<'ScoreOverridden'>[]): Score {
  const word = overrides
    .filter(({ data }) => data.expectation === score.expectation)
    .reduce<On<'ScoreOverridden'> | undefined>(last, undefined)
  if (word === undefined) return score
  const { light, points, reason, by } = word.data
  const computed = { light: score.light, points: score.points, reason: score.reason }
  const words = `decided by ${by}: ${reason} (by the rubric ${computed.light}: ${computed.reason})`
  const evidence = [...score.evidence, evidenceOf(word)]
  const decided = light === 'grey' ? null : Math.max(0, Math.min(points, score.outOf))
  return { ...score, light, points: decided, reason: words, evidence, computed }
}

function appealsOf({ appeals, appealsAnswered }: ChallengeState): Appeal[] {
  return [...appeals].sort(compareEvents).map((event) => {
    const { appeal, expectation } = event.data
    const answer = appealsAnswered.filter(({ data }) => data.appeal === appeal).reduce<On<'AppealAnswered'> | undefined>(last, undefined)
    const answered = answer && { at: answer.at, granted: answer.data.granted, words: answer.data.words, by: answer.data.by }
    return { appeal, expectation, at: event.at, ...(answered && { answered }) }
  })
}

/** Wall-clock times since the site's clock began, whatever the rubric asks for; what came before it took no time. */
function timesOf(scoring: Scoring): SiteScore['times'] {
  const { alertedMs } = scoring
  if (alertedMs === undefined || (scoring.isTold && alertTrouble(scoring.state))) return {}
  const times = { headsUp: 'human-reply', containment: 'contained', closure: 'closure' } as const
  const known = Object.entries(times).map(([name, evidence]) => {
    const moments = findEvidence({ evidence }, scoring.state, scoring).map((f) => Math.max(0, f.at - alertedMs))
    return [name, moments.length === 0 ? undefined : Math.min(...moments)] as const
  })
  return Object.fromEntries(known.filter(([, ms]) => ms !== undefined))
}
