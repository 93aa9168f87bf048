import type { JobRequest } from '../../core/domain/submitter.ts'

/** A word of a command line has 128 KiB on Linux (MAX_ARG_STRLEN), and the pilot's carries other things, too. */
export const MAX_PAYLOAD_BYTES = 100_000
const FILE = 'ssc-job.sh'

/**
 * What a transform of PanDA, `runGen`, runs: the way of `prun --exec`. The script becomes a file in the job's folder, so that
 * it can be read there, and takes the shell's place, so that a signal reaches it.
 */
export function execOf({ script, label }: Pick<JobRequest, 'script' | 'label'>): string {
  // The label tells apart: no line of the script can end it by chance.
  const end = `SSC_END_${label}`
  const text = script.endsWith('\n') ? script : `${script}\n`
  return `cat > ${FILE} <<'${end}'\n${text}${end}\nexec /bin/sh ${FILE}\n`
}

/** Why a script cannot go through `runGen`, or undefined: it is put into Python's r"""…""" there. */
export function problemOfPayload(job: Pick<JobRequest, 'script' | 'label'>): string | undefined {
  const exec = execOf(job)
  if (/[^\t\n\x20-\x7e]/.test(exec)) return "the script holds other than printable ASCII, which PanDA's transform does not carry"
  if (exec.includes('"""')) return `the script holds """, which PanDA's transform takes for the end of the script`
  if (job.script.split('\n').includes(`SSC_END_${job.label}`))
    return `the script holds a line SSC_END_${job.label}, with which we mark its end`
  return encode(exec).length > MAX_PAYLOAD_BYTES
    ? `the script is longer than PanDA's job parameters carry: ${MAX_PAYLOAD_BYTES} bytes when encoded`
    : undefined
}

/** Percent-encoded (RFC 3986, section 2.1), stricter than that: nothing is left that a shell, Python or PanDA's templates could read. */
export function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z0-9_.-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
