import { type Command, Option } from 'commander'
import { judgeMail } from '../../app/judge-mail.ts'
import { readPlannedRun } from '../../app/view.ts'
import { InputError } from '../../domain/errors.ts'
import type { Depth, ReplyKind } from '../../domain/event.ts'
import { kindWords } from '../../domain/mail-words.ts'
import type { Cli } from '../cli.ts'
import { neverEmpty } from '../run-file.ts'
import { addresseeOf } from './whom.ts'

type Options = { site?: string; party?: string; mail: string; kind: ReplyKind; depth?: Depth; by: string }

export function addJudge(mail: Command, cli: Cli): void {
  mail
    .command('judge')
    .summary('say what kind of answer a mail is: your word counts before ours')
    .argument('<run>')
    .option('--site <name>', 'whose challenge')
    .option('--party <id>', 'or which party wrote it')
    .requiredOption('--mail <hash>', 'how its hash begins, as `ssc mail thread` shows it')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['human', 'automatic', 'bounce']).makeOptionMandatory())
    .addOption(new Option('--depth <depth>', 'what a person shows').choices(['trivial', 'knows', 'investigates']))
    .option('--by <name>', 'who says so', cli.user)
    .action(async (run: string, { depth, site, party, ...options }: Options) => {
      const by = neverEmpty(options.by, '--by')
      if (depth !== undefined && options.kind !== 'human')
        throw new InputError('--depth is told of an answer by a person: --kind human', [])
      refuseNoHash(options.mail)
      const word = { kind: options.kind, ...(depth === undefined ? {} : { depth }) }
      const instance = await cli.instance()
      const of = addresseeOf(await readPlannedRun(instance.store, run), { ...(site && { site }), ...(party && { party }) })
      await judgeMail(instance, { run, of, mail: options.mail, ...word, by })
      const where = 'role' in of ? '' : ` The lights of ${of.name} follow from it at once: ssc score ${run} --site ${of.name} --explain`
      cli.out(`Judged: ${kindWords(word)}.${where}\n`)
    })
}

/** The beginning of a hash: long enough to mean one mail. */
export function refuseNoHash(text: string): void {
  if (!/^[0-9a-f]{4,64}$/i.test(text))
    throw new InputError('a mail is named by the first digits of its hash, at least 4 of 0-9 and a-f', [])
}
