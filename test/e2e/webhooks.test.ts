import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { openReceiver, type Receiver, SECRET } from '../services/hook-receiver.ts'
import { type Started, waitUntil } from '../services/process.ts'
import type { Place } from './place.ts'
import { approvedRun, servingPlace, startServe } from './serving.ts'

describe('webhooks of an instance', () => {
  let place: Place
  let desk: Receiver
  let away: Receiver
  let serve: Started | undefined

  beforeAll(async () => {
    place = await servingPlace(9, { sites: 3, times: {} })
    desk = await openReceiver()
    away = await openReceiver()
    const secretFile = join(place.home, 'hook-secret')
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 })
    const hook = (url: string) => ({
      url,
      secretFile,
      timeoutMs: 30_000,
      events: ['run.planned', 'run.approved', 'run.paused', 'run.stopped'],
    })
    appendFileSync(join(place.home, 'config.yaml'), stringify({ webhooks: { desk: hook(desk.url), away: hook(away.url) } }))
  })
  afterAll(async () => {
    serve?.kill('SIGKILL')
    await serve?.ended
    await Promise.all([desk?.close(), away?.close()])
    await place?.remove()
  })

  const types = (receiver: Receiver) => receiver.came.map(({ type }) => type)
  const rows = async () => {
    const { code, out, err } = await place.call(['webhooks', '--json'])
    expect(code, err).toBe(0)
    return JSON.parse(out) as { name: string; state: { failures: number; last?: { answer: string; isTaken: boolean } } | null }[]
  }
  const areReady = async () => (await rows()).every(({ state }) => state !== null)

  it('given a hook that hangs and one that takes everything, when the sender is killed in the midst and starts again, then each is told all, in order, and what comes twice has one id', async () => {
    serve = await startServe(place)
    await waitUntil(areReady, 'the hooks to be known')
    away.answer(() => {})
    await approvedRun(place)
    await waitUntil(() => types(desk).includes('run.approved'), 'the desk to be told, while the other hangs')
    await waitUntil(() => away.came.length > 0, 'the other to be asked')
    desk.answer((response) => {
      serve!.kill('SIGKILL')
      response.writeHead(204).end()
    })
    const run = desk.came[0]!.data.run as string
    void place.call(['stop', run, '--by', 'Ada', '--reason', 'a test']).catch(() => {})
    await serve.ended
    desk.answer((response) => response.writeHead(204).end())
    away.answer((response) => response.writeHead(204).end())
    serve = await startServe(place)
    const all = ['run.planned', 'run.approved', 'run.stopped']
    for (const receiver of [desk, away]) {
      await waitUntil(() => types(receiver).includes('run.stopped'), 'both to be told of the stop')
      const ids = new Map(receiver.came.map(({ id, type }) => [id, type]))
      expect([...ids.values()]).toEqual(all)
      expect(receiver.came.every(({ isSigned }) => isSigned)).toBe(true)
    }
    expect(types(desk).filter((type) => type === 'run.stopped').length).toBeGreaterThanOrEqual(2)
    await waitUntil(async () => (await rows()).every(({ state }) => state?.failures === 0 && state.last?.isTaken), 'both to stand well')
  })

  it('given a hook, when it is tested, then a message that tells of nothing comes; one that fails is told so', async () => {
    expect(await place.call(['webhooks', 'test', 'desk'])).toMatchObject({ code: 0, out: 'It was taken: 204.\n' })
    expect(desk.came.at(-1)).toMatchObject({ type: 'ping', isSigned: true, data: { webhook: 'desk' } })
    away.answer((response) => response.writeHead(503).end())
    expect(await place.call(['webhooks', 'test', 'away'])).toMatchObject({ code: 1, err: 'ssc: it answered 503\n' })
    expect(await place.call(['webhooks', 'test', 'nobody'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('There are: desk, away.'),
    })
    const { out } = await place.call(['webhooks'])
    expect(out).toMatch(/^NAME +HOST +LAST TOLD OF[\s\S]*desk +127\.0\.0\.1:\d+ +run\.stopped, /)
    expect(out).not.toContain('/hook')
  })

  it('given a hook that hangs, when `serve` is told to end, then it ends at once, and tells the rest when it starts again', async () => {
    const before = away.came.length
    away.answer(() => {})
    await approvedRun(place, 8)
    await waitUntil(() => away.came.length > before, 'the hook to be asked')
    const asked = Date.now()
    serve!.kill('SIGTERM')
    expect((await serve!.ended).code).toBe(0)
    expect(Date.now() - asked).toBeLessThan(20_000)
    away.answer((response) => response.writeHead(204).end())
    serve = await startServe(place)
    const { run } = away.came.at(-1)!.data
    const isTold = () => away.came.some(({ type, data }) => type === 'run.approved' && data.run === run)
    await waitUntil(isTold, 'the hook to be told')
  })
})
