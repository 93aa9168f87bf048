import { z } from 'zod'
import { seesNgi } from '../../../domain/account.ts'
import { challengeStream, runStream } from '../../../domain/event.ts'
import { Status, statusOf } from '../../../status.ts'
import { type Asked, giving } from '../route.ts'

/** The run in figures, as `ssc status` shows it: for scripts. An officer of some of its NGIs gets those of their sites. */
export const statusFile = giving({
  name: 'status',
  path: '/runs/:run/status',
  summary: 'How a run fares, in figures: its phase, a pause and why, canaries, consents, jobs, mails, lights and open work',
  need: { run: 'read' },
  query: z.object({}),
  answer: Status,
  give: async (asked) => {
    const status = await statusOf(asked.office.instance.store, asked.run!.plan.id, seenBy(asked))
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(status) }
  },
})

/** The parties are the whole run's: those see them who see all of it. */
function seenBy({ run, viewer: { account } }: Asked): (stream: string) => boolean {
  const { id, sites } = run!.plan
  const own = sites.filter(({ ngi }) => seesNgi(account, ngi))
  if (own.length === sites.length) return () => true
  const streams = new Set([runStream(id), ...own.map(({ name }) => challengeStream(id, name))])
  return (stream) => streams.has(stream)
}
