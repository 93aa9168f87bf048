import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRaw, openProxy, type RigProxy } from './proxy-rig.ts'
import { openRig, type Rig } from './rig.ts'

const HOST = 'officers.ssc.example'
const entrance = { perSecond: 0.001, burst: 3 }

describe.each([
  ['trusted', ['127.0.0.1']],
  ['trusted by its network', ['127.0.0.0/8']],
])('behind a proxy that is %s', (_, trustedProxies) => {
  let rig: Rig
  let proxy: RigProxy

  beforeAll(async () => {
    rig = await openRig({ entrance }, { url: `https://${HOST}`, trustedProxies })
    proxy = await openProxy(rig.port, HOST)
  })
  afterAll(async () => {
    await proxy?.close()
    await rig?.close()
  })

  const go = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`http://127.0.0.1:${proxy.port}${path}`, { method, headers, redirect: 'manual' })

  it('given a person, when they come through it, then the pages are at their own address, and what is asked for goes over TLS alone', async () => {
    const { cookie, form } = await rig.person('Ada', [{ role: 'csirt' }])
    expect(cookie).toMatch(/^__Host-ssc=/)
    const page = await go('/', { 'x-test-client': '203.0.113.1', cookie })
    expect([page.status, page.headers.get('strict-transport-security')]).toEqual([200, 'max-age=31536000'])
    const headers = { 'x-test-client': '203.0.113.1', cookie, 'x-ssc-form': form, 'content-type': 'application/x-www-form-urlencoded' }
    const change = (origin: string) =>
      fetch(`http://127.0.0.1:${proxy.port}/settings/time-zone`, {
        method: 'POST',
        headers: { ...headers, origin },
        body: 'timeZone=Europe/Zurich',
        redirect: 'manual',
      })
    expect((await change('http://officers.ssc.example')).status).toBe(403)
    const changed = await change(`https://${HOST}`)
    expect(changed.status).toBe(303)
    expect(changed.headers.get('set-cookie')).toMatch(/^__Host-ssc-said=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  })

  it('given one client that tries too often, when another one comes, then they are let try; a forged word of the first does not help it', async () => {
    const tries = async (client: string, more: Record<string, string> = {}) =>
      (await go('/sign-in', { 'x-test-client': client, ...more })).status
    for (let n = 0; n < entrance.burst; n += 1) expect(await tries('203.0.113.7')).toBe(200)
    expect(await tries('203.0.113.7')).toBe(429)
    expect(await tries('203.0.113.7', { 'x-forwarded-for': '198.51.100.9' })).toBe(429)
    expect(await tries('203.0.113.8')).toBe(200)
  })
})

describe('behind a proxy that config.yaml does not name', () => {
  let rig: Rig
  let proxy: RigProxy

  beforeAll(async () => {
    rig = await openRig({ entrance }, { url: `https://${HOST}`, trustedProxies: ['192.0.2.1'] })
    proxy = await openProxy(rig.port, HOST)
  })
  afterAll(async () => {
    await proxy?.close()
    await rig?.close()
  })

  it('given its words, when a page is asked for, then its host is not believed', async () => {
    const page = await fetch(`http://127.0.0.1:${proxy.port}/sign-in`, { headers: { 'x-test-client': '203.0.113.1' } })
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining(`These pages are at https://${HOST}`)])
  })

  it('given that it names another client each time, when many come, then all of them are one address', async () => {
    const statuses: unknown[] = []
    for (let n = 0; n < entrance.burst + 2; n += 1)
      statuses.push((await askRaw(rig.port, '/sign-in', { host: HOST, 'x-forwarded-for': `203.0.113.${n}` })).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
  })

  it('given who watches, when asked by address, then it is told whether all is well, and nothing else', async () => {
    for (const path of ['/health', '/ready']) {
      const answer = await fetch(`http://127.0.0.1:${rig.port}${path}`)
      expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
    }
  })
})
