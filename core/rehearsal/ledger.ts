import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'
import type { MailKind } from '../domain/mail.ts'

/**
 * What the sites' side knows, written down as it happens: a mail of ours that arrived, the word of another site, or an action that
 * was done. `question`: the scenario's, that a mail asks. `of`: the mail that an action answers.
 */
export type Entry =
  | MailEntry
  | { what: 'word'; at: number; site: string; from: string; messageId: string; replyTo: string; subject: string }
  | { what: 'done'; at: number; site: string; action: string; of: string }

export type MailEntry = {
  what: 'mail'
  at: number
  site: string
  mail: MailKind
  messageId: string
  replyTo: string
  subject: string
  question?: string
}

/** The sites' own memory, apart from the framework's: it survives a crash, and is the oracle for "no mail twice". */
export function openLedger(file: string): { entries: Entry[]; add(entry: Entry): void } {
  const entries = existsSync(file) ? readLines(file) : []
  return {
    entries,
    add: (entry) => {
      appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
      entries.push(entry)
    },
  }
}

/** A last line cut short by a crash was never acted upon: it is taken away, so that the next one stands by itself. */
function readLines(file: string): Entry[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  if (lines.pop() !== '') truncateSync(file, Buffer.byteLength(`${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`))
  return lines.map((line) => JSON.parse(line) as Entry)
}
