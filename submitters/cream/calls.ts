import { askEach } from '../../core/domain/bulk.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
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

/** `hostile` is the answer for what is no id of CREAM's. */
type Question<T> = { ids: readonly string[]; ctx: Context; hostile: Outcome<T> }

/** Asks each computing element for its own jobs. */
export function perElement<T>({ ids, ctx, hostile }: Question<T>, ask: (chunk: string[]) => Promise<Map<string, Outcome<T>>>) {
  const serverOf = (id: string) => (isJobId(id) ? hostOfId(id) : undefined)
  return askEach({ ids, serverOf, stranger: hostile, chunk: CHUNK, signal: ctx.signal }, ask)
}

/** A command that failed as a whole. */
export function failed(ran: Ran): Outcome<never> {
  const { kind, words } = faultOf(textOf(ran))
  return { ok: false, transient: kind !== 'denied', reason: words || `exit code ${ran.code}` }
}
