import { InputError, RefusedError } from '../domain/errors.ts'
import { addressCount, namesAddress } from '../domain/plan.ts'
import { allowedActions, loadSeconds, Order } from '../domain/task.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { plannedSite, readLaunchedRun, streamOf } from './view.ts'

/** `id` tells this order from every other, also from one that is given at the same moment. */
export type Command = { run: string; sites: readonly string[]; order: Order; by: string; id: string }

/** An officer has agents do something from the catalogue that the scenario declared; no sites means all. Gives back how many are told. */
export async function orderTask({ store }: Pick<Core, 'store'>, { run: name, sites, order, by, id }: Command): Promise<number> {
  const run = await readLaunchedRun(store, name)
  if (run.stopped) throw new RefusedError(`the run ${name} was stopped: its agents are told nothing else any more`)
  const read = Order.safeParse(order)
  if (!read.success)
    throw new InputError(
      'this is nothing that an agent can be told:',
      read.error.issues.map(({ message }) => message),
    )
  if (run.scenario.job === undefined) throw new RefusedError(`the scenario ${run.scenario.id} sends no job, so there is no agent to tell`)
  const { actions } = run.scenario.job
  const allowed = allowedActions(actions)
  if (!allowed.includes(order.do)) {
    const itsOwnFirst = new Set([...actions, ...allowed])
    throw new RefusedError(
      `the scenario ${run.scenario.id} did not declare '${order.do}', so nobody approved it. It has: ${[...itsOwnFirst].join(', ')}`,
    )
  }
  const { cpuSeconds } = run.plan.run.limits
  if (cpuSeconds < loadSeconds(order))
    throw new RefusedError(`the run's limit is ${cpuSeconds} processor seconds: an order over it would halt the run`)
  refuseBeyond(run, read.data)
  const chosen = sites.length === 0 ? run.plan.sites : sites.map((name) => plannedSite(run, name))
  const data = { id, by, ...read.data }
  const facts = chosen.map((site) => ({ stream: streamOf(run, site), type: 'TaskOrdered' as const, data, key: `ordered:${id}` }))
  await store.commit({ run: name, facts })
  return facts.length
}

/** The n-th address is there, or nobody is sent for it. */
function refuseBeyond({ plan }: LaunchedRun, { do: action, number = 0 }: Order): void {
  if (!namesAddress(action)) return
  const most = addressCount(plan, action)
  if (number <= most) return
  const what = action === 'contact' ? 'contacts' : 'addresses of the listener'
  throw new RefusedError(`'${action} ${number}' cannot be done: the run was launched with ${most} ${what}`)
}
