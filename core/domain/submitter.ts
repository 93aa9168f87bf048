import { z } from 'zod'
import type { Access } from './event.ts'
import type { Identity } from './identity.ts'
import type { HttpAnswer, HttpRequest, Shell } from './reach.ts'
import { SiteName } from './site.ts'

/** Ordered: a later report never moves a job back. `missing` = the system does not know it; `unknown` = a word we do not know. */
export type JobState = 'submitting' | 'unsure' | 'queued' | 'running' | 'ended' | 'failed' | 'cancelled' | 'missing' | 'unknown'

/** What a call is about: a service of a site, or the site as its VO names it. */
export type Target = {
  site: string
  /** The site's endpoint; of a submitter that goes `through` a VO's service, that service. */
  endpoint: string
  vo: string
  /** The VO's own name of the site: a PanDA queue, `T2_XX_Somewhere`, a DIRAC site. */
  voName?: string
  /** The subject of the identity that it is done as. */
  identity: string
}

/** One mock incident for one endpoint. `label` is the idempotency key: the same label never starts two jobs. */
export type JobRequest = Target & {
  label: string
  /** The agent: a POSIX sh script. */
  script: string
  /** The job ends by itself within this time. */
  lifeSeconds: number
}

/** What became of one id of a call. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; transient: boolean; reason: string }

export type JobStatus = { state: JobState; native: string }

/** Made anew for each call. `signal` aborts at the call's deadline. */
export type SubmitterContext<Options = unknown> = Shell & {
  options: Options
  /** Where the plug-in may keep files: below SSC_HOME, its own folder. */
  folder: string
  signal: AbortSignal
  /** The endpoints that the call is about: of a lookup by label, the one that the label may have gone to. */
  endpoints: readonly string[]
  /** The entry of the register that the call is made as; absent when there is none, as for `local`. */
  identity?: Identity
  /** A shell on the host of a site's endpoint (`ssh://host[:port]`), with the identity's own key. */
  at(endpoint: string): Shell
  /** One HTTPS request with the identity's credential. */
  request(request: HttpRequest): Promise<HttpAnswer>
  log(message: string, data?: Record<string, unknown>): void
}

export type ProbeRequest = Target
/** `words` = the other side's own, which prove it. */
export type ProbeResult = { access: Access; words: string }

/** Something at a service that should not be so, for example a path that all the world may write. */
export type Finding = { what: string; words: string }

/** What all plug-ins of `submitters/` tell of themselves. */
type Plugin<Options> = {
  /** The folder's name. */
  name: string
  summary: string
  /** GOCDB's SERVICE_TYPEs that it can use. */
  serviceTypes: readonly string[]
  options: z.ZodType<Options>
  /** How many probes at once are no burden; default 48, as each may be a process. */
  atOnce?: number
  /** The hosts that a call reaches besides the endpoint, for the gate. */
  reaches?(options: Options): readonly string[]
  /** What is wrong with this machine or these options, in plain words; empty when it can work. */
  check(ctx: SubmitterContext<Options>): Promise<string[]>
}

/**
 * A job system's plug-in: a plain object exported as `submitter` from `submitters/<name>/index.ts`.
 * An absent function means that the system cannot do it. A call may throw: TransientError when certainly nothing was done,
 * PermanentError when the other side said no for good, anything else when it is not known what happened.
 */
export type Submitter<Options = any> = Plugin<Options> & {
  /** Runs on this machine and never reaches the endpoint: only a rehearsal may use it. */
  local?: true
  /**
   * The URL of the VO's service that jobs go through; it knows the sites by their VO names, whatever their endpoints are.
   * Undefined when these options say that jobs go to the sites' own endpoints.
   */
  through?(options: Options): string | undefined
  /** May be repeated with the same label without starting a second job only if `idempotent` is set. */
  idempotent?: true
  submit(job: JobRequest, ctx: SubmitterContext<Options>): Promise<Outcome<{ nativeId: string }>>
  /** One answer per id, in any order; an id that the system does not know is `missing`; a failed query is an Outcome, never a state. */
  status(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<JobStatus>>>
  /** The native id of a label at the context's endpoint, or undefined when the system says that there is none. Another process may have sent it. */
  find?(label: string, ctx: SubmitterContext<Options>): Promise<string | undefined>
  cancel?(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<null>>>
  output?(id: string, ctx: SubmitterContext<Options>): Promise<Outcome<string>>
  clean?(ids: readonly string[], ctx: SubmitterContext<Options>): Promise<Map<string, Outcome<null>>>
  probe?(request: ProbeRequest, ctx: SubmitterContext<Options>): Promise<ProbeResult>
}

/** A plug-in that starts no jobs and only asks whether an identity is let in, exported as `prober`. */
export type Prober<Options = any> = Plugin<Options> & {
  probe(request: ProbeRequest, ctx: SubmitterContext<Options>): Promise<ProbeResult>
  /** Looks for what should not be there, with the identity that is let in. */
  survey?(request: ProbeRequest, ctx: SubmitterContext<Options>): Promise<Outcome<readonly Finding[]>>
}

/** A label becomes a file's name and a job's name. */
export const Label = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/, 'a label has 1 to 200 letters, digits, dots, dashes or underscores')

/** Half a megabyte is far more than any agent. */
export const MAX_SCRIPT_BYTES = 512 * 1024
/** More of a job's output than this is never brought back. */
export const MAX_OUTPUT_BYTES = 64 * 1024

/** What is wrong with a request before anything is asked of anybody; undefined when nothing is. */
export function problemOf(job: JobRequest): string | undefined {
  const label = Label.safeParse(job.label)
  if (!label.success) return label.error.issues[0]?.message
  const site = SiteName.safeParse(job.site)
  if (!site.success) return site.error.issues[0]?.message
  return new TextEncoder().encode(job.script).length > MAX_SCRIPT_BYTES ? `the script is longer than ${MAX_SCRIPT_BYTES} bytes` : undefined
}

/** One answer for every id. */
export function sameForAll<T>(ids: readonly string[], outcome: Outcome<T>): Map<string, Outcome<T>> {
  return new Map(ids.map((id) => [id, outcome]))
}
