import fc from 'fast-check'
import type { ChallengeFact, Fulfils, ReceivedMail } from '../../core/domain/event.ts'
import { Rubric, SiteEvidence } from '../../core/domain/rubric.ts'
import type { ScoringRun } from '../../core/domain/score.ts'
import { hoursLater, type Line, line } from './one-site.ts'
import { received, reported } from './sample-behaviours.ts'
import { sampleScenario } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

/** Every kind of evidence, from every beginning, on both clocks. */
export const wideRubric = Rubric.parse({
  id: 'wide',
  version: 1,
  title: 'Everything that can be asked for',
  workingHours: { from: 9, to: 17 },
  weekends: { default: [0, 6] },
  expectations: SiteEvidence.options.flatMap((evidence) =>
    (['alert', 'containment', 'question'] as const).flatMap((startsAt) =>
      (['wall', 'working'] as const).map((clock) => ({
        id: `${evidence}-${startsAt}-${clock}`,
        title: evidence,
        category: 'communication',
        points: 10,
        clock,
        within: '8h',
        lateUntil: '3d',
        startsAt,
        evidence,
        question: 'q1',
        full: 4,
        source: 'a test',
      })),
    ),
  ),
})

/** Something that a site does, or that is seen of it, at an hour after the alert. `how` tells one of its kind from another. */
export type Deed = { kind: DeedKind; hour: number; how: number }

const verdicts = ['right', 'partly', 'wrong', 'for a person'] as const
const depths = ['trivial', 'knows', 'investigates'] as const
const fulfils: readonly Fulfils[] = ['heads-up', 'contained', 'closure', 'downtime', 'vo-contacted', 'packages', 'assessed']
const hash = (hour: number, how: number) => `${Math.round(hour * 1000) % 100_000}${how}`.padEnd(64, 'a')

function answerAt(hour: number, change: Partial<ReceivedMail>): Line {
  return received(plannedSite(), hoursLater(hour), change)
}

export const deeds = {
  reply: ({ hour, how }) => answerAt(hour, { depth: depths[how % 3]!, ...(how > 1 && { told: ['vo-cms'] }) }),
  machine: ({ hour }) => answerAt(hour, { kind: 'automatic' }),
  answer: ({ hour, how }) =>
    answerAt(hour, {
      answers: 'question',
      letter: 'question-q1',
      contentHash: hash(hour, how),
      graded: { question: 'q1', verdict: verdicts[how % 4]!, why: 'a key' },
    }),
  closing: ({ hour, how }) => answerAt(hour, { answers: 'report-request', depth: depths[how % 3]! }),
  report: ({ hour, how }) => reported(hoursLater(hour), { identity: how % 2 ? 'right' : 'wrong', jobs: how % 3 ? 'partly' : 'right' }),
  signal: ({ hour }) => line(hour, { type: 'AgentStopped', data: { reason: 'signal' } }),
  cancelled: ({ hour }) => line(hour, { type: 'JobStateSeen', data: { state: 'cancelled', native: 'x' } }),
  ban: ({ hour }) => line(hour, { type: 'AccessChanged', data: { attacker: 'refused', control: 'accepted', service: 's', words: 'no' } }),
  note: ({ hour, how }) => {
    const data = { by: 'Officer', text: 'x', fulfils: fulfils[how % fulfils.length]!, happenedMs: hoursLater(hour) }
    return line(hour + 0.5, { type: 'OfficerNoted', data })
  },
  downtime: ({ hour, how }) => {
    const declaredMs = hoursLater(hour)
    const data = { id: `d${how}`, declaredMs, startMs: declaredMs, endMs: declaredMs + 7_200_000, severity: 'OUTAGE' }
    return line(hour + 0.2, { type: 'DowntimeSeen', data })
  },
  certified: ({ hour }) =>
    line(hour + 1, { type: 'CertificationSeen', data: { before: 'Suspended', now: 'Certified', changedMs: hoursLater(hour) } }),
  packages: ({ hour, how }) =>
    line(hour, {
      type: 'PackagesSeen',
      data: {
        hosts: 1,
        reportedMs: hoursLater(hour),
        vulnerable: how % 2 ? [] : [{ cve: 'CVE-2099-1', tag: 'Critical', hosts: 1 }],
        words: '',
      },
    }),
} satisfies Record<string, (deed: Deed) => Line>
export type DeedKind = keyof typeof deeds

export function lineOf(deed: Deed): Line {
  return deeds[deed.kind]({ ...deed })
}

/** Which deeds speak for which evidence. */
export const speaksFor: Record<SiteEvidence, readonly DeedKind[]> = {
  'human-reply': ['reply', 'answer', 'closing', 'note'],
  contained: ['signal', 'cancelled', 'ban', 'note'],
  closure: ['report', 'closing', 'note'],
  'report-fields': ['report'],
  downtime: ['downtime', 'note'],
  answers: ['answer'],
  question: ['answer'],
  depth: ['reply', 'machine', 'answer', 'closing'],
  'vo-contacted': ['reply', 'note'],
  packages: ['packages'],
  assessed: ['note'],
  certified: ['certified'],
}

/** Facts that are no deed of the site. */
const others: Record<string, (hour: number) => Line> = {
  bounce: (hour) => answerAt(hour, { kind: 'bounce' }),
  questionBounce: (hour) => answerAt(hour, { kind: 'bounce', answers: 'question', letter: 'question-q1' }),
  ngi: (hour) => answerAt(hour, { role: 'ngi', sender: 'ngi' }),
  invitation: (hour) => answerAt(hour, { answers: 'invitation' as ReceivedMail['answers'] }),
  lost: (hour) => line(hour, { type: 'AgentLost', data: { lastSeenMs: hoursLater(hour - 1) } }),
  expired: (hour) => line(hour, { type: 'AgentStopped', data: { reason: 'expired' } }),
  asked: (hour) => line(hour, { type: 'JobCancelRequested', data: { effect: 'e', nativeId: 'n' } }),
  oldDowntime: (hour) => {
    const data = { id: 'old', declaredMs: hoursLater(-100), startMs: hoursLater(hour), endMs: hoursLater(hour + 9), severity: 'OUTAGE' }
    return line(hour, { type: 'DowntimeSeen', data })
  },
  judged: (hour) => line(hour, { type: 'MailJudged', data: { contentHash: '0'.repeat(64), kind: 'human', depth: 'knows', by: 'Officer' } }),
  finding: (hour) => line(hour, { type: 'AccessFinding', data: { service: 's', endpoint: 'e', what: `${hour}`, words: 'x' } }),
}

const hour = fc.double({ min: 0.1, max: 400, noNaN: true }).map((n) => Math.round(n * 100) / 100)
export const anyDeed = fc.record({ kind: fc.constantFrom(...(Object.keys(deeds) as DeedKind[])), hour, how: fc.nat({ max: 11 }) })
const anyOther = fc.record({ name: fc.constantFrom(...Object.keys(others)), hour }).map(({ name, hour: at }) => others[name]!(at))

const question: ChallengeFact = {
  type: 'MailAccepted',
  data: { effect: 'q', mail: 'question', letter: 'question-q1', role: 'site', messageId: 'q', answer: '250' },
}
const alert: ChallengeFact = {
  type: 'MailAccepted',
  data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' },
}
const word: ChallengeFact = {
  type: 'WordReached',
  data: { from: 'csirt', how: 'phone', words: 'x', by: 'Officer', happenedMs: hoursLater(0) },
}

/** A run and what was there from the beginning: the site's clock begins at the hour 0, in every mode. */
export type World = { run: Partial<ScoringRun>; lines: Line[]; deeds: Deed[]; endHour: number }

export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    isTold: fc.boolean(),
    hasJob: fc.boolean(),
    isSeen: fc.boolean(),
    asked: fc.option(hour),
    ends: fc.option(fc.record({ at: hour, stopped: fc.boolean() })),
    outages: fc.array(fc.record({ from: hour, long: fc.integer({ min: 1, max: 60 }) }), { maxLength: 2 }),
    others: fc.array(anyOther, { maxLength: 5 }),
    deeds: fc.array(anyDeed, { maxLength: 6 }),
    quiet: fc.integer({ min: 1, max: 900 }),
  })
  .map((wish) => {
    const { job: _, ...noJob } = sampleScenario
    const scenario = { ...(wish.hasJob ? sampleScenario : noJob), alert: wish.isTold ? ('all' as const) : ('one' as const) }
    const end = wish.ends && { at: hoursLater(wish.ends.at) }
    const over = end === null || wish.ends === null ? {} : wish.ends.stopped ? { stopped: end } : { endedMs: end.at }
    const outages = wish.outages.map(({ from, long }) => ({ fromMs: hoursLater(from), untilMs: hoursLater(from + long) }))
    return {
      run: { rubric: wideRubric, scenario, outages, ...over },
      lines: [
        ...(wish.isSeen ? [line(-0.5, { type: 'AgentSeen', data: { host: 'wn1', pid: 1 } })] : []),
        line(0, wish.isTold ? alert : word),
        ...(wish.asked === null ? [] : [line(wish.asked, question)]),
        ...wish.others,
      ],
      deeds: wish.deeds,
      endHour: 410 + wish.quiet,
    }
  })
