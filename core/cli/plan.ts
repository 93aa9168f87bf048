import type { Command } from 'commander'
import { keepPlan, planRun } from '../app/plan-run.ts'
import type { Plan } from '../domain/plan.ts'
import { type Cli, printJson, table } from './cli.ts'
import { planRequest } from './run-file.ts'

export function addPlan(program: Command, cli: Cli): void {
  program
    .command('plan')
    .summary('choose the sites of a run, and show who is left out and why')
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
  const sites = plan.sites.map(({ name, country, ngi, submitter, endpoint }) => ({ name, country, ngi, submitter, endpoint }))
  return { hash: plan.hash, run: plan.id, sites, excluded: plan.excluded }
}

export function planText(plan: Plan): string {
  const countries = new Set(plan.sites.map((site) => site.country)).size
  const rows = plan.sites.map((site) => [site.name, site.country, site.ngi, site.submitter, site.endpoint])
  return [
    `Plan ${plan.id}: ${plan.sites.length} sites in ${countries} countries, ${plan.run.window.from} to ${plan.run.window.to}\n\n`,
    table([['SITE', 'COUNTRY', 'NGI', 'SUBMITTER', 'ENDPOINT'], ...rows]),
    `\nLeft out: ${plan.excluded.length} sites\n`,
    table(plan.excluded.map(({ name, reason }) => [`  ${name}`, reason])),
    `\nIdentity: ${plan.run.identities.attacker}\nConsent:  ${plan.run.consent.basis}, by ${plan.run.consent.by}\nHash:     ${plan.hash}\n`,
    `\nNothing was sent. Approve it with: ssc approve ${plan.id} --by NAME\n`,
  ].join('')
}
