import { describe, expect, it } from 'vitest'
import { chartsOf } from '../../core/charts/charts-of.ts'
import type { Document, Rendered, ReportFormat } from '../../core/domain/document.ts'
import { documentKinds } from '../../core/domain/document.ts'
import { hostileDocument, hostileTexts } from './hostile-documents.ts'
import { sampleDocuments, sampleSpread } from './sample-documents.ts'

const samples = sampleDocuments()

/** What every report format has to do, whatever it makes of a document. */
export function reportFormatConformance(format: ReportFormat, folder: string): void {
  describe(`the report format ${folder}`, () => {
    it('given its folder, when asked for its name, then it is that of the folder, and it says what it is for and can do', () => {
      expect(format.name).toBe(folder)
      expect(format.summary).toMatch(/\.$/)
      expect(format.extension).toMatch(/^[a-z0-9]+(\.[a-z0-9]+)*$/)
      expect(format.kinds.length).toBeGreaterThan(0)
      expect(documentKinds).toEqual(expect.arrayContaining([...format.kinds]))
    })

    for (const kind of format.kinds) {
      testKind(format, samples[kind])
      it.each(hostileTexts)(`given the text %j everywhere in a ${kind}, when rendered, then it is shown and does nothing`, async (text) => {
        expectInert(await draw(format, hostileDocument(kind, text)), await draw(format, hostileDocument(kind, 'harmless')))
      })
    }
    if (format.kinds.includes('run')) testRun(format)
  })
}

/** As the command line does it. */
export async function draw(format: ReportFormat, document: Document): Promise<Rendered> {
  return format.render(document, await chartsOf(document))
}

function testKind(format: ReportFormat, sample: Document): void {
  const { kind } = sample
  it(`given a ${kind}, when rendered twice, then the bytes are the same, and the document is untouched`, async () => {
    const before = structuredClone(sample)
    const first = await draw(format, sample)
    expect(await draw(format, structuredClone(sample))).toEqual(first)
    expect(sample).toEqual(before)
    expect(first.body.length).toBeGreaterThan(0)
    expect(first.contentType).toMatch(typeof first.body === 'string' ? /^[a-z]+\/[a-z+.-]+; charset=utf-8/ : /^[a-z]+\/[a-z+.-]+$/)
    if (typeof first.body === 'string') expect(first.body.endsWith('\n')).toBe(true)
  })

  it(`given a ${kind}, when rendered as text, then its label is in it`, async () => {
    const { body } = await draw(format, sample)
    if (typeof body === 'string') expect(body.toUpperCase()).toContain('TLP:AMBER')
  })
}

function testRun(format: ReportFormat): void {
  const { content } = samples.run as Extract<Document, { kind: 'run' }>
  const words = async (document: Document) => {
    const { body } = await draw(format, document)
    return typeof body === 'string' ? body.replaceAll('&#x27;', "'") : undefined
  }

  it('given a run, when rendered, then every site is in it, and each party with what is expected of it and why its light is so', async () => {
    const body = await words(samples.run)
    // Bytes are read by their own tests; a MISP event holds indicators, and names no site.
    if (body === undefined || format.name === 'misp') return
    for (const { site } of content.sites) expect(body).toContain(site)
    for (const { name, scores } of content.parties) {
      expect(body).toContain(name)
      for (const { title, light, reason } of scores)
        for (const one of [light, reason]) expect([title, body.includes(one)]).toEqual([title, true])
    }
  })

  it('given a run without sites, before its launch, or that spread by word, when rendered, then it is a report too', async () => {
    const empty = { ...content, sites: [], heads: [], outages: [], timeline: [], parties: [] }
    const none = { values: [], of: 0 }
    const times = { headsUp: none, containment: none, closure: none }
    expect((await draw(format, { kind: 'run', content: { ...empty, times } })).body.length).toBeGreaterThan(0)
    const spread = sampleSpread(content.sites.map((s) => s.site))
    expect((await draw(format, { kind: 'run', content: { ...content, spread } })).body.length).toBeGreaterThan(0)
  })
}

function expectInert({ contentType, body }: Rendered, harmless: Rendered): void {
  expect(contentType).toBe(harmless.contentType)
  if (typeof body !== 'string' || typeof harmless.body !== 'string') return
  if (contentType.startsWith('text/html')) expectInertHtml(body, harmless.body)
  if (contentType.startsWith('text/markdown')) expectInertMarkdown(body)
  if (contentType.startsWith('text/csv')) expectInertCsv(body)
  if (!contentType.startsWith('application/json')) expectNoControls(body)
}

/** The hostile page has the very tags and attributes that a harmless one has. Pictures break texts into lines, and have tests of their own. */
function expectInertHtml(body: string, harmless: string): void {
  expect(shapeOf(body)).toEqual(shapeOf(harmless))
  expect(body).not.toMatch(/<script(?! type="application\/json" id="ssc-report">)|="\s*javascript:|<[^>]*\son[a-z]+=/i)
}

function shapeOf(html: string): string[] {
  const bare = html.replace(/<style>[^<]*<\/style>/, '').replace(/<svg width=[\s\S]*?<\/svg>/g, '')
  return (bare.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'))
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
