import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METHODS, type Scene } from './methods.ts'
import { abort, closeJedi, createJedi, type Pace, type Task } from './tasks.ts'
import { type Holder, whoAsks } from './who.ts'
import { checked, isEnvelope, isOpen, methodOf, no, PlainError, parametersOf, textOf } from './wire.ts'

export type PandaSettings = {
  tokens?: ReadonlyMap<string, Holder>
  vos?: readonly string[]
  queues?: readonly string[]
  pace?: Partial<Pace>
  maxActiveTasks?: number
  /** Then it speaks HTTPS and takes client certificates of this CA. */
  tls?: { key: string; cert: string; ca: string }
  /** What comes instead of the answer to a method, for what cannot be brought about otherwise. */
  instead?(method: string): { status: number; body: string } | undefined
}

export type Asked = { verb: string; method: string; headers: IncomingMessage['headers']; path: string }

export type Panda = {
  url: string
  /** All requests so far. */
  asked: Asked[]
  task(id: string): Task | undefined
  begun(name: string): number
  /** `entry`: the server's door knows it too, and not the database alone. */
  ban(user: string, how?: 'entry' | 'database'): void
  /** An operator of the VO aborts the task. */
  abort(id: string): void
  close(): Promise<void>
}

type Scenery = Scene & { settings: PandaSettings; atEntry: Set<string>; asked: Asked[] }

/**
 * A stand-in for a PanDA server with JEDI, pilots and sites behind it, on 127.0.0.1: API v1 as far as it is used here, with
 * the traps of the real one. It runs what the tasks hold.
 */
export async function startPanda(settings: PandaSettings = {}): Promise<Panda> {
  const { queues = ['A_QUEUE'], pace, maxActiveTasks = 100, tls } = settings
  const folder = mkdtempSync(join(tmpdir(), 'ssc-panda-'))
  const jedi = createJedi(folder, queues, { takeUpMs: 60, stepMs: 15, commandMs: 50, ...pace })
  const banned = new Set<string>()
  const scenery: Scenery = { jedi, banned, maxActiveTasks, settings, atEntry: new Set(), asked: [] }
  const listener = (request: IncomingMessage, response: ServerResponse) => void respond(scenery, request, response)
  const server =
    tls === undefined ? createServer(listener) : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked: scenery.asked,
    task: (id) => jedi.tasks.get(Number(id)),
    begun: (name) => jedi.begins.filter((one) => one === name).length,
    ban: (user, how = 'entry') => {
      banned.add(user)
      if (how === 'entry') scenery.atEntry.add(user)
    },
    abort: (id) => abort(jedi, jedi.tasks.get(Number(id))!),
    close: async () => {
      await closeJedi(jedi)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Whatever it says, it calls it plain text. */
async function respond(scenery: Scenery, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = { 'Content-Type': 'text/plain' }
  try {
    const text = await textFor(scenery, request)
    response.writeHead(200, type).end(text)
  } catch (error) {
    response.writeHead(error instanceof PlainError ? error.status : 500, type).end(error instanceof Error ? error.message : 'crashed')
  }
}

async function textFor(scenery: Scenery, request: IncomingMessage): Promise<string> {
  const { tokens = new Map(), vos = ['wlcg'], instead } = scenery.settings
  const url = new URL(request.url ?? '/', 'http://localhost')
  const verb = request.method ?? ''
  const method = methodOf(url)
  scenery.asked.push({ verb, method, headers: request.headers, path: `${url.pathname}${url.search}` })
  const user = whoAsks(request, { tokens, vos, banned: scenery.atEntry })
  const other = instead?.(method)
  if (other !== undefined && other.status !== 200) throw new PlainError(other.status, other.body)
  if (other !== undefined) return other.body
  const given = await parametersOf(request, url)
  if (user === undefined && !isOpen(method)) return textOf(request, no('SSL secure connection is required'))
  const values = checked(method, verb, given)
  return textOf(request, isEnvelope(values) ? values : METHODS[method]!({ user: user ?? '', given: values, scene: scenery }))
}
