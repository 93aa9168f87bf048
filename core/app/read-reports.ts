import type { ChallengeState } from '../domain/challenge.ts'
import { type CommonReport, readReport } from '../domain/common-report.ts'
import type { FieldVerdict, ReceivedReport } from '../domain/event.ts'
import { type GradedField, gradedFields, gradeReport } from '../domain/grade-report.ts'
import { type FormField, fieldTexts, traitsOfField } from '../domain/report-fields.ts'
import { knownOf } from '../domain/traces.ts'
import type { Core } from './deps.ts'
import { reportKeyOf } from './take-report.ts'

/** A field of a common report beside what we know of it. `said`: null when it was erased, or left empty. */
export type BesideKey = {
  field: GradedField
  label: string
  said: string | null
  known: readonly string[]
  verdict: FieldVerdict
  why: string
}

export type ReadBesideKey = Pick<ReceivedReport, 'via' | 'receipt' | 'evidence'> & {
  at: number
  isErased: boolean
  fields: readonly BesideKey[]
}

/** The common reports of a challenge, the newest first, each field beside the answer key. The verdicts are those of the log. */
export async function readReports({ store }: Pick<Core, 'store'>, state: ChallengeState): Promise<ReadBesideKey[]> {
  const reports = await Promise.all(
    state.reports.map(async ({ at, data }) => {
      const { via, receipt, evidence, cameMs } = data
      const report = contentOf(await store.content(data.contentHash))
      return { via, receipt, evidence, at: cameMs ?? at, isErased: report === undefined, fields: besideKey(state, data, report) }
    }),
  )
  return reports.sort((a, b) => b.at - a.at)
}

/** As it was kept: it was read by the same rules when it came. */
function contentOf(bytes: Uint8Array | undefined): CommonReport | undefined {
  return bytes && readReport(JSON.parse(new TextDecoder().decode(bytes)))?.report
}

/** Parts of the form that are graded under another name. */
const partsOf: Partial<Record<GradedField, readonly FormField[]>> = { clock: ['zone', 'accuracy'] }

function besideKey(state: ChallengeState, { grade }: ReceivedReport, report: CommonReport | undefined): BesideKey[] {
  const key = reportKeyOf(state)
  const texts = report === undefined ? {} : fieldTexts(report)
  const anew = report === undefined ? undefined : gradeReport(report, key)
  return gradedFields.map((field) => {
    const parts = partsOf[field] ?? [field as FormField]
    const said = parts.flatMap((part) => texts[part] ?? [])
    const verdict = grade[field] ?? 'missing'
    // What we know may have grown since: the reason is shown where it is still that of the verdict.
    const why = anew?.[field].verdict === verdict ? anew[field].why : ''
    const label = parts.map((part) => traitsOfField(part).label).join(', ')
    return {
      field,
      label,
      said: said.length === 0 ? null : said.join('\n'),
      known: parts.flatMap((part) => knownOf(part, key)),
      verdict,
      why,
    }
  })
}
