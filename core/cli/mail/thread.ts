import type { Command } from 'commander'
import { readDetails } from '../../app/keep-mail.ts'
import { readChallenge, readPlannedRun, streamOf } from '../../app/view.ts'
import type { ChallengeState } from '../../domain/challenge.ts'
import { depthOfAnswer, kindOf, type ThreadEntry, threadsOf } from '../../domain/correspondence.ts'
import type { Depth, ReceivedMail, ReplyKind } from '../../domain/event.ts'
import type { MailKind, Role } from '../../domain/mail.ts'
import { kindWords, letterWords, roleNames } from '../../domain/mail-words.ts'
import { compareEvents } from '../../domain/order.ts'
import { plainLine } from '../../domain/text.ts'
import { momentWords } from '../../domain/zone.ts'
import { createParser } from '../../io/mail/safe-parse.ts'
import type { Parser, Store } from '../../ports.ts'
import { type Cli, printJson, visible } from '../cli.ts'
import { stateOf } from './rows.ts'
import { shortHash, shownText } from './show-text.ts'
import { addresseeOf, nameOf } from './whom.ts'

type Options = { site?: string; party?: string; json?: true }

export function addThread(mail: Command, cli: Cli): void {
  mail
    .command('thread')
    .summary('show the conversation with a site or a party, in the order of time')
    .argument('<run>')
    .option('--site <name>', 'with this site, its management and its NGI')
    .option('--party <id>', 'with this party of the run')
    .option('--json', 'as data')
    .action((run: string, options: Options) => thread(cli, run, options))
}

async function thread(cli: Cli, name: string, { json, ...whom }: Options): Promise<void> {
  const { store } = await cli.instance()
  const run = await readPlannedRun(store, name)
  const one = addresseeOf(run, whom)
  const state = await readChallenge(store, streamOf(run, one))
  const parser = createParser()
  try {
    const threads = await readThreads({ store, parser }, state)
    if (json) return printJson(cli, { run: name, with: nameOf(one), threads })
    if (threads.length === 0)
      return cli.out(`Nothing was written to ${nameOf(one)} yet, and nothing came. What is to go: ssc mail list ${name}\n`)
    for (const { role, entries } of threads) {
      cli.out(`With ${roleNames[role]}, ${visible(nameOf(one))}\n\n`)
      for (const entry of entries) cli.out(`${entryText(entry, one.timeZone)}\n`)
    }
    if (whom.site !== undefined)
      cli.out(`Change what an answer counts for with: ssc mail judge ${name} --site ${whom.site} --mail HASH --kind KIND\n`)
  } finally {
    await parser.close()
  }
}

/** `text`: null once it was erased. */
type Entry = {
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

type Reading = { store: Store; parser: Parser }

async function readThreads(reading: Reading, state: ChallengeState): Promise<{ role: Role; entries: Entry[] }[]> {
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

const MOST_LINES = 60

function entryText(entry: Entry, timeZone: string): string {
  const { at, ours, hash, subject, text } = entry
  const when = `${momentWords(at, timeZone)}${hash === undefined ? '' : `  [${shortHash(hash)}]`}`
  const who = ours
    ? `We wrote${entry.to === undefined ? '' : ` to ${plainLine(entry.to)}`}: ${letterWords(entry)}. ${entry.state}`
    : `${plainLine(entry.from ?? '')} wrote, ${judgedWords(entry)}`
  const body = text === null ? '    (erased)\n' : text.trim() === '' ? '' : shownText(text, { indent: '    ', most: MOST_LINES })
  const grades = (entry.graded ?? []).map((words) => `  Graded: ${plainLine(words, 400)}\n`).join('')
  return `${when}\n  ${who}\n${grades}${subject === undefined ? '' : `  Subject: ${plainLine(subject)}\n`}${body}`
}

function judgedWords({ mail, role, kind, depth, because, judgedBy }: Entry): string {
  const kindOfIt = kindWords({ kind: kind ?? 'human', ...(depth === undefined ? {} : { depth }) })
  const why =
    judgedBy === undefined
      ? plainLine(because ?? '', 200)
      : `so says ${plainLine(judgedBy, 60)}; we read it so: ${plainLine(because ?? '', 200)}`
  return `to the ${letterWords({ mail, role })}: ${kindOfIt} (${why})`
}
