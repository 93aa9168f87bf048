import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chartsOf } from '../../core/charts/charts-of.ts'
import type { Document } from '../../core/domain/document.ts'
import type { SiteScore } from '../../core/domain/report.ts'
import { VERIFY_SITE_REPORT } from '../../core/domain/verify-by-hand.ts'
import { report as html } from '../../reports/html/index.ts'
import { sampleDocuments, sampleSpread } from '../conformance/sample-documents.ts'

const documents = sampleDocuments()
const { content } = documents.run as Extract<Document, { kind: 'run' }>

async function pageOf(document: Document): Promise<string> {
  return String((await html.render(document, await chartsOf(document))).body)
}

function withSites(sites: readonly SiteScore[]): Document {
  return { kind: 'run', content: { ...content, sites } }
}

const body = await pageOf(documents.run)

describe.each(Object.values(documents))('the page of a $kind', (document) => {
  it('given its policy, when the style is hashed, then the policy allows it and nothing else', async () => {
    const page = await pageOf(document)
    const style = /<style>([^<]*)<\/style>/.exec(page)![1]!
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#x27;', "'").replaceAll('&#x3D;', '=')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
  })

  it('given no network, when read, then nothing is asked for from outside', async () => {
    const page = (await pageOf(document)).replaceAll('xmlns="http://www.w3.org/2000/svg"', '')
    expect(page).not.toMatch(/\b(src|href)="(?!#)/)
    expect(page).not.toMatch(/url\((?!#)|@import|https?:|style="/)
  })

  it('given every link and pattern, when followed, then its place is on the page, once', async () => {
    const page = await pageOf(document)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((m) => m[1])
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
    for (const [, target] of page.matchAll(/(?:href="|url\()#([^")]*)/g)) expect(ids).toContain(target)
  })
})

describe('the page of a run', () => {
  it('given a red light in the table, when its link is followed, then reason and evidence stand there, open', () => {
    const link = /<a class="to" href="#(site-\d+-\d+)"><span class="light red">/.exec(body)![1]!
    const place = new RegExp(`<div class="score" id="${link}">([\\s\\S]*?)</div>`).exec(body)![1]!
    expect(place).toContain('class="light red"')
    expect(place).toContain('the alert was delivered, the deadline passed, and nothing came')
    expect(place).toMatch(/<code>challenge\/[^<]*#\d+<\/code>/)
    expect(body).not.toContain('<details>')
  })

  it('given each light, when shown, then its word and its own shape stand there', async () => {
    const scores = content.sites[0]!.scores.map((score) => ({ ...score, light: 'pending' as const }))
    const page = await pageOf(withSites([...content.sites, { ...content.sites[0]!, overall: 'pending', scores }]))
    for (const light of ['green', 'amber', 'red', 'grey', 'pending']) {
      expect(page).toContain(`<symbol id="mark-${light}"`)
      expect(page).toContain(`<span class="word">${light}</span>`)
    }
    const shapes = [...page.matchAll(/<symbol id="mark-[a-z]+"[^>]*><(\w+) class="([a-z]+)-/g)].map((m) => `${m[1]} ${m[2]}`)
    expect(new Set(shapes).size).toBe(5)
  })

  it('given an override and appeals, when shown, then both values stand there, and whether the site was answered', () => {
    expect(body).toMatch(/An officer decided otherwise\.<\/b> By the rubric alone: .*>red<.* 0 of 40 points; nothing came\./)
    expect(body).toMatch(/The site appealed.*by Ada, granted: The mail was in our own quarantine/)
    expect(body).toMatch(/The site appealed.*Not answered yet\./)
  })

  it('given NGIs, countries and tiers, when shown, then each site stands in each of the three', () => {
    for (const group of ['NGI_DE', 'Tier 2']) expect(body).toContain(`">${group}</th>`)
    const marks = body.match(/<td class="marks">.*?<\/td>/g)!.join('')
    for (const { site } of content.sites) expect(marks.split(`title="${site}: `).length - 1).toBe(2)
  })

  it('given word that spread, when shown, then each step has its evidence', async () => {
    const spread = sampleSpread(content.sites.map((s) => s.site))
    const page = await pageOf({ kind: 'run', content: { ...content, spread } })
    expect(page).toContain('id="chart-spread"')
    for (const { evidence } of spread.told) expect(page).toContain(`<code>${evidence.stream}#3</code>`)
    expect(body).not.toContain('id="spread"')
  })

  it('given an unknown label, when rendered, then the strictest is shown, and nothing of it gets into the style', async () => {
    const tlp = '"; } body { display: none } /*' as 'TLP:RED'
    const style = /<style>([^<]*)<\/style>/.exec(await pageOf({ kind: 'run', content: { ...content, tlp } }))![1]
    expect(style).toContain('EXERCISE  TLP:RED')
    expect(style).not.toContain('body { display')
  })

  it('given a site with thousands of facts, when shown, then the page stays small and says that there is more', async () => {
    const timeline = Array.from({ length: 5000 }, (_, i) => ({ at: i, what: 'again' }))
    expect(await pageOf(withSites([{ ...content.sites[0]!, timeline }]))).toContain('4850 more')
  })
})

describe('the page of a site', () => {
  it('given its data, when read back from the page, then it is the very document, and no text of it can end the block', async () => {
    const { site } = documents
    const told = { ...site, content: { ...site.content, title: '</script><!--<script>' } } as Document
    const [, block = ''] = /<script type="application\/json" id="ssc-report">([^<]*)<\/script>/.exec(await pageOf(told))!
    expect(JSON.parse(block)).toEqual(JSON.parse(JSON.stringify(told)))
  })

  it('given how to check it by hand, when copied from the folded box, then it is to the letter what a shell takes', async () => {
    const [, text = ''] = /<details>[\s\S]*<pre[^>]*>([^<]*)<\/pre>/.exec(await pageOf(documents.site))!
    const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', '#x27': "'", '#x3D': '=', '#x60': '`' }
    expect(text.replace(/&([#\w]+);/g, (_, name: string) => signs[name]!)).toBe(VERIFY_SITE_REPORT)
    expect(await pageOf(documents.site)).not.toContain('scores the facts again')
  })

  it('given fewer than 8 others, when shown, then nothing is said of them', async () => {
    const alone = await pageOf(sampleDocuments(5).site)
    expect(alone).not.toContain('other sites took part')
    expect(await pageOf(documents.site)).toContain('39 other sites took part')
  })
})
