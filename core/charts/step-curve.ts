import type { Chart } from '../domain/document.ts'
import type { Distribution, TimeName } from '../domain/report.ts'
import { durationWords } from '../domain/text.ts'
import { draw } from './draw.ts'
import { accent, band, ink, soft } from './palette.ts'
import { durationAxis, numberAxis, placeOf } from './time-axis.ts'
import { distributionWords, timeWords } from './time-names.ts'

const width = 360
const height = 240

type Curve = { name: TimeName; times: Distribution; limitMs: number | undefined }

/** How many sites had done it after how long: a step a site, the quarter to three quarters shaded, the median and the deadline marked. */
export async function stepCurve({ name, times, limitMs }: Curve): Promise<Chart> {
  const { id, title } = timeWords[name]
  const longest = Math.max(limitMs ?? 0, times.values.at(-1) ?? 0, 86_400_000)
  const options = {
    grid: { left: 44, right: 22, top: 44, bottom: 44 },
    xAxis: durationAxis(longest, 'after the alert'),
    yAxis: { ...numberAxis('sites'), min: 0, max: Math.max(1, times.of), minInterval: 1 },
    series: [
      {
        type: 'line',
        step: 'end',
        silent: true,
        symbol: 'none',
        lineStyle: { color: accent, width: 2.5 },
        emphasis: { disabled: true },
        data: stepsOf(times.values, longest),
        ...marksOf(times, { limitMs, longest }),
      },
    ],
  }
  const limit = limitMs === undefined ? '' : `; the deadline is ${durationWords(limitMs)}`
  return { title, words: `${distributionWords(times)}${limit}.`, svg: await draw(id, { width, height, options }), width, height }
}

function stepsOf(values: readonly number[], longest: number): [number, number][] {
  const steps = values.map((ms, i): [number, number] => [placeOf(ms), i + 1])
  return [[placeOf(0), 0], ...steps, [placeOf(longest), values.length]]
}

function marksOf({ quartiles }: Distribution, { limitMs, longest }: { limitMs: number | undefined; longest: number }) {
  // What stands near the right edge is written to its left, or it would be cut off.
  const labelAt = (ms: number) => ({ color: ink, distance: 4, align: placeOf(ms) > 0.85 * placeOf(longest) ? 'right' : 'center' })
  const lines = [
    ...(quartiles === undefined
      ? []
      : [
          {
            xAxis: placeOf(quartiles[1]),
            lineStyle: { color: soft, type: 'solid' },
            label: { ...labelAt(quartiles[1]), formatter: `half: ${durationWords(quartiles[1])}` },
          },
        ]),
    ...(limitMs === undefined
      ? []
      : [
          {
            xAxis: placeOf(limitMs),
            lineStyle: { color: ink, type: 'dashed', width: 1.5 },
            // Above the median's, so that two near each other can both be read.
            label: { ...labelAt(limitMs), distance: 20, formatter: `deadline: ${durationWords(limitMs)}` },
          },
        ]),
  ]
  const area = quartiles === undefined ? [] : [[{ xAxis: placeOf(quartiles[0]) }, { xAxis: placeOf(quartiles[2]) }]]
  return {
    markLine: { silent: true, symbol: 'none', data: lines },
    markArea: { silent: true, itemStyle: { color: band }, data: area },
  }
}
