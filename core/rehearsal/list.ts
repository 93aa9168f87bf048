import type { Store } from '../ports.ts'

/** The document that names the rehearsals, oldest first: `rehearse` drives these runs, and `serve` leaves them alone. */
export const REHEARSALS = 'rehearsals'

export async function rehearsals(store: Store): Promise<string[]> {
  return (await store.document<string[]>(REHEARSALS)) ?? []
}
