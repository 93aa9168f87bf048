import { describe, expect, test } from 'vitest'
import { judgeMail } from '../../core/app/judge-mail.ts'
import { type SyncDeps, syncTickets } from '../../core/app/sync-tickets.ts'
import { plannedSite } from '../../core/app/view.ts'
import { challengeStream } from '../../core/domain/event.ts'
import type { TicketEntry, TicketSystem } from '../../core/domain/ticket.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { type Mailroom, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')

function inTickets(): LaunchedRun {
  const run = launchedRun()
  return { ...run, plan: { ...run.plan, sites: run.plan.sites.map((site) => ({ ...site, carrier: 'desk' })) } }
}

function anEntry(id: string, over: Partial<TicketEntry> = {}): TicketEntry {
  return { id, kind: 'correspond', by: 'csirt@de-one.example', ours: false, atMs: 0, text: 'Thanks.', attachments: [], ...over }
}

/** A ticket system whose one ticket has these entries, and how often it was closed. */
async function withDesk(
  body: (room: Mailroom, desk: { entries: TicketEntry[]; closed: number; sync(run?: LaunchedRun): Promise<void> }) => Promise<void>,
) {
  await withMailroom(async (room) => {
    const desk = { entries: [] as TicketEntry[], closed: 0, sync: (run = room.run) => syncTickets(deps, run) }
    const system = {
      name: 'desk',
      history: async (_: string, after?: string) => desk.entries.slice(desk.entries.findIndex(({ id }) => id === after) + 1),
      close: async () => {
        desk.closed += 1
      },
    } as unknown as TicketSystem
    const read = () => ({ kind: 'human' as const, because: 'x', said: 'Thanks.' })
    const deps: SyncDeps = {
      ...room.deps,
      tickets: new Map([['desk', system]]),
      read,
      log: (words, data) => expect.fail(`${words} ${JSON.stringify(data)}`),
    }
    await room.write('DE-ONE')
    const data = {
      mail: 'alert',
      letter: 'alert',
      role: 'site',
      effect: 'e',
      messageId: '<m@x.example>',
      answer: 'ticket 7',
      ticket: '7',
    } as const
    const ref = { ref: 'ticket:desk:7', stream: one, mail: 'alert', letter: 'alert', role: 'site' } as const
    await room.store.commit({
      run: 'r-1',
      facts: [{ stream: challengeStream('r-1', 'DE-ONE'), type: 'MailResent', data: { ...data, by: 'Ada' } }],
    })
    await room.store.commit({ run: 'r-1', facts: [{ stream: one, type: 'MailAccepted', data }], refs: [ref] })
    room.hand.now += 60_000
    await body(room, desk)
  }, inTickets())
}

describe('given a ticket that people write in', () => {
  test('when two entries hold the same words, then both are kept, and each can be judged', () =>
    withDesk(async (room, desk) => {
      desk.entries.push(anEntry('1'), anEntry('2'))
      await desk.sync()
      const received = (await room.facts(one)).flatMap((fact) => (fact.type === 'MailReceived' ? [fact.data] : []))
      expect(received).toHaveLength(2)
      for (const { contentHash } of received)
        await judgeMail(room.deps, { run: 'r-1', of: plannedSite(room.run, 'DE-ONE'), mail: contentHash, kind: 'automatic', by: 'Ada' })
    }))

  test('when one of them changes the status, then the log has it without the name of that person', () =>
    withDesk(async (room, desk) => {
      desk.entries.push(anEntry('1', { kind: 'status', status: 'stalled', by: 'jane.doe@ngi.example' }))
      await desk.sync()
      const [fact] = (await room.facts(one)).filter(({ type }) => type === 'TicketChanged')
      expect(fact).toMatchObject({ data: { ticket: '7', status: 'stalled' } })
      expect(JSON.stringify(fact)).not.toContain('jane')
    }))

  test('when somebody opens it again after the end, then it is not closed a second time', () =>
    withDesk(async (room, desk) => {
      const ended = { ...room.run, endedMs: room.hand.now }
      await desk.sync(ended)
      expect(desk.closed).toBe(1)
      desk.entries.push(anEntry('1', { kind: 'status', status: 'open' }))
      await desk.sync(ended)
      await desk.sync(ended)
      expect(desk.closed).toBe(1)
    }))
})
