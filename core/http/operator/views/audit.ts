import { z } from 'zod'
import { AUDIT, type AuditFact } from '../../../domain/audit.ts'
import type { Event } from '../../../domain/event.ts'
import { auditWords } from '../../../domain/run-words.ts'
import { reading } from '../route.ts'
import { PAGE, turns } from './log.ts'

const Line = z.object({ at: z.number(), seq: z.number().int(), type: z.string(), words: z.string() })

/** Who came in, who was let in by whom, and what was asked for through the pages, also in vain. */
export const auditPage = reading({
  name: 'audit',
  path: '/audit',
  summary: 'Who came in, and who did what by these pages or the API, the newest first; with words to look for',
  need: 'instance',
  query: z.object({ find: z.string().max(200).default(''), page: z.coerce.number().int().min(1).max(10_000).default(1) }),
  answer: z.object({ count: z.number().int(), facts: z.array(Line) }),
  read: async ({ office, query: { find, page } }) => {
    const lines = (await office.instance.store.readStream(AUDIT)).map(lineOf).reverse()
    const part = find.trim().toLowerCase()
    const found = lines.filter(({ words }) => words.toLowerCase().includes(part))
    return { count: found.length, facts: found.slice((page - 1) * PAGE, page * PAGE) }
  },
  page: ({ count, facts }, { query: { find, page } }) => ({
    title: 'Who did what',
    template: 'audit',
    view: { count, facts, find, ...turns({ path: '/audit', find, page, count }) },
  }),
})

function lineOf(event: Event): z.infer<typeof Line> {
  const { at, seq, type } = event
  return { at, seq, type, words: auditWords(event as unknown as AuditFact) }
}
