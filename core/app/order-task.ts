import { InputError, RefusedError } from '../domain/errors.ts'
import { Order } from '../domain/task.ts'
import type { Core } from './deps.ts'
import { plannedSite, readChallenge, readLaunchedRun, streamOf } from './view.ts'

export type Command = { run: string; sites: readonly string[]; order: Order; by: string }

/** An officer has agents do something from the catalogue that the scenario declared. Gives back how many are told. */
export async function orderTask({ store }: Pick<Core, 'store'>, { run: id, sites, order, by }: Command): Promise<number> {
  const run = await readLaunchedRun(store, id)
  const read = Order.safeParse(order)
  if (!read.success)
    throw new InputError(
      'this is nothing that an agent can be told:',
      read.error.issues.map(({ message }) => message),
    )
  const { actions } = run.scenario.job
  const known = [...new Set([...actions, 'idle', 'stop'])]
  if (!known.includes(order.do))
    throw new RefusedError(
      `the scenario ${run.scenario.id} did not declare '${order.do}', so nobody approved it. It has: ${known.join(', ')}`,
    )
  const { cpuSeconds } = run.plan.run.limits
  if (order.do === 'load' && cpuSeconds < (order.number ?? 0))
    throw new RefusedError(`the run's limit is ${cpuSeconds} processor seconds: an order over it would halt the run`)
  const chosen = sites.length === 0 ? run.plan.sites : sites.map((name) => plannedSite(run, name))
  const facts = await Promise.all(
    chosen.map(async (site) => {
      const stream = streamOf(run, site)
      const taskId = String((await readChallenge(store, stream)).ordered.length + 1)
      return { stream, type: 'TaskOrdered' as const, data: { id: taskId, by, ...read.data }, key: `ordered:${taskId}` }
    }),
  )
  await store.commit({ run: id, facts })
  return facts.length
}
