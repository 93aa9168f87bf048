import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { approveRun } from '../../core/app/approve-run.ts'
import type { Deps } from '../../core/app/deps.ts'
import { labelOf } from '../../core/app/dispatch-job.ts'
import { createEngine } from '../../core/app/engine.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { openWave } from '../../core/app/open-wave.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { openStopWatch } from '../../core/app/stop-watch.ts'
import { createReach } from '../../core/context.ts'
import { countEnds, type StopCount } from '../../core/domain/stop-watch.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { createListener } from '../../core/http/listener.ts'
import { type Instance, queueOf } from '../../core/instance.ts'
import { openStopFile, openStopLines } from '../../core/io/stop-file.ts'
import { listenerPartsOf } from '../../core/listening.ts'
import { loadMailTemplates } from '../../core/plugins.ts'
import { joinDeps } from '../../core/worker.ts'
import type { Figure } from './figures.ts'
import { listenerUrls, planRequest, writeIdentities } from './run-of-many.ts'
import type { DrillOrder, DrillResult } from './stop-drill-agents.ts'
import { type Entry, openOutside } from './stop-drill-outside.ts'

export type Drill = { agents: number; intervalMs: number }

/** Sites of the second wave, for each agent of the first: their jobs are on their way when the stop comes. */
const REST = 0.5
const CUT_OFF = 0.3
const SILENCE_MS = 60_000
const WORKERS = 16
const TICK_MS = 1_000

/** `ends`: of the first wave, whose agents there are. */
type Measured = { stopMs: number; lastMs: number; result: DrillResult; before: Entry[]; after: Entry[]; ends: StopCount }

/** A full stop in the middle of a run: how soon the agents end, and what still leaves. */
export async function measureStopDrill(instance: Instance, drill: Drill): Promise<Figure[]> {
  const outside = openOutside()
  const reach = createReach(instance.config)
  const { submitter, prober, mailer } = outside
  const deps = joinDeps(instance, {
    mailer,
    plugins: { submitters: new Map([[submitter.name, submitter]]), probers: new Map([[prober.name, prober]]) },
    reach,
    templates: loadMailTemplates(instance.config.home),
    listenerUrls,
    log: (message, data) => process.stderr.write(`${message} ${JSON.stringify(data)}\n`),
  })
  const run = await launched(instance, deps, drill)
  const app = createListener(listenerPartsOf(instance))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const child = fork(new URL('./stop-drill-agents.ts', import.meta.url), { stdio: 'inherit' })
  const stopEngine = startEngine(instance, deps, run)
  try {
    child.send(orderOf(instance, run, { ...drill, port: (app.server.address() as AddressInfo).port }))
    await untilBusy(deps, run, outside.ledger)
    return figuresOf(drill, await stopNow(instance, run, { child, ledger: outside.ledger, drill }))
  } finally {
    child.kill()
    await stopEngine()
    await app.close()
    await reach.close()
  }
}

/** All agents are seen in the first wave; alerts, reminders and rounds of probes follow each other quickly. */
async function launched(instance: Instance, deps: Deps, { agents, intervalMs }: Drill): Promise<LaunchedRun> {
  writeIdentities(instance.config.home)
  const sites = Math.round(agents * (1 + REST))
  const wish = planRequest(1, sites)
  const job = { ...wish.scenario.job!, heartbeatEvery: intervalMs, silenceEnds: SILENCE_MS, tasks: [] }
  const watch = { every: 2 * intervalMs, for: 120_000, later: 3_600_000 }
  const scenario = {
    ...wish.scenario,
    job,
    watch,
    mails: { ...wish.scenario.mails, remindAfter: 1_000, escalateAfter: 3_600_000, reportAfter: 3_600_000 },
    endAfter: 0,
  }
  // A short one: each site calls for its rounds until the end.
  const window = { from: wish.run.window.from, to: new Date(Date.now() + 3_600_000).toISOString() }
  const request = { ...wish, scenario, run: { ...wish.run, window, canaries: agents, alertAnyTime: true } }
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'bench')
  const now = Date.now()
  const run = await launchRun(deps, { run: plan.id, by: 'bench', agentsStartMs: now, agentsEndMs: now + 3_600_000 })
  openStopLines(instance.config.home).keep(plan.id, run.stopLine)
  return run
}

/** As `serve` does it. */
function startEngine(instance: Instance, deps: Deps, { plan }: LaunchedRun): () => Promise<void> {
  const fail = (error: unknown) => process.stderr.write(`the engine failed: ${error}\n`)
  const queue = queueOf(instance, 'drill', fail)
  const engine = createEngine(deps, queue)
  engine.start(WORKERS)
  let isOver = false
  const turns = (async () => {
    while (!isOver) {
      await engine.tick(plan.id).catch(fail)
      await pause(TICK_MS)
    }
  })()
  return async () => {
    isOver = true
    await turns
    await queue.flush()
    await engine.close()
  }
}

function orderOf({ keys }: Instance, run: LaunchedRun, { port, intervalMs }: Drill & { port: number }): DrillOrder {
  const labels = run.plan.sites.filter((site) => site.canary).map((site) => labelOf(run, site))
  const jobs = labels.map((job) => ({ job, token: keys.jobToken(job) }))
  return { port, run: run.plan.id, publicKey: keys.orders.publicKey(), jobs, intervalMs }
}

/** Until every agent was seen, and mails, probes and the jobs of the second wave are on their way. */
async function untilBusy({ store }: Deps, run: LaunchedRun, ledger: readonly Entry[]): Promise<void> {
  const canaries = run.plan.sites.filter((site) => site.canary).length
  const count = (what: Entry['what']) => ledger.filter((one) => one.what === what).length
  const seen = async () => (await store.liveness(run.plan.id)).filter((job) => job.state === 'alive').length
  await until(async () => (await seen()) >= canaries, 'all agents', 500)
  await until(() => count('probe') > 0 && count('job') >= canaries, 'the first wave and a round of probes')
  const isRecent = (what: Entry['what']) => ledger.some((one) => one.what === what && one.at > Date.now() - RECENT_MS)
  await until(() => isRecent('probe'), 'further round of probes')
  await openWave({ store }, { run: run.plan.id, by: 'bench', reason: 'all were seen' })
  // The engine may have let it go already, when all were seen.
  await until(() => count('job') > canaries, 'job of the second wave')
}

const PATIENCE_MS = 120_000
const RECENT_MS = 200

async function until(condition: () => boolean | Promise<boolean>, what: string, everyMs = 10): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await condition()); await pause(everyMs)) if (Date.now() > end) throw new Error(`no ${what}`)
}

type Place = { child: ChildProcess; ledger: Entry[]; drill: Drill }

async function stopNow(instance: Instance, run: LaunchedRun, { child, ledger, drill }: Place): Promise<Measured> {
  const { agents, intervalMs } = drill
  const word = { run: run.plan.id, by: 'bench', reason: 'the drill' }
  const cut = Math.round(agents * CUT_OFF)
  child.send({ cut })
  // The instant is when the word stands in the file; what begins later has passed no gate.
  openStopFile(instance.config.home).add({ ...word, at: new Date().toISOString() })
  const stopMs = Date.now()
  await stopRun(instance, word)
  const tell = async (): Promise<DrillResult> => {
    child.send('tell')
    const [result] = await once(child, 'message')
    return result
  }
  const end = stopMs + 4 * intervalMs + 10_000
  while ((await tell()).farewells.length < agents - cut && Date.now() < end) await pause(100)
  // Whatever still waits in a queue has its turn before it is counted.
  await pause(Math.max(0, stopMs + 2 * intervalMs - Date.now()))
  const result = await tell()
  const look = await (await openStopWatch(instance, run.plan.id))()
  const ends = run.plan.sites.flatMap((site) => (site.canary ? look.get(site.name)! : []))
  const isEntry = ({ what }: Entry) => what !== 'cancel' && what !== 'notice'
  const split = (isAfter: boolean) => ledger.filter((one) => isEntry(one) && one.at > stopMs === isAfter)
  return {
    stopMs,
    lastMs: Math.max(...result.farewells),
    result,
    before: split(false),
    after: split(true),
    ends: countEnds(ends),
  }
}

function figuresOf({ agents, intervalMs }: Drill, { stopMs, lastMs, result, before, after, ends }: Measured): Figure[] {
  const cut = Math.round(agents * CUT_OFF)
  const reachable = agents - cut
  const recent = before.filter((one) => one.at > stopMs - 1_000)
  const flow = (['job', 'mail', 'probe'] as const).map((what) => `${recent.filter((one) => one.what === what).length} ${what}s`).join(', ')
  const late = after.map((one) => `${one.what} +${one.at - stopMs} ms`).slice(0, 8)
  const odd = [
    ...(result.lies > 0 ? [`${result.lies} false stops`] : []),
    ...Object.entries(result.failures).map(([what, n]) => `${n} × ${what}`),
  ]
  const restMs = ends.lastMs === undefined ? 0 : ends.lastMs - stopMs
  return [
    {
      name: 'stop drill: until the farewell of the last agent within reach',
      unit: 's',
      values: [(lastMs - stopMs) / 1_000],
      goal: { most: intervalMs / 1_000 + 2 },
      digits: 1,
      remark: `${agents} agents, a heartbeat in ${intervalMs / 1_000} s, ${cut} cut off${odd.length === 0 ? '' : `; ${odd.join(', ')}`}`,
    },
    {
      name: 'stop drill: jobs, mails and probes that left after it',
      unit: '',
      values: [after.length],
      goal: { most: 0 },
      digits: 0,
      remark: `in the second before: ${flow}${late.length === 0 ? '' : `; after: ${late.join(', ')}`}`,
    },
    {
      name: 'stop drill: confirmed of those within reach',
      unit: '',
      values: [result.farewells.length === reachable ? ends.confirmed : Math.min(ends.confirmed, result.farewells.length)],
      goal: { least: reachable },
      digits: 0,
      remark: `of ${reachable}`,
    },
    {
      name: 'stop drill: told and not confirmed, as `ssc stop --watch` shows it',
      unit: '',
      values: [ends.told],
      goal: { least: cut },
      digits: 0,
      remark: `they end by themselves ${Math.round(restMs / 1_000)} s after the stop at the latest`,
    },
  ]
}
