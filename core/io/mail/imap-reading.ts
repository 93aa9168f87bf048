import { messageOf } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { Came, Envelope } from '../../ports.ts'
import type { ImapSession } from './imap-session.ts'

/** How far a mailbox was read: all mails up to this UID were accepted. UIDs mean something within one UIDVALIDITY only (RFC 3501 section 2.3.1.1). */
export type ImapPosition = { uidValidity: string; lastUid: number }

export type ImapSink = {
  /**
   * Durable when it resolves; a mail may come again. Its envelope is not known. What is `broken` belongs on the corrupt shelf.
   */
  accept(raw: Uint8Array, envelope: Envelope | undefined, came: Came): Promise<void>
  position: { read(): Promise<ImapPosition | undefined>; write(position: ImapPosition): Promise<void> }
  log(message: string, data?: Record<string, unknown>): void
}

/** Then the store has a problem, or the server, and not a mail. */
const MOST_FAILURES = 10

/** Reads what is new in a mailbox, over many sessions; gives back whether all of it was kept. Rejects when the session fails. */
export function createReading({ accept, position, log }: ImapSink): (session: ImapSession) => Promise<boolean> {
  let at: ImapPosition | undefined
  /** Accepted above the position, behind a mail that could not be kept. */
  let ahead = new Set<number>()
  const told = new Set<number>()

  const begin = async (uidValidity: string): Promise<ImapPosition> => {
    at ??= await position.read()
    if (at?.uidValidity === uidValidity) return at
    if (at) log('the mailbox was made anew: all of it is read again', { before: at.uidValidity, now: uidValidity })
    ahead = new Set()
    told.clear()
    at = { uidValidity, lastUid: 0 }
    return at
  }
  const take = async (session: ImapSession, uid: number): Promise<boolean> => {
    try {
      const mail = await session.fetch(uid)
      if (mail) {
        const { raw, broken, cameMs } = mail
        await accept(raw, undefined, { ...(broken === undefined ? {} : { broken }), ...(cameMs === undefined ? {} : { cameMs }) })
      }
      return true
    } catch (error) {
      if (!session.isOpen()) throw error
      if (!told.has(uid)) log('a mail of the mailbox could not be kept: it is tried again', { uid, why: plainLine(messageOf(error)) })
      told.add(uid)
      return false
    }
  }
  const moveTo = async (next: ImapPosition) => {
    await position.write(next)
    at = next
    for (const uid of ahead) if (uid <= next.lastUid) ahead.delete(uid)
  }
  return async (session) => {
    const { uidValidity, lastUid } = await begin(session.uidValidity)
    let failures = 0
    for (const uid of await session.list(lastUid)) {
      if (ahead.has(uid) || (await take(session, uid))) ahead.add(uid)
      else failures += 1
      if (failures === MOST_FAILURES) break
      if (failures === 0) await moveTo({ uidValidity, lastUid: uid })
    }
    return failures === 0
  }
}
