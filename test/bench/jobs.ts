import { setTimeout as pause } from 'node:timers/promises'
import { createPostgresBackend, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { approveRun } from '../../core/app/approve-run.ts'
import { createEngine } from '../../core/app/engine.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { createReach, type Reach } from '../../core/context.ts'
import type { Plan } from '../../core/domain/plan.ts'
import type { Submitter } from '../../core/domain/submitter.ts'
import { type Instance, queueOf } from '../../core/instance.ts'
import type { Store } from '../../core/ports.ts'
import { joinDeps } from '../../core/worker.ts'
import type { Figure } from './figures.ts'
import { listenerUrls, noopSubmitter, planRequest, writeIdentities } from './run-of-many.ts'

/** How many pieces of work are done at once, on both sides. */
const CONCURRENCY = 64
/** As `serve` does. */
const TICK_MS = 1_000

/** Jobs a second from the plan to the log, as a share of BullMQ's own jobs that do nothing, on the same backend, in turns. */
export async function measureJobs(instance: Instance, repeats: { rounds: number; jobs: number }): Promise<Figure[]> {
  const rates = { bare: [] as number[], whole: [] as number[], ratio: [] as number[] }
  // The first round warms up and does not count.
  for (let round = -1; round < repeats.rounds; round += 1) {
    const bare = (repeats.jobs * 1_000) / (await bareRound(instance, `bare-${round + 1}`, repeats.jobs))
    const whole = (repeats.jobs * 1_000) / (await wholeRound(instance, round + 1, repeats.jobs))
    if (round < 0) continue
    rates.bare.push(bare)
    rates.whole.push(whole)
    rates.ratio.push(whole / bare)
  }
  const remark = `${repeats.jobs} jobs at ${CONCURRENCY} at once`
  return [
    { name: 'jobs from launch to log ÷ bare BullMQ jobs', unit: '', values: rates.ratio, goal: { least: 0.3 }, digits: 2 },
    { name: 'jobs: launch of an approved plan, queue, gate, no-op submitter, log', unit: '/s', values: rates.whole, digits: 0, remark },
    { name: 'bare BullMQ jobs', unit: '/s', values: rates.bare, digits: 0, remark },
  ]
}

/** From the adding of all jobs to the end of the last one, with a queue and a worker that know nothing of us. */
async function bareRound({ db, config, id }: Instance, name: string, jobs: number): Promise<number> {
  const redis = config.redisUrl === undefined ? undefined : new Redis(config.redisUrl, { maxRetriesPerRequest: null })
  const backend = (redis === undefined ? createPostgresBackend : undefined) as any
  const connection = (redis ?? db.pool) as any
  const queue = new Queue(`${id}-${name}`, { connection, defaultJobOptions: { removeOnComplete: true } }, backend)
  await queue.waitUntilReady()
  let left = jobs
  const start = performance.now()
  try {
    await queue.addBulk(Array.from({ length: jobs }, (_, i) => ({ name: 'effect', data: {}, opts: { jobId: `job.${i}` } })))
    let worker: Worker | undefined
    await new Promise<void>((resolve) => {
      const work = async () => {
        left -= 1
        if (left === 0) resolve()
      }
      worker = new Worker(`${id}-${name}`, work, { connection, concurrency: CONCURRENCY, drainDelay: 1 }, backend)
    })
    const ms = performance.now() - start
    await worker?.close()
    return ms
  } finally {
    await queue.obliterate({ force: true })
    await queue.close()
    redis?.disconnect()
  }
}

/** From the launch of an approved plan to the last job's native id in the log, with all parts as `serve` joins them. */
async function wholeRound(instance: Instance, round: number, jobs: number): Promise<number> {
  const { store } = instance
  writeIdentities(instance.config.home)
  const submitted = untilCalled()
  const submitter = noopSubmitter(jobs, submitted.call)
  const reach = createReach(instance.config)
  const deps = joinDeps(instance, outside(submitter, reach))
  const queue = queueOf(instance, `whole-${round}`, (error) => submitted.fail(error))
  const engine = createEngine(deps, queue)
  const plan = await approvedPlan(instance, round, jobs)
  const start = performance.now()
  await launchRun(deps, { run: plan.id, by: 'bench', agentsStartMs: Date.now(), agentsEndMs: Date.now() + 86_400_000 })
  engine.start(CONCURRENCY)
  await engine.tick(plan.id)
  const timer = setInterval(() => void engine.tick(plan.id).catch(submitted.fail), TICK_MS)
  try {
    await submitted.promise
    await untilLogged(store, plan.id)
    const ms = performance.now() - start
    await checkLog(instance, plan.id, jobs)
    return ms
  } finally {
    clearInterval(timer)
    await queue.flush()
    await engine.close()
    await reach.close()
  }
}

async function approvedPlan(instance: Instance, round: number, jobs: number): Promise<Plan> {
  const request = planRequest(round, jobs)
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'bench')
  return plan
}

/** The last answer was given; it still has to be committed. */
async function untilLogged(store: Store, run: string): Promise<void> {
  for (;;) {
    const open = await store.effects(run, ['queued', 'doing', 'deferred'])
    if (!open.some((effect) => effect.kind === 'dispatch-job')) return
    await pause(1)
  }
}

/** Each job was refused or submitted by the log itself, or the figures are void. */
async function checkLog({ store }: Instance, run: string, jobs: number): Promise<void> {
  const submitted = (await store.readRun(run)).filter((event) => event.type === 'JobSubmitted')
  if (submitted.length !== jobs) throw new Error(`${submitted.length} of ${jobs} jobs are in the log`)
}

function outside(submitter: Submitter, reach: Reach): Parameters<typeof joinDeps>[1] {
  return {
    mailer: { host: '127.0.0.1', send: async () => 'never called', close: () => {} },
    plugins: { submitters: new Map([[submitter.name, submitter]]), probers: new Map() },
    reach,
    templates: [],
    listenerUrls,
    log: (message, data) => process.stderr.write(`${message} ${JSON.stringify(data)}\n`),
  }
}

function untilCalled(): { promise: Promise<void>; call(): void; fail(error: unknown): void } {
  let parts: { call(): void; fail(error: unknown): void } | undefined
  const promise = new Promise<void>((call, fail) => {
    parts = { call, fail }
  })
  return { promise, ...parts! }
}
