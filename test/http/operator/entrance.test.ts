import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disableAccount } from '../../../core/app/admit-person.ts'
import { IDLE_MS } from '../../../core/http/operator/session.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

describe('who comes in', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Officer One', [{ role: 'csirt' }])
    run = await putRun(rig.instance, sampleRun({ seed: 3, sites: 4 }))
  })
  afterAll(() => rig.close())

  it('given a stranger, when a page is asked for, then they are sent to sign in, and of data told in JSON', async () => {
    const page = await csirt.get('/', 'nobody')
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in'])
    const data = await csirt.get('/api/v1/runs', 'nobody')
    expect([data.status, await data.json()]).toEqual([401, { error: 'Sign in first.', problems: [] }])
  })

  it('given a session and a token, when used, then both see the same run; one for the other lets nobody in', async () => {
    for (const by of ['session', 'token'] as const) {
      const { runs } = (await (await csirt.get('/api/v1/runs', by)).json()) as { runs: { run: string }[] }
      expect(runs.map((one) => one.run)).toEqual([run])
    }
    const swapped = await fetch(`${rig.origin}/api/v1/runs`, { headers: { cookie: `ssc=${csirt.token}` } })
    expect(swapped.status).toBe(401)
  })

  it('given a session that was not used for long, when used, then it is over', async () => {
    const idle = await rig.person('Officer Idle', [{ role: 'csirt' }])
    const [login] = (await rig.instance.accounts.logins(idle.account.id)).filter(({ kind }) => kind === 'session')
    await rig.instance.accounts.putLogin({ ...login!, usedMs: Date.now() - IDLE_MS - 1000 })
    expect((await idle.get('/api/v1/runs')).status).toBe(401)
  })

  it('given an account that is closed, when it comes, then it is out at once; the last of the CSIRT stays', async () => {
    const leaving = await rig.person('Officer Two', [{ role: 'csirt' }])
    expect((await leaving.get('/')).status).toBe(200)
    await disableAccount(rig.instance, { account: leaving.account, by: 'Officer One' })
    expect((await leaving.get('/')).status).toBe(303)
    expect((await leaving.get('/api/v1/runs', 'token')).status).toBe(401)
  })

  it('given a name of somebody else that leads here, when a page is asked for, then there is none (DNS rebinding)', async () => {
    const { port } = new URL(rig.origin)
    const status = (host: string) =>
      new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: '/sign-in', headers: { host } }, (answer) => {
          answer.resume()
          resolve([answer.statusCode, answer.headers.location])
        }).on('error', reject)
      })
    expect(await status('evil.example')).toEqual([404, undefined])
    expect(await status(`127.0.0.1:${port}`)).toEqual([307, `${rig.origin}/sign-in`])
  })

  it('given any page, when it comes, then its headers let nothing in from elsewhere', async () => {
    const { headers } = await csirt.get('/')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'; script-src 'self'/)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
