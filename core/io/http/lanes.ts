import type { SecureContext } from 'node:tls'
import { Client } from 'undici'
import { connectorOf } from './connect.ts'
import { type Credentials, secureContextOf } from './credentials.ts'
import type { Trust } from './trust.ts'

/** Whom a connection is to, and what is shown to it. `trust` is absent where no TLS is spoken. */
export type Peer = { origin: string; credentials: Credentials; trust: Trust | undefined }

/** One connection at most, for one request at a time. */
export type Lane = { client: Client; key: string; contextKey: string; isOld: boolean; idle?: NodeJS.Timeout; end(): Promise<void> }

export type Lanes = { all: Set<Lane>; free: Map<string, Lane[]>; contexts: Map<string, SecureContext> }

/**
 * What nobody uses for so long, ms, is closed, and the key that it needed is forgotten. Short, for a server may close an idle
 * connection while we send on it, and nobody knows then what became of the request; some wait for 2 s only.
 */
const IDLE_MS = 1_500
/** A service that banned us must see our credential again: no connection is used longer than this, ms. */
const OLDEST_MS = 60_000
const MOST_HEADER_BYTES = 32 * 1024

export function openLanes(): Lanes {
  return { all: new Set(), free: new Map(), contexts: new Map() }
}

/**
 * Does the body with a free connection, or a new one. It is kept afterwards only when the body says that all went well:
 * undici would at once open another in the place of one that was broken off.
 */
export async function withLane<T>(lanes: Lanes, peer: Peer, body: (client: Client) => Promise<{ value: T; isFine: boolean }>): Promise<T> {
  const contextKey = `${peer.trust?.version ?? ''} ${peer.credentials.certificate?.version ?? ''}`
  const key = `${peer.origin} ${contextKey}`
  const lane = lanes.free.get(key)?.pop() ?? openLane(lanes, peer, { key, contextKey })
  clearTimeout(lane.idle)
  let isFine = false
  try {
    const done = await body(lane.client)
    isFine = done.isFine
    return done.value
  } finally {
    if (isFine && !lane.isOld && lanes.all.has(lane)) setFree(lanes, lane)
    else void lane.end()
  }
}

export async function closeLanes(lanes: Lanes): Promise<void> {
  await Promise.all([...lanes.all].map((lane) => lane.end()))
}

function openLane(lanes: Lanes, { origin, credentials, trust }: Peer, { key, contextKey }: { key: string; contextKey: string }): Lane {
  const context = trust && (lanes.contexts.get(contextKey) ?? secureContextOf(credentials.certificate, trust))
  if (context) lanes.contexts.set(contextKey, context)
  const { connect, abandon } = connectorOf(context)
  // One deadline is over all of it.
  const client = new Client(origin, { connect, maxHeaderSize: MOST_HEADER_BYTES, headersTimeout: 0, bodyTimeout: 0 })
  const aging = setTimeout(() => {
    lane.isOld = true
    if (lanes.free.get(key)?.includes(lane)) void lane.end()
  }, OLDEST_MS).unref()
  const lane: Lane = {
    client,
    key,
    contextKey,
    isOld: false,
    end: async () => {
      clearTimeout(aging)
      clearTimeout(lane.idle)
      forget(lanes, lane)
      abandon()
      await client.destroy()
    },
  }
  lanes.all.add(lane)
  return lane
}

function setFree(lanes: Lanes, lane: Lane): void {
  lanes.free.set(lane.key, [...(lanes.free.get(lane.key) ?? []), lane])
  lane.idle = setTimeout(() => void lane.end(), IDLE_MS).unref()
}

function forget(lanes: Lanes, lane: Lane): void {
  lanes.all.delete(lane)
  const others = (lanes.free.get(lane.key) ?? []).filter((other) => other !== lane)
  if (others.length === 0) lanes.free.delete(lane.key)
  else lanes.free.set(lane.key, others)
  if (![...lanes.all].some((other) => other.contextKey === lane.contextKey)) lanes.contexts.delete(lane.contextKey)
}
