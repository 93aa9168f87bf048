import type { Chart } from '../domain/document.ts'
import { timeNames } from '../domain/document-words.ts'
import type { Report, TimeName } from '../domain/report.ts'
import { utcWords } from '../domain/zone.ts'
import { draw } from './draw.ts'
import { accent, band, ink, looks } from './palette.ts'
import { durationAxis, numberAxis, placeOf } from './time-axis.ts'

const width = 960
const height = 340
const strokes: Readonly<Record<TimeName, { words: string; color: string; type: string }>> = {
  headsUp: { words: 'answered', color: accent, type: 'solid' },
  containment: { words: 'contained', color: looks.green.fill, type: 'dashed' },
  closure: { words: 'closed', color: looks.red.fill, type: 'dotted' },
}

/**
 * How many sites had answered, contained and closed at each time, with our outages shaded. Most happens in the first hours and the
 * last thing weeks later: so the time since the first alert is drawn on a logarithmic axis.
 */
export async function runTimeline(report: Report): Promise<Chart> {
  const starts = report.sites.flatMap(({ alerted }) => alerted ?? [])
  const from = starts.length === 0 ? report.asOf - 3_600_000 : Math.min(...starts)
  const curves = timeNames.map((name) => ({ name, moments: momentsOf(report, name) }))
  const until = Math.max(report.asOf, ...curves.flatMap(({ moments }) => moments))
  const options = {
    grid: { left: 48, right: 130, top: 36, bottom: 46 },
    xAxis: durationAxis(until - from, `after the first alert, ${utcWords(from)}`),
    yAxis: { ...numberAxis('sites'), min: 0, max: Math.max(1, report.sites.length), minInterval: 1 },
    series: curves.map((curve, i) => seriesOf({ ...curve, from, until }, i === 0 ? report.outages : [])),
  }
  const reached = curves.map(({ name, moments }) => `${moments.length} ${strokes[name].words}`).join(', ')
  const words = `From ${utcWords(from)} to ${utcWords(report.asOf)}: of ${report.sites.length} sites ${reached}.`
  return { title: 'How the run went', words, svg: await draw('timeline', { width, height, options }), width, height }
}

function momentsOf({ sites }: Report, name: TimeName): number[] {
  const moments = sites.flatMap(({ alerted, times }) => (alerted === undefined || times[name] === undefined ? [] : [alerted + times[name]]))
  return moments.sort((a, b) => a - b)
}

type Curve = { name: TimeName; moments: readonly number[]; from: number; until: number }

function seriesOf({ name, moments, from, until }: Curve, outages: Report['outages']) {
  const { words, color, type } = strokes[name]
  const place = (at: number) => placeOf(at - from)
  const steps = moments.map((at, i): [number, number] => [place(at), i + 1])
  return {
    type: 'line',
    step: 'end',
    silent: true,
    symbol: 'none',
    lineStyle: { color, type, width: 2.5 },
    emphasis: { disabled: true },
    endLabel: { show: true, color: ink, formatter: `${moments.length} ${words}` },
    labelLayout: { moveOverlap: 'shiftY' },
    data: [[place(from), 0], ...steps, [place(until), moments.length]],
    markArea: {
      silent: true,
      itemStyle: { color: band },
      data: outages.map((o) => [{ xAxis: place(o.fromMs) }, { xAxis: place(o.untilMs) }]),
    },
  }
}
