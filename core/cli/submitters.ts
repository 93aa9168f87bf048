import type { Command } from 'commander'
import { loadFederation } from '../app/import-sites.ts'
import { type Call, createReach, notAskedReason, optionsOf, type Reach, setUpProblems } from '../context.ts'
import { InputError, messageOf } from '../domain/errors.ts'
import type { Endpoint, Site } from '../domain/site.ts'
import type { Prober, Submitter } from '../domain/submitter.ts'
import { openRegister, readIdentities } from '../io/identities.ts'
import { loadSubmitters } from '../plugins.ts'
import { type Cli, Exit, printJson, table, visible } from './cli.ts'

const CHECK_MS = 60_000

type CheckOptions = { site?: string; vo?: string; as?: string; outside?: true; json?: true }

export function addSubmitters(command: Command, cli: Cli): void {
  command.option('--json', 'as data').action((options: { json?: true }) => list(cli, options))
  command
    .command('check')
    .summary('say in plain words whether commands, credentials and endpoint work')
    .argument('<name>', 'of the submitter')
    .option('--site <name>', "ask this site's endpoint too")
    .option('--vo <name>', 'the VO whose name of the site is used', '')
    .option('--as <subject>', 'the identity (default: every one of the register)')
    .option('--outside', 'ask hosts that are not this machine, too: with it you say that those who run them agreed')
    .option('--json', 'as data')
    // --json is an option of the verb itself, too, and would be kept there.
    .action((name: string, _: CheckOptions, self: Command) => check(cli, name, self.optsWithGlobals()))
}

const abilities = ['find', 'cancel', 'output', 'clean', 'probe', 'survey'] as const

async function list(cli: Cli, options: { json?: true }): Promise<void> {
  const plugins = [...(await allPlugins(cli)).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = plugins.map((plugin) => ({
    name: plugin.name,
    summary: plugin.summary,
    can: ['submit' in plugin ? 'submit' : '', ...abilities.filter((one) => one in plugin)].filter((one) => one !== ''),
    serviceTypes: plugin.serviceTypes,
    local: 'local' in plugin && plugin.local === true,
    throughVo: 'through' in plugin,
    configured: plugin.name in cli.config.submitters,
  }))
  if (options.json) return printJson(cli, rows)
  const lines = rows.map((one) => [one.name, one.can.join(' '), one.configured ? 'yes' : '-', one.summary])
  cli.out(table([['NAME', 'CAN', 'SET UP', 'WHAT IT IS'], ...lines]))
  cli.out('\nSet one up below `submitters` in config.yaml; its readme tells its options. Look at one with: ssc submitters check NAME\n')
}

type Answer = { what: string; good: boolean; words: string }

async function check(cli: Cli, name: string, options: CheckOptions): Promise<void> {
  const plugin = await pluginNamed(cli, name)
  const reach = createReach(cli.config)
  try {
    optionsOf(cli.config, plugin)
    const answers = [...(await checkHere(cli, reach, { plugin, ...options })), ...(await checkSite(cli, reach, { plugin, ...options }))]
    if (options.json) printJson(cli, { name, answers })
    else cli.out(answers.map(({ what, good, words }) => `${good ? 'good' : 'NOT GOOD'}  ${visible(what)}: ${visible(words)}\n`).join(''))
    if (answers.some(({ good }) => !good)) throw new Exit(1)
  } finally {
    await reach.close()
  }
}

/** What it needs, looked at as one of the identities: the one that is named, else the attacker of the register. */
async function checkHere(cli: Cli, reach: Reach, { plugin, as, outside }: SiteCheck): Promise<Answer[]> {
  const identities = readIdentities(cli.config.home)
  const identity = identities.find((one) => (as === undefined ? one.kind === 'attacker' : one.subject === as))
  const notAsked = outside ? undefined : notAskedReason(reach, plugin)
  if (notAsked !== undefined) return [{ what: 'set-up', good: false, words: notAsked }]
  const problems = await setUpProblems(reach, plugin, identity)
  if (problems.length === 0) return [{ what: 'set-up', good: true, words: 'what it needs is there' }]
  return problems.map((words) => ({ what: 'set-up', good: false, words }))
}

type SiteCheck = CheckOptions & { plugin: Submitter | Prober }

/** Each identity at the site's endpoint: its credential, and whether it is let in. */
async function checkSite(cli: Cli, reach: Reach, { plugin, site: name, vo = '', as, outside }: SiteCheck): Promise<Answer[]> {
  if (name === undefined) return []
  const site = await siteNamed(cli, name)
  const voName = site.voNames[vo]
  const endpoints = endpointsOf(cli, plugin, site)
  if (endpoints.length === 0)
    return [{ what: name, good: false, words: `has no service that ${plugin.name} can use (${plugin.serviceTypes.join(', ')})` }]
  const register = openRegister(cli.config.home)
  const subjects = as === undefined ? readIdentities(cli.config.home).map(({ subject }) => subject) : [as]
  if (subjects.length === 0)
    return [{ what: name, good: false, words: 'no identity to ask with: write identities.yaml, see `ssc identities`' }]
  const asked = subjects.flatMap((subject) => endpoints.map((endpoint) => ({ subject, endpoint })))
  return Promise.all(
    asked.map(async ({ subject, endpoint }): Promise<Answer> => {
      const what = `${subject} at ${endpoint}`
      const lapse = await register.lapseOf(subject, Date.now())
      if (lapse !== undefined) return { what, good: false, words: lapse }
      const notAsked = outside ? undefined : notAskedReason(reach, plugin, { site: name, endpoint })
      if (notAsked !== undefined) return { what, good: false, words: notAsked }
      const { probe } = plugin
      if (probe === undefined)
        return { what, good: true, words: 'its credential is good; this system cannot be asked without sending a job' }
      const signal = AbortSignal.timeout(CHECK_MS)
      const call: Call = { plugin, run: 'check', identity: register.identityOf(subject), endpoints: [endpoint], signal, log: () => {} }
      const request = { site: name, endpoint, vo, ...(voName === undefined ? {} : { voName }), identity: subject }
      const { access, words } = await probe(request, reach.contextOf(call)).catch((error) => ({
        access: 'unknown',
        words: messageOf(error),
      }))
      return { what, good: access === 'accepted', words: `${access}: ${words}` }
    }),
  )
}

function endpointsOf(cli: Cli, plugin: Submitter | Prober, site: Site): string[] {
  const through = 'through' in plugin ? plugin.through?.(optionsOf(cli.config, plugin)) : undefined
  if (through !== undefined) return [through]
  const own = site.endpoints.filter(({ serviceType }) => plugin.serviceTypes.includes(serviceType))
  return own.map(({ url, hostName }: Endpoint) => url ?? hostName)
}

async function allPlugins(cli: Cli): Promise<Map<string, Submitter | Prober>> {
  const { submitters, probers } = await loadSubmitters(cli.config.home)
  return new Map<string, Submitter | Prober>([...probers, ...submitters])
}

async function pluginNamed(cli: Cli, name: string): Promise<Submitter | Prober> {
  const plugins = await allPlugins(cli)
  const plugin = plugins.get(name)
  if (plugin === undefined) throw new InputError(`there is no submitter '${name}'; there are: ${[...plugins.keys()].join(', ')}`, [])
  return plugin
}

async function siteNamed(cli: Cli, name: string): Promise<Site> {
  const federation = await loadFederation((await cli.instance()).store)
  const site = federation?.sites.find((one) => one.name === name)
  if (site === undefined) throw new InputError(`the site ${name} is not known: see \`ssc sites list\`, or import it`, [])
  return site
}
