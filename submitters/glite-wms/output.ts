import { failure, GIVEN_UP } from '../../core/domain/bulk.ts'
import { boundedOutput, MAX_BLOCKS } from '../../core/domain/job-text.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { MAX_OUTPUT_BYTES, type Outcome } from '../../core/domain/submitter.ts'
import { textOf } from './answers.ts'
import { type Context, command } from './calls.ts'
import { faultOf, isUnknownJob } from './faults.ts'
import { OUTPUT_FILE } from './jdl.ts'
import { isJobId, isOurServer, serverOfId, uniqueOf } from './target.ts'

/** The command names its folder after this variable, which a clean environment does not hold. */
const USER = 'job'

/** Fetches the files of a job below `folder`; without `--nopurge` they are gone at the service, and the job is Cleared. */
export async function fetchOutput(id: string, ctx: Context, how: { folder: string; isLast: boolean }): Promise<Ran> {
  const fetch = ['glite-wms-job-output', '--noint', ...(how.isLast ? [] : ['--nopurge']), '--dir', how.folder, id]
  // A job could leave a file without end.
  return command(ctx, ['sh', '-c', `ulimit -f ${MAX_BLOCKS}; exec "$@"`, 'sh', ...fetch], { env: { LOGNAME: USER } })
}

/** What the command says of success varies between versions: the file counts. */
export async function output(id: string, ctx: Context): Promise<Outcome<string>> {
  if (!isJobId(id)) return { ok: false, transient: false, reason: 'not an id of a WMS job' }
  if (ctx.signal.aborted || !isOurServer(serverOfId(id), ctx.options)) return failure(new Error(GIVEN_UP))
  try {
    return await ctx.withFiles({}, async (folder) => {
      const ran = await fetchOutput(id, ctx, { folder, isLast: false })
      const file = `${folder}/${USER}_${uniqueOf(id)}/${OUTPUT_FILE}`
      const read = await command(ctx, ['head', '-c', String(MAX_OUTPUT_BYTES), file], { maxBytes: MAX_OUTPUT_BYTES })
      return read.code === 0 ? { ok: true, value: boundedOutput(read.out) } : noOutput(ran)
    })
  } catch (error) {
    return failure(error)
  }
}

function noOutput(ran: Ran): Outcome<never> {
  const text = textOf(ran)
  const { kind, words } = faultOf(text)
  const isFinal = isUnknownJob(text) || kind === 'denied' || /already retrieved|has been cancelled/i.test(text)
  return { ok: false, transient: !isFinal, reason: words || 'there is no output' }
}
