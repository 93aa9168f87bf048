import type { MailKind, Role } from './domain/mail.ts'
import type { PlannedRun } from './domain/work.ts'

/** What an officer may write into one letter. */
export const MOST_CHARACTERS = 20_000

/** What is wrong with an officer's own words. */
export function textProblems(text: string): string[] {
  const long = text.length > MOST_CHARACTERS ? [`your words have ${text.length} characters; a letter takes ${MOST_CHARACTERS}`] : []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text) ? [...long, 'your words hold control characters: plain lines only'] : long
}

export function sitesProblems({ plan }: PlannedRun, names: readonly string[] = []): string[] {
  const unknown = names.filter((name) => !plan.sites.some((one) => one.name === name))
  return unknown.map((name) => `--sites: '${name}' is not in the plan of ${plan.id}`)
}

type Words = { mail: MailKind; role: Role; text: string; sites?: readonly string[] }

const DAY_MS = 86_400_000

/** The same words on the same day (UTC) have the same id, so that a command that is given twice orders one letter. `now` in ms since 1970. */
export function orderId({ sha256, now }: { sha256(text: string): string; now: number }, words: Words): string {
  return sha256(JSON.stringify([words.mail, words.role, words.text, words.sites ?? [], Math.floor(now / DAY_MS)])).slice(0, 10)
}
