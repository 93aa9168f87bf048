import type { Report, SiteScore, TimeName } from './report.ts'
import type { Outage, RunState } from './run-state.ts'
import { plainLine } from './text.ts'

type Line = Report['timeline'][number]
type Times = { state: RunState; outages: readonly Outage[]; sites: readonly SiteScore[] }

/** How each line begins that tells of the run itself: what follows are an officer's words. */
const heads = {
  planned: 'The run was planned',
  approved: 'The plan was approved',
  launched: 'The run was launched',
  wave: 'The sites behind the canaries were let go',
  paused: 'The run was paused',
  resumed: 'The run went on',
  outage: 'Our own side was down',
  back: 'Our own side was up again',
  stopped: 'The run was stopped',
  ended: 'The run ended',
} as const

/** What happened to the run as a whole, in plain words and in the order of time. No site is named. */
export function runTimeline({ state, outages, sites }: Times, plannedMs: number | undefined): Line[] {
  const { plannedBy, approvals, launchedMs, waveMs, stopped, endedMs } = state
  const lines = [
    ...line(plannedMs, heads.planned, plannedBy && ` by ${plannedBy}`),
    ...approvals.flatMap(({ at, by }) => line(at, heads.approved, ` by ${by}`)),
    ...line(launchedMs, heads.launched),
    ...line(waveMs, heads.wave),
    ...state.pauses.flatMap(({ fromMs, untilMs, by, reason }) => [
      ...line(fromMs, heads.paused, `: ${reason} (${by})`),
      ...line(untilMs, heads.resumed),
    ]),
    ...outages.filter((one) => !isPause(state, one)).flatMap(outageLines),
    ...line(stopped?.at, heads.stopped, stopped && `: ${stopped.reason} (${stopped.by})`),
    ...line(endedMs, heads.ended),
    ...milestones(sites),
  ]
  return lines.sort((a, b) => a.at - b.at)
}

function line(at: number | undefined, head: string, words = ''): Line[] {
  return at === undefined ? [] : [{ at, what: plainLine(`${head}${words}`) }]
}

/** The end of a pause is logged as an outage too: one line for both. */
function isPause({ pauses }: RunState, outage: Outage): boolean {
  return pauses.some(({ fromMs }) => fromMs === outage.fromMs)
}

function outageLines({ fromMs, untilMs, what }: Outage): Line[] {
  return [...line(fromMs, heads.outage, `: ${what}`), ...line(untilMs, heads.back)]
}

function milestones(sites: readonly SiteScore[]): Line[] {
  const of = sites.length
  const [answers, ends] = [momentsOf(sites, 'headsUp'), momentsOf(sites, 'containment')]
  return [
    ...line(answers[0], 'The first heads-up came'),
    ...(answers.length > 1 ? line(answers.at(-1), `The last heads-up came: ${answers.length} of ${of} sites have answered`) : []),
    ...line(ends.at(-1), `The last containment was seen: ${ends.length} of ${of} sites have contained it`),
  ]
}

function momentsOf(sites: readonly SiteScore[], name: TimeName): number[] {
  const moments = sites.flatMap(({ alerted, times }) => (alerted === undefined || times[name] === undefined ? [] : [alerted + times[name]]))
  return moments.sort((a, b) => a - b)
}

/** The same for those who see no more than numbers of others: nothing of sites, and no officer's words. */
export function anonymousTimeline(timeline: readonly Line[]): Line[] {
  return timeline.flatMap(({ at, what }) => {
    const head = Object.values(heads).find((one) => what.startsWith(one))
    return head === undefined ? [] : [{ at, what: head }]
  })
}
