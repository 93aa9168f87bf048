import { readChallenge, readPlannedRun, scoredAt } from './app/view.ts'
import { type Consent, consentOf } from './domain/consent.ts'
import { type ContactQuality, contactQuality } from './domain/contact-quality.ts'
import { type ChallengeEvent, challengeStream } from './domain/event.ts'
import type { Light, SiteScore } from './domain/report.ts'
import { outagesAt } from './domain/run-state.ts'
import { scoreChallenge } from './domain/score.ts'
import type { Clock, Store } from './ports.ts'

/** A run in which the site took part. Times in ms. */
export type Part = {
  run: string
  title: string
  phase: string
  rehearsal: boolean
  fromMs: number
  overall: Light
  categories: SiteScore['categories']
  coverage: SiteScore['coverage']
  /** How its consent stood at the end, or stands now. */
  consent: Consent['is']
  headsUpMs: number | null
  containmentMs: number | null
  contacts: readonly ContactQuality[]
}

/** Every run of the site, the newest first, with its lights and what its contacts showed. Of each run its own log alone is read. */
export async function historyOf(
  { store, clock }: { store: Store; clock: Pick<Clock, 'now'> },
  name: string,
  sees: (ngi: string) => boolean,
): Promise<Part[]> {
  const parts: Part[] = []
  for (const { run: id } of await store.listRuns()) {
    const run = await readPlannedRun(store, id).catch(() => undefined)
    const site = run?.plan.sites.find((one) => one.name === name)
    // A site may have belonged to another NGI then, whose run it was.
    if (run === undefined || site === undefined || !sees(site.ngi)) continue
    const stream = challengeStream(id, name)
    const [state, events] = [await readChallenge(store, stream), (await store.readStream(stream)) as ChallengeEvent[]]
    const asOf = scoredAt(run, clock.now())
    const { overall, categories, coverage, times } = scoreChallenge(state, { ...run, outages: outagesAt(run, asOf) }, { site, asOf })
    parts.push({
      ...{ run: id, title: run.scenario.title, phase: run.phase, rehearsal: run.plan.run.rehearsal },
      ...{ fromMs: Date.parse(run.plan.run.window.from), overall, categories, coverage },
      ...{ headsUpMs: times.headsUp ?? null, containmentMs: times.containment ?? null },
      consent: consentOf(run, site, asOf).is,
      contacts: contactQuality(run, site, events),
    })
  }
  return parts.sort((a, b) => b.fromMs - a.fromMs || (a.run < b.run ? 1 : -1))
}
