import { z } from 'zod'

/** The form's name and version; a change that older readers would not understand gets a new number. */
export const REPORT_FORMAT = 'ssc-common-report/1'

/** Of a report: lengths in characters, the others in entries. */
export const reportLimits = { text: 10_000, line: 1_000, short: 300, names: 200, actions: 200, evidence: 100 } as const

// No control characters and no half of a surrogate pair: the store would refuse them.
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'one line, without control characters')
const text = z
  .string()
  .min(1)
  .max(reportLimits.text)
  .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'text without control characters')

/** ISO 8601 with its zone, as in RFC 3339 section 5.6. */
const Moment = z.iso.datetime({ offset: true, error: 'a time needs a date, a time and a zone, for example 2027-01-11T10:30:00+01:00' })

/** Labels of the Traffic Light Protocol 2.0, https://www.first.org/tlp/ */
export const tlpLabels = ['TLP:RED', 'TLP:AMBER+STRICT', 'TLP:AMBER', 'TLP:GREEN', 'TLP:CLEAR'] as const

/**
 * What a site found, in one form for all sites, so that results can be compared. All but `format` may be absent: what is not known
 * is left out, and a report in parts is a report. Every time has a zone.
 */
export const CommonReport = z.strictObject({
  format: z.literal(REPORT_FORMAT),
  /** What happened. */
  summary: text.optional(),
  /** Subjects that are held to be malicious: distinguished names, or those of tokens. */
  identities: z.array(line(reportLimits.line)).max(20).optional(),
  /** Numbers or labels, of the batch system or of the gateway. */
  jobs: z.array(line(reportLimits.short)).max(reportLimits.names).optional(),
  hosts: z.array(line(reportLimits.short)).max(reportLimits.names).optional(),
  /** Contacted: IP addresses, host names or URLs. */
  addresses: z.array(line(reportLimits.line)).max(reportLimits.names).optional(),
  times: z.strictObject({ firstSeen: Moment.optional(), contained: Moment.optional() }).optional(),
  /** By which zone the site's logs are written, and how exact their clock is, for example `NTP, < 1 s`. */
  clock: z.strictObject({ zone: line(100).optional(), accuracy: line(reportLimits.short).optional() }).optional(),
  actions: z
    .array(z.strictObject({ at: Moment.optional(), what: line(reportLimits.line) }))
    .max(reportLimits.actions)
    .optional(),
  containment: text.optional(),
  openQuestions: text.optional(),
  /** How far the report may be passed on. */
  disclosure: z.strictObject({ tlp: z.enum(tlpLabels).optional(), words: text.optional() }).optional(),
  /** Findings that are sent along, or kept at the site. */
  evidence: z
    .array(
      z.strictObject({
        name: line(reportLimits.short),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, '64 hex digits in small letters')
          .optional(),
      }),
    )
    .max(reportLimits.evidence)
    .optional(),
  /** The zone in which we read times that the site gave without one. */
  assumedZone: line(100).optional(),
})
export type CommonReport = z.infer<typeof CommonReport>

/** Something in a report that could not be taken as it is: `place` is the field, or a path in it. */
export type ReportProblem = { place: string; words: string }

/** What could be read, and what could not. */
export type ReadReport = { report: CommonReport; problems: ReportProblem[] }

const shape = CommonReport.shape

/** Takes each part that is right and names what is not; undefined when it is no object, or one of another format. */
export function readReport(value: unknown): ReadReport | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (!Object.hasOwn(value, 'format') || (value as { format: unknown }).format !== REPORT_FORMAT) return undefined
  const report: Record<string, unknown> = {}
  const problems: ReportProblem[] = []
  for (const [name, part] of Object.entries(value).slice(0, 50)) {
    if (!Object.hasOwn(shape, name)) problems.push({ place: name.slice(0, 60), words: 'the form has no such field' })
    else {
      const read = shape[name as keyof typeof shape].safeParse(part)
      if (read.success) report[name] = read.data
      else
        problems.push(...read.error.issues.slice(0, 10).map(({ path, message }) => ({ place: [name, ...path].join('.'), words: message })))
    }
  }
  return { report: report as CommonReport, problems }
}

/** The published schema, JSON Schema 2020-12. */
export function reportSchema(): Record<string, unknown> {
  return { title: 'Common report of a security service challenge', ...z.toJSONSchema(CommonReport) }
}
