import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import type { Submitter } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/slurm/index.ts'
import { type ContextSettings, contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import type { Place } from '../services/grid.ts'

/** As the core has it: with options that it knows nothing of. */
export const plugin: Submitter = submitter

export type Env = Record<string, string>
/** What the tests of one file share: a slurm and an sshd, and a port on which nobody ever answers. */
export type Site = { place: Place; slurm: Env; sshd: Env; silent: Server }

export async function openSite(place: Place): Promise<Site> {
  const slurm = await place.start('slurm')
  // A job that does not listen is killed after two seconds.
  appendFileSync(slurm.SLURM_CONF ?? '', 'KillWait=2\n')
  await promisify(execFile)('scontrol', ['reconfigure'], { env: { PATH: process.env.PATH ?? '', ...slurm } })
  const sshd = await place.start('sshd')
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  return { place, slurm, sshd, silent }
}

export async function closeSite(site: Site): Promise<void> {
  site.silent.close()
  await site.place.close()
}

export function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** One of slurm's own commands, as the site's administrators give it. */
export async function slurm(site: Site, ...argv: readonly string[]): Promise<string> {
  const [command = '', ...args] = argv
  return (await promisify(execFile)(command, args, { env: { PATH: process.env.PATH ?? '', ...site.slurm } })).stdout
}

export type Folder = { folder: string; partition: string }

/** A folder and a partition for the jobs of one test, and the context for it. */
export async function openFolder(site: Site): Promise<Folder> {
  const folder = mkdtempSync(join(site.place.work, 'jobs-'))
  const partition = `p${folder.slice(-6)}`
  await slurm(site, 'scontrol', 'create', `PartitionName=${partition}`, 'Nodes=ALL')
  return { folder, partition }
}

export async function closeFolder(site: Site, { partition }: Folder): Promise<void> {
  await slurm(site, 'scancel', '--full', '--signal=KILL', `--partition=${partition}`).catch(() => '')
  await slurm(site, 'scancel', `--partition=${partition}`).catch(() => '')
  await vi.waitFor(
    async () => {
      if ((await slurm(site, 'squeue', '-h', '-p', partition)) !== '') throw new Error(`jobs of ${partition} do not end`)
    },
    { timeout: 50_000, interval: 100 },
  )
  await slurm(site, 'scontrol', 'delete', `PartitionName=${partition}`).catch(() => '')
}

export function settingsOf(site: Site, { folder }: Folder, over: 'ssh' | 'commands'): ContextSettings {
  const ssh = { user: site.sshd.SSH_USER ?? '', keyFile: site.sshd.SSH_USER_KEY ?? '' }
  return {
    options: { over, folder, patienceSeconds: 10, memoryMb: 50 },
    identity: { ssh },
    environment: { SLURM_CONF: site.slurm.SLURM_CONF ?? '' },
    knownHosts: site.sshd.SSH_KNOWN_HOSTS ?? '',
  }
}

export function contextOf(site: Site, folder: Folder, more: ContextSettings & { over: 'ssh' | 'commands' }) {
  const { over, ...settings } = more
  return contextFor(submitter, { ...settingsOf(site, folder, over), ...settings })
}

/** How many batch jobs of a label slurm has taken into a folder. */
export async function begun(site: Site, { folder }: Folder, label: string): Promise<number> {
  const lines = (await slurm(site, 'squeue', '-h', '-t', 'all', '-o', '%Z|%j')).split('\n')
  return lines.filter((line) => line === `${folder}/jobs/${label}|${label}`).length
}

export function requestOf(endpoint: string): SubmitterRig['job'] {
  return (label, script) => ({
    label,
    script,
    endpoint,
    site: 'SITE-ONE',
    vo: 'ops',
    identity: '/DC=example/DC=exercise/CN=Mallory Attacker',
    lifeSeconds: 600,
  })
}
