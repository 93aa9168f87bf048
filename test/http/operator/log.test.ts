import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Log = { count: number; facts: { words: string; type: string }[] }

describe('the logs', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada O’Hara', [{ role: 'csirt' }])
    run = await putRun(rig.instance, sampleRun({ seed: 11, sites: 30 }))
  })
  afterAll(() => rig.close())

  const read = async (person: Person, path: string) => (await (await person.get(`/api/v1${path}`)).json()) as Log

  it('given a run, when its log is read, then it says who planned, approved and launched it; words find their facts alone', async () => {
    const { count, facts } = await read(csirt, `/runs/${run}/log?page=1`)
    expect(count).toBeGreaterThan(facts.length)
    const { facts: launched } = await read(csirt, `/runs/${run}/log?find=LAUNCHED%20the`)
    expect(launched.map(({ words }) => words)).toEqual([expect.stringMatching(/^.+ launched the run$/)])
    const page = await (await csirt.get(`/runs/${run}/log?find=no%20such%20words`)).text()
    expect(page).toContain('0 facts')
  })

  it('given that somebody did something, and something in vain, when the CSIRT asks who did what, then both stand there; others are not let in', async () => {
    const body = { text: 'They phoned <b>twice</b>.', fulfils: '' }
    const site = (await read(csirt, `/runs/${run}`)) as unknown as { rows: { site: string }[] }
    const path = `/api/v1/runs/${run}/sites/${site.rows[0]!.site}/notes`
    expect((await csirt.post(path, body)).status).toBe(200)
    expect((await csirt.post(path, { text: '' })).status).toBe(422)
    const { facts } = await read(csirt, '/audit?find=note')
    expect(facts.slice(0, 2).map(({ words }) => words)).toEqual([
      `Ada O’Hara: note of ${run}, which was refused`,
      `Ada O’Hara: note of ${run}`,
    ])
    expect(await (await csirt.get('/audit')).text()).toContain(`note of ${run}`)
    const officer = await rig.person('Officer North', [{ role: 'ngi', of: 'NGI_DE' }])
    expect((await officer.get('/audit')).status).toBe(403)
  })
})
