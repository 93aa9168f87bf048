import { InputError, RefusedError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import type { Audience } from '../domain/report.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

export type Publication = { run: string; audiences: readonly Audience[]; shown: boolean; by: string }

/** From now on those of the audience read the run's document for them, or do so no longer. To say it again changes nothing. */
export async function publishRun({ store }: Pick<Core, 'store'>, { run, audiences, shown, by }: Publication): Promise<void> {
  const { plan, published, phase } = await readRunState(store, run)
  const known = audiencesOfRun(plan)
  const unknown = audiences.filter((audience) => !known.includes(audience))
  if (unknown.length > 0)
    throw new InputError(
      'nothing was published:',
      unknown.map((one) => `nobody of ${one} takes part in ${run}`),
    )
  if (shown && phase !== 'ended' && phase !== 'stopped') throw new RefusedError(`the run ${run} is not over: its lights can still change`)
  const isShown = (audience: Audience) => published.some((one) => one.audience === audience)
  const changed = audiences.filter((audience) => isShown(audience) !== shown)
  const facts = changed.map((audience) => ({ stream: runStream(run), type: 'PublicationChanged' as const, data: { audience, shown, by } }))
  if (facts.length > 0) await store.commit({ run, facts })
}

/** For whom there can be a document of a run. */
export function audiencesOfRun({ sites }: { sites: readonly { name: string; ngi: string }[] }): Audience[] {
  const ngis = [...new Set(sites.map(({ ngi }) => ngi))].sort()
  return ['csirt', ...ngis.map((ngi): Audience => `ngi:${ngi}`), ...sites.map(({ name }): Audience => `site:${name}`), 'public']
}
