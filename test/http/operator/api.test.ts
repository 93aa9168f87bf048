import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopRun } from '../../../core/app/stop-run.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Document = { openapi: string; paths: Record<string, Record<string, { operationId: string; responses: Record<string, object> }>> }

describe('the API', () => {
  let rig: Rig
  let csirt: Person
  let run: string
  let site: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Officer One', [{ role: 'csirt' }])
    const events = sampleRun({ seed: 3, sites: 5 })
    run = await putRun(rig.instance, events)
    // What comes after the end of a run changes no phase, and there is a stop to look at.
    await stopRun(rig.instance, { run, by: 'Officer One', reason: 'a test' })
    site = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))[0]!.name
  })
  afterAll(() => rig.close())

  it('given nobody, when its document is asked for, then it names every route, each once', async () => {
    const document = (await (await csirt.get('/api/v1/openapi.json', 'nobody')).json()) as Document
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
    expect(document.openapi).toBe('3.1.1')
    expect([...ids].sort()).toEqual(routes.map(({ name }) => name).sort())
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each(routes.flatMap((route) => (route.kind === 'reading' ? [route] : [])))(
    'given $name, when asked, then what comes is what its schema says, and its page can be shown',
    async (route) => {
      const path = route.path.replace(':run', run).replace(':site', site).replace(':scenario', 'ssc5-regional')
      const answer = await csirt.get(`/api/v1${path === '/' ? '/runs' : path}`, 'token')
      const data = await answer.json()
      expect(answer.status, JSON.stringify(data)).toBe(200)
      const read = route.answer.safeParse(data)
      expect(read.error?.issues ?? []).toEqual([])
      const page = await csirt.get(path)
      const html = await page.text()
      expect(page.status, rig.logged.join('\n')).toBe(200)
      expect(html).toMatch(/<h1>/)
      expect(html).not.toMatch(/undefined|\[object |NaN/)
    },
  )

  it('given a mistake, when it is sent, then every one is named, and nothing is done', async () => {
    const before = await rig.instance.store.heads(run)
    const answer = await csirt.post(`/api/v1/runs/${run}/sites/${site}/verdicts`, { light: 'blue', seen: 'x', reason: '' }, 'token')
    expect(answer.status).toBe(422)
    const { problems } = (await answer.json()) as { problems: string[] }
    expect(problems.map((one) => one.split(':')[0])).toEqual(['expectation', 'light', 'reason', 'seen'])
    expect(await rig.instance.store.heads(run)).toEqual(before)
  })

  it('given two officers who look at one verdict, when both decide, then the second is told of the first', async () => {
    const path = `/api/v1/runs/${run}/sites/${site}`
    const { score } = (await (await csirt.get(path, 'token')).json()) as { score: { scores: { expectation: string }[] } }
    const { expectation } = score.scores[0]!
    const other = await rig.person('Officer Two', [{ role: 'csirt' }])
    const wish = { expectation, light: 'green', reason: 'seen by phone', seen: 0 }
    const answers = await Promise.all([csirt.post(`${path}/verdicts`, wish), other.post(`${path}/verdicts`, { ...wish, light: 'red' })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const refused = answers.find(({ status }) => status === 409)!
    expect(((await refused.json()) as { error: string }).error).toMatch(/Meanwhile Officer (One|Two) decided on it/)
  })

  it('given Prometheus with a token, when it asks, then figures come, and no site is named', async () => {
    const text = await (await csirt.get('/metrics', 'token')).text()
    expect(text).toContain('ssc_runs{phase="ended"} 1')
    expect(text).not.toContain(site)
  })
})
