import type { MailKind, ReceivedMail } from '../domain/event.ts'
import { mailKinds, tokensIn } from '../domain/mail.ts'
import { readForm } from '../domain/report-form.ts'
import type { IncomingMail, Keys, Store } from '../ports.ts'

export type Match = { run: string; stream: string; kind: MailKind; where: ReceivedMail['matchedBy'] }

/** Finds the challenge that a mail belongs to, by a token that only we can make. */
export type Matcher = (mail: Pick<IncomingMail, 'references' | 'to'>) => Promise<Match | undefined>

/** Where mails that belong to no challenge are kept for an officer. */
export const unmatched = { run: '', stream: 'unmatched' } as const

/** Durable when it resolves; the same mail again changes nothing. */
export async function takeReply(deps: { store: Store; match: Matcher }, mail: IncomingMail): Promise<'kept' | 'unmatched'> {
  const match = await deps.match(mail)
  const { run, stream } = match ?? unmatched
  const contents = [{ hash: mail.contentHash, run, stream, bytes: mail.raw }]
  if (!match) {
    await deps.store.commit({ run, contents })
    return 'unmatched'
  }
  const facts = [{ stream, key: `mail:${mail.messageId}`, type: 'MailReceived' as const, data: factOf(mail, match) }]
  await deps.store.commit({ run, facts, contents })
  return 'kept'
}

function factOf(mail: IncomingMail, match: Match): ReceivedMail {
  const { messageId, from, subject, kind, because, contentHash } = mail
  // a bounce or a receipt gives our own form back without quoting it
  const fields = kind === 'human' ? readForm(mail.text) : {}
  return { messageId, from, subject, kind, because, contentHash, fields, answers: match.kind, matchedBy: match.where }
}

type Place = { run: string; stream: string }

/** Looks tokens up in a map of all that can exist; it is read anew only when a well-formed token is not in it. */
export function createMatcher(keys: Keys, streams: () => Promise<readonly Place[]>): Matcher {
  const places = new Map<string, Place & { kind: MailKind }>()
  const seen = new Set<string>()
  const refresh = onceAtATime(async () => {
    for (const place of await streams()) {
      if (seen.has(place.stream)) continue
      for (const kind of mailKinds) places.set(`${kind} ${keys.mailToken(place.stream, kind)}`, { ...place, kind })
      seen.add(place.stream)
    }
  })
  return async function match(mail) {
    const tokens = tokensIn(mail)
    const find = (): Match | undefined => {
      for (const { kind, token, where } of tokens) {
        const place = places.get(`${kind} ${token}`)
        if (place) return { ...place, where }
      }
      return undefined
    }
    const known = find()
    if (known || tokens.length === 0) return known
    await refresh()
    return find()
  }
}

/**
 * However many callers, one run of `work` at a time, and each caller waits for a run that began after its call:
 * invented tokens cannot pile up work, and a reply to a challenge that is new since the last run is not missed.
 */
function onceAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  function start(): Promise<void> {
    next = undefined
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return function run() {
    if (!running && !next) return start()
    next ??= running!.then(start, start)
    return next
  }
}
