import type { ChallengeFact, FieldVerdict, LetterName, ReceivedMail } from '../../core/domain/event.ts'
import { challengeStream } from '../../core/domain/event.ts'
import type { MailKind } from '../../core/domain/mail.ts'
import type { Plan, PlannedSite } from '../../core/domain/plan.ts'
import type { Told } from './sample-run.ts'
import { launchMs, sampleKey } from './sample-sites.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** What a site's team does, in hours (answer, stop) and days (report) after the alert. */
export type Behaviour = {
  name: string
  job?: 'refused' | 'silent'
  alert?: 'bounced' | 'refused' | 'unsure'
  automatic?: true
  answer?: number
  phone?: number
  stop?: number
  how?: 'signal' | 'cancelled' | 'ban' | 'lost'
  report?: number
  /** How many of the five fields the report fills in; -1 names a wrong identity. */
  fields?: number
}

export const behaviours: readonly Behaviour[] = [
  { name: 'all well', answer: 1, stop: 5, report: 14 },
  { name: 'bans the identity', answer: 2, stop: 11, how: 'ban', report: 16 },
  { name: 'cancels the job', automatic: true, answer: 3, stop: 8, how: 'cancelled', report: 20 },
  { name: 'late with the answer', answer: 9, stop: 20, report: 25 },
  { name: 'slow', answer: 3, stop: 41, report: 29, fields: 3 },
  { name: 'never answers', automatic: true },
  { name: 'bounces', alert: 'bounced' },
  { name: 'kills without a farewell', answer: 2, stop: 4, how: 'lost', report: 18 },
  { name: 'answers only', answer: 1 },
  { name: 'stops the job before the alert', answer: 1, stop: -0.25, report: 13 },
  { name: 'by phone', phone: 2, stop: 6, report: 21, fields: -1 },
  { name: 'report too late', answer: 2, stop: 7, report: 38 },
  { name: 'the job never starts', job: 'silent' },
  { name: 'all well, again', automatic: true, answer: 2, stop: 3, report: 15 },
  { name: 'refuses the alert', alert: 'refused' },
  { name: 'quick', answer: 0.3, stop: 1, how: 'ban', report: 13 },
  { name: 'refuses the job', job: 'refused' },
  { name: 'steady', answer: 3, stop: 15, report: 27, fields: 4 },
  { name: 'unsure alert', alert: 'unsure' },
  { name: 'all well, by cancelling', answer: 2, stop: 6, how: 'cancelled', report: 19 },
]

type Part = { plan: Plan; site: PlannedSite; random(): number; behaviour: Behaviour }
type Line = { at: number; fact: ChallengeFact }

export function siteFacts({ plan, site, random, behaviour }: Part): Told[] {
  const stream = challengeStream(plan.id, site.name)
  const label = `${plan.id}.${site.name}`
  const key = sampleKey(label)
  const startMs = launchMs + Math.floor(random() * 40) * minute
  const alertMs = startMs + (20 + Math.floor(random() * 100)) * minute
  const jitter = () => 0.7 + random() * 0.6
  const lines: Line[] = [
    { at: launchMs, fact: { type: 'ChallengePlanned', data: { site, key } } },
    { at: launchMs, fact: { type: 'JobSubmitting', data: { effect: `dispatch-job.${label}`, label, payloadHash: key.payloadHash } } },
    ...jobLines(behaviour, startMs, label),
  ]
  if (behaviour.job === undefined) lines.push(...mailLines(site, behaviour, alertMs), ...teamLines({ site, behaviour, alertMs, jitter }))
  return lines.map(({ at, fact }) => ({ stream, at, fact }))
}

function jobLines({ job }: Behaviour, startMs: number, label: string): Line[] {
  const effect = `dispatch-job.${label}`
  if (job === 'refused') return [{ at: startMs, fact: { type: 'JobRefused', data: { effect, by: 'other side', reason: 'no such queue' } } }]
  const submitted: Line = {
    at: launchMs + minute,
    fact: { type: 'JobSubmitted', data: { effect, nativeId: `arc:${label.length}${startMs % 1_000_000}` } },
  }
  if (job === 'silent') return [submitted, { at: startMs, fact: { type: 'JobStateSeen', data: { state: 'queued', native: 'INLRMS:Q' } } }]
  return [
    submitted,
    { at: startMs, fact: { type: 'JobStateSeen', data: { state: 'running', native: 'INLRMS:R' } } },
    { at: startMs + minute, fact: { type: 'AgentSeen', data: { host: 'wn042.example', pid: 4711 } } },
  ]
}

function mailLines(site: PlannedSite, { alert, answer }: Behaviour, alertMs: number): Line[] {
  const mails: [MailKind, number][] = [
    ['alert', alertMs],
    ['reminder', alertMs + 4 * hour],
    ['report-request', alertMs + 12 * day],
  ]
  if (answer !== undefined && answer < 3) mails.splice(1, 1)
  if (alert === 'refused') {
    const data = { ...letterTo(site, 'alert'), by: 'other side' as const, reason: '550 no such user' }
    return [{ at: alertMs, fact: { type: 'MailRefused', data } }]
  }
  if (alert === 'unsure') {
    const data = { ...letterTo(site, 'alert'), reason: 'the connection was lost after the data' }
    return [{ at: alertMs, fact: { type: 'MailUnsure', data } }]
  }
  const accepted = mails.map(([mail, at]): Line => {
    const data = { ...letterTo(site, mail), messageId: `<${mail}.${site.name}@ssc.example>`, answer: '250 2.0.0 queued' }
    return { at, fact: { type: 'MailAccepted', data } }
  })
  return alert === 'bounced'
    ? [...accepted, received(site, alertMs + 2 * minute, { kind: 'bounce', because: 'a delivery status, failed' })]
    : accepted
}

function letterTo(site: PlannedSite, mail: MailKind): LetterName & { effect: string } {
  return { effect: `send-mail.${site.name}.${mail}`, mail, letter: mail, role: 'site' }
}

export function received(site: PlannedSite, at: number, change: Partial<ReceivedMail>): Line {
  const mail: ReceivedMail = {
    messageId: `<${at}@${site.name.toLowerCase()}.example>`,
    sender: 'site',
    kind: 'human',
    because: 'nothing says that a machine wrote it',
    answers: 'alert',
    letter: change.answers ?? 'alert',
    role: 'site',
    matchedBy: 'references',
    contentHash: '0'.repeat(64),
    detailsHash: '1'.repeat(64),
    ...change,
  }
  return { at, fact: { type: 'MailReceived', data: mail } }
}

type Team = { site: PlannedSite; behaviour: Behaviour; alertMs: number; jitter(): number }

function teamLines({ site, behaviour, alertMs, jitter }: Team): Line[] {
  const lines: Line[] = []
  if (behaviour.automatic) lines.push(received(site, alertMs + 20_000, { kind: 'automatic', because: 'Auto-Submitted: auto-replied' }))
  if (behaviour.answer) lines.push(received(site, Math.round(alertMs + behaviour.answer * jitter() * hour), {}))
  if (behaviour.phone) {
    const happenedMs = alertMs + behaviour.phone * hour
    const data = { by: 'Officer Two', text: 'The site called; they are looking into it.', fulfils: 'heads-up' as const, happenedMs }
    lines.push({ at: happenedMs + 30 * minute, fact: { type: 'OfficerNoted', data } })
  }
  if (behaviour.stop) lines.push(stopLine(behaviour, Math.round(alertMs + behaviour.stop * jitter() * hour)))
  else if (behaviour.alert === undefined) lines.push({ at: alertMs + 3 * day, fact: { type: 'AgentStopped', data: { reason: 'expired' } } })
  if (behaviour.report) {
    const at = Math.round(alertMs + behaviour.report * day)
    lines.push(received(site, at, { answers: 'report-request' }), reported(at, gradeOf(behaviour.fields ?? 5)))
  }
  return lines
}

function stopLine({ how }: Behaviour, at: number): Line {
  if (how === 'cancelled') return { at, fact: { type: 'JobStateSeen', data: { state: 'cancelled', native: 'KILLED' } } }
  if (how === 'lost') return { at: at + hour, fact: { type: 'AgentLost', data: { lastSeenMs: at } } }
  if (how !== 'ban') return { at, fact: { type: 'AgentStopped', data: { reason: 'signal' } } }
  const words = 'denied by policy'
  return { at, fact: { type: 'AccessChanged', data: { attacker: 'refused', control: 'accepted', service: 'org.nordugrid.arex', words } } }
}

/** The fields by which the reports of these tests differ. */
const reportFields = ['identity', 'jobs', 'hosts', 'contained', 'actions']

function gradeOf(count: number): Record<string, FieldVerdict> {
  if (count < 0) return { ...gradeOf(reportFields.length), identity: 'wrong' }
  return Object.fromEntries(reportFields.map((name, i) => [name, i < count ? 'right' : 'missing']))
}

/** A common report that came by mail. */
export function reported(at: number, grade: Readonly<Record<string, FieldVerdict>>): Line {
  const data = { via: 'mail', contentHash: '2'.repeat(64), mail: '0'.repeat(64), receipt: '2'.repeat(12), grade, evidence: [] } as const
  return { at, fact: { type: 'ReportReceived', data } }
}
