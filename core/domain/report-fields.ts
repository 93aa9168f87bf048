import {
  type CommonReport,
  REPORT_FORMAT,
  type ReadReport,
  CommonReport as Report,
  type ReportProblem,
  reportLimits,
} from './common-report.ts'
import { findMoment, readZone, type WrittenZone } from './report-times.ts'
import { cleanText, oneLine, readActions, readDisclosure, readEvidence, readList, readSubjects } from './report-values.ts'
import { isTimeZone } from './zone.ts'

type FieldTraits = {
  label: string
  /** Stands behind the label, in brackets. */
  hint?: string
  /** `line` ends at an empty line, `list` and `text` may have several lines. */
  kind: 'line' | 'list' | 'text'
  /** Other names for it, in small letters; also those of older forms. */
  also: readonly string[]
}

/** The form's fields in their order, as people see them: in a mail and on the page alike. */
export const formFields = {
  summary: { label: 'What happened', kind: 'text', also: ['summary', 'description', 'what has happened'] },
  identity: {
    label: 'Identity',
    hint: 'subjects held to be malicious, one a line',
    kind: 'list',
    also: ['identities', 'dn', 'subject dn', 'user dn', 'user'],
  },
  jobs: { label: 'Job', hint: 'numbers or labels', kind: 'list', also: ['jobs', 'job id', 'job ids', 'jobid', 'job(s)'] },
  hosts: {
    label: 'Hosts',
    hint: 'all that were touched',
    kind: 'list',
    also: ['host', 'worker node', 'worker nodes', 'hosts involved', 'host(s)'],
  },
  addresses: {
    label: 'Addresses',
    hint: 'contacted: IPs, host names, URLs',
    kind: 'list',
    also: ['address', 'ip', 'ips', 'ip addresses', 'contacted addresses'],
  },
  'first-seen': { label: 'First seen', hint: 'for example 2027-01-11T10:30+01:00', kind: 'line', also: ['first seen at', 'detected at'] },
  contained: { label: 'Contained at', hint: 'with its zone, as above', kind: 'line', also: ['contained', 'contained on'] },
  zone: { label: 'Time zone', hint: 'of your times and logs', kind: 'line', also: ['timezone', 'zone'] },
  accuracy: {
    label: 'Clock accuracy',
    hint: 'for example: NTP, < 1 s',
    kind: 'line',
    also: ['clock', 'clocks', 'accuracy of clocks', 'time accuracy'],
  },
  actions: {
    label: 'Actions taken',
    hint: 'one a line, each with its time',
    kind: 'text',
    also: ['actions', 'what was done', 'action taken'],
  },
  containment: { label: 'Containment', hint: 'how it was stopped', kind: 'text', also: ['how it was contained'] },
  'open-questions': { label: 'Open questions', kind: 'text', also: ['questions', 'open question', 'open issues'] },
  disclosure: {
    label: 'Disclosure',
    hint: 'TLP label, and limits in words',
    kind: 'text',
    also: ['disclosure limits', 'disclosure restrictions', 'tlp label'],
  },
  evidence: { label: 'Evidence', hint: 'names of files sent or kept, with SHA-256', kind: 'list', also: ['attachments', 'files'] },
} as const satisfies Record<string, FieldTraits>

export type FormField = keyof typeof formFields
export const formFieldNames = Object.keys(formFields) as readonly FormField[]

export function traitsOfField(field: FormField): FieldTraits {
  return formFields[field]
}

/** What was typed into the fields. */
export type FieldTexts = Partial<Record<FormField, string>>

/**
 * The report that the texts make, and by field what could not be taken. Times without a zone are read in the zone that the site names,
 * else in `timeZone` (of the IANA list), and then the report says so.
 */
export function fillReport(texts: FieldTexts, timeZone?: string): ReadReport {
  const typed = (field: FormField) => cleanText(texts[field] ?? '')
  const problems: ReportProblem[] = []
  const own = readZone(typed('zone'))
  if (own === 'ambiguous') problems.push({ place: 'zone', words: 'that zone has several meanings; write it as +01:00 or Europe/Berlin' })
  const told = own === 'ambiguous' ? undefined : own
  const zone = told ?? (timeZone !== undefined && isTimeZone(timeZone) ? { iana: timeZone } : undefined)
  const firstSeen = timeIn(typed('first-seen'), zone)
  const contained = timeIn(typed('contained'), zone)
  for (const [place, time] of [
    ['first-seen', firstSeen],
    ['contained', contained],
  ] as const)
    if (time.problem !== undefined) problems.push({ place, words: time.problem })
  const { actions, problems: untimed, assumed } = readActions(typed('actions'), zone)
  problems.push(...untimed.slice(0, 10).map((words) => ({ place: 'actions', words })))
  const isAssumed = told === undefined && (firstSeen.assumed || contained.assumed || assumed)
  const parts = {
    summary: typed('summary'),
    identities: readSubjects(typed('identity')),
    jobs: readList(typed('jobs')),
    hosts: readList(typed('hosts')),
    addresses: readList(typed('addresses')),
    times: { firstSeen: firstSeen.at, contained: contained.at },
    clock: { zone: oneLine(typed('zone')), accuracy: oneLine(typed('accuracy')) },
    actions,
    containment: typed('containment'),
    openQuestions: typed('open-questions'),
    disclosure: readDisclosure(typed('disclosure')),
    evidence: readEvidence(typed('evidence')),
    assumedZone: isAssumed ? timeZone : undefined,
  }
  return bound(parts, problems)
}

/** In which field of the form a part of the report stands. */
const fieldOfPart: Record<string, FormField> = {
  identities: 'identity',
  times: 'first-seen',
  clock: 'zone',
  openQuestions: 'open-questions',
}

/** Leaves out what is empty, cuts what is too long, and says so. */
function bound(parts: Record<string, unknown>, problems: ReportProblem[]): ReadReport {
  const report: Record<string, unknown> = { format: REPORT_FORMAT }
  for (const [name, part] of Object.entries(parts)) {
    const place = fieldOfPart[name] ?? name
    const filled = withoutEmpty(part, { max: maxOf(name), cut: (words) => problems.push({ place, words }) })
    if (filled !== undefined) report[name] = filled
  }
  return { report: Report.parse(report), problems }
}

type Cut = { max: { entries: number; characters: number }; cut(words: string): void }

const entryLimits: Record<string, number> = { identities: 20, actions: reportLimits.actions, evidence: reportLimits.evidence }
const characterLimits: Record<string, number> = {
  jobs: reportLimits.short,
  hosts: reportLimits.short,
  evidence: reportLimits.short,
  clock: 100,
  summary: reportLimits.text,
  containment: reportLimits.text,
  openQuestions: reportLimits.text,
  disclosure: reportLimits.text,
}

function maxOf(name: string): Cut['max'] {
  return { entries: entryLimits[name] ?? reportLimits.names, characters: characterLimits[name] ?? reportLimits.line }
}

function withoutEmpty(value: unknown, how: Cut): unknown {
  const { max, cut } = how
  if (typeof value === 'string') {
    if (value.length > max.characters) cut(`longer than ${max.characters} characters; the rest was left out`)
    return cleanText(value.slice(0, max.characters)) || undefined
  }
  if (Array.isArray(value)) {
    if (value.length > max.entries) cut(`more than ${max.entries} entries; the rest was left out`)
    const kept = value
      .slice(0, max.entries)
      .map((entry) => withoutEmpty(entry, how))
      .filter((entry) => entry !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value).map(([key, part]) => [key, withoutEmpty(part, how)] as const)
  const filled = entries.filter(([, part]) => part !== undefined)
  return filled.length === 0 ? undefined : Object.fromEntries(filled)
}

function timeIn(text: string, zone?: WrittenZone): { at?: string; problem?: string; assumed: boolean } {
  const line = oneLine(text.slice(0, 2_000))
  if (line === '') return { assumed: false }
  const found = findMoment(line, zone)
  if (found === undefined) return { problem: 'no date with a time of day; write for example 2027-01-31T10:30+01:00', assumed: false }
  if ('problem' in found) return { problem: found.problem, assumed: false }
  const more = findMoment(line.slice(found.until), zone)
  if (more !== undefined && (!('at' in more) || more.at !== found.at))
    return { problem: 'there are several times; give one', assumed: false }
  return { at: found.at, assumed: !found.hadZone }
}

/** What the report's fields look like in the form; what is absent is left out. */
export function fieldTexts(report: CommonReport): FieldTexts {
  const { times, clock, disclosure } = report
  const lines = (entries: readonly string[] | undefined) => entries?.join('\n')
  const texts: Record<FormField, string | undefined> = {
    summary: report.summary,
    identity: lines(report.identities),
    jobs: lines(report.jobs),
    hosts: lines(report.hosts),
    addresses: lines(report.addresses),
    'first-seen': times?.firstSeen,
    contained: times?.contained,
    zone: clock?.zone,
    accuracy: clock?.accuracy,
    actions: lines(report.actions?.map(({ at, what }) => `- ${at === undefined ? '' : `${at} `}${what}`)),
    containment: report.containment,
    'open-questions': report.openQuestions,
    disclosure: [disclosure?.tlp, disclosure?.words].filter((one) => one !== undefined).join(' ') || undefined,
    evidence: lines(report.evidence?.map(({ name, sha256 }) => (sha256 === undefined ? name : `${name} sha256:${sha256}`))),
  }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined && text !== ''))
}
