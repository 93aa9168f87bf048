import { PermanentError } from '../../core/domain/errors.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'

export const SCRIPT = 'job.sh'
export const OUTPUT = 'out'
const LONGEST_SECONDS = 365 * 86_400
/** For what the computing element does around the script. */
const MARGIN_SECONDS = 60

/** A string of xRSL: a quotation mark is doubled, and nothing else is special: http://www.nordugrid.org/documents/xrsl.pdf */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not be there
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new PermanentError('a control character cannot stand in a job description')
  return `"${text.replaceAll('"', '""')}"`
}

export type Extras = { queue?: string | undefined; delegation?: string | undefined }

/**
 * The job description: the script is uploaded by us, and run by the shell, with stdout and stderr in one file that is kept
 * for download. The wall time is in seconds.
 */
export function xrslOf({ label, lifeSeconds }: Pick<JobRequest, 'label' | 'lifeSeconds'>, { queue, delegation }: Extras): string {
  const seconds = Math.ceil(Math.min(Math.max(lifeSeconds, 1), LONGEST_SECONDS)) + MARGIN_SECONDS
  const relations = {
    executable: '/bin/sh',
    arguments: SCRIPT,
    stdout: OUTPUT,
    // `join` is a client's word: A-REX itself joins two files of one name.
    stderr: OUTPUT,
    jobname: label,
    walltime: `${seconds} seconds`,
    queue,
    delegationid: delegation,
  }
  const simple = Object.entries(relations).flatMap(([name, value]) => (value === undefined ? [] : [`(${name}=${quoted(value)})`]))
  return `&${simple.join('')}(inputFiles=(${quoted(SCRIPT)} ""))(outputFiles=(${quoted(OUTPUT)} ""))`
}
