import { readFileSync } from 'node:fs'
import { answerByForm, readSitePart } from './app/answer-by-form.ts'
import { readAppealView, takeAppeal } from './app/appeal.ts'
import { createCodeCheck } from './app/genuine.ts'
import { APPEAL_LINK } from './app/send-mail.ts'
import { syncTickets } from './app/sync-tickets.ts'
import { findReportLink, takeReport } from './app/take-report.ts'
import { readChallenge, readRunState } from './app/view.ts'
import { toldDeadline } from './domain/calendar.ts'
import { messageOf } from './domain/errors.ts'
import { splitAddress } from './domain/mail.ts'
import { createPace } from './domain/pace.ts'
import type { PlannedRun } from './domain/work.ts'
import { every } from './every.ts'
import type { SitesDoorParts } from './http/sites/door.ts'
import type { Mailroom } from './inbox.ts'
import type { Instance } from './instance.ts'
import { createHttpPool } from './io/http/client.ts'
import { startImapInbox } from './io/mail/imap-inbox.ts'
import { ownWords } from './io/mail/own-words.ts'
import { kindOfReply } from './io/mail/reply-kind.ts'
import { openMailCrypto } from './io/mail/signing.ts'
import { createMailer } from './io/mail/smtp-mailer.ts'
import { readText } from './io/read-yaml.ts'
import { loadMailTemplates } from './plugins.ts'
import type { Inbox, Mailer } from './ports.ts'
import { carrierOfTickets, openTickets } from './tickets.ts'
import type { Outside } from './worker.ts'

export type Log = (message: string, data?: Record<string, unknown>) => void

/** The way out for letters: signed, paced, by mail or into a ticket system. */
export async function openOutgoing(
  { config, clock }: Instance,
  { connections, log }: { connections: number; log: Log },
): Promise<Pick<Outside, 'crypto' | 'tickets' | 'paceMs' | 'templates'> & { mailer: Mailer; close(): Promise<void> }> {
  const { user, passwordFile, ...smtp } = config.smtp
  const auth = user === undefined || passwordFile === undefined ? {} : { auth: { user, pass: readText(passwordFile).trim() } }
  const { totalPerMinute, ...byDomain } = config.pace
  const pace = createPace(byDomain)
  const paceAll = totalPerMinute === undefined ? () => 0 : createPace({ perMinute: totalPerMinute, burst: Math.min(totalPerMinute, 10) })
  const pool = createHttpPool()
  const tickets = openTickets(config, pool)
  return {
    mailer: createMailer({ ...smtp, ...auth, maxConnections: connections }),
    crypto: await openMailCrypto(config.signing, { home: config.home, log }),
    tickets: new Map([...tickets].map(([name, system]) => [name, carrierOfTickets(system)])),
    paceMs: (address) => paceAll('all', clock.now()) || pace(splitAddress(address).domain.toLowerCase(), clock.now()),
    templates: loadMailTemplates(config.home),
    close: () => pool.close(),
  }
}

/** The key and the certificate with which the inbox offers STARTTLS. */
export function inboxTls({ inbox }: Instance['config']): { tls?: { key: Buffer; cert: Buffer } } {
  const { keyFile, certificateFile } = inbox
  return keyFile === undefined || certificateFile === undefined
    ? {}
    : { tls: { key: readFileSync(keyFile), cert: readFileSync(certificateFile) } }
}

/** Reads the mailbox that config.yaml names; whatever befalls it, all else goes on. */
export function readMailbox({ config, store }: Instance, mailroom: Mailroom, log: Log): Inbox | undefined {
  const { imap } = config
  if (imap === undefined) return undefined
  const { passwordFile, ...where } = imap
  const name = `imap:${imap.user}@${imap.host}:${imap.port}/${imap.mailbox}`
  return startImapInbox({
    ...where,
    password: () => readText(passwordFile).trim(),
    accept: mailroom.take,
    position: { read: () => store.document(name), write: (position) => store.putDocument(name, position) },
    log,
    onState: (state, why) =>
      log(state === 'connected' ? 'the mailbox is read' : 'the mailbox cannot be read', {
        mailbox: name,
        ...(why === undefined ? {} : { why }),
      }),
  })
}

const TICKETS_MS = 60_000
/** A run that ended so long ago has no ticket that is still to be closed. */
const OVER_MS = 7 * 86_400_000

/** Looks into the runs' tickets now and then. */
export function followTickets(
  instance: Instance,
  { mailroom, log, runs }: { mailroom: Mailroom; log: Log; runs(): Promise<PlannedRun[]> },
): { close(): Promise<void> } {
  const { config, clock } = instance
  if (Object.keys(config.tickets).length === 0) return { close: async () => {} }
  const pool = createHttpPool()
  const deps = { ...mailroom, tickets: openTickets(config, pool), read: readEntry, log }
  const turn = async () => {
    for (const run of await runs()) if (run.endedMs === undefined || clock.now() - run.endedMs < OVER_MS) await syncTickets(deps, run)
  }
  const stop = every(TICKETS_MS, turn, (error) => log('the tickets could not be read', { reason: messageOf(error) }))
  return {
    close: async () => {
      await stop()
      await pool.close()
    },
  }
}

/** What the text of an entry says of its writer. */
function readEntry({ from, subject, text }: { from: string; subject: string; text: string }) {
  const traits = { headers: new Map<string, string>(), subject, envelopeFrom: undefined, from, to: [], deliveryStatus: undefined, text }
  return { ...kindOfReply(traits), said: ownWords(text) }
}

/** What the sites' door asks of the store. */
export function sitesDoorParts(instance: Instance, log: Log): SitesDoorParts {
  return {
    log,
    appeals: appealParts(instance, log),
    page: sitePageParts(instance, log),
    genuine: { genuine: createCodeCheck(instance), contact: instance.config.contact },
    find: async (link) => {
      const place = await findReportLink(instance, link)
      if (place === undefined) return undefined
      const challenge = await readChallenge(instance.store, place.stream)
      const site = challenge.planned?.data.site
      if (site === undefined) return undefined
      const { rubric } = await readRunState(instance.store, place.run)
      const alertedMs = challenge.mails.alert.accepted?.at
      const deadlineMs = rubric && alertedMs !== undefined ? toldDeadline({ rubric, who: site }, 'closure', alertedMs) : undefined
      const deadline = deadlineMs === undefined ? {} : { deadlineMs }
      return { run: place.run, site: site.name, timeZone: site.timeZone, contact: instance.config.contact, ...deadline }
    },
    take: async (link, got) => {
      try {
        return await takeReport(instance, link, got)
      } catch (error) {
        log('a report could not be taken', { reason: messageOf(error) })
        throw error
      }
    },
  }
}

function sitePageParts(instance: Instance, log: Log): NonNullable<SitesDoorParts['page']> {
  const { config, keys } = instance
  return {
    log,
    find: async (link) => {
      const [part, place] = [await readSitePart(instance, link), await findReportLink(instance, link)]
      if (part === undefined || place === undefined) return undefined
      const appeal = part.hasResult ? { appealLink: keys.mailToken(place.stream, APPEAL_LINK) } : {}
      return { ...part, contact: config.contact, ...appeal }
    },
    take: (link, answer) => answerByForm(instance, link, answer),
  }
}

function appealParts(instance: Instance, log: Log): NonNullable<SitesDoorParts['appeals']> {
  return {
    log,
    find: async (link) => {
      const view = await readAppealView(instance, link)
      return view && { ...view, contact: instance.config.contact }
    },
    take: (link, appeal) => takeAppeal(instance, link, appeal),
  }
}
