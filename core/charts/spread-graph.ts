import type { Chart } from '../domain/document.ts'
import type { Spread } from '../domain/report.ts'
import { durationWords, plainLine } from '../domain/text.ts'
import { draw } from './draw.ts'
import { accent, ink, line, soft } from './palette.ts'
import { type SpreadNode, spreadTree } from './spread-tree.ts'
import { durationAxis, placeOf } from './time-axis.ts'

const width = 960
const rowHeight = 19
/** Of a group's mark: its area grows with the number of sites. */
const markSize = 9
const largestMark = 17

/** Who told whom, from left to right by the time since the alert. */
export async function spreadGraph(spread: Spread): Promise<Chart> {
  const { nodes, rows } = spreadTree(spread)
  const height = Math.max(3, rows) * rowHeight + 60
  const longest = Math.max(86_400_000, ...nodes.map(({ ms }) => ms))
  const options = {
    grid: { left: 16, right: 240, top: 14, bottom: 46 },
    xAxis: durationAxis(longest, 'after the alert'),
    yAxis: { type: 'value', inverse: true, min: -0.7, max: Math.max(3, rows) - 0.3, show: false },
    series: [...nodes.flatMap(edgeOf), marksOf(nodes)],
  }
  return { title: 'How the word spread', words: wordsOf(spread), svg: await draw('spread', { width, height, options }), width, height }
}

/** Down from the teller and then to the right: whatever stands in a row was told later, so that no line crosses a name. */
function edgeOf({ ms, row, from }: SpreadNode) {
  if (from === undefined) return []
  const start = placeOf(from.ms)
  const data = [
    [start, from.row],
    [start, row],
    [placeOf(ms), row],
  ]
  return [
    { type: 'line', silent: true, symbol: 'none', lineStyle: { color: soft, width: 1, opacity: 0.6 }, emphasis: { disabled: true }, data },
  ]
}

function marksOf(nodes: readonly SpreadNode[]) {
  const data = nodes.map((node) => {
    const { ms, row, sites, from } = node
    return {
      value: [placeOf(ms), row],
      symbolSize: Math.min(largestMark, markSize * Math.sqrt(sites)),
      symbol: sites > 1 ? 'roundRect' : 'circle',
      itemStyle: {
        opacity: 1,
        color: from === undefined ? ink : sites > 1 ? line : accent,
        borderColor: sites > 1 ? soft : '#ffffff',
        borderWidth: 1,
      },
      label: { formatter: () => labelOf(node) },
    }
  })
  const label = { show: true, position: 'right', color: ink, fontSize: 11, distance: 5 }
  return { type: 'scatter', silent: true, emphasis: { disabled: true }, label, data, z: 3 }
}

/** A branch that is not drawn to its end says how many it stands for. */
function labelOf({ name, sites }: SpreadNode): string {
  const words = name === 'unknown' ? 'not known from whom' : plainLine(name, 24)
  return sites > 1 && name !== `${sites} sites` ? `${words} and ${sites - 1} more` : words
}

function wordsOf({ heard, contained, of, everywhereMs, told, alertedMs }: Spread): string {
  const everywhere = everywhereMs === undefined ? 'not contained everywhere' : `contained everywhere after ${durationWords(everywhereMs)}`
  const last = told.at(-1)
  const lastWords = last === undefined || alertedMs === undefined ? '' : `; the last heard after ${durationWords(last.at - alertedMs)}`
  return `${heard} of ${of} sites heard, ${contained} contained it; ${everywhere}${lastWords}.`
}
