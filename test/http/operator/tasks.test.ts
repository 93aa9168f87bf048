import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopRun } from '../../../core/app/stop-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'
import { runUnderWay } from './run-under-way.ts'

describe('what agents are told', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    run = await runUnderWay(rig.instance, 31)
  })
  afterAll(() => rig.close())

  const ordered = async (name = run) =>
    (await rig.instance.store.readRun(name)).flatMap((one) =>
      one.type === 'TaskOrdered' ? [[one.stream.split('/')[2], one.data.do, one.data.number, one.data.by]] : [],
    )
  const order = (body: Record<string, unknown>, name = run) => csirt.post(`/runs/${name}/tasks`, body)

  it('given wishes that cannot be, when they are sent, then each says why and no agent is told anything', async () => {
    const cases: [body: Record<string, unknown>, status: number, words: string][] = [
      [{ do: 'mark', number: '1' }, 422, 'tick those whose agents are told'],
      [{ do: 'mark', number: '99', all: 'yes' }, 422, 'a number from 1 to 9'],
      [{ do: 'mark', number: '', all: 'yes' }, 422, 'a number from 1 to 9'],
      [{ do: 'report', number: '3', all: 'yes' }, 422, 'takes no number'],
      [{ do: 'run-this', all: 'yes' }, 422, 'idle'],
      [{ do: 'report', sites: ['SITE-0', 'SITE-9'] }, 422, 'SITE-9 is not in the plan'],
      [{ do: 'move-listener', number: '7', all: 'yes' }, 409, 'was launched with'],
    ]
    for (const [body, status, words] of cases) {
      const answer = await order(body)
      expect([body, answer.status, await answer.text()]).toEqual([body, status, expect.stringContaining(words)])
    }
    expect(await ordered()).toEqual([])
  })

  it('given the same form sent twice, when it is taken, then it is one order; another wish on it is another', async () => {
    const form = { do: 'mark', number: '2', sites: ['SITE-2', 'SITE-0'], once: '0123456789abcdef' }
    for (let n = 0; n < 2; n++) expect((await order(form)).status).toBe(303)
    const marked = ['SITE-0', 'SITE-2'].map((site) => [site, 'mark', 2, 'Ada Officer'])
    expect((await ordered()).sort()).toEqual(marked)
    expect((await order({ ...form, number: '3', sites: 'SITE-0' })).status).toBe(303)
    expect((await ordered()).sort()).toEqual([marked[0], ['SITE-0', 'mark', 3, 'Ada Officer'], marked[1]])
  })

  it('given a page of it, when it is read, then it has what the scenario declared and no more; by the API it can be ordered, too', async () => {
    const html = await (await csirt.get(`/runs/${run}/tasks`)).text()
    const page = (await (await csirt.get(`/api/v1/runs/${run}/tasks`)).json()) as { actions: { do: string }[] }
    for (const { do: action } of page.actions) expect(html).toContain(`value="${action}"`)
    expect(html.match(/type="radio"/g)).toHaveLength(page.actions.length)
    const answer = await csirt.post(`/api/v1/runs/${run}/tasks`, { do: 'report', all: 'yes' }, 'token')
    expect([answer.status, await answer.json()]).toEqual([200, { told: 3 }])
  })

  it('given a run that was stopped, when its agents are to be told something, then they are not', async () => {
    const other = await runUnderWay(rig.instance, 32)
    await stopRun(rig.instance, { run: other, by: 'Ben', reason: 'a test' })
    const answer = await order({ do: 'report', all: 'yes' }, other)
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('told nothing else any more')])
    expect(await (await csirt.get(`/runs/${other}/tasks`)).text()).not.toContain('type="radio"')
    expect(await ordered(other)).toEqual([])
  })
})
