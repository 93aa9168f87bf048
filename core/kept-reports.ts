import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { renderDocument } from './documents.ts'
import type { Report } from './domain/report.ts'
import { writeWhole } from './io/whole-file.ts'
import { loadReportFormats } from './plugins.ts'

/** What lies beside the log of a rehearsal. The page comes last: with it a rehearsal counts as whole. */
const KEPT = ['json', 'csv', 'markdown', 'pdf', 'html']

export function keptReport({ config }: { config: Config }, run: string, extension: string): string {
  return join(config.home, 'reports', `${run}.${extension}`)
}

/** Writes the report in each format that there is; `again`: only where it lies already. Gives back the page's file. */
export async function keepReports({ config }: { config: Config }, report: Report, { again }: { again: boolean }): Promise<string> {
  const formats = await loadReportFormats(config.home)
  mkdirSync(join(config.home, 'reports'), { recursive: true, mode: 0o700 })
  for (const name of KEPT) {
    const format = formats.get(name)
    if (format === undefined) continue
    const file = keptReport({ config }, report.run, format.extension)
    if (!again || existsSync(file)) writeWhole(file, (await renderDocument(format, { kind: 'run', content: report })).body)
  }
  return keptReport({ config }, report.run, 'html')
}
