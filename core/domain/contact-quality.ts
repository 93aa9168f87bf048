import { calendarOf, mergePauses, workingElapsed } from './calendar.ts'
import { type ChallengeState, foldChallenge } from './challenge.ts'
import { type Answer, contactDepth, humanAnswers, kindOf } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { ngiOf } from './letters.ts'
import type { Role } from './mail.ts'
import { compareEvents } from './order.ts'
import type { PlannedParty, PlannedSite } from './plan.ts'
import { plainLine } from './text.ts'
import type { Addressee, PlannedRun } from './work.ts'

/** What a run showed of one address: is it right, does a person read it, how soon. */
export type ContactQuality = {
  /** The site, or the party of the run. */
  who: string
  role: Role
  /** Where the newest letter went; before the first one, what the plan knows. */
  address: string
  /** Letters that the other side's server took, refused for good, or sent back. */
  accepted: number
  refused: number
  bounced: number
  /** What the other side said of those that it did not take, each once, the newest last. */
  words: readonly string[]
  automatic: number
  human: number
  /** Of the first answer by a person: how long after the letter that it answers, ms; `workingMs` in the contact's working hours. */
  firstAnswer?: { at: number; wallMs: number; workingMs: number }
  /** 0 nothing arrives, 1 it receives, 2 a machine answers, 3 a person, 4 one who knows the subject, 5 one who can investigate; absent: not known. */
  depth?: 0 | 1 | 2 | 3 | 4 | 5
}

/** What a depth means, as people read it. */
export const depthWords = [
  'nothing arrives',
  'it receives',
  'a machine answers',
  'a person answers',
  'a person who knows the subject',
  'a person who can investigate',
] as const

const MOST_WORDS = 5

type Contact = { role: Role; who: PlannedSite | PlannedParty; address: string | undefined }

/** Of each contact of a site (security contact, general contact, NGI), or of a party. A pure fold; the order of the facts does not matter. */
export function contactQuality(run: PlannedRun, one: Addressee, events: readonly ChallengeEvent[]): ContactQuality[] {
  const facts = [...events].sort(compareEvents)
  const state = foldChallenge(facts)
  const name = 'role' in one ? one.id : one.name
  return contactsOf(run, one).flatMap((contact) => {
    const found = qualityOf(run, contact, { facts, state })
    return found.address === '' ? [] : [{ who: name, ...found }]
  })
}

function contactsOf({ plan }: PlannedRun, one: Addressee): Contact[] {
  if ('role' in one) return [{ role: one.role, who: one, address: one.address }]
  const ngi = ngiOf(plan, one)
  return [
    { role: 'site', who: one, address: one.securityContact },
    { role: 'manager', who: one, address: one.manager },
    { role: 'ngi', who: ngi ?? one, address: ngi?.address },
  ]
}

type Read = { facts: readonly ChallengeEvent[]; state: ChallengeState }

function qualityOf(run: PlannedRun, { role, who, address }: Contact, { facts, state }: Read): Omit<ContactQuality, 'who'> {
  const tally = tallyOf(facts, role)
  const others = state.answers.filter((answer) => answer.data.role === role && kindOf(state, answer) === 'automatic')
  const people = humanAnswers(state).filter((answer) => answer.data.role === role)
  const first = [...people].sort((a, b) => cameAt(a) - cameAt(b))[0]
  const depth = depthOf(state, role, tally)
  return {
    role,
    ...tally,
    address: tally.address ?? address ?? '',
    automatic: others.length,
    human: people.length,
    ...(first === undefined ? {} : answerTime(run, who, { state, first })),
    ...(depth === undefined ? {} : { depth }),
  }
}

type Tally = Pick<ContactQuality, 'accepted' | 'refused' | 'bounced' | 'words'> & { address: string | undefined }

/** Also what came before a letter was sent once more: it tells of the address all the same. */
function tallyOf(facts: readonly ChallengeEvent[], role: Role): Tally {
  const tally = { accepted: 0, refused: 0, bounced: 0, address: undefined as string | undefined }
  const words: string[] = []
  for (const { type, data } of facts) {
    if (!('role' in data) || data.role !== role) continue
    if (type === 'MailSending') tally.address = data.to
    if (type === 'MailAccepted') tally.accepted++
    // What our own gate held back says nothing of the contact.
    if (type === 'MailRefused' && data.by === 'other side') {
      tally.refused++
      words.push(plainLine(data.reason, 200))
    }
    if (type === 'MailReceived' && data.kind === 'bounce') {
      tally.bounced++
      words.push(plainLine(data.because, 200))
    }
  }
  return { ...tally, words: [...new Set(words)].slice(-MOST_WORDS) }
}

/** Nothing is said of a contact that our own side never let a letter go to. */
function depthOf(state: ChallengeState, role: Role, { accepted, refused, bounced }: Tally): ContactQuality['depth'] {
  const found = contactDepth(state, role)?.level
  if (found !== 0 || refused + bounced > 0) return found
  return accepted > 0 ? 1 : undefined
}

function cameAt({ at, data }: Answer): number {
  return data.cameMs ?? at
}

function answerTime(
  run: PlannedRun,
  who: PlannedSite | PlannedParty,
  { state, first }: { state: ChallengeState; first: Answer },
): Pick<ContactQuality, 'firstAnswer'> {
  const asked = state.letters[first.data.letter]?.accepted?.at
  if (asked === undefined) return {}
  const at = cameAt(first)
  const clock = { calendar: calendarOf(who, run.rubric), pauses: mergePauses(run.outages) }
  return { firstAnswer: { at, wallMs: Math.max(0, at - asked), workingMs: workingElapsed(clock, asked, at) } }
}
