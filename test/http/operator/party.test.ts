import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChallengeEvent } from '../../../core/domain/event.ts'
import type { PlannedSite } from '../../../core/domain/plan.ts'
import { answerHash, party, runWithParty } from './party-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Data = { score: { scores: { expectation: string; light: string; outOf: number }[] }; verdicts: Record<string, number> }

describe('the parties of a run', () => {
  let rig: Rig
  let csirt: Person
  let path: string
  let run: string
  let sites: readonly PlannedSite[]

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const made = await runWithParty(rig.instance, { seed: 17, sites: 6 })
    run = made.run
    sites = made.events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))
    path = `/runs/${run}/parties/${party.id}`
  })
  afterAll(() => rig.close())

  const read = async () => (await (await csirt.get(`/api/v1${path}`, 'token')).json()) as Data
  const facts = async (type: ChallengeEvent['type']) =>
    (await rig.instance.store.readStream(`party/${run}/${party.id}`)).filter((event) => event.type === type)

  it('given a CA that answered, when its page is read, then its lights, the correspondence and what happened stand there', async () => {
    const list = await (await csirt.get(`/runs/${run}/parties`)).text()
    expect(list).toContain(`href="${path}"`)
    const { score } = await read()
    expect(score.scores.map(({ light }) => light)).toContain('green')
    const html = await (await csirt.get(path)).text()
    expect(html).toContain(party.name)
    expect(html).toContain(encodeURIComponent(`party:${party.id}`))
    expect(html).toContain('Evidence (')
  })

  it('given a verdict, when two officers decide on what both saw, then the second is told of the first, and nothing of theirs is kept', async () => {
    const { expectation } = (await read()).score.scores[0]!
    const wish = { expectation, light: 'red', reason: 'the list came from elsewhere', seen: 0 }
    expect((await csirt.post(`${path}/verdicts`, wish)).status).toBe(303)
    expect((await read()).verdicts[expectation]).toBe(1)
    const ben = await rig.person('Ben Officer', [{ role: 'csirt' }])
    const late = await ben.post(`${path}/verdicts`, { ...wish, light: 'green', reason: 'I think otherwise' })
    const html = await late.text()
    expect(late.status).toBe(409)
    expect(html).toContain('Ada Officer decided on it')
    // What was typed is still there, in that very form.
    expect(html.match(/<details class="act" open>/g)).toHaveLength(1)
    expect(html).toContain('I think otherwise')
    expect(await facts('ScoreOverridden')).toHaveLength(1)
  })

  it('given a phone call, when it is noted, then it counts; what no party does is refused', async () => {
    expect((await csirt.post(`${path}/notes`, { text: 'They revoked it, by phone', fulfils: 'contained' })).status).toBe(303)
    expect((await facts('OfficerNoted')).map(({ data }) => data)).toMatchObject([{ by: 'Ada Officer', fulfils: 'contained' }])
    const odd = await csirt.post(`${path}/notes`, { text: 'They closed it', fulfils: 'closure' })
    expect([odd.status, await odd.text()]).toEqual([422, expect.stringContaining('heads-up or contained')])
    expect(await facts('OfficerNoted')).toHaveLength(1)
  })

  it('given an answer of theirs, when an officer says that a machine wrote it, then it counts so', async () => {
    expect(await (await csirt.get(path)).text()).toContain(`value="${answerHash}"`)
    expect((await csirt.post(`${path}/judgements`, { mail: answerHash, kind: 'automatic' })).status).toBe(303)
    expect((await facts('MailJudged')).map(({ data }) => data)).toEqual([{ contentHash: answerHash, kind: 'automatic', by: 'Ada Officer' }])
    expect(await (await csirt.get(path)).text()).toContain('so says Ada Officer')
  })

  it('given an officer of one NGI of several, when they look, then there is no party for them, and they are told why', async () => {
    const own = await rig.person('Cy North', [{ role: 'ngi', of: sites[0]!.ngi }])
    expect(new Set(sites.map(({ ngi }) => ngi)).size).toBeGreaterThan(1)
    expect((await own.get(path)).status).toBe(404)
    const list = await own.get(`/runs/${run}/parties`)
    const html = await list.text()
    expect([list.status, html.includes(party.name)]).toEqual([200, false])
    expect(html).toContain('those see them who see all its sites')
  })
})
