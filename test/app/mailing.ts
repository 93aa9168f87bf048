import type { Deps } from '../../core/app/deps.ts'
import { createContacts, createMatcher } from '../../core/app/match-mail.ts'
import { sendMail } from '../../core/app/send-mail.ts'
import { type TakeDeps, takeIncoming } from '../../core/app/take-mail.ts'
import { streamOf } from '../../core/app/view.ts'
import { challengeStream, type Event, type LetterName } from '../../core/domain/event.ts'
import { messageIdOf, splitAddress } from '../../core/domain/mail.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { sha256 } from '../../core/io/keys.ts'
import type { Carrier, Effect, IncomingMail, Keys, NewFact, Store, WrittenLetter } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { sampleKey } from '../domain/sample-sites.ts'
import { aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'
import { gateDeps, type Hand, handClock, inWindow, keepLaunched } from './gating.ts'

export const testKeys: Keys = {
  jobToken: () => '00',
  mailToken: (stream, letter) => sha256(`${letter} ${stream}`).slice(0, 32),
  sign: () => ({ publicKey: '', value: '' }),
  orders: { publicKey: () => '', sign: () => '' },
}

export function aLetter(messageId: string, to: string, text = 'words'): WrittenLetter {
  const from = 'ssc@csirt.example'
  const bytes = Buffer.from(`Message-ID: ${messageId}\r\n\r\n${text}`)
  const mail = { messageId, from, to, replyTo: from, subject: 's', text, headers: {} }
  return { mail, composed: { messageId, to, envelope: { from, to: [to], size: bytes.length }, bytes } }
}

/** What the sending of letters needs; the other side takes all of them unless `send` says otherwise. */
export function mailDeps(
  store: Store,
  { hand = { now: inWindow }, ...over }: { hand?: Hand; send?: Carrier['send'] } & Partial<Deps> = {},
): Deps {
  const { send = async () => ({ answer: '250 taken' }), ...rest } = over
  return {
    ...gateDeps(store, { hand }),
    keys: testKeys,
    sha256,
    paceMs: () => 0,
    carrierOf: () => ({ name: 'mail', host: '127.0.0.1', send }),
    writeLetter: async ({ letter, stream, to }) => {
      const token = testKeys.mailToken(stream, letter.letter)
      return aLetter(messageIdOf(letter.mail, token, 'csirt.example'), to.address)
    },
    ...rest,
  }
}

const toSite: LetterName = { mail: 'alert', letter: 'alert', role: 'site' }

/** A letter that is due, in the store; `about` names the site or the party. */
export async function dueLetter(
  store: Store,
  about: { site: string } | { party: string },
  name: Partial<LetterName> = {},
): Promise<Effect> {
  const letter = { ...toSite, ...name }
  const who = 'site' in about ? about.site : `_${about.party}`
  const stream = 'site' in about ? challengeStream('r-1', about.site) : `party/r-1/${about.party}`
  const id = `send-mail.r-1.${who}.${letter.letter}`
  const effect = { id, run: 'r-1', stream, kind: 'send-mail' as const, due: 0, payload: { ...about, ...letter, due: 0 } }
  await store.commit({ run: 'r-1', effects: [effect] })
  return (await store.effect(id))!
}

export type Mailroom = {
  store: Store
  hand: Hand
  run: LaunchedRun
  deps: TakeDeps
  /** Sends a letter to a site of the run; gives back its Message-ID. */
  write(site: string, name?: Partial<LetterName>): Promise<string>
  take(mail: Partial<IncomingMail>, ticket?: { system: string; id: string }): ReturnType<typeof takeIncoming>
  facts(stream: string): Promise<Event[]>
}

/** A launched run of the sites DE-ONE and FR-TWO (or of others), whose mailroom is open. */
export function withMailroom(body: (room: Mailroom) => Promise<void>, run = launchedRun()): Promise<void> {
  const hand: Hand = { now: inWindow }
  const clock = handClock(hand)
  return withStore(async ({ store }) => {
    await keepLaunched(store, run)
    await store.commit({ run: 'r-1', facts: run.plan.sites.map((site) => planned(run, site.name)) })
    const match = createMatcher({ store, sha256 }, createContacts({ store, clock }))
    const deps = { store, clock, keys: testKeys, sha256, match }
    await body({
      ...{ store, hand, run, deps },
      write: async (site, name = {}) => {
        await sendMail(mailDeps(store, { hand }), await dueLetter(store, { site }, name))
        const { mail, letter } = { ...toSite, ...name }
        return messageIdOf(mail, testKeys.mailToken(challengeStream('r-1', site), letter), 'csirt.example')
      },
      take: (mail, ticket) => takeIncoming(deps, anAnswer(mail), ticket),
      facts: (stream) => store.readStream(stream),
    })
  }, clock)
}

function planned(run: LaunchedRun, name: string): NewFact {
  const site = run.plan.sites.find((one) => one.name === name)!
  return { stream: streamOf(run, site), type: 'ChallengePlanned', data: { site, key: sampleKey(`ssc-r-1-${name}`) }, key: 'planned' }
}

/** Two sites with one mailbox for their security, and a third one. */
export function sharedMailbox(): LaunchedRun {
  const both = { securityContact: 'csirt@two.example' }
  return launchedRun({ sites: [aSite('DE-ONE', both), aSite('DE-ONEB', both), aSite('FR-TWO')] })
}

let mails = 0

/** A person's answer from the security contact of DE-ONE, changed as a test needs it. */
export function anAnswer(over: Partial<IncomingMail> = {}): IncomingMail {
  const from = over.from ?? 'csirt@de-one.example'
  const messageId = over.messageId ?? `<${++mails}@${splitAddress(from).domain}>`
  const text = over.text ?? 'We are looking into it.'
  const raw = over.raw ?? Buffer.from(`From: ${from}\r\nMessage-ID: ${messageId}\r\nSubject: ${over.subject ?? ''}\r\n\r\n${text}`)
  const found = { messageId, from, to: ['ssc@csirt.example'], subject: 'Re: EXERCISE', references: [], attachments: [] }
  return {
    ...found,
    kind: 'human',
    because: 'nothing says that a machine wrote it',
    text,
    said: text,
    raw,
    contentHash: sha256(raw),
    ...over,
  }
}
