import { PermanentError } from './errors.ts'
import { MAX_OUTPUT_BYTES } from './submitter.ts'

/** In blocks of 512 bytes, as POSIX counts for `ulimit -f`: 10 MiB, so that no job fills a disk. */
export const MAX_BLOCKS = 20_480

/** A VO's name as VOMS allows it. */
const VO = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/

export function isVoName(vo: string): boolean {
  return VO.test(vo)
}

/**
 * A string of the ClassAd language (https://htcondor.readthedocs.io/en/latest/classads/classad-mechanism.html), as JDL has it.
 * Throws PermanentError for control characters: they have no place in a description.
 */
export function quoteClassAd(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new PermanentError('a control character cannot stand in a job description')
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`
}

/** Both streams go into one file, in their order, and not without end. */
export function joinStreams(script: string): string {
  return `exec 2>&1\nulimit -f ${MAX_BLOCKS}\n${script}`
}

/** At most MAX_OUTPUT_BYTES of it: bytes that are no text grow when they are read as text. */
export function boundedOutput(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MAX_OUTPUT_BYTES ? text : bytes.subarray(0, MAX_OUTPUT_BYTES - 3).toString('utf8')
}
