import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildReport } from '../../../core/domain/build-report.ts'
import { challengeStream, type Event } from '../../../core/domain/event.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Data = { version: string; rows: { site: string; ngi: string; light: string; known: number }[] }

describe("a run's board", () => {
  let rig: Rig
  let csirt: Person
  let run: string
  let events: Event[]

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Officer One', [{ role: 'csirt' }])
    events = sampleRun({ seed: 5, sites: 12 })
    run = await putRun(rig.instance, events)
  })
  afterAll(() => rig.close())

  const board = async (person: Person, query = '') => (await (await person.get(`/api/v1/runs/${run}${query}`)).json()) as Data

  it('given a run that ended, when shown, then its lights are those of the report', async () => {
    const report = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
    const lights = Object.fromEntries((await board(csirt)).rows.map(({ site, light, known }) => [site, [light, known]]))
    expect(lights).toEqual(Object.fromEntries(report.sites.map(({ site, overall, coverage }) => [site, [overall, coverage.known]])))
  })

  it('given an officer of an NGI, when they look, then only its sites are there; of a run without them they learn nothing', async () => {
    const { rows } = await board(csirt)
    const { ngi } = rows[0]!
    const own = await rig.person('Officer North', [{ role: 'ngi', of: ngi }])
    const seen = await board(own)
    expect(seen.rows.map(({ site }) => site).sort()).toEqual(
      rows
        .filter((row) => row.ngi === ngi)
        .map(({ site }) => site)
        .sort(),
    )
    const page = await (await own.get(`/runs/${run}`)).text()
    for (const { site } of rows.filter((row) => row.ngi !== ngi)) expect(page).not.toContain(`>${site}<`)
    const foreign = await rig.person('Officer Far', [{ role: 'ngi', of: 'NGI_NOWHERE' }])
    const [there, nowhere] = [await foreign.get(`/api/v1/runs/${run}`), await foreign.get('/api/v1/runs/no-such-run')]
    expect([there.status, nowhere.status]).toEqual([404, 404])
    expect(((await there.json()) as { error: string }).error.replace(run, 'X')).toBe(
      ((await nowhere.json()) as { error: string }).error.replace('no-such-run', 'X'),
    )
  })

  it('given a choice, when shown, then only these rows; of a choice that there is not, it is said which there are', async () => {
    const { rows } = await board(csirt)
    const reds = rows.filter(({ light }) => light === 'red')
    expect(reds.length).toBeGreaterThan(0)
    expect((await board(csirt, '?light=red')).rows.map(({ site }) => site)).toEqual(reds.map(({ site }) => site))
    const wrong = await csirt.get(`/api/v1/runs/${run}?light=blue`)
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('light')])
  })

  it('given a board in a browser, when a fact is written, then the changed row comes; who was away gets what is missing', async () => {
    const { version, rows } = await board(csirt)
    const { site } = rows[0]!
    const listening = await openStream(csirt, `/runs/${run}/live?seen=${version}`)
    const data = { light: 'amber' as const, points: 1, reason: 'seen by phone', by: 'Officer One' }
    const expectation = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' }).sites[0]!.scores[0]!.expectation
    const stream = challengeStream(run, site)
    await rig.instance.store.commit({ run, facts: [{ stream, type: 'ScoreOverridden', data: { ...data, expectation } }] })
    const event = await listening.next()
    expect(event).toMatchObject({ rows: [{ site }] })
    listening.close()
    const back = await openStream(csirt, `/runs/${run}/live`, version)
    expect(await back.next()).toMatchObject({ rows: expect.arrayContaining([expect.objectContaining({ site })]) })
    back.close()
  })

  /** Reads server-sent events, each once. */
  async function openStream(person: Person, path: string, lastId?: string) {
    const ending = new AbortController()
    const headers = { cookie: person.cookie, ...(lastId && { 'last-event-id': lastId }) }
    const answer = await fetch(`${rig.origin}${path}`, { headers, signal: ending.signal })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const next = async (): Promise<{ rows: { site: string; html: string }[] }> => {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const [event, rest] = [text.slice(0, end), text.slice(end + 2)]
          text = rest
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data !== undefined) return JSON.parse(data)
          continue
        }
        const { value, done } = await reader.read()
        if (done) throw new Error('the stream ended')
        text += value
      }
    }
    return { next, close: () => ending.abort() }
  }
})
