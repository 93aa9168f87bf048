import { messageOf, PermanentError } from '../../core/domain/errors.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { IDS_A_CALL } from './schema.ts'
import { isOver, nativeOf, stateOf } from './states.ts'
import type { Context, Found, Order, Way } from './way.ts'

type Looked = Map<string, Outcome<Found | undefined>>
const DONE: Outcome<null> = { ok: true, value: null }

/** DIRAC counts its jobs in a 32-bit column. */
export function isId(id: string): boolean {
  return /^[1-9][0-9]{0,9}$/.test(id) && Number(id) < 2 ** 31
}

/** Looks at any number of jobs, in chunks; a chunk that fails is not the others'. `undefined` = DIRAC does not know it. */
export async function look(ids: readonly string[], way: Way): Promise<Looked> {
  const looked: Looked = new Map(ids.map((id) => [id, { ok: true, value: undefined }]))
  for (const chunk of chunksOf(ids.filter(isId))) {
    try {
      const found = await way.look(chunk)
      for (const id of chunk) looked.set(id, { ok: true, value: found.get(id) })
    } catch (error) {
      for (const id of chunk) looked.set(id, failed(error))
    }
  }
  return looked
}

export async function statuses(ids: readonly string[], ctx: Context, way: Way): Promise<Map<string, Outcome<JobStatus>>> {
  const tell = (found: Found | undefined): JobStatus => {
    if (found === undefined) return { state: 'missing', native: 'not known to DIRAC' }
    const state = stateOf(found)
    if (state === 'unknown') ctx.log('DIRAC has a state that is not known here', { id: found.id, native: nativeOf(found) })
    return { state, native: nativeOf(found) }
  }
  const looked = [...(await look(ids, way))]
  return new Map(looked.map(([id, outcome]) => [id, outcome.ok ? { ok: true, value: tell(outcome.value) } : outcome]))
}

/**
 * Kills or deletes jobs: looks, orders it for those that it can be done to, and looks again, since DIRAC says that all went
 * well also where it did nothing. A job that is over need not be killed, one that is gone need not be deleted.
 */
export async function change(ids: readonly string[], way: Way, order: Order): Promise<Map<string, Outcome<null>>> {
  const before = await look(ids, way)
  const outcomes = new Map([...before].map(([id, one]) => [id, one.ok ? isNeedless(one.value, order) : one]))
  const open = [...outcomes].flatMap(([id, outcome]) => (outcome === undefined ? [id] : []))
  for (const chunk of chunksOf(open)) {
    const failure = await way.order(chunk, order).then(
      () => undefined,
      (error) => failed(error),
    )
    for (const [id, one] of await look(chunk, way)) outcomes.set(id, one.ok ? resultOf(one.value, order, failure) : (failure ?? one))
  }
  return new Map([...outcomes].map(([id, outcome]) => [id, outcome ?? DONE]))
}

/** What there is to say without ordering anything; undefined when it must be ordered. */
function isNeedless(found: Found | undefined, order: Order): Outcome<null> | undefined {
  if (order === 'Killed') {
    if (found === undefined) return { ok: false, transient: false, reason: 'there is no such job' }
    return isOver(found) ? DONE : undefined
  }
  if (found === undefined || found.status === 'Deleted') return DONE
  return isOver(found) ? undefined : { ok: false, transient: true, reason: 'the job still runs: cancel it first' }
}

function resultOf(found: Found | undefined, order: Order, failure: Outcome<null> | undefined): Outcome<null> {
  if (found === undefined || found.status === 'Deleted' || (order === 'Killed' && isOver(found))) return DONE
  return failure ?? { ok: false, transient: true, reason: `DIRAC did not do it: the job is ${nativeOf(found)}` }
}

function failed(error: unknown): Outcome<never> {
  return { ok: false, transient: !(error instanceof PermanentError), reason: messageOf(error) }
}

function chunksOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / IDS_A_CALL) }, (_, i) => ids.slice(i * IDS_A_CALL, (i + 1) * IDS_A_CALL))
}
