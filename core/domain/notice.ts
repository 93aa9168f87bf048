import { isBan } from './access.ts'
import { type ChallengeFact, type Event, type Fact, partyOfStream, type RunFact, siteOfStream } from './event.ts'

/** What a hook can be told of: our words for what the facts of a log mean to others. */
export const noticeNames = [
  ...(['run.planned', 'run.approved', 'run.launched', 'run.paused', 'run.resumed', 'run.stopped', 'run.ended'] as const),
  ...(['limit.reached', 'outage.recorded', 'consent.given', 'consent.withdrawn', 'report.published', 'report.withdrawn'] as const),
  ...(['job.submitted', 'job.refused', 'agent.seen', 'agent.lost', 'agent.back', 'agent.stopped'] as const),
  ...(['alert.sent', 'letter.sent', 'letter.refused', 'answer.came', 'report.came', 'word.reached'] as const),
  ...(['ban.seen', 'access.changed', 'downtime.seen', 'certification.changed', 'note.taken'] as const),
  ...(['light.decided', 'appeal.made', 'appeal.answered'] as const),
] as const
export type NoticeName = (typeof noticeNames)[number]

type States = Readonly<Record<string, string | number | boolean>>
type Said = readonly [name: NoticeName, states?: States]
type Words = { [F in RunFact | ChallengeFact as F['type']]?: (data: F['data']) => readonly Said[] }

const named = (of: { site: string } | { ngi: string }): States => ({ ...of })
const moment = (ms: number) => new Date(ms).toISOString()

/** The one table from facts to notices. Names and states alone: no person, no address, and no text that anybody wrote. */
const words: Words = {
  RunPlanned: () => [['run.planned']],
  RunApproved: () => [['run.approved']],
  RunLaunched: () => [['run.launched']],
  RunPaused: ({ because }) => [['run.paused', { because }], ...(because === 'limit' ? [['limit.reached'] as const] : [])],
  RunResumed: () => [['run.resumed']],
  RunStopped: () => [['run.stopped']],
  RunEnded: () => [['run.ended']],
  OutageRecorded: ({ fromMs, untilMs }) => [['outage.recorded', { from: moment(fromMs), until: moment(untilMs) }]],
  ConsentGiven: ({ of }) => [['consent.given', named(of)]],
  ConsentWithdrawn: ({ of }) => [['consent.withdrawn', named(of)]],
  PublicationChanged: ({ audience, shown }) => [[shown ? 'report.published' : 'report.withdrawn', { audience }]],
  JobSubmitted: () => [['job.submitted']],
  JobRefused: ({ by }) => [['job.refused', { by }]],
  AgentSeen: () => [['agent.seen']],
  AgentLost: () => [['agent.lost']],
  AgentBack: () => [['agent.back']],
  AgentStopped: ({ reason }) => [['agent.stopped', { reason }]],
  MailAccepted: ({ mail, role }) => [[mail === 'alert' ? 'alert.sent' : 'letter.sent', { letter: mail, role }]],
  MailRefused: ({ mail, role, by }) => [['letter.refused', { letter: mail, role, by }]],
  MailReceived: ({ kind, depth, answers }) => [['answer.came', { kind, answers, ...(depth !== undefined && { depth }) }]],
  ReportReceived: ({ via }) => [['report.came', { via }]],
  WordReached: ({ how }) => [['word.reached', { how }]],
  AccessChanged: ({ service, attacker, control }) => [
    ['access.changed', { service, attacker, control }],
    ...(isBan({ attacker, control }) ? [['ban.seen', { service }] as const] : []),
  ],
  DowntimeSeen: () => [['downtime.seen']],
  CertificationSeen: () => [['certification.changed']],
  OfficerNoted: ({ fulfils }) => [['note.taken', fulfils === undefined ? {} : { fulfils }]],
  ScoreOverridden: ({ expectation, light }) => [['light.decided', { expectation, light }]],
  AppealReceived: ({ expectation }) => [['appeal.made', { expectation }]],
  AppealAnswered: ({ granted }) => [['appeal.answered', { granted }]],
}

/** `at` in ms since 1970. `place`: the same for the same fact, so that a notice that comes twice is known. */
export type Notice = { name: NoticeName; at: number; place: string; data: States }

export type NoticeOf = { run: string; rehearsal: boolean }

/** What a fact is to others; nothing for most. */
export function noticesOf(event: Event<Fact>, { run, rehearsal }: NoticeOf): Notice[] {
  const { type, stream, at, hash } = event
  const say = words[type as keyof Words] as ((data: unknown) => readonly Said[]) | undefined
  const [site, party] = [siteOfStream(stream), partyOfStream(stream)]
  const of = { run, rehearsal, ...(site !== undefined && { site }), ...(party !== undefined && { party }) }
  return (say?.(event.data) ?? []).map(([name, states = {}]) => ({
    name,
    at,
    place: `${stream} ${hash} ${name}`,
    data: { ...of, ...states },
  }))
}

/** As it goes over the wire: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure */
export function bodyOf({ name, at, data }: Pick<Notice, 'at' | 'data'> & { name: string }): string {
  const exercise = 'This is about a security service challenge, which is an exercise.'
  return JSON.stringify({ type: name, timestamp: moment(at), data: { ...data, exercise } })
}
