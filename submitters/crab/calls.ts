import { failure, GIVEN_UP } from '../../core/domain/bulk.ts'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { type Outcome, type SubmitterContext, sameForAll } from '../../core/domain/submitter.ts'
import { faultOf, textOf } from './faults.ts'
import { type CrabOptions, PARALLEL } from './schema.ts'
import { isTask, projectOf } from './task.ts'

export type Context = SubmitterContext<CrabOptions>

/** The context's own deadline comes first; a submission packs and uploads a sandbox. */
const COMMAND_MS = 15 * 60_000
const MAX_BYTES = 2 * 1024 * 1024
/** The client writes its log and its folders where it stands. The same for every call: arguments stay arguments. */
const IN_FOLDER = 'cd "$1" || exit 97; shift; exec "$@"'

/** `crab <words>` in a folder. */
export async function crab(ctx: Context, folder: string, words: readonly string[]): Promise<Ran> {
  const ran = await ctx.run(['sh', '-c', IN_FOLDER, 'sh', folder, 'crab', ...words], { timeoutMs: COMMAND_MS, maxBytes: MAX_BYTES })
  if (ran.code === 127) throw new PermanentError('there is no command crab: install the CRAB client, or name its folder in path')
  return ran
}

/** Makes the client's project folder of a task anew, and removes it after the body: the client knows tasks by such folders. */
export async function withProject<T>(ctx: Context, task: string, body: (folder: string, project: string) => Promise<T>): Promise<T> {
  if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
  return ctx.withFiles({}, async (folder) => {
    const made = await crab(ctx, folder, ['remake', `--task=${task}`, `--instance=${ctx.options.instance}`])
    if (made.code !== 0 || !/Finished remaking project directory/.test(textOf(made)))
      throw new TransientError(`the client made no project folder for ${task}: ${faultOf(made).words}`)
    return body(folder, projectOf(task))
  })
}

/** One answer for each id, some at once; `hostile` is that for what is no task. */
export async function perTask<T>(
  { ids, hostile }: { ids: readonly string[]; hostile: Outcome<T> },
  ask: (task: string) => Promise<Outcome<T>>,
): Promise<Map<string, Outcome<T>>> {
  const answers = sameForAll(
    ids.filter((id) => !isTask(id)),
    hostile,
  )
  const open = [...new Set(ids.filter(isTask))]
  async function work(): Promise<void> {
    for (let task = open.shift(); task !== undefined; task = open.shift()) answers.set(task, await ask(task).catch(failure))
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return answers
}
