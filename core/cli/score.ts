import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { explainSite } from '../domain/explain.ts'
import type { Light, SiteScore } from '../domain/report.ts'
import { reportOf } from '../report.ts'
import { type Cli, printJson, table } from './cli.ts'

export function addScore(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--site <name>', 'one site only')
    .option('--explain', 'each point with its rule, its evidence and its times')
    .option('--json', 'as data')
    .action(async (run: string, options: { site?: string; explain?: true; json?: true }) => {
      const report = await reportOf(await cli.instance(), run)
      const sites = report.sites.filter((site) => options.site === undefined || site.site === options.site)
      if (sites.length === 0) throw new InputError(`${options.site} is not in the run ${run}`, [])
      if (options.json) return printJson(cli, options.site === undefined ? sites : sites[0])
      cli.out(options.explain ? sites.map((site) => explainSite(site)).join('\n') : lightsTable(sites))
    })
}

/** A letter stands beside each light, so that nobody needs colours. */
const marks: Record<Light, string> = { green: '● green', amber: '▲ amber', red: '■ red', grey: '○ grey', pending: '… pending' }

export function lightsTable(sites: readonly SiteScore[]): string {
  const rows = sites.map((site) => [
    site.site,
    site.country,
    marks[site.overall],
    ...(['communication', 'containment', 'forensics'] as const).map((name) => {
      const category = site.categories.find((one) => one.category === name)
      return category === undefined ? '-' : marks[category.light]
    }),
    `${site.coverage.known} of ${site.coverage.of}`,
  ])
  return table([['SITE', 'COUNTRY', 'OVERALL', 'COMMUNICATION', 'CONTAINMENT', 'FORENSICS', 'KNOWN'], ...rows])
}
