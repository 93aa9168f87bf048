import { aboutOf, nameOf } from './addressees.ts'
import { addressedIn } from './app/addressed.ts'
import { nameOf as letterOf } from './app/send-mail.ts'
import { readChallenge, streamOf } from './app/view.ts'
import type { ChallengeState } from './domain/challenge.ts'
import { kindOf, type Letter } from './domain/correspondence.ts'
import type { LetterName, ReplyKind } from './domain/event.ts'
import { orderedLetters } from './domain/letters.ts'
import type { Addressee, PlannedRun } from './domain/work.ts'
import type { Effect, Store } from './ports.ts'

/** `ordered`: the engine has not seen it yet; `sent`: it left, and the other side has not answered. */
export const letterStates = ['ordered', 'due', 'held', 'sent', 'accepted', 'refused', 'unsure', 'came back'] as const
export type LetterState = (typeof letterStates)[number]

/** What an officer has to see to. */
export const failedStates: readonly LetterState[] = ['refused', 'unsure', 'came back']

export type LetterRow = LetterName & {
  who: string
  address: string
  state: LetterState
  /** Of a letter that is due: when; else when it came to that state. ms since 1970. */
  at: number
  /** Why, where it did not arrive. */
  words: string
  answers: Record<ReplyKind, number>
}

/** Every letter of the run with what became of it, by addressee. */
export async function letterRows(store: Store, run: PlannedRun, of: readonly Addressee[]): Promise<LetterRow[]> {
  const open = (await store.effects(run.plan.id, ['queued', 'deferred', 'doing', 'held'])).filter((one) => one.kind === 'send-mail')
  const rows = await Promise.all(
    of.map(async (one) => {
      const stream = streamOf(run, one)
      return rowsOf(run, one, { state: await readChallenge(store, stream), open: open.filter((effect) => effect.stream === stream) })
    }),
  )
  return rows.flat()
}

function rowsOf(run: PlannedRun, one: Addressee, { state, open }: { state: ChallengeState; open: readonly Effect[] }): LetterRow[] {
  const waiting = new Map(open.map((effect) => [letterOf(effect).letter, effect]))
  const ordered = new Map(orderedLetters(state).map((letter) => [letter.letter, letter]))
  const names = new Map<string, LetterName>()
  for (const letter of [...Object.values(state.letters), ...open.map(letterOf), ...ordered.values()])
    names.set(letter.letter, { mail: letter.mail, letter: letter.letter, role: letter.role })
  const rows = [...names.values()].map((name): LetterRow => {
    const letter = state.letters[name.letter]
    const effect = waiting.get(name.letter)
    const found = (effect && openState(effect)) ??
      (letter && stateOf(letter)) ?? { state: 'ordered', at: ordered.get(name.letter)?.due ?? 0, words: '' }
    return {
      who: nameOf(one),
      ...name,
      address: letter?.sending?.data.to ?? plannedAddress(run, one, name),
      ...found,
      answers: answersTo(state, name),
    }
  })
  return rows.sort((a, b) => a.at - b.at)
}

type Found = Pick<LetterRow, 'state' | 'at' | 'words'>

/** What is under way may have left: the log tells more of it. */
function openState({ state, due }: Effect): Found | undefined {
  if (state === 'doing') return undefined
  return { state: state === 'held' ? 'held' : 'due', at: due, words: '' }
}

/** The last word counts: what bounced was taken before. */
export function stateOf({ bounced, accepted, refused, unsure, sending, resent }: Letter): Found | undefined {
  if (bounced) return { state: 'came back', at: bounced.at, words: bounced.data.because }
  if (accepted) return { state: 'accepted', at: accepted.at, words: '' }
  if (refused) return { state: 'refused', at: refused.at, words: `by the ${refused.data.by}: ${refused.data.reason}` }
  if (unsure) return { state: 'unsure', at: unsure.at, words: unsure.data.reason }
  if (sending) return { state: 'sent', at: sending.at, words: '' }
  return resent && { state: 'due', at: resent.at, words: '' }
}

function plannedAddress(run: PlannedRun, one: Addressee, { role }: LetterName): string {
  try {
    return addressedIn(run, aboutOf(one), role).address
  } catch {
    return ''
  }
}

function answersTo(state: ChallengeState, { letter, role }: LetterName): Record<ReplyKind, number> {
  const kinds = state.answers.filter((one) => one.data.letter === letter && one.data.role === role).map((one) => kindOf(state, one))
  const count = (kind: ReplyKind) => kinds.filter((one) => one === kind).length
  return { human: count('human'), automatic: count('automatic'), bounce: count('bounce') + (state.letters[letter]?.bounced ? 1 : 0) }
}
