import { banWords } from '../../core/domain/access.ts'
import type { PartyScore, Report, ReportFormat, SiteScore } from '../../core/domain/report.ts'
import { durationWords, plainLine } from '../../core/domain/text.ts'
import { momentWords, utcWords } from '../../core/domain/zone.ts'

export const report: ReportFormat = {
  name: 'markdown',
  summary: 'Text with tables, for a wiki or a ticket.',
  render(data) {
    const sections = [
      head(data),
      table(data),
      ...partyTable(data),
      ...accessTable(data),
      ...data.sites.map(section),
      ...data.parties.map(partySection),
      foot(data),
    ]
    return { contentType: 'text/markdown; charset=utf-8', body: `${sections.join('\n\n')}\n` }
  },
}

function head(data: Report): string {
  const facts = [
    `**EXERCISE** · **${md(data.tlp)}** · for ${md(data.audience)}`,
    `Run ${md(data.run)} of ${md(data.scenario)}${data.rehearsal ? ' (a rehearsal)' : ''}, VO ${md(data.vo)}, ${data.phase}.`,
    `Window ${md(data.window.from)} to ${md(data.window.to)}. As of ${utcWords(data.asOf)}.`,
    `Rubric ${md(data.rubric.id)}, version ${data.rubric.version}: ${md(data.rubric.title)}. Plan ${md(data.planHash)}.`,
  ]
  return [`# Security service challenge ${md(data.run)}`, ...facts].join('\n\n')
}

function table(data: Report): string {
  const categories = [...new Set(data.sites.flatMap((s) => s.categories.map((c) => c.category)))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = data.sites.map((site) => {
    const lights = categories.map((name) => site.categories.find((c) => c.category === name)?.light ?? '')
    return line([md(site.site), md(site.ngi), md(site.country), site.overall, ...lights, `${site.coverage.known} of ${site.coverage.of}`])
  })
  const headings = ['site', 'NGI', 'country', 'overall', ...categories, 'known']
  return ['## Lights\n', line(headings), line(headings.map(() => '---')), ...rows].join('\n')
}

function partyTable({ parties }: Report): string[] {
  if (parties.length === 0) return []
  const line = (cells: readonly string[]) => `| ${cells.map(md).join(' | ')} |`
  const rows = parties.flatMap(({ name, role, scores }) => scores.map((s) => line([name, role, s.light, s.title])))
  return [['## Other parties\n', line(['party', 'role', 'light', 'expected']), '| --- | --- | --- | --- |', ...rows].join('\n')]
}

function accessTable({ sites }: Report): string[] {
  const rows = sites.flatMap((site) =>
    site.access.map((one) => {
      const banned = one.banned === undefined ? '' : banWords(one.banned, site.alerted ?? one.banned.byMs)
      return [site.site, one.service, one.endpoint, one.attacker, one.control, one.revoked ?? '', banned]
    }),
  )
  if (rows.length === 0) return []
  const line = (cells: readonly string[]) => `| ${cells.map(md).join(' | ')} |`
  const headings = ['site', 'service', 'endpoint', 'malicious identity', 'control identity', 'revoked identity', 'banned']
  const findings = sites.flatMap((site) => site.findings.map((one) => `- ${md(site.site)}, ${md(one.service)}: ${md(one.what)}`))
  const matrix = ['## Access\n', line(headings), `| ${headings.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n')
  return findings.length === 0 ? [matrix] : [matrix, findings.join('\n')]
}

function section(site: SiteScore): string {
  const moment = (at: number) => momentWords(at, site.timeZone)
  const rules = ruleLines(site, moment)
  const timeline = site.timeline.map((t) => `- ${moment(t.at)} ${md(t.what)}`)
  return [
    `## ${md(site.site)}: ${site.overall}`,
    `Times in ${md(site.timeZone)}.`,
    rules.join('\n'),
    ...(timeline.length > 0 ? [timeline.join('\n')] : []),
  ].join('\n\n')
}

function partySection(party: PartyScore): string {
  const moment = (at: number) => momentWords(at, party.timeZone)
  return [`## ${md(party.name)}: ${party.overall}`, `Times in ${md(party.timeZone)}.`, ruleLines(party, moment).join('\n')].join('\n\n')
}

/** Each expectation with its light, its reason and its evidence. */
function ruleLines({ scores }: Pick<SiteScore, 'scores'>, moment: (at: number) => string): string[] {
  return scores.flatMap((s) => [
    `- **${s.light}** ${md(s.title)}: ${s.points ?? '–'} of ${s.outOf}${s.mandatory ? ', mandatory' : ''}. ${md(s.reason)}.`,
    ...(s.deadline === undefined ? [] : [`  - deadline ${moment(s.deadline)}`]),
    ...s.evidence.map((e) => `  - ${moment(e.at)} ${md(e.words)} (${md(`${e.stream}#${e.seq}`)})`),
  ])
}

function foot(data: Report): string {
  const outages = data.outages.map((o) => `- ${utcWords(o.fromMs)}, for ${durationWords(o.untilMs - o.fromMs)}: ${md(o.what)}`)
  const heads = data.heads.map((h) => `- ${md(h.stream)}#${h.seq} ${md(h.hash)}`)
  const signature = data.signature
    ? `Signed: ${md(data.signature.algorithm)}, key ${md(data.signature.publicKey)}, ${md(data.signature.value)}`
    : 'Not signed.'
  return ['## Our outages', outages.length > 0 ? outages.join('\n') : 'None.', '## Heads of the log', heads.join('\n'), signature].join(
    '\n\n',
  )
}

/** One line in which no character is markup, in CommonMark and in HTML. */
function md(text: string): string {
  return plainLine(text, 1000)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, (c) => `\\${c}`)
    .replace(/:\/\//g, '&#58;//')
    .replace(/@/g, '&#64;')
}
