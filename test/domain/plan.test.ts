import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSites } from '../../core/domain/plan.ts'
import type { Site } from '../../core/domain/site.ts'
import { anEndpoint, anOutage, aPlanInput, aSite } from './sites.ts'

function reasonFor(site: Site, over: Parameters<typeof aPlanInput>[1] = {}): string {
  const { excluded } = chooseSites(aPlanInput([site, aSite('DE-ONE'), aSite('DE-TWO')], over))
  const reason = excluded.find((one) => one.name === site.name)?.reason ?? 'drawn'
  return reason.startsWith('could take part') ? 'drawn' : reason
}

describe('who may take part', () => {
  test.each([
    ['a suspended site', aSite('FR-X', { certification: 'Suspended' }), 'not certified (Suspended)'],
    ['a test site', aSite('FR-X', { infrastructure: 'Test' }), 'not a production site (Test)'],
    ['a site without the VO', aSite('FR-X', { scopes: ['atlas'] }), 'does not support the VO cms'],
    [
      'a site whose endpoints are of another kind',
      aSite('FR-X', { endpoints: [anEndpoint('a.example', 'SRM')] }),
      'has no endpoint that arc can use',
    ],
    ['a site without endpoints', aSite('FR-X', { endpoints: [] }), 'has no endpoint that arc can use'],
    [
      'an endpoint not in production',
      aSite('FR-X', { endpoints: [{ ...anEndpoint('a.example'), inProduction: false }] }),
      'has no endpoint that arc can use',
    ],
  ])('given %s, then it is left out and the reason said', (_name, site, reason) => {
    expect(reasonFor(site)).toBe(reason)
  })

  test('given no security contact, then it is left out', () => {
    const { securityContact: _, ...site } = aSite('FR-X')
    expect(reasonFor(site)).toBe('has no security contact')
  })

  test('given the VO in an extension or from sites.csv, then it is read there', () => {
    const run = { vo: { name: 'CMS', from: 'extension', key: 'SUPPORTED_VOS' } }
    expect(reasonFor(aSite('FR-X', { scopes: [] }), { run })).toBe('drawn')
    expect(reasonFor(aSite('FR-X', { extensions: {} }), { run })).toBe('does not support the VO CMS')
    expect(reasonFor(aSite('FR-X', { voNames: { cms: 'T2_FR_X' } }), { run: { vo: { name: 'cms', from: 'csv' }, sites: 1 } })).toBe('drawn')
  })

  test('given an outage in the window on one of two hosts, then the other host is used', () => {
    const site = aSite('FR-X', { endpoints: [anEndpoint('a.example'), anEndpoint('b.example')] })
    const choice = chooseSites(aPlanInput([site, aSite('DE-ONE')], { downtimes: [anOutage('FR-X', 'a.example')] }))
    expect(choice.sites.find((one) => one.name === 'FR-X')?.endpoint).toBe('https://b.example:443/arex')
  })

  test('given outages on all usable hosts, then it is left out; before the window, or a warning only, then not', () => {
    const site = aSite('FR-X')
    const host = 'ce01.fr-x.example'
    const before = { startMs: Date.parse('2027-01-10T00:00:00Z'), endMs: Date.parse('2027-01-11T00:00:00Z') }
    expect(reasonFor(site, { downtimes: [anOutage('FR-X', host)] })).toMatch('every usable endpoint is in a declared OUTAGE in the window')
    expect(reasonFor(site, { downtimes: [anOutage('FR-X', '')] })).toMatch('OUTAGE')
    expect(reasonFor(site, { downtimes: [anOutage('FR-X', host, before), anOutage('FR-X', host, { severity: 'WARNING' })] })).toBe('drawn')
    expect(reasonFor(site, { downtimes: [anOutage('DE-ONE', host)] })).toBe('drawn')
  })

  test('given two submitters, then the first of the run that can is taken', () => {
    const site = aSite('FR-X', { endpoints: [anEndpoint('a.example', 'CREAM-CE'), anEndpoint('b.example')] })
    const submitters = [
      { name: 'arc', serviceTypes: ['ARC-CE'] },
      { name: 'cream', serviceTypes: ['CREAM-CE'] },
    ]
    const choose = (order: typeof submitters) =>
      chooseSites(aPlanInput([site], { run: { sites: 1 }, submitters: order })).sites[0]?.submitter
    expect(choose(submitters)).toBe('arc')
    expect(choose([...submitters].reverse())).toBe('cream')
  })
})

const countries = ['AT', 'BE', 'CH', 'DE', 'ES', 'FR', 'IT']
const federation = fc.uniqueArray(fc.record({ country: fc.constantFrom(...countries), n: fc.nat(30) }), {
  selector: (one) => `${one.country}-${one.n}`,
  maxLength: 60,
})

describe('the choice of sites', () => {
  test('given any federation, then the wish is met or the shortfall is said, and the order of the sites does not matter', () => {
    const wish = fc.record({
      sites: fc.integer({ min: 1, max: 40 }),
      countries: fc.integer({ min: 1, max: 7 }),
      maxPerCountry: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(federation, wish, (names, wished) => {
        const sites = names.map((one) => aSite(`${one.country}-${one.n}`))
        const run = { ...wished, countries: Math.min(wished.countries, wished.sites) }
        const choice = chooseSites(aPlanInput(sites, { run }))
        const perCountry = countries.map((country) => choice.sites.filter((site) => site.country === country).length)
        const possible = countries.map((country) => Math.min(run.maxPerCountry, sites.filter((site) => site.country === country).length))
        expect(Math.max(...perCountry)).toBeLessThanOrEqual(run.maxPerCountry)
        expect(choice.sites.length).toBe(
          Math.min(
            run.sites,
            possible.reduce((a, b) => a + b, 0),
          ),
        )
        expect(perCountry.filter((n) => n > 0).length).toBe(Math.min(run.sites, possible.filter((n) => n > 0).length))
        const met = choice.sites.length === run.sites && perCountry.filter((n) => n > 0).length >= run.countries
        expect(choice.shortfall.length === 0).toBe(met)
        expect(choice.sites.length + choice.excluded.length).toBe(sites.length)
        expect(chooseSites(aPlanInput([...sites].reverse(), { run }))).toEqual(choice)
      }),
      { numRuns: 150 },
    )
  })

  test('given another seed, then others are drawn', () => {
    const sites = Array.from({ length: 30 }, (_, i) => aSite(`${countries[i % 7]}-${i}`))
    const draw = (seed: number) => chooseSites(aPlanInput(sites, { run: { seed, sites: 7 } })).sites.map((site) => site.name)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })
})

describe('the way to a site', () => {
  const panda = { name: 'panda', serviceTypes: ['PanDA'], through: 'https://panda.vo.example:25443' }
  const arc = { name: 'arc', serviceTypes: ['ARC-CE'] }
  const gridftp = { name: 'gridftp', serviceTypes: ['globus-GRIDFTP'] }
  const named = { voNames: { cms: 'T2_DE_One' } }

  test("given a submitter that goes through the VO's service, then the site needs a VO name, not an endpoint", () => {
    const sites = [aSite('DE-ONE', { ...named, endpoints: [] }), aSite('DE-TWO', { endpoints: [] })]
    const { sites: chosen, excluded } = chooseSites(aPlanInput(sites, { run: { sites: 1, submitters: ['panda'] }, submitters: [panda] }))
    expect(chosen).toMatchObject([{ name: 'DE-ONE', submitter: 'panda', endpoint: panda.through, voName: 'T2_DE_One' }])
    expect(excluded).toEqual([{ name: 'DE-TWO', reason: 'has no endpoint that panda can use' }])
  })

  test('given probers, then every service of the site that they know is asked, and the one of the job first', () => {
    const service = (serviceType: string, hostName: string) => ({ serviceType, hostName, inProduction: true })
    const endpoints = [
      service('ARC-CE', 'b.example'),
      service('ARC-CE', 'a.example'),
      service('globus-GRIDFTP', 'se.example'),
      { ...service('globus-GRIDFTP', 'old.example'), inProduction: false },
    ]
    const probers = [arc, gridftp, panda]
    const input = aPlanInput([aSite('DE-ONE', { endpoints })], { run: { sites: 1 }, probers })
    expect(chooseSites(input).sites[0]?.probes).toEqual([
      { service: 'arc', endpoint: 'a.example' },
      { service: 'arc', endpoint: 'b.example' },
      { service: 'gridftp', endpoint: 'se.example' },
    ])
  })
})
