import { type Outcome, sameForAll } from '../../core/domain/submitter.ts'
import { ask, type Context, type Envelope, eachOf, outcomeOf, post, TASK_ID } from './api.ts'
import { registeredName } from './tasks.ts'

const DONE: Outcome<null> = { ok: true, value: null }

/** Asks for the end of each task. PanDA carries it out some minutes later. */
export async function cancel(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  if (ctx.signal.aborted) return sameForAll(ids, { ok: false, transient: true, reason: 'the call was given up before anything was done' })
  const outcomes = await eachOf(ids, ctx.options.callsAtOnce, (id) => kill(id, ctx))
  return new Map(ids.map((id, index) => [id, outcomes[index]!]))
}

async function kill(id: string, ctx: Context): Promise<Outcome<null>> {
  if (!TASK_ID.test(id)) return { ok: false, transient: false, reason: 'not a task of PanDA' }
  const outcome = await outcomeOf(async () => {
    // Broadcast: the pilots hear it at once, not with their next heartbeat half an hour later.
    const envelope = await post(ctx, 'task/kill', { task_id: Number(id), broadcast: true })
    return killed(id, envelope, ctx)
  })
  return outcome.ok ? outcome.value : outcome
}

/** The states in which the kill command is refused since nothing is left to kill, or since it is on its way. */
const OVER = /(is in|in) (finished|done|prepared|broken|aborted|toabort|aborting|failed) (status|state)/

/**
 * Codes: 0 registered, 1 not registered, 2 not found, 3 permission denied, 4 not in this status.
 * https://github.com/PanDAWMS/panda-server, sendCommandTaskPanda
 */
async function killed(id: string, { success, message, data }: Envelope, ctx: Context): Promise<Outcome<null>> {
  if (success || (data === 4 && OVER.test(message))) return DONE
  const isUnheardOf = data === 2 || /not found|not the task owner/i.test(message)
  // Before JEDI has taken a task up, it has neither a status nor an owner.
  if (isUnheardOf && (await isWaiting(id, ctx)))
    return { ok: false, transient: true, reason: `PanDA takes no command yet for task ${id}, which is registered only: ${message}` }
  return { ok: false, transient: data === 1, reason: message === '' ? 'PanDA gives no reason' : message }
}

async function isWaiting(id: string, ctx: Context): Promise<boolean> {
  const envelope = await ask(ctx, 'task/get_status', { task_id: id })
  return !envelope.success && (await registeredName(id, ctx)) !== undefined
}
