import { banWords } from '../../core/domain/access.ts'
import { EMPTY_WORDS, isEmpty } from '../../core/domain/audience.ts'
import { countWords, durationOf } from '../../core/domain/document-words.ts'
import type { Report } from '../../core/domain/report.ts'
import { durationWords } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { partySection, siteSection } from './site.ts'
import { md, section, table } from './text.ts'
import { outageLines, timesTable } from './times.ts'

/** The sections of the report of a run. */
export function runSections(data: Report): string[] {
  const { timeline } = data
  return [
    `Plan ${md(data.planHash)}.`,
    ...(isEmpty(data) ? [EMPTY_WORDS] : numbersPart(data)),
    ...section('How the word spread', spreadParts(data)),
    ...section('Other parties', partyTable(data)),
    ...section('Access', accessParts(data)),
    ...section('What happened', timeline.length === 0 ? [] : [timeline.map((t) => `- ${utcWords(t.at)} ${md(t.what)}`).join('\n')]),
    ...data.sites.map(siteSection),
    ...data.parties.map(partySection),
    ...section('Our outages', [outageLines(data.outages)]),
    ...section(
      'Heads of the log',
      data.heads.length === 0 ? [] : [data.heads.map((h) => `- ${md(h.stream)}#${h.seq} ${md(h.hash)}`).join('\n')],
    ),
  ]
}

function numbersPart(data: Report): string[] {
  const known = `Known: ${data.coverage.known} of ${data.coverage.of} expectations.`
  return [
    ...section('Lights', [...(data.sites.length === 0 ? [] : [lightsTable(data)]), known, ...othersPart(data)]),
    ...section('Times', [timesTable(data.times)]),
  ]
}

function lightsTable({ sites }: Report): string {
  const categories = [...new Set(sites.flatMap((s) => s.categories.map((c) => c.category)))]
  const rows = sites.map((site) => {
    const lights = categories.map((name) => site.categories.find((c) => c.category === name)?.light ?? '')
    return [site.site, site.ngi, site.country, site.tier ?? '', site.overall, ...lights, `${site.coverage.known} of ${site.coverage.of}`]
  })
  return table(['site', 'NGI', 'country', 'tier', 'overall', ...categories, 'known'], rows)
}

function othersPart({ others }: Report): string[] {
  return others === undefined ? [] : [`${others.sites} other sites: ${countWords(others.lights)}.`]
}

function spreadParts({ spread }: Report): string[] {
  if (spread === undefined) return []
  const { alertedMs, told } = spread
  const rows = told.map((one) => [one.from, one.to, one.how, alertedMs === undefined ? utcWords(one.at) : durationOf(one.at - alertedMs)])
  const everywhere =
    spread.everywhereMs === undefined ? 'not contained everywhere' : `contained everywhere after ${durationWords(spread.everywhereMs)}`
  const words = `Alerted: ${md(spread.alerted ?? 'no site')}. ${spread.heard} of ${spread.of} heard, ${spread.contained} contained; ${everywhere}.`
  return [words, table(['from', 'to', 'how', 'after the alert'], rows)]
}

function partyTable({ parties }: Report): string[] {
  const rows = parties.flatMap(({ name, role, scores }) => scores.map((s) => [name, role, s.light, s.title]))
  return rows.length === 0 ? [] : [table(['party', 'role', 'light', 'expected'], rows)]
}

function accessParts({ sites }: Report): string[] {
  const rows = sites.flatMap((site) =>
    site.access.map((one) => {
      const banned = one.banned === undefined ? '' : banWords(one.banned, site.alerted ?? one.banned.byMs)
      return [site.site, one.service, one.endpoint, one.attacker, one.control, one.revoked ?? '', banned]
    }),
  )
  const findings = sites.flatMap((site) => site.findings.map((one) => `- ${md(site.site)}, ${md(one.service)}: ${md(one.what)}`))
  const headings = ['site', 'service', 'endpoint', 'malicious identity', 'control identity', 'revoked identity', 'banned']
  return [...(rows.length === 0 ? [] : [table(headings, rows)]), ...(findings.length === 0 ? [] : [findings.join('\n')])]
}
