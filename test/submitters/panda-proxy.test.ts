import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Submitter } from '../../core/domain/submitter.ts'
import { submitter as plugin } from '../../submitters/panda/index.ts'
import { contextFor } from '../conformance/context.ts'
import { becomes, submitted } from '../conformance/rig.ts'
import { type Certificates, hasOpenssl, makeCertificates } from '../services/panda/certificates.ts'
import { type Panda, startPanda } from '../services/panda/server.ts'
import { ATTACKER, jobAt, type PandaRig } from './panda-rig.ts'

const submitter: Submitter = plugin
const title = 'given a server behind TLS and an identity with a proxy'

describe.skipIf(!hasOpenssl())(hasOpenssl() ? title : `${title} (missing: openssl)`, () => {
  let folder = ''
  const open: { close(): Promise<void> }[] = []
  let certificates: Certificates
  let panda: Panda

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-panda-tls-'))
    certificates = makeCertificates(folder)
    panda = await startPanda({ tls: certificates.server })
    open.push(panda)
  })
  afterAll(async () => {
    for (const one of open.reverse()) await one.close()
    rmSync(folder, { recursive: true })
  })

  const rigFor = (proxyFile: string, caFolder = certificates.caFolder) => {
    const made = contextFor(submitter, { options: { server: panda.url, auth: 'proxy' }, identity: { proxyFile }, caFolder })
    open.push(made)
    return { submitter, ctx: made.ctx, job: jobAt(panda.url) } as PandaRig
  }

  it('when a job goes in and ends, then that is seen, and no VO is told beside the certificate', async () => {
    const rig = rigFor(certificates.userFile(ATTACKER))
    const outcome = await submitter.submit(rig.job('job-1', 'exit 0\n'), rig.ctx)
    await becomes(rig, outcome.ok ? outcome.value.nativeId : '', 'ended')
    expect(panda.task(outcome.ok ? outcome.value.nativeId : '')?.user).toBe(ATTACKER)
    expect(panda.asked.every(({ headers }) => headers.origin === undefined && headers.authorization === undefined)).toBe(true)
    expect(await submitter.probe?.(rig.job('job-1', ''), rig.ctx)).toMatchObject({ access: 'accepted' })
  })

  it('when it asks with a certificate that the server does not know, then that is neither a ban nor a job', async () => {
    const elsewhere = mkdtempSync(join(folder, 'other-'))
    const { ctx, job } = rigFor(makeCertificates(elsewhere, 'Other CA').userFile(ATTACKER))
    expect(await submitter.probe?.(job('job-2', ''), ctx)).toMatchObject({
      access: 'unknown',
      words: expect.stringContaining('SSL secure'),
    })
    await expect(submitter.submit(job('job-2', ''), ctx)).rejects.toMatchObject({ name: 'TransientError' })
    expect(await submitter.check(ctx)).toEqual([expect.stringContaining('renew its token or proxy')])
  })

  it("when the server's CA is not ours, then nothing is sent and that is no ban", async () => {
    const { ctx, job } = rigFor(certificates.userFile(ATTACKER), mkdtempSync(join(folder, 'empty-')))
    const before = panda.asked.length
    expect(await submitter.probe?.(job('job-3', ''), ctx)).toMatchObject({ access: 'unknown' })
    await expect(submitter.submit(job('job-3', ''), ctx)).rejects.toMatchObject({ name: 'PermanentError' })
    expect(await submitter.check(ctx)).toEqual([expect.stringContaining('does not answer as one')])
    expect(panda.asked).toHaveLength(before)
  })

  it('when there is no file of the proxy, then that is no ban and it may be tried again', async () => {
    const { ctx, job } = rigFor(join(folder, 'missing.pem'))
    expect(await submitter.probe?.(job('job-4', ''), ctx)).toMatchObject({
      access: 'unknown',
      words: expect.stringContaining('missing.pem'),
    })
    await expect(submitter.submit(job('job-4', ''), ctx)).rejects.toMatchObject({ name: 'TransientError' })
  })

  it('when it is banned, then that is a refusal in the words of the server', async () => {
    const rig = rigFor(certificates.userFile('Banned User'))
    const id = await submitted(rig, 'job-5', 'exit 0\n')
    panda.ban('Banned User')
    expect(await submitter.probe?.(rig.job('job-6', ''), rig.ctx)).toEqual({
      access: 'refused',
      words: 'HTTP 403: ERROR : Banned User is banned',
    })
    const answers = await submitter.status([id], rig.ctx)
    expect(answers.get(id)).toMatchObject({ ok: false, transient: false, reason: expect.stringContaining('is banned') })
  })
})
