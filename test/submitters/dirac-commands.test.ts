import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Submitter } from '../../core/domain/submitter.ts'
import { submitter as dirac } from '../../submitters/dirac/index.ts'
import { becomes, LONG, type SubmitterRig, statusOf, submitted } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { killAllIn } from '../services/process.ts'
import { CANNOT, contexts, freshSubmitter, HOSTILE, jobThrough } from './dirac-rig.ts'

const FAKES = fileURLToPath(new URL('./fakes/dirac', import.meta.url))
const submitter: Submitter = dirac
const SERVER = 'https://diracx.example'

type Rig = SubmitterRig & {
  folder: string
  fileOf(id: string, name: string): string
  at(how: { mode?: string; path?: string[] }): SubmitterRig['ctx']
}
const rigs: Rig[] = []

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

async function makeRig(): Promise<Rig> {
  const places = contexts()
  const folder = join(places.folder, 'dirac')
  mkdirSync(folder)
  const make = ({ mode = '', jobType = 'User', signal = new AbortController().signal, path = [FAKES] } = {}) =>
    places.make({
      options: { server: SERVER, way: 'commands', jobType },
      environment: { DIRAC_FAKE: folder, DIRAC_FAKE_MODE: mode },
      path,
      signal,
    })
  const fileOf = (id: string, name: string) => join(folder, 'jobs', id, name)
  return {
    submitter,
    ctx: make(),
    at: make,
    folder,
    fileOf,
    job: jobThrough(SERVER),
    restart: freshSubmitter,
    begun: async (label) => linesOf(join(folder, 'ledger')).filter((one) => one === label).length,
    unknownId: '123456789',
    siteCancel: async (id) => {
      writeFileSync(fileOf(id, 'status'), 'Killed\n')
      process.kill(-Number(readFileSync(fileOf(id, 'group'), 'utf8')), 'SIGKILL')
    },
    ban: async () => writeFileSync(join(folder, 'banned'), ''),
    cases: {
      denied: async () => ({ ctx: make({ mode: 'denied' }) }),
      expired: async () => ({ ctx: make({ mode: 'expired' }) }),
      dead: async () => ({ ctx: make({ mode: 'dead' }) }),
      hanging: async () => ({ ctx: make({ mode: 'hanging', signal: AbortSignal.timeout(1_500) }) }),
      bad: async () => ({ ctx: make({ jobType: 'Nonsense' }), words: /not a valid value for JobType/ }),
    },
    hostile: HOSTILE,
    patienceMs: 15_000,
    close: async () => {
      await killAllIn(folder)
      await places.close()
    },
  }
}

async function rigForTest(): Promise<Rig> {
  const rig = await makeRig()
  rigs.push(rig)
  return rig
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

submitterConformance('dirac', makeRig, CANNOT)

describe('given the commands of DIRAC', () => {
  it('when a job ignores signals and is cancelled, then it is ended all the same', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', "trap '' TERM INT HUP\ntouch ready\nwhile :; do sleep 1; done\n")
    await vi.waitFor(() => expect(existsSync(rig.fileOf(id, 'work/ready'))).toBe(true), { timeout: 10_000 })
    await submitter.cancel?.([id], rig.ctx)
    await becomes(rig, id, 'cancelled')
    const group = Number(readFileSync(rig.fileOf(id, 'group'), 'utf8'))
    await vi.waitFor(() => expect(() => process.kill(-group, 0)).toThrow('ESRCH'), { timeout: 10_000 })
  })

  it('when a job exits with 222, then it failed and is not the exit that has DIRAC run it again', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', 'exit 222\n')
    await becomes(rig, id, 'failed')
    expect((await statusOf(rig, id)).native).toBe('Failed: Application Finished With Errors')
  })

  it('when a job leaves a link in place of its output, then what it points to is not read', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', 'echo true\n')
    await becomes(rig, id, 'ended')
    const output = rig.fileOf(id, 'work/ssc.out')
    unlinkSync(output)
    symlinkSync('/etc/passwd', output)
    expect(await submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: '' })
  })

  it('when many jobs are followed, then they are asked for in chunks', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    const ids = [...Array.from({ length: 250 }, (_, i) => String(i + 1000)), id]
    const asked: number[] = []
    const ctx = {
      ...rig.ctx,
      run: (argv: readonly string[]) => {
        asked.push(argv.length - 1)
        return rig.ctx.run(argv)
      },
    }
    const answers = await submitter.status(ids, ctx)
    expect(asked).toEqual([100, 100, 51])
    expect([...answers.values()].filter((one) => one.ok && one.value.state === 'missing')).toHaveLength(250)
    expect(answers.get(id)).toMatchObject({ ok: true, value: { state: 'running', native: 'Running: Application' } })
  })

  it('when the state is a new word, then it is unknown and logged', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', 'exit 0\n')
    await becomes(rig, id, 'ended')
    writeFileSync(rig.fileOf(id, 'status'), 'Pondering\n')
    const log = vi.fn()
    expect((await submitter.status([id], { ...rig.ctx, log })).get(id)).toMatchObject({ value: { state: 'unknown' } })
    expect(log).toHaveBeenCalledOnce()
  })

  it('when the commands are not installed or the proxy is not there, then the check says what to do', async () => {
    const rig = await rigForTest()
    const missing = await submitter.check(rig.at({ path: [] }))
    expect(missing.filter((one) => /^dirac-\S+ is missing: load DIRAC's environment/.test(one))).toHaveLength(7)
    expect(await submitter.check(rig.at({ mode: 'expired' }))).toEqual([expect.stringContaining('make one with dirac-proxy-init')])
    expect(await submitter.check(rig.at({ mode: 'denied' }))).toEqual([expect.stringContaining('refused')])
  })

  it('when a script has gone to DIRAC, then no copy of it stays behind', async () => {
    const rig = await rigForTest()
    const seen: string[] = []
    const ctx = {
      ...rig.ctx,
      withFiles: <T>(files: Readonly<Record<string, string>>, body: (folder: string) => Promise<T>) =>
        rig.ctx.withFiles(files, (folder) => {
          seen.push(folder)
          return body(folder)
        }),
    }
    expect(await submitter.submit(rig.job('job-1', 'exit 0\n'), ctx)).toMatchObject({ ok: true })
    expect(seen).toHaveLength(2)
    for (const folder of seen) expect(existsSync(folder)).toBe(false)
    expect(readdirSync(join(rig.folder, 'jobs'))).toHaveLength(1)
  })
})
