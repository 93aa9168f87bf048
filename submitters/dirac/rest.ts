import { z } from 'zod'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { JobRequest, Outcome, ProbeResult } from '../../core/domain/submitter.ts'
import { jdlOf, jobName, runGroup } from './jdl.ts'
import { ask, bodyOf, sent, wordsOf } from './rest-call.ts'
import { type Row, search } from './rest-search.ts'
import { downloadOutput, uploadScript } from './sandbox.ts'
import type { Context, Found, Order, Way } from './way.ts'

/** Of the OpenAPI of DiracX 0.7: routers/jobs/submission.py, status.py, query.py. */
const Inserted = z.array(z.object({ JobID: z.number().int().positive() })).length(1)
const UserInfo = z.object({ properties: z.array(z.string().max(200)).max(200), preferred_username: z.string().max(500) })
/** `diracx.core.properties.NORMAL_USER`: without it a token may start no job. */
const MAY_SUBMIT = 'NormalUser'

/** DIRAC by DiracX's REST interface. */
export function restWay(ctx: Context): Way {
  return {
    submit: (job) => submit(ctx, job),
    find: (label) => find(ctx, label),
    look: async (ids) => {
      const rows = await search(ctx, { parameter: 'JobID', operator: 'in', values: ids.map(Number) })
      return new Map(rows.map((row) => [String(row.JobID), foundOf(row)]))
    },
    order: (ids, order) => change(ctx, ids, order),
    output: (found) => downloadOutput(ctx, found),
    probe: () => probe(ctx),
    check: () => check(ctx),
  }
}

async function submit(ctx: Context, job: JobRequest): Promise<Outcome<{ nativeId: string }>> {
  const { sandboxStore, jobType } = ctx.options
  const carrier = sandboxStore === undefined ? ({ embedded: true } as const) : { sandbox: await uploadScript(ctx, job.script) }
  const body = [jdlOf({ job, group: runGroup(job.label), jobType, carrier })]
  const answer = bodyOf(await ask(ctx, 'order', { method: 'POST', path: '/api/jobs/jdl', body }), 'order')
  const inserted = Inserted.safeParse(answer)
  if (!inserted.success) throw new UnsureError('DiracX took the job and did not name one id')
  return { ok: true, value: { nativeId: String(inserted.data[0]?.JobID) } }
}

/** A database may compare without regard to case; and where a VO shows all jobs to all, anybody may have used the name. */
async function find(ctx: Context, label: string): Promise<string | undefined> {
  const name = jobName(label)
  const rows = (await search(ctx, { parameter: 'JobName', operator: 'eq', value: name })).filter((row) => row.JobName === name)
  if (rows.length === 0) return undefined
  const owner = (await whoWeAre(ctx)).preferred_username
  const first = rows.find((row) => row.Owner === owner)
  return first === undefined ? undefined : String(first.JobID)
}

/** What our token says: diracx-routers/src/diracx/routers/auth/management.py. */
async function whoWeAre(ctx: Context): Promise<z.infer<typeof UserInfo>> {
  const info = UserInfo.safeParse(bodyOf(await ask(ctx, 'question', { method: 'GET', path: '/api/auth/userinfo' }), 'question'))
  if (info.success) return info.data
  throw new TransientError('DiracX tells of our token in an unknown form: is it another version?')
}

function foundOf(row: Row): Found {
  return { id: String(row.JobID), status: row.Status, minor: row.MinorStatus ?? undefined, application: row.ApplicationStatus ?? undefined }
}

/**
 * `PATCH /api/jobs/status`. One id that is not ours, or not there, refuses the whole request (access_policies.py): then each
 * is asked for alone, and the caller looks what became of it.
 */
async function change(ctx: Context, ids: readonly string[], order: Order): Promise<void> {
  const update = { Status: order, MinorStatus: 'ssc', Source: 'ssc' }
  const at = new Date(await changeTimeMs(ctx)).toISOString()
  const body = Object.fromEntries(ids.map((id) => [id, { [at]: update }]))
  const answer = await ask(ctx, 'order', { method: 'PATCH', path: '/api/jobs/status', body })
  if (answer.status === 403 && ids.length > 1) return changeEach(ctx, ids, order)
  bodyOf(answer, 'order')
}

async function changeEach(ctx: Context, ids: readonly string[], order: Order): Promise<void> {
  for (const id of ids)
    await change(ctx, [id], order).catch((error) => {
      if (!(error instanceof PermanentError)) throw error
      ctx.log('DiracX refused a change of a job', { id, order, words: messageOf(error) })
    })
}

/**
 * A change that is older than the last one is dropped without a word (logic/jobs/status.py), so the later of both clocks
 * counts. The server's may have run on by a second: RFC 9110, section 6.6.1.
 */
async function changeTimeMs(ctx: Context): Promise<number> {
  const { headers } = await ping(ctx)
  const serverMs = Date.parse(headers.date ?? '')
  return Math.max(Date.now(), Number.isNaN(serverMs) ? 0 : serverMs + 1_000)
}

/** Asks without a credential whether DiracX is there. */
function ping(ctx: Context) {
  return sent(ctx, 'question', { method: 'GET', url: `${ctx.options.server}/.well-known/dirac-metadata`, auth: 'none' })
}

/** That somebody is there is asked first: what then fails before an answer is the fault of our own credential. */
async function probe(ctx: Context): Promise<ProbeResult> {
  try {
    await ping(ctx)
  } catch (error) {
    return { access: error instanceof TransientError ? 'unreachable' : 'unknown', words: messageOf(error) }
  }
  const body = { parameters: ['JobID'], search: [{ parameter: 'JobID', operator: 'eq', value: 0 }] }
  const answer = await ask(ctx, 'question', { method: 'POST', path: '/api/jobs/search?per_page=1', body })
  const words = wordsOf(answer)
  if (answer.status === 200 || answer.status === 206 || answer.status === 416) return { access: 'accepted', words }
  const isRefused = answer.status === 403 || (answer.status === 401 && /\b(banned|suspended)\b/i.test(words))
  return { access: isRefused ? 'refused' : 'unknown', words }
}

async function check(ctx: Context): Promise<string[]> {
  const { server } = ctx.options
  try {
    const metadata = await ping(ctx)
    if (metadata.status !== 200) return [`${server} is not DiracX (${wordsOf(metadata)}): correct the option server`]
    const { properties } = await whoWeAre(ctx)
    const problems = properties.includes(MAY_SUBMIT)
      ? []
      : [`the token's DIRAC group has no ${MAY_SUBMIT}: ask for a token of another group`]
    return [...problems, ...(await outputProblems(ctx))]
  } catch (error) {
    return [`${server} cannot be used: ${messageOf(error)}`]
  }
}

/** What only the output needs. */
async function outputProblems(ctx: Context): Promise<string[]> {
  if (ctx.options.sandboxStore === undefined) return []
  const asked = ['curl', 'tar'].map(async (name) => {
    const problem = await ctx.run([name, '--version'], { timeoutMs: 10_000 }).then(
      (ran) => ran.code !== 0,
      () => true,
    )
    return problem ? [`${name} is missing: install it, or no job's output comes back`] : []
  })
  return (await Promise.all(asked)).flat()
}
