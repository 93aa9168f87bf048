import { shutOuts } from './access.ts'
import type { ChallengeState } from './challenge.ts'
import { type Answer, depthOfAnswer, humanAnswers, kindOf } from './correspondence.ts'
import type { ChallengeEvent, FieldVerdict, Fulfils } from './event.ts'
import { type MailKind, mailKinds, traitsOf } from './mail.ts'
import { compareEvents, earliest, last } from './order.ts'
import type { Expectation } from './rubric.ts'
import { happenedAt } from './timeline.ts'

/** Something that fulfils an expectation, in part when `fraction` is below 1. */
export type Found = {
  event: ChallengeEvent
  /** When it was seen, ms since 1970. */
  at: number
  /** From when on it may have been so already: in doubt the earlier moment counts for the site. */
  since?: number
  fraction: number
  words?: string
  /** Worth something, and yet not what was asked for: its light is red. */
  isPoor?: true
  /** A person has to judge it first. */
  isOpen?: true
}

/** What the evidence is read against. */
export type Bounds = {
  startedMs?: number | undefined
  /** When the site's clock began. */
  alertedMs?: number | undefined
  /** When the run was stopped: what ends after it may be our own doing. */
  stoppedMs?: number | undefined
}

type Wanted = Pick<Expectation, 'evidence' | 'question' | 'fields' | 'full'>

/** All that speaks for an expectation, in no order. The questions of `answers` have a clock each: core/domain/score-answers.ts. */
export function findEvidence(wanted: Wanted, state: ChallengeState, bounds: Bounds): Found[] {
  switch (wanted.evidence) {
    case 'human-reply':
      return [...answersToIncident(state).map(whole), ...notes(state, 'heads-up')]
    case 'contained':
      return containment(state, bounds)
    case 'closure':
      return [...closures(state).map(whole), ...notes(state, 'closure')]
    case 'report-fields':
      return gradedClosures(state, wanted.fields)
    case 'answers':
      return []
    case 'question':
      return gradedAnswers(state, `question-${wanted.question}`)
    case 'depth':
      return depths(state, wanted.full ?? 5)
    default:
      return sinceAlert(seenElsewhere(wanted.evidence, state), state, bounds)
  }
}

type Elsewhere = Exclude<
  Expectation['evidence'],
  'human-reply' | 'contained' | 'closure' | 'report-fields' | 'answers' | 'question' | 'depth'
>

/** What GOCDB, Pakiti or an officer tells. */
function seenElsewhere(kind: Elsewhere, state: ChallengeState): Found[] {
  switch (kind) {
    case 'downtime':
      return [...state.downtimes.map((event) => ({ event, at: event.data.declaredMs, fraction: 1 })), ...notes(state, 'downtime')]
    case 'vo-contacted':
      return [
        ...notes(state, 'vo-contacted'),
        ...answersToIncident(state)
          .filter(({ data }) => data.told?.some(isVo))
          .map(whole),
      ]
    case 'packages':
      return [...state.packages.filter(({ data }) => data.reportedMs > 0).map(packages), ...notes(state, 'packages')]
    case 'assessed':
      return notes(state, 'assessed')
    case 'certified':
      return state.certifications
        .filter(({ data }) => data.now === 'Certified')
        .map((event) => ({ event, at: event.data.changedMs, fraction: 1 }))
    default:
      return unforeseen(kind)
  }
}

/** What was so before the site knew answers nothing. */
function sinceAlert(found: Found[], state: ChallengeState, bounds: Bounds): Found[] {
  const knewMs = knewAt(state, bounds)
  return found.filter(({ at }) => at >= knewMs)
}

/** Of an alert that was sent anew the clock runs from the second; who had the first one may have acted upon it. */
function knewAt({ letters }: ChallengeState, { alertedMs = Number.POSITIVE_INFINITY }: Bounds): number {
  const first = letters.alert?.told.find(({ type }) => type === 'MailAccepted')
  return Math.min(alertedMs, first?.at ?? alertedMs)
}

function isVo(party: string): boolean {
  return party.startsWith('vo-')
}

/** A heartbeat or a farewell; else the job system's word, confirmed by an officer. */
export function startOf(state: ChallengeState): ChallengeEvent | undefined {
  const sign = earliest<ChallengeEvent>([state.agentSeen, ...state.farewells])
  if (sign) return sign
  return state.notes.some((n) => n.data.fulfils === 'started') ? state.jobStates.running : undefined
}

function whole(event: ChallengeEvent): Found {
  return { event, at: happenedAt(event), fraction: 1 }
}

function notes(state: ChallengeState, fulfils: Exclude<Fulfils, 'started'>): Found[] {
  return state.notes.filter((n) => n.data.fulfils === fulfils).map(whole)
}

/** Who wrote before the alert did not answer it: an answer to an invitation, or to a check of the contact. */
const beforeAlert: ReadonlySet<MailKind> = new Set(mailKinds.filter((kind) => traitsOf(kind).prepares))

/**
 * What people of the site wrote of the incident, whichever of our letters it came back to: in a ticket the newest is answered. What
 * the NGI writes is no answer of the site.
 */
export function answersToIncident(state: ChallengeState): Answer[] {
  return humanAnswers(state).filter(({ data }) => data.role !== 'ngi' && !beforeAlert.has(data.answers))
}

/** An end that we asked for, or that came with our full stop, is not the site's doing. */
function containment(state: ChallengeState, bounds: Bounds): Found[] {
  const { startedMs = Number.POSITIVE_INFINITY, stoppedMs } = bounds
  const bySite = (event: ChallengeEvent) =>
    (state.cancelRequested === undefined || compareEvents(event, state.cancelRequested) < 0) &&
    (stoppedMs === undefined || event.at < stoppedMs)
  const { cancelled } = state.jobStates
  const ends: ChallengeEvent[] = state.farewells.filter((f) => f.data.reason === 'signal')
  if (cancelled) ends.push(cancelled)
  // Nobody asked between two rounds: the ban may be as old as the earlier of them.
  const bans = shutOuts(state.access).map((event) => {
    const { beforeMs } = event.data
    return { ...whole(event), ...(beforeMs === undefined ? {} : { since: beforeMs }) }
  })
  const found = [...ends.filter(bySite).map(whole), ...bans, ...notes(state, 'contained')]
  const fromMs = Math.min(startedMs, knewAt(state, bounds))
  return found.filter(({ at }) => at >= fromMs)
}

/** A common report, or an answer to the letter that asks for it which is more than thanks. */
function closures(state: ChallengeState): ChallengeEvent[] {
  return [...state.reports, ...humanAnswers(state, ['report-request']).filter((answer) => depthOfAnswer(state, answer) !== 'trivial')]
}

/** What there may be nothing to say of. */
const optional: ReadonlySet<string> = new Set(['open-questions', 'evidence'])

const worths: Readonly<Record<FieldVerdict, number>> = { right: 1, 'for a person': 1, partly: 0.5, wrong: 0, missing: 0 }

/** How much of it is right: what is left to a person to judge counts as there. */
function gradedClosures(state: ChallengeState, only: readonly string[] | undefined): Found[] {
  return state.reports.map((event) => {
    const fields = Object.entries(event.data.grade).filter(([name, verdict]) =>
      only === undefined ? !optional.has(name) || verdict !== 'missing' : only.includes(name),
    )
    const worth = fields.map(([, verdict]) => worths[verdict])
    const short = fields.filter((_, i) => worth[i]! < 1).map(([name, verdict]) => `${name} (${verdict})`)
    const words = short.length === 0 ? 'the report holds all that was asked' : `not right or missing in the report: ${short.join(', ')}`
    return { event, at: happenedAt(event), fraction: worth.reduce<number>((sum, one) => sum + one, 0) / Math.max(1, fields.length), words }
  })
}

/** What people answered to a question, by the name of its letter: an officer's word finds an answer in a mail that came back to another letter, too. */
export function answersToQuestion(state: ChallengeState, letter: string): Answer[] {
  return humanAnswers(state).filter((answer) => answer.data.letter === letter || wordOn(state, answer, letter) !== undefined)
}

function wordOn({ graded }: ChallengeState, { data: { contentHash } }: Answer, letter: string) {
  return graded
    .filter(({ data }) => data.contentHash === contentHash && `question-${data.question}` === letter)
    .reduce<(typeof graded)[number] | undefined>(last, undefined)?.data
}

/** How right the answers to one question are; an officer's word comes before ours. */
function gradedAnswers(state: ChallengeState, letter: string): Found[] {
  return answersToQuestion(state, letter).map((event): Found => {
    const word = wordOn(state, event, letter)
    const { verdict, why } = word ?? event.data.graded ?? { verdict: 'for a person' as const, why: 'nobody has judged the answer yet' }
    const isOpen = verdict === 'for a person'
    return { ...whole(event), fraction: isOpen ? 0 : worths[verdict], words: why, ...(isOpen && { isOpen }) }
  })
}

/** How far the contact goes with each answer: a robot 2, thanks 3, who knows 4, who investigates 5; that a mail arrived 1. */
function depths(state: ChallengeState, full: number): Found[] {
  const { accepted, bounced } = state.mails.alert
  const levels = { trivial: 3, knows: 4, investigates: 5 } as const
  const at = (event: ChallengeEvent, level: number): Found => ({
    ...whole(event),
    fraction: Math.min(1, level / full),
    words: `depth ${level} of 5`,
    ...(level < 3 && { isPoor: true as const }),
  })
  const answers = state.answers
    .filter(({ data }) => data.role === 'site' && !beforeAlert.has(data.answers))
    .map((answer) => at(answer, kindOf(state, answer) === 'human' ? levels[depthOfAnswer(state, answer) ?? 'trivial'] : 2))
  return [...answers, ...(bounced ? [at(bounced, 0)] : accepted ? [at(accepted, 1)] : [])]
}

/** A host that reports is half of it; the other half is that nothing is left that Pakiti tagged. */
function packages(event: ChallengeState['packages'][number]): Found {
  const { vulnerable, reportedMs, hosts } = event.data
  const found = `${hosts} host${hosts === 1 ? '' : 's'} reported`
  if (vulnerable.length === 0) return { event, at: reportedMs, fraction: 1, words: `${found}, nothing is tagged` }
  const names = vulnerable.slice(0, 5).map(({ cve, tag }) => `${cve} (${tag})`)
  const words = `${found}; still there: ${names.join(', ')}${vulnerable.length > names.length ? ` and ${vulnerable.length - names.length} more` : ''}`
  return { event, at: reportedMs, fraction: 0.5, words }
}

function unforeseen(kind: never): never {
  throw new Error(`evidence of an unknown kind: ${String(kind)}`)
}
