import { messageOf, TransientError } from '../../core/domain/errors.ts'
import type { HowToRun, Ran } from '../../core/domain/reach.ts'
import { type Outcome, type SubmitterContext, sameForAll } from '../../core/domain/submitter.ts'
import { CHUNK, type WmsOptions } from './schema.ts'
import { isJobId, isOurServer, serverOfId } from './target.ts'

export type Context = SubmitterContext<WmsOptions>

/** The context's own deadline comes first; a submission with its delegation and transfer may well take minutes. */
const COMMAND_MS = 10 * 60_000

/** One command of the user interface. */
export async function command(ctx: Context, argv: readonly string[], how: HowToRun = {}): Promise<Ran> {
  return ctx.run(argv, { timeoutMs: COMMAND_MS, ...how })
}

type Ask<T> = (chunk: string[]) => Promise<Map<string, Outcome<T>>>
/** `hostile` is the answer for what is no id of a WMS; it gets no further. */
type Question<T> = { ids: readonly string[]; ctx: Context; hostile: Outcome<T> }

/** Asks in chunks, each bookkeeping server for its own jobs: one that hangs keeps no other waiting. */
export async function perServer<T>({ ids, ctx, hostile }: Question<T>, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const groups = new Map<string, string[]>()
  for (const id of new Set(ids.filter(isJobId))) {
    const group = groups.get(serverOfId(id)) ?? []
    group.push(id)
    groups.set(serverOfId(id), group)
  }
  const hostiles = sameForAll(
    ids.filter((id) => !isJobId(id)),
    hostile,
  )
  const answers = await Promise.all([...groups].map(([server, group]) => inChunks({ ids: group, ctx, hostile: strange(server) }, ask)))
  return new Map([hostiles, ...answers].flatMap((answer) => [...answer]))
}

function strange(server: string): Outcome<never> {
  return { ok: false, transient: true, reason: `${server} is not among the servers of options.lb` }
}

async function inChunks<T>({ ids, ctx, hostile }: Question<T>, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const answers = new Map<string, Outcome<T>>()
  for (let start = 0; start < ids.length; start += CHUNK) {
    const chunk = ids.slice(start, start + CHUNK)
    const isOurs = chunk.every((id) => isOurServer(serverOfId(id), ctx.options))
    for (const [id, answer] of isOurs ? await asked(chunk, ctx, ask) : sameForAll(chunk, hostile)) answers.set(id, answer)
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
