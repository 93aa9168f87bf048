import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PackagesSeen } from '../../core/domain/event.ts'
import { daysBack, hasNews, type PakitiLine, PakitiOptions, packagesIn } from '../../core/domain/pakiti.ts'

const DAY = 86_400_000
const line = (over: Partial<PakitiLine> = {}): PakitiLine => ({
  tag: 'Critical',
  cve: 'CVE-2027-10001',
  site: 'DE-ONE',
  host: 'wn01',
  reportedMs: 1000,
  ...over,
})
const view = (over = {}) => ({ site: 'DE-ONE', before: undefined, askedMs: undefined, nowMs: 9000, ...over })

describe('what Pakiti shows of a site', () => {
  test('given hosts with vulnerabilities, then they are counted for each, with the newest report and no name of a host', () => {
    const lines = [line(), line({ host: 'wn02', reportedMs: 3000 }), line({ tag: 'High', cve: 'CVE-2026-2' })]
    expect(packagesIn(lines, view())).toEqual({
      hosts: 2,
      reportedMs: 3000,
      vulnerable: [
        { cve: 'CVE-2027-10001', tag: 'Critical', hosts: 2 },
        { cve: 'CVE-2026-2', tag: 'High', hosts: 1 },
      ],
      words: '2 hosts with tagged vulnerabilities: CVE-2027-10001 (Critical) on 2 hosts, CVE-2026-2 (High) on 1 host',
    })
  })

  test('given a site that Pakiti does not know, then the hosts of all others, which it names then, are not its own', () => {
    const others = [line({ site: 'FR-TWO' }), line({ site: 'de-one' })]
    expect(packagesIn(others, view())).toMatchObject({ hosts: 0, reportedMs: 0, vulnerable: [] })
    const before = packagesIn([line()], view())
    expect(packagesIn(others, view({ before, askedMs: 7000 }))).toEqual(before)
  })

  test('given none from the first time on, then nothing is known; given none after some, then they are mended since the last look', () => {
    const none = packagesIn([], view())
    expect(none).toMatchObject({ hosts: 0, reportedMs: 0 })
    expect(packagesIn([], view({ before: none, askedMs: 5 }))).toEqual(none)
    const before = packagesIn([line()], view())
    const mended = packagesIn([], view({ before, askedMs: 7000 }))
    expect(mended).toMatchObject({ hosts: 1, reportedMs: 7000, vulnerable: [] })
    expect(packagesIn([], view({ before, askedMs: undefined }))).toMatchObject({ reportedMs: 9000 })
    expect(packagesIn([], view({ before: mended, askedMs: 8000 }))).toEqual(mended)
  })

  test("given a report from the future, then it counts as now: the server's clock is not ours", () => {
    expect(packagesIn([line({ reportedMs: 99_000 })], view()).reportedMs).toBe(9000)
  })

  test('given the same again, then it is no news, but for the first report since the alert', () => {
    const first = packagesIn([line()], view())
    const again = packagesIn([line({ reportedMs: 2000 })], view())
    expect(hasNews(undefined, first, 500)).toBe(true)
    expect(hasNews(first, again, 500)).toBe(false)
    expect(hasNews(first, again, 1500)).toBe(true)
    expect(hasNews(again, packagesIn([line({ reportedMs: 2000, tag: 'High' })], view()), 500)).toBe(true)
    const turned: PackagesSeen = { ...first, vulnerable: first.vulnerable.map(({ cve, tag, hosts }) => ({ hosts, tag, cve })) }
    expect(hasNews(turned, again, 500)).toBe(false)
  })

  test('given any lines in any order, then the same comes, bounded, and nothing that a terminal obeys', () => {
    const any = fc.record({
      tag: fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
      cve: fc.constantFrom(...Array.from({ length: 80 }, (_, i) => `CVE-2027-${i}`)),
      site: fc.constantFrom('DE-ONE', 'FR-TWO'),
      host: fc.constantFrom('a', 'b', 'secret.example'),
      reportedMs: fc.nat(8000),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 120 }), (lines) => {
        const seen = packagesIn(lines, view())
        expect(packagesIn([...lines].reverse(), view())).toEqual(seen)
        expect(seen.vulnerable.length).toBeLessThanOrEqual(50)
        expect(JSON.stringify(seen)).not.toMatch(/\\u00[01]|[\u007f-\u009f\u202e]/)
        expect(seen.words).not.toContain('secret')
      }),
      { numRuns: 100 },
    )
  })

  test('given the launch, then reports are asked for from two days before it on', () => {
    expect([daysBack(0, 0), daysBack(0, 1), daysBack(0, DAY), daysBack(0, 10 * DAY + 1)]).toEqual([2, 3, 3, 13])
  })

  test('given its settings, then it speaks https, and its server may have any zone that exists', () => {
    expect(PakitiOptions.parse({ url: 'https://pakiti.example/p' })).toEqual({ url: 'https://pakiti.example/p', timeZone: 'UTC' })
    for (const wrong of [
      { url: 'http://pakiti.example' },
      { url: 'https://p.example', timeZone: 'Mars' },
      { url: 'https://p.example', x: 1 },
    ])
      expect(PakitiOptions.safeParse(wrong).success).toBe(false)
  })
})
