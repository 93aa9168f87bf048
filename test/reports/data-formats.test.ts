import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { type Document, documentKinds } from '../../core/domain/document.ts'
import type { Light } from '../../core/domain/report.ts'
import { report as csv } from '../../reports/csv/index.ts'
import { report as html } from '../../reports/html/index.ts'
import { report as json } from '../../reports/json/index.ts'
import { report as markdown } from '../../reports/markdown/index.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleDocuments, sampleSpread } from '../conformance/sample-documents.ts'

const samples = sampleDocuments()
const run = samples.run.content as Extract<Document, { kind: 'run' }>['content']

const jsonOf = async (document: Document) => String((await draw(json, document)).body)
const markdownOf = async (document: Document) => String((await draw(markdown, document)).body)

async function rowsOf(document: Document): Promise<Record<string, string>[]> {
  return parse(String((await draw(csv, document)).body), { columns: true })
}

describe('json', () => {
  it.each(documentKinds)('given a %s, when read back, then it is the same document, with the place of its schema', async (kind) => {
    const { $schema, ...file } = JSON.parse(await jsonOf(samples[kind]))
    expect(file).toEqual(JSON.parse(JSON.stringify(samples[kind])))
    expect($schema).toBe(`documents.schema.json#/$defs/${kind}`)
  })

  it('given a run whose keys stand in another order, when rendered, then the bytes are the same', async () => {
    const turned = Object.fromEntries(Object.entries(run).reverse()) as typeof run
    expect(await jsonOf({ kind: 'run', content: turned })).toBe(await jsonOf(samples.run))
  })
})

describe('csv', () => {
  it('given a run, when read back, then each site is one line with its lights, then each party with those of its own', async () => {
    const rows = await rowsOf(samples.run)
    expect(rows.slice(0, 40).map((r) => [r.site, r.overall])).toEqual(run.sites.map((s) => [s.site, s.overall]))
    const site = run.sites.find((s) => s.overall === 'amber')!
    expect(rows.find((r) => r.site === site.site)).toMatchObject({
      communication: site.categories[0]?.light,
      tier: site.tier,
      known: '4',
      of: '4',
    })
    const parties = rows.slice(40)
    expect(parties.map((r) => [r.site, r.party, r.overall])).toEqual([
      ['', 'Example ca (ca)', 'amber'],
      ['', 'Example ngi (ngi)', 'grey'],
      ['', 'Example nren (nren)', 'pending'],
      ['', 'Example vo (vo)', 'amber'],
    ])
    expect(parties[0]).toMatchObject({ 'revoked light': 'amber', 'revoked points': '30', 'ngi-answer light': '', 'heads-up light': '' })
  })

  it('given what is not known, when written, then it is empty and not 0', async () => {
    const grey = (await rowsOf(samples.run)).find((r) => r.overall === 'grey')!
    expect([grey['heads-up points'], grey['heads-up (min)']]).toEqual(['', ''])
    const silent = (await rowsOf(samples.contacts))[0]!
    expect([silent['first answer (min)'], silent.depth, silent.bounced]).toEqual(['', '', '1'])
  })

  it('given what an officer decided, when written, then it says so', async () => {
    const decided = (await rowsOf(samples.run)).filter((r) => r['heads-up decided by an officer'] === 'yes')
    expect(decided.map((r) => r.site)).toEqual([run.sites[0]!.site])
  })

  it('given runs compared, when read back, then each site has a line for each run that it took part in', async () => {
    const rows = await rowsOf(samples.comparison)
    const newer = rows.filter((r) => r.origin === '')
    expect(newer.map((r) => [r.site, r.overall])).toEqual(run.sites.map((s) => [s.site, s.overall]))
    expect(rows.filter((r) => r.origin === 'ngi.example').map((r) => r.site)).toEqual(
      run.sites.flatMap((s, i) => (i % 5 === 0 ? [] : [s.site])),
    )
  })

  it('given metrics, when read back, then each period is a line, also one without sites', async () => {
    const rows = await rowsOf(samples.metrics)
    expect(rows.map((r) => [r.quarter, r.sites, r['contacts asked'], r['heads-up known'] === '0'])).toEqual([
      ['2026-Q4', '12', '12', false],
      ['2027-Q1', '40', '40', false],
      ['2027-Q2', '0', '0', true],
    ])
    expect(rows[2]!['heads-up median (min)']).toBe('')
  })
})

describe('markdown', () => {
  it('given a run, when rendered, then the table has a line a site, and each light its evidence', async () => {
    const body = await markdownOf(samples.run)
    for (const { site, overall } of run.sites) expect(body).toMatch(new RegExp(`^\\| ${site} \\|.*\\| ${overall} \\|`, 'm'))
    expect(body).toContain("The other side's mail server took the alert (challenge/")
    expect(body).toContain('decided by an officer; the rubric alone says red, 0 points: nothing came')
  })

  it('given word that spread, when rendered, then each step is a line', async () => {
    const spread = sampleSpread(run.sites.map((s) => s.site))
    const body = await markdownOf({ kind: 'run', content: { ...run, spread } })
    for (const { from, to, how } of spread.told) expect(body).toContain(`| ${from} | ${to} | ${how} |`)
    expect(await markdownOf(samples.run)).not.toContain('How the word spread')
  })

  it('given a site, when rendered, then what it should improve, its others as numbers and its newest hash stand there', async () => {
    const body = await markdownOf(samples.site)
    expect(body).toContain('- Answer the alert within 4 hours')
    expect(body).toContain('39 other sites: ')
    expect(body).toContain('1 facts of challenge/')
    for (const { site } of run.sites.slice(1)) expect(body).not.toContain(site)
  })

  it('given a text that begins as the address of a page, when rendered, then it is no link (GitHub Flavored Markdown, section 6.9)', async () => {
    const text = await markdownOf({ kind: 'run', content: { ...run, title: 'See www.evil.example' } })
    expect(text).not.toContain('www.evil')
    expect(text).toContain('www&#46;evil.example')
  })

  it('given runs of different scenarios side by side, when rendered, then that is said; and not of one scenario', async () => {
    const { content } = samples.comparison as Extract<Document, { kind: 'comparison' }>
    const runs = content.runs.map((one, i) => ({ ...one, scenario: `story${i}` }))
    expect(await markdownOf({ kind: 'comparison', content: { ...content, runs } })).toContain('different scenarios')
    expect(await markdownOf(samples.comparison)).not.toContain('different scenarios')
    expect(String((await draw(html, { kind: 'comparison', content: { ...content, runs } })).body)).toContain('different scenarios')
  })

  it('given the smaller documents, when rendered, then each has its table', async () => {
    const lights = (of: readonly (Light | null)[]) => of.map((light) => light ?? '–')
    const { comparison, acknowledgement, contacts, metrics } = samples as unknown as {
      [Kind in (typeof documentKinds)[number]]: Extract<Document, { kind: Kind }>
    }
    const compared = await markdownOf(comparison)
    for (const { site, lights: of } of comparison.content.sites)
      expect(compared).toMatch(new RegExp(`^\\| ${site} \\|.*${lights(of).join(',.*')},`, 'm'))
    const thanks = await markdownOf(acknowledgement)
    for (const { site } of acknowledgement.content.sites) expect(thanks).toMatch(new RegExp(`^\\| ${site} \\|`, 'm'))
    expect((await markdownOf(contacts)).match(/^\|.*csirt&#64;/gm)).toHaveLength(contacts.content.contacts.length)
    expect(await markdownOf(metrics)).toMatch(/^\| 2027-Q2 \|.*\| 0 \| none \|/m)
  })
})
