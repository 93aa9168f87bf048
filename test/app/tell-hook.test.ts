import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { approveRun } from '../../core/app/approve-run.ts'
import { pauseRun, resumeRun } from '../../core/app/pause-run.ts'
import { createTeller, type Hook, type HookState, hookDocument, type TellDeps } from '../../core/app/tell-hook.ts'
import { noticeNames } from '../../core/domain/notice.ts'
import type { Instance } from '../../core/instance.ts'
import { createHttpPool, type HttpPool } from '../../core/io/http/client.ts'
import { postWebhook } from '../../core/io/webhook.ts'
import { launch } from '../../core/launching.ts'
import { plannedRun } from '../cli/control-run.ts'
import { openReceiver, type Receiver, SECRET } from '../services/hook-receiver.ts'
import { openFresh } from './instance.ts'

const HOUR_MS = 3_600_000

describe('telling a hook', () => {
  let instance: Instance
  let close: () => Promise<void>
  let folder: string
  let receiver: Receiver
  let pool: HttpPool
  let nowMs: number
  let logged: string[]
  let run: string

  beforeEach(async () => {
    ;({ instance, close } = await openFresh())
    folder = mkdtempSync(join(tmpdir(), 'ssc-hook-'))
    writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 })
    receiver = await openReceiver()
    pool = createHttpPool()
    nowMs = Date.now()
    logged = []
    run = await plannedRun({ instance: async () => instance }, { seed: 1 })
  })
  afterEach(async () => {
    await pool?.close()
    await receiver?.close()
    await close?.()
    rmSync(folder, { recursive: true, force: true })
  })

  const hookOf = (more: Partial<Hook> = {}): Hook => ({
    ...{ name: 'desk', url: receiver.url, secretFile: join(folder, 'secret'), timeoutMs: 500, runs: ['*'], events: [...noticeNames] },
    ...more,
  })
  const quiet = new AbortController().signal

  /** As the process that serves does it; each call of the outer function is a process of its own. */
  function teller(hook = hookOf()) {
    const deps: TellDeps = {
      ...{ store: instance.store, sha256: instance.sha256, leftOut: async () => [] },
      clock: { now: () => nowMs, wall: () => nowMs },
      log: (message, data) => void logged.push(`${message} ${JSON.stringify(data)}`),
      post: (one, message) => postWebhook(one, message, { pool, caFolder: '/nowhere', signal: quiet, nowMs: Date.now() }),
    }
    const tell = createTeller(deps, hook)
    return () => tell(quiet)
  }
  const state = () => instance.store.document<HookState>(hookDocument('desk'))
  const types = () => receiver.came.map(({ type }) => type)

  async function setOff(): Promise<void> {
    await approveRun(instance, run, 'Ben')
    await launch(instance, { run, by: 'Ben' })
    await pauseRun(instance, { run, by: 'Ben', reason: 'a look', because: 'officer' })
  }

  it('given a new hook, when things happen, then it is told of what comes from then on, signed, in order, and once', async () => {
    const tell = teller()
    await tell()
    expect(types()).toEqual([])
    await setOff()
    await tell()
    await tell()
    const inOrder = ['run.approved', 'run.launched', 'run.paused']
    expect(types().filter((type) => inOrder.includes(type))).toEqual(inOrder)
    expect(receiver.came.every(({ isSigned }) => isSigned)).toBe(true)
    expect(new Set(receiver.came.map(({ id }) => id)).size).toBe(receiver.came.length)
    expect(receiver.came.at(-1)).toMatchObject({ data: { run, because: 'officer' }, path: '/hook' })
    expect(receiver.came.map(({ text }) => text).join()).not.toMatch(/Ben|a look/)
    const other = await plannedRun({ instance: async () => instance }, { seed: 2 })
    await tell()
    expect(receiver.came.at(-1)).toMatchObject({ type: 'run.planned', data: { run: other } })
  })

  it('given a process that was killed after the hook took it, when another goes on, then it comes again under the same id, and nothing is missing', async () => {
    await teller()()
    await setOff()
    const { store } = instance
    const killed = { ...store, putDocument: () => Promise.reject(new Error('killed')) }
    instance = { ...instance, store: killed }
    await expect(teller()()).rejects.toThrow('killed')
    instance = { ...instance, store }
    await teller()()
    const [first, again] = receiver.came
    expect([first!.type, again!.id]).toEqual(['run.approved', first!.id])
    expect(types().slice(1)).toEqual([...new Set(types().slice(1))])
    expect(types()).toContain('run.paused')
  })

  it('given a hook that answers 500, hangs, or is away, when it is back, then it gets everything in order; between, it is asked more and more rarely', async () => {
    const tell = teller()
    await tell()
    await setOff()
    receiver.answer((response) => response.writeHead(500).end('no'))
    await tell()
    expect(await state()).toMatchObject({ failures: 1, nextMs: nowMs + 2_000, last: { isTaken: false, answer: 'it answered 500' } })
    await tell()
    expect(receiver.came).toHaveLength(1)
    nowMs += 2_000
    receiver.answer(() => {})
    await tell()
    expect(await state()).toMatchObject({ failures: 2, nextMs: nowMs + 4_000, last: { answer: expect.stringContaining('500 ms') } })
    nowMs += 4_000
    const { port } = receiver
    await receiver.close()
    await tell()
    expect(await state()).toMatchObject({ failures: 3, nextMs: nowMs + 8_000, last: { answer: expect.stringContaining('ECONNREFUSED') } })
    nowMs += 8_000
    receiver = await openReceiver(port)
    await tell()
    const inOrder = ['run.approved', 'run.launched', 'run.paused']
    expect(types().filter((type) => inOrder.includes(type))).toEqual(inOrder)
    expect(await state()).toMatchObject({ failures: 0, givenUp: 0, last: { isTaken: true, answer: '204' } })
    expect((await state())!.nextMs).toBeUndefined()
    expect(logged).toEqual([expect.stringContaining('a webhook did not take what it was told')])
  })

  it('given a hook that leads elsewhere, when it is told, then nobody follows, and it counts as not taken', async () => {
    const other = await openReceiver()
    const tell = teller()
    await tell()
    receiver.answer((response) => response.writeHead(307, { location: other.url }).end())
    await setOff()
    await tell()
    expect(await state()).toMatchObject({ failures: 1, last: { answer: expect.stringContaining('redirects are not followed') } })
    expect(other.came).toEqual([])
    await other.close()
  })

  it('given an answer without an end, when it comes, then its status counts, and no more of it is read', async () => {
    const tell = teller()
    await tell()
    receiver.answer((response) => {
      response.writeHead(200)
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', pour)
      }
      pour()
    })
    await setOff()
    await tell()
    expect(types()).toContain('run.paused')
    expect(await state()).toMatchObject({ failures: 0, last: { answer: '200' } })
  })

  it('given a hook that was away for longer than three days, when it is tried again, then what is old is given up, said, and never told', async () => {
    const tell = teller()
    await tell()
    await setOff()
    const { port } = receiver
    await receiver.close()
    await tell()
    nowMs += 73 * HOUR_MS
    await tell()
    const { givenUp } = (await state())!
    expect(givenUp).toBeGreaterThanOrEqual(3)
    expect(logged.at(-1)).toContain(`a webhook was away for too long: it was not told everything {"webhook":"desk"`)
    receiver = await openReceiver(port)
    nowMs += 2 * HOUR_MS
    await resumeRun(instance, { run, by: 'Ben', reason: 'on' })
    await tell()
    expect(types()).toContain('run.resumed')
    expect(types()).not.toContain('run.approved')
  })

  it('given a hook for some events and runs, when others happen, then it is told of its own alone', async () => {
    const tell = teller(hookOf({ events: ['run.paused'], runs: [`${run.slice(0, 6)}*`] }))
    const none = teller(hookOf({ name: 'none', runs: ['another'] }))
    await tell()
    await none()
    await setOff()
    await tell()
    await none()
    expect(types()).toEqual(['run.paused'])
  })

  it('given a rehearsal, when it happens, then no hook outside of this machine is asked', async () => {
    const rehearsal = await plannedRun({ instance: async () => instance }, { seed: 5, run: { rehearsal: true } })
    const outside: string[] = []
    const tellOutside = createTeller(
      {
        ...{ store: instance.store, sha256: instance.sha256, clock: instance.clock, log: () => {}, leftOut: async () => [] },
        post: async (_hook, { body }) => {
          outside.push(body)
          return '204'
        },
      },
      hookOf({ name: 'far', url: 'https://hooks.example/x' }),
    )
    const tell = teller()
    await tell()
    await tellOutside(quiet)
    for (const one of [rehearsal, run]) await approveRun(instance, one, 'Ben')
    await tell()
    await tellOutside(quiet)
    expect(receiver.came.map(({ data }) => data.run).sort()).toEqual([rehearsal, run].sort())
    expect(outside.map((body) => (JSON.parse(body) as { data: { run: string } }).data.run)).toEqual([run])
  })

  it('given a secret that is none, or open to all, when something is to be told, then nothing is sent, and what to do is said', async () => {
    const tell = teller()
    await tell()
    await setOff()
    const file = join(folder, 'secret')
    writeFileSync(file, 'hunter2\n')
    await tell()
    expect((await state())!.last!.answer).toMatch(/holds no secret: put whsec_/)
    writeFileSync(file, `${SECRET}\n`)
    chmodSync(file, 0o644)
    nowMs += HOUR_MS
    await tell()
    expect((await state())!.last!.answer).toMatch(/chmod 600/)
    expect(receiver.came).toEqual([])
  })
})
