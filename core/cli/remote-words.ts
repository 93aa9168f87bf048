import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { challengePage } from '../http/operator/views/challenge.ts'
import { noteAct, overrideAct } from '../http/operator/views/challenge-acts.ts'
import { printJson } from './cli.ts'
import type { Far } from './remote-api.ts'

type Note = { site: string; text: string; fulfils?: string; at?: string; json?: true }
type Verdict = { site: string; expectation: string; light: string; points?: string; reason: string; json?: true }

/** What an officer says of a site. Who says it is who has the token. */
export function addWords(program: Command, far: Far): void {
  program
    .command('note')
    .summary('put a word of yours into the log of a challenge: a phone call is evidence too')
    .argument('<run>')
    .requiredOption('--site <name>', 'whose challenge')
    .requiredOption('--text <words>', 'what happened')
    .option('--fulfils <what>', 'what it stands for, for example heads-up')
    .option('--at <time>', 'when it happened, with its zone (default: now)')
    .option('--json', 'as data')
    .action((run: string, options: Note) => note(far, run, options))
  program
    .command('override')
    .summary("put your verdict on a light in the place of the rubric's, with the reason")
    .argument('<run>')
    .requiredOption('--site <name>', 'whose light')
    .requiredOption('--expectation <id>', 'which one, as `ssc score RUN --site NAME --explain` names it')
    .requiredOption('--light <light>', 'what it is: green, amber, red or grey')
    .option('--points <n>', 'how many points (green: all, red and grey: none, unless you say so)')
    .requiredOption('--reason <words>', 'why; the site reads it')
    .option('--json', 'as data')
    .action((run: string, options: Verdict) => override(far, run, options))
}

async function note({ api, out }: Far, run: string, { site, text, fulfils, at, json }: Note): Promise<void> {
  const body = { text, ...(fulfils !== undefined && { fulfils }), ...(at !== undefined && { happened: at }) }
  const done = await api.act(noteAct, { params: { run, site }, body })
  if (json) return printJson({ out }, done)
  out(`Noted for ${site}. Its lights follow from it at once: ssc score ${run} --site ${site} --explain\n`)
}

async function override({ api, out }: Far, run: string, { site, json, ...wish }: Verdict): Promise<void> {
  const params = { run, site }
  const { verdicts } = await api.read(challengePage, { params })
  const seen = verdicts[wish.expectation]
  if (seen === undefined)
    throw new InputError(`nothing of the name ${wish.expectation} is expected. There are: ${Object.keys(verdicts).join(', ')}.`, [])
  // What another officer decides from now on is told, and not overwritten.
  const done = await api.act(overrideAct, { params, body: { ...wish, seen } })
  if (json) return printJson({ out }, done)
  out(`${wish.expectation} of ${site}: ${wish.light} now. See: ssc score ${run} --site ${site} --explain\n`)
}
