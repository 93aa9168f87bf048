import type { Command } from 'commander'
import { addresseeOf, nameOf } from '../../addressees.ts'
import { readChallenge, readPlannedRun, streamOf } from '../../app/view.ts'
import type { Role } from '../../domain/mail.ts'
import { kindWords, letterWords, roleNames } from '../../domain/mail-words.ts'
import { plainLine } from '../../domain/text.ts'
import { momentWords } from '../../domain/zone.ts'
import { createParser } from '../../io/mail/safe-parse.ts'
import { type Entry, readThreads } from '../../threads.ts'
import { type Cli, printJson, visible } from '../cli.ts'
import { shortHash, shownText } from './show-text.ts'

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
    cli.out(threadsText(threads, { name: nameOf(one), timeZone: one.timeZone }))
    if (whom.site !== undefined)
      cli.out(`Change what an answer counts for with: ssc mail judge ${name} --site ${whom.site} --mail HASH --kind KIND\n`)
  } finally {
    await parser.close()
  }
}

/** `timeZone`: theirs. */
export function threadsText(threads: readonly { role: Role; entries: readonly Entry[] }[], of: { name: string; timeZone: string }): string {
  const texts = threads.map(({ role, entries }) => [
    `With ${roleNames[role]}, ${visible(of.name)}\n\n`,
    ...entries.map((entry) => `${entryText(entry, of.timeZone)}\n`),
  ])
  return texts.flat().join('')
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
