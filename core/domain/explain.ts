import type { Evidence, Light, PartyScore, Score, SiteScore } from './report.ts'
import { durationWords, visibleText } from './text.ts'
import { momentWords, utcWords } from './zone.ts'

/** Why a site has its lights: each point, its rule and its evidence, for a terminal. */
export function explainSite(score: SiteScore, timeZone: string = score.timeZone): string {
  const moment = (at: number) => `${momentWords(at, timeZone)} (${utcWords(at)})`
  const head = [
    `${score.site}  (${score.ngi}, ${score.country}; times in ${timeZone} and in UTC)`,
    `Overall: ${lightWord(score.overall)}. Known: ${score.coverage.known} of ${score.coverage.of}.`,
    `Alert accepted: ${score.alerted === undefined ? 'no' : moment(score.alerted)}`,
    ...timeLines(score.times),
  ]
  const categories = score.categories.map(
    (c) => `  ${lightWord(c.light)}  ${c.category}  ${c.points} of ${c.outOf} known points. ${c.reason}`,
  )
  const rules = score.scores.flatMap((s) => ['', ...explainScore(s, moment)])
  const timeline = score.timeline.map((t) => `  ${moment(t.at)}  ${t.what}`)
  const lines = [...head, '', 'Categories', ...categories, ...rules, '', 'What happened', ...timeline]
  return `${lines.map((line) => visibleText(line)).join('\n')}\n`
}

/** The same for a party of the whole run. */
export function explainParty({ party, name, timeZone, overall, scores }: PartyScore): string {
  const moment = (at: number) => `${momentWords(at, timeZone)} (${utcWords(at)})`
  const head = [`${name}  (${party}; times in ${timeZone} and in UTC)`, `Overall: ${lightWord(overall)}.`]
  const lines = [...head, ...scores.flatMap((s) => ['', ...explainScore(s, moment)])]
  return `${lines.map((line) => visibleText(line)).join('\n')}\n`
}

function explainScore(score: Score, moment: (at: number) => string): string[] {
  const points = score.points === null ? 'not known yet' : `${score.points} of ${score.outOf} points`
  return [
    `${lightWord(score.light)}  ${score.title}: ${points}`,
    `  Rule:     ${score.expectation} (${score.category}, ${score.mandatory ? 'mandatory' : 'not mandatory'}, up to ${score.outOf} points)`,
    `  Deadline: ${score.deadline === undefined ? 'none, the clock never started' : moment(score.deadline)}`,
    `  Why:      ${score.reason}`,
    ...score.evidence.map((e) => `  Evidence: ${evidenceLine(e, moment)}`),
    ...(score.evidence.length === 0 ? ['  Evidence: none'] : []),
  ]
}

function evidenceLine(evidence: Evidence, moment: (at: number) => string): string {
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
