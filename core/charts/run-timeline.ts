import type { Chart } from '../domain/document.ts'
import { timeNames } from '../domain/document-words.ts'
import type { Report, TimeName } from '../domain/report.ts'
import { utcWords } from '../domain/zone.ts'
import { draw } from './draw.ts'
import { accent, band, ink, looks, soft } from './palette.ts'
import { numberAxis } from './time-axis.ts'

const width = 960
const height = 340
const strokes: Readonly<Record<TimeName, { words: string; color: string; type: string }>> = {
  headsUp: { words: 'answered', color: accent, type: 'solid' },
  containment: { words: 'contained', color: looks.green.fill, type: 'dashed' },
  closure: { words: 'closed', color: looks.red.fill, type: 'dotted' },
}

/** How many sites had answered, contained and closed at each time, with our outages shaded. */
export async function runTimeline(report: Report): Promise<Chart> {
  const starts = report.sites.flatMap(({ alerted }) => alerted ?? [])
  const from = Math.min(report.asOf - 3_600_000, ...starts)
  const curves = timeNames.map((name) => ({ name, moments: momentsOf(report, name) }))
  const options = {
    grid: { left: 48, right: 130, top: 36, bottom: 34 },
    xAxis: {
      type: 'time',
      min: from,
      max: Math.max(report.asOf, ...curves.flatMap(({ moments }) => moments)),
      axisLabel: { color: soft, fontSize: 12, formatter: dayWords, hideOverlap: true },
      axisLine: { lineStyle: { color: soft } },
      splitLine: { show: false },
    },
    yAxis: { ...numberAxis('sites'), min: 0, max: Math.max(1, report.sites.length), minInterval: 1 },
    series: curves.map((curve, i) => seriesOf({ ...curve, from, until: report.asOf }, i === 0 ? report.outages : [])),
    useUTC: true,
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
  const steps = moments.map((at, i): [number, number] => [at, i + 1])
  const last = Math.max(until, moments.at(-1) ?? until)
  return {
    type: 'line',
    step: 'end',
    silent: true,
    symbol: 'none',
    lineStyle: { color, type, width: 2.5 },
    emphasis: { disabled: true },
    endLabel: { show: true, color: ink, formatter: `${moments.length} ${words}` },
    labelLayout: { moveOverlap: 'shiftY' },
    data: [[from, 0], ...steps, [last, moments.length]],
    markArea: { silent: true, itemStyle: { color: band }, data: outages.map((o) => [{ xAxis: o.fromMs }, { xAxis: o.untilMs }]) },
  }
}

function dayWords(at: number): string {
  const words = new Date(at).toISOString()
  return words.slice(11, 16) === '00:00' ? words.slice(0, 10) : `${words.slice(11, 16)} UTC`
}
