import { createServer, type Server } from 'node:http'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instance } from '../../../core/instance.ts'
import { type OpenOffice, openOffice } from '../../../core/office.ts'
import { openFresh } from '../../app/instance.ts'
import { freePorts } from '../../services/process.ts'

const ENTITLED = 'urn:mace:egi.eu:group:csirt.example:role=member#aai.example'

/** A real provider, whose people sign in by naming themselves. */
function provider(issuer: string, callback: string): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'ssc',
        token_endpoint_auth_method: 'none',
        redirect_uris: [callback],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], entitlements: ['eduperson_entitlement'] },
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: async () => ({ sub, name: `Person ${sub}`, ...(sub === 'officer' && { eduperson_entitlement: [ENTITLED] }) }),
    }),
    features: { devInteractions: { enabled: true } },
  })
}

/** Keeps cookies, and follows the way by hand. */
function createVisitor() {
  const jar = new Map<string, string>()
  const go = async (url: string, form?: Record<string, string>): Promise<{ url: string; status: number; text: string }> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const to = answer.headers.get('location')
    return to === null ? { url, status: answer.status, text: await answer.text() } : go(new URL(to, url).href)
  }
  return { go }
}

describe('a sign-in with OpenID Connect', () => {
  let instance: Instance
  let office: OpenOffice
  let close: () => Promise<void>
  let server: Server

  beforeAll(async () => {
    const fresh = await openFresh()
    close = fresh.close
    const [port = 0, theirs = 0] = await freePorts(2)
    const issuer = `http://localhost:${theirs}`
    server = createServer(provider(issuer, `http://localhost:${port}/sign-in/openid/back`).callback())
    await new Promise<void>((resolve) => server.listen(theirs, '127.0.0.1', resolve))
    const rule = {
      claim: 'eduperson_entitlement',
      value: 'urn:mace:egi.eu:group:*.example:role=member#aai.example',
      grant: { role: 'csirt' as const },
    }
    const oidc = { title: 'Check-in', issuer, clientId: 'ssc', scopes: ['openid', 'profile', 'entitlements'], roles: [rule] }
    instance = { ...fresh.instance, config: { ...fresh.instance.config, oidc, operator: { host: '127.0.0.1', port, trustedProxies: [] } } }
    office = await openOffice(instance, () => {})
  })
  afterAll(async () => {
    await office?.close()
    await new Promise((resolve) => server?.close(resolve))
    await close?.()
  })

  /** Names themselves at the provider, and agrees. */
  async function signIn(who: string) {
    const { go } = createVisitor()
    let at = await go(`${office.where}/sign-in/openid`)
    for (let step = 0; at.text.includes('interaction') && step < 4; step += 1) {
      const action = /action="([^"]+)"/.exec(at.text)?.[1] ?? at.url
      const prompt = /name="prompt" value="(\w+)"/.exec(at.text)?.[1] ?? 'login'
      at = await go(new URL(action, at.url).href, prompt === 'login' ? { prompt, login: who, password: 'x' } : { prompt })
    }
    return { at, go }
  }

  it('given a claim that stands for a role, then they are in, with that role, under the name that the provider gives', async () => {
    const { at } = await signIn('officer')
    expect(at).toMatchObject({ status: 200, url: `${office.where}/` })
    expect(at.text).toContain('Person officer')
    const [account] = await instance.accounts.list()
    expect(account).toMatchObject({ name: 'Person officer', grants: [{ role: 'csirt' }] })
    await signIn('officer')
    expect(await instance.accounts.list()).toHaveLength(1)
  })

  it('given no such claim, then they are told, and have no account', async () => {
    const before = await instance.accounts.list()
    const { at } = await signIn('stranger')
    expect(at.status).toBe(403)
    expect(at.text).toContain('no claim of yours stands for a role')
    expect(await instance.accounts.list()).toEqual(before)
  })

  it('given an answer that was not asked for from this browser, then nobody is let in', async () => {
    const { go } = createVisitor()
    const at = await go(`${office.where}/sign-in/openid/back?code=abc&state=def`)
    expect(at.status).toBe(409)
    expect(at.text).toContain('Begin it again')
  })
})
