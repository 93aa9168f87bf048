import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { explainParty, explainSite } from '../domain/explain.ts'
import type { Light, PartyScore, Report, SiteScore } from '../domain/report.ts'
import { reportOf } from '../report.ts'
import { type Cli, printJson, table, visible } from './cli.ts'

type Options = { site?: string; party?: string; explain?: true; json?: true }

export function addScore(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--site <name>', 'one site only')
    .option('--party <id>', 'one party of the run only')
    .option('--explain', 'each point with its rule, its evidence and its times')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const report = await reportOf(await cli.instance(), run)
      if (options.party !== undefined) return showParty(cli, partyIn(report, options.party), options)
      const sites = report.sites.filter((site) => options.site === undefined || site.site === options.site)
      if (sites.length === 0) throw new InputError(`${options.site} is not in the run ${run}`, [])
      if (options.json) return printJson(cli, options.site === undefined ? sites : sites[0])
      const parties = options.site === undefined ? report.parties : []
      if (options.explain) return cli.out([...sites.map((site) => explainSite(site)), ...parties.map(explainParty)].join('\n'))
      cli.out(lightsTable(sites))
      if (parties.length > 0) cli.out(`\n${partiesTable(parties)}`)
    })
}

function partyIn({ run, parties }: Report, id: string): PartyScore {
  const party = parties.find((one) => one.party === id)
  if (party) return party
  const known = parties.length === 0 ? 'Its rubric expects nothing of any.' : `There are: ${parties.map((one) => one.party).join(', ')}.`
  throw new InputError(`nothing is expected of a party ${id} in the run ${run}. ${known}`, [])
}

function showParty(cli: Cli, party: PartyScore, { explain, json }: Options): void {
  if (json) printJson(cli, party)
  else cli.out(explain ? explainParty(party) : partiesTable([party]))
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

function partiesTable(parties: readonly PartyScore[]): string {
  const rows = parties.flatMap(({ party, scores }) =>
    scores.map((score) => [visible(party), marks[score.light], visible(score.title), visible(score.reason)]),
  )
  return table([['PARTY', 'LIGHT', 'EXPECTED', 'WHY'], ...rows])
}
