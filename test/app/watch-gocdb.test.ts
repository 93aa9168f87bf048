import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLaunchedRun } from '../../core/app/view.ts'
import { readGocdb, tellOpenRuns, waitsForCertification } from '../../core/app/watch-gocdb.ts'
import { runStream } from '../../core/domain/event.ts'
import type { GocdbNews, GocdbQuestion } from '../../core/domain/gocdb-news.ts'
import type { Instance } from '../../core/instance.ts'
import { inWindow } from './gating.ts'
import { openFresh } from './instance.ts'
import { HOUR_MS, roundsOf, runThatWaits } from './rounds-rig.ts'

let instance: Instance
let close: () => Promise<void>

beforeAll(async () => {
  const opened = await openFresh()
  instance = opened.instance
  close = opened.close
})

afterAll(() => close())

function outage(endMs: number): GocdbNews['downtimes'][number] {
  const services = [{ hostName: 'ce', serviceType: 'ce', site: 'DE-ONE' }]
  return { id: '5G0', severity: 'OUTAGE', declaredMs: inWindow, startMs: inWindow, endMs, services }
}

const certified = { site: 'FR-TWO', before: 'Uncertified', now: 'Certified', changedMs: inWindow + 1 }

describe('given a run that waits for a downtime', () => {
  async function rig(host = '127.0.0.1') {
    const run = await runThatWaits(instance.store, 'downtime')
    const rounds = roundsOf(instance.store, run, 'read-gocdb')
    const says: { now: (GocdbNews & { problems: string[] }) | Error } = { now: { downtimes: [], certifications: [], problems: [] } }
    const questions: GocdbQuestion[] = []
    const gocdb = {
      host,
      ask: async (question: GocdbQuestion) => {
        questions.push(question)
        if (says.now instanceof Error) throw says.now
        return says.now
      },
    }
    return { ...rounds, run, says, questions, go: () => rounds.round(readGocdb, { gocdb }), without: () => rounds.round(readGocdb, {}) }
  }

  it('when GOCDB shows one, then it stands in the log once, and once more when it is changed', async () => {
    const { says, go, facts, questions, run } = await rig()
    says.now = { downtimes: [outage(inWindow + HOUR_MS)], certifications: [], problems: [] }
    expect([await go(), await go()]).toEqual(['done', 'done'])
    says.now = { ...says.now, downtimes: [outage(inWindow + 9 * HOUR_MS)] }
    await go()
    expect((await facts('DE-ONE')).map(({ type, data }) => [type, (data as { endMs: number }).endMs - inWindow])).toEqual([
      ['DowntimeSeen', HOUR_MS],
      ['DowntimeSeen', 9 * HOUR_MS],
    ])
    expect(await facts('FR-TWO')).toEqual([])
    expect(questions[0]).toMatchObject({
      sinceMs: (await readLaunchedRun(instance.store, run.plan.id)).launchedMs,
      wants: { downtimes: true, certifications: false },
    })
    expect([...questions[0]!.sites]).toEqual(['DE-ONE', 'FR-TWO'])
  })

  it('when GOCDB cannot be had, then that is said, nothing is changed, and the next round asks again', async () => {
    const { says, go, facts, said } = await rig()
    says.now = new Error('it is away')
    expect(await go()).toBe('done')
    expect([await facts('DE-ONE'), said.join()]).toEqual([[], expect.stringMatching(/^GOCDB could not be read: waits-\d+ it is away$/)])
    says.now = { downtimes: [outage(inWindow + HOUR_MS)], certifications: [], problems: ['x.xml:3: odd'] }
    await go()
    expect(await facts('DE-ONE')).toHaveLength(1)
    expect(said[1]).toMatch(/left out: waits-\d+ x\.xml:3: odd/)
  })

  it('when none is configured, then the round is over at once', async () => {
    const { without, questions } = await rig()
    expect([await without(), questions]).toEqual(['done', []])
  })

  it('when it is a rehearsal and GOCDB is not on this machine, then nobody is asked; nor after a STOP file or a stop', async () => {
    const outside = await rig('goc.example')
    expect([await outside.go(), outside.questions]).toEqual(['refused', []])
    const halted = await rig()
    halted.halt('STOP')
    expect([await halted.go(), halted.questions]).toEqual(['refused', []])
    const stopped = await rig()
    const { id } = stopped.run.plan
    await instance.store.commit({ run: id, facts: [{ stream: runStream(id), type: 'RunStopped', data: { by: 'a', reason: 'b' } }] })
    expect([await stopped.go(), stopped.questions]).toEqual(['refused', []])
  })
})

describe('given runs that are under way, and an import', () => {
  it('when it brings news, then they stand in the logs of open runs once, and in no rehearsal', async () => {
    const { store } = instance
    expect(await waitsForCertification(store)).toBe(false)
    const [open, ended, rehearsal] = [
      await runThatWaits(store, 'certified', { rehearsal: false }),
      await runThatWaits(store, 'certified', { rehearsal: false }),
      await runThatWaits(store, 'certified'),
    ]
    await store.commit({ run: ended.plan.id, facts: [{ stream: runStream(ended.plan.id), type: 'RunEnded', data: {} }] })
    // Launched facts bear the machine's time, which is later than the window's.
    const later = Date.now() + HOUR_MS
    const news = { downtimes: [{ ...outage(later + HOUR_MS), declaredMs: later }], certifications: [{ ...certified, changedMs: later }] }
    expect(await waitsForCertification(store)).toBe(true)
    expect(await tellOpenRuns(store, news)).toBe(2)
    expect(await tellOpenRuns(store, news)).toBe(0)
    const seen = async (run: typeof open) => {
      const { facts } = roundsOf(store, run, 'read-gocdb')
      return [...(await facts('DE-ONE')), ...(await facts('FR-TWO'))].map(({ type, data }) => ({ type, data }))
    }
    expect(await seen(open)).toMatchObject([
      { type: 'DowntimeSeen' },
      { type: 'CertificationSeen', data: { before: 'Uncertified', now: 'Certified' } },
    ])
    expect([await seen(ended), await seen(rehearsal)]).toEqual([[], []])
  })
})
