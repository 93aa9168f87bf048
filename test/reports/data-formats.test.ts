import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { report as csv } from '../../reports/csv/index.ts'
import { report as json } from '../../reports/json/index.ts'
import { report as markdown } from '../../reports/markdown/index.ts'
import { sampleParties } from '../domain/one-party.ts'
import { sampleReport } from '../domain/sample-run.ts'

const sample = sampleReport({ seed: 1, sites: 40 })

describe('json', () => {
  it('given a report, when read back, then it is the same report', () => {
    expect(JSON.parse(json.render(sample).body)).toEqual(JSON.parse(JSON.stringify(sample)))
  })

  it('given a report whose keys stand in another order, when rendered, then the bytes are the same', () => {
    const turned = Object.fromEntries(Object.entries(sample).reverse()) as typeof sample
    expect(json.render(turned).body).toBe(json.render(sample).body)
  })
})

describe('csv', () => {
  const rows: Record<string, string>[] = parse(csv.render(sample).body, { columns: true })

  it('given a report, when read back, then each site is one line with its lights', () => {
    expect(rows.map((r) => r.site)).toEqual(sample.sites.map((s) => s.site))
    const site = sample.sites.find((s) => s.overall === 'amber')!
    expect(rows.find((r) => r.site === site.site)).toMatchObject({
      overall: 'amber',
      communication: site.categories[0]?.light,
      known: '4',
      of: '4',
    })
  })

  it('given parties, when read back, then each is one line after the sites, with lights of its own expectations', () => {
    const all: Record<string, string>[] = parse(csv.render({ ...sample, parties: sampleParties() }).body, { columns: true })
    expect(all.slice(0, 40).map((r) => r.site)).toEqual(rows.map((r) => r.site))
    expect(all.slice(40).map((r) => [r.site, r.party, r.overall])).toEqual([
      ['', 'Example ca (ca)', 'amber'],
      ['', 'Example ngi (ngi)', 'grey'],
      ['', 'Example nren (nren)', 'pending'],
      ['', 'Example vo (vo)', 'amber'],
    ])
    expect(all[40]).toMatchObject({ 'revoked light': 'amber', 'revoked points': '30', 'ngi-answer light': '', 'heads-up light': '' })
  })

  it('given what is not known, when written, then it is empty and not 0', () => {
    const grey = rows.find((r) => r.overall === 'grey')!
    expect([grey['heads-up points'], grey['heads-up (min)']]).toEqual(['', ''])
  })
})

describe('markdown', () => {
  it('given a report, when rendered, then the table has a line a site and each light its evidence', () => {
    const { body } = markdown.render(sample)
    for (const site of sample.sites) expect(body).toMatch(new RegExp(`^\\| ${site.site} \\|.*\\| ${site.overall} \\|`, 'm'))
    expect(body).toContain("The other side's mail server took the alert (challenge/")
  })
})
