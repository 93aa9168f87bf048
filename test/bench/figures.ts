import { quantile } from '../../core/domain/statistics.ts'

/** One line of the table: what was measured, again and again in one run. */
export type Figure = {
  name: string
  unit: string
  values: number[]
  /** What the issue asks for: at least, or at most, this median. */
  goal?: { least: number } | { most: number }
  digits: number
  remark?: string
}

export type Spread = { median: number; least: number; most: number }

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5) ?? Number.NaN, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}

export function reached({ values, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined
  const { median } = spreadOf(values)
  return 'least' in goal ? median >= goal.least : median <= goal.most
}

/** A markdown table, ready for the README. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ['| figure | median | min – max | times | goal | |', '|---|--:|--:|--:|--:|---|']
  return [...head, ...figures.map(lineOf)].join('\n')
}

function lineOf(figure: Figure): string {
  const { median, least, most } = spreadOf(figure.values)
  const show = (n: number) =>
    withUnit(n.toLocaleString('en', { maximumFractionDigits: figure.digits, minimumFractionDigits: figure.digits }), figure)
  const verdict = { true: 'reached', false: '**missed**', undefined: '' }[String(reached(figure))]
  const cells = [
    figure.name,
    show(median),
    `${show(least)} – ${show(most)}`,
    figure.values.length,
    goalOf(figure),
    [verdict, figure.remark].filter(Boolean).join('; '),
  ]
  return `| ${cells.join(' | ')} |`
}

function goalOf({ goal, ...figure }: Figure): string {
  if (goal === undefined) return ''
  return 'least' in goal ? `≥ ${withUnit(goal.least, figure)}` : `≤ ${withUnit(goal.most, figure)}`
}

function withUnit(number: number | string, { unit }: Pick<Figure, 'unit'>): string {
  return unit === '' ? String(number) : `${number} ${unit}`
}
