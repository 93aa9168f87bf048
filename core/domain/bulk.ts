import { messageOf, TransientError } from './errors.ts'
import { type Outcome, sameForAll } from './submitter.ts'

export const GIVEN_UP = 'the call was given up before anything was done'

/** No word of the other side's: it may be asked again. */
export function failure(error: unknown): Outcome<never> {
  return { ok: false, transient: true, reason: messageOf(error) }
}

/** `serverOf` = who knows the id, undefined for what is no id of ours: that gets the answer `stranger` and goes no further. */
export type Bulk<T> = {
  ids: readonly string[]
  serverOf(id: string): string | undefined
  stranger: Outcome<T>
  /** How many ids one call takes. */
  chunk: number
  signal: AbortSignal
}
type Ask<T> = (chunk: string[], server: string) => Promise<Map<string, Outcome<T>>>

/**
 * Asks each server for its own ids, all servers at once and each in chunks: one that hangs keeps no other waiting, and a call
 * that fails tells nothing of the others. One answer for each id.
 */
export async function askEach<T>(bulk: Bulk<T>, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const groups = new Map<string, string[]>()
  const strangers: string[] = []
  for (const id of new Set(bulk.ids)) {
    const server = bulk.serverOf(id)
    if (server === undefined) strangers.push(id)
    else groups.set(server, [...(groups.get(server) ?? []), id])
  }
  const answers = await Promise.all([...groups].map(([server, ids]) => inChunks({ ...bulk, ids }, (chunk) => ask(chunk, server))))
  return new Map([sameForAll(strangers, bulk.stranger), ...answers].flatMap((answer) => [...answer]))
}

async function inChunks<T>({ ids, chunk: size, signal }: Bulk<T>, ask: (chunk: string[]) => Promise<Map<string, Outcome<T>>>) {
  const answers = new Map<string, Outcome<T>>()
  for (let start = 0; start < ids.length; start += size) {
    const chunk = ids.slice(start, start + size)
    for (const [id, answer] of await asked(chunk, signal, ask)) answers.set(id, answer)
  }
  return answers
}

async function asked<T>(chunk: string[], signal: AbortSignal, ask: (chunk: string[]) => Promise<Map<string, Outcome<T>>>) {
  try {
    if (signal.aborted) throw new TransientError(GIVEN_UP)
    return await ask(chunk)
  } catch (error) {
    return sameForAll<T>(chunk, failure(error))
  }
}
