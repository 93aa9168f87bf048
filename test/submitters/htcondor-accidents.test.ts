import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { LONG } from '../conformance/rig.ts'
import { openSchedd, requestOf, type Schedd, plugin as submitter, writeToken } from './htcondor-rig.ts'

const open: Schedd[] = []
const request = requestOf('ce.site-one.example')
const prefix = 'condor://ce.site-one.example:9619/'

afterEach(async () => {
  for (const schedd of open.splice(0)) await schedd.close()
})

function schedd(options: Record<string, unknown> = {}): Schedd {
  const one = openSchedd({ patienceSeconds: 0, ...options })
  open.push(one)
  return one
}

async function submitted(ctx: SubmitterContext, label: string, script = LONG): Promise<string> {
  const outcome = await submitter.submit(request(label, script), ctx)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value.nativeId
}

async function becomes(ctx: SubmitterContext, id: string, state: string): Promise<void> {
  await vi.waitFor(async () => expect((await submitter.status([id], ctx)).get(id)).toMatchObject({ value: { state } }), { timeout: 10_000 })
}

describe('given a submission that is cut off', () => {
  it('when the commit is lost after the schedd took the job, then its id is found by the label', async () => {
    const site = schedd()
    const ctx = site.context()
    site.set('after-commit')
    expect(await submitter.submit(request('job-1', LONG), ctx)).toEqual({ ok: true, value: { nativeId: `${prefix}1.0` } })
    site.set('ok')
    expect(await submitted(ctx, 'job-1')).toBe(`${prefix}1.0`)
  })

  it('when the commit is lost and no such job is known, then it is unsure, and stays so for a while', async () => {
    const site = schedd()
    const ctx = site.context()
    site.set('commit-lost')
    await expect(submitter.submit(request('job-1', LONG), ctx)).rejects.toThrow(UnsureError)
    site.set('ok')
    await expect(submitter.submit(request('job-1', LONG), ctx)).rejects.toThrow(UnsureError)
    expect(await submitter.find?.('job-1', ctx)).toBeUndefined()
    expect(site.lines('ledger')).toEqual([])
  })

  it('when it was begun long ago and no such job is known, then one other takes over', async () => {
    const site = schedd()
    const ctx = site.context()
    const folder = join(ctx.folder, 'jobs', 'job-1')
    mkdirSync(folder, { recursive: true })
    utimesSync(folder, Date.now() / 1_000 - 3_600, Date.now() / 1_000 - 3_600)
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => submitter.submit(request('job-1', LONG), ctx)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
    await vi.waitFor(() => expect(site.lines('ledger')).toEqual(['begun job-1']), { timeout: 10_000 })
  })

  it('when the deadline ends condor_submit after the commit, then it is unsure, and the next one finds the job', async () => {
    const site = schedd()
    site.set('killed-after')
    const ctx = site.context()
    const hasty = { ...site.context({ signal: AbortSignal.timeout(1_500) }), folder: ctx.folder }
    await expect(submitter.submit(request('job-1', LONG), hasty)).rejects.toThrow(UnsureError)
    site.set('ok')
    expect(await submitter.find?.('job-1', ctx)).toBe(`${prefix}1.0`)
    expect(await submitted(ctx, 'job-1')).toBe(`${prefix}1.0`)
    expect(site.lines('ledger')).toEqual(['begun job-1'])
  })

  it('when nobody answers a lookup, then it fails and does not say that there is no job', async () => {
    const site = schedd()
    const ctx = site.context()
    await submitted(ctx, 'job-1')
    for (const mode of ['dead', 'denied'] as const) {
      site.set(mode)
      await expect(submitter.find?.('job-1', ctx)).rejects.toThrow(/Failed to fetch ads/)
    }
  })

  it('when the input is not spooled, then the job is taken back and may be tried again', async () => {
    const site = schedd()
    const ctx = site.context()
    site.set('not-spooled')
    expect(await submitter.submit(request('job-1', LONG), ctx)).toMatchObject({ ok: false, transient: true })
    expect(readdirSync(join(site.state, 'queue'))).toEqual([])
    site.set('ok')
    await submitted(ctx, 'job-1')
    await vi.waitFor(() => expect(site.lines('ledger')).toEqual(['begun job-1']), { timeout: 10_000 })
  })
})

describe('given half a batch that is refused', () => {
  it('when it is cancelled, then each id has its own answer', async () => {
    const site = schedd()
    const ctx = site.context()
    const ids = [await submitted(ctx, 'job-1'), await submitted(ctx, 'job-2'), await submitted(ctx, 'job-3')] as const
    for (const id of ids) await becomes(ctx, id, 'running')
    writeFileSync(join(site.state, 'stubborn'), '2.0\n')
    const answers = await submitter.cancel?.([...ids, `${prefix}99.0`], ctx)
    expect(ids.map((id) => answers?.get(id))).toMatchObject([
      { ok: true },
      { ok: false, transient: false, reason: /Permission denied/ },
      { ok: true },
    ])
    expect(answers?.get(`${prefix}99.0`)).toMatchObject({ ok: false, transient: false })
    await becomes(ctx, ids[1], 'running')
  })
})

describe('given jobs in the queue and in the history', () => {
  it('when the history does not answer, then those in the queue are told and the others are not missing', async () => {
    const site = schedd()
    const ctx = site.context()
    const gone = await submitted(ctx, 'job-1')
    const there = await submitted(ctx, 'job-2')
    await becomes(ctx, gone, 'running')
    await becomes(ctx, there, 'running')
    await submitter.cancel?.([gone], ctx)
    await vi.waitFor(() => expect(existsSync(join(site.state, 'history', '1'))).toBe(true), { timeout: 10_000 })
    site.set('history-dead')
    const answers = await submitter.status([gone, there], ctx)
    expect(answers.get(gone)).toMatchObject({ ok: false, transient: true })
    expect(answers.get(there)).toMatchObject({ ok: true, value: { state: 'running' } })
  })

  it('when there are more than a chunk, then each chunk is asked once', async () => {
    const site = schedd({ chunk: 2 })
    const ids = [1, 2, 3, 4, 5].map((cluster) => `${prefix}${cluster}.0`)
    expect((await submitter.status(ids, site.context())).size).toBe(5)
    expect(site.lines('calls').filter((line) => line.startsWith('condor_q'))).toHaveLength(3)
  })

  it('when a job is held, then the reason decides', async () => {
    const site = schedd()
    const ctx = site.context()
    for (const [cluster, code] of [
      ['7', '16'],
      ['8', '3'],
    ] as const) {
      mkdirSync(join(site.state, 'queue', cluster), { recursive: true })
      for (const [name, value] of Object.entries({
        JobStatus: '5',
        HoldReasonCode: code,
        HoldReasonSubCode: '0',
        HoldReason: 'by its policy',
      }))
        writeFileSync(join(site.state, 'queue', cluster, name), value)
    }
    const answers = await submitter.status([`${prefix}7.0`, `${prefix}8.0`], ctx)
    expect([...answers.values()]).toEqual([
      { ok: true, value: { state: 'queued', native: 'Held (16.0): by its policy' } },
      { ok: true, value: { state: 'failed', native: 'Held (3.0): by its policy' } },
    ])
  })
})

describe('given an identity', () => {
  it('when it has a token, then only its file and the method are named, and never its content', async () => {
    const site = schedd()
    await submitter.probe?.(request('job-1', ''), site.context())
    expect(site.lines('calls')).toEqual([
      'condor_ping -pool ce.site-one.example:9619 -name ce.site-one.example -type SCHEDD -verbose WRITE [SCITOKENS]',
    ])
  })

  it.each([
    ['denied', 'refused'],
    ['unauthenticated', 'refused'],
    ['nobody', 'unknown'],
    ['dead', 'unreachable'],
  ] as const)('when the schedd is %s, then a probe says %s', async (mode, access) => {
    const site = schedd()
    site.set(mode)
    expect(await submitter.probe?.(request('job-1', ''), site.context())).toMatchObject({ access })
  })

  it('when its credential is missing or has run out, then check says it and nobody is asked', async () => {
    const site = schedd()
    const none = site.context({ identity: {} })
    const old = site.context({ identity: { tokenFile: writeToken(site.state, 'old', -1) } })
    expect(await submitter.check(none)).toEqual([expect.stringContaining('has no credential')])
    expect(await submitter.check(old)).toEqual([expect.stringContaining('expired')])
    expect(await submitter.probe?.(request('job-1', ''), old)).toMatchObject({ access: 'unknown' })
    expect(site.lines('calls')).toEqual([])
  })
})
