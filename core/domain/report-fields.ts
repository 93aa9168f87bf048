/** The facts that the common report form asks for. */
export const reportFields = ['identity', 'job', 'hosts', 'contained-at', 'what-was-done'] as const
export type ReportField = (typeof reportFields)[number]

export type Graded = { right: readonly ReportField[]; missing: readonly ReportField[] }

/** How many fields of the form a mail holds, right or not. */
export function countFields(fields: Readonly<Record<string, string>>): number {
  return reportFields.filter((name) => valueIn(fields, name) !== '').length
}

/** What the job was called: by us, and by the job system, which is what a site sees. */
export type JobNames = { label: string; nativeId?: string | undefined }

/** `identity` and `job` must name what we did; the others are the site's own findings and must be there. */
export function gradeFields(fields: Readonly<Record<string, string>>, key: { identity: string; job: JobNames }): Graded {
  const isRight = (name: ReportField) => {
    const value = valueIn(fields, name)
    if (name === 'identity') return value === squeeze(key.identity)
    return name === 'job' ? namesJob(value, key.job) : value !== ''
  }
  return { right: reportFields.filter(isRight), missing: reportFields.filter((name) => !isRight(name)) }
}

/** A number such as `12` must stand alone; our label is long enough to be found within a line. */
function namesJob(value: string, { label, nativeId }: JobNames): boolean {
  return value.includes(label) || (nativeId !== undefined && value.split(/[\s,;]+/).includes(nativeId))
}

function valueIn(fields: Readonly<Record<string, string>>, name: ReportField): string {
  return Object.hasOwn(fields, name) ? squeeze(String(fields[name]).slice(0, 10_000)) : ''
}

/** A mail program may fold a long subject name. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
