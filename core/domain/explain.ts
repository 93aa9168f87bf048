import type { NamedPause } from './clock-start.ts'
import type { Appeal, Evidence, Light, PartyScore, Score, SiteScore } from './report.ts'
import type { Rescored } from './rescore.ts'
import { durationWords, visibleText } from './text.ts'
import { momentWords, utcWords } from './zone.ts'

type Moment = (at: number) => string

/** What an explanation tells besides the score: when the clocks stood still, and what another rubric says. */
export type Besides = { pauses?: readonly NamedPause[]; rescored?: Rescored }

/** Why a site has its lights: each point, its rule and its evidence, for a terminal. Times in the site's zone and in UTC. */
export function explainSite(score: SiteScore, { pauses = [], rescored }: Besides = {}): string {
  const { timeZone } = score
  const moment = momentIn(timeZone)
  const head = [
    `${score.site}  (${score.ngi}, ${score.country}; times in ${timeZone} and in UTC)`,
    `Overall: ${lightWord(score.overall)}. Known: ${score.coverage.known} of ${score.coverage.of}.`,
    startLine(score, moment),
    ...timeLines(score.times),
    ...pauseLines(pauses, moment),
    ...score.heardFrom.map(({ from, how, evidence }) => `Word reached it: from ${from} (${how}), ${evidenceLine(evidence, moment)}`),
  ]
  const categories = score.categories.map(
    (c) => `  ${lightWord(c.light)}  ${c.category}  ${c.points} of ${c.outOf} known points. ${c.reason}`,
  )
  const rules = score.scores.flatMap((s) => [
    '',
    ...explainScore(s, moment),
    ...otherLines(rescored, s.expectation),
    ...appealLines(score.appeals, s, moment),
  ])
  const further = furtherLines(rescored)
  const timeline = score.timeline.map((t) => `  ${moment(t.at)}  ${t.what}`)
  return textOf([...head, '', 'Categories', ...categories, ...rules, ...further, '', 'What happened', ...timeline])
}

/** The same for a party of the whole run. */
export function explainParty({ party, name, timeZone, overall, scores }: PartyScore): string {
  const moment = momentIn(timeZone)
  const head = [`${name}  (${party}; times in ${timeZone} and in UTC)`, `Overall: ${lightWord(overall)}.`]
  return textOf([...head, ...scores.flatMap((s) => ['', ...explainScore(s, moment)])])
}

function momentIn(timeZone: string): Moment {
  return (at) => `${momentWords(at, timeZone)} (${utcWords(at)})`
}

function textOf(lines: readonly string[]): string {
  return `${lines.map((line) => visibleText(line)).join('\n')}\n`
}

function startLine({ alerted, isTold }: SiteScore, moment: Moment): string {
  if (isTold) return `Alert accepted: ${alerted === undefined ? 'no' : moment(alerted)}`
  const when = alerted === undefined ? 'not as far as is known' : moment(alerted)
  return `It was not alerted by us. Word reached it: ${when}`
}

function pauseLines(pauses: readonly NamedPause[], moment: Moment): string[] {
  if (pauses.length === 0) return ['Its clocks never stood still.']
  const lines = pauses.map(
    ({ fromMs, untilMs, why }) => `  ${moment(fromMs)} to ${moment(untilMs)}  ${durationWords(untilMs - fromMs)}  ${why}`,
  )
  return ['Its clocks stood still:', ...lines]
}

function explainScore(score: Score, moment: Moment): string[] {
  return [
    `${lightWord(score.light)}  ${score.title}: ${pointsWords(score)}`,
    `  Rule:     ${score.expectation} (${score.category}, ${score.mandatory ? 'mandatory' : 'not mandatory'}, up to ${score.outOf} points)`,
    `  Deadline: ${score.deadline === undefined ? 'none, the clock never started' : moment(score.deadline)}`,
    `  Why:      ${score.reason}`,
    ...(score.computed === undefined
      ? []
      : [
          `  By the rubric: ${lightWord(score.computed.light)}  ${pointsWords({ ...score.computed, outOf: score.outOf })}. ${score.computed.reason}`,
        ]),
    ...score.evidence.map((e) => `  Evidence: ${evidenceLine(e, moment)}`),
    ...(score.evidence.length === 0 ? ['  Evidence: none'] : []),
  ]
}

function pointsWords({ points, outOf }: Pick<Score, 'points' | 'outOf'>): string {
  return points === null ? 'not known' : `${points} of ${outOf} points`
}

function appealLines(appeals: readonly Appeal[], { expectation }: Score, moment: Moment): string[] {
  const own = appeals.filter((one) => one.expectation === expectation)
  return own.map(({ at, answered }) => {
    if (answered === undefined) return `  Appeal:   of ${moment(at)}, not answered yet`
    const word = answered.granted ? 'granted' : 'not granted'
    return `  Appeal:   of ${moment(at)}, ${word} by ${answered.by} on ${moment(answered.at)}: ${answered.words}`
  })
}

function otherLines(rescored: Rescored | undefined, expectation: string): string[] {
  if (rescored === undefined) return []
  const other = rescored.scores.find((one) => one.expectation === expectation)?.other
  return [`  By the other rubric: ${other === undefined ? 'not expected' : otherWords(other)}`]
}

function otherWords(other: Score): string {
  return `${lightWord(other.light)}  ${pointsWords(other)}. ${other.reason}`
}

/** What only the other rubric expects. */
function furtherLines(rescored: Rescored | undefined): string[] {
  const only = (rescored?.scores ?? []).flatMap(({ own, other }) => (own === undefined && other ? [other] : []))
  return only.length === 0 ? [] : ['', 'Expected by the other rubric alone', ...only.map((one) => `  ${one.title}: ${otherWords(one)}`)]
}

function evidenceLine(evidence: Evidence, moment: Moment): string {
  return `${moment(evidence.at)}  ${evidence.words}  [${evidence.stream}#${evidence.seq}]`
}

function timeLines(times: SiteScore['times']): string[] {
  const named = [
    ['Heads-up after', times.headsUp],
    ['Contained after', times.containment],
    ['Closure after', times.closure],
  ] as const
  return named.map(([name, ms]) => `${name}: ${ms === undefined ? 'not seen' : durationWords(ms)}`)
}

function lightWord(light: Light): string {
  return `[${light.toUpperCase()}]`
}
