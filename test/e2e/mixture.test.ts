import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../core/domain/report.ts'
import { describeGrid, type Place as Grid, openPlace } from '../services/grid.ts'
import { processesIn } from '../services/process.ts'
import { SYSTEMS, startServices, writeMixture } from './mixture.ts'
import { type Answer, makePlace, type Place } from './place.ts'

describeGrid('given a run whose jobs go through five job systems at once', ['arc', 'gram', 'gridftp', 'slurm', 'sshd'], () => {
  let grid: Grid
  let place: Place
  let answer: Answer
  let report: Report

  beforeAll(async () => {
    grid = await openPlace()
    place = await makePlace()
    const { run, sites } = writeMixture(place, await startServices(grid))
    const imported = await place.run(['sites', 'import', sites])
    if (imported.code !== 0) throw new Error(imported.err)
    answer = await place.run(['rehearse', run])
    const file = /^Report: (.+)$/m.exec(answer.out)?.[1]
    if (file === undefined) throw new Error(`no report: ${answer.out}${answer.err}`)
    report = (JSON.parse(readFileSync(file.replace(/html$/, 'json'), 'utf8')) as { content: Report }).content
  }, 400_000)

  afterAll(async () => {
    await place?.remove()
    await grid?.close()
  }, 60_000)

  test('when it is rehearsed, then the agents at all of them were heard, and every light is final', () => {
    expect(answer).toMatchObject({ code: 0 })
    expect(report.phase).toBe('ended')
    for (const system of SYSTEMS)
      for (const name of ['ONE', 'TWO']) {
        const site = report.sites.find((one) => one.site === `${system.toUpperCase()}-${name}`)
        const told = site?.timeline.map((line) => line.what) ?? []
        expect([site?.site, told]).toEqual([
          site?.site,
          expect.arrayContaining([expect.stringMatching("^The agent's first heartbeat came")]),
        ])
      }
    expect(report.sites.flatMap((site) => site.scores.map((score) => score.light))).not.toContain('pending')
  })

  test('when access was probed, then the real services let both identities in, and the revoked one is told of', () => {
    const access = report.sites.flatMap((site) => site.access.map((one) => ({ site: site.site, ...one })))
    for (const service of ['arc', 'globus', 'ssh', 'gridftp'])
      expect(access.filter((one) => one.service === service)).toContainEqual(
        expect.objectContaining({ attacker: 'accepted', control: 'accepted' }),
      )
    expect(access.find((one) => one.service === 'gridftp')).toMatchObject({ site: 'GLOBUS-ONE', revoked: 'refused' })
  })

  test('when it is over, then no process of it is left', () => {
    expect(processesIn(place.home)).toEqual([])
  })
})
