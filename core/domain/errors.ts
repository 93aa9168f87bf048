/** Each class answers two questions: whose fault, and is it worth trying again. */

/** The user's input is wrong: every problem with its place. The command line exits with 2. */
export class InputError extends Error {
  override name = 'InputError'
  readonly problems: readonly string[]
  constructor(what: string, problems: readonly string[]) {
    super(problems.length === 0 ? what : `${what}\n${problems.map((p) => `  - ${p}`).join('\n')}`)
    this.problems = problems
  }
}

/** A rule of the framework forbids it now (gate, approval, a lock). Not worth trying again unchanged. Exit 1. */
export class RefusedError extends Error {
  override name = 'RefusedError'
}

/** The other side could not do it just now, and certainly did not do it. Worth trying again. */
export class TransientError extends Error {
  override name = 'TransientError'
}

/** The other side answered no, for good. */
export class PermanentError extends Error {
  override name = 'PermanentError'
}

/** It may or may not have happened: never repeated blindly. */
export class UnsureError extends Error {
  override name = 'UnsureError'
}

/** One line of an unknown error, for a log or a fact. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
