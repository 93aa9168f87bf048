import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_SCRIPT_BYTES } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/local/index.ts'
import { processesOf } from '../agent/rig.ts'
import { contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'

const rigs: SubmitterRig[] = []

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

function job(label: string, script: string) {
  const target = { site: 'SITE-ONE', endpoint: 'https://ce.site-one.example', vo: 'cms', identity: '/DC=example/CN=Attacker' }
  return { ...target, label, script, lifeSeconds: 600 }
}

async function makeRig(): Promise<SubmitterRig> {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-local-'))
  const context = contextFor(submitter, { options: { graceMs: 300 } })
  const ctx = { ...context.ctx, folder }
  const banned = '/DC=example/CN=Banned Before'
  return {
    submitter,
    ctx,
    job,
    unknownId: 'never-given',
    begun: async (label) => ledgerOf(folder).filter((line) => line === `started ${label}`).length,
    restart: async () => {
      vi.resetModules()
      return (await import('../../submitters/local/index.ts')).submitter
    },
    siteCancel: async (id) => siteCancel(folder, id, 'SIGTERM'),
    ban: async (site, identity) => ban(folder, site, identity),
    cases: {
      denied: async () => {
        ban(folder, 'SITE-ONE', banned)
        return { job: { identity: banned } }
      },
      bad: async () => ({ job: { script: 'x'.repeat(MAX_SCRIPT_BYTES + 1) }, words: /longer than/ }),
    },
    hostile: ['', '../SITE', 'a\nb', '$(touch pwned)'].map((site) => ({ site })),
    close: async () => {
      await context.close()
      await close(folder)
    },
  }
}

function ban(folder: string, site: string, identity: string): void {
  mkdirSync(join(folder, 'sites', site), { recursive: true })
  writeFileSync(join(folder, 'sites', site, 'banned'), `/CN=Somebody\n${identity}\n`)
}

async function rigForTest(): Promise<SubmitterRig> {
  const rig = await makeRig()
  rigs.push(rig)
  return rig
}

function ledgerOf(folder: string): string[] {
  return existsSync(join(folder, 'ledger')) ? readFileSync(join(folder, 'ledger'), 'utf8').trimEnd().split('\n') : []
}

function pidIn(folder: string, label: string, file: 'started' | 'agent'): number {
  return Number.parseInt(readFileSync(join(folder, 'jobs', label, file), 'utf8'), 10)
}

/** What the batch system of a simulated site does. */
function siteCancel(folder: string, label: string, signal: NodeJS.Signals): void {
  writeFileSync(join(folder, 'jobs', label, 'cancelled-by-site'), '')
  process.kill(pidIn(folder, label, 'agent'), signal)
}

async function close(folder: string): Promise<void> {
  const labels = existsSync(join(folder, 'jobs')) ? readdirSync(join(folder, 'jobs')) : []
  for (const label of labels.filter((name) => existsSync(join(folder, 'jobs', name, 'started')))) {
    const group = pidIn(folder, label, 'started')
    if (processesOf(group).length > 0) process.kill(-group, 'SIGKILL')
    await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 })
  }
  rmSync(folder, { recursive: true, force: true })
}

async function submitted(rig: SubmitterRig, label: string, script: string): Promise<void> {
  expect(await rig.submitter.submit(job(label, script), rig.ctx)).toMatchObject({ ok: true })
}

async function becomes(rig: SubmitterRig, label: string, status: { state: string; native: string }): Promise<void> {
  await vi.waitFor(async () => expect((await rig.submitter.status([label], rig.ctx)).get(label)).toEqual({ ok: true, value: status }), {
    timeout: 15_000,
    interval: 20,
  })
}

const running = { state: 'running', native: 'running' }
const LONG = 'sleep 300 & wait\n'

submitterConformance('local', makeRig, [
  {
    reason: 'Its folder is the job system: a worker without it has no jobs.',
    tests: ['when a worker looks for a label that another one sent, with none of its files, then it finds the job all the same'],
  },
  {
    reason: 'It carries no credential that could run out.',
    tests: ['when the credential has run out, then nothing is begun and that is no ban'],
  },
  {
    reason: 'It reaches no endpoint, so none can be dead or hang.',
    tests: [
      'when nobody listens, then it may be tried again, and that is no ban and no state',
      'when the service hangs, then the call ends at its deadline with neither a state nor a ban',
    ],
  },
])

describe('given a process that submits and is killed with SIGKILL', () => {
  const points = ['jobs', 'jobs/x', 'jobs/x/script.sh', 'jobs/x/launcher.log', 'jobs/x/started', 'ledger', 'jobs/x/agent']

  it.each(points)('when that is as soon as %s is there, then a repeated submit ends with one job', async (point) => {
    const rig = await rigForTest()
    const script = fileURLToPath(new URL('./local-crash.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, rig.ctx.folder, 'x'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdin.write('go\n')
    while (!existsSync(join(rig.ctx.folder, point))) await new Promise((resolve) => setImmediate(resolve))
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    await submitted(rig, 'x', LONG)
    await becomes(rig, 'x', running)
    expect(ledgerOf(rig.ctx.folder)).toEqual(['started x'])
    expect(await rig.submitter.find?.('x', rig.ctx)).toBe('x')
  })
})

describe('given a job that somebody else ends', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('when it gets %s and nobody cancelled, then it failed by that signal', async (signal) => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await becomes(rig, 'job-1', running)
    process.kill(pidIn(rig.ctx.folder, 'job-1', 'agent'), signal)
    await becomes(rig, 'job-1', { state: 'failed', native: `signal ${signal.slice(3)}` })
  })

  it('when its whole group gets SIGTERM, then the launcher lives to write it down', async () => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await becomes(rig, 'job-1', running)
    process.kill(-pidIn(rig.ctx.folder, 'job-1', 'started'), 'SIGTERM')
    await becomes(rig, 'job-1', { state: 'failed', native: 'signal TERM' })
  })

  it('when the site kills the launcher with it, then it is seen to be gone', async () => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await becomes(rig, 'job-1', running)
    process.kill(-pidIn(rig.ctx.folder, 'job-1', 'started'), 'SIGKILL')
    await becomes(rig, 'job-1', { state: 'failed', native: 'gone without an exit code' })
    await submitted(rig, 'job-1', LONG)
    expect(ledgerOf(rig.ctx.folder)).toEqual(['started job-1'])
  })

  it('when the site cancels it, then it is cancelled by the site, and what it left running ends with it', async () => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await becomes(rig, 'job-1', running)
    const group = pidIn(rig.ctx.folder, 'job-1', 'started')
    await vi.waitFor(() => expect(processesOf(group).some((one) => one.command.startsWith('sleep'))).toBe(true), { timeout: 10_000 })
    siteCancel(rig.ctx.folder, 'job-1', 'SIGKILL')
    await becomes(rig, 'job-1', { state: 'cancelled', native: 'cancelled by the site' })
    await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 })
  })

  it('when we cancel it, then it is cancelled by us', async () => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await rig.submitter.cancel?.(['job-1'], rig.ctx)
    await becomes(rig, 'job-1', { state: 'cancelled', native: 'cancelled' })
  })
})

describe('given a pid that belongs to another process now', () => {
  it('when the job is followed and cancelled, then it is gone and the other process lives', async () => {
    const rig = await rigForTest()
    const folder = join(rig.ctx.folder, 'jobs', 'old')
    const other = spawn('sleep', ['300'], { stdio: 'ignore', detached: true })
    const ended = new Promise((resolve) => other.once('exit', resolve))
    mkdirSync(folder, { recursive: true })
    for (const file of ['started', 'agent']) writeFileSync(join(folder, file), `${other.pid} 1\n`)
    await becomes(rig, 'old', { state: 'failed', native: 'gone without an exit code' })
    expect((await rig.submitter.cancel?.(['old'], rig.ctx))?.get('old')).toMatchObject({ ok: true })
    expect(processesOf(other.pid ?? 0)).toHaveLength(1)
    rmSync(folder, { recursive: true })
    other.kill('SIGKILL')
    await ended
  })
})

describe('given a job', () => {
  it('when its identity is banned meanwhile, then a repeated submit still tells of it', async () => {
    const rig = await rigForTest()
    await submitted(rig, 'job-1', LONG)
    await rig.ban?.('SITE-ONE', '/DC=example/CN=Attacker')
    await submitted(rig, 'job-1', LONG)
    expect(await rig.submitter.submit(job('job-2', LONG), rig.ctx)).toMatchObject({ ok: false, transient: false })
  })

  it('when it looks around, then it has a clean environment, its own session and a closed folder', async () => {
    const rig = await rigForTest()
    process.env.SSC_TEST_SECRET = 'do-not-inherit'
    await submitted(rig, 'job-1', 'env\npwd\nexit 0\n')
    delete process.env.SSC_TEST_SECRET
    await becomes(rig, 'job-1', { state: 'ended', native: 'exit 0' })
    const output = await rig.submitter.output?.('job-1', rig.ctx)
    const lines = output?.ok ? output.value.trimEnd().split('\n') : []
    const folder = join(rig.ctx.folder, 'jobs', 'job-1')
    expect(lines.at(-1)).toBe(folder)
    expect(lines).toContain(`HOME=${folder}`)
    const names = lines.slice(0, -1).map((line) => line.replace(/=.*/, ''))
    expect(names.filter((name) => !['PATH', 'HOME', 'LANG', 'https_proxy', 'PWD', 'OLDPWD', '_', 'SHLVL'].includes(name))).toEqual([])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(folder)) expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0])
  })
})

describe('given a folder that cannot be used', () => {
  it('when it is checked or submitted to, then it is told and nothing is thrown', async () => {
    const rig = await rigForTest()
    const file = join(rig.ctx.folder, 'file')
    writeFileSync(file, '')
    const ctx = { ...rig.ctx, folder: join(file, 'below') }
    expect(await rig.submitter.check(ctx)).toEqual([expect.stringContaining('cannot be used')])
    expect(await rig.submitter.submit(job('job-1', LONG), ctx)).toMatchObject({ ok: false, transient: true })
  })
})
