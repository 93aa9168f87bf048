import type { AnswerKey, ChallengeEvent } from './event.ts'
import type { Audience, Indicator, Report } from './report.ts'
import { compareText } from './text.ts'

/** What the answer keys name, each once, whatever the order of the logs. A job's label and its payload are of one site, all else is the same at every site. */
export function indicatorsOf(events: readonly ChallengeEvent[]): Indicator[] {
  const planned = events.flatMap((event) => (event.type === 'ChallengePlanned' ? [event.data] : []))
  const all = planned.sort((a, b) => compareText(a.site.name, b.site.name)).flatMap(({ key, site }) => ofKey(key, site.name))
  return [...new Map(all.map((one) => [`${one.type} ${one.site ?? ''} ${one.value}`, one])).values()]
}

function ofKey({ identity, pilot, label, payloadHash, addresses, names }: AnswerKey, site: string): Indicator[] {
  return [
    ...[identity, ...(pilot === undefined ? [] : [pilot])].map((value): Indicator => ({ type: 'identity', value })),
    ...addresses.map((value): Indicator => ({ type: 'url', value })),
    ...names.map((value): Indicator => ({ type: isFileName(value) ? 'file' : 'process', value })),
    { type: 'label', value: label, site },
    { type: 'sha256', value: payloadHash, site },
  ]
}

/** The agent's files carry a number in their names, its processes none. */
function isFileName(name: string): boolean {
  return /(\.PID|-N)$/.test(name)
}

/** The answer key leaves the CSIRT when the run is over, and then only with those who took part in it. */
export function indicatorsFor({ indicators, phase, sites }: Report, audience: Audience): Pick<Report, 'indicators'> {
  const isOver = phase === 'ended' || phase === 'stopped'
  const own = new Set(sites.filter(({ site, ngi }) => audience === `site:${site}` || audience === `ngi:${ngi}`).map(({ site }) => site))
  if (indicators === undefined || !isOver || own.size === 0) return {}
  return { indicators: indicators.filter(({ site }) => site === undefined || own.has(site)) }
}
