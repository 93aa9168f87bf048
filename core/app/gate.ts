import { consentOf } from '../domain/consent.ts'
import { outsideReason } from '../domain/loopback.ts'
import { isNotice, type MailKind, splitAddress, traitsOf } from '../domain/mail.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { approvalOf, pausedBy } from '../domain/run-state.ts'
import { allowedActions, type Order } from '../domain/task.ts'
import type { PlannedRun } from '../domain/work.ts'
import type { Change, Effect, EffectKind, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { haltAtLimit, limitOf } from './limits.ts'
import { readPlannedRun } from './view.ts'

/** What is about to be done, as the gate sees it. */
export type Intent = {
  effect: Effect
  run: PlannedRun
  /** Absent when it is about the run as a whole. */
  site?: PlannedSite
  /** Host names that it would reach; none when it stays on this machine. */
  hosts: readonly string[]
  /** The address that it would be sent to. */
  to?: string
  /** Told to the log before it is done. */
  facts: readonly NewFact[]
  /** Kept together with them. */
  also?: Pick<Change, 'contents' | 'refs'>
  /** What a STOP file on this machine says of the run. */
  halted?: string | undefined
}

/** `hold`: it fell into a pause, and waits for an officer's word. */
export type Verdict = { pass: 'go' } | { pass: 'wait'; until: number } | { pass: 'hold' } | { pass: 'no'; reason: string }
type Rule = (intent: Intent, now: number) => Verdict | undefined

/** Deny by default: each rule that has something against it says so, and only when none has the way is open. */
const rules: readonly Rule[] = [
  notHalted,
  notStopped,
  notEnded,
  approved,
  inPlan,
  withinSites,
  rehearsalStaysHere,
  toKnownDomain,
  consented,
  inCatalogue,
  notPaused,
  inWindow,
]

/** What brings things to an end or only looks may still be done after a full stop, and in a pause; so may the mails that tell of it. */
const endsThings: ReadonlySet<EffectKind> = new Set<EffectKind>(['cancel-job', 'follow-jobs', 'end-run'])
/** What comes again in the next round is not done later. */
const rounds: ReadonlySet<EffectKind> = new Set<EffectKind>(['follow-jobs', 'probe-access', 'probe-pakiti', 'probe-crl', 'read-gocdb'])

export function passesStop({ kind, payload }: Effect): boolean {
  return endsThings.has(kind) || (kind === 'send-mail' && isNotice(payload.mail))
}

/** The work that sends something new to a site: it may happen inside the window alone. */
function startsThings({ kind, payload }: Effect): boolean {
  return kind === 'dispatch-job' || kind === 'send-task' || payload.mail === 'alert'
}

export function judge(intent: Intent, now: number): Verdict {
  for (const rule of rules) {
    const verdict = rule(intent, now)
    if (verdict !== undefined) return verdict
  }
  return { pass: 'go' }
}

/**
 * The one way from an effect that is due to one that is being done. Limits, the stop and whether the run is still
 * as it was judged are checked in the same transaction that logs the intent. True when the caller may act, and it alone.
 */
export async function passGate(deps: Deps, asked: Intent, refused: (reason: string) => NewFact[]): Promise<boolean> {
  const { effect } = asked
  const intent = { ...asked, halted: deps.haltOf(effect.run) }
  const verdict = judge(intent, deps.clock.now())
  const refuse = (reason: string) => leave(deps, effect, { to: 'refused', facts: refused(reason) })
  if (verdict.pass === 'no') return refuse(verdict.reason)
  if (verdict.pass === 'wait') return leave(deps, effect, { to: 'deferred', due: verdict.until })
  if (verdict.pass === 'hold') return leave(deps, effect, { to: rounds.has(effect.kind) ? 'done' : 'held' })
  const limit = limitOf(intent)
  const { seq } = intent.run
  const judged = seq === undefined ? {} : { runSeq: seq }
  const unlessStopped = passesStop(effect) ? {} : ({ unlessStopped: true, ...judged } as const)
  const move = { id: effect.id, from: ['queued', 'deferred'] as const, to: 'doing' as const, owner: deps.owner, ...unlessStopped }
  const count = limit === undefined ? {} : { count: { name: limit.name, max: limit.max, by: limit.by } }
  const committed = await deps.store.commit({ run: effect.run, move: { ...move, ...count }, facts: intent.facts, ...intent.also })
  if (committed === 'stopped') return refuse('the run was stopped')
  // A pause, a withdrawal or another word came in between: it is judged again, by what holds now.
  if (committed === 'overtaken') return passGate(deps, { ...asked, run: await readPlannedRun(deps.store, effect.run) }, refused)
  if (committed === 'over the limit') {
    await haltAtLimit(deps, effect.run, limit!.words)
    return leave(deps, effect, { to: 'held' })
  }
  return committed === 'applied'
}

async function leave(
  { store }: Deps,
  effect: Effect,
  { facts = [], ...where }: { to: Effect['state']; due?: number; facts?: NewFact[] },
): Promise<false> {
  await store.commit({ run: effect.run, move: { id: effect.id, from: ['queued', 'deferred'], ...where }, facts })
  return false
}

/** A file that anybody at this machine can write holds, also when the store cannot be asked. */
function notHalted({ halted, effect }: Intent): Verdict | undefined {
  return halted === undefined || passesStop(effect) ? undefined : { pass: 'no', reason: halted }
}

function notStopped({ run, effect }: Intent): Verdict | undefined {
  return run.stopped && !passesStop(effect) ? { pass: 'no', reason: 'the run was stopped' } : undefined
}

/** Nobody is asked for anything any more; what was still to be told is. */
function notEnded({ run, effect }: Intent): Verdict | undefined {
  const asks = effect.kind === 'send-mail' && traitsOf(effect.payload.mail as MailKind).asks === true
  return asks && run.endedMs !== undefined ? { pass: 'no', reason: 'the run has ended' } : undefined
}

/** What prepares a run, such as an invitation, goes out on the word of the officer who ordered it. */
function approved({ run, effect }: Intent): Verdict | undefined {
  const prepares = effect.kind === 'send-mail' && traitsOf(effect.payload.mail as MailKind).prepares === true
  return prepares || approvalOf(run) ? undefined : { pass: 'no', reason: 'this very plan was not approved by a second person' }
}

function inPlan({ run, site, effect }: Intent): Verdict | undefined {
  const known = site === undefined || run.plan.sites.some((one) => one.name === site.name)
  return known && effect.run === run.plan.id ? undefined : { pass: 'no', reason: `${site?.name ?? effect.run} is not in the approved plan` }
}

function withinSites({ run, effect }: Intent): Verdict | undefined {
  const { sites } = run.plan.run.limits
  return passesStop(effect) || run.plan.sites.length <= sites ? undefined : { pass: 'no', reason: `the limit of ${sites} sites is passed` }
}

function rehearsalStaysHere({ run, hosts }: Intent): Verdict | undefined {
  const reason = run.plan.run.rehearsal ? outsideReason(hosts) : undefined
  return reason === undefined ? undefined : { pass: 'no', reason }
}

/** Whatever an address was changed to: no letter leaves the domains that the plan showed. */
function toKnownDomain({ run, to }: Intent): Verdict | undefined {
  if (to === undefined) return undefined
  const domain = splitAddress(to).domain.toLowerCase()
  if (run.plan.domains.includes(domain)) return undefined
  return { pass: 'no', reason: `${domain} is not among the domains of the approved plan; name it as mailDomains in run.yaml` }
}

/** A consent may still come: until then its work waits. */
const ASK_AGAIN_MS = 10 * 60_000

function consented({ run, site, effect }: Intent, now: number): Verdict | undefined {
  if (site === undefined || passesStop(effect)) return undefined
  const consent = consentOf(run, site, now)
  if (consent.is === 'withdrawn') return { pass: 'no', reason: `${consent.by} withdrew the consent` }
  if (!startsThings(effect) || consent.is === 'given') return undefined
  if (consent.is === 'over') return { pass: 'no', reason: 'the time that was consented to is over' }
  if (now >= Date.parse(run.plan.run.window.to)) return { pass: 'no', reason: 'nobody consented before the window closed' }
  return { pass: 'wait', until: consent.is === 'not yet' ? consent.fromMs : now + ASK_AGAIN_MS }
}

/** Only what the scenario declared, and the plan showed. */
function inCatalogue({ run, effect }: Intent): Verdict | undefined {
  if (effect.kind !== 'send-task') return undefined
  const { do: action } = effect.payload.order as Order
  if (allowedActions(run.scenario.job?.actions ?? []).includes(action)) return undefined
  return { pass: 'no', reason: `'${action}' is not among the scenario's actions` }
}

/** Nothing fires in a burst after a pause: what fell into it waits for an officer's word. */
function notPaused({ run, effect }: Intent): Verdict | undefined {
  if (passesStop(effect)) return undefined
  if (pausedBy(run)) return { pass: 'hold' }
  const decision = run.decisions[effect.id]
  if (decision?.go === false) return { pass: 'no', reason: `${decision.by} let it drop after a pause` }
  // What is to be done after all was given another due time, which may fall into the next pause.
  const isMissed = run.pauses.some(({ fromMs, untilMs = fromMs }) => effect.due >= fromMs && effect.due < untilMs)
  return isMissed ? { pass: 'hold' } : undefined
}

function inWindow({ run, effect }: Intent, now: number): Verdict | undefined {
  if (!startsThings(effect)) return undefined
  const { from, to } = run.plan.run.window
  if (now < Date.parse(from)) return { pass: 'wait', until: Date.parse(from) }
  return now >= Date.parse(to) ? { pass: 'no', reason: `the window closed at ${to}` } : undefined
}
