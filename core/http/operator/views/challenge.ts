import { z } from 'zod'
import { readAppeals, readAppealText } from '../../../app/answer-appeal.ts'
import { verdictsOn } from '../../../app/override-score.ts'
import { readChallenge, scoredAt } from '../../../app/view.ts'
import { seesNgi } from '../../../domain/account.ts'
import { siteScore } from '../../../domain/document-schema.ts'
import { type ChallengeEvent, challengeStream, type Fulfils } from '../../../domain/event.ts'
import type { PlannedSite } from '../../../domain/plan.ts'
import type { SiteScore } from '../../../domain/report.ts'
import { outagesAt } from '../../../domain/run-state.ts'
import { scoreChallenge } from '../../../domain/score.ts'
import { timelineOf } from '../../../domain/timeline.ts'
import { createParser } from '../../../io/mail/safe-parse.ts'
import { readThreads } from '../../../threads.ts'
import { NotAllowedError } from '../errors.ts'
import { zoneOf } from '../render.ts'
import { type Asked, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { meanings, meaningsFor, scoreView, verdictLights } from './score-view.ts'
import { stateRows } from './state-rows.ts'
import { threadView } from './thread-view.ts'
import { lightView } from './words.ts'

export const Entry = z.looseObject({ at: z.number(), ours: z.boolean(), mail: z.string(), role: z.string(), text: z.string().nullable() })

const Challenge = z.object({
  score: siteScore,
  /** How many verdicts of officers there are on each light. */
  verdicts: z.record(z.string(), z.number().int()),
  /** How its job and its agent are, and who is let in: in words. */
  state: z.array(z.object({ what: z.string(), is: z.string(), at: z.number().nullable() })),
  notes: z.array(z.object({ at: z.number(), by: z.string(), text: z.string() })),
  threads: z.array(z.object({ role: z.string(), entries: z.array(Entry) })),
  appeals: z.array(
    z.object({ appeal: z.string(), expectation: z.string(), at: z.number(), words: z.string().nullable(), isOpen: z.boolean() }),
  ),
})
type Challenge = z.infer<typeof Challenge>

/** One site's part in a run: everything that is known of it. */
export const challengePage = reading({
  name: 'challenge',
  path: '/runs/:run/sites/:site',
  summary: 'One challenge: its lights with evidence, the correspondence, appeals, and what happened when',
  need: { run: 'read' },
  query: z.object({}),
  answer: Challenge,
  read: async (asked): Promise<any> => {
    const site = siteOf(asked)
    const { store } = asked.office.instance
    const run = asked.run!
    const stream = challengeStream(run.plan.id, site.name)
    const events = (await store.readStream(stream)) as ChallengeEvent[]
    const state = await readChallenge(store, stream)
    const asOf = scoredAt(run, asked.office.instance.clock.now())
    const score = scoreChallenge(state, { ...run, outages: outagesAt(run, asOf) }, { site, asOf })
    const verdicts = Object.fromEntries(score.scores.map(({ expectation }) => [expectation, verdictsOn(state, expectation).length]))
    const parser = createParser()
    try {
      const threads = await readThreads({ store, parser }, state)
      const now = { state: stateRows(state), notes: state.notes.map(({ data }) => ({ at: data.happenedMs, by: data.by, text: data.text })) }
      return { score: { ...score, timeline: timelineOf(events) }, verdicts, ...now, threads, appeals: await appealsOf(asked, site) }
    } finally {
      await parser.close()
    }
  },
  page: (data, asked) => ({ title: asked.params.site!, template: 'challenge', view: viewOf(data, asked, siteOf(asked)) }),
})

/** The site of the address; one of another NGI looks as one that does not take part. */
export function siteOf({ run, params, viewer }: Asked): PlannedSite {
  const site = run!.plan.sites.find(({ name }) => name === params.site)
  if (site === undefined || !seesNgi(viewer.account, site.ngi))
    throw new NotAllowedError(404, `There is no site '${params.site}' for you in this run.`)
  return site
}

async function appealsOf({ office: { instance }, run }: Asked, site: PlannedSite): Promise<Challenge['appeals']> {
  if (run!.launchedMs === undefined) return []
  const own = (await readAppeals(instance, run!.plan.id)).filter((one) => one.site === site.name)
  return Promise.all(
    own.map(async (one) => {
      const { appeal, expectation, at, answered } = one
      return { appeal, expectation, at, words: (await readAppealText(instance, one)) ?? null, isOpen: answered === undefined }
    }),
  )
}

function viewOf({ score, verdicts, threads, appeals, state, notes }: Challenge, { run, viewer }: Asked, { timeZone }: PlannedSite): object {
  const known = score as SiteScore
  const path = `${pathOfRun(run!.plan.id)}/sites/${encodeURIComponent(known.site)}`
  return {
    ...{
      run: run!.plan.id,
      runPath: pathOfRun(run!.plan.id),
      path,
      site: known.site,
      ngi: known.ngi,
      country: known.country,
      siteZone: timeZone,
      isElsewhere: zoneOf(viewer) !== timeZone,
      state: state.map((one) => ({ ...one, at: one.at ?? false })),
      notes,
      sitePath: `/sites/${encodeURIComponent(known.site)}`,
      writePath: `${pathOfRun(run!.plan.id)}/letters/write?to=${encodeURIComponent(`site:${known.site}`)}`,
      verdictLights,
      verdictForm: 'override',
      judgeForm: 'judge',
      noteForm: 'note',
      meanings: meaningsFor(Object.keys(meanings) as Fulfils[]),
      questions: run!.scenario.questions.map(({ id, title }) => ({ id, title })),
    },
    overall: lightView(known.overall),
    categories: known.categories.map((one) => ({ ...one, ...lightView(one.light) })),
    coverage: known.coverage,
    scores: known.scores.map((one) => scoreView(one, verdicts)),
    appeals: appeals.map((one) => ({
      ...one,
      about: known.scores.find(({ expectation }) => expectation === one.expectation)?.title ?? one.expectation,
    })),
    threads: threads.map(threadView),
    timeline: known.timeline,
    isLaunched: run!.launchedMs !== undefined,
  }
}
