import { messageOf } from '../../core/domain/errors.ts'
import { type JobStatus, MAX_OUTPUT_BYTES, type Outcome, type SubmitterContext } from '../../core/domain/submitter.ts'
import type { JobContact } from './contact.ts'
import { readFault } from './errors.ts'
import { lookRsl } from './rsl.ts'
import type { GlobusOptions } from './schema.ts'
import { scriptOf } from './scripts.ts'

type Context = SubmitterContext<GlobusOptions>
type What = 'status' | 'output' | 'clean'

/**
 * What a job left on the site. `isHeld`: the job manager still has it. `end`: what its wrapper wrote last, an exit code or TERM;
 * `begun` when it wrote nothing yet, `none` when the job left no trace, `cleaned` when that was just taken away.
 */
export type Trace = { isHeld: boolean; end: string }

const LINE = /^ssc (?<key>\d{1,20}\.\d{1,20}) (?<place>held|gone) (?<end>none|begun|cleaned|TERM|\d{1,3})$/

/** One answer of the look; lines of any other form are left out. */
export function readTraces(text: string): Map<string, Trace> {
  const traces = new Map<string, Trace>()
  for (const line of text.split('\n')) {
    const { key, place, end } = LINE.exec(line)?.groups ?? {}
    if (key !== undefined && end !== undefined && !traces.has(key)) traces.set(key, { isHeld: place === 'held', end })
  }
  return traces
}

/**
 * Asks the gatekeeper's host by a small job what became of others; they have one gatekeeper. globusrun -o opens a server
 * that takes the look's output and lets nobody read.
 */
async function look(what: What, jobs: readonly JobContact[], ctx: Context): Promise<Outcome<string>> {
  const { looks, lookService, callSeconds } = ctx.options
  const gatekeeper = jobs[0]?.gatekeeper
  if (!looks || gatekeeper === undefined) return { ok: false, transient: false, reason: 'looks are switched off in config.yaml' }
  const rsl = lookRsl(await scriptOf('look.sh'), [what, ...jobs.map(({ key }) => key)])
  try {
    return await ctx.withFiles({ 'look.rsl': rsl }, async (folder) => {
      const argv = ['globusrun', '-o', '-r', `${gatekeeper}/${lookService}`, '-f', `${folder}/look.rsl`]
      const ran = await ctx.run(argv, { timeoutMs: callSeconds * 1_000, maxBytes: 2 * MAX_OUTPUT_BYTES })
      if (ran.code === 0) return { ok: true, value: ran.out }
      return { ok: false, transient: readFault(ran).meaning !== 'no', reason: readFault(ran).words }
    })
  } catch (error) {
    return { ok: false, transient: true, reason: messageOf(error) }
  }
}

/** The traces of jobs by key, in looks of a few of the same gatekeeper; a look that fails, or an answer that leaves a job out, is a failure. */
export async function tracesOf(what: 'status' | 'clean', jobs: readonly JobContact[], ctx: Context): Promise<Map<string, Outcome<Trace>>> {
  const answers = new Map<string, Outcome<Trace>>()
  for (const asked of new Set(jobs.map(({ gatekeeper }) => gatekeeper))) {
    const group = jobs.filter(({ gatekeeper }) => gatekeeper === asked)
    for (let i = 0; i < group.length; i += ctx.options.idsPerLook) {
      const some = group.slice(i, i + ctx.options.idsPerLook)
      const said = await look(what, some, ctx)
      const traces = said.ok ? readTraces(said.value) : undefined
      for (const { key } of some) answers.set(key, traceFrom(said, traces?.get(key)))
    }
  }
  return answers
}

function traceFrom(said: Outcome<string>, trace: Trace | undefined): Outcome<Trace> {
  if (!said.ok) return said
  return trace === undefined ? { ok: false, transient: true, reason: 'the look told nothing of this job' } : { ok: true, value: trace }
}

/** The beginning of what the job wrote. */
export async function outputOf(job: JobContact, ctx: Context): Promise<Outcome<string>> {
  const said = await look('output', [job], ctx)
  if (!said.ok) return said
  const [first = '', ...rest] = said.value.split('\n')
  const trace = readTraces(first).get(job.key)
  if (trace === undefined) return { ok: false, transient: true, reason: 'the look told nothing of this job' }
  if (trace.end === 'none' && !trace.isHeld) return { ok: false, transient: false, reason: 'the site has no trace of this job' }
  return { ok: true, value: cut(rest.join('\n')) }
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= MAX_OUTPUT_BYTES) return text
  return Buffer.from(text)
    .subarray(0, MAX_OUTPUT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}

/** What a trace proves of a job that GRAM calls `word`, DONE or FAILED. */
export function statusFrom(word: string, { isHeld, end }: Trace): JobStatus {
  if (end === 'TERM') return { state: 'cancelled', native: `${word}, ended by SIGTERM` }
  if (/^\d+$/.test(end)) return { state: end === '0' ? 'ended' : 'failed', native: `${word}, exit ${end}` }
  if (word === 'FAILED') return { state: 'failed', native: word }
  if (end === 'none' && !isHeld) return { state: 'missing', native: `${word}, and no trace of it` }
  return { state: 'unknown', native: word }
}
