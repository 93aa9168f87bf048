import { type ChallengeState, jobStateOf } from '../domain/challenge.ts'
import { messageOf } from '../domain/errors.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { JobStatus, Submitter } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { submitterOf } from './dispatch-job.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { judge } from './gate.ts'
import { readChallenge, readLaunchedRun, streamOf } from './view.ts'

type Followed = { site: PlannedSite; stream: string; nativeId: string; state: ChallengeState }

/**
 * Asks every job system how its jobs of the run fare, all in one call. A question that fails says nothing of the jobs, and is
 * asked again in the next round; one that hangs keeps no other waiting.
 */
export async function followJobs(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const jobs = await submittedJobs(deps, run)
  const groups = groupBySubmitter(jobs)
  const facts = await Promise.all([...groups.values()].map((group) => followGroup(deps, effect, { run, group })))
  await finish(deps, effect, facts.flat())
}

function groupBySubmitter(jobs: readonly Followed[]): Map<string, Followed[]> {
  const groups = new Map<string, Followed[]>()
  for (const job of jobs) groups.set(job.site.submitter, [...(groups.get(job.site.submitter) ?? []), job])
  return groups
}

async function submittedJobs({ store }: Deps, run: LaunchedRun): Promise<Followed[]> {
  const jobs = await Promise.all(
    run.plan.sites.map(async (site) => {
      const stream = streamOf(run, site)
      const state = await readChallenge(store, stream)
      const nativeId = state.submitted?.data.nativeId
      return nativeId === undefined || isOver(state) ? [] : [{ site, stream, nativeId, state }]
    }),
  )
  return jobs.flat()
}

function isOver({ jobStates: { ended, failed, cancelled } }: ChallengeState): boolean {
  return (ended ?? failed ?? cancelled) !== undefined
}

type Group = { run: LaunchedRun; group: readonly Followed[] }

async function followGroup(deps: Deps, effect: Effect, { run, group }: Group): Promise<NewFact[]> {
  const submitter = submitterOf(deps, group[0]!.site)
  const asked = group.filter(({ site }) => {
    const intent = { effect, run, site, hosts: deps.hostsOf(submitter, site.endpoint), facts: [] }
    return judge(intent, deps.clock.now()).pass === 'go'
  })
  const answers = await ask(deps, run, { submitter, asked })
  return asked.flatMap(({ stream, nativeId, state }) => {
    const status = answers.get(nativeId)
    if (status === undefined || status.state === jobStateOf(state)) return []
    return [{ stream, type: 'JobStateSeen', data: status }]
  })
}

type Question = { submitter: Submitter; asked: readonly Followed[] }

async function ask(deps: Deps, run: LaunchedRun, { submitter, asked }: Question): Promise<Map<string, JobStatus>> {
  const subject = run.plan.run.identities.attacker
  if (asked.length === 0) return new Map()
  try {
    const lapse = await deps.lapseOf(submitter, subject)
    if (lapse !== undefined) throw new Error(lapse)
    const endpoints = [...new Set(asked.map(({ site }) => site.endpoint))]
    const answers = await withDeadline(CALL_DEADLINE_MS, (signal) =>
      submitter.status(
        asked.map(({ nativeId }) => nativeId),
        deps.contextOf({ plugin: submitter, run: run.plan.id, subject, endpoints, signal }),
      ),
    )
    return new Map([...answers].flatMap(([id, answer]) => (answer.ok ? [[id, answer.value]] : [])))
  } catch (error) {
    deps.log('a job system did not say how its jobs fare', { submitter: submitter.name, reason: messageOf(error) })
    return new Map()
  }
}
