import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { JobRequest, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/panda/index.ts'
import { taskName } from '../../submitters/panda/task.ts'
import { contextFor } from '../conformance/context.ts'
import type { Bad, SubmitterRig } from '../conformance/rig.ts'
import { type Panda, type PandaSettings, startPanda } from '../services/panda/server.ts'

export const ATTACKER = 'Mallory Attacker'

export const TOKENS = new Map([
  ['good-token', { name: ATTACKER, groups: ['wlcg'] }],
  ['old-token', { name: ATTACKER, groups: ['wlcg'], isExpired: true }],
  ['strangers-token', { name: 'Stan Stranger', groups: ['other'] }],
])

export type PandaRig = SubmitterRig & {
  panda: Panda
  /** The same server, asked with another token or other options. */
  ctxWith(how: { token?: string; options?: Record<string, unknown> }): SubmitterContext
}

export function jobAt(server: string): (label: string, script: string) => JobRequest {
  const target = { site: 'SITE-ONE', voName: 'A_QUEUE', vo: 'wlcg', endpoint: server, identity: '/DC=example/CN=Mallory Attacker' }
  return (label, script) => ({ ...target, label, script, lifeSeconds: 600 })
}

export async function makePandaRig(settings: PandaSettings = {}): Promise<PandaRig> {
  const panda = await startPanda({ tokens: TOKENS, ...settings })
  const silent = await startSilent()
  const { ctxWith, closeAll } = contextsFor(panda)
  const at = async (server: string): Promise<Bad> => ({
    job: { endpoint: server },
    ctx: ctxWith({ options: { server, timeoutSeconds: 2 } }),
  })
  return {
    submitter,
    panda,
    ctxWith,
    ctx: ctxWith({}),
    job: jobAt(panda.url),
    unknownId: '999999',
    begun: async (label) => panda.begun(taskName(label, { namePrefix: '' })),
    restart: async () => {
      vi.resetModules()
      return (await import('../../submitters/panda/index.ts')).submitter
    },
    siteCancel: async (id) => panda.abort(id),
    ban: async () => panda.ban(ATTACKER),
    cases: {
      denied: async () => ({ ctx: ctxWith({ token: 'strangers-token' }), words: /Not a member of the wlcg group/ }),
      expired: async () => ({ ctx: ctxWith({ token: 'old-token' }) }),
      dead: () => at('http://127.0.0.1:1'),
      hanging: () => at(silent.url),
    },
    hostile: hostileTargets(panda.url),
    close: async () => {
      await panda.close()
      await silent.close()
      await closeAll()
    },
  }
}

function hostileTargets(server: string): Partial<JobRequest>[] {
  const queues = ['$(touch pwned)', 'A_QUEUE"; touch pwned', '', '../A_QUEUE', 'A\0B', 'Q'.repeat(200)]
  const vos = ['wlcg\r\nOrigin: other', 'a b', '']
  const endpoints = ['http://169.254.169.254/', `${server}/api/v1/../../x`, `${server}@evil.example`, 'file:///etc/passwd', '']
  return [...queues.map((voName) => ({ voName })), ...vos.map((vo) => ({ vo })), ...endpoints.map((endpoint) => ({ endpoint }))]
}

/** Contexts with the real HTTP client, each with a token's file. */
function contextsFor(panda: Panda): { ctxWith: PandaRig['ctxWith']; closeAll(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-tokens-'))
  const contexts: { close(): Promise<void> }[] = []
  const ctxWith: PandaRig['ctxWith'] = ({ token = 'good-token', options = {} }) => {
    const tokenFile = join(folder, token)
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
    const given = { server: panda.url, vo: 'wlcg', timeoutSeconds: 10, ...options }
    const made = contextFor(submitter, { options: given, identity: { tokenFile } })
    contexts.push(made)
    return made.ctx
  }
  const closeAll = async () => {
    for (const context of contexts) await context.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ctxWith, closeAll }
}

/** Takes connections and never answers. */
async function startSilent(): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer()
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
