import type { ChallengeState } from '../domain/challenge.ts'
import { MAILROOM, type Shelf, type ShelvedMail } from '../domain/event.ts'
import type { Came, Envelope, IncomingMail, NewFact, Parser, Ref } from '../ports.ts'
import { askWhichSite, sortByAnswer } from './ask-which-site.ts'
import type { Core } from './deps.ts'
import { detailsOf, keepMail, readDetails, unquoted } from './keep-mail.ts'
import type { Match, Matcher } from './match-mail.ts'
import { readChallenge } from './view.ts'

export type TakeDeps = Core & { match: Matcher }

/** Where a mail went: to a challenge, or on a shelf. Nothing that came in is dropped. */
export type Taken = { stream: string } | { shelf: Shelf }

/** Takes a mail as it came over the wire. Durable when it resolves; the same mail again changes nothing. */
export async function takeMail(
  deps: TakeDeps & { parser: Parser },
  raw: Uint8Array,
  { envelope, broken, cameMs }: Came & { envelope?: Envelope } = {},
): Promise<Taken> {
  const parsed = broken === undefined ? await deps.parser.parse(raw, envelope) : { corrupt: broken }
  if ('mail' in parsed) return takeIncoming(deps, { ...parsed.mail, ...(cameMs === undefined ? {} : { cameMs }) })
  return shelve(deps, { raw, shelf: 'corrupt', because: parsed.corrupt, proposals: [] })
}

/** A mail that was read, or an entry of a ticket. */
export async function takeIncoming(deps: TakeDeps, mail: IncomingMail, ticket?: { system: string; id: string }): Promise<Taken> {
  const match = await deps.match(mail, ticket)
  if (!('found' in match)) return shelveUnmatched(deps, mail, match)
  const challenge = await readChallenge(deps.store, match.found.stream)
  // A mailbox that is read anew brings all of it again.
  if (receivedIn(challenge).some(({ data }) => data.messageId === mail.messageId && data.contentHash === mail.contentHash))
    return { stream: match.found.stream }
  if (isFlood(challenge, deps.clock.now()))
    return shelve(deps, {
      ...mail,
      mail,
      shelf: 'spam',
      because: `more than ${MOST_A_DAY} mails came to this thread within a day`,
      proposals: [],
    })
  if (await isOfTakenName(deps, challenge, mail)) {
    const because = 'another mail with the same Message-ID came before it'
    return shelve(deps, { ...mail, mail, shelf: 'to-sort', because, proposals: [] })
  }
  const sorted = await sortByAnswer(deps, mail, match.found)
  if (sorted !== undefined) return { stream: sorted }
  const stream = await keepMail(deps, { mail, found: match.found, way: match.way, challenge })
  return { stream }
}

const MOST_A_DAY = 60
const DAY_MS = 86_400_000

/** Two robots that answer each other, or a server that returns all: the thread is capped, and what comes on top waits on a shelf. */
export function isFlood(challenge: ChallengeState, now: number): boolean {
  return receivedIn(challenge).filter((one) => one.at > now - DAY_MS).length >= MOST_A_DAY
}

function receivedIn({ answers, letters }: ChallengeState) {
  const bounces = Object.values(letters).flatMap(({ told }) => told.filter((one) => one.type === 'MailReceived'))
  return [...answers, ...bounces]
}

/** A program that gives all its mails one Message-ID; the same mail by another way has the same words. */
async function isOfTakenName(deps: TakeDeps, challenge: ChallengeState, { messageId, contentHash, text }: IncomingMail): Promise<boolean> {
  const before = receivedIn(challenge).filter(({ data }) => data.messageId === messageId)
  if (before.length === 0 || before.some(({ data }) => data.contentHash === contentHash)) return false
  const known = await Promise.all(before.map(({ data }) => readDetails(deps, data.detailsHash)))
  return known.every((one) => one !== undefined && one.text !== text)
}

async function shelveUnmatched(deps: TakeDeps, mail: IncomingMail, { because, proposals }: Exclude<Match, { found: Ref }>): Promise<Taken> {
  if (mail.spam !== undefined) return shelve(deps, { ...mail, mail, shelf: 'spam', because: mail.spam, proposals })
  const asked = mail.kind === 'human' ? await askWhichSite(deps, mail, proposals) : undefined
  return shelve(deps, { ...mail, mail, shelf: 'to-sort', because, proposals, ...(asked === undefined ? {} : { asked }) })
}

type ToShelve = Omit<ShelvedMail, 'contentHash' | 'detailsHash'> & { raw: Uint8Array; mail?: IncomingMail }

async function shelve({ store, sha256 }: TakeDeps, { raw, mail, shelf, because, proposals, asked }: ToShelve): Promise<Taken> {
  const contentHash = sha256(raw)
  const details = mail && detailsOf({ sha256 }, mail)
  const contents = [{ hash: contentHash, bytes: raw }, ...(details ? [details] : [])].map((one) => ({
    ...one,
    run: MAILROOM,
    stream: MAILROOM,
  }))
  const data: ShelvedMail = {
    contentHash,
    ...(details ? { detailsHash: details.hash } : {}),
    ...{ shelf, because: unquoted(because), proposals },
    ...(asked === undefined ? {} : { asked }),
  }
  const fact: NewFact = { stream: MAILROOM, type: 'MailShelved', data, key: `mail:${contentHash}` }
  await store.commit({ run: MAILROOM, facts: [fact], contents })
  return { shelf }
}
