import type { Command } from 'commander'
import { keepPlan, planRun } from '../app/plan-run.ts'
import { readPlannedRun } from '../app/view.ts'
import type { Plan } from '../domain/plan.ts'
import type { RunState } from '../domain/run-state.ts'
import type { Scenario } from '../domain/scenario.ts'
import { allowedActions, catalogue, orderWords } from '../domain/task.ts'
import { durationWords, plainLine } from '../domain/text.ts'
import { changesSince, type Since } from '../earlier-plan.ts'
import { type Cli, printJson, table, visible } from './cli.ts'
import { neverEmpty, planRequest } from './run-file.ts'

export function addPlan(command: Command, cli: Cli): void {
  command
    .description('Plans a run. Nothing is sent. The same run.yaml and the same sites give the same plan.')
    .argument('[run.yaml]', 'what is wanted, or a scenario for its sample (default: ssc6-cms)')
    .option('--by <name>', 'who plans; somebody else approves', cli.user)
    .option('--json', 'as data')
    .action(async (file: string | undefined, options: { by: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const request = await planRequest(cli, file)
      const plan = planRun(request)
      const instance = await cli.instance()
      await keepPlan(instance, request, { plan, by })
      const run = await readPlannedRun(instance.store, plan.id)
      const before = await changesSince(instance.store, run)
      if (options.json) return printJson(cli, { ...planData(plan, request.scenario), before: before ?? null })
      cli.out(`${planText(plan, request.scenario)}\n${before === undefined ? '' : sinceText(before)}${nextText(plan, run.phase)}\n`)
    })
}

const MOST_LINES = 20

/** What is otherwise than in the plan before: whoever approves looks there first. */
function sinceText({ run, isApproved, changes }: Since): string {
  const title = `${changes.length === 0 ? 'The same as' : 'Otherwise than'} in ${run}, which was ${isApproved ? '' : 'not '}approved`
  const rows = changes.slice(0, MOST_LINES).map(({ what, before, after }) => [`  ${visible(what)}`, `${cut(before)} -> ${cut(after)}`])
  const more = changes.length > MOST_LINES ? `  and ${changes.length - MOST_LINES} more (--json names them)\n` : ''
  return `${title}${changes.length === 0 ? '.' : ':'}\n${table(rows)}${more}\n`
}

function cut(words: string | null): string {
  return words === null ? '(nothing)' : plainLine(words, 80)
}

function planData(plan: Plan, { job }: Scenario): object {
  const sites = plan.sites.map(({ name, country, ngi, submitter, endpoint, voName, probes, canary, alerted }) => ({
    name,
    country,
    ngi,
    submitter,
    endpoint,
    ...(voName === undefined ? {} : { voName }),
    probes,
    ...(canary ? { canary } : {}),
    ...(alerted ? { alerted } : {}),
  }))
  const { limits, contacts, consent } = plan.run
  const agents = job && { actions: job.actions, tasks: job.tasks, traces: job.traces, listeners: plan.listeners, contacts }
  const { parties, domains } = plan
  return { hash: plan.hash, run: plan.id, sites, parties, domains, excluded: plan.excluded, agents, limits, consent }
}

export function planText(plan: Plan, scenario: Scenario): string {
  return `${chosenText(plan)}\nLeft out: ${plan.excluded.length} sites\n${table(plan.excluded.map(({ name, reason }) => [`  ${name}`, reason]))}${basisText(plan, scenario)}`
}

/** What was launched once keeps its name: only another wish makes another run. */
function nextText({ id, run }: Plan, phase: RunState['phase']): string {
  if (phase !== 'planned' && phase !== 'approved')
    return `This very plan was launched before, and is ${phase}. For another run change run.yaml, its seed or its window for example.`
  return `Nothing was sent. Approve it${run.rehearsal ? '' : ' (a second person)'} with: ssc approve ${id} --by NAME`
}

/** The same with the kinds of reasons counted instead of listed: what stands in brackets differs from site to site. */
export function shortPlanText(plan: Plan, scenario: Scenario): string {
  const counts = new Map<string, number>()
  for (const { reason } of plan.excluded) {
    const kind = reason.replace(/ \(.*\)$/, '')
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const rows = [...counts].sort((a, b) => b[1] - a[1]).map(([reason, n]) => [String(n).padStart(5), reason])
  return `${chosenText(plan)}\nLeft out: ${plan.excluded.length} sites (\`ssc plan\` names them)\n${table(rows)}${basisText(plan, scenario)}\n`
}

function chosenText(plan: Plan): string {
  const countries = new Set(plan.sites.map((site) => site.country)).size
  const rows = plan.sites.map((site) => [site.name, site.country, site.ngi, marksOf(site), site.submitter || 'no job', site.endpoint])
  const { from, to } = plan.run.window
  return `Plan ${plan.id}: ${plan.sites.length} sites in ${countries} countries, ${from} to ${to}\n\n${table([['SITE', 'COUNTRY', 'NGI', 'MARKS', 'SUBMITTER', 'ENDPOINT'], ...rows])}`
}

/** `first`: gets its job before the others; `alerted`: the one site that is. */
function marksOf({ canary, alerted }: Plan['sites'][number]): string {
  return [...(canary ? ['first'] : []), ...(alerted ? ['alerted'] : [])].join(', ')
}

/** `12 arc, 3 gridftp`: the services where it is asked whether the identities are let in. */
function servicesText(sites: Plan['sites']): string {
  const counts = new Map<string, number>()
  for (const { service } of sites.flatMap((site) => site.probes)) counts.set(service, (counts.get(service) ?? 0) + 1)
  return [...counts].map(([service, n]) => `${n} ${service}`).join(', ') || 'no service'
}

function basisText(plan: Plan, scenario: Scenario): string {
  const { run, sites, hash } = plan
  const { attacker, control, revoked } = run.identities
  const asked = [attacker, control, ...(revoked === undefined ? [] : [revoked])]
  const whose = { policy: 'for all sites', ngi: 'each NGI, or the site, must agree', site: 'each site must agree' }[run.consent.basis]
  const { limits } = run
  const rows = [
    ...(scenario.job === undefined
      ? []
      : [
          ['Identity:', attacker],
          ['Probed:', `${servicesText(sites)}, as ${asked.join(' and ')}`],
        ]),
    ['Consent:', `${run.consent.basis}, by ${run.consent.by}; ${whose}`],
    ...agentRows(plan, scenario),
    [
      'Limits:',
      `${limits.sites} sites, ${limits.jobsPerSite} a site, ${limits.mails} mails, ${limits.cpuSeconds} processor seconds, ${limits.heartbeats} heartbeats`,
    ],
    ['Letters:', lettersText(plan, scenario)],
    ['To domains:', domainsText(plan)],
    ['Parties:', plan.parties.map(({ role, name }) => `${role} ${name}`).join(', ') || 'none but the sites'],
    ['Hash:', hash],
  ]
  return `\n${table(rows)}`
}

/** The domains of the contacts go without saying: those that the run adds are shown. */
function domainsText({ domains, run }: Plan): string {
  const more = run.mailDomains.length === 0 ? '' : `, and ${run.mailDomains.join(', ')}`
  return `${domains.length - run.mailDomains.length} of the contacts and parties${more} (--json names them)`
}

/** How many the rules of the scenario may send, without those that officers order. */
function lettersText({ sites, parties, run }: Plan, { mails }: Scenario): string {
  const always = 3 + (mails.acknowledge ? 1 : 0) + (mails.closeAfter === undefined ? 0 : 1)
  const escalations = mails.escalateAfter === undefined ? 0 : 2
  const told = mails.notifyAfter === undefined ? 0 : 2 * parties.filter(({ role }) => role !== 'ngi' && role !== 'announce').length
  const most = sites.length * (always + escalations) + told
  const tickets = sites.filter((site) => site.carrier !== undefined).length
  const ways = tickets === 0 ? 'by mail' : `${tickets} sites by ticket, ${sites.length - tickets} by mail`
  return `at most ${most} by the rules${most > run.limits.mails ? `, MORE THAN THE LIMIT OF ${run.limits.mails}` : ''}; ${ways}`
}

/** All that the agents of the run can ever be told, and whom they reach. */
function agentRows({ run, listeners }: Plan, { job }: Scenario): string[][] {
  if (job === undefined) return [['Agents:', 'none, this scenario sends no job']]
  const actions = allowedActions(job.actions).map((action) => {
    const bounds = catalogue[action]
    return bounds === null ? action : `${action} ${bounds.least}-${bounds.most}`
  })
  const tasks = job.tasks.map(({ after, ...order }) => `${orderWords(order)} after ${durationWords(after)}`)
  return [
    ['Agents may:', actions.join(', ')],
    ['They will:', tasks.join(', ') || 'do nothing by themselves'],
    ['Report to:', listeners.join(', ') || 'this machine'],
    ['Contact:', run.contacts.join(', ') || 'nobody'],
    ['Leave:', job.traces.join(', ') || 'nothing'],
  ]
}
