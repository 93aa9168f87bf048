import { quoteClassAd as quote } from '../../core/domain/job-text.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'

export const OUTPUT_FILE = 'out.txt'
/**
 * A job description, https://wiki.italiangrid.it/twiki/bin/view/CREAM/JdlGuide. The output stays at the computing element
 * until it is fetched; the wall time is passed on to the batch system in minutes.
 */
export function describe(job: JobRequest, scriptFile: string): string {
  const minutes = Math.max(1, Math.ceil(job.lifeSeconds / 60))
  return [
    '[',
    'JobType = "Normal";',
    'Executable = "/bin/sh";',
    `Arguments = ${quote(scriptFile.slice(scriptFile.lastIndexOf('/') + 1))};`,
    `Environment = { ${quote(`JOB_LABEL=${job.label}`)} };`,
    `StdOutput = ${quote(OUTPUT_FILE)};`,
    `InputSandbox = { ${quote(scriptFile)} };`,
    `OutputSandbox = { ${quote(OUTPUT_FILE)} };`,
    'OutputSandboxBaseDestUri = "gsiftp://localhost";',
    `VirtualOrganisation = ${quote(job.vo)};`,
    `CERequirements = ${quote(`other.GlueCEPolicyMaxWallClockTime >= ${minutes}`)};`,
    ']\n',
  ].join('\n')
}
