import { createHmac } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { batchHeartbeats } from '../../core/app/take-heartbeat.ts'
import { TransientError } from '../../core/domain/errors.ts'
import { HeartbeatBody, refusals } from '../../core/domain/heartbeat.ts'
import { type AgentParts, createListener } from '../../core/http/listener.ts'
import type { Heartbeat, HeartbeatAnswer, HeartbeatWord, Store } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const apps: FastifyInstance[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const token = (job: string) => createHmac('sha256', 'master').update(job).digest('hex')
const plain = { job: 'job-1', sequence: 1, host: 'wn1.example', pid: 7, at: '2027-01-11T08:00:00Z' }

function sign(body: string | Buffer, job = 'job-1'): string {
  return createHmac('sha256', Buffer.from(token(job), 'hex'))
    .update(body)
    .digest('hex')
}

function listener(answer: HeartbeatWord | HeartbeatAnswer | Error = 'go on', parts: Partial<AgentParts> = {}) {
  const taken: Heartbeat[] = []
  const take = async (beat: Heartbeat) => {
    taken.push(beat)
    if (answer instanceof Error) throw answer
    return typeof answer === 'string' ? { word: answer } : answer
  }
  const app = createListener({ take, token, stopLine: async (run) => `ssc-stop 1 ${run} c2ln`, ...parts })
  apps.push(app)
  return { app, taken }
}

async function post(app: FastifyInstance, body: string | Buffer, headers: Record<string, string> = {}) {
  const given = { 'content-type': 'application/json', 'x-ssc-signature': sign(body), ...headers }
  const response = await app.inject({ method: 'POST', url: '/v1/heartbeat', headers: given, payload: body })
  return { status: response.statusCode, text: response.body, headers: response.headers }
}

describe('given a signed heartbeat', () => {
  const task = 'ssc-task 1 job-1 1 1800000000 idle - c2ln'
  it.each<[HeartbeatAnswer | Error, number, string]>([
    [{ word: 'go on' }, 200, 'go on'],
    [{ word: 'go on', task }, 200, task],
    [{ word: 'repeated' }, 200, 'go on'],
    [{ word: 'repeated', task }, 200, task],
    [{ word: 'stop', run: 'r1' }, 200, 'ssc-stop 1 r1 c2ln'],
    [{ word: 'stop' }, 503, 'later'],
    [{ word: 'old' }, 409, 'old'],
    [{ word: 'unknown' }, 403, 'no'],
    [new TransientError('the queue is full'), 503, 'later'],
    [new Error('secret inside'), 503, 'later'],
  ])('when the use case says %o, then the answer is %i %s', async (answer, status, text) => {
    const { app, taken } = listener(answer)
    expect(await post(app, JSON.stringify({ ...plain, farewell: 'signal' }))).toMatchObject({ status, text })
    expect(taken).toEqual([{ job: 'job-1', sequence: 1, host: 'wn1.example', pid: 7, farewell: 'signal' }])
  })

  it('when it is the biggest that there can be, then it is taken whole', async () => {
    const report = { uid: '4'.repeat(10), batchJob: 'b'.repeat(200), folder: 'f'.repeat(300) }
    const result = { task: 2 ** 52, outcome: 'refused', why: 'not declared', number: 9_999, report } as const
    const most = 2 ** 31 - 1
    const { at: _, ...beat } = {
      ...plain,
      job: 'j'.repeat(200),
      host: 'h'.repeat(200),
      sequence: most,
      pid: most,
      farewell: 'expired' as const,
      result,
    }
    expect(refusals.every((why) => why.length <= result.why.length)).toBe(true)
    const { app, taken } = listener()
    const body = JSON.stringify({ ...beat, at: plain.at })
    expect(HeartbeatBody.safeParse(JSON.parse(body)).success).toBe(true)
    expect(await post(app, body, { 'x-ssc-signature': sign(body, beat.job) })).toMatchObject({ status: 200, text: 'go on' })
    expect(taken).toEqual([beat])
  })

  it('when it is not yet committed, then it is not answered', async () => {
    let commit: ((answer: HeartbeatAnswer) => void) | undefined
    const { app } = listener('go on', { take: () => new Promise((resolve) => (commit = resolve)) })
    let isAnswered = false
    const answered = post(app, JSON.stringify(plain)).then((answer) => {
      isAnswered = true
      return answer
    })
    await vi.waitFor(() => expect(commit).toBeDefined(), { timeout: 10_000 })
    expect(isAnswered).toBe(false)
    commit?.({ word: 'stop', run: 'r1' })
    expect(await answered).toMatchObject({ status: 200, text: 'ssc-stop 1 r1 c2ln' })
  })
})

describe('given a heartbeat that is not signed by its job', () => {
  const body = JSON.stringify(plain)
  const wrong = { none: '', short: 'ab', 'not hex': 'z'.repeat(64), another: sign(body, 'job-2'), 'of other bytes': sign(`${body} `) }

  it.each(Object.entries(wrong))('when the signature is %s, then the answer is that for an unknown job', async (_, signature) => {
    const { app, taken } = listener()
    const refused = await post(app, body, { 'x-ssc-signature': signature })
    expect(taken).toEqual([])
    const unknown = await post(listener('unknown').app, body)
    const { date: _1, ...headers } = refused.headers
    const { date: _2, ...others } = unknown.headers
    expect({ ...refused, headers }).toEqual({ ...unknown, headers: others })
    expect(refused).toMatchObject({ status: 403, text: 'no' })
  })

  it('when the JSON is the same but its bytes are not, then the bytes decide', async () => {
    const spaced = JSON.stringify(plain, null, 1)
    const { app, taken } = listener()
    expect(await post(app, spaced, { 'x-ssc-signature': sign(body) })).toMatchObject({ status: 403, text: 'no' })
    expect(taken).toEqual([])
    expect(await post(app, spaced)).toMatchObject({ status: 200 })
  })

  it('when one bit of the body or the signature is turned, then it is refused', async () => {
    const { app, taken } = listener()
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const bytes = Buffer.from(body)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        const { status } = await post(app, bytes, { 'x-ssc-signature': sign(body) })
        expect([400, 403]).toContain(status)
      }),
      { numRuns: 100 },
    )
    expect(taken).toEqual([])
  })
})

describe('given a malformed request', () => {
  it.each<[string, unknown]>([
    ['an unknown field', { ...plain, more: 1 }],
    ['a missing field', { ...plain, pid: undefined }],
    ['a number as text', { ...plain, sequence: '1' }],
    ['sequence 0', { ...plain, sequence: 0 }],
    ['a huge sequence', { ...plain, sequence: 2 ** 31 }],
    ['a fraction', { ...plain, pid: 1.5 }],
    ['a strange job', { ...plain, job: '../../etc' }],
    ['a job with a new line', { ...plain, job: 'job-1\n' }],
    ['a long host', { ...plain, host: 'a'.repeat(201) }],
    ['markup as host', { ...plain, host: '<b>' }],
    ['a strange farewell', { ...plain, farewell: 'bored' }],
    ['null', null],
    ['an array', [plain]],
  ])('when it has %s, then it is 400 though signed', async (_, value) => {
    const { app, taken } = listener()
    expect(await post(app, JSON.stringify(value))).toMatchObject({ status: 400, text: 'malformed' })
    expect(taken).toEqual([])
  })

  it('when it is any bytes, then it is 400 and nothing comes back', async () => {
    const { app, taken } = listener()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
        expect(await post(app, Buffer.from(bytes))).toMatchObject({ status: 400, text: 'malformed' })
      }),
      { numRuns: 100 },
    )
    expect(taken).toEqual([])
  })

  it.each<[string, number, string | Buffer, Record<string, string>]>([
    ['a body over 2 KiB', 413, JSON.stringify({ ...plain, host: 'a'.repeat(2_048) }), {}],
    ['a compressed body', 415, gzipSync(JSON.stringify(plain)), { 'content-encoding': 'gzip' }],
    ['another type', 415, 'job=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an empty body', 400, '', {}],
  ])('when it is %s, then it is %i', async (_, status, body, headers) => {
    const { app, taken } = listener()
    expect((await post(app, body, headers)).status).toBe(status)
    expect(taken).toEqual([])
  })

  it('when it asks for anything else, then it is 404, and /health is ok', async () => {
    const { app } = listener()
    expect((await app.inject({ url: '/health' })).body).toBe('ok')
    for (const url of ['/', '/v1/heartbeat', '/v1/heartbeat/', `/${'a'.repeat(3_000)}`, '/%2e%2e/x'])
      expect(await app.inject({ url })).toMatchObject({ statusCode: 404, body: 'not found' })
  })
})

describe('given the real store', () => {
  const clock = { now: () => 1_000, wall: Date.now }
  const withJobs = (body: (store: Store) => Promise<void>) =>
    withStore(async ({ store }) => {
      const jobs = ['job-1', 'job-2'].map((job) => ({ job, run: 'r1', stream: `challenge/r1/${job}` }))
      await store.commit({ run: 'r1', jobs })
      await body(store)
    }, clock)

  function beat(app: FastifyInstance, change: Record<string, unknown>) {
    const body = JSON.stringify({ ...plain, ...change })
    return post(app, body, { 'x-ssc-signature': sign(body, String(change.job ?? 'job-1')) })
  }

  it('when jobs beat, are told to stop and say farewell, then the log has it', () =>
    withJobs(async (store) => {
      const { app } = listener('go on', { take: batchHeartbeats(store, clock) })
      const answers = [
        await beat(app, { sequence: 1 }),
        await beat(app, { sequence: 2 }),
        await beat(app, { sequence: 2 }),
        await beat(app, { sequence: 1 }),
        await beat(app, { job: 'job-3' }),
      ]
      expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(['200 go on', '200 go on', '200 go on', '409 old', '403 no'])
      await store.commit({ run: 'r1', stopJobs: ['challenge/r1/job-1'] })
      expect(await beat(app, { sequence: 3 })).toMatchObject({ status: 200, text: 'ssc-stop 1 r1 c2ln' })
      expect(await beat(app, { sequence: 4, farewell: 'told' })).toMatchObject({ status: 200 })
      const events = await store.readStream('challenge/r1/job-1')
      expect(events.map((event) => [event.type, event.data])).toEqual([
        ['AgentSeen', { host: 'wn1.example', pid: 7 }],
        ['AgentStopped', { reason: 'told' }],
      ])
      expect(await store.readStream('challenge/r1/job-3')).toEqual([])
    }))

  it('when one job beats many times at once, then none is lost or taken for a replay', () =>
    withJobs(async (store) => {
      const { app } = listener('go on', { take: batchHeartbeats(store, clock) })
      const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => beat(app, { job: 'job-2', sequence: i + 1 })))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      const row = (await store.liveness('r1')).find((one) => one.job === 'job-2')
      expect(row).toMatchObject({ count: 30, state: 'alive' })
    }))
})
