import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadReportFormats } from '../../core/plugins.ts'
import { reportFormatConformance } from '../conformance/report-format.ts'

const formats = await loadReportFormats(join(tmpdir(), 'no-such-home'))
for (const [folder, format] of formats) reportFormatConformance(format, folder)
