import { z } from 'zod'
import { seesNgi } from '../../../domain/account.ts'
import { isRunEvent } from '../../../domain/build-report.ts'
import { type ChallengeEvent, type Event, partyOfStream, siteOfStream } from '../../../domain/event.ts'
import { runFactWords } from '../../../domain/run-words.ts'
import { wordsOf } from '../../../domain/timeline.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

export const PAGE = 200

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
    const path = pathOfRun(run)
    const view = { ...{ run, runPath: path, find, count }, facts: facts.map((fact) => ({ ...fact, ...whereOf(path, fact) })) }
    return { title: `Log: ${run}`, template: 'log', view: { ...view, ...turns({ path: `${path}/log`, find, page, count }) } }
  },
})

type Turned = { path: string; find: string; page: number; count: number }

/** The ways to the pages before and after; empty where there is none. */
export function turns({ path, find, page, count }: Turned): { newer: string; older: string } {
  const to = (n: number) => `${path}?${new URLSearchParams({ find, page: String(n) })}`
  return { newer: page > 1 ? to(page - 1) : '', older: page * PAGE < count ? to(page + 1) : '' }
}

/** A site has a page of its own to go to. */
function whereOf(runPath: string, { stream }: Line): { where: string; path: string } {
  const site = siteOfStream(stream)
  if (site !== undefined) return { where: site, path: `${runPath}/sites/${encodeURIComponent(site)}` }
  return { where: partyOfStream(stream) ?? 'the run', path: '' }
}

function lineOf(event: Event): Line {
  const { at, stream, seq, type, hash } = event
  return { at, stream, seq, type, hash, words: isRunEvent(event) ? runFactWords(event) : (wordsOf(event as ChallengeEvent) ?? '') }
}
