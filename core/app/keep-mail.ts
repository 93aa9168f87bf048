import type { ChallengeState } from '../domain/challenge.ts'
import type { LetterName, ReceivedMail } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import type { Role } from '../domain/mail.ts'
import { compareEvents } from '../domain/order.ts'
import { refOf } from '../domain/refs.ts'
import { depthOf } from '../domain/reply-depth.ts'
import { withoutAddresses } from '../domain/text.ts'
import { ticketIdsIn } from '../domain/ticket.ts'
import type { Content, IncomingMail, NewFact, NewRef } from '../ports.ts'
import type { Core } from './deps.ts'
import { gradeInMail } from './grade-answer.ts'
import { toldBy, wordFacts } from './hear-word.ts'
import { reportInMail } from './take-report.ts'
import { readRunState } from './view.ts'

export type ToKeep = {
  mail: IncomingMail
  found: LetterName & { run: string; stream: string }
  way: ReceivedMail['matchedBy']
  challenge: ChallengeState
  cameMs?: number
}

/**
 * Puts a mail to its challenge, with what it shows of its writer, the report that it holds and whom it told besides us. Gives back
 * the challenge's stream.
 */
export async function keepMail(deps: Core, { mail, found, way, challenge, cameMs = mail.cameMs }: ToKeep): Promise<string> {
  const { run, stream } = found
  const state = await readRunState(deps.store, run)
  const report = mail.kind === 'human' ? reportInMail(deps, { mail, challenge, stream, timeZone: timeZoneOf(challenge) }) : undefined
  const read = kindOfAnswer(mail, challenge, report?.fields ?? 0)
  const details = detailsOf(deps, { ...mail, because: read.because })
  const sender = senderOf(challenge, state.plan.parties, mail.from)
  const answers = answered(challenge, { found, way, sender, cameMs })
  const nowMs = deps.clock.now()
  const came = cameIn(challenge, answers.letter, { cameMs, nowMs })
  const told = mail.kind === 'human' ? toldBy(state, challenge, mail) : []
  const graded = gradeInMail(state.scenario, challenge, { mail, answers: { letter: answers.letter, matchedBy: way } })
  const data: ReceivedMail = {
    messageId: mail.messageId,
    contentHash: mail.contentHash,
    detailsHash: details.hash,
    sender,
    ...{ ...read, because: unquoted(read.because) },
    ...answers,
    matchedBy: way,
    ...came,
    ...(told.length > 0 && { told }),
    ...(graded && { graded }),
  }
  // Some programs give all their mails one Message-ID. The same mail by two ways has the same words, though not the same bytes.
  const key = `mail:${way === 'officer' ? mail.contentHash : `${mail.messageId} ${deps.sha256(mail.text).slice(0, 16)}`}`
  const heard = { run: state, challenge, answers: answers.answers, happenedMs: came.cameMs ?? nowMs }
  const words = mail.kind === 'human' ? wordFacts(deps, mail, heard) : []
  const facts: NewFact[] = [{ stream, type: 'MailReceived', data, key }, ...(report ? [report.factOf(came)] : []), ...words]
  const contents: Content[] = [{ hash: mail.contentHash, bytes: mail.raw }, details, ...(report ? [report.content] : [])].map((one) => ({
    ...one,
    run,
    stream,
  }))
  await deps.store.commit({ run, facts, contents, refs: ticketRefs(mail, found, way) })
  return stream
}

/** A reason without what it quotes of a mail, and without addresses: those may be erased one day, and the log never. */
export function unquoted(because: string): string {
  return withoutAddresses(because.replace(/(?<![\p{L}\p{N}])'.*'(?!\p{L})/su, '…'))
}

/** The helpdesk of a site names its ticket in the receipt: what it writes later is found by it. */
function ticketRefs(mail: IncomingMail, { stream, ...found }: ToKeep['found'], way: ReceivedMail['matchedBy']): NewRef[] {
  if (way !== 'references' && way !== 'recipient') return []
  const { mail: kind, letter, role } = found
  const refs = ticketIdsIn(mail.subject).flatMap((one) => [refOf.ticket(one.system, one.id), ...refOf.ticketFrom(mail.from, one)])
  return refs.map((ref) => ({ ref, stream, mail: kind, letter, role }))
}

function timeZoneOf({ planned, party }: ChallengeState): string {
  return planned?.data.site.timeZone ?? party?.data.party.timeZone ?? 'UTC'
}

type Answering = Pick<ToKeep, 'found' | 'way'> & { sender: Role | 'other'; cameMs: number | undefined }

/** A ticket and a subject's tag name the challenge alone: what was the last in that thread when the mail came is what is answered. */
function answered(
  { letters }: ChallengeState,
  { found, way, sender, cameMs }: Answering,
): Pick<ReceivedMail, 'answers' | 'letter' | 'role'> {
  const { mail, letter, role } = found
  if (way === 'references' || way === 'recipient' || way === 'form') return { answers: mail, letter, role }
  const sent = Object.values(letters)
    .filter((one) => one.accepted)
    .sort((a, b) => compareEvents(a.accepted!, b.accepted!))
  const ofSender = sent.filter((one) => one.role === sender)
  const thread = ofSender.length > 0 ? ofSender : sent.filter((one) => one.role === role)
  const one = thread.findLast(({ accepted }) => cameMs === undefined || accepted!.at <= cameMs) ?? thread[0]
  return one === undefined ? { answers: mail, letter, role } : { answers: one.mail, letter: one.letter, role: one.role }
}

/** Never later than now, when the log's own time counts, and never before what it answers: then the other clock is wrong. */
function cameIn(
  { letters }: ChallengeState,
  letter: string,
  { cameMs, nowMs }: { cameMs: number | undefined; nowMs: number },
): { cameMs?: number } {
  if (cameMs === undefined) return {}
  const soonest = letters[letter]?.told.find((one) => one.type === 'MailSending')?.at ?? cameMs
  const came = Math.max(cameMs, soonest)
  return came >= nowMs ? {} : { cameMs: came }
}

function kindOfAnswer(
  mail: IncomingMail,
  challenge: ChallengeState,
  reportFields: number,
): Pick<ReceivedMail, 'kind' | 'because' | 'depth'> {
  if (mail.kind !== 'human') return { kind: mail.kind, because: mail.because }
  const key = challenge.planned?.data.key
  const nativeId = challenge.submitted?.data.nativeId
  const facts = {
    identity: key?.identity ?? '',
    ...(key === undefined ? {} : { label: key.label, addresses: key.addresses }),
    ...(nativeId === undefined ? {} : { nativeId }),
    ...(challenge.agentSeen === undefined ? {} : { hosts: [challenge.agentSeen.data.host] }),
    reportFields,
  }
  return { kind: 'human', ...depthOf(mail.said, facts) }
}

/** Whose known address it came from. */
function senderOf(
  { planned, party }: ChallengeState,
  parties: readonly { role: Role; name: string; address: string }[],
  from: string,
): Role | 'other' {
  const site = planned?.data.site
  const known: [Role, string | undefined][] = [
    ['site', site?.securityContact],
    ['manager', site?.manager],
    ...parties.filter((one) => one.role !== 'ngi' || one.name === site?.ngi).map((one): [Role, string] => [one.role, one.address]),
    ...(party ? [[party.data.party.role, party.data.party.address] as [Role, string]] : []),
  ]
  return known.find(([, address]) => address?.toLowerCase() === from.toLowerCase())?.[0] ?? 'other'
}

/** What was read in a mail: personal, and erasable as the mail itself. */
export type Details = Omit<IncomingMail, 'raw' | 'contentHash'>

export function detailsOf(
  { sha256 }: Pick<Core, 'sha256'>,
  { raw: _, contentHash: __, ...details }: IncomingMail,
): { hash: string; bytes: Uint8Array } {
  const bytes = new TextEncoder().encode(canonicalJson(details))
  return { hash: sha256(bytes), bytes }
}

/** Undefined once it was erased. */
export async function readDetails({ store }: Pick<Core, 'store'>, hash: string | undefined): Promise<Details | undefined> {
  const bytes = hash === undefined ? undefined : await store.content(hash)
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Details)
}
