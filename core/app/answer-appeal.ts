import { InputError, RefusedError } from '../domain/errors.ts'
import { challengeStream } from '../domain/event.ts'
import type { Appeal, Score } from '../domain/report.ts'
import { outagesAt } from '../domain/run-state.ts'
import { scoreChallenge } from '../domain/score.ts'
import type { AppealText } from './appeal.ts'
import type { Core } from './deps.ts'
import { readChallenge, readLaunchedRun, scoredAt } from './view.ts'

/** An appeal with its site and the light that it is about, as that stands now. `contentHash`: where its words lie. */
export type KnownAppeal = Appeal & { site: string; timeZone: string; score?: Score; contentHash: string }

/** All appeals of a run, the oldest first. */
export async function readAppeals({ store, clock }: Pick<Core, 'store' | 'clock'>, name: string): Promise<KnownAppeal[]> {
  const run = await readLaunchedRun(store, name)
  const asOf = scoredAt(run, clock.now())
  const outages = outagesAt(run, asOf)
  const all: KnownAppeal[] = []
  for (const site of run.plan.sites) {
    const state = await readChallenge(store, challengeStream(name, site.name))
    if (state.appeals.length === 0) continue
    const { scores, appeals } = scoreChallenge(state, { ...run, outages }, { site, asOf })
    for (const one of appeals) {
      const { contentHash } = state.appeals.find(({ data }) => data.appeal === one.appeal)!.data
      const score = scores.find(({ expectation }) => expectation === one.expectation)
      all.push({ ...one, site: site.name, timeZone: site.timeZone, contentHash, ...(score && { score }) })
    }
  }
  return all.sort((a, b) => a.at - b.at || (a.appeal < b.appeal ? -1 : 1))
}

/** The one appeal whose name begins so. Throws InputError when there is none, or several. */
export async function findAppeal(core: Pick<Core, 'store' | 'clock'>, run: string, begin: string): Promise<KnownAppeal> {
  const [found, ...others] = (await readAppeals(core, run)).filter(({ appeal }) => appeal.startsWith(begin.toLowerCase()))
  if (found !== undefined && others.length === 0) return found
  throw new InputError(`${found ? 'more than one appeal' : 'no appeal'} begins with '${begin}'. See: ssc appeal list ${run}`, [])
}

/** The site's own words; undefined once they were erased. */
export async function readAppealText(
  { store }: Pick<Core, 'store'>,
  { contentHash }: Pick<KnownAppeal, 'contentHash'>,
): Promise<string | undefined> {
  const bytes = await store.content(contentHash)
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as AppealText).text
}

export type AppealAnswer = { run: string; appeal: string; granted: boolean; words: string; by: string }

/** An officer's answer; the last one counts, and the light stays as it is. Throws RefusedError when it was answered so already. */
export async function answerAppeal(core: Pick<Core, 'store' | 'clock'>, { run, appeal, ...answer }: AppealAnswer): Promise<KnownAppeal> {
  const found = await findAppeal(core, run, appeal)
  const { answered } = found
  if (answered?.granted === answer.granted && answered.words === answer.words)
    throw new RefusedError(`the appeal ${found.appeal} was answered so already, by ${answered.by}`)
  const data = { appeal: found.appeal, ...answer }
  await core.store.commit({ run, facts: [{ stream: challengeStream(run, found.site), type: 'AppealAnswered', data }] })
  return found
}
