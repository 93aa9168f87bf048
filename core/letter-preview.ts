import { aboutOf, addresseeOf, nameOf } from './addressees.ts'
import { addressedIn } from './app/addressed.ts'
import type { LetterTask } from './app/deps.ts'
import { readChallenge, streamOf } from './app/view.ts'
import type { ChallengeState } from './domain/challenge.ts'
import type { Letter } from './domain/correspondence.ts'
import { InputError } from './domain/errors.ts'
import { letters, type MailKind, type Role, traitsOf } from './domain/mail.ts'
import type { Addressee, PlannedRun } from './domain/work.ts'
import type { Instance } from './instance.ts'
import { openMailCrypto } from './io/mail/signing.ts'
import { orderId, sitesProblems } from './letter-words.ts'
import { writeLetter } from './letters.ts'
import { loadMailTemplates } from './plugins.ts'

/** Which letter, and to whom; without a site or a party to the first for whom such a letter is. */
export type PreviewWish = {
  kind: MailKind
  text: string
  site?: string
  party?: string
  role?: Role
  sites?: readonly string[]
}

type Parts = { instance: Instance; log(message: string): void }

/** The very bytes of a letter as it would go out now; nothing is sent. Throws InputError when it cannot be written. */
export async function previewLetter({ instance, log }: Parts, run: PlannedRun, wish: PreviewWish): Promise<Uint8Array> {
  const problems = sitesProblems(run, wish.sites)
  if (problems.length > 0) throw new InputError('the letter cannot be written:', problems)
  const { config } = instance
  const task = await taskOf(instance, run, wish)
  const crypto = await openMailCrypto(config.signing, { home: config.home, log })
  const { composed } = await writeLetter(instance, { templates: loadMailTemplates(config.home), crypto }, task)
  return composed.bytes
}

async function taskOf(instance: Instance, run: PlannedRun, wish: PreviewWish): Promise<LetterTask> {
  const to = whomOf(run, wish)
  const role = 'role' in to ? to.role : (wish.role ?? roleOf(run, to, wish.kind))
  if (!traitsOf(wish.kind).to.includes(role))
    throw new InputError(`the ${letters[wish.kind].title} is not for ${role}, but for ${traitsOf(wish.kind).to.join(', ')}`, [])
  const stream = streamOf(run, to)
  const state = await readChallenge(instance.store, stream)
  const words = { mail: wish.kind, role, text: wish.text, ...(wish.sites === undefined ? {} : { sites: wish.sites }) }
  const id = orderId({ sha256: instance.sha256, now: instance.clock.now() }, words)
  const letter = { ...words, letter: letterName(run, { kind: wish.kind, role, id }), ...aboutWhich(wish.kind, to) }
  return { run, to: addressedIn(run, aboutOf(to), role), letter, stream, state: withAsked(state, letter.about, role) }
}

/** The one that was named; else the first for whom such a letter is. */
function whomOf(run: PlannedRun, { kind, site, party, role }: PreviewWish): Addressee {
  if (site !== undefined || party !== undefined)
    return addresseeOf(run, { ...(site === undefined ? {} : { site }), ...(party === undefined ? {} : { party }) })
  const wanted = role === undefined ? traitsOf(kind).to : [role]
  const [firstSite] = run.plan.sites
  if (firstSite && wanted.some((one) => one === 'site' || one === 'manager' || one === 'ngi')) return firstSite
  const found = run.plan.parties.find((one) => wanted.includes(one.role))
  if (found) return found
  throw new InputError(
    `nobody in the plan of ${run.plan.id} gets such a letter (${wanted.join(', ')}); it has ${run.plan.parties.map(nameOf).join(', ') || 'no parties'}`,
    [],
  )
}

/** The first one that the plan knows an address of. */
function roleOf(run: PlannedRun, to: Addressee, kind: MailKind): Role {
  const known = traitsOf(kind).to.find((role) => {
    try {
      return addressedIn(run, aboutOf(to), role) !== undefined
    } catch {
      return false
    }
  })
  return known ?? traitsOf(kind).to[0] ?? 'site'
}

/** The letter's name in its challenge, as the rules and `ssc mail send` give it: with it go the Message-ID and the code. */
function letterName(run: PlannedRun, { kind, role, id }: { kind: MailKind; role: Role; id: string }): string {
  const freezeMs = run.pauses.findLast((one) => one.because === 'real incident')?.fromMs
  if (kind === 'escalation') return `${kind}-${role}`
  if (kind === 'real-incident' && freezeMs !== undefined) return `${kind}.${freezeMs}`
  return traitsOf(kind).byHand || kind === 'which-site' ? `${kind}-${id}` : kind
}

/** What a reminder and an escalation come back to. */
function aboutWhich(kind: MailKind, to: Addressee): { about?: string } {
  if (kind !== 'reminder' && kind !== 'escalation') return {}
  return { about: 'role' in to ? 'notification' : 'alert' }
}

/** Before that letter was sent it is written as if it had been. */
function withAsked(state: ChallengeState, about: string | undefined, role: Role): ChallengeState {
  if ((about !== 'alert' && about !== 'notification') || state.letters[about] !== undefined) return state
  const asked: Letter = { letter: about, mail: about, role, told: [] }
  return { ...state, letters: { ...state.letters, [about]: asked } }
}
