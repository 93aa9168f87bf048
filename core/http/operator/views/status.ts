import { z } from 'zod'
import { Status, statusOf } from '../../../status.ts'
import { giving } from '../route.ts'

/** The run in figures, as `ssc status` shows it: for scripts. It names sites of all NGIs. */
export const statusFile = giving({
  name: 'status',
  path: '/runs/:run/status',
  summary: 'How a run fares, in figures: its phase, a pause and why, canaries, consents, jobs, mails, lights and open work',
  need: { run: 'act' },
  query: z.object({}),
  answer: Status,
  give: async ({ office, run }) => {
    const status = await statusOf(office.instance.store, run!.plan.id)
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(status) }
  },
})
