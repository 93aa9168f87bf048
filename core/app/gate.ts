import { outsideReason } from '../domain/loopback.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Committed, Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'

/** What is about to be done, as the gate sees it. */
export type Intent = {
  effect: Effect
  run: LaunchedRun
  /** Absent when it is about the run as a whole. */
  site?: PlannedSite
  /** Host names that it would reach; none when it stays on this machine. */
  hosts: readonly string[]
  /** Told to the log before it is done. */
  facts: readonly NewFact[]
}

export type Verdict = { pass: 'go' } | { pass: 'wait'; until: number } | { pass: 'no'; reason: string }
type Rule = (intent: Intent, now: number) => Verdict | undefined

/** Deny by default: each rule that has something against it says so, and only when none has the way is open. */
const rules: readonly Rule[] = [approved, consented, inPlan, notStopped, inWindow, loopbackOnly]

/** The work that may still be done after a full stop, since it brings things to an end. */
const endsThings: ReadonlySet<string> = new Set(['cancel-job', 'follow-jobs'])

/** The work that sends something new to a site: it may happen inside the window alone. */
function startsThings(effect: Effect): boolean {
  return effect.kind === 'dispatch-job' || effect.payload.mail === 'alert'
}

export function judge(intent: Intent, now: number): Verdict {
  for (const rule of rules) {
    const verdict = rule(intent, now)
    if (verdict !== undefined) return verdict
  }
  return { pass: 'go' }
}

/**
 * The one way from an effect that is due to one that is being done. Limits and the stop are checked in the same
 * transaction that logs the intent. True when the caller may act, and it alone.
 */
export async function passGate(deps: Deps, intent: Intent, refused: (reason: string) => NewFact[]): Promise<boolean> {
  const { effect } = intent
  const verdict = judge(intent, deps.clock.now())
  if (verdict.pass === 'no') return refuse(deps, effect, refused(verdict.reason))
  if (verdict.pass === 'wait') {
    await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['queued', 'deferred'], to: 'deferred', due: verdict.until } })
    return false
  }
  const committed = await deps.store.commit({ run: effect.run, move: moveOf(intent, deps.owner), facts: intent.facts })
  const reason = reasonOf(committed, intent)
  if (reason !== undefined) return refuse(deps, effect, refused(reason))
  return committed === 'applied'
}

async function refuse(deps: Deps, effect: Effect, facts: NewFact[]): Promise<false> {
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['queued', 'deferred'], to: 'refused' }, facts })
  return false
}

function moveOf({ effect, run, site }: Intent, owner: string) {
  const limits = run.plan.run.limits
  const counted = {
    'dispatch-job': { count: { name: `jobs at ${site?.name}`, max: limits.jobsPerSite } },
    'send-mail': { count: { name: 'mails', max: limits.mails } },
  }[effect.kind as string]
  const stop = endsThings.has(effect.kind) ? {} : ({ unlessStopped: true } as const)
  return { id: effect.id, from: ['queued', 'deferred'] as const, to: 'doing' as const, owner, ...counted, ...stop }
}

function reasonOf(committed: Committed, { effect, run }: Intent): string | undefined {
  if (committed === 'stopped') return 'the run was stopped'
  if (committed !== 'over the limit') return undefined
  const { limits } = run.plan.run
  return effect.kind === 'send-mail'
    ? `the run's limit of ${limits.mails} mails is reached`
    : `the limit of ${limits.jobsPerSite} jobs a site is reached`
}

function approved({ run }: Intent): Verdict | undefined {
  return run.approvedHash === run.plan.hash ? undefined : { pass: 'no', reason: 'this very plan was not approved' }
}

function consented({ run }: Intent): Verdict | undefined {
  return run.plan.run.consent.by.trim() === '' ? { pass: 'no', reason: 'nobody consented' } : undefined
}

function inPlan({ run, site, effect }: Intent): Verdict | undefined {
  const known = site === undefined || run.plan.sites.some((one) => one.name === site.name)
  return known && effect.run === run.plan.id ? undefined : { pass: 'no', reason: `${site?.name ?? effect.run} is not in the approved plan` }
}

function notStopped({ run, effect }: Intent): Verdict | undefined {
  return run.stopped && !endsThings.has(effect.kind) ? { pass: 'no', reason: 'the run was stopped' } : undefined
}

function inWindow({ run, effect }: Intent, now: number): Verdict | undefined {
  if (!startsThings(effect)) return undefined
  const { from, to } = run.plan.run.window
  if (now < Date.parse(from)) return { pass: 'wait', until: Date.parse(from) }
  return now >= Date.parse(to) ? { pass: 'no', reason: `the window closed at ${to}` } : undefined
}

/** Until agents can be commanded and stopped with certainty, nothing leaves this machine: see SECURITY.md. */
function loopbackOnly({ run, hosts, effect }: Intent): Verdict | undefined {
  if (effect.kind === 'send-mail' && !run.plan.run.rehearsal) return undefined
  const reason = outsideReason(hosts)
  return reason === undefined ? undefined : { pass: 'no', reason }
}
