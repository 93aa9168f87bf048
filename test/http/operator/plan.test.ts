import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../../core/domain/event.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Before = {
  before: { run: string; isApproved: boolean; changes: { what: string; before: string | null; after: string | null }[] } | null
}

describe('the page of a plan', () => {
  let rig: Rig
  let csirt: Person
  let approved: string
  let planned: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    approved = await putRun(rig.instance, sampleRun({ seed: 41, sites: 6 }))
    const only = (events: Event[]) => events.filter(({ type }) => type === 'RunPlanned')
    planned = await putRun(rig.instance, only(sampleRun({ seed: 42, sites: 7 })))
  })
  afterAll(() => rig.close())

  const read = async (run: string, person = csirt) => (await (await person.get(`/api/v1/runs/${run}/plan`)).json()) as Before

  it('given a plan after one that was approved, when it is read, then what is otherwise stands there with both values', async () => {
    const { before } = await read(planned)
    expect(before).toMatchObject({ run: approved, isApproved: true })
    expect(before!.changes).toEqual(expect.arrayContaining([{ what: 'seed', before: '41', after: '42' }]))
    expect(before!.changes.filter(({ after }) => after === 'takes part')).toHaveLength(1)
    const html = await (await csirt.get(`/runs/${planned}/plan`)).text()
    expect(html).toContain('the plan that was approved before')
  })

  it('given an officer who sees a part of the other plan, when this one is read, then nothing of that one is told', async () => {
    const { sites } = (await (await csirt.get(`/api/v1/runs/${planned}/plan`)).json()) as { sites: { ngi: string }[] }
    const officer = await rig.person('Officer North', [{ role: 'ngi', of: sites[0]!.ngi }])
    expect((await read(planned, officer)).before).toBeNull()
  })
})
