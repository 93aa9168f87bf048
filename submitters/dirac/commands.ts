import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HowToRun, Ran } from '../../core/domain/reach.ts'
import { type JobRequest, MAX_OUTPUT_BYTES, type Outcome, type ProbeResult } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { accessOf, answeredJobs, failureOf, saidBy, selectedIds, submittedId } from './command-words.ts'
import { jdlOf, labelGroup, OUTPUT, SCRIPT } from './jdl.ts'
import type { Context, Order, Way } from './way.ts'

/** Before any of our jobs: the command would else look at today's only. */
const SINCE = '2020-01-01'
/** A group that no job has. */
const NOBODY = labelGroup('')
const ORDERS: Readonly<Record<Order, string>> = { Killed: 'dirac-wms-job-kill', Deleted: 'dirac-wms-job-delete' }
const COMMANDS = [
  'dirac-wms-job-submit',
  'dirac-wms-job-status',
  'dirac-wms-job-get-output',
  'dirac-wms-select-jobs',
  'dirac-proxy-info',
  ...Object.values(ORDERS),
]

/** DIRAC by its commands: https://github.com/DIRACGrid/DIRAC/tree/integration/src/DIRAC/Interfaces/scripts */
export function commandWay(ctx: Context): Way {
  return {
    submit: (job) => submit(ctx, job),
    find: async (label) => selectedIds(await select(ctx, labelGroup(label))).sort((a, b) => Number(a) - Number(b))[0],
    look: async (ids) => {
      const ran = await question(ctx, ['dirac-wms-job-status', ...ids])
      return answeredJobs(ran, ids)
    },
    order: async (ids, order) => {
      const ran = await ctx.run([ORDERS[order], ...ids])
      if (ran.code !== 0) throw failureOf(saidBy(ran))
    },
    output: ({ id }) => output(ctx, id),
    probe: () => probe(ctx),
    check: () => check(ctx),
  }
}

/** DIRAC takes the script from the whole path that the JDL names, and puts it into a sandbox by itself. */
function submit(ctx: Context, job: JobRequest): Promise<Outcome<{ nativeId: string }>> {
  return ctx.withFiles({ [SCRIPT]: job.script }, (scripts) => {
    const description = { job, group: labelGroup(job.label), jobType: ctx.options.jobType, carrier: { sandbox: `${scripts}/${SCRIPT}` } }
    return ctx.withFiles({ 'job.jdl': jdlOf(description) }, async (folder): Promise<Outcome<{ nativeId: string }>> => {
      const ran = await ctx.run(['dirac-wms-job-submit', `${folder}/job.jdl`])
      const nativeId = submittedId(ran.out)
      if (nativeId !== undefined) return { ok: true, value: { nativeId } }
      const words = saidBy(ran)
      // Only what DIRAC itself calls an error of this JDL was not done.
      throw ran.code === 2 && /^ERROR /m.test(ran.out) ? failureOf(words) : new UnsureError(words)
    })
  })
}

function select(ctx: Context, group: string): Promise<Ran> {
  return question(ctx, ['dirac-wms-select-jobs', `--JobGroup=${group}`, `--Date=${SINCE}`, '--Maximum=0'])
}

/** What only asks may be asked again, whatever happened. */
async function question(ctx: Context, argv: readonly string[], how?: HowToRun): Promise<Ran> {
  try {
    return await ctx.run(argv, how)
  } catch (error) {
    throw error instanceof UnsureError ? new TransientError(error.message) : error
  }
}

/** A job may leave a link in its sandbox: only a plain file is read. */
function output(ctx: Context, id: string): Promise<Outcome<string>> {
  return ctx.withFiles({}, async (folder): Promise<Outcome<string>> => {
    const ran = await question(ctx, ['dirac-wms-job-get-output', '-D', folder, id])
    if (ran.code !== 0) return { ok: false, transient: true, reason: saidBy(ran) }
    const head = ['-type', 'f', '-exec', 'head', '-c', String(MAX_OUTPUT_BYTES), '{}', ';']
    const read = await question(ctx, ['find', `${folder}/${id}/${OUTPUT}`, '-maxdepth', '0', ...head], { maxBytes: MAX_OUTPUT_BYTES })
    if (read.code === 0) return { ok: true, value: read.out }
    return { ok: false, transient: false, reason: `the job left no ${OUTPUT}: ${saidBy(read)}` }
  })
}

/** Asks for jobs that do not exist: DIRAC must know the identity to answer that there are none. */
async function probe(ctx: Context): Promise<ProbeResult> {
  try {
    const ran = await ctx.run(['dirac-wms-select-jobs', `--JobGroup=${NOBODY}`, `--Date=${SINCE}`, '--Maximum=0'])
    return accessOfSelection(ran)
  } catch (error) {
    // It was started and its end never came.
    return { access: error instanceof UnsureError ? 'unreachable' : 'unknown', words: messageOf(error) }
  }
}

function accessOfSelection(ran: Ran): ProbeResult {
  const words = saidBy(ran)
  try {
    selectedIds(ran)
    return { access: 'accepted', words }
  } catch {
    return { access: accessOf(words), words }
  }
}

async function check(ctx: Context): Promise<string[]> {
  const missing = (await Promise.all(COMMANDS.map((name) => problemOf(ctx, name)))).flat()
  if (missing.length > 0) return missing
  const proxy = await question(ctx, ['dirac-proxy-info']).catch((error) => messageOf(error))
  if (typeof proxy === 'string' || proxy.code !== 0)
    return [`there is no usable proxy: ${typeof proxy === 'string' ? proxy : saidBy(proxy)}; make one with dirac-proxy-init`]
  const { access, words } = await probe(ctx)
  return access === 'accepted' ? [] : [`DIRAC does not answer as it should (${access}): ${words}`]
}

async function problemOf(ctx: Context, name: string): Promise<string[]> {
  try {
    await ctx.run([name, '--help'])
    return []
  } catch (error) {
    const why =
      error instanceof PermanentError ? `${name} is missing: load DIRAC's environment, or name its folder in config.yaml` : messageOf(error)
    return [plainLine(why)]
  }
}
