import type { Config } from '../config.ts'
import type { Instance } from '../instance.ts'

/** What a verb may use of the place where it was called. It ends by returning, and never ends the process. */
export type Cli = {
  cwd: string
  /** Who called, unless the verb is told another name. */
  user: string
  config: Config
  /** Whether the output is a terminal, which can be drawn anew. */
  isTerminal: boolean
  /** How wide the terminal is. */
  columns: number
  out(text: string): void
  err(text: string): void
  signal: AbortSignal
  /** Runs another verb in this process. */
  runVerb(argv: readonly string[], cli: Cli): Promise<number>
  /** The open instance: opened at the first call, or the one that `serve` has. */
  instance(): Promise<Instance>
}

/** Thrown by a verb that has said all, to leave with this exit status. */
export class Exit extends Error {
  override name = 'Exit'
  readonly status: number
  constructor(status: number) {
    super(`exit ${status}`)
    this.status = status
  }
}

/** ECMA-48: to the beginning of the line before, and clear all below. */
export const BACK = '\r\u001b[1A\u001b[J'

/** What JSON lets stand in its strings, and a terminal or a reader would obey. */
const OBEYED = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

export function printJson(cli: Pick<Cli, 'out'>, value: unknown): void {
  cli.out(`${JSON.stringify(value, null, 2).replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`)
}

/** Columns as wide as their longest cell; control characters never reach the terminal. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(visible))
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')
  return `${clean.map(line).join('\n')}\n`
}

/** What a site wrote, made harmless for a terminal. */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?')
}

/** The same for a message of several lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}
