import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import type { Submitter, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/htcondor/index.ts'
import { processesOf } from '../agent/rig.ts'
import { type ContextSettings, contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'

/** As the core has it: with options that it knows nothing of. */
export const plugin: Submitter = submitter

const FAKES = fileURLToPath(new URL('./fakes/htcondor', import.meta.url))

export type Mode =
  | 'ok'
  | 'dead'
  | 'denied'
  | 'unauthenticated'
  | 'nobody'
  | 'hanging'
  | 'bad'
  | 'not-spooled'
  | 'after-commit'
  | 'commit-lost'
  | 'killed-after'
  | 'history-dead'

/** A schedd of fake commands, whose state lies in a folder. */
export type Schedd = {
  state: string
  set(mode: Mode): void
  /** Lines of one of its books. */
  lines(book: 'ledger' | 'calls'): string[]
  context(more?: ContextSettings): SubmitterContext
  /** One of the commands, as the site's administrators give it. */
  command(...argv: readonly string[]): Promise<string>
  close(): Promise<void>
}

export function openSchedd(options: Record<string, unknown> = {}): Schedd {
  const state = mkdtempSync(join(tmpdir(), 'ssc-condor-'))
  const token = writeToken(state, 'token', 3_600)
  const opened: { close(): Promise<void> }[] = []
  const file = (name: string) => (existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8') : '')
  return {
    state,
    set: (mode) => writeFileSync(join(state, 'mode'), mode),
    lines: (book) => file(book).split('\n').filter(Boolean),
    context: (more = {}) => {
      const one = contextFor(submitter, {
        options: { patienceSeconds: 5, ...options },
        identity: { tokenFile: token },
        environment: { FAKE_CONDOR: state },
        path: [FAKES],
        ...more,
      })
      opened.push(one)
      return one.ctx
    },
    command: async (name = '', ...args) => {
      const env = { PATH: process.env.PATH ?? '', FAKE_CONDOR: state, FAKE_USER: 'admin' }
      return (await promisify(execFile)(join(FAKES, name), args, { env })).stdout
    },
    close: async () => {
      await endJobs(state)
      for (const one of opened) await one.close()
      rmSync(state, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Unsigned, as only its end matters here. */
export function writeToken(folder: string, name: string, seconds: number): string {
  const body = Buffer.from(JSON.stringify({ sub: 'mallory', exp: Math.floor(Date.now() / 1_000) + seconds })).toString('base64url')
  const path = join(folder, name)
  writeFileSync(path, `e30.${body}.\n`, { mode: 0o600 })
  return path
}

/** Kills what runs, until no process of the fakes is left: each leads a group whose pid stands in a file. */
async function endJobs(state: string): Promise<void> {
  await vi.waitFor(() => {
    const alive = groupsOf(state).filter(({ group }) => processesOf(group).length > 0)
    for (const { name, group } of alive) if (name.endsWith('/pid')) process.kill(-group, 'SIGKILL')
    if (alive.length > 0) throw new Error(`they do not end: ${alive.map(({ name }) => name).join(', ')}`)
  }, 10_000)
}

function groupsOf(state: string): { name: string; group: number }[] {
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)(pid|node|killer-\d+)$/.test(name))
  const read = (name: string) => (existsSync(join(state, name)) ? Number(readFileSync(join(state, name), 'utf8')) : 0)
  return names.map((name) => ({ name, group: read(name) })).filter(({ group }) => group > 1)
}

export function requestOf(endpoint: string, voName?: string): SubmitterRig['job'] {
  return (label, script) => ({
    label,
    script,
    endpoint,
    ...(voName === undefined ? {} : { voName }),
    site: 'SITE-ONE',
    vo: 'ops',
    identity: '/DC=example/DC=exercise/CN=Mallory Attacker',
    lifeSeconds: 600,
  })
}
