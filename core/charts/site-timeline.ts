import type { Chart } from '../domain/document.ts'
import type { Score, SiteScore } from '../domain/report.ts'
import { durationWords, plainLine } from '../domain/text.ts'
import { draw } from './draw.ts'
import { nameAxis } from './name-axis.ts'
import { band, ink, looks, soft } from './palette.ts'
import { durationAxis, placeOf } from './time-axis.ts'

const width = 720
const rowHeight = 42

type Row = { score: Score; limitMs: number | undefined; doneMs: number | undefined }

/** For each expectation how long the site had, and when it did it. Undefined where the site's clock never began. */
export async function siteTimeline(site: SiteScore): Promise<Chart | undefined> {
  const { alerted, scores } = site
  if (alerted === undefined || scores.length === 0) return undefined
  const rows = scores.map((score) => rowOf(score, alerted))
  const height = rows.length * rowHeight + 56
  const longest = Math.max(86_400_000, ...rows.flatMap(({ limitMs, doneMs }) => [limitMs ?? 0, doneMs ?? 0]))
  const names = scores.map(({ title }) => plainLine(title, 70))
  const options = {
    grid: { left: 250, right: 90, top: 8, bottom: 46 },
    xAxis: durationAxis(longest, 'after the clock began'),
    yAxis: await nameAxis(names, { width: 222, fontSize: 12, lineHeight: 15 }),
    series: [allowedOf(rows), ...doneOf(rows)],
  }
  const words = `${rows.map(rowWords).join('. ')}.`
  return {
    title: 'When it was done, and how long there was',
    words,
    svg: await draw('site-timeline', { width, height, options }),
    width,
    height,
  }
}

function rowOf(score: Score, alerted: number): Row {
  const { deadline, light, evidence } = score
  const after = evidence.map(({ at }) => at).filter((at) => at > alerted)
  const isDone = light === 'green' || light === 'amber'
  return {
    score,
    limitMs: deadline === undefined ? undefined : Math.max(0, deadline - alerted),
    doneMs: isDone && evidence.length > 0 ? Math.max(0, (after[0] ?? alerted) - alerted) : undefined,
  }
}

function allowedOf(rows: readonly Row[]) {
  const data = rows.map(({ limitMs }) => (limitMs === undefined ? 0 : placeOf(limitMs)))
  const itemStyle = { color: band, borderColor: soft, borderWidth: 1 }
  return { type: 'bar', silent: true, emphasis: { disabled: true }, barWidth: 14, itemStyle, data }
}

/** The light with its letter, and how long it took beside it. */
function doneOf(rows: readonly Row[]) {
  const done = rows.flatMap(({ score, doneMs }, i) =>
    doneMs === undefined ? [] : [{ light: looks[score.light], doneMs, value: [placeOf(doneMs), i] }],
  )
  const marks = done.map(({ light, value }) => ({
    value,
    itemStyle: { color: light.fill },
    label: { formatter: light.letter, color: light.text },
  }))
  const times = done.map(({ doneMs, value }) => ({ value, label: { formatter: durationWords(doneMs) } }))
  const series = { type: 'scatter', silent: true, emphasis: { disabled: true }, symbol: 'circle', itemStyle: { opacity: 1 } }
  const beside = { show: true, position: 'right', distance: 12, color: ink, fontWeight: 600, backgroundColor: '#ffffff', padding: [1, 3] }
  return [
    { ...series, symbolSize: 1, label: beside, data: times, z: 3 },
    { ...series, symbolSize: 19, label: { show: true, position: 'inside', fontWeight: 700 }, data: marks, z: 4 },
  ]
}

function rowWords({ score, limitMs, doneMs }: Row): string {
  const limit = limitMs === undefined ? 'no deadline' : `within ${durationWords(limitMs)}`
  const done = doneMs === undefined ? score.light : `${score.light}, after ${durationWords(doneMs)}`
  return `${plainLine(score.title, 120)} (${limit}): ${done}`
}
