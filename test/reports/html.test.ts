import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { barOf } from '../../reports/html/bars.ts'
import { report as html } from '../../reports/html/index.ts'
import { median, quantile } from '../../reports/html/statistics.ts'
import { sampleReport } from '../domain/sample-run.ts'

const sample = sampleReport({ seed: 1, sites: 40 })
const { body } = html.render(sample)

describe('the page', () => {
  it('given its policy, when the style is hashed, then the policy allows it and nothing else', () => {
    const style = /<style>([^<]*)<\/style>/.exec(body)![1]!
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(body)![1]!.replaceAll('&#x27;', "'").replaceAll('&#x3D;', '=')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
  })

  it('given no network, when read, then nothing is asked for from outside', () => {
    expect(body).not.toMatch(/\b(src|href)="(?!#)/)
    expect(body).not.toMatch(/url\(|@import|https?:|style="/)
  })

  it('given every link, when followed, then its place is on the page, once', () => {
    const ids = [...body.matchAll(/ id="([^"]*)"/g)].map((m) => m[1])
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of body.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
  })

  it('given a red light in the table, when its link is followed, then reason and evidence stand there, open', () => {
    const link = /<a class="to" href="#(site-\d+-\d+)"><span class="light red">/.exec(body)![1]!
    const place = new RegExp(`<div class="score" id="${link}">([^]*?)</div>`).exec(body)![1]!
    expect(place).toContain('class="light red"')
    expect(place).toContain('the alert was delivered, the deadline passed, and nothing came')
    expect(place).toMatch(/<code>challenge\/[^<]*#\d+<\/code>/)
    expect(body).not.toContain('<details>')
  })

  it('given each light, when shown, then its word and its own shape stand there', () => {
    for (const light of ['green', 'amber', 'red', 'grey', 'pending']) {
      expect(body).toContain(`<symbol id="mark-${light}"`)
      expect(body).toContain(`<span class="word">${light}</span>`)
    }
    const shapes = [...body.matchAll(/<symbol id="mark-[a-z]+"[^>]*><(\w+) class="([a-z]+)-/g)].map((m) => `${m[1]} ${m[2]}`)
    expect(new Set(shapes).size).toBe(5)
  })

  it('given an unknown label, when rendered, then nothing of it gets into the style', () => {
    const hostile = html.render({ ...sample, tlp: '"; } body { display: none } /*' as 'TLP:RED' }).body
    expect(/<style>([^<]*)<\/style>/.exec(hostile)![1]).toContain('EXERCISE  TLP:RED')
    expect(/<style>([^<]*)<\/style>/.exec(hostile)![1]).not.toContain('body { display')
  })

  it('given a site with thousands of facts, when shown, then the page stays small and says that there is more', () => {
    const timeline = Array.from({ length: 5000 }, (_, i) => ({ at: i, what: 'again' }))
    const long = html.render({ ...sample, sites: [{ ...sample.sites[0]!, timeline }] }).body
    expect(long).toContain('4850 more')
  })
})

describe('numbers of the page', () => {
  it('given a few times, when summed up, then quartiles lie between them in proportion', () => {
    expect([quantile([1, 2, 3, 4], 0.25), median([1, 2, 3, 4]), median([5])]).toEqual([1.75, 2.5, 5])
    expect(median([])).toBeUndefined()
  })

  it('given lights, when drawn as a bar, then the parts fill it and narrow ones have no text', () => {
    const bar = barOf('overall', [...Array(38).fill('green'), 'red', 'pending'])
    expect(bar.counts).toEqual([
      { light: 'green', count: '38' },
      { light: 'red', count: '1' },
      { light: 'pending', count: '1' },
    ])
    expect(bar.parts.map((p) => p.text)).toEqual(['G 38', '', ''])
    expect(bar.parts.reduce((sum, p) => sum + Number(p.width), 0)).toBe(600)
  })
})
