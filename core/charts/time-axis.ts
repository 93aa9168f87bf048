import { line, soft } from './palette.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Lengths of time that people think in. */
const ticks: readonly [ms: number, words: string][] = [
  [15 * minute, '15 min'],
  [hour, '1 h'],
  [4 * hour, '4 h'],
  [day, '1 d'],
  [3 * day, '3 d'],
  [10 * day, '10 d'],
  [30 * day, '30 d'],
  [90 * day, '90 d'],
]
const shortest = 8 * minute

/** The place of a length of time on a logarithmic axis; what took no time at all stands at its beginning. */
export function placeOf(ms: number): number {
  return Math.log10(Math.max(ms, shortest))
}

/** A logarithmic axis of lengths of time, from some minutes to the longest of these. */
export function durationAxis(longestMs: number, title: string) {
  const until = ticks.find(([ms]) => ms >= longestMs)?.[0] ?? Math.max(longestMs, ticks.at(-1)![0])
  const shown = ticks.filter(([ms]) => ms <= until)
  const words = new Map(shown.map(([ms, name]) => [placeOf(ms).toFixed(6), name]))
  const customValues = shown.map(([ms]) => placeOf(ms))
  return {
    type: 'value',
    min: placeOf(shortest),
    max: placeOf(until),
    ...axisName(title),
    axisLabel: { color: soft, fontSize: 11, customValues, formatter: (place: number) => words.get(place.toFixed(6)) ?? '' },
    axisTick: { show: true, customValues, lineStyle: { color: soft } },
    axisLine: { show: true, onZero: false, lineStyle: { color: soft } },
    splitLine: { show: false },
  }
}

export function axisName(name: string) {
  return { name, nameLocation: 'middle', nameGap: 30, nameTextStyle: { color: soft } }
}

/** A quiet axis of numbers. */
export function numberAxis(name: string) {
  return {
    type: 'value',
    name,
    nameLocation: 'end',
    nameTextStyle: { color: soft, align: 'left' },
    axisLabel: { color: soft },
    axisLine: { show: false },
    splitLine: { lineStyle: { color: line } },
  }
}
