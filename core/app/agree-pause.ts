import { InputError } from '../domain/errors.ts'
import { challengeStream } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { plannedSite, readPlannedRun } from './view.ts'

export type AgreedPause = { run: string; site: string; fromMs: number; untilMs: number; by: string; reason: string }

/** Longer ones are slips of the pen: a challenge is over by then. */
const LONGEST_MS = 90 * 86_400_000

/** A time for which the clocks of one site stand still, as was agreed with it; the same time stands in its log once. */
export async function agreePause({ store }: Pick<Core, 'store'>, { run, site, ...pause }: AgreedPause): Promise<void> {
  const { name } = plannedSite(await readPlannedRun(store, run), site)
  const { fromMs, untilMs } = pause
  if (untilMs <= fromMs) throw new InputError('nothing was agreed:', ['--until: it is not after --from'])
  if (untilMs - fromMs > LONGEST_MS) throw new InputError('nothing was agreed:', ['--until: a pause has at most 90 days'])
  const fact = { stream: challengeStream(run, name), type: 'PauseAgreed' as const, data: pause, key: `pause:${fromMs} ${untilMs}` }
  await store.commit({ run, facts: [fact] })
}
