import { challengeStream, FRAMEWORK, MAILROOM, type Proposal } from '../domain/event.ts'
import { foldMailroom, type MailroomEvent } from '../domain/mailroom.ts'
import type { IncomingMail, Ref } from '../ports.ts'
import type { Core } from './deps.ts'
import { keepMail } from './keep-mail.ts'
import { sortMail } from './sort-mail.ts'
import { readChallenge } from './view.ts'

const LETTER = 'which-site'
const DAY_MS = 86_400_000

/** An address that serves several sites of a run is asked which one is meant: once a day, and never a machine. Gives back the letter's name. */
export async function askWhichSite(
  { store, sha256, clock }: Core,
  mail: IncomingMail,
  proposals: readonly Proposal[],
): Promise<string | undefined> {
  const { run, site: firstSite } = proposals[0] ?? {}
  const sites = proposals.filter((one) => one.run === run).map((one) => one.site)
  if (run === undefined || firstSite === undefined || sites.length < 2) return undefined
  const id = sha256(`${mail.from.toLowerCase()} ${Math.floor(clock.now() / DAY_MS)}`).slice(0, 10)
  const data = { id, mail: LETTER, role: 'site', text: '', sites, by: FRAMEWORK } as const
  await store.commit({ run, facts: [{ stream: challengeStream(run, firstSite), type: 'MailOrdered', data, key: `asked:${id}` }] })
  return `${LETTER}-${id}`
}

/** An answer to that question: the site that it names gets what was asked about. Undefined when it is no such answer. */
export async function sortByAnswer(deps: Core, mail: IncomingMail, found: Ref): Promise<string | undefined> {
  if (found.mail !== LETTER) return undefined
  const asked = (await readChallenge(deps.store, found.stream)).orders.find(({ data }) => `${LETTER}-${data.id}` === found.letter)
  const named = (asked?.data.sites ?? []).filter((site) => names(mail.said, site))
  if (named.length !== 1) return undefined
  const stream = challengeStream(found.run, named[0]!)
  const waiting = foldMailroom((await deps.store.readStream(MAILROOM)) as MailroomEvent[]).filter((one) => one.asked === found.letter)
  for (const one of waiting) await sortMail(deps, { contentHash: one.contentHash, run: found.run, site: named[0]!, by: FRAMEWORK })
  return keepMail(deps, {
    mail,
    found: { ...found, stream, mail: 'alert', letter: 'alert' },
    way: 'references',
    challenge: await readChallenge(deps.store, stream),
  })
}

/** A site's name as a word of its own: `SITE-A` is not in `SITE-AB`. */
function names(text: string, site: string): boolean {
  return ` ${text.toLowerCase()} `.split(/[^a-z0-9._-]+/).some((word) => word.replace(/^[._-]+|[._-]+$/g, '') === site.toLowerCase())
}
