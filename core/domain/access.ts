import type { Access, AccessAnswer } from './event.ts'
import { compareEvents, type On } from './order.ts'
import { durationWords } from './text.ts'

/** When something changed: after `afterMs` (absent when nobody had asked before) and by `byMs`. Both ms since 1970. */
export type Between = { afterMs?: number; byMs: number }

/** One service of a site as it answered last, and the first ban that was seen there. */
export type ServiceAccess = {
  service: string
  endpoint: string
  attacker: Access
  control: Access
  revoked?: Access
  words: string
  /** Since when it answers so. */
  since: Between
  banned?: Between
}

/** How each service of a site stands, by plug-in and endpoint. The order in which the answers came does not matter. */
export function accessOf(answers: readonly On<'AccessChanged'>[]): ServiceAccess[] {
  const services = new Map<string, ServiceAccess>()
  for (const event of [...answers].sort(compareEvents)) {
    const { service, endpoint = '', attacker, control, revoked, words } = event.data
    const banned = services.get(keyOf(event.data))?.banned ?? (isBan(event.data) ? betweenOf(event) : undefined)
    services.set(keyOf(event.data), {
      service,
      endpoint,
      attacker,
      control,
      ...(revoked === undefined ? {} : { revoked }),
      words,
      since: betweenOf(event),
      ...(banned === undefined ? {} : { banned }),
    })
  }
  return [...services.values()].sort((a, b) => compareText(keyOf(a), keyOf(b)))
}

/** The answers after which the attacker was shut out: banned somewhere, and not known to be let in anywhere. */
export function shutOuts(answers: readonly On<'AccessChanged'>[]): On<'AccessChanged'>[] {
  const latest = new Map<string, AccessAnswer>()
  return [...answers].sort(compareEvents).filter((event) => {
    latest.set(keyOf(event.data), event.data)
    const all = [...latest.values()]
    return all.some(isBan) && all.every((one) => one.attacker !== 'accepted')
  })
}

/** A refusal is a ban only when the control identity was let in by the same service in the same round. */
export function isBan({ attacker, control }: Pick<AccessAnswer, 'attacker' | 'control'>): boolean {
  return attacker === 'refused' && control === 'accepted'
}

/**
 * How much of the time to a ban can be the way of a central ban, and not the site's delay: an Argus server fetches its
 * parent's policies about once an hour, and a policy decision is kept for up to 4 hours.
 * https://argus-documentation.readthedocs.io, "PAP: polling interval" and "PEP daemon: decision cache"
 */
export const PROPAGATION_MS = 5 * 3_600_000

/** How long a ban took since the alert, ms: at least (absent when nobody had asked before) and at most. */
export type TimeToBan = { least?: number; most: number }

/** A ban that was there before the alert took no time. */
export function timeToBan({ afterMs, byMs }: Between, alertedMs: number): TimeToBan {
  const since = (ms: number) => Math.max(0, ms - alertedMs)
  return { ...(afterMs === undefined ? {} : { least: since(afterMs) }), most: since(byMs) }
}

/** `between 3 h and 4 h after the alert; up to 5 h of it can be the way of a central ban`. */
export function banWords(banned: Between, alertedMs: number): string {
  const { least, most } = timeToBan(banned, alertedMs)
  if (most === 0) return 'before the alert'
  const span = least === undefined ? `within ${durationWords(most)}` : `between ${durationWords(least)} and ${durationWords(most)}`
  const share = most > PROPAGATION_MS ? `up to ${durationWords(PROPAGATION_MS)} of it` : 'all of it'
  return `${span} after the alert; ${share} can be the way of a central ban`
}

export function keyOf({ service, endpoint = '' }: Pick<AccessAnswer, 'service' | 'endpoint'>): string {
  return `${service} ${endpoint}`
}

function betweenOf({ at, data: { beforeMs } }: On<'AccessChanged'>): Between {
  return { ...(beforeMs === undefined ? {} : { afterMs: beforeMs }), byMs: at }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
