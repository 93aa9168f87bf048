import { InputError } from '../domain/errors.ts'
import { challengeStream, MAILROOM } from '../domain/event.ts'
import { foldMailroom, type MailroomEvent, type Shelved } from '../domain/mailroom.ts'
import type { IncomingMail } from '../ports.ts'
import type { Core } from './deps.ts'
import { keepMail, readDetails } from './keep-mail.ts'
import { plannedSite, readChallenge, readRunState } from './view.ts'

/** What waits on the shelves, the oldest first. */
export async function readShelves({ store }: Pick<Core, 'store'>): Promise<Shelved[]> {
  return foldMailroom((await store.readStream(MAILROOM)) as MailroomEvent[])
}

/** The one shelved mail whose hash begins so. Throws InputError when there is none, or several. */
export async function findShelved(core: Pick<Core, 'store'>, begin: string): Promise<Shelved> {
  const found = (await readShelves(core)).filter((one) => one.contentHash.startsWith(begin.toLowerCase()))
  if (found.length === 1) return found[0]!
  throw new InputError(
    `${found.length === 0 ? 'no mail' : 'more than one mail'} on the shelves begins with '${begin}'. See: ssc mail shelf`,
    [],
  )
}

type ToSort = { contentHash: string; run: string; site: string; by: string }

/** Puts a mail from a shelf to a site's challenge: it counts from when it came, as if it had been matched. */
export async function sortMail(core: Core, { contentHash, run, site, by }: ToSort): Promise<void> {
  const shelved = await findShelved(core, contentHash)
  const state = await readRunState(core.store, run)
  const stream = challengeStream(run, plannedSite(state, site).name)
  const mail = await readShelved(core, shelved)
  const letter = { mail: 'alert', letter: 'alert', role: 'site' } as const
  await keepMail(core, {
    mail,
    found: { run, stream, ...letter },
    way: 'officer',
    challenge: await readChallenge(core.store, stream),
    cameMs: Math.min(shelved.at, mail.cameMs ?? shelved.at),
  })
  await markSorted(core, shelved, { by, to: stream })
}

/** Takes a mail off the shelves without giving it to a challenge: `why` is kept. */
export async function dismissMail(core: Core, begin: string, { by, why }: { by: string; why: string }): Promise<void> {
  await markSorted(core, await findShelved(core, begin), { by, to: why })
}

async function markSorted({ store }: Core, { contentHash }: Shelved, word: { by: string; to: string }): Promise<void> {
  const fact = { stream: MAILROOM, type: 'MailSorted' as const, data: { contentHash, ...word }, key: `sorted:${contentHash}` }
  await store.commit({ run: MAILROOM, facts: [fact] })
}

/** The mail as it was read; one that nobody could read is what an officer says it is. */
async function readShelved(core: Core, { contentHash, detailsHash, because }: Shelved): Promise<IncomingMail> {
  const raw = await core.store.content(contentHash)
  if (raw === undefined) throw new InputError('the content of this mail was erased', [])
  const details = await readDetails(core, detailsHash)
  if (details) return { ...details, raw, contentHash }
  const unread = {
    messageId: `<${contentHash}@unread.invalid>`,
    from: '',
    to: [],
    subject: '',
    references: [],
    text: '',
    said: '',
    attachments: [],
  }
  return { ...unread, kind: 'human', because: `read by an officer (${because})`, raw, contentHash }
}
