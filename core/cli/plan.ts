import type { Command } from 'commander'
import { keepPlan, planRun } from '../app/plan-run.ts'
import type { Plan } from '../domain/plan.ts'
import { type Cli, printJson, table } from './cli.ts'
import { planRequest } from './run-file.ts'

export function addPlan(command: Command, cli: Cli): void {
  command
    .description('Plans a run. Nothing is sent. The same run.yaml and the same sites give the same plan.')
    .argument('[run.yaml]', 'what is wanted (default: the sample of the scenario ssc6-cms)')
    .option('--json', 'as data')
    .action(async (file: string | undefined, options: { json?: true }) => {
      const request = await planRequest(cli, file)
      const plan = planRun(request)
      await keepPlan(await cli.instance(), request, plan)
      if (options.json) printJson(cli, planData(plan))
      else cli.out(planText(plan))
    })
}

function planData(plan: Plan): unknown {
  const sites = plan.sites.map(({ name, country, ngi, submitter, endpoint, voName, probes }) => ({
    name,
    country,
    ngi,
    submitter,
    endpoint,
    ...(voName === undefined ? {} : { voName }),
    probes,
  }))
  return { hash: plan.hash, run: plan.id, sites, excluded: plan.excluded }
}

export function planText(plan: Plan): string {
  const next = `\nNothing was sent. Approve it with: ssc approve ${plan.id} --by NAME\n`
  return `${chosenText(plan)}\nLeft out: ${plan.excluded.length} sites\n${table(plan.excluded.map(({ name, reason }) => [`  ${name}`, reason]))}${basisText(plan)}${next}`
}

/** The same with the reasons counted instead of listed. */
export function shortPlanText(plan: Plan): string {
  const counts = new Map<string, number>()
  for (const { reason } of plan.excluded) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const rows = [...counts].sort((a, b) => b[1] - a[1]).map(([reason, n]) => [String(n).padStart(5), reason])
  return `${chosenText(plan)}\nLeft out: ${plan.excluded.length} sites (\`ssc plan\` names them)\n${table(rows)}${basisText(plan)}\n`
}

function chosenText(plan: Plan): string {
  const countries = new Set(plan.sites.map((site) => site.country)).size
  const rows = plan.sites.map((site) => [site.name, site.country, site.ngi, site.submitter, site.endpoint])
  const { from, to } = plan.run.window
  return `Plan ${plan.id}: ${plan.sites.length} sites in ${countries} countries, ${from} to ${to}\n\n${table([['SITE', 'COUNTRY', 'NGI', 'SUBMITTER', 'ENDPOINT'], ...rows])}`
}

/** `12 arc, 3 gridftp`: the services where it is asked whether the identities are let in. */
function servicesText(sites: Plan['sites']): string {
  const counts = new Map<string, number>()
  for (const { service } of sites.flatMap((site) => site.probes)) counts.set(service, (counts.get(service) ?? 0) + 1)
  return [...counts].map(([service, n]) => `${n} ${service}`).join(', ') || 'no service'
}

function basisText({ run, sites, hash }: Plan): string {
  const { attacker, control, revoked } = run.identities
  const asked = [attacker, control, ...(revoked === undefined ? [] : [revoked])]
  return `\nIdentity: ${attacker}\nProbed:   ${servicesText(sites)}, as ${asked.join(' and ')}\nConsent:  ${run.consent.basis}, by ${run.consent.by}\nHash:     ${hash}\n`
}
