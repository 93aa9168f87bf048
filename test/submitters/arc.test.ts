import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { jobOf } from '../../submitters/arc/endpoint.ts'
import { quoted } from '../../submitters/arc/xrsl.ts'
import { becomes, LONG, submitted } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { describeGrid } from '../services/grid.ts'
import { type ArcRig, closeSite, makeRig, openSite, type Site, submitter } from './arc-rig.ts'

describeGrid('given a real ARC CE', ['arc'], () => {
  let site: Site

  beforeAll(async () => {
    site = await openSite()
  }, 120_000)
  afterAll(async () => {
    if (site !== undefined) await closeSite(site)
  }, 120_000)

  submitterConformance('arc', async () => makeRig(site))

  const withRig = (title: string, test: (rig: ArcRig) => Promise<void>) =>
    it(title, async () => {
      const rig = makeRig(site)
      try {
        await test(rig)
      } finally {
        await rig.close()
      }
    })

  withRig('when a proxy is delegated, then the job runs, and the site has a proxy of the proxy for as long as the job', async (rig) => {
    const ctx = rig.as({ options: { delegation: 'x509' } })
    expect(await submitter.check(ctx)).toEqual([])
    const id = await submitted({ ...rig, ctx }, 'job-1', 'exit 0\n')
    const file = join(site.place.work, 'arc', 'control', `job.${jobOf(id)?.id}.proxy`)
    const pem = readFileSync(file, 'utf8')
    const [delegated, proxy] =
      pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.map((one) => new X509Certificate(one)) ?? []
    expect(delegated?.issuer).toBe(proxy?.subject)
    expect(delegated?.subject.startsWith(`${proxy?.subject}\nCN=`)).toBe(true)
    expect(pem).toMatch(/PRIVATE KEY/)
    expect(pem).not.toContain(keyIn(site.env.PROXY_USER ?? ''))
    const leftMs = Date.parse(delegated?.validTo ?? '') - Date.now()
    expect(leftMs).toBeGreaterThan(3_600_000)
    expect(leftMs).toBeLessThan(3_600_000 + 660_000)
    const verify = ['verify', '-allow_proxy_certs', '-CAfile', site.env.CA_FILE ?? '', '-untrusted', file, file]
    expect((await promisify(execFile)('openssl', verify)).stdout).toContain('OK')
    const { body } = await ctx.request({
      method: 'GET',
      url: `${site.env.ARC_REST}/delegations`,
      auth: 'any',
      headers: { Accept: 'application/json' },
    })
    expect(body).toMatch(/"delegation":\{"id":"\w+"\}/)
    await becomes(rig, id, 'ended')
  })

  withRig('when the proxy cannot sign, then no job is made, and it may be tried again', async (rig) => {
    const proxyFile = (await site.place.run('ca', 'proxy', 'user', '0:05')).trim()
    const ctx = rig.as({ options: { delegation: 'x509' }, identity: { proxyFile } })
    const broken = { ...ctx, identity: { ...ctx.identity!, proxyFile: site.env.CERT_USER ?? '' } }
    expect(await submitter.submit(rig.job('job-1', LONG), broken).catch((error) => error.message)).toMatch(/openssl cannot delegate/)
    expect(await rig.begun('job-1')).toBe(0)
  })

  withRig('when a string of any kind is written in xRSL, then A-REX reads the same', async (rig) => {
    const words = `"" ' $(HOME) $X \\ \\n ()&|+ #*^ <a>=!`
    const body = `&(executable="/bin/true")(jobname=${quoted(words)})`
    const headers = { Accept: 'application/json', 'Content-Type': 'application/rsl' }
    const url = `${site.env.ARC_REST}/jobs`
    const made = await rig.ctx.request({ method: 'POST', url: `${url}?action=new`, auth: 'any', headers, body })
    const id = JSON.parse(made.body).job.id
    const asked = { method: 'POST', url: `${url}?action=info`, auth: 'any', body: JSON.stringify({ job: { id } }) } as const
    // A-REX tells the state alone until it has read the description.
    await vi.waitFor(
      async () => {
        const { body: info } = await rig.ctx.request({ ...asked, headers: { ...headers, 'Content-Type': 'application/json' } })
        expect(JSON.parse(info).job.info_document.ComputingActivity.Name).toBe(words)
      },
      { timeout: 20_000, interval: 200 },
    )
  })

  withRig('when a script holds any text, then the job runs exactly that', async (rig) => {
    const text = `"'$(HOME) \\ \t é ()&|^ #`
    const id = await submitted(rig, 'job-1', `cat <<'END'\n${text}\nEND\n`)
    await becomes(rig, id, 'ended')
    expect(await submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: `${text}\n` })
  })

  it.each([
    ['there is no proxy', { identity: {} }],
    ['the proxy is not there', { identity: { proxyFile: '/nonexistent' } }],
    ['the CA of the server is not known', { caFolder: '/nonexistent' }],
  ])('when %s, then the probe is unknown, and no job is begun', async (_, settings) => {
    const rig = makeRig(site)
    const ctx = rig.as(settings)
    expect((await submitter.probe?.(rig.job('job-1', LONG), ctx))?.access).toBe('unknown')
    await expect(submitter.submit(rig.job('job-1', LONG), ctx)).rejects.toThrow()
    expect(await rig.begun('job-1')).toBe(0)
    await rig.close()
  })
})

/** The middle of a key, which must not be seen anywhere else. */
function keyIn(file: string): string {
  return /PRIVATE KEY-----\n.*\n(.*)\n/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'there is no key'
}
