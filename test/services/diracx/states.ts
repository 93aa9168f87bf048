import { problem } from './answers.ts'
import { mayFollow } from './machine.ts'
import type { Answer, Job, User, World } from './stub.ts'

export type Updates = Record<string, Record<string, { Status?: string; MinorStatus?: string }>>

/**
 * diracx-logic/src/diracx/logic/jobs/status.py: what is not allowed, or older than the last change, is skipped and told as a
 * success all the same. A user who names one job that is not there or another's is refused for all of them.
 */
export function changeStates(world: World, updates: Updates, user: User): Answer {
  const ids = Object.keys(updates).map(Number)
  const times = Object.values(updates).flatMap((one) => Object.keys(one))
  if (times.some((time) => !/(Z|[+-]\d\d:?\d\d)$/.test(time))) return problem(400, 'Timestamp is not timezone aware')
  if (!ids.every((id) => world.jobs.get(id)?.owner === user.name)) return problem(403, 'Forbidden')
  const success: Record<string, unknown> = {}
  for (const id of ids) {
    const job = world.jobs.get(id)
    for (const [time, { Status, MinorStatus }] of Object.entries(updates[id] ?? {}).sort()) {
      if (job && Status !== undefined) setState(world, job, { status: Status, minor: MinorStatus ?? job.minor, atMs: Date.parse(time) })
    }
    success[id] = {}
  }
  return ids.length === 0 ? problem(404, { success, failed: {} }) : { status: 200, body: { success, failed: {} } }
}

/** False when it was skipped. */
export function setState(world: World, job: Job, change: { status: string; minor: string; atMs?: number }): boolean {
  const atMs = change.atMs ?? Date.now() + world.clockMs
  if (atMs < job.changedMs || !mayFollow(job.status, change.status)) return false
  Object.assign(job, { status: change.status, minor: change.minor, changedMs: atMs })
  if (change.status === 'Killed' || change.status === 'Deleted') world.executor.kill(job.id)
  return true
}
