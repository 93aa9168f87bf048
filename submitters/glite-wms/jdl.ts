import { PermanentError } from '../../core/domain/errors.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'

export const OUTPUT_FILE = 'out.txt'
/** The tag under which the bookkeeping finds a job again. */
export const TAG = 'job_label'
/** In blocks of 512 bytes, as POSIX counts: 10 MiB. */
export const MAX_BLOCKS = 20_480

/** A VO's name as VOMS allows it. */
const VO = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/

export function isVo(vo: string): boolean {
  return VO.test(vo)
}

/** A string of the ClassAd language. Throws PermanentError for control characters: they have no place in a description. */
export function quote(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new PermanentError('a control character cannot stand in a job description')
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`
}

/**
 * A job description, https://edms.cern.ch/document/590869 ("JDL Attributes Specification"). Neither the WMS nor the
 * computing element may try a job again: a label begins one job.
 */
export function describe(job: JobRequest, scriptFile: string): string {
  const minutes = Math.max(1, Math.ceil(job.lifeSeconds / 60))
  return [
    '[',
    'Type = "Job";',
    'JobType = "Normal";',
    'Executable = "/bin/sh";',
    `Arguments = ${quote(scriptFile.slice(scriptFile.lastIndexOf('/') + 1))};`,
    `StdOutput = ${quote(OUTPUT_FILE)};`,
    `InputSandbox = { ${quote(scriptFile)} };`,
    `OutputSandbox = { ${quote(OUTPUT_FILE)} };`,
    `VirtualOrganisation = ${quote(job.vo)};`,
    'RetryCount = 0;',
    'ShallowRetryCount = -1;',
    `UserTags = [ ${TAG} = ${quote(job.label)} ];`,
    `Requirements = other.GlueCEPolicyMaxWallClockTime >= ${minutes};`,
    'Rank = -other.GlueCEStateEstimatedResponseTime;',
    ']\n',
  ].join('\n')
}

/** Both streams go into one file, in their order. */
export function scriptOf(script: string): string {
  return `exec 2>&1\nulimit -f ${MAX_BLOCKS}\n${script}`
}
