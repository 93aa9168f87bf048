import type { ChallengeState } from '../domain/challenge.ts'
import { messageOf, PermanentError, TransientError } from '../domain/errors.ts'
import type { MailKind } from '../domain/event.ts'
import { isNotice } from '../domain/mail.ts'
import type { Effect, NewFact, OutgoingMail } from '../ports.ts'
import type { Deps } from './deps.ts'
import { deferOrGiveUp, finish } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readChallenge, readLaunchedRun } from './view.ts'

/** Sends one mail of a challenge, once. One that may have gone out stays `unsure` and is not sent again. */
export async function sendMail(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const kind = effect.payload.mail as MailKind
  const challenge = await readChallenge(deps.store, effect.stream)
  if (!stillNeeded(kind, challenge)) return finish(deps, effect)
  const key = challenge.planned!.data.key
  const alertedMs = challenge.mails.alert.accepted?.at ?? deps.clock.now()
  const mail = deps.renderMail({ run, site, key, mail: kind, stream: effect.stream, alertedMs })
  const sending: NewFact = {
    stream: effect.stream,
    type: 'MailSending',
    data: { effect: effect.id, mail: kind, messageId: mail.messageId, to: mail.to },
  }
  const hosts = [deps.mailer.host]
  const may = await passGate(deps, { effect, run, site, hosts, facts: [sending] }, (reason) => [
    refusal(effect, kind, { by: 'gate', reason }),
  ])
  if (may) await hand(deps, effect, { kind, mail })
}

/** A reminder makes no sense once somebody answered, and after a bounce nobody would read it. */
function stillNeeded(kind: MailKind, challenge: ChallengeState): boolean {
  const { alert } = challenge.mails
  if (kind === 'alert') return alert.accepted === undefined
  if (isNotice(kind)) return true
  if (alert.bounced) return false
  return kind === 'closing' || !challenge.answers.some((answer) => answer.data.kind === 'human')
}

async function hand(deps: Deps, effect: Effect, { kind, mail }: { kind: MailKind; mail: OutgoingMail }): Promise<void> {
  const move = { id: effect.id, from: ['doing'] as const }
  try {
    const answer = await deps.mailer.send(mail)
    const data = { effect: effect.id, mail: kind, messageId: mail.messageId, answer: answer.slice(0, 500) }
    await deps.store.commit({
      run: effect.run,
      move: { ...move, to: 'done' },
      facts: [{ stream: effect.stream, type: 'MailAccepted', data }],
    })
  } catch (error) {
    const reason = messageOf(error).slice(0, 500)
    const refused = (words: string) => refusal(effect, kind, { by: 'other side', reason: words })
    if (error instanceof TransientError) return deferOrGiveUp(deps, effect, { reason, refused })
    if (error instanceof PermanentError)
      await deps.store.commit({ run: effect.run, move: { ...move, to: 'refused' }, facts: [refused(reason)] })
    else await mailUnsure(deps, effect, reason)
  }
}

export async function mailUnsure(deps: Deps, effect: Effect, reason: string): Promise<void> {
  const data = { effect: effect.id, mail: effect.payload.mail as MailKind, reason }
  await deps.store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['doing'], to: 'unsure' },
    facts: [{ stream: effect.stream, type: 'MailUnsure', data }],
  })
}

function refusal(effect: Effect, mail: MailKind, { by, reason }: { by: 'gate' | 'other side'; reason: string }): NewFact {
  return { stream: effect.stream, type: 'MailRefused', data: { effect: effect.id, mail, by, reason } }
}
