import { deadlineOf } from './calendar.ts'
import { clockOf } from './clock-start.ts'
import { kindOf } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { answersToQuestion, type Found, findEvidence, startOf } from './evidence.ts'
import { round } from './lights.ts'
import { earliest } from './order.ts'
import type { Evidence, Light, Score } from './report.ts'
import type { Expectation } from './rubric.ts'
import type { Scoring } from './score.ts'
import { scoreAnswers } from './score-answers.ts'
import { durationWords } from './text.ts'
import { evidenceOf } from './timeline.ts'
import { alertTrouble, containmentDoubt, type Doubt, noReport, packagesDoubt, runOver } from './unknown.ts'

type Verdict = { light: Light; points: number | null; reason: string; evidence: readonly Evidence[]; deadline?: number }
type Limits = { startMs: number; deadline: number; lateUntil: number }

/** One expectation of a site, from its facts: the rubric's own word, before any officer's. */
export function judgeExpectation(scoring: Scoring, expectation: Expectation): Score {
  const { id, title, category, mandatory, points: outOf } = expectation
  return { expectation: id, title, category, mandatory, outOf, ...verdictOf(scoring, expectation) }
}

function verdictOf(scoring: Scoring, expectation: Expectation): Verdict {
  if (scoring.alertedMs === undefined) return (expectation.evidence === 'depth' ? noContact(scoring) : undefined) ?? notAlerted(scoring)
  if (expectation.evidence === 'answers') return answersOf(scoring, expectation)
  const start = startFor(scoring, expectation)
  if (start === undefined) return neverBegan(scoring, expectation)
  const limits = {
    startMs: start.at,
    deadline: endOf(scoring, expectation, start.at),
    lateUntil: lateLimit(scoring, expectation, start.at),
  }
  return { deadline: limits.deadline, ...judge(scoring, expectation, limits) }
}

function endOf(scoring: Scoring, expectation: Pick<Expectation, 'clock' | 'within'>, startMs: number): number {
  return deadlineOf(clockOf(expectation, { ...scoring, rubric: scoring.run.rubric }), startMs, expectation.within)
}

/** Without `lateUntil` a late answer counts for as long as the run lasts. */
function lateLimit(scoring: Scoring, expectation: Expectation, startMs: number): number {
  const { clock, within, lateUntil } = expectation
  if (lateUntil === undefined) return Number.POSITIVE_INFINITY
  return endOf(scoring, { clock, within: Math.max(lateUntil, within) }, startMs)
}

/** The fact from which the expectation's time is counted. */
function startFor(scoring: Scoring, { startsAt, evidence, question }: Expectation): { at: number } | undefined {
  const { state, alertedMs } = scoring
  const asked = startsAt === 'question' || evidence === 'question' ? arrivalOf(state, `question-${question}`) : undefined
  if (startsAt === 'question') return asked
  // Nobody answers what did not arrive.
  if (evidence === 'question' && asked === undefined) return undefined
  if (startsAt === 'alert') return { at: alertedMs! }
  const ends = findEvidence({ evidence: 'contained' }, state, scoring).map(({ at }) => Math.max(at, alertedMs!))
  return ends.length === 0 ? undefined : { at: Math.min(...ends) }
}

/** A letter that was sent back did not arrive, unless a person answered it. */
function arrivalOf(state: Scoring['state'], name: string): { at: number } | undefined {
  const { accepted, bounced } = state.letters[name] ?? {}
  return bounced && answersToQuestion(state, name).length === 0 ? undefined : accepted
}

function neverBegan({ run }: Scoring, { startsAt, evidence }: Expectation): Verdict {
  const what = startsAt === 'containment' && evidence !== 'question' ? 'nothing was seen to be contained' : 'the question did not arrive'
  if (runOver(run)) return unknown(`${what}, so its clock never began`)
  return { light: 'pending', points: null, reason: `its clock has not begun: ${what} so far`, evidence: [] }
}

function answersOf(scoring: Scoring, expectation: Expectation): Verdict {
  const over = runOver(scoring.run)
  return scoreAnswers(scoring.state, expectation, {
    deadline: (at) => endOf(scoring, expectation, at),
    lateUntil: (at) => lateLimit(scoring, expectation, at),
    asOf: scoring.asOf,
    ...(over && { overMs: over.at }),
  })
}

function judge(scoring: Scoring, expectation: Expectation, limits: Limits): Verdict {
  const trouble = expectation.evidence !== 'depth' && scoring.isTold ? alertTrouble(scoring.state) : undefined
  if (trouble) return unknown(trouble.reason, trouble.evidence)
  const found = findEvidence(expectation, scoring.state, scoring)
    .map((f) => ({ ...f, points: worth(f, expectation, limits) }))
    .sort(byWorth)
  const [best] = found
  const waiting = found.find((one) => one.isOpen && (one.since ?? one.at) <= limits.lateUntil)
  if (waiting && (best === undefined || best.points === 0))
    return { ...unknown(`an answer came, and a person has to judge it: ${waiting.words ?? ''}`, [evidenceOf(waiting.event)]) }
  if (best === undefined) return judgeNothing(scoring, expectation, limits)
  // A machine's answer may be worth more than a person's that is late: the person's is what was asked for.
  const shown = best.isPoor ? (found.find((one) => !one.isPoor && one.points > 0) ?? best) : best
  return judgeFound({ ...shown, points: best.points }, scoring, { ...limits, expectation })
}

type Weighed = Found & { points: number }

/** The best first; the order in which they came does not matter. */
function byWorth(a: Weighed, b: Weighed): number {
  return b.points - a.points || Number(a.isOpen ?? false) - Number(b.isOpen ?? false) || a.at - b.at || a.event.seq - b.event.seq
}

function worth({ at, since = at, fraction }: Found, { points, lateFactor }: Expectation, { deadline, lateUntil }: Limits): number {
  const factor = since <= deadline ? 1 : since <= lateUntil ? lateFactor : 0
  return round(points * factor * fraction)
}

function judgeFound(
  found: Weighed,
  scoring: Scoring,
  { startMs, deadline, lateUntil, expectation }: Limits & { expectation: Expectation },
): Verdict {
  const { at, since = at, fraction, points } = found
  const whence = startWords(scoring, expectation)
  const when = at < startMs ? `before ${whence}` : `${durationWords(at - startMs)} after ${whence}`
  const doubt = since < at && since <= deadline && at > deadline ? ', and may have been so in time: nobody had asked in between' : ''
  const content = `${doubt}${found.words === undefined ? '' : `; ${found.words}`}`
  const evidence = [evidenceOf(found.event)]
  const proof = () => [...evidence, ...proofOfDelivery(scoring, expectation.evidence)]
  if (since > lateUntil) return { light: 'red', points, reason: `too late: ${when}${content}`, evidence: proof() }
  if ((fraction === 0 || found.isPoor) && scoring.asOf <= deadline)
    return { light: 'pending', points: null, reason: `nothing usable so far: ${when}${content}`, evidence }
  if (fraction === 0 || found.isPoor) return { light: 'red', points, reason: `nothing usable: ${when}${content}`, evidence: proof() }
  if (since > deadline)
    return { light: 'amber', points, reason: `late: ${when}, ${durationWords(since - deadline)} past the deadline${content}`, evidence }
  if (fraction < 1) return { light: 'amber', points, reason: `in part: ${when}${content}`, evidence }
  return { light: 'green', points, reason: `in time: ${when}${content}`, evidence }
}

function startWords({ isTold }: Scoring, { startsAt }: Expectation): string {
  if (startsAt === 'containment') return 'the containment'
  if (startsAt === 'question') return 'the question'
  return isTold ? 'the alert' : 'word reached the site'
}

/** The order matters: first what keeps it open, then what keeps it from being known, and only then red. */
function judgeNothing(scoring: Scoring, expectation: Expectation, { deadline }: Limits): Verdict {
  const { evidence } = expectation
  const over = runOver(scoring.run)
  if (over && over.at < deadline) return unknown(over.reason)
  if (scoring.asOf <= deadline) return { light: 'pending', points: null, reason: 'the deadline has not passed', evidence: [] }
  if (hasJob(scoring) && scoring.startedMs === undefined)
    return unknown('the job was never seen to start', proofOfDelivery(scoring, evidence))
  if (evidence === 'contained' && !hasJob(scoring) && scoring.state.access.length === 0)
    return unknown('no job was sent, so there was nothing to contain')
  const doubt = doubtOf(scoring.state, evidence, deadline)
  if (doubt) return unknown(doubt.reason, doubt.evidence)
  const reason = `${scoring.isTold ? 'the alert was delivered' : 'word had reached the site'}, the deadline passed, and nothing came`
  return { light: 'red', points: 0, reason, evidence: proofOfDelivery(scoring, evidence) }
}

/** Why silence may not be the site's. */
function doubtOf(state: Scoring['state'], evidence: Expectation['evidence'], deadline: number): Doubt | undefined {
  if (evidence === 'contained') return containmentDoubt(state, deadline)
  if (evidence === 'report-fields') return noReport(state)
  if (evidence === 'packages') return packagesDoubt(state)
  if (evidence === 'assessed') return { reason: 'no officer has written an assessment down', evidence: [] }
  return undefined
}

function hasJob({ run }: Scoring): boolean {
  return run.scenario === undefined || run.scenario.job !== undefined
}

/** What a red light rests on: the alert arrived, the job ran, and what did come does not count. */
function proofOfDelivery({ state, startEvent }: Scoring, kind: Expectation['evidence']): Evidence[] {
  const { alert, 'report-request': request } = state.mails
  const about: Partial<Record<Expectation['evidence'], ChallengeEvent | undefined>> = {
    'human-reply': earliest(state.answers.filter((a) => kindOf(state, a) === 'automatic')),
    contained: earliest(state.access),
    closure: request.accepted,
    'report-fields': request.accepted,
  }
  const facts = new Set([alert.accepted, startEvent, startOf(state), about[kind]])
  return [...facts].filter((e) => e !== undefined).map((e) => evidenceOf(e))
}

/** That nothing arrives is the very thing that a contact's depth tells. */
function noContact({ state: { mails } }: Scoring): Verdict | undefined {
  const { refused } = mails.alert
  if (refused?.data.by !== 'other side') return undefined
  return { light: 'red', points: 0, reason: 'nothing usable: the alert was refused; depth 0 of 5', evidence: [evidenceOf(refused)] }
}

function notAlerted(scoring: Scoring): Verdict {
  const { state, run, startedMs, isTold } = scoring
  const over = runOver(run)
  if (!isTold) {
    if (over) return unknown('nothing shows that word of the incident reached the site')
    return { light: 'pending', points: null, reason: 'word of the incident has not reached the site, as far as is known', evidence: [] }
  }
  const { refused, unsure } = state.mails.alert
  if (unsure) return unknown('it is not known whether the alert went out', [evidenceOf(unsure)])
  if (refused) return unknown('the alert was refused', [evidenceOf(refused)])
  const { submitted, jobRefused, jobUnsure } = state
  if (!submitted && jobRefused) return unknown('the job was refused, so no alert went out', [evidenceOf(jobRefused)])
  if (!submitted && jobUnsure)
    return unknown('it is not known whether the job was submitted, so no alert went out', [evidenceOf(jobUnsure)])
  if (over && hasJob(scoring) && startedMs === undefined) return unknown('the job was never seen to start, so no alert went out')
  if (over) return unknown('no alert went out')
  return { light: 'pending', points: null, reason: 'the alert has not gone out', evidence: [] }
}

function unknown(reason: string, evidence: readonly Evidence[] = []): Verdict {
  return { light: 'grey', points: null, reason, evidence }
}
