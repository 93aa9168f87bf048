import { gzipSync } from 'node:zlib'
import type { JobRequest } from '../../core/domain/submitter.ts'
import type { GlobusOptions } from './schema.ts'

/** A request of GRAM5 is one message of at most 64,000 bytes, of which the client writes some itself (globus_gram_protocol.h). */
export const MAX_RSL_BYTES = 60_000

/**
 * The one place where a text becomes a literal of RSL 1.0: between double quotes only the double quote has a meaning, and is
 * doubled. https://gridcf.org/gct-docs/latest/gram5/user/index.html, "RSL syntax".
 */
export function quoteRsl(text: string): string {
  if (text.includes('\0')) throw new RangeError('no NUL byte can stand in RSL')
  return `"${text.replaceAll('"', '""')}"`
}

type Relations = Readonly<Record<string, string>>

function conjunction(relations: Relations): string {
  return `&${Object.entries(relations)
    .map(([name, values]) => `(${name}=${values})`)
    .join('')}\n`
}

/** Comments need no journey. */
function bare(script: string): string {
  return script.replaceAll(/^\s*#.*\n/gm, '')
}

/** A job manager that begins anew cannot read back a request of several lines, and would drop its job: so the wrapper is packed, too. */
const UNPACK = 'eval "$(printf %s "$SSC_RUN" | base64 -d)"'

/** The script travels in the request itself: nothing has to be fetched from us later, so the job outlives the client. */
export function jobRsl(job: JobRequest, wrapper: string, { queue, project }: GlobusOptions): string {
  const packed = gzipSync(job.script).toString('base64')
  const run = Buffer.from(bare(wrapper)).toString('base64')
  return conjunction({
    executable: '/bin/sh',
    arguments: `"-c" ${quoteRsl(UNPACK)}`,
    environment: `(SSC_LABEL ${quoteRsl(job.label)}) (SSC_RUN ${quoteRsl(run)}) (SSC_JOB ${quoteRsl(packed)})`,
    job_type: 'single',
    // Whole minutes.
    max_wall_time: String(Math.max(1, Math.ceil(job.lifeSeconds / 60))),
    ...(queue === undefined ? {} : { queue: quoteRsl(queue) }),
    ...(project === undefined ? {} : { project: quoteRsl(project) }),
  })
}

export function lookRsl(script: string, words: readonly string[]): string {
  return conjunction({
    executable: '/bin/sh',
    arguments: ['-c', bare(script), 'sh', ...words].map(quoteRsl).join(' '),
    job_type: 'single',
    max_wall_time: '5',
  })
}
