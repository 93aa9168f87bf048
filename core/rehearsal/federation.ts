import type { AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { parseTag } from '../domain/mail.ts'
import { parseMail } from '../io/mail/parse-mail.ts'
import { doAction, type SiteSide } from './actions.ts'
import { agendaOf } from './agenda.ts'
import { type Entry, openLedger } from './ledger.ts'
import { type Persona, personaOf } from './persona.ts'

export type FederationOptions = Omit<SiteSide, 'outgoing'> & {
  /** Who else gets letters: they read them, and say nothing. */
  others: readonly string[]
  /** Where the sites' answers are sent to by SMTP. */
  inboxPort: number
  seed: number
  ledgerFile: string
  hash(text: string): string
  now(): number
}

/** Whose mailbox takes all and answers nothing. */
const SILENT = 'somebody else'

/** The simulated sites: their mail server, their teams, and what these do at which time. */
export async function startFederation(options: FederationOptions) {
  const ledger = openLedger(options.ledgerFile)
  const personas = new Map<string, Persona>()
  const byContact = new Map<string, string>()
  for (const address of [...options.others, ...options.sites.map((site) => site.manager ?? '')])
    byContact.set(address.toLowerCase(), SILENT)
  for (const site of options.sites) {
    personas.set(site.name, personaOf(options.seed, site.name, options.hash))
    byContact.set(site.securityContact.toLowerCase(), site.name)
  }
  // Kept open: the other side greets a new connection with a pause.
  const outgoing = createTransport({ host: '127.0.0.1', port: options.inboxPort, ignoreTLS: true, pool: true, maxConnections: 2 })
  const side: SiteSide = { ...options, outgoing }
  const server = mailServer(options, { personas, byContact, add: ledger.add })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

  const agenda = () => agendaOf(ledger.entries, personas)
  return {
    port: (server.server.address() as AddressInfo).port,
    personaOf: (site: string) => personas.get(site),
    nextDue: () => agenda().reduce<number | undefined>((first, one) => (first === undefined ? one.at : Math.min(first, one.at)), undefined),
    /** The sites whose teams asked their job to end. */
    stoppedJobs: () => ledger.entries.filter((entry) => asksToEnd(entry, personas)).map((entry) => entry.site),
    /** Does what is due, and names the sites whose agents were asked to end. After a crash an action is done again, which harms nothing: mails have fixed Message-IDs. */
    act: async () => {
      const asked: string[] = []
      const due = agenda().filter((one) => one.at <= options.now())
      for (const one of due.sort((a, b) => a.at - b.at || (a.site < b.site ? -1 : 1))) {
        if (await doAction(side, one)) asked.push(one.site)
        ledger.add({ what: 'done', at: options.now(), site: one.site, action: one.action.id })
      }
      return asked
    },
    close: () => {
      outgoing.close()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function asksToEnd(entry: Entry, personas: ReadonlyMap<string, Persona>): boolean {
  if (entry.what !== 'done') return false
  const action = personas.get(entry.site)?.actions.find((one) => one.id === entry.action)
  return action?.do === 'stop-job' || action?.do === 'cancel-job'
}

export type SimulatedFederation = Awaited<ReturnType<typeof startFederation>>

type Post = { personas: ReadonlyMap<string, Persona>; byContact: ReadonlyMap<string, string>; add: ReturnType<typeof openLedger>['add'] }

/** One mail server for all sites, as real as any: what it said 250 to is in the ledger. */
function mailServer(options: FederationOptions, post: Post): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: 1024 * 1024,
    onRcptTo: ({ address }, _session, done) => {
      const site = post.byContact.get(address.toLowerCase())
      const refused = site === undefined || post.personas.get(site)?.refusesMail
      done(refused ? Object.assign(new Error('no such mailbox here'), { responseCode: 550 }) : null)
    },
    onData: (stream, session, done) => {
      deliver(options, post, { stream, session }).then(
        () => done(null, 'taken'),
        (error: Error) => done(error),
      )
    },
  })
}

async function deliver(
  options: FederationOptions,
  post: Post,
  from: { stream: SMTPServerDataStream; session: SMTPServerSession },
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of from.stream) chunks.push(chunk as Buffer)
  const mail = await parseMail(Buffer.concat(chunks))
  const { mailFrom, rcptTo } = from.session.envelope
  const replyTo = mailFrom === false ? '' : mailFrom.address
  const tag = parseTag(replyTo.slice(replyTo.indexOf('+') + 1, replyTo.lastIndexOf('@')))
  const site = post.byContact.get(rcptTo[0]?.address.toLowerCase() ?? '') ?? ''
  const { messageId, subject } = mail
  post.add({ what: 'mail', at: options.now(), site, mail: tag?.kind ?? 'alert', messageId, replyTo, subject })
}
