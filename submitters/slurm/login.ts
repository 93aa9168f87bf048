import { readFileSync } from 'node:fs'
import { messageOf, TransientError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { wordsOf } from './answer.ts'
import { nativeIdOf, readNativeId } from './endpoint.ts'
import type { SlurmOptions } from './schema.ts'

export type Context = SubmitterContext<SlurmOptions>
/** `files`: more files beside login.sh, which arguments name by `@name`. */
export type Call = { verb: string; args: readonly string[]; files?: Readonly<Record<string, string>> }

export const GIVEN_UP: Outcome<never> = { ok: false, transient: true, reason: 'the call was given up before anything was done' }
export const MISSING: Outcome<never> = { ok: false, transient: false, reason: 'there is no such job' }
const MAX_BYTES = 1024 * 1024

export function partOf(name: 'login.sh' | 'job.sh'): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
}

/** Runs login.sh on a host, or where commands run. Throws as the shell does. */
export async function callLogin(ctx: Context, host: string, { verb, args, files = {} }: Call): Promise<Ran> {
  if (ctx.signal.aborted) throw new TransientError('the call was given up before anything was done')
  const shell = host === '' ? ctx : ctx.at(host)
  return shell.withFiles({ 'login.sh': partOf('login.sh'), ...files }, (folder) =>
    shell.run(['/bin/sh', `${folder}/login.sh`, verb, ctx.options.folder, ...args.map((arg) => inFolder(arg, folder, files))], {
      maxBytes: MAX_BYTES,
    }),
  )
}

function inFolder(arg: string, folder: string, files: Readonly<Record<string, string>>): string {
  return arg.startsWith('@') && Object.hasOwn(files, arg.slice(1)) ? `${folder}/${arg.slice(1)}` : arg
}

/** What a failed call said, in one line. */
export function complaintOf({ err, out, code, signal }: Ran): string {
  return wordsOf(err) || wordsOf(out) || `it ended with ${signal ?? `exit code ${code}`} and said nothing`
}

type Ask<T> = (host: string, ids: readonly string[]) => Promise<(id: string) => Outcome<T>>

/** Asks each host in chunks, all at once; a failure of one is not the others'. Ids that we never gave get `stranger`. */
export async function inChunks<T>(
  { ids, ctx, stranger }: { ids: readonly string[]; ctx: Context; stranger: Outcome<T> },
  ask: Ask<T>,
): Promise<Map<string, Outcome<T>>> {
  const answers = new Map<string, Outcome<T>>(ids.map((id) => [id, stranger]))
  const chunks = [...hostsOf(ids, ctx.options)].flatMap(([host, known]) =>
    chunksOf(known, ctx.options.chunk).map((chunk) => ({ host, chunk })),
  )
  await Promise.all(
    chunks.map(async ({ host, chunk }) => {
      const outcomeOf = await ask(host, chunk).catch((error: unknown) => failed<T>(messageOf(error)))
      for (const id of chunk) answers.set(nativeIdOf(host, id), outcomeOf(id))
    }),
  )
  return answers
}

function failed<T>(reason: string): (id: string) => Outcome<T> {
  return () => ({ ok: false, transient: true, reason })
}

function hostsOf(ids: readonly string[], options: SlurmOptions): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const nativeId of new Set(ids)) {
    const read = readNativeId(nativeId, options)
    if (read) hosts.set(read.host, [...(hosts.get(read.host) ?? []), read.id])
  }
  return hosts
}

function chunksOf(ids: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size))
}
