import type { ChallengeState } from '../domain/challenge.ts'
import { consentOf } from '../domain/consent.ts'
import { FRAMEWORK, runStream } from '../domain/event.ts'
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
  const states = await canaryStates(core, run)
  if (states.length === 0) return
  const seen = states.filter((state) => startedMs(state) !== undefined).length
  const refused = states.filter((state) => state.submitted === undefined && state.jobRefused !== undefined).length
  if (seen === 0 || seen + refused < states.length) return
  const reason = `${seen} of ${states.length} canaries were seen to start${refused === 0 ? '' : `, ${refused} were refused`}`
  await openWave(core, { run: run.plan.id, by: FRAMEWORK, reason })
}

/** But for those who took back their consent before anything was sent to them: they will never be seen. */
async function canaryStates({ store }: Pick<Core, 'store'>, run: LaunchedRun): Promise<ChallengeState[]> {
  const canaries = run.plan.sites.filter((site) => site.canary)
  const states = await Promise.all(canaries.map(async (site) => ({ site, state: await readChallenge(store, streamOf(run, site)) })))
  const left = states.filter(({ site, state }) => state.submitting !== undefined || consentOf(run, site, run.launchedMs).is !== 'withdrawn')
  return left.map(({ state }) => state)
}
