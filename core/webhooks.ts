import { randomUUID } from 'node:crypto'
import { createTeller, type Hook, type HookState, hookDocument } from './app/tell-hook.ts'
import type { Config } from './config.ts'
import { messageOf, RefusedError } from './domain/errors.ts'
import { bodyOf } from './domain/notice.ts'
import { every } from './every.ts'
import type { Instance } from './instance.ts'
import { createHttpPool, type HttpPool } from './io/http/client.ts'
import { processIdentity, processLives } from './io/process-identity.ts'
import { endLease, takeLease } from './io/store/lease.ts'
import { postWebhook } from './io/webhook.ts'
import { rehearsals } from './rehearsal/list.ts'

type Log = (message: string, data?: Record<string, unknown>) => void

const TURN_MS = 1_000
/** Longer than a turn may take that waits for an answer: until then no other process tells the same hook. */
const LEASE_MS = 90_000

export function hooksOf({ webhooks }: Pick<Config, 'webhooks'>): Hook[] {
  return Object.entries(webhooks).map(([name, options]) => ({ name, ...options }))
}

/** Tells each hook what happens, in a turn of its own: one that is away holds up nothing else. Of several processes one does it. */
export function openWebhooks(instance: Instance, log: Log): { close(): Promise<void> } {
  const pool = createHttpPool()
  const ending = new AbortController()
  const stops = hooksOf(instance.config).map((hook) => openHook(instance, hook, { pool, log, ending: ending.signal }))
  return {
    close: async () => {
      ending.abort(new Error('it is at its end'))
      await Promise.all(stops.map((stop) => stop()))
      await pool.close()
    },
  }
}

function openHook(
  instance: Instance,
  hook: Hook,
  { pool, log, ending }: { pool: HttpPool; log: Log; ending: AbortSignal },
): () => Promise<void> {
  const { store, clock, sha256, config, db } = instance
  const lease = { name: `${hookDocument(hook.name)} sender`, owner: processIdentity(), ms: LEASE_MS }
  const hold = () => takeLease(db, lease, (other) => !processLives(other))
  const tell = createTeller(
    {
      ...{ store, clock, sha256, log },
      leftOut: () => rehearsals(store),
      post: async (one, message) => {
        if (!(await hold())) throw new RefusedError('another process tells this hook now')
        return postWebhook(one, message, { pool, caFolder: config.certificates, signal: ending, nowMs: clock.wall() })
      },
    },
    hook,
  )
  const turn = async () => {
    if (!ending.aborted && (await hold())) await tell(ending)
  }
  const stop = every(TURN_MS, turn, (error) => log('a turn of a webhook failed', { webhook: hook.name, reason: messageOf(error) }))
  return async () => {
    await stop()
    await endLease(db, lease)
  }
}

export type HookRow = Pick<Hook, 'name' | 'events' | 'runs'> & { host: string; state: HookState | null }

/** Every hook with where it stands; of its address the host alone, as some hold a secret in the rest. */
export async function hookRows({ config, store }: Pick<Instance, 'config' | 'store'>): Promise<HookRow[]> {
  const rows = hooksOf(config).map(async ({ name, url, events, runs }) => {
    const state = (await store.document<HookState>(hookDocument(name))) ?? null
    return { name, host: new URL(url).host, events, runs, state }
  })
  return Promise.all(rows)
}

/** Sends a message that tells of nothing. Gives back the answer in a word; throws when it was not taken. */
export async function pingHook({ config, clock }: Pick<Instance, 'config' | 'clock'>, hook: Hook, signal: AbortSignal): Promise<string> {
  const pool = createHttpPool()
  const nowMs = clock.wall()
  try {
    const body = bodyOf({ name: 'ping', at: nowMs, data: { webhook: hook.name } })
    return await postWebhook(hook, { id: `msg_${randomUUID()}`, body }, { pool, caFolder: config.certificates, signal, nowMs })
  } finally {
    await pool.close()
  }
}
