import { quoteClassAd as quote } from '../../core/domain/job-text.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'

export const OUTPUT_FILE = 'out.txt'
/** The tag under which the bookkeeping finds a job again. */
export const TAG = 'job_label'
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
