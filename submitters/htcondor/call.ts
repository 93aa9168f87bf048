import { readFileSync } from 'node:fs'
import { messageOf, TransientError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { wordsOf } from './answer.ts'
import { authEnvironment } from './credential.ts'
import { nativeIdOf, type Queue, readNativeId } from './place.ts'
import type { HtcondorOptions } from './schema.ts'

export type Context = SubmitterContext<HtcondorOptions>

export const GIVEN_UP: Outcome<never> = { ok: false, transient: true, reason: 'the call was given up before anything was done' }
export const MISSING: Outcome<never> = { ok: false, transient: false, reason: 'there is no such job' }

/** Runs one of HTCondor's commands with the identity's way to prove itself. Throws as the shell does. */
export async function condor(ctx: Context, ...argv: readonly string[]): Promise<Ran> {
  if (ctx.signal.aborted) throw new TransientError('the call was given up before anything was done')
  return ctx.run(argv, { env: authEnvironment(ctx) })
}

export function folderOf(ctx: Context): string {
  return ctx.options.folder ?? ctx.folder
}

/** Runs keep.sh where the commands run; an argument `@script` is the file that holds the script. */
export async function keep(
  ctx: Context,
  { verb, args, script = '' }: { verb: string; args: readonly string[]; script?: string },
): Promise<Ran> {
  if (ctx.signal.aborted) throw new TransientError('the call was given up before anything was done')
  const files = { 'keep.sh': readFileSync(new URL('./keep.sh', import.meta.url), 'utf8'), script }
  return ctx.withFiles(files, (folder) => {
    const given = args.map((arg) => (arg === '@script' ? `${folder}/script` : arg))
    return ctx.run(['/bin/sh', `${folder}/keep.sh`, verb, folderOf(ctx), ...given])
  })
}

/** What a failed command said, in one line. */
export function complaintOf({ err, out, code, signal }: Ran): string {
  return wordsOf(`${err} ${out}`) || `it ended with ${signal ?? `exit code ${code}`} and said nothing`
}

type Asked<T> = { ids: readonly string[]; ctx: Context; stranger: Outcome<T> }
type Ask<T> = (queue: Queue, jobs: readonly string[]) => Promise<(job: string) => Outcome<T>>

/** Asks each queue in chunks, all at once; a failure of one is not the others'. Ids that we never gave get `stranger`. */
export async function inChunks<T>({ ids, ctx, stranger }: Asked<T>, ask: Ask<T>): Promise<Map<string, Outcome<T>>> {
  const answers = new Map<string, Outcome<T>>(ids.map((id) => [id, stranger]))
  const queues = new Map<string, { queue: Queue; jobs: string[] }>()
  for (const id of new Set(ids)) {
    const read = readNativeId(id, ctx.options)
    if (read) queues.set(read.queue.key, { queue: read.queue, jobs: [...(queues.get(read.queue.key)?.jobs ?? []), read.job] })
  }
  const chunks = [...queues.values()].flatMap(({ queue, jobs }) => chunksOf(jobs, ctx.options.chunk).map((chunk) => ({ queue, chunk })))
  await Promise.all(
    chunks.map(async ({ queue, chunk }) => {
      const outcomeOf = await ask(queue, chunk).catch((error: unknown) => failed<T>(messageOf(error)))
      for (const job of chunk) answers.set(nativeIdOf(queue, job), outcomeOf(job))
    }),
  )
  return answers
}

function failed<T>(reason: string): (job: string) => Outcome<T> {
  return () => ({ ok: false, transient: true, reason })
}

function chunksOf(ids: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size))
}
