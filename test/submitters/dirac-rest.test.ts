import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../core/domain/reach.ts'
import type { Submitter, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter as dirac } from '../../submitters/dirac/index.ts'
import { becomes, LONG } from '../conformance/rig.ts'
import { insert } from '../services/diracx/answers.ts'
import { setState } from '../services/diracx/states.ts'
import { type Stub, startStub } from '../services/diracx/stub.ts'
import { contexts, IDENTITY, jobThrough } from './dirac-rig.ts'

const submitter: Submitter = dirac
let stub: Stub
let places: ReturnType<typeof contexts>
let ctx: SubmitterContext

beforeEach(async () => {
  ;[stub, places] = [await startStub(), contexts()]
  stub.tokens.set('good', { name: 'mallory', properties: ['NormalUser'] })
  ctx = places.make({
    options: { server: stub.url, sandboxStore: stub.store.url },
    identity: { subject: IDENTITY, tokenFile: places.token('t', 'good') },
  })
})

afterEach(async () => {
  await stub.close()
  await places.close()
})

async function submitted(label: string, script: string): Promise<string> {
  const outcome = await submitter.submit(jobThrough(stub.url)(label, script), ctx)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value.nativeId
}

/** The same context, with an answer of another kind to some requests. */
function answering(pattern: RegExp, answer: Partial<HttpAnswer>): SubmitterContext {
  const request = async (asked: HttpRequest) =>
    pattern.test(`${asked.method} ${asked.url}`) ? { status: 200, headers: {}, body: '', isCut: false, ...answer } : ctx.request(asked)
  return { ...ctx, request }
}

describe('given DiracX', () => {
  it('when more jobs bear a name than a page holds, then all pages are read and the first job counts', async () => {
    stub.isHeld = true
    for (let i = 0; i < 450; i++) insert(stub, { JobName: i === 0 ? 'JOB-1' : 'job-1' }, 'mallory')
    expect(await submitter.find?.('job-1', ctx)).toBe('2')
    expect(stub.requests.filter((one) => one.startsWith('POST /api/jobs/search'))).toEqual(
      [1, 2, 3].map((page) => `POST /api/jobs/search?page=${page}&per_page=200`),
    )
  })

  it('when a page lies behind the last, then that is the end and no fault', async () => {
    const one = JSON.stringify([{ JobID: 7, Status: 'Done', JobName: 'job-1', Owner: 'mallory' }])
    let pages = 0
    const request = async (asked: HttpRequest): Promise<HttpAnswer> => {
      if (!asked.url.includes('/api/jobs/search')) return ctx.request(asked)
      if (++pages === 1) return { status: 206, headers: { 'content-range': 'jobs 0-0/*' }, body: one, isCut: false }
      return { status: 416, headers: {}, body: '[]', isCut: false }
    }
    expect(await submitter.find?.('job-1', { ...ctx, request })).toBe('7')
    expect(pages).toBe(2)
  })

  it('when somebody else has used the name, where a VO shows all jobs to all, then that is not our job', async () => {
    stub.isHeld = true
    stub.isOpen = true
    insert(stub, { JobName: 'job-1' }, 'alice')
    expect(await submitter.find?.('job-1', ctx)).toBeUndefined()
    insert(stub, { JobName: 'job-1' }, 'mallory')
    expect(await submitter.find?.('job-1', ctx)).toBe('2')
  })

  it('when a list of jobs to cancel holds foreign ones, then the own ones are cancelled all the same', async () => {
    stub.tokens.set('other', { name: 'alice', properties: ['NormalUser'] })
    const foreign = String(insert(stub, {}, 'alice').id)
    const id = await submitted('job-1', LONG)
    await becomes({ submitter, ctx }, id, 'running')
    const answers = await submitter.cancel?.([foreign, id], ctx)
    expect([answers?.get(foreign)?.ok, answers?.get(id)?.ok]).toEqual([false, true])
    expect(stub.jobs.get(Number(foreign))?.status).toBe('Received')
  })

  it('when DiracX refuses the list as a whole, then each job is asked for alone', async () => {
    const ids = [await submitted('job-1', LONG), await submitted('job-2', LONG)]
    for (const id of ids) await becomes({ submitter, ctx }, id, 'running')
    const owner = stub.jobs.get(Number(ids[0]))
    // It changes hands between the look and the order.
    const request = async (asked: HttpRequest) => {
      if (asked.method === 'PATCH' && owner) owner.owner = 'alice'
      return ctx.request(asked)
    }
    const answers = await submitter.cancel?.(ids, { ...ctx, request })
    expect(answers?.get(ids[1] ?? '')).toEqual({ ok: true, value: null })
    expect(stub.jobs.get(Number(ids[1]))?.status).toBe('Killed')
    expect(stub.jobs.get(Number(ids[0]))?.status).toBe('Running')
  })

  it('when a change is skipped without a word, then it is not told as done', async () => {
    stub.isHeld = true
    const { id } = insert(stub, {}, 'mallory')
    const answers = await submitter.cancel?.([String(id)], answering(/^PATCH /, { body: '{"success":{"1":{}},"failed":{}}' }))
    expect(answers?.get(String(id))).toEqual({
      ok: false,
      transient: true,
      reason: 'DIRAC did not do it: the job is Received: Job accepted',
    })
  })

  it.each([-7_200_000, 7_200_000])(
    'when its clock is %d ms from ours, then a job can be cancelled and cleaned all the same',
    async (clockMs) => {
      stub.clockMs = clockMs
      const id = await submitted('job-1', LONG)
      await becomes({ submitter, ctx }, id, 'running')
      expect((await submitter.cancel?.([id], ctx))?.get(id)).toEqual({ ok: true, value: null })
      expect(stub.jobs.get(Number(id))?.status).toBe('Killed')
      expect((await submitter.clean?.([id], ctx))?.get(id)).toEqual({ ok: true, value: null })
      await becomes({ submitter, ctx }, id, 'missing')
    },
  )

  it('when a job has no more than requests of DIRAC’s own to wait for, then it has ended, and is not cleaned before they are done', async () => {
    stub.isHeld = true
    const job = insert(stub, {}, 'mallory')
    for (const status of ['Waiting', 'Matched', 'Running', 'Completing', 'Completed'])
      setState(stub, job, { status, minor: 'Pending Requests' })
    await becomes({ submitter, ctx }, String(job.id), 'ended')
    expect((await submitter.cancel?.([String(job.id)], ctx))?.get(String(job.id))).toMatchObject({ ok: true })
    expect((await submitter.clean?.([String(job.id)], ctx))?.get(String(job.id))).toMatchObject({ ok: false, transient: true })
  })

  it('when a job is stalled, then it still counts as running and can be killed', async () => {
    const id = await submitted('job-1', LONG)
    await becomes({ submitter, ctx }, id, 'running')
    const job = stub.jobs.get(Number(id))
    if (job) setState(stub, job, { status: 'Stalled', minor: 'No heartbeat' })
    await becomes({ submitter, ctx }, id, 'running')
    expect((await submitter.cancel?.([id], ctx))?.get(id)).toMatchObject({ ok: true })
  })

  it('when a job ignores signals and is cancelled, then it is ended all the same', async () => {
    const id = await submitted('job-1', "trap '' TERM INT HUP\nwhile :; do sleep 1; done\n")
    await becomes({ submitter, ctx }, id, 'running')
    await submitter.cancel?.([id], ctx)
    await becomes({ submitter, ctx }, id, 'cancelled')
    await vi.waitFor(() => expect(stub.works.size).toBe(0), { timeout: 10_000 })
  })
})

describe('given answers that are no answers', () => {
  it.each([500, 502, 504, 302, 200])('when a submission is answered with %d and no job, then it is unsure', async (status) => {
    const strange = answering(/^POST .*\/api\/jobs\/jdl$/, { status, body: 'Bad Gateway' })
    await expect(submitter.submit(jobThrough(stub.url)('job-1', LONG), strange)).rejects.toThrow(UnsureError)
  })

  it.each([429, 503])('when a submission is answered with %d, then it was not done and may be tried again', async (status) => {
    const busy = answering(/^POST .*\/api\/jobs\/jdl$/, { status, body: '{"detail":"busy"}' })
    expect(await submitter.submit(jobThrough(stub.url)('job-1', LONG), busy)).toEqual({
      ok: false,
      transient: true,
      reason: `HTTP ${status}: busy`,
    })
  })

  it.each(['', 'null', '{}', '[{"JobID":"1","Status":"Done"}]', '[{"JobID":1}]', '['])(
    'when a question is answered with %j, then no job has a state',
    async (body) => {
      const answers = await submitter.status(['1', '2'], answering(/search/, { body }))
      for (const answer of answers.values()) expect(answer).toMatchObject({ ok: false, transient: true })
    },
  )

  it('when the sandbox shall go elsewhere than to the store, then the script is not sent there', async () => {
    const elsewhere = { pfn: 'SB:x|/S3/x', url: 'https://evil.example/take', fields: {} }
    const ours = answering(/\/api\/jobs\/sandbox$/, { body: JSON.stringify(elsewhere) })
    const outcome = await submitter.submit(jobThrough(stub.url)('job-1', LONG), ours)
    expect(outcome).toEqual({ ok: false, transient: false, reason: expect.stringContaining('is not at') })
    expect(stub.jobs.size).toBe(0)
  })

  it('when a token is banned by name, then that is a refusal; when it is only not valid, it is not', async () => {
    const job = jobThrough(stub.url)('job-1', LONG)
    const unauthorised = (detail: string) => submitter.probe?.(job, answering(/search/, { status: 401, body: JSON.stringify({ detail }) }))
    expect(await unauthorised('User mallory is banned')).toMatchObject({ access: 'refused' })
    expect(await unauthorised('Invalid JWT')).toMatchObject({ access: 'unknown', words: 'HTTP 401: Invalid JWT' })
  })

  it('when there is no token file, then a probe says unknown and not unreachable', async () => {
    const bare = places.make({ options: { server: stub.url }, identity: { subject: IDENTITY } })
    expect(await submitter.probe?.(jobThrough(stub.url)('job-1', LONG), bare)).toMatchObject({ access: 'unknown' })
    expect(await submitter.check(bare)).toEqual([expect.stringContaining('no token file')])
  })
})

describe('given the options', () => {
  it.each([
    'http://diracx.example',
    'https://diracx.example/api',
    'https://u:p@diracx.example',
    'ftp://diracx.example',
    'diracx.example',
    '',
  ])('when the server is %j, then it is refused', (server) => expect(dirac.options.safeParse({ server }).success).toBe(false))

  it('when it is right, then jobs go through it, and the store is reached besides', () => {
    const options = dirac.options.parse({ server: 'https://diracx.example/', sandboxStore: 'https://s3.example' })
    expect([dirac.through?.(options), dirac.reaches?.(options)]).toEqual(['https://diracx.example', ['https://s3.example']])
  })
})
