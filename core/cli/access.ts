import type { Command } from 'commander'
import { type Asked, askedName } from '../app/probe-access.ts'
import { readRunState } from '../app/view.ts'
import { banWords, keyOf } from '../domain/access.ts'
import { buildReport } from '../domain/build-report.ts'
import type { SiteScore } from '../domain/report.ts'
import { momentWords } from '../domain/zone.ts'
import { type Cli, printJson, table, visible } from './cli.ts'

export function addAccess(command: Command, cli: Cli): void {
  command
    .argument('<run>', 'the name that `ssc plan` gave')
    .option('--json', 'as data')
    .action(async (run: string, options: { json?: true }) => {
      const { store } = await cli.instance()
      await readRunState(store, run)
      const { sites } = buildReport(await store.readRun(run), { audience: 'csirt', tlp: 'TLP:AMBER' })
      const asked = (await store.document<Asked>(askedName(run))) ?? {}
      if (options.json) return printJson(cli, { run, sites: sites.map((site) => dataOf(site, asked)) })
      cli.out(matrixText(sites, asked))
    })
}

function dataOf({ site, access, findings }: SiteScore, asked: Asked) {
  return { site, services: access.map((one) => ({ ...one, askedMs: asked[`${site} ${keyOf(one)}`] ?? null })), findings }
}

function matrixText(sites: readonly SiteScore[], asked: Asked): string {
  const rows = sites.flatMap((site) => site.access.map((one) => rowOf(site, one, asked)))
  if (rows.length === 0) return 'Nobody was asked yet: the first round comes after the first alert went out.\n'
  const heads = ['SITE', 'SERVICE', 'MALICIOUS', 'CONTROL', 'REVOKED', 'SO SINCE', 'LAST ASKED', 'BANNED']
  const notes = sites.flatMap(({ site, access }) =>
    access.flatMap(({ service, endpoint, attacker, words }) =>
      attacker === 'accepted' ? [] : [`  ${visible(`${site}, ${service} at ${endpoint}: ${words}`)}`],
    ),
  )
  const findings = sites.flatMap(({ site, findings: all }) =>
    all.map((one) => `  ${visible(`${site}, ${one.service} at ${one.endpoint}: ${one.what}`)}`),
  )
  return [
    table([heads, ...rows]),
    ...section('What the services said to the malicious identity:', notes),
    ...section('What should not be there:', findings),
    '\nA refusal is a ban only when the control identity is accepted in the same round.\n',
  ].join('')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`\n${title}\n${lines.join('\n')}\n`]
}

function rowOf({ site, timeZone, alerted, access }: SiteScore, one: SiteScore['access'][number], asked: Asked): string[] {
  const last = asked[`${site} ${keyOf(one)}`]
  const isAlone = access.filter(({ service }) => service === one.service).length === 1
  return [
    site,
    isAlone ? one.service : `${one.service} ${one.endpoint}`,
    one.attacker,
    one.control,
    one.revoked ?? '-',
    momentWords(one.since.byMs, timeZone),
    last === undefined ? '-' : momentWords(last, timeZone),
    one.banned === undefined ? '-' : banWords(one.banned, alerted ?? one.banned.byMs),
  ]
}
