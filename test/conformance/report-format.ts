import { describe, expect, it } from 'vitest'
import type { Report, ReportFormat } from '../../core/domain/report.ts'
import { sampleParties } from '../domain/one-party.ts'
import { sampleReport } from '../domain/sample-run.ts'

/** Texts that have broken reports elsewhere: markup, formulas, links, line breaks and marks that turn text around. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><style>*{display:none}</style>',
  '{{constructor.constructor}} {{{this}}} #{1}',
  '=HYPERLINK("https://evil.example","click")',
  '+1+cmd|calc!A0',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  'two\nlines\r\n# heading | cell | ![x](https://evil.example/x.png) [y](javascript:alert(1))',
  'plain \u202etxt.exe\u0000\u001b[31m',
  '`code` <https://evil.example> &lt;b&gt; \\| \\',
]

/** A real report in which every text that could come from outside is a hostile one. */
export function hostileReport(text: string): Report {
  const base = sampleReport({ seed: 2, sites: 3 })
  const evidence = { stream: text, seq: 1, at: 0, words: text }
  const sites = base.sites.map((site) => ({
    ...site,
    site: text,
    country: text,
    ngi: text,
    timeZone: text,
    categories: site.categories.map((c) => ({ ...c, reason: text })),
    scores: site.scores.map((s) => ({ ...s, title: text, reason: text, evidence: [evidence] })),
    timeline: [{ at: 0, what: text }],
    access: [
      {
        service: text,
        endpoint: text,
        attacker: 'refused',
        control: 'accepted',
        words: text,
        since: { byMs: 1 },
        banned: { byMs: 1 },
      } as const,
    ],
    findings: [{ service: text, endpoint: text, what: text, words: text }],
  }))
  const parties = sampleParties().map((party) => ({
    ...party,
    party: text,
    name: text,
    timeZone: text,
    scores: party.scores.map((s) => ({ ...s, title: text, reason: text, evidence: [evidence] })),
  }))
  const heads = [{ stream: text, seq: 1, hash: text }]
  const signature = { algorithm: 'Ed25519' as const, publicKey: text, value: text }
  const outages = [{ fromMs: 0, untilMs: 1, what: text }]
  return {
    ...base,
    run: text,
    scenario: text,
    vo: text,
    audience: text,
    planHash: text,
    sites,
    parties,
    heads,
    outages,
    signature,
    window: { from: text, to: text },
  }
}

/** What every report format has to do, whatever it makes of a report. */
export function reportFormatConformance(format: ReportFormat, folder: string): void {
  describe(`the report format ${folder}`, () => {
    const sample = sampleReport({ seed: 1, sites: 40 })

    it('given its folder, when asked for its name, then it is that of the folder, and it says what it is for', () => {
      expect(format.name).toBe(folder)
      expect(format.summary).toMatch(/\.$/)
    })

    it('given a report, when rendered twice, then the bytes are the same, end with a newline, and the report is untouched', () => {
      const before = structuredClone(sample)
      const first = format.render(sample)
      expect(format.render(structuredClone(sample))).toEqual(first)
      expect(first.body.endsWith('\n')).toBe(true)
      expect(first.contentType).toMatch(/^[a-z]+\/[a-z]+; charset=utf-8/)
      expect(sample).toEqual(before)
    })

    it('given a report, when rendered, then every site and its label are in it', () => {
      const { body } = format.render(sample)
      for (const { site } of sample.sites) expect(body).toContain(site)
      expect(body).toContain('TLP:AMBER')
    })

    it('given a report with parties, when rendered, then each is in it with what is expected of it and why its light is so', () => {
      const parties = sampleParties()
      const { body } = format.render({ ...sample, parties })
      for (const { name, scores } of parties)
        for (const words of [
          name,
          ...scores.flatMap(({ title, light }) => (format.name === 'csv' ? [light] : [title, light])),
          ...scores.map((s) => s.reason),
        ])
          expect(body.replaceAll('&#x27;', "'")).toContain(words)
    })

    it('given a run without sites or before its launch, when rendered, then it is a report too', () => {
      expect(format.render({ ...sample, sites: [], heads: [], outages: [] }).body.length).toBeGreaterThan(0)
      expect(format.render(sampleReport({ seed: 1, sites: 2, untilMs: sample.asOf - 48 * 86_400_000 })).body.length).toBeGreaterThan(0)
    })

    it.each(hostileTexts)('given the text %j everywhere, when rendered, then it is shown and does nothing', (text) => {
      const { contentType, body } = format.render(hostileReport(text))
      if (contentType.startsWith('text/html')) expectInertHtml(body, format)
      if (contentType.startsWith('text/markdown')) expectInertMarkdown(body)
      if (contentType.startsWith('text/csv')) expectInertCsv(body)
      if (!contentType.startsWith('application/json')) expectNoControls(body)
    })
  })
}

/** The hostile page has the very tags and attributes that a harmless one has. */
function expectInertHtml(body: string, format: ReportFormat): void {
  expect(shapeOf(body)).toEqual(shapeOf(format.render(hostileReport('harmless')).body))
  expect(body).not.toMatch(/<script|javascript:[^<]*"|<[^>]*\son[a-z]+=/i)
}

function shapeOf(html: string): string[] {
  const tags = html.replace(/<style>[^<]*<\/style>/, '').match(/<[^>]*>/g) ?? []
  return tags.map((tag) => tag.replace(/"[^"]*"/g, '""'))
}

function expectInertMarkdown(body: string): void {
  expect(body).not.toMatch(/(^|[^\\])<[a-z/!]/i)
  expect(body).not.toMatch(/(^|[^\\])!?\[[^\]\\]*\]\(/)
  expect(body).not.toMatch(/^# heading/m)
  expect(body).not.toContain('://')
}

function expectInertCsv(body: string): void {
  const starts = body.match(/(^|,|\n)"?[=+\-@\t\r](?!\n)/g) ?? []
  expect(starts).toEqual([])
}

function expectNoControls(body: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not be there
  expect(body).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]/)
}
