import { calendarOf, deadlineOf, mergePauses } from './calendar.ts'
import type { ChallengeState } from './challenge.ts'
import { humanAnswers, type Letter } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { categoryLight, isKnown, round } from './lights.ts'
import { traitsOf } from './mail.ts'
import { compareEvents, earliest, type On } from './order.ts'
import type { PlannedParty } from './plan.ts'
import type { PartyScore, Score } from './report.ts'
import type { PartyExpectation } from './rubric.ts'
import { overridden, type ScoringRun } from './score.ts'
import { durationWords } from './text.ts'
import { evidenceOf, happenedAt } from './timeline.ts'
import { runOver } from './unknown.ts'

type Verdict = Pick<Score, 'light' | 'points' | 'reason' | 'evidence'>
type Scoring = { state: ChallengeState; run: ScoringRun; asOf: number }
/** What one expectation is judged by; times in ms since 1970. */
type Case = Scoring & { expectation: PartyExpectation; told: On<'MailAccepted'>; deadline: number; lateUntil: number }

/** The party's lights from its folded log, as known at `asOf` (ms since 1970). Pure; the order of the facts does not matter. */
export function scoreParty(state: ChallengeState, run: ScoringRun, at: { party: PlannedParty; asOf: number }): PartyScore {
  const { party, asOf } = at
  const expected = run.rubric.parties.filter(({ role }) => role === party.role)
  const scores = expected.map((expectation) => overridden(scoreOne({ state, run, asOf }, party, expectation), state.overrides))
  const known = scores.filter(({ light }) => isKnown(light))
  const overall = categoryLight(scores, known)
  return { party: party.id, role: party.role, name: party.name, timeZone: party.timeZone, overall, scores }
}

function scoreOne(scoring: Scoring, party: PlannedParty, expectation: PartyExpectation): Score {
  const { id, title, points: outOf, evidence, within, lateUntil } = expectation
  const category = evidence === 'human-reply' ? ('communication' as const) : ('containment' as const)
  const rule = { expectation: id, title, category, mandatory: false, outOf }
  const asked = lettersThatAsk(scoring.state, expectation)
  const told = earliest(asked.filter((letter) => !isLost(scoring.state, letter)).map((letter) => letter.accepted))
  if (told === undefined) return { ...rule, ...notTold(scoring, asked) }
  const pauses = mergePauses(scoring.run.outages)
  const clock = expectation.clock === 'wall' ? { pauses } : { pauses, calendar: calendarOf(party, scoring.run.rubric) }
  const end = (ms: number | undefined) => (ms === undefined ? Number.POSITIVE_INFINITY : deadlineOf(clock, told.at, ms))
  const deadline = end(within)
  return { ...rule, deadline, ...judge({ ...scoring, expectation, told, deadline, lateUntil: end(lateUntil) }) }
}

/** Nobody can act on an identity that no letter has named yet; any question can be answered. */
function lettersThatAsk({ letters }: ChallengeState, { evidence }: PartyExpectation): Letter[] {
  return Object.values(letters).filter(({ mail }) => {
    const { asks, reveals } = traitsOf(mail)
    return asks === true && (evidence === 'human-reply' || reveals === true)
  })
}

/** A bounce means that the clock never ran, unless a person answered the same letter. */
function isLost(state: ChallengeState, { letter, bounced }: Letter): boolean {
  return bounced !== undefined && !humanAnswers(state).some(({ data }) => data.letter === letter)
}

function notTold({ run }: Scoring, asked: readonly Letter[]): Verdict {
  const bounced = earliest(asked.map((letter) => letter.bounced))
  if (bounced) return unknown('the letter bounced', bounced)
  const unsure = earliest(asked.map((letter) => letter.unsure))
  if (unsure) return unknown('it is not known whether the letter went out', unsure)
  const refused = earliest(asked.map((letter) => letter.refused))
  if (refused) return unknown('the letter was refused', refused)
  if (runOver(run)) return unknown('it was never told')
  return { light: 'pending', points: null, reason: 'it has not been told yet', evidence: [] }
}

function judge(one: Case): Verdict {
  const found = soonest(findEvidence(one.state, one.expectation))
  if (found) return judgeFound(one, found)
  const over = runOver(one.run)
  if (over && over.at < one.deadline) return unknown(over.reason)
  if (one.asOf <= one.deadline) return { light: 'pending', points: null, reason: 'the deadline has not passed', evidence: [] }
  return listDoubt(one) ?? { light: 'red', points: 0, reason: 'it was told, the deadline passed, and nothing came', evidence: proof(one) }
}

function judgeFound(one: Case, event: ChallengeEvent): Verdict {
  const { told, deadline, lateUntil, expectation } = one
  const at = momentOf(event)
  const when = at <= told.at ? 'before it was told' : `${durationWords(at - told.at)} after it was told`
  const evidence = [evidenceOf(event)]
  if (at <= deadline) return { light: 'green', points: expectation.points, reason: `in time: ${when}`, evidence }
  const doubt = event.type === 'RevocationSeen' ? listDoubt(one, event) : undefined
  if (doubt) return doubt
  if (at > lateUntil) return { light: 'red', points: 0, reason: `too late: ${when}`, evidence: [...evidence, ...proof(one)] }
  const points = round(expectation.points * expectation.lateFactor)
  return { light: 'amber', points, reason: `late: ${when}, ${durationWords(at - deadline)} past the deadline`, evidence }
}

/** All that speaks for it: a note counts from the moment of which it tells. */
function findEvidence(state: ChallengeState, { evidence }: PartyExpectation): ChallengeEvent[] {
  const noted = (fulfils: 'heads-up' | 'contained') => state.notes.filter((note) => note.data.fulfils === fulfils)
  switch (evidence) {
    case 'human-reply':
      return [...humanAnswers(state).filter(({ data }) => traitsOf(data.answers).prepares !== true), ...noted('heads-up')]
    case 'suspended':
      return noted('contained')
    case 'revoked':
      return [...state.revocations.filter(({ data }) => data.listed === 'yes'), ...noted('contained')]
    default:
      return unforeseen(evidence)
  }
}

/** A list bears the moment at which it was made: what stands in it stood in it then. */
function momentOf(event: ChallengeEvent): number {
  return event.type === 'RevocationSeen' ? Math.min(event.at, event.data.thisUpdateMs ?? event.at) : happenedAt(event)
}

function soonest(events: readonly ChallengeEvent[]): ChallengeEvent | undefined {
  return [...events].sort((a, b) => momentOf(a) - momentOf(b) || compareEvents(a, b))[0]
}

/** Who could not read the list over the deadline does not know whether the certificate stood in it then. */
function listDoubt({ state, expectation, deadline }: Case, listed?: On<'RevocationSeen'>): Verdict | undefined {
  if (expectation.evidence !== 'revoked') return undefined
  const seen = state.revocations.filter((one) => listed === undefined || compareEvents(one, listed) < 0).sort(compareEvents)
  const atDeadline = seen.findLast((one) => one.at <= deadline)
  const wasMissing = atDeadline?.data.listed === 'no' || seen.some((one) => one.at > deadline && one.data.listed === 'no')
  if (wasMissing) return undefined
  const last = seen.at(-1)
  return last ? unknown('the revocation list could not be had', last) : unknown('nobody looked into a revocation list in time', listed)
}

/** What a red light rests on: it was told, and what the list says. */
function proof({ told, state }: Case): Score['evidence'] {
  const seen = [...state.revocations].sort(compareEvents).at(-1)
  return [told, ...(seen ? [seen] : [])].map((event) => evidenceOf(event))
}

function unknown(reason: string, event?: ChallengeEvent): Verdict {
  return { light: 'grey', points: null, reason, evidence: event ? [evidenceOf(event)] : [] }
}

function unforeseen(kind: never): never {
  throw new Error(`evidence of an unknown kind: ${String(kind)}`)
}
