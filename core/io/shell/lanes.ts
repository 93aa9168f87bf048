import { setTimeout as pause } from 'node:timers/promises'
import ssh2, { type Client } from 'ssh2'
import { TransientError } from '../../domain/errors.ts'
import { unlessAborted } from './call.ts'
import { connect, type SshHost } from './connection.ts'

/** sshd's own MaxSessions is 10 a connection. */
const MAX_CHANNELS = 8
const MAX_LINKS = 4
const IDLE_MS = 60_000
const FRESH_IDLE_MS = 1_000
const CLOSE_MS = 1_000

/** One connection. `room` shrinks when the host allows fewer channels. */
type Link = { client: Client; ready: Promise<void>; leases: number; room: number; idle?: NodeJS.Timeout }
type Waiter = { wake: () => void; fail: (error: Error) => void }

/** The right to one channel of a connection. */
export type Lease = {
  client: Client
  release: () => void
  /** The connection seems dead: it takes no new channels and is closed after the last one. */
  retire: () => void
  /** The host wants no more channels on it; false when this is the only one. */
  shrink: () => boolean
}

/** All connections to one host as one user. */
export type Lane = { lease: (signal: AbortSignal) => Promise<Lease>; close: () => Promise<void> }

/** `onEmpty` is told when the last connection is closed and nobody waits. */
export function createLane(host: SshHost, onEmpty: () => void): Lane {
  const lane: State = { host, links: [], all: new Set(), waiting: [], isClosed: false, onEmpty }
  return { lease: (signal) => lease(lane, signal), close: () => close(lane) }
}

/** `links` take new channels; `all` are not yet closed. */
type State = { host: SshHost; links: Link[]; all: Set<Link>; waiting: Waiter[]; isClosed: boolean; onEmpty: () => void }

async function lease(lane: State, signal: AbortSignal): Promise<Lease> {
  const givenUp = () =>
    new TransientError(`${lane.host.host}: ${signal.reason ?? 'given up'} before there was a connection: nothing was started`)
  for (;;) {
    if (lane.isClosed) throw new TransientError('the connections are being closed: nothing was started')
    const link = lane.links.find((one) => one.leases < one.room) ?? (lane.links.length < MAX_LINKS ? open(lane) : undefined)
    if (!link) {
      await unlessAborted(signal, turn(lane), givenUp)
      continue
    }
    hold(link)
    try {
      await unlessAborted(signal, link.ready, givenUp)
      return leaseOf(lane, link)
    } catch (error) {
      letGo(lane, link)
      throw error
    }
  }
}

/** One that gives up leaves its place behind; it is woken for nothing, and the next one with it. */
function turn(lane: State): Promise<void> {
  return new Promise((resolve, reject) => {
    lane.waiting.push({ wake: resolve, fail: reject })
  })
}

function open(lane: State): Link {
  const client = new ssh2.Client()
  const link: Link = { client, ready: connect(client, lane.host), leases: 0, room: MAX_CHANNELS }
  lane.links.push(link)
  lane.all.add(link)
  client.once('close', () => drop(lane, link))
  link.ready.catch((error) => {
    drop(lane, link)
    client.destroy()
    // Whoever waits for a place on a host that is not there would wait as long as all before it together.
    if (lane.links.length === 0) for (const { fail } of lane.waiting.splice(0)) fail(error)
  })
  client.on('error', () => retire(lane, link))
  return link
}

function hold(link: Link): void {
  clearTimeout(link.idle)
  link.leases++
}

function letGo(lane: State, link: Link): void {
  link.leases--
  if (link.leases === 0 && lane.links.includes(link)) {
    link.idle = setTimeout(() => retire(lane, link), lane.host.fresh ? FRESH_IDLE_MS : IDLE_MS)
    link.idle.unref()
  } else if (link.leases === 0) link.client.end()
  wakeAll(lane)
}

function wakeAll(lane: State): void {
  for (const { wake } of lane.waiting.splice(0)) wake()
}

function retire(lane: State, link: Link): void {
  clearTimeout(link.idle)
  lane.links = lane.links.filter((one) => one !== link)
  if (link.leases === 0) link.client.end()
  wakeAll(lane)
}

function drop(lane: State, link: Link): void {
  const isWanted = lane.waiting.length > 0
  lane.all.delete(link)
  retire(lane, link)
  if (lane.all.size === 0 && !isWanted) lane.onEmpty()
}

function leaseOf(lane: State, link: Link): Lease {
  let isHeld = true
  const release = () => {
    if (isHeld) letGo(lane, link)
    isHeld = false
  }
  const shrink = () => {
    if (link.leases < 2) return false
    link.room = Math.max(1, link.leases - 1)
    return true
  }
  return { client: link.client, release, retire: () => retire(lane, link), shrink }
}

async function close(lane: State): Promise<void> {
  lane.isClosed = true
  wakeAll(lane)
  const closing = [...lane.all].map(async (link) => {
    clearTimeout(link.idle)
    const closed = new Promise<void>((resolve) => link.client.once('close', () => resolve()))
    link.client.end()
    await Promise.race([closed, pause(CLOSE_MS)])
    link.client.destroy()
  })
  await Promise.all(closing)
}
