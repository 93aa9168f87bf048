import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobRequest, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/dirac/index.ts'
import { contextFor } from '../conformance/context.ts'
import type { Bad, Cannot } from '../conformance/rig.ts'

export const IDENTITY = '/DC=example/DC=exercise/CN=Mallory Attacker'

export function jobThrough(server: string) {
  return (label: string, script: string): JobRequest => ({
    label,
    script,
    site: 'EXAMPLE-SITE',
    endpoint: server,
    vo: 'ops',
    voName: 'LCG.EXAMPLE.org',
    identity: IDENTITY,
    lifeSeconds: 600,
  })
}

/** What must get no further than the plug-in. */
export const HOSTILE: readonly Partial<JobRequest>[] = [
  ...[
    '',
    'ANY',
    'LCG',
    'LCG.A.org;Site = "ANY"',
    'LCG.A.org","LCG.B.org',
    'LCG.A.org, LCG.B.org',
    '-o.a.b',
    '../x.y.z',
    'LCG.é.org',
    'LCG.A.org\n',
  ].map((voName) => ({ voName })),
  ...['', 'https://elsewhere.example', 'file:///etc/passwd', 'javascript:alert(1)', '-K', '$(id)', 'http://user:pw@127.0.0.1:1/'].map(
    (endpoint) => ({
      endpoint,
    }),
  ),
]

const RACE =
  'DIRAC has no key that makes a submission happen once: two processes that submit the same label at the same time can start two jobs.'
const LATE = 'DIRAC brings the output of a job only when the job is over.'
const NO_CODE = 'DIRAC keeps no exit code of a job: it tells only that the application finished with errors.'

export const CANNOT: readonly Cannot[] = [
  { reason: RACE, tests: ['when the same label is submitted again, also at once, then one job is begun'] },
  { reason: LATE, tests: ['when a job does not listen to the polite signal, then it is ended all the same'] },
  { reason: NO_CODE, tests: ['when a job ends with an exit code, then it failed and the code is told'] },
]

/** Contexts of one test, all closed together. */
export function contexts() {
  const open: { close(): Promise<void> }[] = []
  const folder = mkdtempSync(join(tmpdir(), 'ssc-dirac-test-'))
  return {
    folder,
    make: (settings: Parameters<typeof contextFor>[1]): SubmitterContext => {
      const one = contextFor(submitter, settings)
      open.push(one)
      return one.ctx
    },
    /** A file that holds a token. */
    token: (name: string, token: string): string => {
      const file = join(folder, name)
      writeFileSync(file, `${token}\n`, { mode: 0o600 })
      return file
    },
    close: async () => {
      await Promise.all(open.map((one) => one.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let restarts = 0

/** The plug-in as another process would load it. The modules that it shares with the core stay the core's. */
export async function freshSubmitter(): Promise<typeof submitter> {
  const address = `../../submitters/dirac/index.ts?restart=${++restarts}`
  return (await import(/* @vite-ignore */ address)).submitter
}

/** A port where nobody listens, and one where somebody takes connections and never says a word. */
export async function silence(): Promise<{ dead: string; hanging: string; close(): Promise<void> }> {
  const gone = await listen()
  const dead = urlOf(gone)
  await new Promise((resolve) => gone.close(resolve))
  const silent = await listen()
  const sockets = new Set<{ destroy(): void }>()
  silent.on('connection', (socket) => sockets.add(socket))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  }
  return { dead, hanging: urlOf(silent), close }
}

function urlOf(server: Server): string {
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

async function listen(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** The bad case in which another service is meant. */
export function elsewhere(make: (server: string) => SubmitterContext, server: string): Bad {
  return { job: { endpoint: server }, ctx: make(server) }
}
