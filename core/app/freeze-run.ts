import { knowsOfRun } from '../domain/challenge.ts'
import { RefusedError } from '../domain/errors.ts'
import { type Pause, pausedBy } from '../domain/run-state.ts'
import { utcWords } from '../domain/zone.ts'
import type { Core } from './deps.ts'
import { pauseRun } from './pause-run.ts'
import { readChallenge, readLaunchedRun, streamOf } from './view.ts'

/** `told`: how many sites have a mail or a job of the run, and are told. */
export type Freeze = { pause: Pause; told: number }

/** A real incident comes first: freezes the run, and has every site told that knows of it. Throws RefusedError when that was said already. */
export async function freezeRun(core: Pick<Core, 'store'>, word: { run: string; by: string; reason: string }): Promise<Freeze> {
  await refuseTwice(core, word.run)
  const pause = await pauseRun(core, { ...word, because: 'real incident' })
  return { pause, told: await knowing(core, word.run) }
}

/** Each freeze is told once: a second word would be written down, and reach nobody. */
async function refuseTwice({ store }: Pick<Core, 'store'>, name: string): Promise<void> {
  const pause = pausedBy(await readLaunchedRun(store, name))
  if (pause?.because !== 'real incident') return
  throw new RefusedError(
    `the run ${name} is frozen already, since ${utcWords(pause.fromMs)}, by ${pause.by}, and the sites are told why: ${pause.reason}. What else they have to know, tell them in your own way.`,
  )
}

/** How many sites have a mail or a job of the run. */
async function knowing({ store }: Pick<Core, 'store'>, name: string): Promise<number> {
  const run = await readLaunchedRun(store, name)
  const states = await Promise.all(run.plan.sites.map((site) => readChallenge(store, streamOf(run, site))))
  return states.filter(knowsOfRun).length
}
