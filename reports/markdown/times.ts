import { lights } from '../../core/domain/lights.ts'
import type { Distribution, Light, TimeName } from '../../core/domain/report.ts'
import { durationWords, plainLine } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { md, table } from './text.ts'

export const timeTitles: Readonly<Record<TimeName, string>> = { headsUp: 'heads-up', containment: 'containment', closure: 'closure' }
export const timeNames: readonly TimeName[] = ['headsUp', 'containment', 'closure']

export function duration(ms: number | null | undefined): string {
  return ms === undefined || ms === null ? '–' : durationWords(ms)
}

/** `3 of 4: 1 h, 2 h, 5 h` */
export function timesTable(times: Readonly<Record<TimeName, Distribution>>): string {
  const rows = timeNames.map((name) => {
    const { values, of, quartiles } = times[name]
    return [timeTitles[name], `${values.length} of ${of}`, ...[0, 1, 2].map((i) => duration(quartiles?.[i]))]
  })
  return table(['time', 'known', 'lower quartile', 'median', 'upper quartile'], rows)
}

/** `3 green, 1 red` */
export function countWords(counts: Readonly<Record<Light, number>>): string {
  const words = lights.filter((light) => counts[light] > 0).map((light) => `${counts[light]} ${light}`)
  return words.join(', ') || 'none'
}

export function windowWords({ from, to }: { from: string; to: string }): string {
  return `${plainLine(from, 40)} to ${plainLine(to, 40)}`
}

export function outageLines(outages: readonly { fromMs: number; untilMs: number; what: string }[]): string {
  const lines = outages.map((o) => `- ${utcWords(o.fromMs)}, for ${durationWords(o.untilMs - o.fromMs)}: ${md(o.what)}`)
  return lines.join('\n') || 'None.'
}
