import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { sendMail } from '../../core/app/send-mail.ts'
import { readChallenge, readPlannedRun, streamOf } from '../../core/app/view.ts'
import { createReach } from '../../core/context.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { isLaunched, type PlannedRun, workBeforeLaunch, workOfChallenge, workOfParty } from '../../core/domain/work.ts'
import { openMailroom } from '../../core/inbox.ts'
import { createMailer } from '../../core/io/mail/smtp-mailer.ts'
import { loadMailTemplates } from '../../core/plugins.ts'
import { joinDeps } from '../../core/worker.ts'
import type { Calls } from './calls.ts'
import { launchedRun, seen, tell } from './control-run.ts'

const vo = { role: 'vo' as const, name: 'vo.example', address: 'csirt@vo.example', timeZone: 'UTC', country: 'EU' }
const ngi = { role: 'ngi' as const, name: 'NGI_DE', address: 'security@ngi-de.example', timeZone: 'Europe/Berlin', country: 'DE' }

/** With parties, at any hour, and with room for some mails. */
export const withParties = {
  parties: [vo, ngi],
  alertAnyTime: true,
  limits: { sites: 3, jobsPerSite: 1, mails: 60, cpuSeconds: 0, heartbeats: 1000 },
}

/** A launched run whose sites SITE-0 to SITE-2 have an agent each, and so are to be alerted. */
export async function runToAlert(calls: Calls, seed: number): Promise<string> {
  const run = await launchedRun(calls, { seed, run: withParties })
  for (const site of ['SITE-0', 'SITE-1', 'SITE-2']) await tell(calls, run, site, seen)
  return run
}

export type Post = { raw: Map<string, Buffer>; refuse: Set<string>; carry(run: string): Promise<void>; close(): Promise<void> }

/** Carries what is due to a mail server of its own, which keeps the bytes by Message-ID and refuses whom it is told to. */
export async function openPost(calls: Calls): Promise<Post> {
  const { raw, refuse, server } = mailServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const mailer = createMailer({ host: '127.0.0.1', port: (server.server.address() as AddressInfo).port, secure: false, maxConnections: 1 })
  const instance = await calls.instance()
  const reach = createReach(instance.config)
  const plugins = { submitters: new Map(), probers: new Map() }
  const templates = loadMailTemplates(instance.config.home)
  const deps = joinDeps(instance, { mailer, plugins, reach, templates, listenerUrls: [], log: () => {} })
  const carry = async (name: string) => {
    const run = await readPlannedRun(instance.store, name)
    const work = (await Promise.all([...run.plan.sites, ...run.plan.parties].map((one) => workOf(calls, run, one)))).flat()
    await instance.store.commit({ run: name, effects: work.filter((one) => one.kind === 'send-mail') })
    for (const effect of await instance.store.dueEffects(name, Date.now())) await sendMail(deps, effect)
  }
  const close = async () => {
    mailer.close()
    await reach.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return { raw, refuse, carry, close }
}

function mailServer(): Pick<Post, 'raw' | 'refuse'> & { server: SMTPServer } {
  const raw = new Map<string, Buffer>()
  const refuse = new Set<string>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) =>
      done(refuse.has(address) ? Object.assign(new Error('No such\u001b[2J person, =cmd'), { responseCode: 550 }) : null),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const bytes = Buffer.concat(chunks)
        raw.set(/^Message-ID: (\S+)/im.exec(bytes.toString('latin1'))?.[1] ?? '', bytes)
        done(null, 'taken')
      })
    },
  })
  server.on('error', () => {})
  return { raw, refuse, server }
}

async function workOf(calls: Calls, run: PlannedRun, one: PlannedRun['plan']['sites'][number] | PlannedRun['plan']['parties'][number]) {
  const state = await readChallenge((await calls.instance()).store, streamOf(run, one))
  if (!isLaunched(run)) return workBeforeLaunch(run, one, state)
  return 'role' in one ? workOfParty(run, one, state) : workOfChallenge(run, one, state)
}

/** What comes in by the inbox, byte for byte. */
export async function takeIn(calls: Calls, mail: string | Buffer): Promise<void> {
  const mailroom = openMailroom(await calls.instance())
  try {
    await mailroom.take(typeof mail === 'string' ? Buffer.from(mail.replaceAll('\n', '\r\n')) : mail)
  } finally {
    await mailroom.parser.close()
  }
}

/** A mail by a site's security contact; `to` is a Message-ID of ours. */
export function reply(
  site: string,
  { to, text, id = '1', headers = '' }: { to?: string; text: string; id?: string; headers?: string },
): string {
  const from = `csirt@${site.toLowerCase()}.example`
  const thread = to === undefined ? '' : `In-Reply-To: ${to}\nReferences: ${to}\n`
  return `Message-ID: <${id}.${site}@mua.example>\nFrom: ${from}\nTo: ssc@ssc.example\nSubject: Re: the incident\nDate: Mon, 11 Jan 2027 09:00:00 +0000\n${thread}${headers}Content-Type: text/plain; charset=utf-8\n\n${text}\n`
}

/** The Message-ID of a letter that left. */
export async function sentId(calls: Calls, run: string, { site, letter }: { site: string; letter: string }): Promise<string> {
  const state = await readChallenge((await calls.instance()).store, challengeStream(run, site))
  const id = state.letters[letter]?.sending?.data.messageId
  if (id === undefined) throw new Error(`${letter} did not leave`)
  return id
}
