import type { Config } from './config.ts'
import type { TicketSystem } from './domain/ticket.ts'
import type { HttpPool } from './io/http/client.ts'
import { createRt } from './io/tickets/rt.ts'
import type { Carrier } from './ports.ts'

/** The ticket systems that config.yaml names. */
export function openTickets(
  { tickets, certificates }: Pick<Config, 'tickets' | 'certificates'>,
  pool: HttpPool,
): Map<string, TicketSystem> {
  return new Map(Object.entries(tickets).map(([name, options]) => [name, createRt(name, options, { pool, caFolder: certificates })]))
}

/** A ticket system as a way for letters: the first one to a site opens its ticket, the others stand in it. */
export function carrierOfTickets(system: TicketSystem): Carrier {
  return {
    name: system.name,
    host: system.host,
    send: async ({ mail }, { ticket }) => {
      const label = labelOf(mail.messageId)
      if (ticket !== undefined) return { answer: `entry ${await system.correspond(ticket, { label, text: mail.text })}`, ticket }
      const made = await system.create({ label, subject: mail.subject, requestor: mail.to, text: mail.text })
      return { answer: `ticket ${made.ticket}`, ticket: made.ticket }
    },
    find: async ({ messageId }, { ticket }) => {
      const label = labelOf(messageId)
      if (ticket === undefined) {
        const found = await system.find(label)
        return found === undefined ? undefined : { answer: `ticket ${found}, found again`, ticket: found }
      }
      const entry = await system.findEntry(ticket, label)
      return entry === undefined ? undefined : { answer: `entry ${entry}, found again`, ticket }
    },
  }
}

/** The token of the letter: unique, and known to nobody before it is sent. */
function labelOf(messageId: string): string {
  const [, token] = /\.([0-9a-f]{32})@/.exec(messageId) ?? []
  if (token === undefined) throw new Error(`the Message-ID ${messageId} holds no token`)
  return `ssc-${token}`
}
