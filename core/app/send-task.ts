import { type Order, signedLine, type Task, taskText } from '../domain/task.ts'
import type { Effect, NewTask } from '../ports.ts'
import type { Deps } from './deps.ts'
import { labelOf } from './dispatch-job.ts'
import { finish } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readLaunchedRun } from './view.ts'

/** How long an agent may obey a task after it was signed, by the machines' clocks. */
const GOOD_FOR_MS = 24 * 3_600_000

/** Signs what an agent is to do, and lays it down for the listener, which hands it out at the next heartbeat. */
export async function sendTask(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const order = effect.payload.order as Order
  const job = await deps.store.job(labelOf(run, site))
  if (job === undefined || job.state === 'stopped') return finish(deps, effect)
  const refused = (reason: string) => [
    { stream: effect.stream, type: 'TaskRefused' as const, data: { effect: effect.id, by: 'gate' as const, reason, ...order } },
  ]
  if (!(await passGate(deps, { effect, run, site, hosts: [], facts: [] }, refused))) return
  const now = deps.clock.wall()
  const task: Task = {
    ...order,
    job: job.job,
    // It grows from task to task; that of an earlier one is never given again.
    sequence: Math.max(now, job.newestTask + 1),
    expires: Math.ceil(Math.min(run.agentsEndMs, now + GOOD_FOR_MS) / 1_000),
  }
  const { job: _, ...signed } = task
  await deps.store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['doing'], to: 'done' },
    facts: [{ stream: effect.stream, type: 'TaskSigned', data: { effect: effect.id, ...signed }, key: `signed:${effect.id}` }],
    tasks: [sign(deps, task)],
  })
}

function sign({ keys }: Pick<Deps, 'keys'>, task: Task): NewTask {
  const text = taskText(task)
  return { job: task.job, sequence: task.sequence, line: signedLine(text, keys.orders.sign(text)) }
}
