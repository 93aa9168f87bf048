import type { TicketEntry, TicketSystem } from '../../core/domain/ticket.ts'

/** What was asked of RT and what it answered, as it was recorded. */
export type Recorded = { method: string; path: string; status: number; location?: string; body: string }

const LABELS = {
  ticket: 'ssc-0000000000000000000000000000a001',
  entry: 'ssc-0000000000000000000000000000a002',
  note: 'ssc-0000000000000000000000000000a003',
}

export type Outcome = {
  version: string
  ticket: string
  entry: string
  note: string
  before: TicketEntry[]
  after: TicketEntry[]
  found: (string | undefined)[]
}

/** The life of a ticket. The site's answer comes in between; who records has to write it. */
export async function liveThrough(rt: TicketSystem, answerAsSite: (ticket: string) => Promise<void>): Promise<Outcome> {
  const version = await rt.check()
  const { ticket } = await rt.create({
    label: LABELS.ticket,
    subject: 'Alert',
    requestor: 'site@site.example',
    text: 'Please look at job 42',
  })
  const entry = await rt.correspond(ticket, { label: LABELS.entry, text: 'Any news?' })
  const note = await rt.comment(ticket, { label: LABELS.note, text: 'They are slow' })
  const before = await rt.history(ticket)
  await answerAsSite(ticket)
  const after = await rt.history(ticket, before.at(-1)?.id)
  const found = [await rt.find(LABELS.ticket), await rt.findEntry(ticket, LABELS.entry), await rt.findEntry(ticket, 'ssc-never-written')]
  await rt.close(ticket)
  await rt.close(ticket)
  return { version, ticket, entry, note, before, after, found }
}
