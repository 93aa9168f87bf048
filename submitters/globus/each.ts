import { messageOf } from '../../core/domain/errors.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import type { GlobusOptions } from './schema.ts'

export type Context = SubmitterContext<GlobusOptions>
export type Answers<T> = Map<string, Outcome<T>>

/** One answer for each id, a few calls at once; a failure of one is not the others'. */
export async function each<T>(ids: readonly string[], ctx: Context, call: (id: string) => Promise<Outcome<T>>): Promise<Answers<T>> {
  const waiting = [...new Set(ids)]
  const answers: Answers<T> = new Map()
  const answer = async (id: string): Promise<Outcome<T>> => {
    if (ctx.signal.aborted) return { ok: false, transient: true, reason: 'the call was given up before anything was asked' }
    return call(id).catch((error) => ({ ok: false, transient: true, reason: messageOf(error) }))
  }
  const lane = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) answers.set(id, await answer(id))
  }
  await Promise.all(Array.from({ length: ctx.options.callsAtOnce }, lane))
  return answers
}
