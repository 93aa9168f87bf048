import { InputError } from '../../domain/errors.ts'
import { type Event, MAILROOM } from '../../domain/event.ts'
import type { Store } from '../../ports.ts'

/** A mail of ours or theirs, wherever it lies. `detailsHash`: what was read in one that came in. */
export type KnownMail = { contentHash: string; detailsHash?: string; stream: string; at: number; because?: string }

const HASH = /^[0-9a-f]{4,64}$/i

/** The one mail of all runs and shelves whose hash begins so. Throws InputError when there is none, or several. */
export async function findMail(store: Store, begin: string): Promise<KnownMail> {
  if (!HASH.test(begin)) throw new InputError('a mail is named by the first digits of its hash, at least 4 of 0-9 and a-f', [])
  const found = new Map<string, KnownMail>()
  const look = (events: readonly Event[]) => {
    for (const one of events.flatMap(mailsOf)) if (one.contentHash.startsWith(begin.toLowerCase())) found.set(one.contentHash, one)
  }
  look(await store.readStream(MAILROOM))
  // What was sorted is told by its challenge, which comes last.
  for (const { run } of await store.listRuns()) look(await store.readRun(run))
  const [mail, ...more] = found.values()
  if (mail && more.length === 0) return mail
  throw new InputError(
    `${mail ? `${found.size} mails begin` : 'no mail begins'} with '${begin}'. See: ssc mail shelf, ssc mail thread RUN --site NAME`,
    [],
  )
}

function mailsOf(event: Event): KnownMail[] {
  const { stream, at } = event
  if (event.type === 'MailSending') return [{ contentHash: event.data.contentHash, stream, at }]
  if (event.type !== 'MailReceived' && event.type !== 'MailShelved') return []
  const { contentHash, detailsHash, because } = event.data
  return [{ contentHash, stream, at, because, ...(detailsHash === undefined ? {} : { detailsHash }) }]
}
