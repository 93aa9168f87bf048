import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heldWork, pauseRun } from '../../../core/app/pause-run.ts'
import { readLaunchedRun } from '../../../core/app/view.ts'
import { hold, submitting, tell } from '../../cli/control-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'
import { runUnderWay } from './run-under-way.ts'

describe('held work', () => {
  let rig: Rig
  let csirt: Person

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
  })
  afterAll(() => rig.close())

  const calls = () => ({ instance: async () => rig.instance })
  const idOf = (run: string, site: string) => `mail.${run}.${site}`

  async function withHeld(seed: number): Promise<string> {
    const run = await runUnderWay(rig.instance, seed)
    for (const site of ['SITE-0', 'SITE-1', 'SITE-2']) await hold(calls(), run, { id: idOf(run, site), kind: 'send-mail', site })
    return run
  }

  it('given work that fell into a pause, when it lasts, then it is shown and nobody can decide; after it each piece can be decided', async () => {
    const run = await withHeld(1)
    const word = { run, by: 'Ben', reason: 'the mail server burns' }
    await pauseRun(rig.instance, { ...word, because: 'officer' })
    const page = await (await csirt.get(`/runs/${run}/held`)).text()
    expect(page).toContain('send-mail (reminder)')
    expect(page).not.toContain('name="decision"')
    const early = await csirt.post(`/runs/${run}/held`, { ids: idOf(run, 'SITE-0'), decision: 'do' })
    expect([early.status, await early.text()]).toEqual([409, expect.stringContaining('still paused')])
    await csirt.post(`/runs/${run}/resume`, { reason: 'the fire is out' })
    expect((await csirt.post(`/runs/${run}/held`, { ids: idOf(run, 'SITE-0'), decision: 'do' })).status).toBe(303)
    expect((await csirt.post(`/runs/${run}/held`, { all: 'yes', shown: [idOf(run, 'SITE-1')], decision: 'drop' })).status).toBe(303)
    expect((await heldWork(rig.instance, run)).map(({ id }) => id)).toEqual([idOf(run, 'SITE-2')])
    const { decisions } = await readLaunchedRun(rig.instance.store, run)
    expect(decisions).toMatchObject({
      [idOf(run, 'SITE-0')]: { go: true, by: 'Ada Officer' },
      [idOf(run, 'SITE-1')]: { go: false, by: 'Ada Officer' },
    })
  })

  it('given a form without a tick, or of work that is held no longer, when it is sent, then nothing is decided and it says so', async () => {
    const run = await withHeld(2)
    const none = await csirt.post(`/runs/${run}/held`, { decision: 'do' })
    expect([none.status, await none.text()]).toEqual([422, expect.stringContaining('tick the work')])
    const unknown = await csirt.post(`/runs/${run}/held`, { ids: [idOf(run, 'SITE-0'), 'no-such'], decision: 'drop' })
    expect([unknown.status, await unknown.text()]).toEqual([422, expect.stringContaining('no-such')])
    expect(await heldWork(rig.instance, run)).toHaveLength(3)
  })

  it('given a real incident, when an officer says so, then the run is frozen and the sites that know of it are told; once', async () => {
    const run = await runUnderWay(rig.instance, 3)
    await tell(calls(), run, 'SITE-0', submitting)
    const unsure = await csirt.post(`/runs/${run}/no-drill`, { reason: 'stolen credentials' })
    expect([unsure.status, await unsure.text()]).toEqual([422, expect.stringContaining('tick the box')])
    const freeze = () => csirt.post(`/api/v1/runs/${run}/no-drill`, { reason: 'stolen credentials', sure: 'yes' })
    const frozen = await freeze()
    expect([frozen.status, await frozen.json()]).toEqual([200, { told: 1 }])
    const { pauses } = await readLaunchedRun(rig.instance.store, run)
    expect(pauses).toMatchObject([{ because: 'real incident', by: 'Ada Officer', reason: 'stolen credentials' }])
    expect((await freeze()).status).toBe(409)
    expect(await (await csirt.get(`/runs/${run}`)).text()).not.toContain('A real incident comes first')
  })
})
