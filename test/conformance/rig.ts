import { expect, vi } from 'vitest'
import type { JobRequest, JobState, Submitter, SubmitterContext } from '../../core/domain/submitter.ts'

/** A submitter with a job system behind it, made anew for each test. */
export type SubmitterRig = {
  submitter: Submitter
  ctx: SubmitterContext
  /** A request that the job system takes, for a script. */
  job(label: string, script: string): JobRequest
  /** As another process would have it after a restart: a new plug-in that knows native ids only. */
  restart(): Promise<Submitter>
  /** How often jobs of this label were really begun, by the job system's own account. */
  begun(label: string): Promise<number>
  /** A native id that the job system has never given. */
  unknownId: string
  /** The site's own administrators cancel the job. */
  siteCancel?(nativeId: string): Promise<void>
  /** The site bans the identity. */
  ban?(site: string, identity: string): Promise<void>
  /** Makes each bad case happen: another request, context or both. `words` = what the answer must hold of the other side's own. */
  cases: Partial<Record<BadCase, () => Promise<Bad>>>
  /** Endpoints, VO names or queues that must get no further than the plug-in. */
  hostile: readonly Partial<JobRequest>[]
  /** How long the system may take to tell of a change, ms; default 30 s. */
  patienceMs?: number
  close(): Promise<void>
}

/**
 * `denied`: the service does not let this identity in · `expired`: its credential has run out · `dead`: nobody listens there ·
 * `hanging`: somebody listens and never answers · `bad`: a description that the system refuses.
 */
export type BadCase = 'denied' | 'expired' | 'dead' | 'hanging' | 'bad'
export type Bad = { job?: Partial<JobRequest>; ctx?: Partial<SubmitterContext>; words?: RegExp }

/** Tests that a system cannot have, and why: the plug-in's readme must give the same reason, word for word. */
export type Cannot = { reason: string; tests: readonly string[] }

export async function submitted(rig: SubmitterRig, label: string, script: string): Promise<string> {
  const outcome = await rig.submitter.submit(rig.job(label, script), rig.ctx)
  if (!outcome.ok) throw new Error(`not submitted: ${outcome.reason}`)
  return outcome.value.nativeId
}

export async function statusOf(rig: Pick<SubmitterRig, 'submitter' | 'ctx'>, id: string) {
  const outcome = (await rig.submitter.status([id], rig.ctx)).get(id)
  if (!outcome?.ok) throw new Error(`no status of ${id}: ${outcome?.reason}`)
  return outcome.value
}

export async function becomes(rig: Pick<SubmitterRig, 'submitter' | 'ctx' | 'patienceMs'>, id: string, state: JobState): Promise<void> {
  const timeout = rig.patienceMs ?? 30_000
  await vi.waitFor(async () => expect((await statusOf(rig, id)).state).toBe(state), { timeout, interval: 50 })
}

export type Check = (title: string, test: (rig: SubmitterRig) => Promise<void>) => void

/** Waits on its own, so that a cancelled job dies by the signal. */
export const LONG = 'echo begun\nsleep 300 & wait\n'
