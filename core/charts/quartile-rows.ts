import type { Chart } from '../domain/document.ts'
import type { Distribution } from '../domain/report.ts'
import { durationWords, plainLine } from '../domain/text.ts'
import { draw } from './draw.ts'
import { nameAxis } from './name-axis.ts'
import { accent, band, ink, soft } from './palette.ts'
import { durationAxis, placeOf } from './time-axis.ts'
import { distributionWords } from './time-names.ts'

/** One line of the chart; `own`: where a site itself stands, ms. */
export type TimeRow = { name: string; times: Distribution; own?: number | undefined }

const width = 790
const rowHeight = 44

/** For each row a bar from the quarter to three quarters with the median in it, and the site's own time where there is one. */
export async function quartileRows({ id, title }: { id: string; title: string }, rows: readonly TimeRow[]): Promise<Chart> {
  const height = rows.length * rowHeight + 56
  const longest = Math.max(86_400_000, ...rows.flatMap(({ times, own }) => [times.quartiles?.[2] ?? 0, own ?? 0]))
  const options = {
    grid: { left: 260, right: 40, top: 8, bottom: 46 },
    xAxis: durationAxis(longest, 'after the alert'),
    yAxis: await nameAxis(rows.map(nameOf), { width: 246, fontSize: 11, lineHeight: 13 }),
    series: [...barsOf(rows), mediansOf(rows), ownOf(rows)],
  }
  return { title, words: `${rows.map(rowWords).join('. ')}.`, svg: await draw(id, { width, height, options }), width, height }
}

/** A bar that is not seen up to the quarter, and one that is from there on. */
function barsOf(rows: readonly TimeRow[]) {
  const lengths = rows.map(({ times }) =>
    times.quartiles === undefined ? [0, 0] : [placeOf(times.quartiles[0]), placeOf(times.quartiles[2])],
  )
  const bar = { type: 'bar', stack: 'quartiles', silent: true, emphasis: { disabled: true }, barWidth: 16 }
  return [
    { ...bar, itemStyle: { color: 'none' }, data: lengths.map(([from]) => from) },
    { ...bar, itemStyle: { color: band, borderColor: soft, borderWidth: 1 }, data: lengths.map(([from = 0, to = 0]) => to - from) },
  ]
}

function mediansOf(rows: readonly TimeRow[]) {
  const data = rows.flatMap(({ times: { quartiles } }, i) => (quartiles === undefined ? [] : [{ value: [placeOf(quartiles[1]), i] }]))
  return {
    type: 'scatter',
    silent: true,
    symbol: 'rect',
    symbolSize: [4, 22],
    itemStyle: { color: ink, opacity: 1 },
    emphasis: { disabled: true },
    data,
    z: 3,
  }
}

function ownOf(rows: readonly TimeRow[]) {
  const data = rows.flatMap(({ own }, i) => (own === undefined ? [] : [[placeOf(own), i]]))
  return {
    type: 'scatter',
    silent: true,
    symbol: 'diamond',
    symbolSize: 17,
    itemStyle: { color: accent, borderColor: '#ffffff', borderWidth: 1.5, opacity: 1 },
    emphasis: { disabled: true },
    data,
    z: 4,
  }
}

function nameOf({ name, own }: TimeRow): string {
  return own === undefined ? plainLine(name, 110) : `${plainLine(name, 40)}\nthis site: ${durationWords(own)}`
}

function rowWords({ name, times, own }: TimeRow): string {
  const ownWords = own === undefined ? '' : `; this site ${durationWords(own)}`
  return `${plainLine(name, 80)}: ${distributionWords(times)}${ownWords}`
}
