import type { FoundToken } from './mail.ts'

/** By what an answer is matched, the surest first. */
export const ways = ['references', 'recipient', 'ticket', 'subject'] as const
export type Way = (typeof ways)[number]

/** What the store finds a letter by. A token and a code stand there as their hash: what is looked up is no secret by itself. */
export const refOf = {
  token: (hash: string) => `token:${hash}`,
  code: (hash: string) => `code:${hash}`,
  link: (hash: string) => `link:${hash}`,
  appeal: (hash: string) => `appeal:${hash}`,
  ticket: (system: string, id: string) => `ticket:${system.toLowerCase()}:${id.toLowerCase()}`,
  /** As its own helpdesk names it, which writes from that domain. */
  ticketFrom: (from: string, { system, id }: { system: string; id: string }) =>
    from.includes('@') ? [`${refOf.ticket(system, id)}@${domainOf(from)}`] : [],
  subject: (tag: string) => `tag:${tag.toUpperCase()}`,
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** EGI's incident tag of a challenge: the day, and six digits that are its own. `digits` is hexadecimal. */
export function incidentTag(ms: number, digits: string): string {
  const day = new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')
  return `EGI-${day}-${String(Number.parseInt(digits.slice(0, 10), 16) % 1_000_000).padStart(6, '0')}`
}

const MOST_TAGS = 5

/** The incident tags in a subject, with their number: a bare day names no challenge. */
export function tagsIn(subject: string): string[] {
  const found = subject.slice(0, 1_000).match(/EGI-\d{8}-\d{6}(?!\d)/gi) ?? []
  return [...new Set(found.map((tag) => tag.toUpperCase()))].slice(0, MOST_TAGS)
}

export type Named = { ref: string; way: Way }

/** All by which a mail may name a letter of ours, the surest first. */
export function refsIn(
  found: { tokens: readonly FoundToken[]; tickets: readonly { system: string; id: string }[]; subject: string },
  sha256: (text: string) => string,
): Named[] {
  const tokens = found.tokens.map(({ token, where }) => ({ ref: refOf.token(sha256(token)), way: where }))
  const tickets = found.tickets.map(({ system, id }) => ({ ref: refOf.ticket(system, id), way: 'ticket' as const }))
  const tags = tagsIn(found.subject).map((tag) => ({ ref: refOf.subject(tag), way: 'subject' as const }))
  return [...tokens, ...tickets, ...tags]
}
