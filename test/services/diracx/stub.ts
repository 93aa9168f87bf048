import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerTo } from './answers.ts'
import { createExecutor, type Executor } from './executor.ts'
import { type Store, startStore } from './store.ts'

export type User = { name: string; properties: readonly string[] }
export type Job = {
  id: number
  owner: string
  status: string
  minor: string
  application: string
  jdl: Record<string, string>
  changedMs: number
  output: string[]
}

/** The service's own memory. `clockMs` is what its clock is ahead of ours. */
export type World = {
  store: Store
  executor: Executor
  jobs: Map<number, Job>
  tokens: Map<string, User>
  banned: Set<string>
  begun: string[]
  requests: string[]
  clockMs: number
  /** No job is run. */
  isHeld: boolean
  /** Everybody sees everybody's jobs: DIRAC's GlobalJobsInfo. */
  isOpen: boolean
  /** Jobs that are not over. */
  works: Set<Promise<unknown>>
}
export type Asked = { method: string; url: URL; token: string | undefined; body: unknown }
export type Answer = { status: number; body: unknown; headers?: Record<string, string> }
export type Stub = World & { url: string; close(): Promise<void> }

const MOST_BYTES = 10 * 1024 * 1024

/** A DiracX whose jobs are processes on this machine. */
export async function startStub(): Promise<Stub> {
  const root = mkdtempSync(join(tmpdir(), 'ssc-diracx-'))
  const world: World = {
    store: await startStore(),
    executor: createExecutor(root),
    jobs: new Map(),
    tokens: new Map(),
    banned: new Set(),
    begun: [],
    requests: [],
    clockMs: 0,
    isHeld: false,
    isOpen: false,
    works: new Set(),
  }
  const server = createServer(async (request, response) => {
    const asked = await read(request)
    world.requests.push(`${asked.method} ${asked.url.pathname}${asked.url.search}`)
    const { status, body, headers } = answerTo(world, asked)
    const date = new Date(Date.now() + world.clockMs).toUTCString()
    response.writeHead(status, { 'content-type': 'application/json', date, ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    world.isHeld = true
    await world.executor.killAll()
    await Promise.all(world.works)
    await new Promise((resolve) => server.close(resolve).closeAllConnections())
    await world.store.close()
    rmSync(root, { recursive: true, force: true })
  }
  return Object.assign(world, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close })
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8')
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  return { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://stub'), token, body: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
