import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isSame } from '../../../core/http/operator/cookies.ts'
import { IDLE_MS, LONGEST_MS, openSessions } from '../../../core/http/operator/session.ts'
import type { Instance } from '../../../core/instance.ts'
import { openFresh } from '../../app/instance.ts'

/** Real sessions behind three addresses of their own: in, who and out; the time is told by the test. */
describe.each([true, false])('sessions, over TLS: %s', (isSecure) => {
  let instance: Instance
  let close: () => Promise<void>
  let app: FastifyInstance
  let now = 1_800_000_000_000
  const name = isSecure ? '__Host-ssc' : 'ssc'

  beforeAll(async () => {
    const fresh = await openFresh()
    instance = fresh.instance
    close = fresh.close
    await instance.accounts.put({ id: 'a-1', name: 'Ada', grants: [{ role: 'csirt' }], createdMs: 1, joinedMs: 2 })
    const sessions = openSessions({ accounts: instance.accounts, clock: { wall: () => now }, isSecure })
    app = Fastify()
    await app.register(cookie)
    app.post('/in', async (request, reply) => {
      await sessions.open({ request, reply }, 'a-1', 'a browser')
      return {}
    })
    app.post('/out', async (request, reply) => {
      await sessions.end(request, reply)
      return {}
    })
    app.get('/who', async (request) => (await sessions.viewerOf(request))?.account.name ?? 'nobody')
    await app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await app?.close()
    await close?.()
  })
  beforeEach(() => {
    now += 30 * 86_400_000
  })

  const ask = (method: string, path: string, secret?: string) =>
    fetch(new URL(path, app.listeningOrigin), { method, ...(secret !== undefined && { headers: { cookie: `${name}=${secret}` } }) })
  const who = async (secret: string) => (await ask('GET', '/who', secret)).text()
  const signIn = async (secret?: string) => {
    const told = (await ask('POST', '/in', secret)).headers.get('set-cookie') ?? ''
    return { told, secret: new RegExp(`^${name}=([^;]*)`).exec(told)?.[1] ?? '' }
  }

  it('given that somebody comes in, then the cookie is for this host alone, out of reach of scripts and other sites, and 256 bits long', async () => {
    const { told, secret } = await signIn()
    const flags = told.split('; ').slice(1).sort()
    expect(flags).toEqual(['HttpOnly', `Max-Age=${LONGEST_MS / 1000}`, 'Path=/', 'SameSite=Lax', ...(isSecure ? ['Secure'] : [])].sort())
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(await who(secret)).toBe('Ada')
    expect(JSON.stringify(await instance.accounts.logins('a-1'))).not.toContain(secret)
  })

  it('given a cookie that somebody planted, or a session from before, when one comes in, then neither lets anybody in afterwards', async () => {
    const planted = 'x'.repeat(43)
    const first = await signIn(planted)
    expect(first.secret).not.toBe(planted)
    expect(await who(planted)).toBe('nobody')
    const second = await signIn(first.secret)
    expect([await who(first.secret), await who(second.secret)]).toEqual(['nobody', 'Ada'])
  })

  it('given a session, when its person signs out, then the secret is worth nothing, wherever it was copied to', async () => {
    const { secret } = await signIn()
    const out = (await ask('POST', '/out', secret)).headers.get('set-cookie') ?? ''
    expect(out).toMatch(new RegExp(`^${name}=; .*Expires=Thu, 01 Jan 1970`))
    expect(await who(secret)).toBe('nobody')
  })

  it('given a session in use, then it lives from use to use, and ends after its longest time all the same', async () => {
    const { secret } = await signIn()
    const begun = now
    while (now + IDLE_MS / 2 < begun + LONGEST_MS) {
      now += IDLE_MS / 2
      expect(await who(secret)).toBe('Ada')
    }
    now = begun + LONGEST_MS
    expect(await who(secret)).toBe('nobody')
  })

  it('given a session that nobody used for long, then it is over', async () => {
    const { secret } = await signIn()
    now += IDLE_MS + 1
    expect(await who(secret)).toBe('nobody')
  })
})

describe('the comparison of secrets', () => {
  it('given any two texts, then they are the same when they are, whatever their lengths and letters; nothing is nobody’s', () => {
    const token = 'a1'.repeat(32)
    expect(isSame(token, token)).toBe(true)
    for (const other of ['', token.slice(1), `${token}a`, token.replace('a', 'b'), `é${token.slice(1)}`, '🔥'.repeat(32)])
      expect(isSame(token, other), other).toBe(false)
    expect(isSame('', '')).toBe(false)
  })
})
