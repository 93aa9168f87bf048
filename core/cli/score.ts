import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { eventsOf } from '../archive.ts'
import { buildReport } from '../domain/build-report.ts'
import { foldChallenge } from '../domain/challenge.ts'
import { type NamedPause, namedPauses } from '../domain/clock-start.ts'
import { InputError } from '../domain/errors.ts'
import { type ChallengeEvent, challengeStream, type Event } from '../domain/event.ts'
import { explainParty, explainSite } from '../domain/explain.ts'
import type { PartyScore, Report, SiteScore } from '../domain/report.ts'
import { compareScores, type Rescored } from '../domain/rescore.ts'
import { Rubric } from '../domain/rubric.ts'
import { readYaml } from '../io/read-yaml.ts'
import { loadScenario } from '../plugins.ts'
import { type Cli, printJson } from './cli.ts'
import { lightsTable, partiesTable, rescoredTable } from './score-tables.ts'

type Options = { site?: string; party?: string; rubric?: string; explain?: true; json?: true }

export function addScore(command: Command, cli: Cli): void {
  command
    .argument('<run>', 'one of our own, or ORIGIN/RUN as `ssc archive list` names it')
    .option('--site <name>', 'one site only')
    .option('--party <id>', 'one party of the run only')
    .option('--rubric <file or scenario>', 'also by another rubric, side by side; the run keeps its own')
    .option('--explain', 'each point with its rule, its evidence and its times')
    .option('--json', 'as data')
    .action((run: string, options: Options) => showScore(cli, run, options))
}

type Shown = { events: readonly Event[]; report: Report; sites: SiteScore[]; rescored?: Rescored[]; rubric?: Rubric }

async function showScore(cli: Cli, run: string, options: Options): Promise<void> {
  const events = await eventsOf(await cli.instance(), run)
  const report = reportBy(events)
  if (options.party !== undefined) return showParty(cli, partyIn(report, options.party), options)
  const sites = report.sites.filter((site) => options.site === undefined || site.site === options.site)
  if (sites.length === 0) throw new InputError(`${options.site} is not in the run ${run}`, [])
  const rubric = options.rubric === undefined ? undefined : readRubric(cli, options.rubric)
  const rescored = rubric && compareScores(sites, reportBy(events, rubric).sites)
  const shown = { events, report, sites, ...(rescored && { rescored, rubric }) }
  if (options.json) return printJson(cli, dataOf(shown, options))
  cli.out(options.explain ? explained(shown, options) : tables(shown, options))
}

function reportBy(events: readonly Event[], rubric?: Rubric): Report {
  return buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER', ...(rubric && { rubric }) })
}

/** A file, or else the name of a scenario, whose rubric is meant. */
export function readRubric(cli: Cli, name: string): Rubric {
  const file = resolve(cli.cwd, name)
  if (existsSync(file) && statSync(file).isFile()) return readYaml(file, Rubric)
  if (/[./]/.test(name)) throw new InputError(`--rubric: there is no file ${file}`, [])
  return loadScenario(name, cli.config.home).rubric
}

function dataOf({ report, sites, rescored, rubric }: Shown, { site }: Options): unknown {
  if (rescored === undefined || rubric === undefined) return site === undefined ? sites : sites[0]
  const { id, version, title } = rubric
  return { rubric: { own: report.rubric, other: { id, version, title } }, sites: rescored }
}

function explained({ events, report, sites, rescored }: Shown, { site }: Options): string {
  const parties = site === undefined ? report.parties.map(explainParty) : []
  const texts = sites.map((score) => {
    const twin = rescored?.find((one) => one.site === score.site)
    return explainSite(score, { pauses: pausesOfSite(events, report, score), ...(twin && { rescored: twin }) })
  })
  return [...texts, ...parties].join('\n')
}

/** When the clocks of a site stood still, and why; none before they began. */
function pausesOfSite(events: readonly Event[], { run, outages }: Report, { site, alerted }: SiteScore): NamedPause[] {
  const stream = challengeStream(run, site)
  const state = foldChallenge(events.filter((event): event is ChallengeEvent => event.stream === stream))
  const planned = state.planned?.data.site
  return planned === undefined || alerted === undefined ? [] : namedPauses(state, planned, { outages, startMs: alerted })
}

function tables({ report, sites, rescored, rubric }: Shown, { site }: Options): string {
  if (rescored !== undefined && rubric !== undefined) return rescoredTable(rescored, { own: report.rubric, other: rubric })
  const parties = site === undefined ? report.parties : []
  return parties.length === 0 ? lightsTable(sites) : `${lightsTable(sites)}\n${partiesTable(parties)}`
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
