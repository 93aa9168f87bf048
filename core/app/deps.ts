import type { AnswerKey, MailKind } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { Submitter, SubmitterContext } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Clock, Keys, Mailer, OutgoingMail, Store } from '../ports.ts'

/** What a use case may touch. */
export type Core = { store: Store; clock: Clock; keys: Keys; sha256(text: string): string }

/** What carrying out a run needs besides. */
export type Deps = Core & {
  /** Names this process in the effects that it is doing. */
  owner: string
  submitters: ReadonlyMap<string, Submitter>
  contextOf(submitter: Submitter, run: string, signal: AbortSignal): SubmitterContext
  mailer: Mailer
  /** The agent for a challenge: a POSIX sh script. */
  renderJob(job: JobOrder): string
  renderMail(mail: MailOrder): OutgoingMail
  /** Where the agents report to, for the gate: its host must be loopback in a rehearsal. */
  listenerUrl: string
  log(message: string, data?: Record<string, unknown>): void
}

export type JobOrder = { run: LaunchedRun; site: PlannedSite; label: string; stream: string }
export type MailOrder = { run: LaunchedRun; site: PlannedSite; key: AnswerKey; mail: MailKind; stream: string; alertedMs: number }
