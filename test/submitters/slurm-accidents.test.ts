import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import type { ContextSettings } from '../conformance/context.ts'
import { LONG } from '../conformance/rig.ts'
import { describeGrid, openPlace } from '../services/grid.ts'
import {
  begun,
  closeFolder,
  closeSite,
  contextOf,
  type Folder,
  openFolder,
  openSite,
  requestOf,
  type Site,
  slurm,
  plugin as submitter,
} from './slurm-rig.ts'

let site: Site
let own: Folder
const opened: { close(): Promise<void> }[] = []

function context(more: ContextSettings = {}): SubmitterContext {
  const one = contextOf(site, own, {
    over: 'commands',
    options: { over: 'commands', folder: own.folder, patienceSeconds: 0, memoryMb: 50 },
    ...more,
  })
  opened.push(one)
  return one.ctx
}

function submit(ctx: SubmitterContext, script = LONG) {
  return submitter.submit(requestOf(`slurm://127.0.0.1/${own.partition}`)('job-1', script), ctx)
}

async function submitted(ctx: SubmitterContext, script = LONG): Promise<string> {
  const outcome = await submit(ctx, script)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value.nativeId
}

async function becomes(ctx: SubmitterContext, id: string, status: { state: string; native?: unknown }): Promise<void> {
  await vi.waitFor(async () => expect((await submitter.status([id], ctx)).get(id)).toMatchObject({ value: status }), {
    timeout: 40_000,
    interval: 50,
  })
}

/** A command of that name that stands before the real one. */
function put(name: string, text: string): ContextSettings {
  const folder = join(own.folder, 'commands')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(folder, name), 0o755)
  return { path: [folder] }
}

const jobFolder = () => join(own.folder, 'jobs', 'job-1')

function age(): void {
  utimesSync(jobFolder(), Date.now() / 1_000 - 3_600, Date.now() / 1_000 - 3_600)
}

/** The real command, then an end as if nobody had heard of it. */
const LOST =
  'PATH=/usr/bin:/bin sbatch "$@" > /dev/null || exit 1\necho "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2\nexit 1'

describeGrid('given a slurm and a submission that is cut off', ['slurm', 'sshd'], () => {
  beforeAll(async () => {
    site = await openSite(await openPlace())
  })
  afterAll(() => closeSite(site))
  beforeEach(async () => {
    own = await openFolder(site)
  })
  afterEach(async () => {
    await closeFolder(site, own)
    for (const one of opened.splice(0)) await one.close()
  })

  it('when the answer is lost after slurm took the job, then its id is found by the name', async () => {
    const id = await submitted(context(put('sbatch', LOST)))
    await becomes(context(), id, { state: 'running' })
    expect(await submitted(context())).toBe(id)
    expect(await begun(site, own, 'job-1')).toBe(1)
  })

  it('when slurm never got it and did not say so, then it is unsure for a while, and then another takes over', async () => {
    const failing = context(put('sbatch', 'echo "sbatch: error: Zero Bytes were transmitted or received" >&2\nexit 1'))
    await expect(submit(failing)).rejects.toThrow(UnsureError)
    await expect(submit(context())).rejects.toThrow(UnsureError)
    await expect(submitter.find?.('job-1', context())).rejects.toThrow(UnsureError)
    age()
    expect(await submitter.find?.('job-1', context())).toBeUndefined()
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => submit(context())))
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
    expect(await begun(site, own, 'job-1')).toBe(1)
  })

  it('when the controller is busy, then the lock is given back and it may be tried again', async () => {
    const words = 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)'
    expect(await submit(context(put('sbatch', `echo '${words}' >&2\nexit 1`)))).toEqual({ ok: false, transient: true, reason: words })
    expect(existsSync(jobFolder())).toBe(false)
    await submitted(context())
  })

  it('when slurm holds two batch jobs of one label all the same, then the job itself runs once', async () => {
    const first = await submitted(context())
    await becomes(context(), first, { state: 'running' })
    const batch = join(own.folder, 'again.sh')
    writeFileSync(batch, `${readFileSync(new URL('../../submitters/slurm/job.sh', import.meta.url), 'utf8')}${LONG}`)
    const options = [
      '--parsable',
      `--partition=${own.partition}`,
      '--job-name=job-1',
      `--chdir=${own.folder}`,
      '--output=second',
      '--mem=50',
    ]
    const second = (await slurm(site, 'sbatch', ...options, batch, jobFolder())).trim()
    const code = () => slurm(site, 'squeue', '-h', '-t', 'all', '-o', '%T', '-j', `${second},${second}`)
    await vi.waitFor(async () => expect((await code()).trim()).toBe('FAILED'), { timeout: 40_000 })
    expect(readFileSync(join(own.folder, 'second'), 'utf8')).toContain('begun already')
    await becomes(context(), first, { state: 'running' })
    expect(await submitter.find?.('job-1', context())).toBe(first)
  })
})

describeGrid('given jobs that slurm has forgotten', ['slurm', 'sshd'], () => {
  beforeAll(async () => {
    site = await openSite(await openPlace())
  })
  afterAll(() => closeSite(site))
  beforeEach(async () => {
    own = await openFolder(site)
  })
  afterEach(async () => {
    await closeFolder(site, own)
    for (const one of opened.splice(0)) await one.close()
  })
  const forgetful = () => put('squeue', 'exit 0')

  it.each([
    ['exit 0\n', 'ended', 'exit 0, gone from slurm'],
    ['exit 4\n', 'failed', 'exit 4, gone from slurm'],
  ])('when the script was %j, then the file that it left tells %s', async (script, state, native) => {
    const ctx = context()
    const id = await submitted(ctx, script)
    await vi.waitFor(() => expect(existsSync(join(jobFolder(), 'exit'))).toBe(true), { timeout: 40_000 })
    await becomes(context(forgetful()), id, { state, native })
  })

  it('when there is neither an exit code nor accounting, then a cancelled one is cancelled and another one missing', async () => {
    const id = await submitted(context())
    await becomes(context(), id, { state: 'running' })
    const ctx = context(forgetful())
    await becomes(ctx, id, { state: 'missing' })
    await submitter.cancel?.([id], context())
    await becomes(ctx, id, { state: expect.stringMatching(/cancelled|missing/), native: expect.stringContaining('gone') })
    expect(existsSync(join(jobFolder(), 'cancelled'))).toBe(true)
  })

  it('when accounting runs, then it tells; when it fails, then nothing is told', async () => {
    const id = await submitted(context())
    await becomes(context(), id, { state: 'running' })
    forgetful()
    await becomes(context(put('sacct', `echo '${id}|CANCELLED by 4711|0:0'`)), id, { state: 'cancelled' })
    await becomes(context(put('sacct', `echo '${id}|TIMEOUT|0:15'`)), id, { state: 'failed', native: 'TIMEOUT, exit 0:15' })
    const failing = context(put('sacct', 'echo "sacct: error: Problem talking to the database: Connection refused" >&2; exit 1'))
    expect((await submitter.status([id], failing)).get(id)).toMatchObject({ ok: false, transient: true })
  })

  it('when squeue refuses the question for an unknown id, then all of the account are asked for', async () => {
    const id = await submitted(context())
    await becomes(context(), id, { state: 'running' })
    const strict =
      'case "$*" in *" -j "*) echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1 ;; esac\nexec /usr/bin/squeue "$@"'
    await becomes(context(put('squeue', strict)), id, { state: 'running' })
  })

  it('when squeue fails, then no state is told of any of them', async () => {
    const id = await submitted(context())
    const ctx = context(put('squeue', 'echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1'))
    expect((await submitter.status([id], ctx)).get(id)).toMatchObject({ ok: false, transient: true, reason: /Unable to contact/ })
    await expect(submitter.find?.('job-1', context({ signal: AbortSignal.abort() }))).rejects.toThrow(TransientError)
  })

  it('when others look at the folder, then it is closed to them', async () => {
    const id = await submitted(context(), 'echo secret\n')
    await vi.waitFor(() => expect(existsSync(join(jobFolder(), 'exit'))).toBe(true), { timeout: 40_000 })
    expect(statSync(jobFolder()).mode & 0o077).toBe(0)
    for (const name of ['id', 'exit', 'output']) expect([name, statSync(join(jobFolder(), name)).mode & 0o077]).toEqual([name, 0])
    await becomes(context(), id, { state: 'ended' })
    await submitter.clean?.([id], context())
    expect([existsSync(jobFolder()), existsSync(join(own.folder, 'ids', id))]).toEqual([false, false])
  })
})
