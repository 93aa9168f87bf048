import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hostOf, jobOf, nativeId } from '../../submitters/ssh/place.ts'
import { meaningOf } from '../../submitters/ssh/probe.ts'
import { SshOptions } from '../../submitters/ssh/schema.ts'
import { statusOf } from '../../submitters/ssh/states.ts'
import { becomes, LONG, statusOf as stateOf, submitted } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { livingWith } from '../io/shell-settings.ts'
import { describeGrid, openPlace } from '../services/grid.ts'
import { makeSshRig, type Sshd, type SshRig } from './ssh-rig.ts'

const NO_EXPIRY = {
  reason: 'A key does not run out: what ends is the account or its place in `authorized_keys`, and that is a denied identity.',
  tests: ['when the credential has run out, then nothing is begun and that is no ban'],
}

describeGrid('given hosts with the real sshd', ['sshd'], () => {
  let sshd: Sshd
  const rigs: SshRig[] = []
  const start = async (options = {}, path?: string) => {
    const rig = await makeSshRig(sshd, options, path)
    rigs.push(rig)
    return rig
  }
  beforeAll(async () => {
    const place = await openPlace()
    sshd = { place, env: await place.start('sshd') }
  })
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.close()
  })
  afterAll(() => sshd?.place.close())

  submitterConformance('ssh', () => makeSshRig(sshd), [NO_EXPIRY])

  it('when a job was submitted, then it has a session of its own and only its account can read it', async () => {
    const rig = await start()
    const id = await submitted(rig, 'job-1', `echo $HOME\n${LONG}`)
    await becomes(rig, id, 'running')
    const pid = rig.pidOf('job-1')
    const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    expect([group, session]).toEqual([String(pid), String(pid)])
    expect(statSync(join(rig.jobFolder('job-1'), 'script.sh')).mode & 0o077).toBe(0)
    await vi.waitFor(
      async () => expect(await rig.submitter.output?.(id, rig.ctx)).toMatchObject({ value: `${rig.jobFolder('job-1')}\nbegun\n` }),
      { timeout: 10_000 },
    )
  })

  it('when a job leaves children behind, then they end with it', async () => {
    const rig = await start()
    const id = await submitted(rig, 'job-1', 'sleep 295.1 &\nexit 0\n')
    await becomes(rig, id, 'ended')
    await vi.waitFor(async () => expect(await livingWith('295.1')).toEqual([]), { timeout: 10_000 })
  })

  it('when somebody kills the job or all of it, then that is told', async () => {
    const rig = await start()
    const ids = await Promise.all(['job-1', 'job-2'].map((label) => submitted(rig, label, LONG)))
    for (const id of ids) await becomes(rig, id, 'running')
    process.kill(-rig.pidOf('job-1'), 'SIGTERM')
    process.kill(-rig.pidOf('job-2'), 'SIGKILL')
    await becomes(rig, ids[0] ?? '', 'cancelled')
    expect(await stateOf(rig, ids[0] ?? '')).toEqual({ state: 'cancelled', native: 'signal TERM, not sent by us' })
    await becomes(rig, ids[1] ?? '', 'failed')
  })

  it('when a pid was given to another process since, then the job is gone and that process is left alone', async () => {
    const rig = await start()
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    process.kill(-rig.pidOf('job-1'), 'SIGKILL')
    await becomes(rig, id, 'failed')
    for (const text of [`${process.pid} 1`, '1 1', '0 0', '-1 1', ' 1', '', 'x', '01 1']) {
      writeFileSync(join(rig.jobFolder('job-1'), 'started'), `${text}\n`)
      expect([text, (await stateOf(rig, id)).native]).toEqual([text, 'gone without an exit code'])
    }
    expect((await rig.submitter.cancel?.([id], rig.ctx))?.get(id)).toMatchObject({ ok: true })
  })

  it('when one host of two is dead, then the other one is told all the same', async () => {
    const rig = await start()
    const id = await submitted(rig, 'job-1', LONG)
    const dead = '127.0.0.1:1/job-1'
    const answers = await rig.submitter.status([dead, id], rig.ctx)
    expect(answers.get(dead)).toMatchObject({ ok: false, transient: true })
    expect(answers.get(id)).toMatchObject({ ok: true })
  })

  it('when a job is cleaned, then nothing of it stays and it is found no more', async () => {
    const rig = await start()
    const id = await submitted(rig, 'job-1', 'exit 0\n')
    await becomes(rig, id, 'ended')
    await rig.submitter.clean?.([id], rig.ctx)
    expect(existsSync(rig.jobFolder('job-1'))).toBe(false)
    expect(await rig.submitter.find?.('job-1', { ...rig.ctx, endpoints: [rig.job('job-1', '').endpoint] })).toBeUndefined()
  })

  it("when the folder is no whole path, then it lies below the account's home", async () => {
    const name = `.ssc-test-${process.pid}`
    const folder = join(userInfo().homedir, name)
    try {
      const rig = await start({ folder: name })
      const id = await submitted(rig, 'job-1', 'exit 0\n')
      await becomes(rig, id, 'ended')
      expect(existsSync(join(folder, 'jobs', 'job-1', 'exit'))).toBe(true)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('when the host lacks what a job needs, then it is refused for good and nothing is begun', async () => {
    const tools = mkdtempSync(join(tmpdir(), 'ssc-tools-'))
    try {
      for (const tool of ['sh', 'mktemp', 'rm', 'mkdir', 'cat', 'ln', 'mv', 'head']) symlinkSync(`/bin/${tool}`, join(tools, tool))
      const rig = await start({}, tools)
      const outcome = await rig.submitter.submit(rig.job('job-1', LONG), rig.ctx)
      expect(outcome).toEqual({ ok: false, transient: false, reason: 'the host lacks setsid tr' })
      expect(await rig.begun('job-1')).toBe(0)
    } finally {
      rmSync(tools, { recursive: true, force: true })
    }
  })
})

describe('given endpoints and ids', () => {
  it('when an endpoint is read, then it is a host and a port', () => {
    expect(hostOf('ssh://Login.Site.Example')).toBe('login.site.example:22')
    expect(hostOf('ssh://login.site.example:2222/')).toBe('login.site.example:2222')
    expect(hostOf('login.site.example')).toBe('login.site.example:22')
    expect(hostOf('ssh://[::1]:2222')).toBe('[::1]:2222')
  })

  it('when an id is read, then only what was given is one', () => {
    const job = { host: 'login.site.example:22', label: 'job-1' }
    expect(jobOf(nativeId(job))).toEqual(job)
    for (const id of ['', 'a/b', 'a:1/..', 'a:1/b/c', 'a:0/b', '-a:1/b', 'a:1/b\n', 'a:1/$(x)', 'a:1/'])
      expect([id, jobOf(id)]).toEqual([id, undefined])
    fc.assert(fc.property(fc.string(), (id) => jobOf(id) === undefined || nativeId(jobOf(id) ?? job) === id))
  })

  it('when options are read, then a folder cannot leave or be taken for an option', () => {
    for (const folder of ['.ssc', '/scratch/ssc', 'a/b.c']) expect(SshOptions.parse({ folder }).folder).toBe(folder)
    for (const folder of ['', '..', '../a', 'a/../b', '-rf', 'a b', '$HOME']) expect(SshOptions.safeParse({ folder }).success).toBe(false)
  })
})

describe('given the words of a host', () => {
  it('when they are known, then they are states; when not, then they are unknown', () => {
    const states = ['missing', 'waiting', 'waiting cancelled', 'running', 'running cancelled', 'gone', 'gone cancelled', 'exit 0', 'exit 3']
    expect(states.map((words) => statusOf(words).state)).toEqual([
      'missing',
      'queued',
      'cancelled',
      'running',
      'running',
      'failed',
      'cancelled',
      'ended',
      'failed',
    ])
    expect(['exit 137', 'exit 139', 'exit 0 cancelled'].map((words) => statusOf(words).state)).toEqual(['cancelled', 'failed', 'cancelled'])
    for (const words of ['', 'exit', 'exit x', 'constructor', 'running fast']) expect(statusOf(words).state).toBe('unknown')
  })

  it('when a connection fails, then only what the host says of the account is a refusal', () => {
    expect(meaningOf('Permission denied: a@b:22 takes none of the keys offered')).toBe('refused')
    expect(meaningOf('true on b was not started, the account has no shell: not available')).toBe('refused')
    expect(meaningOf('no connection to a@b:22: connect ECONNREFUSED')).toBe('unreachable')
    expect(meaningOf('the host key of b (ssh-ed25519 SHA256:x) is not the one in /f: it has changed')).toBe('unknown')
    expect(meaningOf('the ssh key /k cannot be read (ENOENT)')).toBe('unknown')
  })
})
