import type { Chart } from '../domain/document.ts'
import { lights } from '../domain/lights.ts'
import type { Light } from '../domain/report.ts'
import { plainLine } from '../domain/text.ts'
import { draw } from './draw.ts'
import { nameAxis } from './name-axis.ts'
import { decals, looks } from './palette.ts'

/** One bar: what it is of, and how many have which light. */
export type LightRow = { name: string; counts: Readonly<Record<Light, number>> }
type Titles = { id: string; title: string }

const width = 720
const rowHeight = 38
const nameWidth = 150
/** Names of runs are long. */
const wideNameWidth = 260
/** A narrower part has no room for its letter and number; the words beside the chart tell it as well. */
const roomForText = 30

export function countLights(of: readonly Light[]): Record<Light, number> {
  return Object.fromEntries(lights.map((light) => [light, of.filter((l) => l === light).length])) as Record<Light, number>
}

/** Stacked bars that all have the same length: shares, with the numbers written in them. */
export async function lightBars({ id, title }: Titles, rows: readonly LightRow[]): Promise<Chart> {
  const isWide = rows.some(({ name }) => name.length > 24)
  const left = isWide ? wideNameWidth : nameWidth
  const height = rows.length * rowHeight + 8
  const words = rows.map(({ name, counts }) => `${plainLine(name, 80)}: ${countWords(counts)}`).join('; ')
  const names = rows.map(({ name }) => plainLine(name, isWide ? 100 : 48))
  const options = {
    grid: { left, right: 4, top: 4, bottom: 4 },
    xAxis: { type: 'value', max: 1, show: false },
    yAxis: await nameAxis(names, { width: left - 12, fontSize: isWide ? 11 : 13, fontWeight: 600 }),
    series: lights.map((light) => seriesOf(light, rows, width - left - 4)),
  }
  return { title, words: `${words}.`, svg: await draw(id, { width, height, options }), width, height }
}

function seriesOf(light: Light, rows: readonly LightRow[], barsWidth: number) {
  const { letter, fill, text, border } = looks[light]
  const lineStyle = { borderColor: light === 'grey' || light === 'pending' ? border : '#ffffff', borderWidth: 1 }
  const decal = decals[light] === undefined ? {} : { decal: decals[light] }
  const data = rows.map(({ counts }) => {
    const share = counts[light] / Math.max(1, totalOf(counts))
    const room = share * barsWidth >= roomForText
    const back = light === 'amber' || light === 'red' || light === 'grey' ? { backgroundColor: fill, padding: [2, 4] } : {}
    // Nothing at all, else its border is drawn.
    return { value: share === 0 ? null : share, label: { show: room, formatter: `${letter} ${counts[light]}`, ...back } }
  })
  return {
    type: 'bar',
    stack: 'lights',
    silent: true,
    emphasis: { disabled: true },
    barWidth: 24,
    itemStyle: { color: fill, ...lineStyle, ...decal },
    label: { position: 'inside', color: text, fontWeight: 700, textBorderWidth: 0 },
    data,
  }
}

/** `12 green, 3 red`; `none` where there is none. */
export function countWords(counts: Readonly<Record<Light, number>>): string {
  const parts = lights.filter((light) => counts[light] > 0).map((light) => `${counts[light]} ${light}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function totalOf(counts: Readonly<Record<Light, number>>): number {
  return lights.reduce((sum, light) => sum + counts[light], 0)
}
