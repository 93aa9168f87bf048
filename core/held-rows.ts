import { partyOfStream, siteOfStream } from './domain/event.ts'
import { type Order, orderWords } from './domain/task.ts'
import type { Effect } from './ports.ts'

/** A piece of work that waits for a decision. `due` in ms since 1970; `what` tells which letter, or which order. */
export type HeldRow = { id: string; kind: Effect['kind']; what: string; due: number; site?: string; party?: string }

export function heldRow({ id, kind, due, stream, payload }: Effect): HeldRow {
  const [site, party] = [siteOfStream(stream), partyOfStream(stream)]
  return { id, kind, what: workWords(kind, payload), due, ...(site !== undefined && { site }), ...(party !== undefined && { party }) }
}

/** `send-mail (reminder)`, `send-task (mark 3)`: an officer decides on what it is, not on its name. */
function workWords(kind: Effect['kind'], { mail, order }: Effect['payload']): string {
  if (mail !== undefined) return `${kind} (${String(mail)})`
  if (order === undefined) return kind
  return `${kind} (${orderWords(order as Order)})`
}
