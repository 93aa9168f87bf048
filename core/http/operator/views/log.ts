import { z } from 'zod'
import { seesNgi } from '../../../domain/account.ts'
import { isRunEvent } from '../../../domain/build-report.ts'
import { type ChallengeEvent, type Event, siteOfStream } from '../../../domain/event.ts'
import { wordsOf } from '../../../domain/timeline.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const PAGE = 200

const Line = z.object({ at: z.number(), stream: z.string(), seq: z.number().int(), type: z.string(), words: z.string(), hash: z.string() })
type Line = z.infer<typeof Line>

/** Every fact of the run, the newest first. */
export const logPage = reading({
  name: 'log',
  path: '/runs/:run/log',
  summary: 'The log of a run, the newest first; with words to look for',
  need: { run: 'read' },
  query: z.object({ find: z.string().max(200).default(''), page: z.coerce.number().int().min(1).max(10_000).default(1) }),
  answer: z.object({ run: z.string(), count: z.number().int(), facts: z.array(Line) }),
  read: async ({ office, run, viewer, query: { find, page } }) => {
    const { plan } = run!
    const ngis = new Map(plan.sites.map(({ name, ngi }) => [name, ngi]))
    const seesAll = plan.sites.every(({ ngi }) => seesNgi(viewer.account, ngi))
    const isOwn = ({ stream }: Event) => {
      const site = siteOfStream(stream)
      return site === undefined ? seesAll || stream.startsWith('run/') : seesNgi(viewer.account, ngis.get(site) ?? '')
    }
    const lines = (await office.instance.store.readRun(plan.id)).filter(isOwn).map(lineOf)
    const part = find.trim().toLowerCase()
    const found = part === '' ? lines : lines.filter(({ stream, type, words }) => `${stream} ${type} ${words}`.toLowerCase().includes(part))
    found.sort((a, b) => b.at - a.at || (a.stream < b.stream ? -1 : 1) || b.seq - a.seq)
    return { run: plan.id, count: found.length, facts: found.slice((page - 1) * PAGE, page * PAGE) }
  },
  page: ({ run, count, facts }, { query: { find, page } }) => {
    const to = (n: number) => `${pathOfRun(run)}/log?${new URLSearchParams({ find, page: String(n) })}`
    const view = {
      ...{ run, runPath: pathOfRun(run), count, facts, find },
      newer: page > 1 ? to(page - 1) : '',
      older: page * PAGE < count ? to(page + 1) : '',
    }
    return { title: `Log: ${run}`, template: 'log', view }
  },
})

function lineOf(event: Event): Line {
  const { at, stream, seq, type, hash } = event
  return { at, stream, seq, type, hash, words: isRunEvent(event) ? runWords(event) : (wordsOf(event as ChallengeEvent) ?? '') }
}

/** Who did what to the run, where its fact says so. */
function runWords({ data }: Event): string {
  const { by, recordedBy, reason, what } = data as { by?: string; recordedBy?: string; reason?: string; what?: string }
  const who = by === undefined ? '' : `by ${by}${recordedBy === undefined ? '' : `, written down by ${recordedBy}`}`
  return [who, reason ?? what ?? ''].filter((part) => part !== '').join(': ')
}
