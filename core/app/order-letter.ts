import type { ChallengeState } from '../domain/challenge.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import { letters, type MailKind, type Role, traitsOf } from '../domain/mail.ts'
import type { Addressee, PlannedRun } from '../domain/work.ts'
import { isLaunched } from '../domain/work.ts'
import { addressedIn } from './addressed.ts'
import type { Core } from './deps.ts'
import { partyOpening } from './launch-run.ts'
import { readChallenge, readPlannedRun, streamOf } from './view.ts'

/** `role`: to whom of those who stand for a site; of a party its own. `id` makes the order stand once, however often it is given. */
export type LetterWish = { run: string; mail: MailKind; role: Role; text: string; by: string; id: string; sites?: readonly string[] }

/** Has a letter written to each of these; they leave by the gate, in their turn. Throws before anything is ordered when one of them cannot be. */
export async function orderLetter({ store }: Pick<Core, 'store'>, wish: LetterWish, to: readonly Addressee[]): Promise<void> {
  const run = await readPlannedRun(store, wish.run)
  const problems = problemsOf(run, wish, to)
  if (problems.length > 0) throw new InputError(`the ${letters[wish.mail].title} cannot be sent:`, problems)
  const { run: name, role, ...rest } = wish
  const facts = to.flatMap((one) => {
    const stream = streamOf(run, one)
    const opening = 'role' in one ? [partyOpening(name, one)] : []
    const data = { ...rest, role: 'role' in one ? one.role : role }
    return [...opening, { stream, type: 'MailOrdered' as const, data, key: `order:${wish.mail}:${wish.id}` }]
  })
  await store.commit({ run: name, facts })
}

function problemsOf(run: PlannedRun, { mail, role, text }: LetterWish, to: readonly Addressee[]): string[] {
  const { prepares, byHand, afterwards, title } = traitsOf(mail)
  if (run.stopped) throw new RefusedError(`the run ${run.plan.id} was stopped: nothing more is sent`)
  if (run.endedMs !== undefined && !afterwards)
    throw new RefusedError(
      `the run ${run.plan.id} has ended; what can still be sent: ${byHandKinds()
        .filter((kind) => traitsOf(kind).afterwards)
        .join(', ')}`,
    )
  const problems: string[] = []
  if (!byHand) problems.push(`the ${title} goes out by the rules of the scenario; by hand go: ${byHandKinds().join(', ')}`)
  if (!prepares && !isLaunched(run))
    problems.push(`the ${title} goes out once the run is launched; before it go: ${preparingKinds().join(', ')}`)
  if (traitsOf(mail).needsWords && text.trim() === '') problems.push(`the ${title} needs words of yours: give them with --text`)
  for (const one of to) problems.push(...problemsOfAddressee(run, { mail, role }, one))
  return problems
}

function problemsOfAddressee(run: PlannedRun, { mail, role }: Pick<LetterWish, 'mail' | 'role'>, one: Addressee): string[] {
  const isParty = 'role' in one
  const to = isParty ? one.role : role
  if (!traitsOf(mail).to.includes(to))
    return [`${isParty ? one.id : one.name}: the ${letters[mail].title} is not for ${to}, but for ${letters[mail].to.join(', ')}`]
  try {
    addressedIn(run, isParty ? { party: one.id } : { site: one.name }, to)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

export function byHandKinds(): MailKind[] {
  return (Object.keys(letters) as MailKind[]).filter((kind) => traitsOf(kind).byHand)
}

function preparingKinds(): MailKind[] {
  return byHandKinds().filter((kind) => traitsOf(kind).prepares)
}

export type ResendWish = { run: string; by: string; unsure: boolean }
export type Resent = { who: string; letter: string; was: string }

/** Has letters sent once more that were refused or came back; those that may have gone out only when `unsure` says so. */
export async function resendFailed({ store, clock }: Pick<Core, 'store' | 'clock'>, { run, by, unsure }: ResendWish): Promise<Resent[]> {
  const state = await readPlannedRun(store, run)
  if (state.stopped) throw new RefusedError(`the run ${run} was stopped: nothing more is sent`)
  const isOpen = (mail: MailKind) => state.endedMs === undefined || traitsOf(mail).afterwards === true
  const resent: Resent[] = []
  for (const one of [...state.plan.sites, ...state.plan.parties]) {
    const stream = streamOf(state, one)
    for (const { was, effect, ...name } of failedOf(await readChallenge(store, stream), unsure)) {
      if (!isOpen(name.mail)) continue
      const done = await store.commit({
        run,
        move: { id: effect, from: ['refused', 'unsure', 'done'], to: 'queued', due: clock.now(), anew: true },
        facts: [{ stream, type: 'MailResent', data: { ...name, effect, by } }],
      })
      if (done === 'applied') resent.push({ who: 'role' in one ? one.id : one.name, letter: name.letter, was })
    }
  }
  return resent
}

function failedOf({ letters: all }: ChallengeState, unsure: boolean) {
  return Object.values(all).flatMap(({ mail, letter, role, ...trail }) => {
    const failed = trail.bounced ?? (trail.accepted ? undefined : (trail.refused ?? (unsure ? trail.unsure : undefined)))
    const effect = trail.sending?.data.effect ?? trail.refused?.data.effect
    if (failed === undefined || effect === undefined) return []
    const was = failed.type === 'MailReceived' ? `came back: ${failed.data.because}` : failed.data.reason
    return [{ mail, letter, role, effect, was }]
  })
}
