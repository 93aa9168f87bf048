import { z } from 'zod'
import { type JobStatus, type Outcome, sameForAll } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { ask, type Context, eachOf, outcomeOf, TASK_ID } from './api.ts'
import { describeJob, type Job, jobsOf } from './jobs.ts'
import { stateByJobs, taskState } from './states.ts'
import { isNotFound, listTasks, noAnswer, registeredName } from './tasks.ts'

type Answers = Map<string, Outcome<JobStatus>>
/** A task's own word; undefined when PanDA has no such task. */
type Words = Map<string, Outcome<string | undefined>>

const MISSING: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'Task not found' } }

/** One list for many tasks; single questions for those that it does not hold; jobs only where a task's word does not tell. */
export async function status(ids: readonly string[], ctx: Context): Promise<Answers> {
  if (ctx.signal.aborted) return sameForAll(ids, { ok: false, transient: true, reason: 'the call was given up before anything was asked' })
  const valid = [...new Set(ids.filter((id) => TASK_ID.test(id)))]
  const words = await wordsOf(valid, ctx)
  const byJobs = valid.filter((id) => stateOf(words.get(id)) === 'by jobs')
  const jobs = await jobsOf(byJobs, ctx)
  const answers = await eachOf(valid, ctx.options.callsAtOnce, async (id) => answerOf(id, { word: words.get(id), jobs: jobs.get(id) }, ctx))
  const told = new Map(valid.map((id, index) => [id, answers[index]!]))
  return new Map(ids.map((id) => [id, told.get(id) ?? MISSING]))
}

async function wordsOf(ids: readonly string[], ctx: Context): Promise<Words> {
  const words: Words = new Map()
  if (ids.length > 1) {
    const list = await outcomeOf(() => listTasks(ctx, String(Math.min(...ids.map(Number)))))
    // The next hundred questions would fare no better.
    if (!list.ok) return sameForAll(ids, list)
    for (const task of list.value) words.set(String(task.jediTaskID), { ok: true, value: task.status })
  }
  const open = ids.filter((id) => !words.has(id))
  const singles = await eachOf(open, ctx.options.callsAtOnce, (id) => outcomeOf(() => wordOf(id, ctx)))
  for (const [index, id] of open.entries()) words.set(id, singles[index]!)
  return words
}

async function wordOf(id: string, ctx: Context): Promise<string | undefined> {
  const envelope = await ask(ctx, 'task/get_status', { task_id: id })
  if (envelope.success && typeof envelope.data === 'string') return envelope.data
  if (!isNotFound(envelope)) throw noAnswer(envelope, `task ${id}`)
  // Some minutes pass before JEDI takes a task up; only its parameters are known until then.
  return (await registeredName(id, ctx)) === undefined ? undefined : 'registered'
}

function stateOf(word: Outcome<string | undefined> | undefined) {
  return word?.ok && word.value !== undefined ? taskState(word.value) : undefined
}

type Found = { word: Outcome<string | undefined> | undefined; jobs: Outcome<Job[]> | undefined }

async function answerOf(id: string, { word, jobs }: Found, ctx: Context): Promise<Outcome<JobStatus>> {
  if (word === undefined || !word.ok) return word ?? MISSING
  if (word.value === undefined) return MISSING
  const native = plainLine(word.value, 100)
  const state = taskState(word.value)
  if (state === 'unknown') ctx.log('PanDA calls a task what we do not know', { task: id, word: native })
  if (state !== 'by jobs') return { ok: true, value: { state, native: state === 'failed' ? await withDialog(id, native, ctx) : native } }
  if (jobs === undefined || !jobs.ok) return jobs ?? MISSING
  const words = jobs.value.map((job) => job.jobStatus)
  return {
    ok: true,
    value: {
      state: stateByJobs(word.value, words),
      native: plainLine([native, ...jobs.value.slice(-3).map(describeJob)].join('; '), 1_000),
    },
  }
}

/** Why JEDI gave a task up stands beside it; that it cannot be read takes nothing from the state. */
async function withDialog(id: string, native: string, ctx: Context): Promise<string> {
  const envelope = await ask(ctx, 'task/get_detailed_info', { task_id: id }).catch(() => undefined)
  const details = z.object({ errorDialog: z.string() }).safeParse(envelope?.data)
  return details.success ? `${native}: ${plainLine(details.data.errorDialog)}` : native
}
