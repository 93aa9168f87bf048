import { z } from 'zod'
import { plannedParty } from '../../../app/addressed.ts'
import { ofParties } from '../../../app/note-run.ts'
import { verdictsOn } from '../../../app/override-score.ts'
import { scoredAt } from '../../../app/view.ts'
import { partyScore } from '../../../domain/document-schema.ts'
import { type ChallengeEvent, partyStream } from '../../../domain/event.ts'
import { roleNames } from '../../../domain/mail-words.ts'
import { foldParty, streamsOfParty } from '../../../domain/party-log.ts'
import type { PlannedParty } from '../../../domain/plan.ts'
import type { PartyScore } from '../../../domain/report.ts'
import { outagesAt } from '../../../domain/run-state.ts'
import { scoreParty } from '../../../domain/score-party.ts'
import { timelineOf } from '../../../domain/timeline.ts'
import { createParser } from '../../../io/mail/safe-parse.ts'
import { readThreads } from '../../../threads.ts'
import { NotAllowedError } from '../errors.ts'
import { zoneOf } from '../render.ts'
import { type Asked, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { Entry } from './challenge.ts'
import { meaningsFor, scoreView, verdictLights } from './score-view.ts'
import { sitesSeen } from './sites-seen.ts'
import { threadView } from './thread-view.ts'
import { lightView } from './words.ts'

/** The VO, the CA, the NGIs and whoever else takes part: they concern all sites, and so those alone who see all of them. */
export const partiesPage = reading({
  name: 'parties',
  path: '/runs/:run/parties',
  summary: 'The parties of a run with their lights: its VO, CA, NGIs and others',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({ run: z.string(), isOpen: z.boolean(), parties: z.array(partyScore) }),
  read: async (asked): Promise<any> => {
    const { plan } = asked.run!
    const { isAll } = sitesSeen(asked)
    const parties = await Promise.all((isAll ? plan.parties : []).map(async (party) => (await lookAt(asked, party)).score))
    return { run: plan.id, isOpen: isAll, parties }
  },
  page: ({ run, isOpen, parties }: { run: string; isOpen: boolean; parties: PartyScore[] }) => ({
    title: `Parties: ${run}`,
    template: 'parties',
    view: {
      ...{ run, runPath: pathOfRun(run), isOpen },
      parties: parties.map(({ party, name, role, overall, scores }) => ({
        ...{ name, role: roleNames[role], path: `${pathOfRun(run)}/parties/${encodeURIComponent(party)}`, overall: lightView(overall) },
        lights: scores.map(({ title, light }) => ({ title, ...lightView(light) })),
      })),
    },
  }),
})

const Party = z.object({
  score: partyScore,
  /** How many verdicts of officers there are on each light. */
  verdicts: z.record(z.string(), z.number().int()),
  notes: z.array(z.object({ at: z.number(), by: z.string(), text: z.string() })),
  threads: z.array(z.object({ role: z.string(), entries: z.array(Entry) })),
  timeline: z.array(z.object({ at: z.number(), what: z.string() })),
})
type Party = Omit<z.infer<typeof Party>, 'score'> & { score: PartyScore }

/** A party's part in a run: everything that is known of it. */
export const partyPage = reading({
  name: 'party',
  path: '/runs/:run/parties/:party',
  summary: 'One party of a run: its lights with evidence, the correspondence, and what happened when',
  need: { run: 'read' },
  query: z.object({}),
  answer: Party,
  read: async (asked): Promise<any> => {
    const party = partyOf(asked)
    const { store } = asked.office.instance
    const { score, state } = await lookAt(asked, party)
    const verdicts = Object.fromEntries(score.scores.map(({ expectation }) => [expectation, verdictsOn(state, expectation).length]))
    const own = (await store.readStream(partyStream(asked.run!.plan.id, party.id))) as ChallengeEvent[]
    const hashes = new Set(own.flatMap((event) => (event.type === 'MailReceived' ? [event.data.contentHash] : [])))
    const parser = createParser()
    try {
      const threads = (await readThreads({ store, parser }, state)).map(({ role, entries }) => ({
        role,
        // What came to a site's letter is judged there.
        entries: entries.map(({ hash, ...one }) => ({ ...one, ...(hash !== undefined && (one.ours || hashes.has(hash)) && { hash }) })),
      }))
      const notes = state.notes.map(({ data }) => ({ at: data.happenedMs, by: data.by, text: data.text }))
      return { score, verdicts, notes, threads, timeline: timelineOf(own) }
    } finally {
      await parser.close()
    }
  },
  page: (data, asked) => ({ title: partyOf(asked).name, template: 'party', view: viewOf(data as Party, asked) }),
})

/** The party of the address, for those who see all sites of the run. */
export function partyOf(asked: Asked): PlannedParty {
  const { run, params } = asked
  if (!sitesSeen(asked).isAll || !run!.plan.parties.some(({ id }) => id === params.party))
    throw new NotAllowedError(404, `There is no party '${params.party}' for you in this run.`)
  return plannedParty(run!, params.party!)
}

async function lookAt({ office: { instance }, run }: Asked, party: PlannedParty) {
  const logs = await Promise.all(streamsOfParty(run!.plan, party).map((stream) => instance.store.readStream(stream)))
  const state = foldParty(logs as ChallengeEvent[][])
  const asOf = scoredAt(run!, instance.clock.now())
  return { state, score: scoreParty(state, { ...run!, outages: outagesAt(run!, asOf) }, { party, asOf }) }
}

function viewOf({ score, verdicts, threads, notes, timeline }: Party, { run, viewer }: Asked): object {
  const runPath = pathOfRun(run!.plan.id)
  return {
    ...{ run: run!.plan.id, runPath, path: `${runPath}/parties/${encodeURIComponent(score.party)}`, notes, timeline },
    ...{ name: score.name, role: roleNames[score.role], siteZone: score.timeZone, isElsewhere: zoneOf(viewer) !== score.timeZone },
    ...{ verdictLights, verdictForm: 'override-party', judgeForm: 'judge-party', noteForm: 'note-party', questions: [] },
    overall: lightView(score.overall),
    scores: score.scores.map((one) => scoreView(one, verdicts)),
    threads: threads.map(threadView),
    meanings: meaningsFor(ofParties),
    writePath: `${runPath}/letters/write?to=${encodeURIComponent(`party:${score.party}`)}`,
    isLaunched: run!.launchedMs !== undefined,
  }
}
