import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildReport } from '../core/domain/build-report.ts'
import type { Event } from '../core/domain/event.ts'
import { type RunSummary, summaries, summaryName } from '../core/overview.ts'
import { verifyRun } from '../core/verify.ts'
import { sampleRun } from './domain/sample-run.ts'
import { openRig, type Rig } from './http/operator/rig.ts'
import { appendRows, putRun } from './io/put-run.ts'

describe('the summaries of the first page', () => {
  let rig: Rig
  const told = sampleRun({ seed: 21, sites: 8 })
  const last = told.findLastIndex(({ stream }) => stream.startsWith('challenge/'))
  // A fact of a site comes last, when the run has ended.
  const events = [...told.slice(0, last), ...told.slice(last + 1), told[last]!]

  beforeAll(async () => {
    rig = await openRig()
  })
  afterAll(() => rig.close())

  const look = async () => (await summaries({ ...rig.instance, boards: rig.boards }))[0]!
  const lightsOf = ({ sites }: RunSummary) => sites.map(({ light }) => light).sort()
  const reported = (known: readonly Event[]) =>
    buildReport(known, { audience: 'csirt', tlp: 'TLP:AMBER' })
      .sites.map(({ overall }) => overall)
      .sort()

  it('given a run, when asked again, then the lights are those of the report, kept until its log grows', async () => {
    const run = await putRun(rig.instance, events.slice(0, -1))
    const before = await look()
    expect(lightsOf(before)).toEqual(reported(events.slice(0, -1)))
    const kept = (await rig.instance.store.document(summaryName(run))) as RunSummary
    expect(kept).toEqual(before)
    await rig.instance.store.putDocument(summaryName(run), { ...kept, title: 'kept' })
    expect((await look()).title).toBe('kept')
    await appendRows(rig.instance, run, { events, from: events.length - 1, to: events.length })
    const after = await look()
    expect(after).toMatchObject({ title: before.title, events: before.events + 1 })
    expect(lightsOf(after)).toEqual(reported(events))
  })

  it('given a summary that is not what the log gives, when the run is verified, then it is told and thrown away', async () => {
    const { run, ...kept } = await look()
    expect((await verifyRun(rig.instance, run)).faults).toEqual([])
    const wrong = { run, ...kept, sites: kept.sites.map((site) => ({ ...site, light: 'green' })) }
    await rig.instance.store.putDocument(summaryName(run), wrong)
    expect((await verifyRun(rig.instance, run)).faults).toEqual([expect.stringContaining(summaryName(run))])
    expect((await verifyRun(rig.instance, run)).faults).toEqual([])
    expect(lightsOf(await look())).toEqual(kept.sites.map(({ light }) => light).sort())
  })
})
