import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { signedLine, stopPath, stopText } from '../../core/domain/task.ts'
import { type AgentParts, createListener } from '../../core/http/listener.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const line = signedLine(stopText('r1'), 'c2ln')
const token = (job: string) => createHmac('sha256', 'master').update(job).digest('hex')

function listener(parts: Partial<AgentParts> = {}) {
  const app = createListener({ take: async () => ({ word: 'stop', run: 'r1' }), token, stopLine: async () => line, ...parts })
  apps.push(app)
  return app
}

async function beat(app: FastifyInstance, signer = 'ssc-r1-a') {
  const body = JSON.stringify({ job: 'ssc-r1-a', sequence: 1, host: 'wn1.example', pid: 7, at: '2027-01-11T08:00:00Z' })
  const signature = createHmac('sha256', Buffer.from(token(signer), 'hex'))
    .update(body)
    .digest('hex')
  const headers = { 'content-type': 'application/json', 'x-ssc-signature': signature }
  const { statusCode, body: text } = await app.inject({ method: 'POST', url: '/v1/heartbeat', headers, payload: body })
  return { status: statusCode, text }
}

async function fetchStop(app: FastifyInstance, url: string) {
  const { statusCode, body, headers } = await app.inject({ url })
  const { date: _, ...others } = headers
  return { status: statusCode, text: body, headers: others }
}

describe('given a job that is to stop', () => {
  it('when it beats, then it gets the signed line of its run', async () => {
    const stopLine = vi.fn(async () => line)
    expect(await beat(listener({ stopLine }))).toEqual({ status: 200, text: line })
    expect(stopLine).toHaveBeenCalledWith('r1')
  })

  it('when there is no signed line, or it cannot be had, then the answer is no plain word that somebody else could say', async () => {
    const dead = async () => {
      throw new Error('the store is dead')
    }
    for (const stopLine of [async () => undefined, dead]) expect(await beat(listener({ stopLine }))).toEqual({ status: 503, text: 'later' })
  })
})

describe('given a machine that itself holds a run to be stopped', () => {
  it('when a job of it beats, then it is told so, and the store learns of the heartbeat', async () => {
    const take = vi.fn(async () => ({ word: 'go on' }) as const)
    const lastStop = vi.fn(async () => line)
    expect(await beat(listener({ take, lastStop }))).toEqual({ status: 200, text: line })
    expect(lastStop).toHaveBeenCalledWith('ssc-r1-a')
    expect(take).toHaveBeenCalledTimes(1)
  })

  it('when the store is dead or hangs, then the job is told so all the same', async () => {
    const dead = async () => {
      throw new Error('the store is dead')
    }
    const hanging = () => new Promise<never>(() => {})
    for (const take of [dead, hanging])
      expect(await beat(listener({ take, lastStop: async () => line }))).toEqual({ status: 200, text: line })
  })

  it('when the heartbeat is not signed by its job, then nothing is asked', async () => {
    const lastStop = vi.fn(async () => line)
    expect(await beat(listener({ lastStop }), 'ssc-r1-b')).toEqual({ status: 403, text: 'no' })
    expect(lastStop).not.toHaveBeenCalled()
  })

  it('when it has no word on the job, or cannot tell, then the store decides', async () => {
    const broken = async () => {
      throw new Error('the file cannot be read')
    }
    for (const lastStop of [async () => undefined, broken])
      expect(await beat(listener({ lastStop, take: async () => ({ word: 'go on' }) }))).toEqual({ status: 200, text: 'go on' })
  })
})

describe('given the address where any server hands a stop out', () => {
  it('when the run was stopped, then everybody gets its line', async () => {
    const published = vi.fn(async (run: string) => (run === 'r1' ? line : undefined))
    expect(await fetchStop(listener({ published }), stopPath('r1'))).toMatchObject({ status: 200, text: line })
  })

  it('when it was not, then the answer is that for any address that does not exist', async () => {
    const app = listener({ published: async () => undefined })
    const elsewhere = await fetchStop(app, '/v1/elsewhere')
    expect(elsewhere).toMatchObject({ status: 404, text: 'not found' })
    expect(await fetchStop(app, stopPath('r2'))).toEqual(elsewhere)
    expect(await fetchStop(listener(), stopPath('r2'))).toEqual(elsewhere)
  })

  it.each(['..%2f..%2fetc', '%00', 'r1%0a', '-r1', 'a'.repeat(201), '%F0%9F%9A%92', 'r1%20', '__proto__'])(
    'when the run is called %s, then nothing is asked',
    async (name) => {
      const published = vi.fn(async () => line)
      expect((await fetchStop(listener({ published }), `/v1/stop/${name}`)).status).toBeGreaterThanOrEqual(400)
      expect(published).not.toHaveBeenCalled()
    },
  )

  it('when a flood asks, then only so many are looked up, and a stop that was found once is handed out all the same', async () => {
    const published = vi.fn(async (run: string) => (run === 'r1' ? line : undefined))
    const app = listener({ published, limits: { stopsPerSecond: 3 } })
    expect((await fetchStop(app, stopPath('r1'))).status).toBe(200)
    const statuses = []
    for (let n = 0; n < 20; n += 1) statuses.push((await fetchStop(app, stopPath(`x${n}`))).status)
    expect(statuses.slice(0, 2)).toEqual([404, 404])
    expect(statuses).toContain(503)
    expect(published.mock.calls.length).toBeLessThan(15)
    expect(await fetchStop(app, stopPath('r1'))).toMatchObject({ status: 200, text: line })
  })
})
