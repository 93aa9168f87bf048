import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import { processesOf } from '../../agent/rig.ts'
import type { BadCase } from '../../conformance/rig.ts'

/** `draining`: it lets everybody in and takes no jobs. */
export type Mode = BadCase | 'ok' | 'draining'

/** A job system's fake commands, with a state of their own; the jobs that they start are processes of this machine. */
export type FakeSystem = {
  environment: Record<string, string>
  /** Where the commands are. */
  path: string[]
  /** All further commands behave so. */
  behave(mode: Mode): void
  begun(label: string): number
  siteCancel(nativeId: string): void
  close(): Promise<void>
}

export function startFake(name: string, mode: Mode = 'ok'): FakeSystem {
  const state = mkdtempSync(join(tmpdir(), `ssc-fake-${name}-`))
  const behave = (word: string) => writeFileSync(join(state, 'mode'), `${word}\n`)
  behave(mode)
  return {
    environment: { FAKE_STATE: state },
    path: [fileURLToPath(new URL(`./${name}`, import.meta.url))],
    behave,
    begun: (label) => linesOf(join(state, 'ledger')).filter((line) => line === `started ${label}`).length,
    siteCancel: (nativeId) => siteCancel(state, nativeId),
    close: () => close(state),
  }
}

function jobsOf(state: string): string[] {
  mkdirSync(join(state, 'jobs'), { recursive: true })
  return readdirSync(join(state, 'jobs')).map((number) => join(state, 'jobs', number))
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

function siteCancel(state: string, nativeId: string): void {
  const job = jobsOf(state).find((folder) => linesOf(join(folder, 'id'))[0] === nativeId)
  if (job === undefined) throw new Error(`no job ${nativeId}`)
  writeFileSync(join(job, 'cancelled'), 'by the site\n')
  process.kill(-Number(linesOf(join(job, 'pid'))[0]), 'SIGTERM')
}

async function close(state: string): Promise<void> {
  for (const job of jobsOf(state)) {
    const group = Number(linesOf(join(job, 'pid'))[0])
    if (group > 0 && processesOf(group).length > 0) process.kill(-group, 'SIGKILL')
    if (group > 0) await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 })
  }
  rmSync(state, { recursive: true, force: true, maxRetries: 3 })
}
