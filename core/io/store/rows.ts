import type { Event } from '../../domain/event.ts'
import { canonicalJson } from '../../domain/json.ts'
import type { Change, Effect, NewFact } from '../../ports.ts'

export type EventRow = { stream: string; seq: number; body: string; hash: string }
export type EffectRow = Omit<Effect, 'payload'> & { payload: string }

export function eventOf(row: EventRow): Event {
  return { ...JSON.parse(row.body), stream: row.stream, seq: row.seq, hash: row.hash }
}

export function effectOf(row: EffectRow): Effect {
  return { ...row, payload: JSON.parse(row.payload) }
}

/** The change as `ssc.commit` takes it. Facts are text from here on: their hash is taken over these characters. */
export function changeRow(change: Change, now: number): Record<string, unknown> {
  return {
    ...change,
    facts: (change.facts ?? []).map((fact) => ({ stream: fact.stream, key: fact.key, body: bodyOf(fact, now) })),
    effects: (change.effects ?? []).map((effect) => ({ ...effect, payload: canonicalJson(effect.payload) })),
    contents: (change.contents ?? []).map((content) => ({ ...content, bytes: Buffer.from(content.bytes).toString('base64') })),
  }
}

function bodyOf(fact: NewFact, now: number): string {
  return canonicalJson({ at: now, data: fact.data, key: fact.key, type: fact.type })
}
