import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { createSshPool } from '../../core/io/shell/remote.ts'
import { submitter } from '../../submitters/ssh/index.ts'
import { contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { shellSettings } from '../io/shell-settings.ts'
import { startSilentServer } from '../io/ssh-server.ts'
import type { Place } from '../services/grid.ts'

export type Sshd = { place: Place; env: Record<string, string> }
export type SshRig = SubmitterRig & { folder: string; jobFolder(label: string): string; pidOf(label: string): number }

/** Jobs as processes of this machine behind the real sshd; each rig has a folder of its own there. */
export async function makeSshRig({ place, env }: Sshd, options: Record<string, unknown> = {}, path?: string): Promise<SshRig> {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-ssh-jobs-'))
  const account = { user: env.SSH_USER ?? '', keyFile: env.SSH_USER_KEY ?? '' }
  const knownHosts = env.SSH_KNOWN_HOSTS ?? ''
  const context = contextFor(submitter, { options: { folder, graceMs: 500, ...options }, identity: { ssh: account }, knownHosts })
  const pool = createSshPool()
  /** With connections of their own for each call, so that a ban is seen at once. */
  const ctxWith = (keyFile: string, deadline = () => new AbortController().signal): Pick<SubmitterContext, 'at'> => ({
    at: (endpoint) => {
      const { hostname: host, port } = new URL(endpoint)
      const target = { ...account, host, port: Number(port) || 22, keyFile, knownHostsFile: knownHosts, fresh: true }
      return pool.shell(target, shellSettings({ signal: deadline(), ...(path === undefined ? {} : { env: { PATH: path } }) }))
    },
  })
  const endpoint = `ssh://${env.SSH_HOST}:${env.SSH_PORT}`
  const jobFolder = (label: string) => join(folder, 'jobs', label)
  const authorized = join(place.work, 'sshd', 'authorized_keys')
  const keys = readFileSync(authorized, 'utf8')
  const closing: (() => Promise<void>)[] = [context.close, pool.close]
  return {
    submitter,
    ctx: { ...context.ctx, ...ctxWith(account.keyFile) },
    folder,
    jobFolder,
    pidOf: (label) => startedPid(jobFolder(label)),
    job: (label, script) => ({ site: 'SITE-ONE', endpoint, vo: 'cms', identity: '/CN=Attacker', label, script, lifeSeconds: 600 }),
    unknownId: `${env.SSH_HOST}:${env.SSH_PORT}/never-given`,
    begun: async (label) => linesOf(join(folder, 'ledger')).filter((line) => line === `started ${label}`).length,
    restart,
    siteCancel: async (id) => void process.kill(-startedPid(jobFolder(id.split('/')[1] ?? '')), 'SIGTERM'),
    ban: async () => writeFileSync(authorized, '# nobody\n'),
    cases: {
      ...CASES,
      denied: async () => ({ ctx: ctxWith(env.SSH_OTHER_KEY ?? '') }),
      hanging: async () => {
        const silent = await startSilentServer()
        closing.push(silent.close)
        const ctx = ctxWith(account.keyFile, () => AbortSignal.timeout(1_500))
        return { job: { endpoint: `ssh://127.0.0.1:${silent.port}` }, ctx }
      },
    },
    hostile: HOSTILE.map((endpoint) => ({ endpoint })),
    close: async () => {
      writeFileSync(authorized, keys)
      for (const close of closing.reverse()) await close()
      endJobs(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const CASES: SubmitterRig['cases'] = {
  dead: async () => ({ job: { endpoint: `ssh://127.0.0.1:${await closedPort()}` } }),
  bad: async () => ({ job: { script: 'x'.repeat(600_000) }, words: /longer than/ }),
}

const HOSTILE = [
  '',
  'ssh://',
  'ssh://-oProxyCommand=x',
  'ssh://$(x)',
  'ssh://a b',
  'ssh://root@host.example',
  'ssh://host.example:0',
  'ssh://host.example:99999',
  'ssh://host.example/path',
  'ssh://host.example\n',
  'http://host.example',
  '../../etc',
]

async function restart() {
  vi.resetModules()
  return (await import('../../submitters/ssh/index.ts')).submitter
}

function startedPid(jobFolder: string): number {
  return Number(readFileSync(join(jobFolder, 'started'), 'utf8').split(' ')[0])
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
}

function endJobs(folder: string): void {
  const jobs = join(folder, 'jobs')
  if (!existsSync(jobs)) return
  for (const label of readdirSync(jobs)) {
    const pid = Number(linesOf(join(jobs, label, 'started'))[0]?.split(' ')[0])
    if (pid > 1)
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
  }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 1
}
