import { z } from 'zod'
import { may, seesNgi } from '../../../domain/account.ts'
import { BoardRow, type BoardSort, inOrder } from '../../../domain/board-row.ts'
import { lights } from '../../../domain/lights.ts'
import { pausedBy } from '../../../domain/run-state.ts'
import { assetUrl } from '../assets.ts'
import { type Asked, reading } from '../route.ts'
import { boardHead, pathOfRun, rowView } from './board-view.ts'
import { lightNames } from './words.ts'

const sorts = { light: 'what needs a look', next: 'next deadline', changed: 'newest', site: 'name', ngi: 'NGI' } as const

/** An empty choice of a form is none. */
const chosen = <Word extends z.ZodType>(word: Word) => z.union([z.literal(''), word]).optional()

const Query = z.object({
  light: chosen(BoardRow.shape.light),
  ngi: z.string().max(100).optional(),
  reply: chosen(BoardRow.shape.reply),
  job: chosen(BoardRow.shape.job),
  find: z.string().max(100).optional(),
  sort: z.enum(Object.keys(sorts) as [BoardSort, ...BoardSort[]]).default('light'),
})
type Query = z.infer<typeof Query>

/** The live board of a run. */
export const boardPage = reading({
  name: 'board',
  path: '/runs/:run',
  summary: 'The live board of a run: its sites with job, agent, mail, answer, access and light',
  need: { run: 'read' },
  query: Query,
  answer: z.object({ run: z.string(), version: z.string(), asOf: z.number(), rows: z.array(BoardRow) }),
  read: async ({ office, run, viewer, query }) => {
    const { version, asOf, rows } = await office.boards.read(run!.plan.id)
    const own = rows.filter(({ ngi }) => seesNgi(viewer.account, ngi))
    return { run: run!.plan.id, version, asOf, rows: inOrder(own.filter(chosenBy(query)), query.sort) }
  },
  page: async ({ run, version, rows }, asked) => {
    const board = await asked.office.boards.read(run)
    const own = board.rows.filter(({ ngi }) => seesNgi(asked.viewer.account, ngi))
    return {
      title: board.run.scenario.title,
      template: 'board',
      againWithoutScriptS: 30,
      view: {
        run,
        path: pathOfRun(run),
        head: boardHead(board, own),
        live: `${pathOfRun(run)}/live?seen=${version}`,
        rows: rows.map((row) => rowView(board, row)),
        shown: rows.length,
        scripts: [assetUrl('board.js')],
        ...controlsOf(asked),
        ...choicesOf(asked, own),
      },
    }
  },
})

/** What can be done with the run as it is, by whom who looks. */
function controlsOf({ run, viewer }: Asked): object {
  const { launchedMs, endedMs, stopped } = run!
  const isMine = may(viewer.account, 'act', { ngis: run!.plan.sites.map(({ ngi }) => ngi) })
  const isOn = isMine && launchedMs !== undefined && endedMs === undefined && stopped === undefined
  const isPaused = pausedBy(run!) !== undefined
  return {
    mayPause: isOn && !isPaused,
    mayResume: isOn && isPaused,
    mayFreeze: isOn && pausedBy(run!)?.because !== 'real incident',
    mayStop: isMine && stopped === undefined && endedMs === undefined,
    stopped: stopped !== undefined,
    hasAgents: isMine && run!.scenario.job !== undefined,
  }
}

function chosenBy({ light, ngi, reply, job, find }: Query): (row: BoardRow) => boolean {
  const isWanted = (wanted: string | undefined, word: string) => wanted === undefined || wanted === '' || wanted === word
  const part = find?.trim().toLowerCase() ?? ''
  return (row) =>
    isWanted(light, row.light) &&
    isWanted(ngi, row.ngi) &&
    isWanted(reply, row.reply) &&
    isWanted(job, row.job) &&
    (part === '' || row.site.toLowerCase().includes(part))
}

/** What can be chosen by, with what was chosen. */
function choicesOf({ query }: Asked<Query>, rows: readonly BoardRow[]): object {
  const optionsOf = (words: readonly (readonly [value: string, word: string])[], now: string | undefined) =>
    words.map(([value, word]) => ({ value, word, isChosen: value === (now ?? '') }))
  const same = (words: readonly string[]) => words.map((word) => [word, word] as const)
  const all = [['', 'all']] as const
  const ngis = [...new Set(rows.map(({ ngi }) => ngi))].sort()
  return {
    find: query.find ?? '',
    choices: [
      {
        name: 'light',
        title: 'Light',
        options: optionsOf([...all, ...lights.map((one) => [one, lightNames[one].word] as const)], query.light),
      },
      { name: 'ngi', title: 'NGI', options: optionsOf([...all, ...same(ngis)], query.ngi) },
      { name: 'reply', title: 'Answer', options: optionsOf([...all, ...same(BoardRow.shape.reply.options)], query.reply) },
      { name: 'job', title: 'Job', options: optionsOf([...all, ...same(BoardRow.shape.job.options)], query.job) },
      { name: 'sort', title: 'First', options: optionsOf(Object.entries(sorts), query.sort) },
    ],
  }
}
