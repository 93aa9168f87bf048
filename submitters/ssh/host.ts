import { readFile } from 'node:fs/promises'
import { InputError, messageOf, PermanentError, TransientError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { type Host, type Job, jobOf } from './place.ts'
import type { SshOptions } from './schema.ts'

export type Context = SubmitterContext<SshOptions>
/** What a host answered of its labels: the words of `remote.sh`. */
export type Answers = Map<string, Outcome<string>>

export const GIVEN_UP = 'the call was given up before anything was done'
/** So many labels at once are no long command line. */
const CHUNK = 100

export function programText(): Promise<string> {
  return readFile(new URL('./remote.sh', import.meta.url), 'utf8')
}

export async function runOn(ctx: Context, host: Host, args: readonly string[]): Promise<Ran> {
  const timeoutMs = 30_000 + ctx.options.graceMs
  if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
  return ctx.at(`ssh://${host}`).run(['/bin/sh', '-c', await programText(), 'sh', ctx.options.folder, ...args], { timeoutMs })
}

/** Sends a verb to all hosts at once, to each with all of its labels. An id that is none is not in the answer. */
export async function ask(ctx: Context, ids: readonly string[], verb: readonly string[]): Promise<Answers> {
  const jobs = new Map(ids.flatMap((id) => [[id, jobOf(id)] as const]).filter((entry): entry is [string, Job] => entry[1] !== undefined))
  const hosts = new Set([...jobs.values()].map(({ host }) => host))
  const answers: Answers = new Map()
  const askHost = async (host: Host) => {
    const mine = [...jobs].filter(([, job]) => job.host === host)
    for (let at = 0; at < mine.length; at += CHUNK) {
      const chunk = mine.slice(at, at + CHUNK)
      const told = await tell(ctx, { host, labels: chunk.map(([, { label }]) => label) }, verb)
      for (const [id, { label }] of chunk) answers.set(id, told(label))
    }
  }
  await Promise.all([...hosts].map(askHost))
  return answers
}

type Batch = { host: Host; labels: readonly string[] }

/** A host that cannot be asked says nothing of any job. */
async function tell(ctx: Context, { host, labels }: Batch, verb: readonly string[]): Promise<(label: string) => Outcome<string>> {
  try {
    const { code, out, err } = await runOn(ctx, host, [...verb, ...labels])
    const words = wordsOf(out)
    const silence = `${host} said nothing of this job (exit ${code}): ${err.slice(0, 300)}`
    return (label) => {
      const word = words.get(label)
      return word === undefined ? { ok: false, transient: true, reason: silence } : { ok: true, value: word }
    }
  } catch (error) {
    const failed = failure(error)
    return () => failed
  }
}

/** The lines `ssc <label> <words>`. */
export function wordsOf(out: string): Map<string, string> {
  const lines = out.matchAll(/^ssc (\S{1,200}) ([a-z0-9 ]{1,60})$/gm)
  return new Map([...lines].map(([, label = '', words = '']) => [label, words]))
}

export function failure(error: unknown): Outcome<never> {
  const isFinal = error instanceof PermanentError || error instanceof InputError
  return { ok: false, transient: !isFinal, reason: messageOf(error) }
}
