import fc from 'fast-check'
import { UnsureError } from '../../../core/domain/errors.ts'
import type { Ran } from '../../../core/domain/reach.ts'

/** What a command said, as the runner hands it over. */
export function ran(out: string, more: Partial<Ran> = {}): Ran {
  return { code: 0, signal: null, out, err: '', isCut: false, ...more }
}

/** Any bytes, each as one character. */
export const anyText = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

/** What a hostile service may print: any text, lines of the true format in any order, and pieces of them. */
export function hostileText(lines: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(...lines).map((line) => `${line}\n`),
    fc.constantFrom(...lines).chain((line) => fc.nat(line.length).map((end) => line.slice(0, end))),
    anyText,
    fc.constantFrom('\n', '\t', '\r\n', '\0', '[', ']', '(', '\u001b[31m', '$(touch pwned)', '--all'),
  )
  return fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
}

/** The answer of a call that may also say that it does not know. */
export function outcomeOf<T>(call: () => T): T | 'unsure' {
  try {
    return call()
  } catch (error) {
    if (error instanceof UnsureError) return 'unsure'
    throw error
  }
}
