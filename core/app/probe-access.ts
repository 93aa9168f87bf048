import { messageOf } from '../domain/errors.ts'
import { hostOf } from '../domain/loopback.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { ProbeResult, Submitter } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { submitterOf } from './dispatch-job.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readChallenge, readLaunchedRun } from './view.ts'

/** Asks whether the attacking identity is still let in, and the control identity in the same round; only a change is logged. */
export async function probeAccess(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  if (submitter.probe === undefined) return finish(deps, effect)
  const hosts = submitter.local ? [] : [hostOf(site.endpoint)]
  if (!(await passGate(deps, { effect, run, site, hosts, facts: [] }, () => []))) return
  const [attacker, control] = await Promise.all([
    ask(deps, { run, site, submitter, identity: run.plan.run.identities.attacker }),
    ask(deps, { run, site, submitter, identity: run.plan.run.identities.control }),
  ])
  const before = (await readChallenge(deps.store, effect.stream)).access.at(-1)?.data
  const changed = before?.attacker !== attacker.access || before.control !== control.access
  const data = { attacker: attacker.access, control: control.access, service: submitter.name, words: attacker.words }
  const facts: NewFact[] = changed ? [{ stream: effect.stream, type: 'AccessChanged', data }] : []
  await finish(deps, effect, facts)
}

type Question = { run: LaunchedRun; site: PlannedSite; submitter: Submitter; identity: string }

/** A probe that fails is never a ban. */
async function ask(deps: Deps, { run, site, submitter, identity }: Question): Promise<ProbeResult> {
  const request = { site: site.name, endpoint: site.endpoint, identity }
  try {
    return await withDeadline(CALL_DEADLINE_MS, (signal) => submitter.probe!(request, deps.contextOf(submitter, run.plan.id, signal)))
  } catch (error) {
    return { access: 'unknown', words: messageOf(error) }
  }
}
