import { approveRun } from '../../../core/app/approve-run.ts'
import type { Instance } from '../../../core/instance.ts'
import { launch } from '../../../core/launching.ts'
import { plannedRun } from '../../cli/control-run.ts'

/** A run of SITE-0, SITE-1 and SITE-2 that was approved and launched; nothing of it is carried out. */
export async function runUnderWay(instance: Instance, seed: number): Promise<string> {
  const run = await plannedRun({ instance: async () => instance }, { seed })
  await approveRun(instance, run, 'Ben')
  await launch(instance, { run, by: 'Ben' })
  return run
}
