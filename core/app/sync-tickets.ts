import type { ChallengeState } from '../domain/challenge.ts'
import { messageOf } from '../domain/errors.ts'
import type { TicketEntry, TicketSystem } from '../domain/ticket.ts'
import type { PlannedRun } from '../domain/work.ts'
import type { IncomingMail } from '../ports.ts'
import { type TakeDeps, takeIncoming } from './take-mail.ts'
import { readChallenge, streamOf } from './view.ts'

export type SyncDeps = TakeDeps & {
  tickets: ReadonlyMap<string, TicketSystem>
  /** What a text says of its writer, as for a mail. */
  read(entry: { from: string; subject: string; text: string }): Pick<IncomingMail, 'kind' | 'because' | 'said'>
  log(message: string, data?: Record<string, unknown>): void
}

/** Brings what was written in the tickets of a run into its log, each entry once; after the run's end its tickets are closed. */
export async function syncTickets(deps: SyncDeps, run: PlannedRun): Promise<void> {
  for (const site of run.plan.sites) {
    const system = site.carrier === undefined ? undefined : deps.tickets.get(site.carrier)
    if (system === undefined) continue
    const stream = streamOf(run, site)
    try {
      await syncOne(deps, { run, stream, system, state: await readChallenge(deps.store, stream) })
    } catch (error) {
      // A ticket system that is away keeps nothing else from going on: the next round asks again.
      deps.log('a ticket could not be read', { site: site.name, system: system.name, reason: messageOf(error) })
    }
  }
}

type One = { run: PlannedRun; stream: string; system: TicketSystem; state: ChallengeState }

/** A challenge has one ticket; a second one comes about when what had opened the first was uncertain at that time. */
async function syncOne(deps: SyncDeps, one: One): Promise<void> {
  const tickets = new Set(Object.values(one.state.letters).flatMap(({ accepted }) => accepted?.data.ticket ?? []))
  for (const ticket of tickets) await syncTicket(deps, one, ticket)
}

async function syncTicket(deps: SyncDeps, one: One, ticket: string): Promise<void> {
  const { run, stream, system } = one
  const place = `ticket:${system.name}:${ticket}`
  for (;;) {
    const after = await deps.store.document<string>(place)
    const entries = await system.history(ticket, after)
    for (const entry of entries) {
      await takeEntry(deps, one, { ticket, entry })
      await deps.store.putDocument(place, entry.id)
    }
    if (entries.length === 0) break
  }
  // Once: who opens it again has a reason to.
  const closed = `${place}:closed`
  if (run.endedMs === undefined || (await deps.store.document(closed)) !== undefined) return
  await system.close(ticket)
  const data = { ticket, status: 'closed', by: US }
  await deps.store.commit({ run: run.plan.id, facts: [{ stream, type: 'TicketChanged', data, key: `ticket closed:${ticket}` }] })
  await deps.store.putDocument(closed, true)
}

const US = 'us'

/** What the staff of the ticket system say among themselves is not for us; what we wrote is known already. */
async function takeEntry(
  deps: SyncDeps,
  { run, stream, system }: One,
  { ticket, entry }: { ticket: string; entry: TicketEntry },
): Promise<void> {
  if (entry.ours || entry.kind === 'comment' || entry.kind === 'other') return
  if (entry.kind === 'status') {
    // Without the name of the person who did it: the log is never erased.
    const data = { ticket, status: entry.status ?? 'unknown', by: `the people of ${system.name}` }
    await deps.store.commit({
      run: run.plan.id,
      facts: [{ stream, type: 'TicketChanged', data, key: `ticket:${system.name}:${entry.id}` }],
    })
    return
  }
  await takeIncoming(deps, mailOf(deps, { system: system.name, ticket, entry }), { system: system.name, id: ticket })
}

/** An entry as a mail that names its ticket. */
function mailOf(deps: SyncDeps, { system, ticket, entry }: { system: string; ticket: string; entry: TicketEntry }): IncomingMail {
  // With its place: two people may write the same words.
  const raw = new TextEncoder().encode(`Ticket: ${ticket}\nEntry: ${entry.id}\nFrom: ${entry.by}\n\n${entry.text}`)
  const subject = `ticket ${ticket}`
  return {
    messageId: `<${entry.id}.${ticket}@${system}.ticket.invalid>`,
    from: entry.by,
    to: [],
    subject,
    references: [],
    text: entry.text,
    attachments: entry.attachments,
    dateMs: entry.atMs,
    cameMs: entry.atMs,
    ...deps.read({ from: entry.by, subject, text: entry.text }),
    raw,
    contentHash: deps.sha256(raw),
  }
}
