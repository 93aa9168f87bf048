import { PermanentError } from '../../core/domain/errors.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'

/**
 * A string in a submit description (https://htcondor.readthedocs.io/en/latest/users-manual/submitting-a-job.html and the
 * manual page of condor_submit). `$(DOLLAR)` stands for a dollar that begins no macro. Old and new ClassAds read a backslash
 * in two ways, `$$` is expanded once more at the match, and a control character could begin a new line: these are refused.
 */
export function quoteValue(text: string): string {
  if (/[\p{Cc}\\\u2028\u2029]|\$\$/u.test(text)) throw new PermanentError(`HTCondor has no safe spelling for ${JSON.stringify(text)}`)
  return `"${text.replaceAll('"', '\\"').replaceAll('$', '$(DOLLAR)')}"`
}

/** A string in a ClassAd expression of an argument list, where no macro is read. */
export function quoteInExpression(text: string): string {
  if (/[\p{Cc}\\]/u.test(text)) throw new PermanentError(`a ClassAd has no safe spelling for ${JSON.stringify(text)}`)
  return `"${text.replaceAll('"', '\\"')}"`
}

export type Description = { job: JobRequest; folder: string; site?: { attribute: string; name: string } }

/**
 * The submit description. `folder` holds job.sh and takes the output. The computing element reads the wall time, in minutes,
 * from maxWallTime; the schedd itself removes what runs for longer.
 */
export function describeJob({ job, folder, site }: Description): string {
  const seconds = Math.min(Math.max(Math.ceil(job.lifeSeconds), 1), 365 * 86_400) + 60
  const lines = [
    'universe = vanilla',
    `initialdir = ${folder}`,
    `executable = ${folder}/job.sh`,
    'transfer_executable = true',
    'should_transfer_files = YES',
    'when_to_transfer_output = ON_EXIT',
    'transfer_output_files = ""',
    'output = output',
    'notification = never',
    'getenv = false',
    `batch_name = ${job.label}`,
    `+SscLabel = ${quoteValue(job.label)}`,
    `+maxWallTime = ${Math.ceil(seconds / 60)}`,
    `periodic_remove = JobStatus == 2 && time() - EnteredCurrentStatus > ${seconds}`,
    ...(site === undefined ? [] : [`+${site.attribute} = ${quoteValue(site.name)}`]),
    'queue 1',
  ]
  return `${lines.join('\n')}\n`
}

/** The script with both outputs joined in order, since HTCondor brings them back as two files. */
export function joinOutputs(script: string): string {
  return `#!/bin/sh\nexec 2>&1\n${script}`
}
