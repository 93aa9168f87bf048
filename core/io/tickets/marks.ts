import { createHash } from 'node:crypto'
import { PermanentError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'

const LABEL = '[A-Za-z0-9-]{8,80}'
const isLabel = new RegExp(`^${LABEL}$`)
const markLine = new RegExp(`^\\[ssc:(${LABEL})\\]$`)
const NO_LABEL = 'a label has 8 to 80 letters, digits or -'
/** Request Tracker cuts a subject there, counting bytes (varchar(200) in its etc/schema.*), and the mark must not be cut off. */
const MOST_SUBJECT_BYTES = 200
/** Less than is read back, so that the mark is read, too. */
const MOST_TEXT_BYTES = 1_000_000

/** A short sign of a label, which disturbs nobody in a subject: `[ssc#ab12cd34ef56]`. Only the text's mark proves it. */
export function subjectMark(label: string): string {
  if (!isLabel.test(label)) throw new PermanentError(NO_LABEL)
  return `[ssc#${createHash('sha256').update(label).digest('hex').slice(0, 12)}]`
}

/** One line, with the mark at its end. */
export function markedSubject(subject: string, label: string): string {
  const mark = subjectMark(label)
  const line = Buffer.from(plainLine(subject)).subarray(0, MOST_SUBJECT_BYTES - mark.length - 1)
  // A character that would be cut in two is left out.
  return `${new TextDecoder().decode(line, { stream: true })} ${mark}`
}

/** The text without control characters that databases refuse, and the label in a line of its own at the end. */
export function markedText(text: string, label: string): string {
  if (!isLabel.test(label)) throw new PermanentError(NO_LABEL)
  const lines = wellFormed(text.replace(/\r\n?/g, '\n'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not go out
  const marked = `${lines.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd').trimEnd()}\n\n[ssc:${label}]\n`
  if (Buffer.byteLength(marked) > MOST_TEXT_BYTES) throw new PermanentError('the text is longer than 1 MB')
  return marked
}

/** The label that stands in the last line of a text; a quoted one does not count. */
export function labelOf(text: string): string | undefined {
  return markLine.exec(text.trimEnd().split('\n').at(-1)?.trimEnd() ?? '')?.[1]
}

/** Half a character has no bytes in UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd')
}
