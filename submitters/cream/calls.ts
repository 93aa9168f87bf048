import { messageOf, TransientError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { type Outcome, type SubmitterContext, sameForAll } from '../../core/domain/submitter.ts'
import { textOf } from './answers.ts'
import { faultOf } from './faults.ts'
import { CHUNK, type CreamOptions } from './schema.ts'
import { hostOfId, isJobId } from './target.ts'

export type Context = SubmitterContext<CreamOptions>

/** The context's own deadline comes first; a submission with its delegation and transfer may well take minutes. */
const COMMAND_MS = 10 * 60_000

/** One command of the client. */
export async function command(ctx: Context, argv: readonly string[], maxBytes = 1024 * 1024): Promise<Ran> {
  return ctx.run(argv, { timeoutMs: COMMAND_MS, maxBytes })
}

type Ask<T> = (chunk: string[]) => Promise<Map<string, Outcome<T>>>
/** `hostile` is the answer for what is no id of CREAM's; it gets no further. */
type Question<T> = { ids: readonly string[]; ctx: Context; hostile: Outcome<T> }

/**
 * Asks each computing element for its own jobs, in chunks: one that hangs keeps no other waiting, and a call that fails tells
 * nothing of the others.
 */
export async function perElement<T>({ ids, ctx, hostile }: Question<T>, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const groups = new Map<string, string[]>()
  for (const id of new Set(ids.filter(isJobId))) {
    const group = groups.get(hostOfId(id)) ?? []
    group.push(id)
    groups.set(hostOfId(id), group)
  }
  const strangers = sameForAll(
    ids.filter((id) => !isJobId(id)),
    hostile,
  )
  const answers = await Promise.all([...groups.values()].map((group) => inChunks(group, ctx, ask)))
  return new Map([strangers, ...answers].flatMap((answer) => [...answer]))
}

async function inChunks<T>(ids: string[], ctx: Context, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const answers = new Map<string, Outcome<T>>()
  for (let start = 0; start < ids.length; start += CHUNK) {
    const chunk = ids.slice(start, start + CHUNK)
    for (const [id, answer] of await asked(chunk, ctx, ask)) answers.set(id, answer)
  }
  return answers
}

async function asked<T>(chunk: string[], ctx: Context, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  try {
    if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
    return await ask(chunk)
  } catch (error) {
    return sameForAll(chunk, failure(error))
  }
}

export const GIVEN_UP = 'the call was given up before anything was done'

/** No word of the other side's: it may be asked again. */
export function failure(error: unknown): Outcome<never> {
  return { ok: false, transient: true, reason: messageOf(error) }
}

/** A command that failed as a whole. */
export function failed(ran: Ran): Outcome<never> {
  const { kind, words } = faultOf(textOf(ran))
  return { ok: false, transient: kind !== 'denied', reason: words || `exit code ${ran.code}` }
}
