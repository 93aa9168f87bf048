import type { Command } from 'commander'
import { giveConsent, withdrawConsent } from '../app/consent-run.ts'
import { readRunState } from '../app/view.ts'
import { type Consent, consentOf, nameOf, newestWord } from '../domain/consent.ts'
import { InputError } from '../domain/errors.ts'
import type { ConsentOf } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { RunState } from '../domain/run-state.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, table, visible } from './cli.ts'
import { momentOf } from './moment.ts'
import { neverEmpty } from './run-file.ts'

type Options = { site?: string; ngi?: string; by?: string; from?: string; to?: string; withdraw?: true; reason?: string; json?: true }

export function addConsent(command: Command, cli: Cli): void {
  command
    .description(
      "Writes down that a site or an NGI agrees to take part, or does so no longer; whose word counts is the run's basis. Without --site and --ngi it shows how it stands with each site.\nA withdrawal ends that part at once: the agents are told to stop and the jobs are cancelled.",
    )
    .argument('<run>')
    .option('--site <name>', 'whose word it is: this site')
    .option('--ngi <name>', 'or this NGI, for all of its sites')
    .option('--by <who>', 'who of them said so, for example "Jane Doe, NGI_X"')
    .option('--from <time>', 'not before then, with its zone')
    .option('--to <time>', 'not after then, with its zone')
    .option('--withdraw', 'they take part no longer')
    .option('--reason <words>', 'why they do not')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const of = whose(options)
      if (of === undefined) return list(cli, run, options)
      if (options.by === undefined) throw new InputError('--by says who of them it was, for example --by "Jane Doe, NGI_X"', [])
      const word = { run, of, by: neverEmpty(options.by, '--by').slice(0, 200), recordedBy: cli.user }
      const sites = options.withdraw ? await withdraw(cli, word, options) : await give(cli, word, options)
      if (options.json) return printJson(cli, { ...word, withdrawn: options.withdraw === true, sites })
      const what = options.withdraw ? 'takes part no longer' : 'agrees'
      cli.out(`${nameOf(of)} ${what}: ${sites.length} ${sites.length === 1 ? 'site' : 'sites'} (${sites.map(visible).join(', ')}).\n`)
      if (options.withdraw)
        cli.out('Nothing more is sent there; agents are told to stop, and jobs are cancelled, while `ssc serve` runs.\n')
      cli.out(`Said by ${visible(word.by)}, written down by ${visible(word.recordedBy)}. How it stands with all: ssc consent ${run}\n`)
    })
}

function whose({ site, ngi, by, withdraw, from, to, reason }: Options): ConsentOf | undefined {
  if (site !== undefined && ngi !== undefined) throw new InputError('whose word is it: either --site or --ngi', [])
  if (site !== undefined) return { site }
  if (ngi !== undefined) return { ngi }
  if ([by, withdraw, from, to, reason].some((one) => one !== undefined))
    throw new InputError('whose word is it: --site NAME or --ngi NAME', [])
  return undefined
}

type Word = Parameters<typeof giveConsent>[1]

async function give(cli: Cli, word: Word, { from, to, reason }: Options): Promise<string[]> {
  if (reason !== undefined) throw new InputError('--reason goes with --withdraw', [])
  const fromMs = from === undefined ? {} : { fromMs: momentOf(from, '--from') }
  const toMs = to === undefined ? {} : { toMs: momentOf(to, '--to') }
  return giveConsent(await cli.instance(), { ...word, ...fromMs, ...toMs })
}

async function withdraw(cli: Cli, word: Word, { from, to, reason }: Options): Promise<string[]> {
  if (from !== undefined || to !== undefined) throw new InputError('--withdraw holds at once: leave --from and --to away', [])
  if (reason === undefined) throw new InputError('--withdraw needs --reason', [])
  return withdrawConsent(await cli.instance(), { ...word, reason: neverEmpty(reason, '--reason').slice(0, 500) })
}

async function list(cli: Cli, name: string, { json }: Options): Promise<void> {
  const { store, clock } = await cli.instance()
  const run = await readRunState(store, name)
  const rows = run.plan.sites.map((site) => ({
    site: site.name,
    ngi: site.ngi,
    consent: consentOf(run, site, clock.now()),
    said: saidOf(run, site),
  }))
  const { basis, by } = run.plan.run.consent
  if (json) return printJson(cli, { basis, by, sites: rows.map(({ consent, ...row }) => ({ ...row, ...consent })) })
  const lines = rows.map(({ site, ngi, consent, said }) => [site, ngi, consentWords(consent), said])
  cli.out(`${table([['SITE', 'NGI', 'CONSENT', 'BY'], ...lines])}\nBasis of the run: ${basis}, by ${visible(by)}.\n`)
  const missing = rows.filter(({ consent }) => consent.is === 'missing').length
  if (missing > 0)
    cli.out(
      `${missing} missing: their work waits. Write one down with: ssc consent ${name} --${basis === 'ngi' ? 'ngi' : 'site'} NAME --by WHO\n`,
    )
}

function consentWords(consent: Consent): string {
  switch (consent.is) {
    case 'missing':
      return `missing: that of ${consent.whose}`
    case 'not yet':
      return `given, from ${utcWords(consent.fromMs)} on`
    case 'over':
      return 'was given, and its time is over'
    default:
      return consent.is
  }
}

/** The words that were said of the site and its NGI, the newest of each. */
function saidOf(run: RunState, site: PlannedSite): string {
  const words = [{ site: site.name }, { ngi: site.ngi }].flatMap((of) => newestWord(run, of) ?? [])
  const said = words.map(({ of, by, at, given, fromMs, toMs }) => {
    const times = [...(fromMs === undefined ? [] : [`from ${utcWords(fromMs)}`]), ...(toMs === undefined ? [] : [`to ${utcWords(toMs)}`])]
    return `${by} (${nameOf(of)}) ${given ? 'yes' : 'no'}${times.length === 0 ? '' : `, ${times.join(' ')}`}, said at ${utcWords(at)}`
  })
  return said.join('; ') || '-'
}
