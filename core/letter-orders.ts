import { aboutOf, nameOf } from './addressees.ts'
import { addressedIn } from './app/addressed.ts'
import type { Core } from './app/deps.ts'
import { type LetterWish, orderLetter } from './app/order-letter.ts'
import { readChallenge, streamOf } from './app/view.ts'
import { InputError } from './domain/errors.ts'
import { letters, type Role } from './domain/mail.ts'
import type { Addressee, PlannedRun } from './domain/work.ts'

type Stored = Pick<Core, 'store'>

/** An order with those whom its words name, and what is wrong with it so far. */
export type Wished = { wish: LetterWish; to: Addressee[]; problems: string[] }

/** The use case tells of all that it would refuse; here it writes nothing. */
export async function tryOrder({ store }: Stored, wish: LetterWish, { to, problems }: Pick<Wished, 'to' | 'problems'>): Promise<void> {
  try {
    await orderLetter({ store: { ...store, commit: async () => 'applied' } }, wish, to)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problems.push(...(error.problems.length > 0 ? error.problems : [error.message]))
  }
  if (problems.length > 0) throw new InputError(`the ${letters[wish.mail].title} cannot be sent; nothing was ordered:`, problems)
}

export type Before = { id: string; has(name: string): boolean }

/** Who has this very order already; with `again` it gets an id of its own, which nobody has. */
export async function orderedBefore(
  { store }: Stored,
  run: PlannedRun,
  { wish, to, again }: { wish: LetterWish; to: readonly Addressee[]; again: boolean },
): Promise<Before> {
  const times = new Map<string, number>()
  for (const one of to) {
    const { orders } = await readChallenge(store, streamOf(run, one))
    const same = orders.filter(({ data }) => data.mail === wish.mail && (data.id === wish.id || data.id.startsWith(`${wish.id}.`)))
    times.set(nameOf(one), same.length)
  }
  const most = Math.max(0, ...times.values())
  if (again) return { id: most === 0 ? wish.id : `${wish.id}.${most + 1}`, has: () => false }
  return { id: wish.id, has: (name) => (times.get(name) ?? 0) > 0 }
}

/** To whom it goes: the role and the address. */
export function rowOf(run: PlannedRun, one: Addressee, { role }: LetterWish): { who: string; role: Role; address: string } {
  const to = 'role' in one ? one.role : role
  return { who: nameOf(one), role: to, address: addressedIn(run, aboutOf(one), to).address }
}
