import type { ChallengeState } from '../domain/challenge.ts'
import { messageOf, PermanentError, TransientError } from '../domain/errors.ts'
import type { LetterName } from '../domain/event.ts'
import { type DueLetter, isStillNeeded } from '../domain/letters.ts'
import { codeOf } from '../domain/mail.ts'
import { incidentTag, refOf } from '../domain/refs.ts'
import { withoutAddresses } from '../domain/text.ts'
import type { Carrier, Effect, NewFact, NewRef, WrittenLetter } from '../ports.ts'
import { addressedIn } from './addressed.ts'
import type { Addressed, Deps, LetterTask } from './deps.ts'
import { deferOrGiveUp, finish } from './effect.ts'
import { passGate } from './gate.ts'
import { readChallenge, readPlannedRun } from './view.ts'

/** Sends one letter, once. One that may have gone out stays `unsure` and is not sent again but by an officer's word. */
export async function sendMail(deps: Deps, effect: Effect): Promise<void> {
  const run = await readPlannedRun(deps.store, effect.run)
  const letter = effect.payload as unknown as DueLetter
  const state = await readChallenge(deps.store, effect.stream)
  if (!isStillNeeded(letter, state) || isSentByOther(effect, state)) return finish(deps, effect)
  const sending = await prepare(deps, effect, { run, letter, stream: effect.stream, state })
  if (sending === undefined) return
  const { to } = sending.task
  const intent = { effect, run, ...siteOf(to), hosts: [sending.carrier.host], to: to.address, ...intentOf(deps, effect, sending) }
  const may = await passGate(deps, intent, (reason) => [refusal(effect, { by: 'gate', reason })])
  if (may) await hand(deps, effect, { ...sending, state })
}

/** A letter leaves once, also when what it follows was sent anew and it is called for a second time. */
function isSentByOther({ id, payload }: Effect, { letters }: ChallengeState): boolean {
  const { letter } = payload as unknown as LetterName
  return letters[letter]?.told.some((one) => one.type === 'MailSending' && one.data.effect !== id) ?? false
}

const ASK_AGAIN_MS = 10 * 60_000

/** All but the sending. What our side lacks for now, such as a key that has run out, is waited for; what will not come is a refusal. */
async function prepare(deps: Deps, effect: Effect, task: Omit<LetterTask, 'to'>): Promise<Sending | undefined> {
  try {
    const to = addressedIn(task.run, effect.payload, task.letter.role)
    const carrier = deps.carrierOf(to)
    if (carrier.find && ticketOf(task.state) === undefined && (await isOpening(deps, effect))) return await later(deps, effect, OPENING_MS)
    // Last, as to be let through counts.
    const waitMs = deps.paceMs(to.address)
    if (waitMs > 0) return await later(deps, effect, waitMs)
    return { written: await deps.writeLetter({ ...task, to }), carrier, task: { ...task, to } }
  } catch (error) {
    const reason = messageOf(error).slice(0, 500)
    if (!(error instanceof TransientError || error instanceof PermanentError)) throw error
    deps.log('a letter cannot be written', { effect: effect.id, reason })
    if (error instanceof TransientError) return later(deps, effect, ASK_AGAIN_MS)
    const facts = [refusal(effect, { by: 'framework', reason })]
    await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['queued', 'deferred'], to: 'refused' }, facts })
    return undefined
  }
}

const OPENING_MS = 1_000

/** The first letter opens the ticket; what is due at the same time waits for it, so that it becomes an entry. */
async function isOpening({ store, clock }: Deps, { id, run, stream }: Effect): Promise<boolean> {
  const open = await store.effects(run, ['queued', 'deferred', 'doing'])
  const others = open.filter((one) => one.kind === 'send-mail' && one.stream === stream && one.id !== id)
  return others.some((one) => one.state === 'doing' || (one.due <= clock.now() && one.id < id))
}

function siteOf({ site }: Addressed) {
  return site === undefined ? {} : { site }
}

/** So that no domain gets too many at once: it stays open, and no try is counted. */
async function later({ store, clock }: Deps, effect: Effect, waitMs: number): Promise<undefined> {
  await store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['queued', 'deferred'], to: 'deferred', due: clock.now() + waitMs },
  })
}

type Sending = { written: WrittenLetter; carrier: Carrier; task: LetterTask }

/** What is logged before it leaves: the very bytes, and all by which an answer finds its way back. */
function intentOf(deps: Deps, effect: Effect, { written, carrier, task }: Sending) {
  const { mail, composed } = written
  const contentHash = deps.sha256(composed.bytes)
  const data = { ...nameOf(effect), effect: effect.id, messageId: mail.messageId, to: mail.to, carrier: carrier.name, contentHash }
  const sending: NewFact = { stream: effect.stream, type: 'MailSending', data }
  const contents = [{ hash: contentHash, run: effect.run, stream: effect.stream, bytes: composed.bytes }]
  return { facts: [sending], also: { contents, refs: refsOf(deps, effect, task) } }
}

function refsOf({ keys, sha256 }: Deps, effect: Effect, { run, stream, letter }: LetterTask): NewRef[] {
  const token = keys.mailToken(stream, letter.letter)
  const refs = [
    refOf.token(sha256(token)),
    refOf.code(sha256(codeOf(token))),
    refOf.link(sha256(keys.mailToken(stream, REPORT_LINK))),
    refOf.appeal(sha256(keys.mailToken(stream, APPEAL_LINK))),
    refOf.subject(tagOfStream({ keys }, run, stream)),
  ]
  return refs.map((ref) => ({ ref, stream: effect.stream, ...nameOf(effect) }))
}

/** The name under which a challenge's personal link is signed: no letter has it. */
export const REPORT_LINK = 'report link'
/** The same for its link to appeal: a result alone tells it. */
export const APPEAL_LINK = 'appeal link'

/** EGI's incident tag: the same in all letters about one site or to one party, before the launch and after it. */
export function tagOfStream({ keys }: Pick<Deps, 'keys'>, run: LetterTask['run'], stream: string): string {
  return incidentTag(Date.parse(run.plan.run.window.from), keys.mailToken(stream, 'incident tag'))
}

type Handing = { written: WrittenLetter; carrier: Carrier; state: ChallengeState }

async function hand(deps: Deps, effect: Effect, { written, carrier, state }: Handing): Promise<void> {
  try {
    const thread = { ticket: ticketOf(state) }
    const there = mayBeThere(effect, state) ? await carrier.find?.({ messageId: written.mail.messageId }, thread) : undefined
    const carried = there ?? (await carrier.send(written, thread))
    await mailAccepted(deps, effect, { ...carried, messageId: written.mail.messageId, carrier: carrier.name })
  } catch (error) {
    const reason = wordsOf(messageOf(error))
    const refused = (words: string) => refusal(effect, { by: 'other side', reason: words })
    if (error instanceof TransientError) return deferOrGiveUp(deps, effect, { reason, refused, most: LETTER_TRIES })
    if (error instanceof PermanentError)
      await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'refused' }, facts: [refused(reason)] })
    else await mailUnsure(deps, effect, reason)
  }
}

/** What the other side said, for the log. */
function wordsOf(answer: string): string {
  return withoutAddresses(answer.slice(0, 2_000)).slice(0, 500)
}

/** Most of a day: servers put off what they do not know yet, and a ticket system may be down for hours (RFC 5321, section 4.5.4.1). */
const LETTER_TRIES = { tries: 40, waitMs: 30 * 60_000 }

/** It was uncertain before, and an officer has it sent anew: a ticket system is asked first. */
function mayBeThere({ payload }: Effect, { letters }: ChallengeState): boolean {
  const told = letters[(payload as unknown as LetterName).letter]?.told ?? []
  return told.some((one) => one.type === 'MailUnsure') && !told.some((one) => one.type === 'MailAccepted')
}

/** The challenge's ticket at the other side, when it has one. */
export function ticketOf({ letters }: ChallengeState): string | undefined {
  return Object.values(letters).find((one) => one.accepted?.data.ticket !== undefined)?.accepted?.data.ticket
}

type Accepted = { answer: string; ticket?: string; messageId: string; carrier: string }

export async function mailAccepted(deps: Pick<Deps, 'store'>, effect: Effect, { carrier, ...accepted }: Accepted): Promise<void> {
  const data = { ...nameOf(effect), effect: effect.id, ...accepted, answer: wordsOf(accepted.answer) }
  const { ticket } = accepted
  const refs = ticket === undefined ? [] : [{ ref: refOf.ticket(carrier, ticket), stream: effect.stream, ...nameOf(effect) }]
  await deps.store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['doing', 'unsure'], to: 'done' },
    facts: [{ stream: effect.stream, type: 'MailAccepted', data }],
    refs,
  })
}

export async function mailUnsure({ store }: Pick<Deps, 'store'>, effect: Effect, reason: string): Promise<void> {
  const data = { ...nameOf(effect), effect: effect.id, reason }
  await store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['doing'], to: 'unsure' },
    facts: [{ stream: effect.stream, type: 'MailUnsure', data }],
  })
}

/** Which letter a piece of work is about. */
export function nameOf({ payload }: Pick<Effect, 'payload'>): LetterName {
  const { mail, letter, role } = payload as unknown as LetterName
  return { mail, letter, role }
}

export function refusal(effect: Effect, { by, reason }: { by: 'gate' | 'other side' | 'framework'; reason: string }): NewFact {
  return { stream: effect.stream, type: 'MailRefused', data: { ...nameOf(effect), effect: effect.id, by, reason } }
}
