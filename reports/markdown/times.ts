import { timeRows } from '../../core/domain/document-words.ts'
import type { Distribution, TimeName } from '../../core/domain/report.ts'
import { durationWords } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { md, table } from './text.ts'

export function timesTable(times: Readonly<Record<TimeName, Distribution>>): string {
  const rows = timeRows(times).map(({ name, known, lower, middle, upper }) => [name, known, lower, middle, upper])
  return table(['time', 'known', 'lower quartile', 'median', 'upper quartile'], rows)
}

export function outageLines(outages: readonly { fromMs: number; untilMs: number; what: string }[]): string {
  const lines = outages.map((o) => `- ${utcWords(o.fromMs)}, for ${durationWords(o.untilMs - o.fromMs)}: ${md(o.what)}`)
  return lines.join('\n') || 'None.'
}
