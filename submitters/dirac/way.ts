import type { JobRequest, Outcome, ProbeResult, SubmitterContext } from '../../core/domain/submitter.ts'
import type { DiracOptions } from './schema.ts'

export type Context = SubmitterContext<DiracOptions>

/** What DIRAC tells of a job, in its own words. */
export type Found = { id: string; status: string; minor?: string | undefined; application?: string | undefined }

/** What we order of a job: DIRAC's own words for it. */
export type Order = 'Killed' | 'Deleted'

/** How to talk to DIRAC: by DiracX's REST interface or by DIRAC's commands. Made anew for each call. All ids and labels are checked before. */
export type Way = {
  /** Throws UnsureError when it may have happened. */
  submit(job: JobRequest): Promise<Outcome<{ nativeId: string }>>
  /** The first job of a label, or undefined when there certainly is none. */
  find(label: string): Promise<string | undefined>
  /** What is known of at most IDS_A_CALL jobs; a job that DIRAC does not know is absent. */
  look(ids: readonly string[]): Promise<Map<string, Found>>
  /** Asks for a change of jobs that are known. DIRAC skips silently what it does not allow: look again. */
  order(ids: readonly string[], order: Order): Promise<void>
  /** The output of a job that is known. */
  output(found: Found): Promise<Outcome<string>>
  probe(): Promise<ProbeResult>
  check(): Promise<string[]>
}
