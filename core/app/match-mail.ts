import type { Proposal } from '../domain/event.ts'
import { ngiOf } from '../domain/letters.ts'
import { tokensIn } from '../domain/mail.ts'
import { refOf, refsIn, type Way } from '../domain/refs.ts'
import { ticketIdsIn } from '../domain/ticket.ts'
import type { IncomingMail, Ref, Store } from '../ports.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

/** The letter that a mail answers and by what it was found; or why none is, and which challenges it may belong to. */
export type Match = { found: Ref; way: Way } | { because: string; proposals: Proposal[] }

export type Matcher = (
  mail: Pick<IncomingMail, 'references' | 'to' | 'subject' | 'from'>,
  ticket?: { system: string; id: string },
) => Promise<Match>

/** Who writes from where, in the runs that are under way. */
export type Contacts = (address: string) => Promise<readonly Contact[]>
/** `ngi`: of the site's NGI, which may answer for it where it was written to. */
export type Contact = { run: string; site: string; stream: string; ngi?: true }

/** A token that only we can make counts first, then the recipient's tag, the ticket, and last the subject's tag, which its sender must fit. */
export function createMatcher({ store, sha256 }: Pick<Core, 'store' | 'sha256'>, contacts: Contacts): Matcher {
  return async (mail, ticket) => {
    const tickets = [...(ticket === undefined ? [] : [ticket]), ...ticketIdsIn(mail.subject)]
    const named = refsIn({ tokens: tokensIn(mail), tickets, subject: mail.subject }, sha256)
    const fromHelpdesk = ticketIdsIn(mail.subject).flatMap((one) => refOf.ticketFrom(mail.from, one))
    const known = new Map((await store.refs([...fromHelpdesk, ...named.map(({ ref }) => ref)])).map((one) => [one.ref, one]))
    const own = fromHelpdesk.flatMap((ref) => known.get(ref) ?? [])
    const hits = named.flatMap(({ ref, way }) => hitOf(known.get(ref), way, { own, isRead: ticket !== undefined }))
    const everybody = await contacts(mail.from.toLowerCase())
    const senders = everybody.filter((one) => one.ngi !== true)
    const best = hits[0]
    if (best === undefined)
      return { because: noneWords(named.length), proposals: senders.map((one) => proposalOf(one, 'the sender is its contact')) }
    const doubt = doubtOf(hits, everybody)
    return doubt === undefined ? best : { because: doubt, proposals: proposalsOf(hits, senders) }
  }
}

/** `isCopied`: anybody could have written it. */
type Hit = { found: Ref; way: Way; isCopied: boolean }

/** A ticket's number is the next one's guess: it is sure from the system itself, and from the helpdesk that told us of it. */
function hitOf(found: Ref | undefined, way: Way, { own, isRead }: { own: readonly Ref[]; isRead: boolean }): Hit[] {
  if (way !== 'ticket' || isRead) return found === undefined ? [] : [{ found, way, isCopied: way === 'subject' }]
  const helpdesks = own.find((one) => found === undefined || one.ref.startsWith(`${found.ref}@`))
  if (helpdesks) return [{ found: helpdesks, way, isCopied: false }]
  return found === undefined ? [] : [{ found, way, isCopied: true }]
}

function noneWords(count: number): string {
  return count === 0 ? 'it names no letter of ours' : 'what it names is none of our letters'
}

/** Why a mail that names a letter of ours is not taken for an answer to it. */
function doubtOf(hits: readonly Hit[], senders: readonly Contact[]): string | undefined {
  const { found, way, isCopied } = hits[0]!
  const signed = new Set(hits.filter((hit) => hit.way === 'references' || hit.way === 'recipient').map((hit) => hit.found.stream))
  if (signed.size > 1) return 'it names letters of several challenges'
  const ofRun = senders.filter((one) => one.run === found.run)
  if (ofRun.length > 0 && found.stream.startsWith('challenge/') && !ofRun.some((one) => one.stream === found.stream))
    return "its sender is another site's contact than that of the letter which it names"
  const isSure = !isCopied || ofRun.some((one) => one.stream === found.stream && one.ngi !== true)
  return isSure ? undefined : `its subject names a ${way === 'ticket' ? 'ticket' : 'challenge'}, but its sender is not known there`
}

function proposalsOf(hits: readonly Hit[], senders: readonly Contact[]): Proposal[] {
  const named = hits.flatMap(({ found, way }) => {
    const site = found.stream.split('/')[2]
    return site === undefined ? [] : [{ run: found.run, site, because: `it names a letter of it (${way})` }]
  })
  const all = [...named, ...senders.map((one) => proposalOf(one, 'the sender is its contact'))]
  return all.filter((one, i) => all.findIndex((other) => other.run === one.run && other.site === one.site) === i).slice(0, 10)
}

function proposalOf({ run, site }: Contact, because: string): Proposal {
  return { run, site, because }
}

const LOOK_MS = 5_000

/** Reads the contacts of the open runs now and then only, however many strangers write. */
export function createContacts({ store, clock }: Pick<Core, 'store' | 'clock'>): Contacts {
  let known = new Map<string, Contact[]>()
  let lookedMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  return async (address) => {
    if (clock.wall() - lookedMs > LOOK_MS) {
      looking ??= contactsOf(store).then((fresh) => {
        known = fresh
        lookedMs = clock.wall()
      })
      await looking.finally(() => {
        looking = undefined
      })
    }
    return known.get(address) ?? []
  }
}

async function contactsOf(store: Store): Promise<Map<string, Contact[]>> {
  const contacts = new Map<string, Contact[]>()
  const add = (address: string, one: Contact) => contacts.set(address, [...(contacts.get(address) ?? []), one])
  for (const { run } of await store.listRuns()) {
    const { plan, endedMs } = await readRunState(store, run)
    if (endedMs !== undefined) continue
    for (const site of plan.sites) {
      const one = { run, site: site.name, stream: `challenge/${run}/${site.name}` }
      const ngi = ngiOf(plan, site)?.address
      const own = [site.securityContact, ...(site.manager === undefined ? [] : [site.manager])].map((address) => address.toLowerCase())
      for (const address of new Set(own)) add(address, one)
      if (ngi !== undefined && !own.includes(ngi.toLowerCase())) add(ngi.toLowerCase(), { ...one, ngi: true })
    }
  }
  return contacts
}
