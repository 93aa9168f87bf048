import type { AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { parseTag } from '../domain/mail.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { Question } from '../domain/scenario.ts'
import { parseMail } from '../io/mail/parse-mail.ts'
import { type Due, doAction, type SiteSide } from './actions.ts'
import { agendaOf, alarms } from './agenda.ts'
import { type Entry, openLedger } from './ledger.ts'
import { type Demand, type Persona, personaOf } from './persona.ts'
import { CERTIFIED, openRegisters } from './registers.ts'

export type FederationOptions = Omit<SiteSide, 'outgoing' | 'notTold'> & {
  /** What the scenario asks of the teams besides. */
  demands: ReadonlySet<Demand>
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
    personas.set(site.name, personaOf(site.name, options))
    byContact.set(site.securityContact.toLowerCase(), site.name)
  }
  // Kept open: the other side greets a new connection with a pause.
  const outgoing = createTransport({ host: '127.0.0.1', port: options.inboxPort, ignoreTLS: true, pool: true, maxConnections: 2 })
  const side: SiteSide = { ...options, outgoing, notTold: (from) => notTold(options, ledger.entries, from) }
  const server = mailServer(options, { personas, byContact, add: ledger.add })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

  const agenda = () => agendaOf(ledger.entries, personas)
  return {
    port: (server.server.address() as AddressInfo).port,
    personaOf: (site: string) => personas.get(site),
    registers: openRegisters({ sites: options.sites, personas, entries: ledger.entries, now: options.now }),
    /** An officer has the site certified again; once. */
    certify: (site: string) => {
      if (ledger.entries.some((entry) => entry.what === 'done' && entry.site === site && entry.action === CERTIFIED)) return
      ledger.add({ what: 'done', at: options.now(), site, action: CERTIFIED, of: '' })
    },
    nextDue: () => agenda().reduce<number | undefined>((first, one) => (first === undefined ? one.at : Math.min(first, one.at)), undefined),
    /** The sites whose teams asked their job to end. */
    stoppedJobs: () => ledger.entries.filter((entry) => asksToEnd(entry, personas)).map((entry) => entry.site),
    /** Does what is due, and names the sites whose agents were asked to end. After a crash an action is done again, which harms nothing: mails have fixed Message-IDs. */
    act: async () => {
      const asked: string[] = []
      const due = agenda().filter((one) => one.at <= options.now())
      for (const one of due.sort((a, b) => a.at - b.at || (a.site < b.site ? -1 : 1))) {
        const { ended, told = [] } = await doAction(side, one)
        if (ended) asked.push(one.site)
        // First whom it told: an action that a crash cuts off here is done again, with the same mail and to the same sites.
        for (const site of told) ledger.add(wordOf(options, one, site))
        ledger.add({ what: 'done', at: options.now(), site: one.site, action: one.action.id, of: one.of })
      }
      return asked
    },
    close: () => {
      outgoing.close()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** The others who have not heard, in an order that is the same at every try. */
function notTold({ sites, hash, seed }: FederationOptions, entries: readonly Entry[], from: string): PlannedSite[] {
  const told = new Set(entries.flatMap((entry) => (alarms(entry) && !(entry.what === 'word' && entry.from === from) ? entry.site : [])))
  const rank = ({ name }: PlannedSite) => hash(`${seed} ${from} tells ${name}`)
  return sites.filter((site) => site.name !== from && !told.has(site.name)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** A told site writes to the address of the whole run: it has no letter of ours to answer. */
function wordOf({ now }: FederationOptions, { site: from, mail }: Due, site: string): Entry {
  const replyTo = mail.replyTo.replace(/\+[^@]*@/, '@')
  const subject = mail.subject.replaceAll(/^(Re: )+|\[[^\]]*\]/g, '').trim()
  return { what: 'word', at: now(), site, from, messageId: '', replyTo, subject }
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
  const question = tag?.kind === 'question' ? questionIn(mail.text, options.questions) : undefined
  const kind = tag?.kind ?? 'alert'
  post.add({ what: 'mail', at: options.now(), site, mail: kind, messageId, replyTo, subject, ...(question && { question: question.id }) })
}

/** Which of the scenario's questions a letter asks: by its first words, however they are wrapped. */
function questionIn(text: string, questions: readonly Question[]): Question | undefined {
  const plain = (words: string) => words.replaceAll(/\s+/g, ' ').trim()
  return questions.find((one) => plain(text).includes(plain(one.text).slice(0, 60)))
}
