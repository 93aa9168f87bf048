import { askEach } from '../../core/domain/bulk.ts'
import { TransientError } from '../../core/domain/errors.ts'
import type { HowToRun, Ran } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { CHUNK, type WmsOptions } from './schema.ts'
import { isJobId, isOurServer, serverOfId } from './target.ts'

export type Context = SubmitterContext<WmsOptions>

/** The context's own deadline comes first; a submission with its delegation and transfer may well take minutes. */
const COMMAND_MS = 10 * 60_000

/** One command of the user interface. */
export async function command(ctx: Context, argv: readonly string[], how: HowToRun = {}): Promise<Ran> {
  return ctx.run(argv, { timeoutMs: COMMAND_MS, ...how })
}

/** `hostile` is the answer for what is no id of a WMS. */
type Question<T> = { ids: readonly string[]; ctx: Context; hostile: Outcome<T> }

/** Asks each bookkeeping server for its own jobs. */
export function perServer<T>({ ids, ctx, hostile }: Question<T>, ask: (chunk: string[]) => Promise<Map<string, Outcome<T>>>) {
  const serverOf = (id: string) => (isJobId(id) ? serverOfId(id) : undefined)
  return askEach<T>({ ids, serverOf, stranger: hostile, chunk: CHUNK, signal: ctx.signal }, async (chunk, server) => {
    if (!isOurServer(server, ctx.options)) throw new TransientError(`${server} is not among the servers of options.lb`)
    return ask(chunk)
  })
}
