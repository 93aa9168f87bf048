import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Shell } from '../../core/domain/reach.ts'
import type { JobRequest, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/slurm/index.ts'
import type { ContextSettings } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { begun, closeFolder, contextOf, type Folder, openFolder, portOf, requestOf, type Site, slurm } from './slurm-rig.ts'

export const EXPIRED = {
  reason: 'A key of ssh and an account of slurm have no end of their own: there is no credential that could run out.',
  tests: ['when the credential has run out, then nothing is begun and that is no ban'],
}

const HOSTILE: Partial<JobRequest>[] = [
  '',
  'http://127.0.0.1',
  'ssh://',
  'ssh://-oProxyCommand=x/ops',
  'ssh://user@127.0.0.1',
  'ssh://127.0.0.1:99999',
  'ssh://127.0.0.1:22/--wrap=x',
  'ssh://127.0.0.1/ops;x',
  'ssh://127.0.0.1/ops\nx',
  'ssh://127.0.0.1/a/b',
  'file:///etc/passwd',
].map((endpoint) => ({ endpoint }))

let restarts = 0

/** A new instance of the plug-in alone: the core's classes of errors stay what the suite compares with. */
async function restart(): Promise<typeof submitter> {
  const again = `../../submitters/slurm/index.ts?again=${restarts++}`
  return (await import(again)).submitter
}

/** The rig of the conformance suite, for either way to the commands. */
export async function makeRig(site: Site, over: 'ssh' | 'commands'): Promise<SubmitterRig> {
  const own = await openFolder(site)
  const here = contextOf(site, own, { over })
  const opened = [here]
  const other: Other = (more) => {
    const one = contextOf(site, own, { over, ...more })
    opened.push(one)
    return one.ctx
  }
  const host = over === 'ssh' ? `ssh://127.0.0.1:${site.sshd.SSH_PORT}` : 'slurm://127.0.0.1'
  copyFileSync(join(site.place.work, 'sshd', 'user_key.pub'), join(site.place.work, 'sshd', 'authorized_keys'))
  const cases = over === 'ssh' ? sshCases(site, own, other) : commandCases(site, own, other)
  return {
    submitter,
    ctx: here.ctx,
    job: requestOf(`${host}/${own.partition}`),
    restart,
    begun: (label) => begun(site, own, label),
    unknownId: over === 'ssh' ? `${host}/987654` : '987654',
    siteCancel: async (id) => void (await slurm(site, 'scancel', id.replace(/^.*\//, ''))),
    ban: () => (over === 'ssh' ? shutOut(site, here.ctx.at(host)) : closeTo(site, own.partition)),
    cases: { ...cases, bad: async () => ({ job: { endpoint: `${host}/nosuch` }, words: /[Ii]nvalid partition/ }) },
    hostile: HOSTILE,
    patienceMs: 50_000,
    close: async () => {
      await closeFolder(site, own)
      for (const one of opened) await one.close()
    },
  }
}

type Other = (more: ContextSettings) => SubmitterContext

function sshCases(site: Site, { partition }: Folder, other: Other): SubmitterRig['cases'] {
  const stranger = { user: site.sshd.SSH_USER ?? '', keyFile: site.sshd.SSH_OTHER_KEY ?? '' }
  const silent = `ssh://127.0.0.1:${portOf(site.silent)}/${partition}`
  return {
    denied: async () => ({ ctx: other({ identity: { ssh: stranger } }) }),
    dead: async () => ({ job: { endpoint: `ssh://127.0.0.1:1/${partition}` } }),
    hanging: async () => ({ job: { endpoint: silent }, ctx: other({ signal: AbortSignal.timeout(2_000) }) }),
  }
}

function commandCases(site: Site, { partition }: Folder, other: Other): SubmitterRig['cases'] {
  const toPort = (port: number) => ({ environment: { SLURM_CONF: confFor(site, port) } })
  return {
    denied: async () => {
      await closeTo(site, partition)
      return {}
    },
    dead: async () => ({ ctx: other(toPort(1)) }),
    hanging: async () => ({ ctx: other({ ...toPort(portOf(site.silent)), signal: AbortSignal.timeout(3_000) }) }),
  }
}

/** As root AllowGroups does not count, and for others DisableRootJobs. */
async function closeTo(site: Site, partition: string): Promise<void> {
  await slurm(site, 'scontrol', 'update', `PartitionName=${partition}`, 'DisableRootJobs=yes', 'AllowGroups=sys')
}

function confFor(site: Site, port: number): string {
  const conf = join(site.place.work, `slurm-${port}.conf`)
  const real = readFileSync(site.slurm.SLURM_CONF ?? '', 'utf8').replace(/^SlurmctldPort=.*$/m, `SlurmctldPort=${port}`)
  writeFileSync(conf, `${real}MessageTimeout=3\n`)
  return conf
}

/** The site takes the key away and ends the account's sessions. */
async function shutOut(site: Site, shell: Shell): Promise<void> {
  writeFileSync(join(site.place.work, 'sshd', 'authorized_keys'), '')
  const main = readFileSync(join(site.place.work, 'sshd', 'pid'), 'utf8').trim()
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', main], { encoding: 'utf8' }).trim().split(/\s+/)
  for (const pid of children.filter((one) => Number(one) > 1)) process.kill(Number(pid), 'SIGKILL')
  await vi.waitFor(() => expect(shell.run(['true'])).rejects.toThrow('Permission denied'), { timeout: 30_000 })
}
