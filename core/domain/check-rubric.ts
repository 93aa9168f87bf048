import type { Finding } from './check-scenario.ts'
import { gradedFields } from './grade-report.ts'
import type { Expectation, PartyExpectation, Rubric } from './rubric.ts'
import type { Scenario } from './scenario.ts'
import { durationWords } from './text.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What the rubric asks for against what the scenario does. Pure. */
export function checkRubric(scenario: Scenario, rubric: Rubric): Finding[] {
  const { from, to } = rubric.workingHours
  return [
    ...(to > from ? [] : [fault(['workingHours', 'to'], `the working day ends (${to}) before it begins (${from})`)]),
    ...rubric.expectations.flatMap((expectation, i) => checkExpectation({ scenario, rubric }, expectation, i)),
    ...rubric.parties.flatMap((expectation, i) => checkParty({ scenario, rubric }, expectation, i)),
  ]
}

type Both = { scenario: Scenario; rubric: Rubric }
type Timed = Pick<Expectation, 'clock' | 'within' | 'lateUntil'>

function fault(path: Finding['path'], message: string): Finding {
  return { in: 'rubric', path, message }
}

function warning(path: Finding['path'], message: string): Finding {
  return { ...fault(path, message), isWarning: true }
}

function checkExpectation(both: Both, expectation: Expectation, i: number): Finding[] {
  const found = [
    ...checkUnique(both.rubric.expectations, expectation, i),
    ...checkEvidence(both.scenario, expectation),
    ...checkQuestion(both.scenario, expectation),
    ...checkDetails(expectation),
    ...checkTimes(both, expectation, startOf(both.scenario, expectation)),
  ]
  return found.map((one) => ({ ...one, path: ['expectations', i, ...one.path] }))
}

function checkParty(both: Both, expectation: PartyExpectation, i: number): Finding[] {
  const { notifyAfter } = both.scenario.mails
  const isTold = expectation.role === 'ngi' || notifyAfter !== undefined
  const found = [
    ...checkUnique(both.rubric.parties, expectation, i),
    ...checkTimes(both, expectation, expectation.role === 'ngi' ? 0 : (notifyAfter ?? 0)),
    ...(isTold
      ? []
      : [warning(['role'], 'nobody tells this party by itself: give the scenario a `notifyAfter`, or have an officer write')]),
  ]
  return found.map((one) => ({ ...one, path: ['parties', i, ...one.path] }))
}

function checkUnique(all: readonly { id: string; role?: string }[], { id, role }: { id: string; role?: string }, i: number): Finding[] {
  const isTwice = all.findIndex((one) => one.id === id && one.role === role) < i
  return isTwice ? [fault(['id'], `'${id}' is there twice: give each a name of its own`)] : []
}

/** What only a job can bring about. */
const needJob: ReadonlySet<string> = new Set(['contained', 'report-fields'])

function checkEvidence({ job }: Scenario, { evidence, startsAt }: Expectation): Finding[] {
  if (job !== undefined) return []
  return [
    ...(needJob.has(evidence)
      ? [fault(['evidence'], `the scenario sends no job, so nothing can be '${evidence}': ask for something else`)]
      : []),
    ...(startsAt === 'containment'
      ? [fault(['startsAt'], 'the scenario sends no job, so nothing is ever contained, and this clock never begins: write `alert`')]
      : []),
  ]
}

function checkQuestion({ questions }: Scenario, { evidence, startsAt, question }: Expectation): Finding[] {
  const ids = questions.map(({ id }) => id)
  if (question === undefined) {
    const needs = evidence === 'question' ? 'evidence' : startsAt === 'question' ? 'startsAt' : undefined
    return needs === undefined ? [] : [fault([needs], `name the question: ${ids.join(', ') || 'the scenario has none yet'}`)]
  }
  if (!ids.includes(question))
    return [fault(['question'], `the scenario has no question '${question}'; it has: ${ids.join(', ') || 'none'}`)]
  const isRead = evidence === 'question' || startsAt === 'question'
  return isRead ? [] : [warning(['question'], 'it is never read: the evidence is another one, and so is the clock')]
}

function checkDetails({ category, evidence, fields = [], full }: Expectation): Finding[] {
  const known: ReadonlySet<string> = new Set(gradedFields)
  return [
    ...fields.flatMap((name, n) =>
      known.has(name) ? [] : [fault(['fields', n], `the common report has no graded field '${name}'; it has: ${gradedFields.join(', ')}`)],
    ),
    ...(fields.length > 0 && evidence !== 'report-fields'
      ? [warning(['fields'], 'they are never read: only the evidence report-fields has fields')]
      : []),
    ...(evidence === 'depth' && category !== 'contact'
      ? [fault(['category'], 'how far a contact goes is a scale of its own: write `category: contact`, so that its light stands alone')]
      : []),
    ...(full !== undefined && evidence !== 'depth' ? [warning(['full'], 'it is never read: only the evidence depth has levels')] : []),
  ]
}

/** How long after the alert its clock begins at the soonest, ms. */
function startOf({ questions }: Scenario, { startsAt, question }: Expectation): number {
  return startsAt === 'question' ? (questions.find(({ id }) => id === question)?.after ?? 0) : 0
}

function checkTimes({ scenario: { endAfter }, rubric }: Both, timed: Timed, startMs: number): Finding[] {
  const { within, lateUntil } = timed
  const endMs = (ms: number) => startMs + wallMs(timed, rubric, ms)
  const end = durationWords(endAfter)
  if (lateUntil !== undefined && lateUntil < within)
    return [fault(['lateUntil'], 'what is late ends before the deadline: make it longer than within')]
  if (endMs(within) > endAfter)
    return [fault(['within'], `this deadline is ${durationWords(endMs(within))} after the alert, and the run ends after ${end} (endAfter)`)]
  if (lateUntil === undefined || endMs(lateUntil) <= endAfter) return []
  return [warning(['lateUntil'], `the run ends ${end} after the alert (endAfter): what is late by more cannot count`)]
}

/** How long it takes by the clock on the wall; of working time about that, as weekends come between. */
function wallMs({ clock }: Timed, { workingHours: { from, to } }: Rubric, ms: number): number {
  const dayMs = Math.max(1, to - from) * HOUR_MS
  if (clock === 'wall' || ms < dayMs) return ms
  return Math.round((((ms / dayMs) * 7) / 5) * DAY_MS)
}
