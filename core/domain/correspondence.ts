import type { Depth, Event, LetterName, ReplyKind } from './event.ts'
import { type MailKind, mailKinds, type Role } from './mail.ts'
import { compareEvents, earliest, last, type On } from './order.ts'

/** What became of one of our letters: the first fact of each kind, since it was last sent anew. */
export type MailTrail = {
  resent?: On<'MailResent'>
  sending?: On<'MailSending'>
  accepted?: On<'MailAccepted'>
  refused?: On<'MailRefused'>
  unsure?: On<'MailUnsure'>
  bounced?: On<'MailReceived'>
}

/** `told`: every fact of its way, in the order of time. */
export type Letter = MailTrail & { letter: string; mail: MailKind; role: Role; told: readonly TrailEvent[] }

/** An answer that is not a bounce; an officer's word on its kind comes before ours. */
export type Answer = On<'MailReceived'>

/** All that was written between us and those who are challenged. */
export type Correspondence = {
  letters: Readonly<Record<string, Letter>>
  /** Of each kind of letter the first that was sent to the site. */
  mails: Readonly<Record<MailKind, MailTrail>>
  /** All that came in, and of it what is no bounce. */
  received: readonly Answer[]
  answers: readonly Answer[]
  judged: Readonly<Record<string, On<'MailJudged'>>>
  orders: readonly On<'MailOrdered'>[]
  reports: readonly On<'ReportReceived'>[]
  ticket?: On<'TicketChanged'>
}

const noMails = Object.fromEntries(mailKinds.map((kind) => [kind, {}])) as Record<MailKind, MailTrail>

export function initialCorrespondence(): Correspondence {
  return { letters: {}, mails: noMails, received: [], answers: [], judged: {}, orders: [], reports: [] }
}

export type MailEvent = On<
  | 'MailOrdered'
  | 'MailSending'
  | 'MailAccepted'
  | 'MailRefused'
  | 'MailUnsure'
  | 'MailResent'
  | 'MailReceived'
  | 'MailJudged'
  | 'ReportReceived'
  | 'TicketChanged'
>

export function evolveCorrespondence(state: Correspondence, event: MailEvent): Correspondence {
  switch (event.type) {
    case 'MailOrdered':
      return { ...state, orders: [...state.orders, event] }
    case 'MailReceived':
      return sorted({ ...state, received: [...state.received, event].sort(compareEvents) }, event)
    case 'MailJudged': {
      const { contentHash } = event.data
      const judged = { ...state, judged: { ...state.judged, [contentHash]: last(state.judged[contentHash], event) } }
      return state.received.filter((one) => one.data.contentHash === contentHash).reduce(sorted, judged)
    }
    case 'ReportReceived':
      return { ...state, reports: [...state.reports, event] }
    case 'TicketChanged':
      return { ...state, ticket: last(state.ticket, event) }
    case 'MailSending':
    case 'MailAccepted':
    case 'MailRefused':
    case 'MailUnsure':
    case 'MailResent':
      return withTrail(state, event.data, event)
    default:
      return unforeseen(event)
  }
}

type TrailEvent = On<'MailSending' | 'MailAccepted' | 'MailRefused' | 'MailUnsure' | 'MailResent' | 'MailReceived'>

/** A bounce belongs to the way of its letter, and all else is an answer: by what an officer said of it, or else by what we read. */
function sorted(state: Correspondence, { data }: Answer): Correspondence {
  const { answers: mail, letter, role } = data
  const isBounce = (one: Answer) => kindOf(state, one) === 'bounce'
  const bounces = state.received.filter((one) => one.data.letter === letter && isBounce(one))
  const known = (state.letters[letter]?.told ?? []).filter((one) => one.type !== 'MailReceived')
  const answers = state.received.filter((one) => !isBounce(one))
  if (bounces.length === 0 && state.letters[letter] === undefined) return { ...state, answers }
  return { ...withTold(state, { mail, letter, role }, [...known, ...bounces]), answers }
}

function withTrail(state: Correspondence, name: LetterName, event: TrailEvent): Correspondence {
  return withTold(state, name, [...(state.letters[name.letter]?.told ?? []), event])
}

function withTold(state: Correspondence, { mail, letter, role }: LetterName, facts: readonly TrailEvent[]): Correspondence {
  const told = [...facts].sort(compareEvents)
  const trail = trailOf(told)
  const { [letter]: _, ...others } = state.letters
  const letters = told.length === 0 ? others : { ...others, [letter]: { ...trail, ...nameOf(told, { mail, role }), letter, told } }
  // A letter of its own name is the one that counts for its kind; others tell of an order or of one more.
  const mails = letter === mail ? { ...state.mails, [mail]: trail } : state.mails
  return { ...state, letters, mails }
}

/** What kind of letter it is and to whom it went: we say it, and what comes back only where we said nothing. */
function nameOf(told: readonly TrailEvent[], other: Pick<LetterName, 'mail' | 'role'>): Pick<LetterName, 'mail' | 'role'> {
  const own = told.find((one) => one.type !== 'MailReceived')
  if (own !== undefined) return { mail: own.data.mail, role: own.data.role }
  const [back] = told
  return back === undefined || back.type !== 'MailReceived' ? other : { mail: back.data.answers, role: back.data.role }
}

/** What was before it was sent anew counts no longer. */
function trailOf(told: readonly TrailEvent[]): MailTrail {
  const again = told.findLastIndex((one) => one.type === 'MailResent')
  const trail: MailTrail = {}
  for (const event of told.slice(Math.max(0, again))) {
    if (event.type === 'MailResent') trail.resent ??= event
    else if (event.type === 'MailSending') trail.sending ??= event
    else if (event.type === 'MailAccepted') trail.accepted ??= event
    else if (event.type === 'MailRefused') trail.refused ??= event
    else if (event.type === 'MailUnsure') trail.unsure ??= event
    else trail.bounced ??= event
  }
  return trail
}

/** Whether it may have left at any time, also before it was sent anew. */
export function wasSending(letter: Letter | undefined): boolean {
  return letter?.told.some((one) => one.type === 'MailSending') ?? false
}

/** The kind of an answer, as an officer said or else as we read it. */
export function kindOf({ judged }: Correspondence, answer: Answer): ReplyKind {
  return judged[answer.data.contentHash]?.data.kind ?? answer.data.kind
}

export function depthOfAnswer(state: Correspondence, answer: Answer): Depth | undefined {
  if (kindOf(state, answer) !== 'human') return undefined
  const word = state.judged[answer.data.contentHash]
  return word === undefined ? answer.data.depth : (word.data.depth ?? 'trivial')
}

/** The answers by people to letters of these kinds; to any letter when none is named. */
export function humanAnswers(state: Correspondence, mails?: readonly MailKind[]): Answer[] {
  return state.answers.filter((one) => kindOf(state, one) === 'human' && (mails === undefined || mails.includes(one.data.answers)))
}

/** How deep a contact goes, from 1 to 5; 0 is a bounce or a refusal, undefined is not known. */
export function contactDepth(state: Correspondence, role: Role = 'site'): { level: 0 | 1 | 2 | 3 | 4 | 5; evidence: Event } | undefined {
  const answers = state.answers.filter((one) => one.data.role === role).sort(compareEvents)
  const levels = { trivial: 3, knows: 4, investigates: 5 } as const
  const ranked = answers.map((answer) => {
    const isHuman = kindOf(state, answer) === 'human'
    return { level: isHuman ? levels[depthOfAnswer(state, answer) ?? 'trivial'] : (2 as const), evidence: answer as Event }
  })
  const best = ranked.sort((a, b) => b.level - a.level || compareEvents(a.evidence, b.evidence))[0]
  if (best) return best
  const sent = Object.values(state.letters).filter((letter) => letter.role === role)
  // What our own gate held back says nothing of the contact.
  const failed = earliest(sent.map((letter) => letter.bounced ?? (letter.refused?.data.by === 'other side' ? letter.refused : undefined)))
  if (failed) return { level: 0, evidence: failed }
  const arrived = earliest(sent.map((letter) => letter.accepted))
  return arrived && { level: 1, evidence: arrived }
}

/** One line of the conversation with one addressee: a letter of ours, or what came back. */
export type ThreadEntry = { at: number; ours: boolean; letter?: Letter; answer?: Answer; bounce?: On<'MailReceived'> }

/** The conversations of a challenge, one for each addressee, in the order of time. */
export function threadsOf(state: Correspondence): Partial<Record<Role, ThreadEntry[]>> {
  const threads: Partial<Record<Role, ThreadEntry[]>> = {}
  const add = (role: Role, entry: ThreadEntry) => {
    threads[role] = [...(threads[role] ?? []), entry]
  }
  for (const letter of Object.values(state.letters)) {
    const event = letter.sending ?? letter.accepted ?? letter.refused ?? letter.resent
    if (event) add(letter.role, { at: event.at, ours: true, letter })
    if (letter.bounced) add(letter.role, { at: letter.bounced.at, ours: false, bounce: letter.bounced })
  }
  for (const answer of state.answers) add(answer.data.role, { at: answer.at, ours: false, answer })
  for (const entries of Object.values(threads)) entries.sort((a, b) => a.at - b.at)
  return threads
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}
