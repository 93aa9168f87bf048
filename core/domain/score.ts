import { accessOf } from './access.ts'
import { calendarOf, deadlineOf, type Interval, pausesOf, type SiteClock } from './calendar.ts'
import { type ChallengeState, foldChallenge } from './challenge.ts'
import { kindOf } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { type Bounds, type Found, findEvidence, startOf } from './evidence.ts'
import { categoryScores, isKnown, overallLight, round } from './lights.ts'
import { earliest } from './order.ts'
import type { PlannedSite } from './plan.ts'
import type { Evidence, Light, Score, SiteScore } from './report.ts'
import type { Expectation, Rubric } from './rubric.ts'
import { durationWords } from './text.ts'
import { evidenceOf, timelineOf } from './timeline.ts'
import { alertTrouble, containmentDoubt, noReport, runOver } from './unknown.ts'

/** What a site is scored against: a run's state with its rubric, or with another one to rescore the past. */
export type ScoringRun = {
  rubric: Rubric
  outages: readonly Interval[]
  stopped?: { at: number }
  endedMs?: number
}

export type Scoring = Bounds & { state: ChallengeState; run: ScoringRun; asOf: number; site: PlannedSite; pauses: readonly Interval[] }

type Verdict = { light: Light; points: number | null; reason: string; evidence: readonly Evidence[] }

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
  const alertedMs = state.mails.alert.accepted?.at
  const pauses = alertedMs === undefined ? [] : pausesOf(site, run.outages, alertedMs)
  const scoring = { ...at, state, run, pauses, alertedMs, startedMs: startOf(state)?.at, stoppedMs: run.stopped?.at }
  const scores = run.rubric.expectations.map((expectation) => scoreExpectation(scoring, expectation))
  return {
    site: site.name,
    country: site.country,
    ngi: site.ngi,
    timeZone: site.timeZone,
    ...(alertedMs === undefined ? {} : { alerted: alertedMs }),
    overall: overallLight(scores),
    categories: categoryScores(scores),
    scores,
    coverage: { known: scores.filter((s) => isKnown(s.light)).length, of: scores.length },
    times: timesOf(scoring),
    timeline: [],
    access: accessOf(state.access),
    findings: state.findings.map(({ data }) => data),
  }
}

function scoreExpectation(scoring: Scoring, expectation: Expectation): Score {
  const { alertedMs } = scoring
  const clock = clockOf(scoring, expectation)
  const deadline = alertedMs === undefined ? undefined : deadlineOf(clock, alertedMs, expectation.within)
  const verdict =
    deadline === undefined ? notAlerted(scoring) : judge(scoring, expectation, { deadline, ...lateLimit(scoring, expectation) })
  const { id, title, category, mandatory, points: outOf } = expectation
  return { expectation: id, title, category, mandatory, outOf, ...(deadline === undefined ? {} : { deadline }), ...verdict }
}

function clockOf({ pauses, site, run }: Scoring, { clock }: Expectation): SiteClock {
  return clock === 'wall' ? { pauses } : { pauses, calendar: calendarOf(site, run.rubric) }
}

type Limits = { deadline: number; lateUntil: number }

/** Without `lateUntil` a late answer counts for as long as the run lasts. */
function lateLimit(scoring: Scoring, expectation: Expectation): { lateUntil: number } {
  if (expectation.lateUntil === undefined) return { lateUntil: Number.POSITIVE_INFINITY }
  return { lateUntil: deadlineOf(clockOf(scoring, expectation), scoring.alertedMs!, expectation.lateUntil) }
}

function judge(scoring: Scoring, expectation: Expectation, limits: Limits): Verdict {
  const trouble = alertTrouble(scoring.state)
  if (trouble) return unknown(trouble.reason, trouble.evidence)
  const found = findEvidence(expectation.evidence, scoring.state, scoring).map((f) => ({ ...f, points: worth(f, expectation, limits) }))
  const best = found.sort((a, b) => b.points - a.points || a.at - b.at || a.event.seq - b.event.seq)[0]
  return best ? judgeFound(best, scoring, { ...limits, kind: expectation.evidence }) : judgeNothing(scoring, expectation, limits)
}

function worth({ at, fraction }: Found, { points, lateFactor }: Expectation, { deadline, lateUntil }: Limits): number {
  const factor = at <= deadline ? 1 : at <= lateUntil ? lateFactor : 0
  return round(points * factor * fraction)
}

function judgeFound(
  found: Found & { points: number },
  scoring: Scoring,
  { deadline, lateUntil, kind }: Limits & { kind: Expectation['evidence'] },
): Verdict {
  const { at, fraction, points } = found
  const when = at <= scoring.alertedMs! ? 'before the alert' : `${durationWords(at - scoring.alertedMs!)} after the alert`
  const content = found.words === undefined ? '' : `; ${found.words}`
  const evidence = [evidenceOf(found.event)]
  if (at > lateUntil)
    return { light: 'red', points, reason: `too late: ${when}${content}`, evidence: [...evidence, ...proofOfDelivery(scoring, kind)] }
  if (fraction === 0 && scoring.asOf <= deadline)
    return { light: 'pending', points: null, reason: `nothing usable so far: ${when}${content}`, evidence }
  if (fraction === 0)
    return { light: 'red', points, reason: `nothing usable: ${when}${content}`, evidence: [...evidence, ...proofOfDelivery(scoring, kind)] }
  if (at > deadline)
    return { light: 'amber', points, reason: `late: ${when}, ${durationWords(at - deadline)} past the deadline${content}`, evidence }
  if (fraction < 1) return { light: 'amber', points, reason: `in part: ${when}${content}`, evidence }
  return { light: 'green', points, reason: `in time: ${when}${content}`, evidence }
}

/** The order matters: first what keeps it open, then what keeps it from being known, and only then red. */
function judgeNothing(scoring: Scoring, expectation: Expectation, { deadline }: Limits): Verdict {
  const over = runOver(scoring.run)
  if (over && over.at < deadline) return unknown(over.reason)
  if (scoring.asOf <= deadline) return { light: 'pending', points: null, reason: 'the deadline has not passed', evidence: [] }
  if (scoring.startedMs === undefined) return unknown('the job was never seen to start', proofOfDelivery(scoring, expectation.evidence))
  const doubt = expectation.evidence === 'contained' ? containmentDoubt(scoring.state, deadline) : undefined
  if (doubt) return unknown(doubt.reason, doubt.evidence)
  const elsewhere = expectation.evidence === 'report-fields' ? noReport(scoring.state) : undefined
  if (elsewhere) return unknown(elsewhere.reason, elsewhere.evidence)
  return {
    light: 'red',
    points: 0,
    reason: 'the alert was delivered, the deadline passed, and nothing came',
    evidence: proofOfDelivery(scoring, expectation.evidence),
  }
}

/** What a red light rests on: the alert arrived, the job ran, and what did come does not count. */
function proofOfDelivery({ state }: Scoring, kind: Expectation['evidence']): Evidence[] {
  const { alert, 'report-request': request } = state.mails
  const about = {
    'human-reply': earliest(state.answers.filter((a) => kindOf(state, a) === 'automatic')),
    contained: earliest(state.access),
    closure: request.accepted,
    'report-fields': request.accepted,
  }[kind]
  return [alert.accepted, startOf(state), about].filter((e) => e !== undefined).map((e) => evidenceOf(e))
}

function notAlerted({ state, run, startedMs }: Scoring): Verdict {
  const { refused, unsure } = state.mails.alert
  if (unsure) return unknown('it is not known whether the alert went out', [evidenceOf(unsure)])
  if (refused) return unknown('the alert was refused', [evidenceOf(refused)])
  const { submitted, jobRefused, jobUnsure } = state
  if (!submitted && jobRefused) return unknown('the job was refused, so no alert went out', [evidenceOf(jobRefused)])
  if (!submitted && jobUnsure)
    return unknown('it is not known whether the job was submitted, so no alert went out', [evidenceOf(jobUnsure)])
  const over = runOver(run)
  if (over) return unknown(startedMs === undefined ? 'the job was never seen to start, so no alert went out' : 'no alert went out')
  return { light: 'pending', points: null, reason: 'the alert has not gone out', evidence: [] }
}

function unknown(reason: string, evidence: readonly Evidence[] = []): Verdict {
  return { light: 'grey', points: null, reason, evidence }
}

/** Wall-clock times since the alert, whatever the rubric asks for; what came before the alert took no time. */
function timesOf(scoring: Scoring): SiteScore['times'] {
  const { alertedMs } = scoring
  if (alertedMs === undefined || alertTrouble(scoring.state)) return {}
  const times = { headsUp: 'human-reply', containment: 'contained', closure: 'closure' } as const
  const known = Object.entries(times).map(([name, kind]) => {
    const moments = findEvidence(kind, scoring.state, scoring).map((f) => Math.max(0, f.at - alertedMs))
    return [name, moments.length === 0 ? undefined : Math.min(...moments)] as const
  })
  return Object.fromEntries(known.filter(([, ms]) => ms !== undefined))
}
