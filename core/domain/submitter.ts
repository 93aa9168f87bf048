import type { z } from 'zod'
import type { Access } from './event.ts'

/** Ordered: a later report never moves a job back. `missing` = the system does not know it; `unknown` = a word we do not know. */
export type JobState = 'submitting' | 'unsure' | 'queued' | 'running' | 'ended' | 'failed' | 'cancelled' | 'missing' | 'unknown'

/** One mock incident for one endpoint. `label` is the idempotency key: the same label never starts two jobs. */
export type JobRequest = {
  label: string
  site: string
  endpoint: string
  /** The subject of the identity that the job runs as. */
  identity: string
  /** The agent: a POSIX sh script. */
  script: string
}

/** What became of one id of a call. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; transient: boolean; reason: string }

export type JobStatus = { state: JobState; native: string }

export type SubmitterContext<Options = unknown> = {
  options: Options
  /** Where the plug-in may keep files: below SSC_HOME, its own folder. */
  folder: string
  signal: AbortSignal
  log(message: string, data?: Record<string, unknown>): void
}

export type ProbeRequest = { site: string; endpoint: string; identity: string }
export type ProbeResult = { access: Access; words: string }

/**
 * A job system's plug-in: a plain object exported as `submitter` from `submitters/<name>/index.ts`.
 * An absent function means that the system cannot do it.
 */
export type Submitter<Options = any> = {
  /** The folder's name. */
  name: string
  summary: string
  /** GOCDB's SERVICE_TYPEs that it can use. */
  serviceTypes: readonly string[]
  /** Runs on this machine and never reaches the endpoint: only a rehearsal may use it. */
  local?: true
  options: z.ZodType<Options>
  /** May be repeated with the same label without starting a second job only if `idempotent` is set. */
  idempotent?: true
  submit(job: JobRequest, ctx: SubmitterContext<Options>): Promise<Outcome<{ nativeId: string }>>
  /** One answer per id, in any order; an id that the system does not know is `missing`; a failed query is an Outcome, never a state. */
  status(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<JobStatus>>>
  /** The native id of a label, or undefined when the system says that there is none. */
  find?(label: string, ctx: SubmitterContext<Options>): Promise<string | undefined>
  cancel?(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<null>>>
  output?(id: string, ctx: SubmitterContext<Options>): Promise<Outcome<string>>
  clean?(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<null>>>
  /** What is wrong with this machine or these options, in plain words; empty when it can work. */
  check(ctx: SubmitterContext<Options>): Promise<string[]>
  probe?(request: ProbeRequest, ctx: SubmitterContext<Options>): Promise<ProbeResult>
}
