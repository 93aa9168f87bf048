import { challengeStream, FRAMEWORK, MAILROOM, type Proposal } from '../domain/event.ts'
import { foldMailroom, type MailroomEvent } from '../domain/mailroom.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { IncomingMail, Ref, Store } from '../ports.ts'
import type { Core } from './deps.ts'
import { keepMail } from './keep-mail.ts'
import { sortMail } from './sort-mail.ts'
import { readChallenge, readRunState } from './view.ts'

const LETTER = 'which-site'
const DAY_MS = 86_400_000

/**
 * An address that serves several sites of a run, and that was written to, is asked which one is meant: once a day, and never a
 * machine. Gives back the letter's name.
 */
export async function askWhichSite(
  { store, sha256, clock }: Core,
  mail: IncomingMail,
  proposals: readonly Proposal[],
): Promise<string | undefined> {
  for (const run of new Set(proposals.map((one) => one.run))) {
    const { plan, launchedMs, stopped, endedMs } = await readRunState(store, run)
    // Such a letter goes out by the rules of a run that is under way: the gate would refuse it before and after.
    if (launchedMs === undefined || stopped || endedMs !== undefined) continue
    // Who was merely named by the mail has not written it, and learns nothing of it.
    const served = plan.sites.filter((site) => roleAt(site, mail.from) !== undefined)
    const [first] = served
    if (first === undefined || served.length < 2 || !(await isTold(store, { run, sites: served, from: mail.from }))) continue
    const id = sha256(`${run} ${mail.from.toLowerCase()} ${Math.floor(clock.now() / DAY_MS)}`).slice(0, 10)
    const sites = served.map((site) => site.name)
    const data = { id, mail: LETTER, role: roleAt(first, mail.from)!, text: '', sites, by: FRAMEWORK } as const
    await store.commit({ run, facts: [{ stream: challengeStream(run, first.name), type: 'MailOrdered', data, key: `asked:${id}` }] })
    return `${LETTER}-${id}`
  }
  return undefined
}

/** As what an address stands for a site. */
function roleAt({ securityContact, manager }: PlannedSite, address: string): 'site' | 'manager' | undefined {
  if (securityContact.toLowerCase() === address.toLowerCase()) return 'site'
  return manager?.toLowerCase() === address.toLowerCase() ? 'manager' : undefined
}

/** Before a letter went there, a question would give the exercise away. */
async function isTold(store: Store, { run, sites, from }: { run: string; sites: readonly PlannedSite[]; from: string }): Promise<boolean> {
  const states = await Promise.all(sites.map((site) => readChallenge(store, challengeStream(run, site.name))))
  const told = states.flatMap(({ letters }) => Object.values(letters).flatMap((letter) => letter.told))
  return told.some((one) => one.type === 'MailSending' && one.data.to.toLowerCase() === from.toLowerCase())
}

/** An answer to that question: the site that it names gets what was asked about. Undefined when it is no such answer. */
export async function sortByAnswer(deps: Core, mail: IncomingMail, found: Ref): Promise<string | undefined> {
  if (found.mail !== LETTER || mail.kind !== 'human') return undefined
  const asked = (await readChallenge(deps.store, found.stream)).orders.find(({ data }) => `${LETTER}-${data.id}` === found.letter)
  const named = (asked?.data.sites ?? []).filter((site) => names(mail.said, site))
  if (named.length !== 1) return undefined
  const stream = challengeStream(found.run, named[0]!)
  const waiting = foldMailroom((await deps.store.readStream(MAILROOM)) as MailroomEvent[]).filter((one) => one.asked === found.letter)
  for (const one of waiting) await sortMail(deps, { contentHash: one.contentHash, run: found.run, site: named[0]!, by: FRAMEWORK })
  return keepMail(deps, {
    mail,
    found: { ...found, stream, mail: 'alert', letter: 'alert', role: 'site' },
    way: 'references',
    challenge: await readChallenge(deps.store, stream),
  })
}

/** A site's name as a word of its own: `SITE-A` is not in `SITE-AB`. */
function names(text: string, site: string): boolean {
  return ` ${text.toLowerCase()} `.split(/[^a-z0-9._-]+/).some((word) => word.replace(/^[._-]+|[._-]+$/g, '') === site.toLowerCase())
}
