import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Transporter } from 'nodemailer'
import type { PlannedSite } from '../domain/plan.ts'
import type { FieldTexts } from '../domain/report-fields.ts'
import { writeTextForm } from '../domain/report-form.ts'
import type { Question } from '../domain/scenario.ts'
import { processLives } from '../io/process-identity.ts'
import { answerTo, wholeName } from './findings.ts'
import type { Action } from './persona.ts'

/** What the sites can touch: their own machines and their mail. */
export type SiteSide = {
  sites: readonly PlannedSite[]
  identity: string
  pilot?: string | undefined
  /** Where the agents report to. */
  addresses: readonly string[]
  labelOf(site: PlannedSite): string
  /** The folder of the submitter `local`, which stands in for the sites' job systems: see its readme. */
  localFolder: string
  /** The way of the sites' mails to us. */
  outgoing: Transporter
  /** What the scenario asks; what is found at a site answers it. */
  questions: readonly Question[]
  /** Where the VO's own security team can be written to. */
  voTeams: readonly string[]
  /** Whom a team tells: sites that have not heard, the nearest first. */
  notTold(site: string): readonly PlannedSite[]
}

export type Due = {
  at: number
  site: string
  action: Action
  mail: { what: 'mail' | 'word'; messageId: string; replyTo: string; subject: string; question?: string }
  /** The question's mail that it answers, or empty. */
  of: string
  /** When the team first did something against the incident. */
  actedMs?: number | undefined
}

/** What came of an action: an agent that was asked to end, which will say farewell; sites that were told. */
export type Done = { ended?: true; told?: readonly string[] }

export async function doAction(side: SiteSide, due: Due): Promise<Done> {
  const site = side.sites.find((one) => one.name === due.site)
  if (site === undefined) return {}
  if (due.action.do === 'tell') return tell(side, site, due)
  return (await actAt(side, site, due)) ? { ended: true } : {}
}

/** True when an agent was asked to end. */
async function actAt(side: SiteSide, site: PlannedSite, due: Due): Promise<boolean> {
  switch (due.action.do) {
    case 'answer':
    case 'receipt':
    case 'bounce':
      await send(side, mailOf(side, site, due))
      return false
    case 'ban':
      ban(side, site.name)
      return false
    case 'stop-job':
      return signal(side, site, 'SIGTERM')
    case 'kill-job':
      signal(side, site, 'SIGKILL')
      return false
    case 'cancel-job':
      // A job that went to a real service is out of our reach here.
      if (!existsSync(jobFolder(side, site))) return false
      writeFileSync(join(jobFolder(side, site), 'cancelled-by-site'), '')
      return signal(side, site, 'SIGTERM')
    default:
      // What a team does in GOCDB or with Pakiti is seen there: core/rehearsal/registers.ts.
      return false
  }
}

/** One mail to the CSIRT and to some colleagues at once, as people do. */
async function tell(side: SiteSide, site: PlannedSite, due: Due): Promise<Done> {
  const others = side.notTold(site.name).slice(0, due.action.others ?? 0)
  if (others.length === 0) return {}
  const text = `We have found jobs of ${side.identity} here, and tell those whom it may concern.`
  const cc = others.map((other) => other.securityContact)
  await send(side, { from: site.securityContact, cc, subject: `Re: ${due.mail.subject}`, text, due })
  return { told: others.map((other) => other.name) }
}

/** Puts the attacking identity on the site's ban list. */
export function ban(side: Pick<SiteSide, 'localFolder' | 'identity'>, site: string): void {
  const folder = join(side.localFolder, 'sites', site)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  appendFileSync(join(folder, 'banned'), `${side.identity}\n`)
}

function jobFolder(side: SiteSide, site: PlannedSite): string {
  return join(side.localFolder, 'jobs', side.labelOf(site))
}

/** As an administrator at the worker node would: the agent's pid stands in the file `agent`. False when it had ended. */
function signal(side: SiteSide, site: PlannedSite, name: 'SIGTERM' | 'SIGKILL'): boolean {
  const file = join(jobFolder(side, site), 'agent')
  if (!existsSync(file)) return false
  const [pid, start] = readFileSync(file, 'utf8').trim().split(' ')
  // With its start time, so that a later process with the same pid is left in peace.
  if (!processLives(`${hostname()}:${pid}:${start}`)) return false
  try {
    return process.kill(Number(pid), name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    return false
  }
}

type SiteMail = { from: string; cc?: readonly string[]; subject: string; text: string; headers?: Record<string, string>; due: Due }

const REPORT_TYPE = 'multipart/report; report-type=delivery-status; boundary=dsn'

function mailOf(side: SiteSide, site: PlannedSite, due: Due): SiteMail {
  const from = site.securityContact
  if (due.action.do === 'bounce')
    return { from: 'mailer-daemon@mail.example', subject: 'Undelivered Mail Returned to Sender', text: deliveryReport(site, due), due }
  if (due.action.do === 'receipt')
    return {
      from,
      subject: `[ticket #${due.at % 100_000}] ${due.mail.subject}`,
      text: 'Your request was received and will be answered.',
      headers: { 'Auto-Submitted': 'auto-replied' },
      due,
    }
  const cc = due.action.tellsVo ? side.voTeams : []
  return { from, cc, subject: `Re: ${due.mail.subject}`, text: answerText(side, site, due), due }
}

function answerText(side: SiteSide, site: PlannedSite, { action, at, actedMs, mail }: Due): string {
  const question = side.questions.find((one) => one.id === mail.question)
  if (question) {
    const { identity, pilot, addresses } = side
    const found = answerTo(
      question,
      { identity, pilot, addresses, label: side.labelOf(site), host: wholeName(hostname()) },
      action.share ?? 0,
    )
    return `Dear colleagues,\n\n${found}\n\nThe security team of ${site.name}\n`
  }
  if (action.after !== 'report-request') return `Dear colleagues,\n\n${firstWords(action, at)}\n\nThe security team of ${site.name}\n`
  const parts = reportParts(side, site, actedMs ?? at)
  const texts: FieldTexts = Object.assign({}, ...parts.slice(0, action.fields ?? 0))
  return `Dear colleagues,\n\nour closure report:\n\n${writeTextForm(texts)}\n`
}

function firstWords({ shows }: Action, at: number): string {
  if (shows === undefined) return 'we received your message and are looking into it.'
  const line = `${new Date(at).toISOString()} wn042 slurmd[4711]: launched job 81524 of user pool017`
  const deed = 'we have banned the user, are going through the log files of the worker nodes and keep them.'
  return shows === 'knows' ? deed : `${deed} The first that we found:\n\n${line}`
}

/** What a team can tell, in the order in which teams get to know it. */
function reportParts({ identity, addresses, labelOf }: SiteSide, site: PlannedSite, actedMs: number): FieldTexts[] {
  const acted = new Date(actedMs).toISOString()
  return [
    { identity, summary: 'A user whose identity was stolen ran a job here that reported to a host outside.' },
    { jobs: labelOf(site), contained: acted },
    { hosts: hostname(), actions: `${acted} the job was found and ended, the user was banned` },
    { addresses: addresses.join('\n'), containment: 'The job was ended and the user banned; logs and process list were kept.' },
    { 'first-seen': acted, zone: 'UTC', accuracy: 'NTP, < 1 s', disclosure: 'TLP:AMBER' },
  ]
}

/** A delivery status notification, RFC 3464. */
function deliveryReport(site: PlannedSite, { mail }: Due): string {
  return [
    '--dsn',
    'Content-Type: text/plain',
    '',
    `The mail could not be delivered to ${site.securityContact}.`,
    '--dsn',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.example',
    '',
    `Final-Recipient: rfc822; ${site.securityContact}`,
    'Action: failed',
    'Status: 5.1.1',
    '--dsn',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${mail.messageId}`,
    '--dsn--',
    '',
  ].join('\r\n')
}

/** The same Message-ID at every try, so that an answer sent again after a crash counts once. */
async function send({ outgoing }: SiteSide, { due, from, cc = [], subject, text, headers }: SiteMail): Promise<void> {
  const messageId = `<${due.action.id}.${due.site}${due.of === '' ? '' : `.${due.mail.question ?? 'question'}`}@mail.example>`
  const to = due.mail.replyTo
  if (due.action.do === 'bounce') {
    const head = { From: from, To: to, Subject: subject, 'Message-ID': messageId, 'MIME-Version': '1.0', 'Content-Type': REPORT_TYPE }
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
    await outgoing.sendMail({ envelope: { from: '', to }, raw: [...lines, '', text].join('\r\n') })
    return
  }
  const { messageId: answered } = due.mail
  const thread = due.mail.what === 'mail' ? { inReplyTo: answered, references: answered } : {}
  // The other sites have mail servers of their own: here their names alone matter.
  const envelope = { from, to }
  await outgoing.sendMail({ envelope, from, to, cc: [...cc], subject, text, messageId, ...thread, ...(headers && { headers }) })
}
