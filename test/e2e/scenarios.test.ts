import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Report, Score } from '../../core/domain/report.ts'
import { makePlace, type Place } from './place.ts'

/** What makes a scenario what it is, seen in the report of its rehearsal. */
const marks: Readonly<Record<string, (report: Report) => void>> = {
  'ssc3-tracing': (report) => expect(known(report, 'forensics')).toBeGreaterThan(0),
  'ssc4-panda': (report) => expect(known(report, 'forensics')).toBeGreaterThan(0),
  'ssc5-regional': (report) => {
    expect(new Set(report.sites.map((site) => site.ngi)).size).toBe(1)
    expect(timelines(report)).toContain('GOCDB shows a downtime')
  },
  'ssc6-cms': (report) => {
    expect(report.sites).toHaveLength(40)
    expect(new Set(report.sites.map((site) => site.country)).size).toBeGreaterThanOrEqual(20)
  },
  'big-run': ({ spread, sites }) => {
    expect(sites.filter((site) => site.isTold)).toHaveLength(1)
    expect(spread?.told.length).toBeGreaterThan(3)
    expect(spread?.heard).toBeGreaterThan(3)
  },
  'communication-challenge': (report) => {
    expect(timelines(report)).not.toContain('job')
    expect(new Set(report.sites.map((site) => site.depth)).size).toBeGreaterThan(2)
  },
  'sec05-recertification': (report) => {
    expect(timelines(report)).toContain('Pakiti:')
    expect(timelines(report)).toContain('to Certified')
    expect(timelines(report)).toContain('positive assessment')
    expect(lightsOf(report, (score) => score.category === 'patching')).toContain('green')
  },
  'dirac-challenge': (report) => {
    const lights = lightsOf(report, (score) => score.category === 'forensics')
    expect(lights).toContain('green')
    expect(lights).toContain('amber')
  },
}

const root = new URL('../../scenarios/', import.meta.url).pathname
const ids = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

let place: Place | undefined

afterEach(async () => place?.remove())

test('given the folders of the scenarios, then for each it is known what to look for', () => {
  expect(ids.sort()).toEqual(Object.keys(marks).sort())
})

/** Where every test has to run, all are rehearsed; elsewhere those that are over soon. */
const isWhole = process.env.SSC_REQUIRE_SERVICES === '1'
const quick: ReadonlySet<string> = new Set(['communication-challenge', 'sec05-recertification', 'ssc5-regional'])

describe.each(ids)('given the scenario %s', (id) => {
  const rehearsed = isWhole || quick.has(id) ? test : test.skip
  const reason = isWhole || quick.has(id) ? '' : ' (skipped: it takes a minute, and runs with SSC_REQUIRE_SERVICES=1)'

  rehearsed(
    `when its sample is rehearsed, then it ends with final lights that show what it is about${reason}`,
    async () => {
      place = await makePlace()
      const { code, out, err } = await place.run(['rehearse', join(root, id, 'run.sample.yaml'), '--json'])
      expect({ code, err }).toMatchObject({ code: 0 })
      const { report: file, run } = JSON.parse(out) as { report: string; run: string }
      const report = (JSON.parse(readFileSync(file.replace(/html$/, 'json'), 'utf8')) as { content: Report }).content
      expect(report.phase).toBe('ended')
      expect(report.sites.flatMap((site) => site.scores.map((score) => score.light))).not.toContain('pending')
      expect(new Set(report.sites.map((site) => site.overall)).size).toBeGreaterThan(1)
      marks[id]?.(report)
      expect(await place.run(['verify', run])).toMatchObject({ code: 0 })
    },
    240_000,
  )
})

function known({ sites }: Report, category: string): number {
  return sites.flatMap((site) => site.scores).filter((score) => score.category === category && score.points !== null).length
}

function lightsOf({ sites }: Report, wanted: (score: Score) => boolean): string[] {
  return sites.flatMap((site) => site.scores.filter(wanted).map((score) => score.light))
}

function timelines({ sites }: Report): string {
  return sites.flatMap((site) => site.timeline.map((line) => line.what)).join('\n')
}
