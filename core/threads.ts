import { readDetails } from './app/keep-mail.ts'
import type { ChallengeState } from './domain/challenge.ts'
import { depthOfAnswer, kindOf, type ThreadEntry, threadsOf } from './domain/correspondence.ts'
import type { Depth, ReceivedMail, ReplyKind } from './domain/event.ts'
import type { MailKind, Role } from './domain/mail.ts'
import { roleNames } from './domain/mail-words.ts'
import { compareEvents } from './domain/order.ts'
import { plainLine } from './domain/text.ts'
import { stateOf } from './letter-rows.ts'
import type { Parser, Store } from './ports.ts'

/** `text`: null once it was erased. */
export type Entry = {
  at: number
  ours: boolean
  mail: MailKind
  role: Role
  hash?: string
  text: string | null
  subject?: string
  /** Of ours. */
  to?: string
  state?: string
  /** Of theirs. */
  from?: string
  kind?: ReplyKind
  depth?: Depth
  because?: string
  judgedBy?: string
  /** What it says to the questions of the scenario. */
  graded?: readonly string[]
}

export type Reading = { store: Store; parser: Parser }

/** The conversation with each of a site's (or a party's) people, in the order of time; texts are read from the mails that went and came. */
export async function readThreads(reading: Reading, state: ChallengeState): Promise<{ role: Role; entries: Entry[] }[]> {
  const threads = Object.entries(threadsOf(state)) as [Role, ThreadEntry[]][]
  return Promise.all(
    threads.map(async ([role, entries]) => ({
      role,
      entries: await Promise.all(entries.map((entry) => readEntry(reading, state, entry))),
    })),
  )
}

function readEntry(reading: Reading, state: ChallengeState, entry: ThreadEntry): Promise<Entry> {
  return entry.letter === undefined ? readTheirs(reading, state, entry) : readOurs(reading, { at: entry.at, letter: entry.letter })
}

async function readOurs(
  { store, parser }: Reading,
  { at, letter }: { at: number; letter: NonNullable<ThreadEntry['letter']> },
): Promise<Entry> {
  const { mail, role, sending } = letter
  const found = stateOf(letter)
  const known = {
    at,
    ours: true,
    mail,
    role,
    state: `${found?.state ?? 'unknown'}${found?.words ? ` (${plainLine(found.words, 200)})` : ''}`,
  }
  if (sending === undefined) return { ...known, text: '' }
  const { to, contentHash: hash } = sending.data
  const bytes = await store.content(hash)
  if (bytes === undefined) return { ...known, to, hash, text: null }
  const parsed = await parser.parse(bytes)
  if (!('mail' in parsed)) return { ...known, to, hash, text: `(it cannot be shown: ${parsed.corrupt})` }
  return { ...known, to, hash, subject: parsed.mail.subject, text: parsed.mail.text }
}

async function readTheirs({ store }: Reading, state: ChallengeState, { at, answer, bounce }: ThreadEntry): Promise<Entry> {
  const event = (answer ?? bounce)!
  const { contentHash: hash, detailsHash, answers: mail, role, because, sender } = event.data
  const depth = answer && depthOfAnswer(state, answer)
  const judged = state.judged[hash]
  const graded = gradesOf(state, event.data)
  const details = await readDetails({ store }, detailsHash)
  return {
    ...{ at, ours: false, mail, role, hash, because },
    kind: answer ? kindOf(state, answer) : 'bounce',
    ...(depth === undefined ? {} : { depth }),
    ...(judged === undefined ? {} : { judgedBy: judged.data.by }),
    ...(graded.length > 0 && { graded }),
    from: details?.from ?? (sender === 'other' ? 'an address that the plan does not know' : roleNames[sender]),
    ...(details === undefined ? {} : { subject: details.subject }),
    text: details === undefined ? null : details.said.trim() === '' ? details.text : details.said,
  }
}

/** By the key of the question, and by officers, whose last word counts. */
function gradesOf(state: ChallengeState, { contentHash, graded }: ReceivedMail): string[] {
  const own = graded === undefined ? [] : [`question ${graded.question}: ${graded.verdict} (${graded.why})`]
  const words = [...state.graded].sort(compareEvents).filter(({ data }) => data.contentHash === contentHash)
  return [...own, ...words.map(({ data }) => `${data.by} says of question ${data.question}: ${data.verdict} (${data.why})`)]
}
