import type { CommonReport } from './common-report.ts'
import type { FieldVerdict } from './event.ts'
import { sameSubject } from './subject.ts'
import { durationWords, plainLine } from './text.ts'

/** What we know ourselves about a challenge: times in ms since 1970. */
export type ReportKey = {
  identity: string
  /** The identity that the site itself sees, where a pilot brought the payload. */
  pilot?: string | undefined
  label: string
  nativeId?: string | undefined
  /** Where the agent was seen to run; empty when that is not known. */
  hosts: readonly string[]
  /** URLs that it reported to or may have contacted. */
  addresses: readonly string[]
  /** Under which names it could be seen. */
  names: readonly string[]
  fromMs: number
  untilMs: number
  containedMs?: number | undefined
}

export const gradedFields = [
  'summary',
  'identity',
  'jobs',
  'hosts',
  'addresses',
  'first-seen',
  'contained',
  'clock',
  'actions',
  'containment',
  'open-questions',
  'disclosure',
  'evidence',
] as const
export type GradedField = (typeof gradedFields)[number]
export type FieldGrade = { verdict: FieldVerdict; why: string }
export type Grade = Record<GradedField, FieldGrade>

/** Clocks differ, and what we see is seen in rounds. */
const TOLERANCE_MS = 15 * 60_000
/** Who names far more than there was did not find it. */
const SPARE_NAMES = 10

const missing: FieldGrade = { verdict: 'missing', why: 'nothing stands there' }

/** Field by field, and never `wrong` where we do not know it ourselves: that is for a person. */
export function gradeReport(report: CommonReport, key: ReportKey): Grade {
  const { times, clock, disclosure } = report
  const toleranceMs = TOLERANCE_MS + accuracyMs(clock?.accuracy)
  const contained = gradeTime(times?.contained, report, (at) => containedVerdict(at, key, toleranceMs))
  return {
    summary: gradeText(report.summary, namesIn(report, key)),
    identity: gradeIdentities(report.identities ?? [], key),
    jobs: gradeJobs(report.jobs ?? [], key),
    hosts: gradeHosts(report.hosts ?? [], key),
    addresses: gradeAddresses(report.addresses ?? [], key),
    'first-seen': gradeTime(times?.firstSeen, report, (at) => seenVerdict(at, key, toleranceMs)),
    contained,
    clock: gradeClock(clock),
    actions: gradeActions(report.actions ?? []),
    containment: gradeText(report.containment),
    'open-questions': gradeText(report.openQuestions),
    disclosure: disclosure?.tlp === undefined ? gradeText(disclosure?.words) : right(`it is labelled ${disclosure.tlp}`),
    evidence: (report.evidence ?? []).length === 0 ? missing : forPerson(`${report.evidence!.length} pieces are named`),
  }
}

function right(why: string): FieldGrade {
  return { verdict: 'right', why }
}

function partly(why: string): FieldGrade {
  return { verdict: 'partly', why }
}

function wrong(why: string): FieldGrade {
  return { verdict: 'wrong', why }
}

function forPerson(why: string): FieldGrade {
  return { verdict: 'for a person', why }
}

function gradeText(text: string | undefined, why = 'free text'): FieldGrade {
  return text === undefined || text.trim() === '' ? missing : forPerson(why)
}

/** Which of the agent's names the texts hold: of help for the person who reads them. */
function namesIn({ summary = '', containment = '', actions = [] }: CommonReport, { names }: ReportKey): string {
  const texts = [summary, containment, ...actions.map(({ what }) => what)].join('\n').toLowerCase()
  const found = names.filter((name) => name !== '' && texts.includes(name.toLowerCase()))
  return found.length === 0 ? 'free text' : `free text; the texts name ${plainLine(found.join(', '), 120)}`
}

function gradeIdentities(named: readonly string[], { identity, pilot }: ReportKey): FieldGrade {
  if (named.length === 0) return missing
  const others = named.filter((one) => !sameSubject(one, identity))
  const isPilot = (one: string) => pilot !== undefined && sameSubject(one, pilot)
  if (others.length === named.length)
    return others.some(isPilot) ? partly("it is the pilot's identity: the payload belongs to another") : wrong('it is another identity')
  const strangers = others.filter((one) => !isPilot(one))
  if (strangers.length > 0) return partly(`it is named, but with others: ${plainLine(strangers.join(', '), 120)}`)
  return right(others.length > 0 ? "it is named, and the pilot's as well" : 'it is named')
}

/** A site may know a job by a number of its own batch system, which we never see. */
function gradeJobs(named: readonly string[], { label, nativeId }: ReportKey): FieldGrade {
  if (named.length === 0) return missing
  const isOurs = (entry: string) => (label !== '' && entry.includes(label)) || holdsId(entry, nativeId)
  const found = named.filter(isOurs).length
  if (found === 0) return forPerson('it is no number or label that we know; it may be of the batch system')
  return found + SPARE_NAMES < named.length ? forPerson('it is named among many others') : right('it is named')
}

/** A number such as `12` must stand alone; the native id may begin with the place that gave it. */
export function holdsId(entry: string, nativeId: string | undefined): boolean {
  if (nativeId === undefined || nativeId === '') return false
  const short = nativeId.split(/[:/]/).at(-1)!
  const words = entry.split(/[\s,;()[\]]+/)
  return words.includes(nativeId) || (short !== '' && words.some((word) => word === short || word.endsWith(`/${short}`)))
}

function gradeHosts(named: readonly string[], { hosts }: ReportKey): FieldGrade {
  if (named.length === 0) return missing
  return gradeNames(named, knownHosts({ hosts }), {
    missing: 'it is another host than the one where the agent ran',
    what: 'hosts where the agent ran',
  })
}

function gradeAddresses(named: readonly string[], { addresses }: ReportKey): FieldGrade {
  if (named.length === 0) return missing
  const words = { missing: 'none of the addresses that the agent contacts', what: 'addresses that it contacts' }
  return gradeNames(named, knownAddresses({ addresses }), words)
}

/** Where the agent ran, as far as the site can know it by that name. */
export function knownHosts({ hosts }: Pick<ReportKey, 'hosts'>): string[] {
  return hosts.map(writtenHost).filter((host) => tellsSomething(host))
}

/** The hosts of the addresses that the agent contacts. */
export function knownAddresses({ addresses }: Pick<ReportKey, 'addresses'>): string[] {
  return [...new Set(addresses.map(writtenHost))].filter((host) => host !== '')
}

/** Hosts that somebody named, held against those that we know. */
export function gradeNames(named: readonly string[], known: readonly string[], words: { missing: string; what: string }): FieldGrade {
  const given = new Set(named.flatMap((entry) => entry.split(/[\s,;()]+/).slice(0, 10)).map(writtenHost))
  if (known.length === 0) return forPerson('we do not know them ourselves')
  const found = known.filter((host) => [...given].some((one) => sameHost(one, host)))
  if (found.length === 0) {
    const isComparable =
      known.every(isNumeric) === [...given].some(isNumeric) || known.some(isNumeric) === known.some((host) => !isNumeric(host))
    return isComparable ? wrong(words.missing) : forPerson('names and numbers of machines stand against each other')
  }
  if (named.length > found.length * 3 + SPARE_NAMES) return forPerson('they are named among many others')
  return found.length === known.length
    ? right(`all ${words.what} are named`)
    : partly(`${found.length} of ${known.length} ${words.what} are named`)
}

/** The host of a URL, of `host:port` or of a name that was made harmless, such as `hxxp://c2[.]site.example/x`. */
export function writtenHost(written: string): string {
  const plain = written
    .trim()
    .toLowerCase()
    .replace(/\[?\((?:dot)\)\]?|\[(?:\.|dot)\]|\(\.\)/g, '.')
    .replace(/\[:\]/g, ':')
    .replace(/^[a-z][a-z0-9+.-]{1,10}:\/\//, '')
  const [authority = ''] = plain.split(/[/?#]/)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const [, inBrackets] = /^\[([0-9a-f:.]+)\]/.exec(host) ?? []
  if (inBrackets !== undefined) return inBrackets
  return (host.split(':').length === 2 ? host.replace(/:\d*$/, '') : host).replace(/[.:]+$/, '')
}

/** Whether two names mean one machine. */
export function sameHost(one: string, other: string): boolean {
  if (one === '' || other === '') return false
  if (one === other) return true
  const isShort = (name: string) => !name.includes('.') && !isNumeric(name)
  // A site says `wn042` where the machine calls itself `wn042.site.example`, and the other way round.
  return (isShort(one) || isShort(other)) && one.split('.')[0] === other.split('.')[0]
}

/** A whole name or an address, and no mere word. */
export function isHostName(word: string): boolean {
  return isNumeric(word) || /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,63}$/.test(word)
}

function isNumeric(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || (host.includes(':') && /^[0-9a-f:.]+$/.test(host))
}

/** A container calls itself by a number that nobody at the site sees. */
function tellsSomething(host: string): boolean {
  return host !== '' && host !== 'localhost' && !host.startsWith('localhost.') && !/^[0-9a-f]{12}$/.test(host)
}

function gradeTime(written: string | undefined, { assumedZone }: CommonReport, judge: (at: number) => FieldGrade): FieldGrade {
  if (written === undefined) return missing
  const at = Date.parse(written)
  if (!Number.isFinite(at)) return forPerson('a time that cannot be read')
  const grade = judge(at)
  if (assumedZone === undefined || grade.verdict === 'right') return grade
  return forPerson(`${grade.why}, when read in the zone ${plainLine(assumedZone, 60)}, which we assumed`)
}

function seenVerdict(at: number, { fromMs, untilMs }: ReportKey, toleranceMs: number): FieldGrade {
  if (at < fromMs - toleranceMs) return wrong('it is before anything ran')
  return at > untilMs + toleranceMs ? forPerson('it is after all had ended') : right('it is within the time when it could run')
}

function containedVerdict(at: number, { fromMs, containedMs }: ReportKey, toleranceMs: number): FieldGrade {
  if (at < fromMs - toleranceMs) return wrong('it is before anything ran')
  if (containedMs === undefined) return forPerson('we did not see it ourselves')
  const apartMs = Math.abs(at - containedMs)
  if (apartMs <= toleranceMs) return right(`as we saw it, ${durationWords(apartMs)} apart`)
  const apart = `${durationWords(apartMs)} ${at < containedMs ? 'before' : 'after'} we saw it`
  const offHourMs = Math.abs(apartMs - Math.round(apartMs / 3_600_000) * 3_600_000)
  return apartMs < 14 * 3_600_000 && offHourMs <= toleranceMs - 10 * 60_000 ? partly(`${apart}: its zone may be wrong`) : wrong(apart)
}

/** How exact a clock is said to be, ms; at most an hour, and 0 when that cannot be read. */
function accuracyMs(words: string | undefined): number {
  const [, count, unit = ''] = /(\d{1,9}(?:[.,]\d{1,6})?)\s*(ms|milli|\u00b5s|us|ns|sec|s\b|min|m\b|h)/i.exec(words ?? '') ?? []
  if (count === undefined) return 0
  const sizes: Record<string, number> = { s: 1_000, sec: 1_000, m: 60_000, min: 60_000, h: 3_600_000, ms: 1, milli: 1 }
  return Math.min(3_600_000, Number(count.replace(',', '.')) * (sizes[unit.toLowerCase()] ?? 0))
}

function gradeClock(clock: CommonReport['clock']): FieldGrade {
  if (clock?.zone === undefined && clock?.accuracy === undefined) return missing
  if (clock.zone === undefined) return partly('its zone is missing')
  return clock.accuracy === undefined ? partly('its accuracy is missing') : right('zone and accuracy are given')
}

function gradeActions(actions: NonNullable<CommonReport['actions']>): FieldGrade {
  if (actions.length === 0) return missing
  const untimed = actions.filter(({ at }) => at === undefined).length
  return untimed === 0 ? forPerson(`${actions.length} with their times`) : partly(`${untimed} of ${actions.length} without a time`)
}
