import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import PostalMime from 'postal-mime'
import { every } from '../../core/every.ts'
import { openPlace } from '../services/grid.ts'

/** A mail as its reader's program has it. */
export type Got = { messageId: string; from: string; replyTo: string; references: string[]; subject: string; text: string }

export type ToSend = {
  from: string
  to: string
  subject?: string
  text?: string
  headers?: Record<string, string>
  inReplyTo?: string
  references?: string[]
  attachments?: { filename: string; content: string }[]
  raw?: Buffer
}

export type Mailboxes = {
  smtpPort: number
  imapPort: number
  passwordFile: string
  password: string
  /** All that lies in a mailbox, in the order in which it came. */
  read(name: string): Promise<Got[]>
  /** The same, byte for byte. */
  raws(name: string): Promise<Buffer[]>
  send(mail: ToSend): Promise<void>
  /** `stop-imap` kills dovecot, `start-imap` starts it again; exim4 lives on. */
  run(what: 'stop-imap' | 'start-imap'): Promise<string>
  close(): Promise<void>
}

/** The real pair of mail servers, with these mailboxes, each of which gets mail at any domain. */
export async function openMailboxes(names: readonly string[]): Promise<Mailboxes> {
  const place = await openPlace()
  const env = await place.start('mail', { MAILBOXES: names.join(' ') })
  const [smtpPort, imapPort] = [Number(env.SMTP_PORT), Number(env.IMAP_PORT)]
  const password = env.MAIL_PASSWORD ?? ''
  const sender = createTransport({ host: '127.0.0.1', port: smtpPort, secure: false, ignoreTLS: true, pool: true, maxConnections: 4 })
  return {
    ...{ smtpPort, imapPort, password },
    passwordFile: `${place.work}/mail/imap/password`,
    read: async (name) => Promise.all((await readMailbox({ port: imapPort, name, password })).map(readMail)),
    raws: (name) => readMailbox({ port: imapPort, name, password }),
    send: async ({ raw, from, to, ...mail }) =>
      void (await sender.sendMail(raw ? { raw, envelope: { from, to } } : { from, to, ...mail, disableFileAccess: true })),
    run: (what) => place.run('mail', what),
    close: async () => {
      sender.close()
      await place.close()
    },
  }
}

async function readMailbox({ port, name, password }: { port: number; name: string; password: string }): Promise<Buffer[]> {
  const auth = { user: name, pass: password }
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false })
  client.on('error', () => {})
  await client.connect()
  try {
    const box = await client.mailboxOpen('INBOX')
    if (box.exists === 0) return []
    const all = await client.fetchAll('1:*', { source: true })
    return all.map(({ source }) => source!)
  } finally {
    await client.logout().catch(() => client.close())
  }
}

async function readMail(raw: Buffer): Promise<Got> {
  const { messageId = '', from, replyTo, references = '', subject = '', text = '' } = await PostalMime.parse(raw)
  const address = from?.address ?? ''
  return {
    messageId,
    from: address,
    replyTo: replyTo?.[0]?.address ?? address,
    references: references.split(/\s+/).filter(Boolean),
    subject,
    text,
  }
}

/** An answer as mail programs write it: to the Reply-To, with the whole thread in its references and the mail quoted below. */
export function answerTo(mail: Got, from: string, text: string): ToSend {
  const quoted = mail.text.replace(/^/gm, '> ')
  return {
    ...{ from, to: mail.replyTo, inReplyTo: mail.messageId, references: [...mail.references, mail.messageId] },
    subject: `Re: ${mail.subject}`,
    text: `${text}\n\nOn Mon, 11 Jan 2027 at 10:00, ${mail.from} wrote:\n${quoted}\n`,
  }
}

export type Robot = { answered(): number; stop(): Promise<void> }

const LOOK_MS = 300

/** Answers each mail of a mailbox, whatever it says. */
export function startRobot(boxes: Mailboxes, name: string, answer: (mail: Got) => ToSend): Robot {
  let answered = 0
  const turn = async () => {
    for (const mail of (await boxes.read(name)).slice(answered)) {
      await boxes.send(answer(mail))
      answered += 1
    }
  }
  // A mailbox that is away is asked again.
  const stop = every(LOOK_MS, turn, () => {})
  return { answered: () => answered, stop }
}
