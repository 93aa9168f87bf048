import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { challengeStream } from '../../../core/domain/event.ts'
import type { PlannedSite } from '../../../core/domain/plan.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Rig } from './rig.ts'

type Answer = { count: number; failed: number; letters: { who: string; mail: string; state: string }[] }

describe('the letters of a run', () => {
  let rig: Rig
  let run: string
  let sites: readonly PlannedSite[]

  beforeAll(async () => {
    rig = await openRig()
    const events = sampleRun({ seed: 3, sites: 6 })
    sites = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))
    run = await putRun(rig.instance, events)
    const letter = { mail: 'question', letter: 'question-1', role: 'site' } as const
    const data = { ...letter, effect: 'e', by: 'other side', reason: '550 <b>nobody</b> of that name' } as const
    await rig.instance.store.commit({ run, facts: [{ stream: challengeStream(run, sites[0]!.name), type: 'MailRefused', data }] })
  })
  afterAll(() => rig.close())

  it('given an officer of the CSIRT, when they look, then each letter stands with what became of it; what failed can be had alone', async () => {
    const csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const all = (await (await csirt.get(`/api/v1/runs/${run}/letters`)).json()) as Answer
    expect(new Set(all.letters.map(({ who }) => who)).size).toBe(6)
    expect(all.letters.find(({ mail }) => mail === 'question')).toMatchObject({ who: sites[0]!.name, state: 'refused' })
    const some = (await (await csirt.get(`/api/v1/runs/${run}/letters?show=failed`)).json()) as Answer
    expect([some.letters.length, some.count]).toEqual([all.failed, all.count])
    expect(some.letters.every(({ state }) => ['refused', 'unsure', 'came back'].includes(state))).toBe(true)
    const html = await (await csirt.get(`/runs/${run}/letters?show=failed`)).text()
    expect(html).toContain('550 &lt;b&gt;nobody&lt;/b&gt; of that name')
    expect(html).toContain(`<a href="/runs/${run}/sites/${sites[0]!.name}">`)
  })

  it('given a choice, when it is shown, then these letters alone; of many a page shows a part, and leads to the rest', async () => {
    const csirt = await rig.person('Cleo Officer', [{ role: 'csirt' }])
    const chosen = (await (await csirt.get(`/api/v1/runs/${run}/letters?kind=alert&find=${sites[1]!.name.toLowerCase()}`)).json()) as Answer
    expect(chosen.letters.map(({ who, mail }) => [who, mail])).toEqual([[sites[1]!.name, 'alert']])
    const many = await putRun(rig.instance, sampleRun({ seed: 5, sites: 150 }))
    const { letters } = (await (await csirt.get(`/api/v1/runs/${many}/letters`)).json()) as Answer
    const [first, second] = await Promise.all([1, 2].map(async (page) => (await csirt.get(`/runs/${many}/letters?page=${page}`)).text()))
    const rowsOf = (html: string) => html.split('<tr><th scope="row">').length - 1
    expect(letters.length).toBeGreaterThan(200)
    expect([rowsOf(first!), rowsOf(second!)]).toEqual([200, Math.min(200, letters.length - 200)])
    expect(first).toMatch(/page(=|&#x3D;)2/)
  })

  it('given an officer of one NGI, when they look, then the letters of its own sites are there, and no others', async () => {
    const { ngi } = sites[0]!
    const own = sites.filter((one) => one.ngi === ngi).map(({ name }) => name)
    const north = await rig.person('Ben North', [{ role: 'ngi', of: ngi }])
    const { letters } = (await (await north.get(`/api/v1/runs/${run}/letters`)).json()) as Answer
    expect([...new Set(letters.map(({ who }) => who))].sort()).toEqual(own.sort())
  })
})
