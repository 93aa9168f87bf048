import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { approveRun } from '../app/approve-run.ts'
import type { Deps } from '../app/deps.ts'
import { labelOf } from '../app/dispatch-job.ts'
import { createEngine, type Engine } from '../app/engine.ts'
import { launchRun } from '../app/launch-run.ts'
import { recoverRun } from '../app/recover.ts'
import { readChallenge, readLaunchedRun, readPlannedRun, streamOf } from '../app/view.ts'
import { type Reach, workFolder } from '../context.ts'
import type { Plan, PlannedSite } from '../domain/plan.ts'
import type { LaunchedRun, PlannedRun } from '../domain/work.ts'
import { BACKLOG } from '../http/connections.ts'
import { createListener } from '../http/listener.ts'
import { openInbox, openMailroom } from '../inbox.ts'
import { type Instance, queueOf } from '../instance.ts'
import { createMailer } from '../io/mail/smtp-mailer.ts'
import type { TemplateLibrary } from '../io/mail/template-library.ts'
import { processIdentity, processLives } from '../io/process-identity.ts'
import { openStopLines } from '../io/stop-file.ts'
import { listenerPartsOf } from '../listening.ts'
import type { Reachers } from '../plugins.ts'
import { joinDeps } from '../worker.ts'
import { ban } from './actions.ts'
import { demandsOf } from './demands.ts'
import { type SimulatedFederation, startFederation } from './federation.ts'
import { actAsOfficer } from './officer.ts'
import { type Awaited, settle } from './settle.ts'
import { keepStoryTime, type StoryClock, storyFolder } from './story-clock.ts'

export type RehearsalOptions = {
  run: string
  plugins: Reachers
  reach: Reach
  templates: TemplateLibrary
  /** Told now and then, so that somebody can watch. */
  onTurn(): Promise<void>
  log(message: string, data?: Record<string, unknown>): void
  signal: AbortSignal
}

/** By the machine's clock: agents beat faster than in life, and end by themselves soon after the framework is gone. */
const AGENT = { heartbeatSeconds: 4, silenceSeconds: 60, lifeMs: 10 * 60_000 }
const WORKERS = 8
/** Below those that systems hand out (from 32768 or 49152 on), so that nobody gets it while we are down for a moment. */
const QUIET_PORTS = [20_000, 32_000] as const

/** Goes through a whole run with simulated sites: real processes, real mail on loopback, and a clock that jumps. */
export async function rehearse(instance: Instance & { clock: StoryClock }, options: RehearsalOptions): Promise<void> {
  const planned = await readPlannedRun(instance.store, options.run)
  const { plan } = planned
  const parts = await openParts(instance, planned, options)
  try {
    await recoverRun(parts.deps, plan.id, (owner) => owner !== processIdentity() && processLives(owner))
    await approveRun(instance, plan.id, 'rehearsal').catch(ignoreLaunched)
    const agentsStartMs = Date.now()
    const launch = { run: plan.id, by: 'rehearsal', agentsStartMs, agentsEndMs: agentsStartMs + AGENT.lifeMs }
    const { stopLine } = await launchRun(parts.deps, launch)
    openStopLines(instance.config.home).keep(plan.id, stopLine)
    parts.engine.start(WORKERS)
    await play(instance, parts, options)
    await tidy(parts.deps, plan)
  } finally {
    await parts.close()
  }
}

/** After a resume the run was launched already, and needs no second word. */
function ignoreLaunched(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'RefusedError') throw error
}

type Parts = { deps: Deps; engine: Engine; federation: SimulatedFederation; close(): Promise<void> }

/** Lets the clock jump from one due time to the next until nothing is left to happen. */
async function play(
  instance: Instance & { clock: StoryClock },
  { deps, engine, federation }: Parts,
  options: RehearsalOptions,
): Promise<void> {
  const { store, clock } = instance
  const waiting = { store, engine, run: options.run, signal: options.signal, onTurn: options.onTurn }
  const awaited: Awaited = { asked: new Set(), seen: new Map(), stopped: new Map(), tasks: new Map() }
  const run = await readLaunchedRun(store, options.run)
  const labels = new Map(run.plan.sites.map((site) => [site.name, labelOf(run, site)]))
  const awaitFarewells = (sites: readonly string[]) => {
    for (const site of sites) awaited.stopped.set(labels.get(site)!, Date.now())
  }
  // After a resume: what an agent could not tell anybody while nobody listened.
  const alive = new Set(await runningJobs(deps, run))
  awaitFarewells(federation.stoppedJobs().filter((site) => alive.has(labels.get(site)!)))
  for (;;) {
    awaitFarewells(await federation.act())
    await settle(waiting, awaited)
    if (await expectAgents(instance, options.run, awaited)) continue
    if (await actAsOfficer(instance, run, federation.certify)) continue
    const due = [await store.nextDue(options.run), federation.nextDue()].filter((one) => one !== undefined)
    if (due.length === 0) break
    clock.jumpTo(Math.min(...due))
    // Before anything happens at that moment: what a killed process did not log is not told of an earlier one.
    keepStoryTime(storyFolder(instance.config.home, options.run), clock.now())
    await options.onTurn()
  }
  // The run has ended: the agents that are left are told so at their next heartbeat.
  for (const label of await runningJobs(deps, run)) awaited.stopped.set(label, Date.now())
  await settle(waiting, awaited)
}

/** A job that was submitted must be seen before the story goes on; true when there is a new one. */
async function expectAgents({ store }: Instance, run: string, awaited: Awaited): Promise<boolean> {
  const silent = (await store.liveness(run)).filter((job) => job.state === 'expected' && !awaited.asked.has(job.job))
  if (silent.length === 0) return false
  const submitted = new Set((await store.effects(run, ['done'])).filter((one) => one.kind === 'dispatch-job').map((one) => one.stream))
  const fresh = silent.filter((job) => submitted.has(job.stream))
  for (const job of fresh) {
    awaited.asked.add(job.job)
    awaited.seen.set(job.job, Date.now())
  }
  return fresh.length > 0
}

/** No process outlives its rehearsal. */
async function tidy(deps: Deps, plan: Plan): Promise<void> {
  const run = await readLaunchedRun(deps.store, plan.id)
  for (const { submitter, jobs, ctx } of await jobsBySubmitter(deps, run)) await submitter.cancel?.([...jobs.keys()], ctx)
}

/** The labels of the jobs that their job systems hold to be running. */
async function runningJobs(deps: Deps, run: LaunchedRun): Promise<string[]> {
  const labels = (await jobsBySubmitter(deps, run)).map(async ({ submitter, jobs, ctx }) => {
    const answers = await submitter.status([...jobs.keys()], ctx)
    return [...answers].flatMap(([id, answer]) => (answer.ok && answer.value.state === 'running' ? [jobs.get(id) ?? id] : []))
  })
  return (await Promise.all(labels)).flat()
}

/** The jobs that went out, by native id, with their labels. */
async function jobsBySubmitter(deps: Deps, run: LaunchedRun) {
  const signal = AbortSignal.timeout(60_000)
  const sites = await Promise.all(
    run.plan.sites.map(async (site) => ({ site, id: (await readChallenge(deps.store, streamOf(run, site))).submitted?.data.nativeId })),
  )
  return [...deps.submitters.values()].flatMap((plugin) => {
    const own = sites.filter(({ site, id }) => id !== undefined && site.submitter === plugin.name)
    if (own.length === 0) return []
    const jobs = new Map(own.map(({ site, id }) => [id!, labelOf(run, site)]))
    const endpoints = own.map(({ site }) => site.endpoint)
    const ctx = deps.contextOf({ plugin, run: run.plan.id, subject: run.plan.run.identities.attacker, endpoints, signal })
    return [{ submitter: plugin, jobs, ctx }]
  })
}

async function openParts(instance: Instance & { clock: StoryClock }, planned: PlannedRun, options: RehearsalOptions): Promise<Parts> {
  const { clock, config } = instance
  const { plan } = planned
  const folder = storyFolder(config.home, plan.id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const listener = createListener(listenerPartsOf(instance))
  const listenerPort = await listenAgain(listener, join(folder, 'listener-port'))
  const onError = (error: unknown) => options.log('a part of the rehearsal failed', { reason: String(error) })
  const mailroom = openMailroom(instance)
  const inbox = await openInbox(mailroom, config.mail, { host: '127.0.0.1', port: 0, onError })
  const localFolder = workFolder(config.home, plan.id, 'local')
  const federation = await startFederation({
    ...castOf(planned),
    addresses: [`http://127.0.0.1:${listenerPort}`],
    localFolder,
    inboxPort: inbox.port,
    ledgerFile: join(folder, 'sites.jsonl'),
    hash: instance.sha256,
    now: clock.now,
  })
  const banned = plan.sites.filter((site) => federation.personaOf(site.name)?.bannedBefore)
  for (const site of banned) ban({ localFolder, identity: plan.run.identities.attacker }, site.name)
  const mailer = createMailer({ host: '127.0.0.1', port: federation.port, maxConnections: WORKERS })
  const { heartbeatSeconds, silenceSeconds } = AGENT
  const listenerUrls = [`http://127.0.0.1:${listenerPort}`]
  const agentTiming = { heartbeatSeconds, silenceSeconds }
  const deps = joinDeps(instance, { ...options, ...federation.registers, mailer, listenerUrls, agentTiming, pluginLog: () => {} })
  const queue = queueOf(instance, plan.id, onError)
  // What a process that was killed had in its hands must not be waited for.
  await queue.flush()
  const engine = createEngine(deps, queue)
  return {
    deps,
    engine,
    federation,
    close: async () => {
      await engine.close()
      mailer.close()
      await Promise.all([listener.close(), inbox.close(), federation.close()])
      await mailroom.parser.close()
    },
  }
}

/** Who takes part in the story, and what it asks of them. */
function castOf({ plan, scenario, rubric }: PlannedRun) {
  const { attacker: identity, pilot } = plan.run.identities
  return {
    sites: plan.sites,
    others: plan.parties.map((party) => party.address),
    voTeams: plan.parties.filter((party) => party.role === 'vo').map((party) => party.address),
    identity,
    pilot,
    questions: scenario.questions,
    demands: demandsOf(scenario, rubric),
    labelOf: (site: PlannedSite) => labelOf({ plan }, site),
    seed: plan.run.seed,
  }
}

/** The same port as before a crash, since the agents that still live know it. */
async function listenAgain(listener: ReturnType<typeof createListener>, file: string): Promise<number> {
  const host = '127.0.0.1'
  const before = existsSync(file) ? [Number(readFileSync(file, 'utf8'))] : []
  const [low, high] = QUIET_PORTS
  // Somebody else may have it by now: then those agents end by their silence, and the story goes on without them.
  const others = Array.from({ length: 20 }, () => randomInt(low, high))
  for (const port of [...before, ...others, 0]) {
    const isFree = await listener.listen({ host, port, backlog: BACKLOG }).then(() => true, isTaken)
    if (isFree) break
  }
  const chosen = (listener.server.address() as AddressInfo).port
  writeFileSync(file, String(chosen))
  return chosen
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EADDRINUSE') throw error
  return false
}
