import { runStream } from '../domain/event.ts'
import { type LaunchedRun, startedMs } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { readChallenge, streamOf } from './view.ts'

type Wave = { run: string; by: string; reason: string }

/** The sites behind the canaries get their jobs. */
export async function openWave({ store }: Pick<Core, 'store'>, { run, ...data }: Wave): Promise<void> {
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'WaveOpened', data, key: 'wave' }] })
}

/** Opens it by itself once every canary was seen to start, or was refused by its job system, and one at least was seen. */
export async function openWaveWhenSeen(core: Pick<Core, 'store'>, run: LaunchedRun): Promise<void> {
  if (run.waveMs !== undefined || run.stopped) return
  const canaries = run.plan.sites.filter((site) => site.canary)
  if (canaries.length === 0) return
  const states = await Promise.all(canaries.map((site) => readChallenge(core.store, streamOf(run, site))))
  const seen = states.filter((state) => startedMs(state) !== undefined).length
  const refused = states.filter((state) => state.submitted === undefined && state.jobRefused !== undefined).length
  if (seen === 0 || seen + refused < canaries.length) return
  const reason = `${seen} of ${canaries.length} canaries were seen to start${refused === 0 ? '' : `, ${refused} were refused`}`
  await openWave(core, { run: run.plan.id, by: 'the framework', reason })
}
