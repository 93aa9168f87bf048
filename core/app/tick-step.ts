import { InputError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { readPlannedRun } from './view.ts'

/** `done: false` takes a tick back. */
export type Ticked = { run: string; step: string; done: boolean; by: string; note: string }

/** Writes down that a step of the checklist was done by hand, or was not after all. To say it again changes nothing. Throws InputError when there is no such step. */
export async function tickStep({ store }: Pick<Core, 'store'>, { run, ...data }: Ticked): Promise<void> {
  const { scenario, ticks } = await readPlannedRun(store, run)
  const steps = scenario.checklist.map(({ id }) => id)
  if (!steps.includes(data.step)) {
    const known = steps.length === 0 ? 'its scenario has no checklist' : `there are: ${steps.join(', ')}`
    throw new InputError(`the checklist of ${run} has no step '${data.step}'; ${known}. Nothing was ticked.`, [])
  }
  if ((ticks[data.step] !== undefined) === data.done) return
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'StepTicked', data }] })
}
