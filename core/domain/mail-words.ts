import type { MailEvent } from './correspondence.ts'
import type { LetterName, ReceivedMail, ReceivedReport } from './event.ts'
import { letters, type Role } from './mail.ts'
import { plainLine } from './text.ts'

export const roleNames: Record<Role, string> = {
  site: "the site's security contact",
  manager: "the site's management",
  ngi: 'the NGI',
  vo: 'the VO',
  ca: 'the CA',
  nren: 'the NREN',
  announce: 'the public list',
}

/** `alert`, or `escalation to the NGI`. */
export function letterWords({ mail, role }: Pick<LetterName, 'mail' | 'role'>): string {
  return role === 'site' ? letters[mail].title : `${letters[mail].title} to ${roleNames[role]}`
}

/** A fact of the correspondence in plain words. */
export function mailWords(event: Exclude<MailEvent, { type: 'MailSending' }>): string {
  switch (event.type) {
    case 'MailOrdered':
      return `${plainLine(event.data.by, 60)} ordered: ${letterWords(event.data)}`
    case 'MailAccepted':
      return event.data.ticket === undefined
        ? `The other side's mail server took the ${letterWords(event.data)}`
        : `The ${letterWords(event.data)} stands in ticket ${plainLine(event.data.ticket, 60)}`
    case 'MailRefused':
      return `The ${letterWords(event.data)} was refused by the ${event.data.by}: ${plainLine(event.data.reason)}`
    case 'MailUnsure':
      return `It is not known whether the ${letterWords(event.data)} went out: ${plainLine(event.data.reason)}`
    case 'MailResent':
      return `${plainLine(event.data.by, 60)} had the ${letterWords(event.data)} sent once more`
    case 'MailReceived':
      return receivedWords(event.data)
    case 'MailJudged':
      return `${plainLine(event.data.by, 60)} says of an answer: ${kindWords(event.data)}`
    case 'ReportReceived':
      return reportWords(event.data)
    case 'TicketChanged':
      return `Ticket ${plainLine(event.data.ticket, 60)} is ${plainLine(event.data.status, 60)}, by ${plainLine(event.data.by, 60)}`
    default:
      return unforeseen(event)
  }
}

const depths = { trivial: 'who says little', knows: 'who knows the subject', investigates: 'who can investigate' }

/** `by a person who knows the subject`, `automatic`, `undeliverable`. */
export function kindWords({ kind, depth }: Pick<ReceivedMail, 'kind' | 'depth'>): string {
  if (kind === 'human') return `by a person${depth === undefined ? '' : ` ${depths[depth]}`}`
  return kind === 'bounce' ? 'undeliverable' : 'automatic'
}

function receivedWords(mail: ReceivedMail): string {
  const what = letterWords({ mail: mail.answers, role: mail.role })
  if (mail.kind === 'bounce') return `The ${what} came back as undeliverable (${plainLine(mail.because, 120)})`
  if (mail.kind === 'automatic') return `An automatic answer to the ${what} came (${plainLine(mail.because, 120)}); it does not count`
  return `A person answered the ${what} (${plainLine(mail.because, 120)})`
}

function reportWords({ via, grade, receipt }: ReceivedReport): string {
  const there = Object.values(grade).filter((verdict) => verdict !== 'missing').length
  const ways = { mail: 'by mail', form: 'by the web form', json: 'as JSON' }
  return `The common report came ${ways[via]}, with ${there} of ${Object.keys(grade).length} fields (receipt ${plainLine(receipt, 40)})`
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}
