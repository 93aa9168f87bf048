import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Settings } from '../core/config.ts'
import { createReach, optionsOf } from '../core/context.ts'
import { Identity } from '../core/domain/identity.ts'
import type { Prober, SubmitterContext } from '../core/domain/submitter.ts'
import { describeGrid, openPlace, type Place } from './services/grid.ts'

const plugin: Prober = {
  name: 'asks',
  summary: 'Asks nobody',
  serviceTypes: ['example.asks'],
  options: z.strictObject({ port: z.number().int().default(1), server: z.url() }),
  reaches: ({ server }: { server: string }) => [server],
  check: async () => [],
  probe: async () => ({ access: 'unknown', words: '' }),
}
const options = { server: 'https://service.vo.example' }
const attacker = { subject: '/DC=example/CN=Mallory', kind: 'attacker', holder: 'the exercise' }
const endings: (() => unknown)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

function open(settings: Record<string, unknown>, identity: Record<string, unknown> = {}): SubmitterContext {
  const config = { ...Settings.parse(settings), home: '/nowhere', knownHosts: String(settings.knownHosts ?? '/nowhere/known_hosts') }
  const reach = createReach(config)
  endings.push(reach.close)
  return reach.contextOf({
    plugin,
    run: 'r-1',
    identity: Identity.parse({ ...attacker, ...identity }),
    endpoints: ['https://ce.site.example/x'],
    signal: AbortSignal.timeout(20_000),
    log: () => {},
  })
}

async function variables(ctx: SubmitterContext): Promise<Record<string, string>> {
  const { out } = await ctx.run(['env'])
  const pairs = out.split('\n').filter((line) => line.includes('='))
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

describe('what a plug-in gets in its context', () => {
  it("given commands here, then their environment holds the identity's proxy and what the settings name, and nothing of ours", async () => {
    process.env.X509_USER_CERT = '/etc/grid-security/hostcert.pem'
    endings.push(() => delete process.env.X509_USER_CERT)
    const asks = { options, path: ['/opt/grid/bin'], environment: { GLOBUS_HOSTNAME: 'localhost' } }
    const seen = await variables(open({ certificates: '/cas', submitters: { asks } }, { proxyFile: '/p.pem', tokenFile: '/t' }))
    const { PATH, HOME: _home, LANG: _lang, ...rest } = seen
    expect(PATH?.split(':')[0]).toBe('/opt/grid/bin')
    const named = { X509_USER_PROXY: '/p.pem', BEARER_TOKEN_FILE: '/t', X509_CERT_DIR: '/cas', GLOBUS_HOSTNAME: 'localhost' }
    expect(rest).toEqual(named)
  })

  it('given a host that neither the endpoint nor the plug-in names, then no request goes there', async () => {
    const ctx = open({ submitters: { asks: { options } } })
    const get = { method: 'GET', auth: 'none' } as const
    await expect(ctx.request({ ...get, url: 'https://other.example/' })).rejects.toMatchObject({ name: 'PermanentError' })
  })

  it('given a host of nobody, then no shell is opened there', () => {
    const ctx = open({ submitters: { asks: { options } } }, { ssh: { user: 'alice', keyFile: '/key' } })
    expect(() => ctx.at('ssh://other.example')).toThrow(/not a host of this call/)
  })

  it('given options that are wrong, then every mistake is named with its place in config.yaml', () => {
    const settings = Settings.parse({ submitters: { asks: { options: { port: 'x', sever: 'y' } } } })
    expect(() => optionsOf(settings, plugin)).toThrow(/submitters\.asks\.options\.port.*\n.*submitters\.asks\.options\.server/)
  })

  it('given an identity without an account, then a shell on a site is refused in words', () => {
    expect(() => open({ submitters: { asks: { options } } }).at('ssh://ce.site.example')).toThrow(/ssh account/)
  })
})

describe('the hosts that a call reaches', () => {
  it('given a user-interface host and a service of the VO, then the gate is told of all of them', () => {
    const hosts = { ui: { host: 'ui.example', user: 'ssc' } }
    const config = { ...Settings.parse({ hosts, submitters: { asks: { on: 'ui', options } } }), home: '/nowhere', knownHosts: '/nowhere' }
    const told = createReach(config).hostsOf(plugin, 'https://ce.site.example:8443/x')
    expect(told).toEqual(['ce.site.example', 'service.vo.example', 'ui.example'])
  })
})

describeGrid('given commands on a user-interface host', ['sshd'], () => {
  let place: Place
  let sshd: Record<string, string>

  beforeAll(async () => {
    place = await openPlace()
    sshd = await place.start('sshd')
    return () => place.close()
  }, 60_000)

  function onUi(knownHosts: string | undefined): SubmitterContext {
    const ui = { host: '127.0.0.1', port: Number(sshd.SSH_PORT), user: sshd.SSH_USER, keyFile: sshd.SSH_USER_KEY }
    return open(
      { knownHosts, hosts: { ui }, submitters: { asks: { on: 'ui', options } } },
      { proxyFile: '/here.pem', on: { ui: { proxyFile: '/tmp/x509up_u1000' } } },
    )
  }

  it("when one is run, then it runs there, with that host's file of the credential", async () => {
    const ctx = onUi(sshd.SSH_KNOWN_HOSTS)
    expect((await ctx.run(['id', '-un'])).out.trim()).toBe(sshd.SSH_USER)
    expect(await variables(ctx)).toMatchObject({ X509_USER_PROXY: '/tmp/x509up_u1000' })
    const text = await ctx.withFiles({ 'a.jdl': '[ "x" ]' }, async (folder) => (await ctx.run(['cat', `${folder}/a.jdl`])).out)
    expect(text).toBe('[ "x" ]')
  })

  it('when its host key is not known, then nothing is run', async () => {
    await expect(onUi('/nowhere/known_hosts').run(['id'])).rejects.toThrow(/key/)
  })
})
