import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { PlannedSite } from '../domain/plan.ts'
import type { Action } from './persona.ts'

/** What the sites can touch: their own machines and their mail. */
export type SiteSide = {
  sites: readonly PlannedSite[]
  identity: string
  labelOf(site: PlannedSite): string
  /** The folder of the submitter `local`, which stands in for the sites' job systems: see its readme. */
  localFolder: string
  /** Where answers are sent to by SMTP. */
  inboxPort(): number
}

type Due = { at: number; site: string; action: Action; mail: { messageId: string; replyTo: string; subject: string } }

export async function doAction(side: SiteSide, due: Due): Promise<void> {
  const site = side.sites.find((one) => one.name === due.site)
  if (site === undefined) return
  switch (due.action.do) {
    case 'answer':
    case 'receipt':
    case 'bounce':
      return send(side, mailOf(side, site, due))
    case 'ban':
      return ban(side, site.name)
    case 'stop-job':
      return signal(side, site, 'SIGTERM')
    case 'kill-job':
      return signal(side, site, 'SIGKILL')
    case 'cancel-job':
      writeFileSync(join(jobFolder(side, site), 'cancelled-by-site'), '')
      return signal(side, site, 'SIGTERM')
  }
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

/** As an administrator at the worker node would: the agent's pid stands in the file `agent`. */
function signal(side: SiteSide, site: PlannedSite, name: 'SIGTERM' | 'SIGKILL'): void {
  const file = join(jobFolder(side, site), 'agent')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split(' ')[0])
  try {
    if (pid > 1) process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

type SiteMail = { from: string; subject: string; text: string; headers?: Record<string, string>; contentType?: string; due: Due }

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
  return { from, subject: `Re: ${due.mail.subject}`, text: answerText(side, site, due), due }
}

function answerText(side: SiteSide, site: PlannedSite, { action, at }: Due): string {
  if (action.after !== 'closing')
    return `Dear colleagues,\n\nwe received your message and are looking into it.\n\nThe security team of ${site.name}\n`
  const form = [
    `Identity: ${side.identity}`,
    `Job: ${side.labelOf(site)}`,
    `Hosts: wn001.${site.name.toLowerCase()}.example`,
    `Contained at: ${new Date(at).toISOString()}`,
    'What was done: the job was found, its traces were kept, the user was banned',
  ]
  return `Dear colleagues,\n\nour closure report:\n\n${form.slice(0, action.fields ?? 0).join('\n')}\n`
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
async function send(side: SiteSide, mail: SiteMail): Promise<void> {
  const { due } = mail
  const bounced = due.action.do === 'bounce'
  const messageId = `<${due.action.id}.${due.site}@mail.example>`
  const transport = createTransport({ host: '127.0.0.1', port: side.inboxPort(), secure: false, ignoreTLS: true })
  const common = { to: due.mail.replyTo, subject: mail.subject, from: mail.from, messageId }
  const envelope = { from: bounced ? '' : mail.from, to: due.mail.replyTo }
  const head = [
    ...Object.entries({ From: mail.from, To: due.mail.replyTo, Subject: mail.subject, 'Message-ID': messageId, 'MIME-Version': '1.0' }),
  ]
  const raw = [
    ...head.map(([k, v]) => `${k}: ${v}`),
    'Content-Type: multipart/report; report-type=delivery-status; boundary=dsn',
    '',
    mail.text,
  ].join('\r\n')
  try {
    if (bounced) await transport.sendMail({ envelope, raw })
    else
      await transport.sendMail({
        ...common,
        envelope,
        text: mail.text,
        inReplyTo: due.mail.messageId,
        references: due.mail.messageId,
        ...(mail.headers && { headers: mail.headers }),
      })
  } finally {
    transport.close()
  }
}
