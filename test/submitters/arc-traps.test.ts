import { afterEach, describe, expect, it } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import { fate } from '../conformance/bad-cases.ts'
import { answer, jobFor, nativeId, openStub, type Stub, submitter } from './arc-stub.ts'

const open: Stub[] = []

function stubWith(options?: Record<string, unknown>): Stub {
  open.push(openStub(options))
  return open.at(-1)!
}

function throws(error: Error): () => HttpAnswer {
  return () => {
    throw error
  }
}

afterEach(async () => {
  for (const stub of open.splice(0)) await stub.close()
})

const NEW = 'POST /jobs?action=new'

describe('given an A-REX that fails while a job is submitted', () => {
  it('when the script certainly did not arrive, then the job is removed, and the next attempt makes another one', async () => {
    const stub = stubWith()
    stub.faults.push({ to: 'PUT', says: () => answer(500) })
    expect(await submitter.submit(jobFor('job-1'), stub.ctx)).toMatchObject({ ok: false, transient: true })
    expect(stub.asked.slice(-2)).toEqual(['POST /jobs?action=kill', 'POST /jobs?action=clean'])
    expect(stub.jobs).toEqual([])
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('done')
    expect(stub.jobs.map(({ script }) => script)).toEqual(['exit 0\n'])
  })

  it('when such a job cannot be removed, then it is not taken for ours', async () => {
    const stub = stubWith()
    for (const to of ['PUT', 'POST /jobs?action=kill', 'POST /jobs?action=clean'])
      stub.faults.push({ to, says: throws(new TransientError('gone')) })
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('again')
    expect(await submitter.find?.('job-1', stub.ctx)).toBeUndefined()
    expect(await submitter.submit(jobFor('job-1'), stub.ctx)).toEqual({ ok: true, value: { nativeId: nativeId('j1') } })
    expect(stub.jobs.map(({ script }) => script)).toEqual([undefined, 'exit 0\n'])
  })

  it('when the script may have arrived, then it is unsure, and found by its label, and no second is made', async () => {
    const stub = stubWith()
    stub.faults.push({ to: 'PUT', says: throws(new UnsureError('cut off')), after: true })
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('unsure')
    expect(await submitter.find?.('job-1', stub.ctx)).toBe(nativeId('j0'))
    expect(await submitter.submit(jobFor('job-1'), stub.ctx)).toEqual({ ok: true, value: { nativeId: nativeId('j0') } })
    expect(stub.jobs).toHaveLength(1)
  })

  it.each([
    ['cut off', throws(new UnsureError('cut off')), 'unsure'],
    ['a gateway that gives up', () => answer(502, 'Bad Gateway'), 'unsure'],
    ['no JSON', () => answer(201, '<html>'), 'unsure'],
    ['A-REX full', () => answer(500), 'again'],
    ['not sent', throws(new TransientError('no connection')), 'again'],
    ['not let in', () => answer(403), 'no'],
  ] as const)('when the answer to a new job is: %s, then it is told whether there may be one', async (_, says, what) => {
    const stub = stubWith()
    stub.faults.push({ to: NEW, says, after: true })
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe(what)
  })

  it('when a handshake is broken off, then the request is sent once more', async () => {
    const stub = stubWith()
    stub.faults.push({ to: NEW, says: throws(new TransientError('h: unexpected message (ERR_SSL_UNEXPECTED_MESSAGE)')) })
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('done')
    expect(stub.jobs).toHaveLength(1)
  })

  it('when its jobs cannot be listed, then none is made', async () => {
    for (const says of [() => answer(502), () => answer(200, '<html>'), throws(new UnsureError('cut off'))]) {
      const stub = stubWith()
      stub.faults.push({ to: 'GET /jobs', says })
      expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('again')
      expect(stub.jobs).toEqual([])
    }
  })

  it('when the label went to another A-REX before, then it is refused', async () => {
    const stub = stubWith()
    await submitter.submit(jobFor('job-1'), stub.ctx)
    const elsewhere = { ...jobFor('job-1'), endpoint: 'https://other.site.example/arex' }
    expect(await submitter.submit(elsewhere, stub.ctx)).toMatchObject({ ok: false, transient: false })
    expect(stub.jobs).toHaveLength(1)
  })
})

describe('given jobs to look through', () => {
  it('when there are many, then they are asked in chunks, and more than the bound are not', async () => {
    const stub = stubWith({ idsPerCall: 10, mostListed: 25 })
    await submitter.submit(jobFor('job-1'), stub.ctx)
    for (let i = 1; i < 25; i++) stub.jobs.push({ id: `x${i}`, name: `other-${i}`, state: 'RUNNING' })
    stub.asked.length = 0
    expect(await submitter.find?.('job-1', stub.ctx)).toBe(nativeId('j0'))
    expect(stub.asked).toEqual(['GET /jobs', ...Array(3).fill('POST /jobs?action=info')])
    stub.jobs.push({ id: 'x25', name: 'one-more', state: 'RUNNING' })
    await expect(submitter.find?.('job-1', stub.ctx)).rejects.toThrow(/26 jobs/)
  })

  it('when the document of a job has no name yet, then its own notes are read', async () => {
    const stub = stubWith()
    await submitter.submit(jobFor('job-1'), stub.ctx)
    stub.jobs.splice(0, 1, { id: 'a', state: 'ACCEPTED' }, { id: 'b', localName: 'job-1', state: 'ACCEPTED' })
    expect(await submitter.find?.('job-1', stub.ctx)).toBe(nativeId('b'))
  })

  it('when two have the label, then it is unsure which is ours', async () => {
    const stub = stubWith()
    await submitter.submit(jobFor('job-1'), stub.ctx)
    stub.jobs.push({ id: 'twin', name: 'job-1', state: 'RUNNING' })
    await expect(submitter.find?.('job-1', stub.ctx)).rejects.toBeInstanceOf(UnsureError)
    expect(await fate(submitter.submit(jobFor('job-1'), stub.ctx))).toBe('unsure')
  })
})

describe('given bulk calls', () => {
  it('when one chunk fails, then its jobs and those behind it have no state, and nobody is asked in vain', async () => {
    const stub = stubWith({ idsPerCall: 2 })
    stub.jobs.push(...['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, state: 'RUNNING' })))
    stub.faults.push({
      to: 'POST /jobs?action=status',
      says: () => answer(201, '{"job":[{"status-code":"200","id":"a","state":"RUNNING"}]}'),
    })
    stub.faults.push({ to: 'POST /jobs?action=status', says: () => answer(502) })
    const answers = await submitter.status(['a', 'b', 'c', 'd', 'e'].map(nativeId), stub.ctx)
    const said = [...answers.values()].map((one) => (one.ok ? one.value.state : one.transient))
    expect(said).toEqual(['running', 'missing', true, true, true])
    expect(stub.asked.filter((order) => order.endsWith('=status'))).toHaveLength(2)
  })

  it('when a job was killed and its state is still told as running, then it is cancelled', async () => {
    const stub = stubWith()
    stub.jobs.push({ id: 'a', state: 'KILLED', told: 'RUNNING' }, { id: 'b', state: 'RUNNING' })
    const answers = await submitter.status(['a', 'b'].map(nativeId), stub.ctx)
    expect(answers.get(nativeId('a'))).toEqual({ ok: true, value: { state: 'cancelled', native: 'KILLED' } })
    expect(answers.get(nativeId('b'))).toMatchObject({ value: { state: 'running' } })
    stub.faults.push({ to: 'GET /jobs?state', says: () => answer(502) })
    expect((await submitter.status([nativeId('a')], stub.ctx)).get(nativeId('a'))).toMatchObject({ value: { state: 'running' } })
  })

  it('when a job is not over, then A-REX is not told to clean it', async () => {
    const stub = stubWith()
    stub.jobs.push({ id: 'a', state: 'RUNNING' }, { id: 'b', state: 'KILLED' })
    const answers = await submitter.clean?.(['a', 'b', 'c'].map(nativeId), stub.ctx)
    expect([...(answers?.values() ?? [])].map(({ ok }) => ok)).toEqual([false, true, true])
    expect(stub.jobs.map(({ id }) => id)).toEqual(['a'])
  })

  it('when a kill is not carried out, then it may be tried again', async () => {
    const stub = stubWith()
    const says = () => answer(201, '{"job":{"status-code":"505","reason":"Job could not be canceled","id":"a"}}')
    stub.faults.push({ to: 'POST /jobs?action=kill', says })
    const answers = await submitter.cancel?.([nativeId('a')], stub.ctx)
    expect(answers?.get(nativeId('a'))).toEqual({ ok: false, transient: true, reason: '505 Job could not be canceled' })
  })
})

describe('given an access probe', () => {
  const request = jobFor('x')
  it.each([
    ['the list of jobs', () => answer(200), 'accepted'],
    ['not mapped', () => answer(403), 'refused'],
    ['not authenticated', () => answer(401), 'unknown'],
    ['something broken', () => answer(500), 'unknown'],
    ['a revoked certificate', throws(new PermanentError('h: certificate refused: certificate revoked')), 'refused'],
    ['an expired certificate', throws(new PermanentError('h: certificate refused: certificate expired')), 'unknown'],
    ['an unknown CA of ours', throws(new PermanentError('h: certificate refused: unknown ca')), 'unknown'],
    ['a server that we do not trust', throws(new PermanentError('h: the server is not trusted')), 'unknown'],
    ['silence', throws(new UnsureError('no complete answer')), 'unreachable'],
  ] as const)('when it is answered by %s, then that is what it says', async (_, says, access) => {
    const stub = stubWith()
    stub.faults.push({ to: 'GET /jobs', says })
    expect((await submitter.probe?.(request, stub.ctx))?.access).toBe(access)
  })

  it('when nothing could be sent, then it is unreachable only if nobody is there', async () => {
    for (const [isThere, access] of [
      [true, 'unknown'],
      [false, 'unreachable'],
    ] as const) {
      const stub = stubWith()
      stub.faults.push({ to: 'GET /jobs', says: throws(new TransientError('no proxy, or no connection')) })
      if (!isThere) stub.faults.push({ to: 'GET ', says: throws(new TransientError('no connection')) })
      expect((await submitter.probe?.(request, stub.ctx))?.access).toBe(access)
    }
  })
})
