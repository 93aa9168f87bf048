import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopRun } from '../../../core/app/stop-run.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { hashOf } from '../../../core/http/operator/session.ts'
import { Status } from '../../../core/status.ts'
import { knowSite } from './known-site.ts'
import { party, runWithParty } from './party-run.ts'
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
    const made = await runWithParty(rig.instance, { seed: 3, sites: 5 })
    const { events } = made
    run = made.run
    // What comes after the end of a run changes no phase, and there is a stop to look at.
    await stopRun(rig.instance, { run, by: 'Officer One', reason: 'a test' })
    const planned = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))[0]!
    site = planned.name
    await knowSite(rig, planned)
  })
  afterAll(() => rig.close())

  it('given nobody, when its document is asked for, then it names every route, each once', async () => {
    const document = (await (await csirt.get('/api/v1/openapi.json', 'nobody')).json()) as Document
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
    expect(document.openapi).toBe('3.1.1')
    expect([...ids].sort()).toEqual(routes.map(({ name }) => name).sort())
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('given the document, when the schema of OpenAPI 3.1 is held against it, then it is valid, and every reference leads somewhere', async () => {
    const document = await (await csirt.get('/api/v1/openapi.json', 'nobody')).json()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g)].map(([, path = '']) => path.split('/'))
    expect(references.length).toBeGreaterThan(0)
    for (const path of references)
      expect(
        path.reduce((part, name) => part?.[name], document),
        path.join('/'),
      ).toBeDefined()
    expect(await new Validator().validate(document)).toEqual({ valid: true })
  })

  it('given nobody, when the page of the API is opened, then every operation is on it, and no script but our own file', async () => {
    const answer = await csirt.get('/api', 'nobody')
    const html = await answer.text()
    expect(answer.status).toBe(200)
    for (const { name } of routes) expect(html).toContain(`id="${name}"`)
    expect(html).not.toMatch(/undefined|\[object |NaN/)
    expect([...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)).toEqual([expect.stringMatching(/src="\/assets\/\w+\/api\.js"/)])
    expect(html).not.toMatch(/<style| style=| on\w+=/)
  })

  it('given an operation that takes a person, when its part of the page is read, then there is neither a sample for scripts nor a form', async () => {
    const html = await (await csirt.get('/api')).text()
    const part = (id: string) => html.slice(html.indexOf(`id="${id}"`)).split('</details>')[0]!
    expect(part('note')).toMatch(/curl.*class="try/s)
    for (const { name } of routes.filter((route) => route.kind === 'acting' && route.inPerson))
      expect(part(name), name).not.toMatch(/curl|class="try/)
  })

  it.each(routes.flatMap((route) => (route.kind === 'reading' ? [route] : [])))(
    'given $name, when asked, then what comes is what its schema says, and its page can be shown',
    async (route) => {
      const path = route.path
        .replace(':run', run)
        .replace(':site', site)
        .replace(':scenario', 'ssc5-regional')
        .replace(':kind', 'alert')
        .replace(':party', party.id)
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

  it('given a run, when its figures are asked for, then they are what their schema says, and those of the run', async () => {
    const answer = await csirt.get(`/api/v1/runs/${run}/status`, 'token')
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(Status.parse(await answer.json())).toMatchObject({ run, sites: 5, stopped: { by: 'Officer One' } })
  })

  it('given an officer of one NGI, when they ask for the figures, then their own sites are counted, and no other is named', async () => {
    const plan = (await (await csirt.get(`/api/v1/runs/${run}/plan`)).json()) as { sites: { name: string; ngi: string }[] }
    const { ngi } = plan.sites[0]!
    const own = plan.sites.filter((one) => one.ngi === ngi)
    const others = plan.sites.filter((one) => one.ngi !== ngi).map(({ name }) => name)
    const north = await rig.person('Ben North', [{ role: 'ngi', of: ngi }])
    const text = await (await north.get(`/api/v1/runs/${run}/status`, 'token')).text()
    const { sites, lights } = Status.parse(JSON.parse(text))
    expect([sites, Object.values(lights).reduce((sum, n) => sum + n)]).toEqual([own.length, own.length])
    expect(others.length).toBeGreaterThan(0)
    for (const name of others) expect(text).not.toContain(name)
  })

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

  it('given a token that ran out or was withdrawn, when it is used, then it lets nobody in', async () => {
    const one = await rig.person('Officer Three', [{ role: 'csirt' }])
    expect((await one.get('/api/v1/runs', 'token')).status).toBe(200)
    const login = (await rig.instance.accounts.login(hashOf(one.token)))!
    await rig.instance.accounts.putLogin({ ...login, untilMs: rig.instance.clock.wall() })
    expect((await one.get('/api/v1/runs', 'token')).status).toBe(401)
    await rig.instance.accounts.putLogin(login)
    expect((await one.get('/api/v1/runs', 'token')).status).toBe(200)
    expect((await one.post('/api/v1/settings/withdrawals', { id: hashOf(one.token) })).status).toBe(200)
    const refused = await one.get('/api/v1/runs', 'token')
    expect([refused.status, await refused.json()]).toEqual([401, { error: 'Sign in first.', problems: [] }])
  })

  it('given an account that was shut, when its token is used, then it lets nobody in', async () => {
    const one = await rig.person('Officer Four', [{ role: 'csirt' }])
    await rig.instance.accounts.put({ ...one.account, disabledMs: rig.instance.clock.wall() })
    expect((await one.get('/api/v1/runs', 'token')).status).toBe(401)
  })
})

describe('the pace of the API', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await openRig({ reads: { perSecond: 0.2, burst: 3 }, acts: { perSecond: 0.1, burst: 1 } })
  })
  afterAll(() => rig.close())

  it('given a script that asks too fast, when it goes on, then it is told when to come again; others are served', async () => {
    const [one, other] = [await rig.person('Officer One', [{ role: 'csirt' }]), await rig.person('Officer Two', [{ role: 'csirt' }])]
    const answers = await Promise.all([1, 2, 3, 4].map(() => one.get('/api/v1/runs', 'token')))
    const slow = answers.filter(({ status }) => status === 429)
    expect(slow.map(({ headers }) => headers.get('retry-after'))).toEqual(['5'])
    expect((await slow[0]!.json()) as object).toMatchObject({ error: expect.stringMatching(/too much at once/) })
    const zone = { timeZone: 'Europe/Zurich' }
    const acts = [await one.post('/api/v1/settings/time-zone', zone, 'token'), await one.post('/api/v1/settings/time-zone', zone, 'token')]
    expect(acts.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [200, null],
      [429, '10'],
    ])
    expect((await other.get('/api/v1/runs', 'token')).status).toBe(200)
  })
})
