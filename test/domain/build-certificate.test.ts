import { describe, expect, it } from 'vitest'
import { buildAcknowledgement, buildCertificate } from '../../core/domain/build-certificate.ts'
import { RefusedError } from '../../core/domain/errors.ts'
import { isKnown } from '../../core/domain/lights.ts'
import { sampleReport } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const whole = sampleReport({ seed: 1, sites: 40 })
const issuer = 'the officers'

describe('a certificate of participation', () => {
  it('given a site whose challenge began, when asked for, then it says that it took part, and nothing of its lights', () => {
    const site = whole.sites.find(({ overall }) => overall === 'red')!
    const certificate = buildCertificate(whole, { site: site.site, issuer })
    expect(certificate).toMatchObject({
      site: site.site,
      ngi: site.ngi,
      title: whole.title,
      audience: `site:${site.site}`,
      tlp: 'TLP:CLEAR',
      issuer,
    })
    expect(JSON.stringify(certificate)).not.toContain('red')
  })

  it('given a site whose challenge never began, when asked for, then it is refused with the reason', () => {
    const never = whole.sites.filter(({ alerted }) => alerted === undefined)
    expect(never.length).toBeGreaterThan(0)
    for (const { site, scores } of never) {
      expect(() => buildCertificate(whole, { site, issuer })).toThrow(RefusedError)
      expect(() => buildCertificate(whole, { site, issuer })).toThrow(scores[0]!.reason)
    }
  })
})

describe('an acknowledgement', () => {
  it('given a run, when built for the public, then it names the green ones of whom more than half is known, and nobody else', () => {
    const { sites, of, audience, tlp } = buildAcknowledgement(whole, { issuer })
    const well = whole.sites.filter(
      ({ overall, scores }) => overall === 'green' && scores.filter((s) => isKnown(s.light)).length > scores.length / 2,
    )
    expect(sites.map(({ site }) => site).sort()).toEqual(well.map(({ site }) => site).sort())
    expect(sites.length).toBeGreaterThan(0)
    expect([audience, tlp]).toEqual(['public', 'TLP:CLEAR'])
    expect(of).toBe(whole.sites.filter(({ alerted }) => alerted !== undefined).length)
  })

  it('given a run that goes on, when asked for, then it is refused: it would announce the exercise', () => {
    const early = sampleReport({ seed: 1, sites: 3, untilMs: launchMs + 3_600_000 })
    expect(() => buildAcknowledgement(early, { issuer })).toThrow(RefusedError)
  })

  it('given a green site of which just half is known, when built, then it is not named', () => {
    const [green] = whole.sites.filter(({ overall }) => overall === 'green')
    const half = green!.scores.map((score, i) => (i * 2 < green!.scores.length ? { ...score, light: 'grey' as const } : score))
    const report = { ...whole, sites: [{ ...green!, scores: half.length % 2 === 0 ? half : half.slice(0, -1) }] }
    expect(buildAcknowledgement(report, { issuer }).sites).toEqual([])
    expect(buildAcknowledgement({ ...whole, sites: [green!] }, { issuer }).sites).toHaveLength(1)
  })
})
