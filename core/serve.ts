import { setTimeout as pause } from 'node:timers/promises'
import { refuseAfterCrash } from './after-crash.ts'
import type { Deps } from './app/deps.ts'
import { createEngine, type Engine } from './app/engine.ts'
import { checkHeartbeats } from './app/limits.ts'
import { lookUpLetters, recoverRun } from './app/recover.ts'
import { stopRun } from './app/stop-run.ts'
import { readRunState } from './app/view.ts'
import { createWatch } from './app/watch-ourselves.ts'
import { createReach } from './context.ts'
import { followTickets, inboxTls, openOutgoing, readMailbox, sitesDoorParts } from './correspondence.ts'
import { messageOf, RefusedError } from './domain/errors.ts'
import { runStream } from './domain/event.ts'
import { isLaunched, isPlanned, type LaunchedRun, type PlannedRun } from './domain/work.ts'
import { refuseSharedPorts } from './doors.ts'
import { every } from './every.ts'
import { BACKLOG } from './http/connections.ts'
import { createListener } from './http/listener.ts'
import { createSitesDoor } from './http/sites/door.ts'
import { type Mailroom, openInbox, openMailroom } from './inbox.ts'
import { type Instance, queueOf } from './instance.ts'
import { listenerAnswers, mailServerGreets } from './io/own-side.ts'
import { processLives } from './io/process-identity.ts'
import { openStopFile, openStopLines } from './io/stop-file.ts'
import { listenerPartsOf } from './listening.ts'
import { openOffice } from './office.ts'
import { loadSubmitters } from './plugins.ts'
import type { Mailer } from './ports.ts'
import { rehearsals } from './rehearsal/list.ts'
import { keepRetention } from './retention.ts'
import { listenerUrlsOf } from './urls.ts'
import { openWebhooks } from './webhooks.ts'
import { joinDeps } from './worker.ts'

export type Role = 'all' | 'worker' | 'listener'
export type ServeOptions = { role: Role; checked: boolean; log(message: string, data?: Record<string, unknown>): void }
/** `firstRun`: the link that makes the first account, as long as nobody has one. */
export type Serving = { addresses: Record<string, string>; firstRun?: string; close(): Promise<void> }

type Part = { address?: [name: string, where: string]; firstRun?: string; close(): Promise<void> }

const TICK_MS = 1_000
/** How long work that is under way may take when the process is told to end. */
const GRACE_MS = 5_000
const WORKERS = 16
/** The limit of heartbeats is looked at once in so many turns. */
const LIMIT_TURNS = 10
/** How often our own side is asked whether it is there. */
const WATCH_MS = 30_000
/** How often ticket systems are asked for letters whose arrival is uncertain. */
const LOOK_UP_MS = 120_000
/** A silence of our own that is longer than this pauses the sites' clocks. */
const OUTAGE_MS = 120_000

/** Starts what the role calls for, and gives back the way to end it. */
export async function serve(instance: Instance, options: ServeOptions): Promise<Serving> {
  if (options.role !== 'all' && instance.db.kind === 'pglite')
    throw new RefusedError('several processes need servers: set DATABASE_URL and REDIS_URL, or leave --role away')
  refuseSharedPorts(instance.config)
  const parts: Part[] = []
  const close = async () => {
    for (const part of parts.reverse()) await part.close()
  }
  try {
    if (options.role !== 'worker') parts.push(await listen(instance), await openSites(instance, options))
    if (options.role === 'all') parts.push(await operate(instance, options))
    const mailroom = openMailroom(instance)
    parts.push(mailroom.parser)
    if (options.role === 'all') parts.push(await takeMail(instance, mailroom, options))
    if (options.role !== 'listener')
      parts.push(
        ...readMails(instance, mailroom, options),
        await work(instance, options),
        watch(instance, options),
        openWebhooks(instance, options.log),
        { close: keepRetention(instance, options.log) },
      )
  } catch (error) {
    await close()
    throw error
  }
  const firstRun = parts.find((part) => part.firstRun !== undefined)?.firstRun
  return {
    addresses: Object.fromEntries(parts.flatMap((part) => (part.address ? [part.address] : []))),
    ...(firstRun !== undefined && { firstRun }),
    close,
  }
}

async function listen(instance: Instance): Promise<Part> {
  const app = createListener(listenerPartsOf(instance))
  const where = await at('listener', instance.config.listener, () => app.listen({ ...instance.config.listener, backlog: BACKLOG }))
  return { address: ['listener', where], close: () => app.close() }
}

async function operate(instance: Instance, { log }: ServeOptions): Promise<Part> {
  const { where, firstRun, close } = await at('operator', instance.config.operator, () => openOffice(instance, log))
  return { address: ['operator', where], ...(firstRun !== undefined && { firstRun }), close }
}

async function openSites(instance: Instance, { log }: ServeOptions): Promise<Part> {
  const app = createSitesDoor(sitesDoorParts(instance, log))
  const { host, port } = instance.config.sites
  const where = await at('sites', { host, port }, () => app.listen({ host, port, backlog: BACKLOG }))
  return { address: ['sites', where], close: () => app.close() }
}

/** The mailbox and the tickets: a part that is away stops nothing else. */
function readMails(instance: Instance, mailroom: Mailroom, { log }: ServeOptions): Part[] {
  const mailbox = readMailbox(instance, mailroom, log)
  return [...(mailbox ? [mailbox] : []), followTickets(instance, { mailroom, log, runs: () => allRuns(instance) })]
}

async function takeMail(instance: Instance, mailroom: Mailroom, { log }: ServeOptions): Promise<Part> {
  const onError = (error: unknown) => log('a mail could not be kept; it was not accepted', { reason: messageOf(error) })
  const { inbox: where } = instance.config
  const inbox = await at('inbox', where, () =>
    openInbox(mailroom, instance.config.mail, { host: where.host, port: where.port, ...inboxTls(instance.config), onError }),
  )
  return { address: ['inbox', `${where.host}:${inbox.port}`], close: () => inbox.close() }
}

/** An address that cannot be had is a matter of the settings. */
async function at<T>(setting: string, { host, port }: { host: string; port: number }, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    const why = code === 'EADDRINUSE' ? 'another program listens there, perhaps another `ssc serve`' : messageOf(error)
    throw new RefusedError(`cannot listen at ${host}:${port} (${why}): set ${setting} in config.yaml to another host or port`)
  }
}

/** Carries out all runs that were launched, but those of `rehearse`, which has a clock of its own. */
async function work(instance: Instance, options: ServeOptions): Promise<Part> {
  const { config, store } = instance
  await refuseAfterCrash(instance, options.checked)
  // As many as workers: no mail waits for a connection after it has passed the gate, where a full stop would not reach it.
  const outgoing = await openOutgoing(instance, { connections: WORKERS, log: options.log })
  const reach = createReach(config)
  const deps = joinDeps(instance, {
    ...outgoing,
    plugins: await loadSubmitters(config.home),
    reach,
    listenerUrls: listenerUrlsOf(config),
    log: options.log,
  })
  const queue = queueOf(instance, 'runs', (error) => options.log('the queue failed', { reason: error.message }))
  // Nobody else works here: what a process that was killed had in its hands must not be waited for.
  if (instance.db.kind === 'pglite') await queue.flush()
  const engine = createEngine(deps, queue)
  await recoverAll(instance, deps)
  engine.start(WORKERS)
  let turns = 0
  const turn = async () => {
    turns += 1
    const outcomes: PromiseSettledResult<unknown>[] = []
    // One run that cannot go on keeps no other from it, and none from its stop.
    for (const run of await quietRuns(instance)) outcomes.push(...(await Promise.allSettled([engine.tick(run.plan.id)])))
    for (const run of await openRuns(instance)) {
      outcomes.push(...(await Promise.allSettled([takeStopWord(instance, run)])))
      outcomes.push(...(await Promise.allSettled([goOn(instance, run, { engine, looksAtLimit: turns % LIMIT_TURNS === 0 })])))
    }
    const failed = outcomes.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await store.putDocument('alive', instance.clock.now())
  }
  const stop = every(TICK_MS, turn, (error) => options.log('a turn of the engine failed', { reason: messageOf(error) }))
  const stopLooking = lookForLetters(instance, deps)
  return {
    close: async () => {
      await Promise.all([stop(), stopLooking()])
      await endWork(engine, outgoing.mailer)
      await Promise.all([reach.close(), outgoing.close()])
      if (instance.db.kind === 'pglite') await store.putDocument('boot', null)
    },
  }
}

/** What a process that ended left behind; letters go out before the launch and after the end, too. */
async function recoverAll(instance: Instance, deps: Deps): Promise<void> {
  const open = await openRuns(instance)
  for (const run of open) await recordOutage(instance, run)
  for (const run of [...open, ...(await quietRuns(instance))]) await recoverRun(deps, run.plan.id, processLives)
}

/** What a ticket system could not be asked for at once. */
function lookForLetters(instance: Instance, deps: Deps): () => Promise<void> {
  const look = async () => {
    for (const run of [...(await openRuns(instance)), ...(await quietRuns(instance))]) await lookUpLetters(deps, run.plan.id)
  }
  return every(LOOK_UP_MS, look, (error) => deps.log('uncertain letters could not be looked up', { reason: messageOf(error) }))
}

async function goOn(
  instance: Instance,
  run: LaunchedRun,
  { engine, looksAtLimit }: { engine: Engine; looksAtLimit: boolean },
): Promise<void> {
  const { store, clock } = instance
  await engine.tick(run.plan.id)
  const { job } = run.scenario
  if (job) await store.sweepLiveness(run.plan.id, clock.now(), { late: job.lateAfter, lost: job.lostAfter })
  if (looksAtLimit) await checkHeartbeats(instance, run)
  keepStopLine(instance, run)
}

/** A launch that was cut off, or that was done on another machine, has left no file here: a stop without the store needs it. */
function keepStopLine({ config }: Instance, { plan, stopLine }: LaunchedRun): void {
  const lines = openStopLines(config.home)
  if (lines.read(plan.id) === undefined) lines.keep(plan.id, stopLine)
}

/** A part of ours that is not there must not count against the sites. It has turns of its own, as it may have to wait for an answer. */
function watch(instance: Instance, { log }: ServeOptions): Part {
  const { store, clock, config } = instance
  const look = createWatch(
    { store, clock, log, listenerUrls: listenerUrlsOf(config) },
    {
      listener: (address, signal) => listenerAnswers(address, { caFolder: config.certificates, signal }),
      mailServer: (signal) => mailServerGreets(config.smtp, signal),
    },
  )
  const ending = new AbortController()
  const turn = async () => look(await openRuns(instance), ending.signal)
  const stop = every(WATCH_MS, turn, (error) => log('a look at our own side failed', { reason: messageOf(error) }))
  return {
    close: () => {
      ending.abort()
      return stop()
    },
  }
}

/** What was stopped by a file while the store could not be asked becomes a fact. */
async function takeStopWord(instance: Instance, run: LaunchedRun): Promise<void> {
  const word = run.stopped ? undefined : openStopFile(instance.config.home).wordFor(run.plan.id)
  if (word !== undefined) await stopRun(instance, { run: run.plan.id, by: word.by, reason: word.reason })
}

/** Work that is under way may end; what hangs at the mail server is broken off, and then known to be uncertain. */
async function endWork(engine: Engine, mailer: Mailer): Promise<void> {
  const worked = engine.close()
  await Promise.race([worked, pause(GRACE_MS, undefined, { ref: false })])
  mailer.close()
  await worked
}

async function openRuns(instance: Instance): Promise<LaunchedRun[]> {
  return (await allRuns(instance)).filter((run) => isLaunched(run)).filter((run) => run.endedMs === undefined)
}

/** After its end results and certificates are still sent, for so long. */
const AFTERWARDS_MS = 90 * 86_400_000

/** Those that were not launched yet, or ended not long ago: officers' letters may go out for them. */
async function quietRuns(instance: Instance): Promise<PlannedRun[]> {
  const since = instance.clock.now() - AFTERWARDS_MS
  const quiet = (run: PlannedRun) => (run.endedMs === undefined ? !isLaunched(run) : run.endedMs > since)
  return (await allRuns(instance)).filter((run) => run.stopped === undefined && quiet(run))
}

async function allRuns({ store }: Instance): Promise<PlannedRun[]> {
  const left = new Set(await rehearsals(store))
  const names = (await store.listRuns()).map((row) => row.run).filter((run) => !left.has(run))
  const runs = await Promise.all(names.map((run) => readRunState(store, run)))
  return runs.filter((run) => isPlanned(run))
}

async function recordOutage({ store, clock }: Instance, run: LaunchedRun): Promise<void> {
  const alive = await store.document<number>('alive')
  const untilMs = clock.now()
  if (alive === undefined || untilMs - alive < OUTAGE_MS) return
  const data = { fromMs: Math.max(alive, run.launchedMs), untilMs, what: 'the framework was not running' }
  await store.commit({
    run: run.plan.id,
    facts: [{ stream: runStream(run.plan.id), type: 'OutageRecorded', data, key: `outage:${alive}` }],
  })
}
