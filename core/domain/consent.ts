import type { ConsentOf } from './event.ts'
import type { PlannedSite } from './plan.ts'
import type { ConsentWord, RunState } from './run-state.ts'

/** What stands against starting something at a site: nothing, that nobody spoke yet, or that the word was taken back. */
export type Consent =
  | { is: 'given' }
  | { is: 'missing'; whose: string }
  | { is: 'not yet'; fromMs: number }
  | { is: 'over' }
  | { is: 'withdrawn'; by: string }

/**
 * Whether a site may be challenged at `now` (ms since 1970). The run's basis says whose word counts: under `policy` the federation's
 * rules speak for all, under `ngi` each NGI or the site itself, under `site` the site alone. Whatever the basis, a site or its NGI can take part no
 * longer. A rehearsal reaches nobody who would have to agree.
 */
export function consentOf(run: RunState, site: Pick<PlannedSite, 'name' | 'ngi'>, now: number): Consent {
  const { consent: { basis } = { basis: 'site' }, rehearsal = false } = run.plan?.run ?? {}
  const own = newestWord(run, { site: site.name })
  const ngi = newestWord(run, { ngi: site.ngi })
  const refusal = [own, ngi].find((word) => word?.given === false)
  if (refusal !== undefined) return { is: 'withdrawn', by: refusal.by }
  const words = basis === 'site' ? [own] : [own, ngi]
  const word = words.find((one) => one !== undefined)
  if (word === undefined)
    return basis === 'policy' || rehearsal ? { is: 'given' } : { is: 'missing', whose: basis === 'site' ? site.name : site.ngi }
  if (word.fromMs !== undefined && now < word.fromMs) return { is: 'not yet', fromMs: word.fromMs }
  if (word.toMs !== undefined && now >= word.toMs) return { is: 'over' }
  return { is: 'given' }
}

/** Since when the site takes part no longer, by its own word or its NGI's, ms since 1970: to say it again changes nothing. */
export function withdrawnSince({ consents }: Pick<RunState, 'consents'>, site: Pick<PlannedSite, 'name' | 'ngi'>): number | undefined {
  const moments = [{ site: site.name }, { ngi: site.ngi }].flatMap((of) => {
    const words = consents.filter((word) => nameOf(word.of) === nameOf(of))
    return words[words.findLastIndex(({ given }) => given) + 1]?.at ?? []
  })
  return moments.length === 0 ? undefined : Math.min(...moments)
}

/** What was said last of a site or of an NGI: the last word counts. */
export function newestWord(run: RunState, of: ConsentOf): ConsentWord | undefined {
  return run.consents.findLast((word) => nameOf(word.of) === nameOf(of))
}

/** `site X` or `ngi X`. */
export function nameOf(of: ConsentOf): string {
  return 'site' in of ? `site ${of.site}` : `ngi ${of.ngi}`
}
