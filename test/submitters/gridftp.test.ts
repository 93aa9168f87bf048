import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ProbeResult, Prober } from '../../core/domain/submitter.ts'
import { prober as gridftp } from '../../submitters/gridftp/index.ts'
import { type ContextSettings, contextFor } from '../conformance/context.ts'
import { describeGrid, openPlace, type Place } from '../services/grid.ts'
import { freePorts, processesIn } from '../services/process.ts'

const prober: Prober = gridftp
const closers: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describeGrid('given a real GridFTP server', ['gridftp'], () => {
  let place: Place
  let env: Record<string, string>

  beforeAll(async () => {
    place = await openPlace()
    env = await place.start('gridftp')
  })
  afterAll(() => place?.close())
  beforeEach(() => place.run('ca', 'allow', 'user'))

  function contextOf(proxyFile: string, settings: ContextSettings = {}) {
    const made = contextFor(prober, {
      identity: { proxyFile },
      caFolder: env.X509_CERT_DIR ?? '',
      environment: { GLOBUS_HOSTNAME: 'localhost' },
      ...settings,
    })
    closers.push(made.close)
    return made.ctx
  }
  function request(endpoint: string) {
    return { site: 'SITE-ONE', vo: 'ops', identity: env.DN_USER ?? '', endpoint }
  }
  function probe(endpoint: string, proxyFile = env.PROXY_USER ?? '', settings: ContextSettings = {}): Promise<ProbeResult> {
    return prober.probe(request(endpoint), contextOf(proxyFile, settings))
  }
  async function survey(options: Record<string, unknown>, proxyFile = env.PROXY_USER ?? '') {
    const found = await prober.survey?.(request(env.GRIDFTP_URL ?? ''), contextOf(proxyFile, { options }))
    return found?.ok ? found.value.map(({ what, words }) => `${what}: ${words.replace(env.GRIDFTP_DATA ?? '', '')}`).sort() : found
  }
  const url = () => env.GRIDFTP_URL ?? ''

  it('when an identity is mapped, then it is accepted, and the listing proves it in one line', async () => {
    const { access, words } = await probe(url())
    expect([access, words]).toEqual(['accepted', expect.stringMatching(/^the directory was shown: .*hello\.txt/)])
  })

  it('when the endpoint is a bare host and port, then the path of the options is listed', async () => {
    const options = { path: `${env.GRIDFTP_DATA}/open` }
    expect((await probe(`localhost:${env.GRIDFTP_PORT}`, env.PROXY_USER, { options })).words).toContain('notes.txt')
  })

  it('when an identity is not mapped, then it is refused in the words of the server', async () => {
    const { access, words } = await probe(url(), env.PROXY_ATTACKER)
    expect([access, words]).toEqual(['refused', expect.stringMatching(/530.*Could not map .*Mallory Attacker/)])
    expect(words).not.toContain('\n')
  })

  it('when an identity is banned and let in again, then each probe says so', async () => {
    await place.run('ca', 'ban', 'user')
    expect((await probe(url())).access).toBe('refused')
    await place.run('ca', 'allow', 'user')
    expect((await probe(url())).access).toBe('accepted')
  })

  it('when an identity stands in the list of revocations, then it is refused though it is mapped', async () => {
    const { access, words } = await probe(url(), env.PROXY_REVOKED)
    expect([access, words]).toEqual(['refused', expect.stringMatching(/certificate has been revoked.*Rex Revoked/)])
  })

  it('when the credential ran out or is not there, then that is unknown and no ban', async () => {
    const expired = (await place.run('ca', 'expired', 'user')).trim()
    expect(await probe(url(), expired)).toEqual({ access: 'unknown', words: expect.stringMatching(/expired \d+ minutes ago/) })
    expect((await probe(url(), '/nonexistent/proxy')).access).toBe('unknown')
  })

  it('when we do not trust the server, then that is unknown and no ban', async () => {
    const caFolder = mkdtempSync(join(tmpdir(), 'ssc-no-ca-'))
    closers.push(() => rmSync(caFolder, { recursive: true }))
    expect((await probe(url(), env.PROXY_USER, { caFolder })).access).toBe('unknown')
  })

  it('when the directory is missing or forbidden, then the login was accepted all the same', async () => {
    expect(await probe(`${url()}nowhere/`)).toEqual({ access: 'accepted', words: expect.stringContaining('No such file') })
    expect(await probe(`${url()}private/`)).toEqual({ access: 'accepted', words: expect.stringContaining('Permission denied') })
  })

  it('when nobody listens or the host is unknown, then it is unreachable', async () => {
    const [port] = await freePorts(1)
    expect(await probe(`localhost:${port}`)).toEqual({ access: 'unreachable', words: expect.stringContaining('Connection refused') })
    expect((await probe('no-such-host.invalid')).access).toBe('unreachable')
  })

  it('when the server accepts and stays silent, then the probe ends at its deadline and its process is gone', async () => {
    const endpoint = `localhost:${await silentPort()}`
    const begun = performance.now()
    expect((await probe(endpoint, env.PROXY_USER, { signal: AbortSignal.timeout(1_000) })).access).toBe('unreachable')
    expect((await probe(endpoint, env.PROXY_USER, { options: { listingSeconds: 1 } })).access).toBe('unreachable')
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(processesIn(endpoint)).toEqual([])
  })

  it('when the call was given up before, then nothing is asked', async () => {
    expect((await probe(url(), env.PROXY_USER, { signal: AbortSignal.abort() })).access).toBe('unknown')
  })

  it('when it is checked, then nothing is wrong, and a missing proxy or command is named', async () => {
    expect(await prober.check(contextOf(env.PROXY_USER ?? ''))).toEqual([])
    const bare = contextFor(prober, { identity: { subject: '/CN=Nobody' } })
    closers.push(bare.close)
    expect(await prober.check(bare.ctx)).toEqual([expect.stringContaining('/CN=Nobody has no X.509 proxy')])
    const none = contextFor(prober, { environment: { PATH: '/nonexistent' } })
    closers.push(none.close)
    expect((await prober.check(none.ctx)).join()).toContain('globus-url-copy')
  })

  it('when paths are too open, then a survey finds them, and no others', async () => {
    expect(await survey({})).toEqual(['all the world may write: drwxrwxrwt /open/'])
    expect(await survey({ private: [`${env.GRIDFTP_DATA}/shared`, `${env.GRIDFTP_DATA}/private`] })).toEqual([
      'a group may read: -rw-r----- /shared/results.csv',
      'a group may read: drwxr-x--- /shared/',
      'all the world may write: drwxrwxrwt /open/',
    ])
  })

  it('when a name is hostile or too deep, then it is told in one line, escaped, or not at all', async () => {
    const deep = join(env.GRIDFTP_DATA ?? '', 'open', 'a', 'b')
    mkdirSync(deep, { recursive: true })
    closers.push(() => rmSync(join(deep, '..'), { recursive: true }))
    for (const name of ['x"y #\nz', 'b']) {
      writeFileSync(join(deep, name), '')
      chmodSync(join(deep, name), 0o666)
    }
    const told = (await survey({ depth: 4 })) as string[]
    expect(told.filter((one) => one.includes('/open/a/b/'))).toEqual([
      'all the world may write: -rw-rw-rw- /open/a/b/b',
      'all the world may write: -rw-rw-rw- /open/a/b/x"y%20%23%0Az',
    ])
    expect(await survey({ depth: 3 })).toEqual(['all the world may write: drwxrwxrwt /open/'])
    expect(await survey({ depth: 4, mostPaths: 1 })).toEqual([])
  })

  it('when a survey is refused, or the server is silent, then that is no finding', async () => {
    expect(await survey({}, env.PROXY_ATTACKER)).toEqual({ ok: false, transient: false, reason: expect.stringContaining('530') })
    const silent = contextOf(env.PROXY_USER ?? '', { options: { surveySeconds: 1 } })
    const endpoint = `localhost:${await silentPort()}`
    expect(await prober.survey?.(request(endpoint), silent)).toMatchObject({ ok: false, transient: true })
    expect(processesIn(endpoint)).toEqual([])
  })
})

/** A server that takes connections and never says a word. */
async function silentPort(): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  const server: Server = createServer((socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as { port: number }).port
}
