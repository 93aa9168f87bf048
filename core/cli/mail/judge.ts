import { type Command, Option } from 'commander'
import { addresseeOf } from '../../addressees.ts'
import { type JudgedVerdict, judgeMail } from '../../app/judge-mail.ts'
import { readPlannedRun } from '../../app/view.ts'
import { InputError } from '../../domain/errors.ts'
import type { Depth, ReplyKind } from '../../domain/event.ts'
import { kindWords } from '../../domain/mail-words.ts'
import type { Cli } from '../cli.ts'
import { neverEmpty } from '../run-file.ts'

type Options = {
  site?: string
  party?: string
  mail: string
  kind?: ReplyKind
  depth?: Depth
  question?: string
  verdict?: JudgedVerdict
  why?: string
  by: string
}

export function addJudge(mail: Command, cli: Cli): void {
  mail
    .command('judge')
    .summary('say what kind of answer a mail is, or whether it answers a question rightly: your word counts before ours')
    .argument('<run>')
    .option('--site <name>', 'whose challenge')
    .option('--party <id>', 'or which party wrote it')
    .requiredOption('--mail <hash>', 'how its hash begins, as `ssc mail thread` shows it')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['human', 'automatic', 'bounce']))
    .addOption(new Option('--depth <depth>', 'what a person shows').choices(['trivial', 'knows', 'investigates']))
    .option('--question <id>', 'which question of the scenario it answers')
    .addOption(new Option('--verdict <verdict>', 'how it answers that question').choices(['right', 'partly', 'wrong']))
    .option('--why <words>', 'why; the site reads it')
    .option('--by <name>', 'who says so', cli.user)
    .action((run: string, options: Options) => judge(cli, run, options))
}

async function judge(cli: Cli, run: string, options: Options): Promise<void> {
  const { kind, depth, question, verdict, why, site, party } = options
  const by = neverEmpty(options.by, '--by')
  const problems = problemsOf(options)
  if (problems.length > 0) throw new InputError('nothing was judged:', problems)
  refuseNoHash(options.mail)
  const instance = await cli.instance()
  const of = addresseeOf(await readPlannedRun(instance.store, run), { ...(site && { site }), ...(party && { party }) })
  const word = kind && { kind, ...(depth && { depth }) }
  const answer = question && { question, verdict: verdict!, why: neverEmpty(why!, '--why').slice(0, 500) }
  await judgeMail(instance, { run, of, mail: options.mail, ...word, ...(answer && { answer }), by })
  const words = [...(word ? [kindWords(word)] : []), ...(answer ? [`as an answer to the question ${question} ${verdict}`] : [])]
  const where = 'role' in of ? '' : ` The lights of ${of.name} follow from it at once: ssc score ${run} --site ${of.name} --explain`
  cli.out(`Judged: ${words.join('; ')}.${where}\n`)
}

function problemsOf({ kind, depth, question, verdict, why }: Options): string[] {
  const isAnswer = question !== undefined || verdict !== undefined || why !== undefined
  return [
    ...(kind === undefined && !isAnswer ? ['say what it is with --kind, or how it answers with --question, --verdict and --why'] : []),
    ...(depth !== undefined && kind !== 'human' ? ['--depth is told of an answer by a person: --kind human'] : []),
    ...(isAnswer && (question === undefined || verdict === undefined || !why?.trim())
      ? ['an answer to a question is judged with --question, --verdict and --why together']
      : []),
  ]
}

/** The beginning of a hash: long enough to mean one mail. */
export function refuseNoHash(text: string): void {
  if (!/^[0-9a-f]{4,64}$/i.test(text))
    throw new InputError('a mail is named by the first digits of its hash, at least 4 of 0-9 and a-f', [])
}
