import { describe, expect, it } from 'vitest'
import { samplePlan, sampleReport } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'
import { spreadReport, stopped, wordFrom, wrote } from './spread-run.ts'

const hour = 3_600_000
const names = samplePlan(3, 4).sites.map(({ name }) => name)
const [first, second, third] = names as [string, string, string]

describe('how word spread in a run that alerts one site', () => {
  it('given a run that alerts all, when reported, then nothing is said of it', () => {
    expect(sampleReport({ seed: 1, sites: 4 })).not.toHaveProperty('spread')
  })

  it('given nothing but the alert, when reported, then one site has heard', () => {
    const { spread } = spreadReport(4, [])
    expect(spread).toEqual({ alerted: first, alertedMs: launchMs + hour, told: [], heard: 1, contained: 0, of: 4 })
  })

  it('given who told whom, when reported, then it stands there in the order of time, with its evidence', () => {
    const { spread } = spreadReport(4, [wordFrom(2, second, 5), wordFrom(1, first, 3)])
    expect(spread).toMatchObject({
      heard: 3,
      told: [
        { from: first, to: second, at: launchMs + 3 * hour },
        { from: second, to: third },
      ],
    })
    expect(spread?.told[0]?.evidence).toMatchObject({
      stream: expect.stringContaining(second),
      words: expect.stringContaining('Word reached'),
    })
  })

  it('given an answer of a site that nobody is known to have told, when reported, then it heard from somebody unknown', () => {
    const { spread } = spreadReport(4, [wrote(1, 4)])
    expect(spread?.told).toEqual([
      {
        from: 'unknown',
        to: second,
        at: launchMs + 4 * hour,
        how: 'other',
        evidence: expect.objectContaining({ at: launchMs + 4 * hour }),
      },
    ])
  })

  it('given a containment at every site but one, when reported, then it is not everywhere', () => {
    const { spread } = spreadReport(4, [stopped(0, 2), stopped(1, 3), stopped(2, 9)])
    expect(spread).toMatchObject({ contained: 3, heard: 3 })
    expect(spread).not.toHaveProperty('everywhereMs')
  })

  it('given a containment at every site, when reported, then the last one counts, from the alert on', () => {
    const { spread } = spreadReport(4, [stopped(0, 2), stopped(3, 9), stopped(2, 4), stopped(1, 3)])
    expect(spread).toMatchObject({ contained: 4, of: 4, everywhereMs: 8 * hour })
  })
})
