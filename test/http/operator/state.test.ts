import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DOWN } from '../../../core/app/watch-ourselves.ts'
import { runStream } from '../../../core/domain/event.ts'
import { openRig, type Person, type Rig } from './rig.ts'
import { runUnderWay } from './run-under-way.ts'

type State = {
  findings: { what: string; problem: string | null }[]
  aliveMs: number | null
  runs: object[]
  down: object[]
  outages: object[]
}

describe('the state of the instance', () => {
  let rig: Rig
  let csirt: Person

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
  })
  afterAll(() => rig.close())

  it('given no mail server, when it is looked at, then that is said and what to do, and all else is good', async () => {
    const { findings, aliveMs } = (await (await csirt.get('/api/v1/state')).json()) as State
    const wrong = findings.filter(({ problem }) => problem !== null)
    expect(wrong.map(({ what }) => what)).toEqual(['mail server'])
    expect(wrong[0]!.problem).toContain('smtp')
    expect(findings.length).toBeGreaterThan(15)
    expect(aliveMs).toBeNull()
    const html = await (await csirt.get('/state')).text()
    expect(html).toContain('the engine turned last never')
    expect(await (await csirt.get('/settings')).text()).toContain('href="/state"')
  })

  it('given a listener that is down, and an outage that is over, when it is looked at, then both stand there with their times', async () => {
    const { store } = rig.instance
    const run = await runUnderWay(rig.instance, 51)
    const [fromMs, untilMs] = [Date.parse('2027-01-11T10:00Z'), Date.parse('2027-01-11T11:00Z')]
    await store.putDocument(DOWN, { 'listener https://a.example': fromMs })
    const data = { fromMs, untilMs, what: 'the mail server did not answer' }
    await store.commit({ run, facts: [{ stream: runStream(run), type: 'OutageRecorded', data }] })
    const state = (await (await csirt.get('/api/v1/state')).json()) as State
    expect(state.down).toEqual([{ what: 'listener https://a.example', sinceMs: fromMs }])
    expect(state.outages).toEqual([{ run, ...data }])
    const html = await (await csirt.get('/state')).text()
    expect(html).toMatch(/Does not answer since <time[^>]*>2027-01-11 10:00/)
    expect(html).toContain('the mail server did not answer')
  })

  it('given an officer of an NGI, when they ask, then it is not theirs', async () => {
    const officer = await rig.person('Officer North', [{ role: 'ngi', of: 'NGI_DE' }])
    expect((await officer.get('/state')).status).toBe(403)
    expect(await (await officer.get('/settings')).text()).not.toContain('href="/state"')
  })
})
