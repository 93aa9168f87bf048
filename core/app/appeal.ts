import { cleanerFor } from '../domain/audience.ts'
import { RefusedError } from '../domain/errors.ts'
import { siteOfStream } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import { refOf } from '../domain/refs.ts'
import type { Appeal, Score } from '../domain/report.ts'
import { outagesAt } from '../domain/run-state.ts'
import { scoreChallenge } from '../domain/score.ts'
import { isLaunched } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { plannedSite, readChallenge, readRunState, scoredAt } from './view.ts'

/** So many of one site may wait for their answers. */
export const MOST_OPEN = 10
/** Characters. */
export const MOST_WORDS = 4_000

/** What a site sees of itself, and of nobody else. */
export type AppealView = { run: string; site: string; timeZone: string; scores: readonly Score[]; appeals: readonly Appeal[] }

/** The challenge that a site's link for appeals leads to; undefined for one that was never sent to anybody. */
async function findPlace(
  { store, sha256 }: Pick<Core, 'store' | 'sha256'>,
  link: string,
): Promise<{ run: string; stream: string } | undefined> {
  const [found] = await store.refs([refOf.appeal(sha256(link))])
  return found?.stream.startsWith('challenge/') ? { run: found.run, stream: found.stream } : undefined
}

/** The site's own lights as they stand now, and what became of its appeals; undefined when there is no such link. */
export async function readAppealView(core: Pick<Core, 'store' | 'sha256' | 'clock'>, link: string): Promise<AppealView | undefined> {
  const place = await findPlace(core, link)
  if (place === undefined) return undefined
  const run = await readRunState(core.store, place.run)
  if (!isLaunched(run)) return undefined
  const site = plannedSite(run, siteOfStream(place.stream)!)
  const asOf = scoredAt(run, core.clock.now())
  const { scores, appeals } = scoreChallenge(
    await readChallenge(core.store, place.stream),
    { ...run, outages: outagesAt(run, asOf) },
    { site, asOf },
  )
  const others = run.plan.sites.map(({ name }) => name).filter((name) => name !== site.name)
  return { run: place.run, site: site.name, timeZone: site.timeZone, ...cleanerFor([site.name], others)({ scores, appeals }) }
}

/** What is kept of an appeal in the erasable table. */
export type AppealText = { stream: string; expectation: string; text: string }

/** Takes an appeal; durable when it resolves, and the same one again changes nothing. Throws RefusedError with words for the site. */
export async function takeAppeal(
  core: Pick<Core, 'store' | 'sha256' | 'clock'>,
  link: string,
  { expectation, text }: { expectation: string; text: string },
): Promise<{ appeal: string }> {
  const [place, view] = [await findPlace(core, link), await readAppealView(core, link)]
  if (place === undefined || view === undefined) throw new RefusedError('there is no such link')
  const kept: AppealText = { stream: place.stream, expectation, text: text.slice(0, MOST_WORDS) }
  const bytes = new TextEncoder().encode(canonicalJson(kept))
  const contentHash = core.sha256(bytes)
  const appeal = contentHash.slice(0, 10)
  if (view.appeals.some((one) => one.appeal === appeal)) return { appeal }
  const score = view.scores.find((one) => one.expectation === expectation)
  if (score === undefined) throw new RefusedError('nothing of that name was expected of your site')
  if (score.light === 'pending') throw new RefusedError('this light is not decided yet')
  if (openAppeals(view.appeals).length >= MOST_OPEN)
    throw new RefusedError(`${MOST_OPEN} appeals of your site wait for their answers; write to us if there is more`)
  const data = { appeal, expectation, contentHash }
  await core.store.commit({
    run: place.run,
    facts: [{ stream: place.stream, type: 'AppealReceived', data, key: `appeal:${appeal}` }],
    contents: [{ hash: contentHash, bytes, ...place }],
  })
  return { appeal }
}

export function openAppeals(appeals: readonly Appeal[]): Appeal[] {
  return appeals.filter(({ answered }) => answered === undefined)
}
