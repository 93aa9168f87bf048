import type { Board } from '../../../boards.ts'
import { type BoardRow, boardLights } from '../../../domain/board-row.ts'
import { pausedBy } from '../../../domain/run-state.ts'
import { durationWords } from '../../../domain/text.ts'
import { lightView, phaseWords } from './words.ts'

export function pathOfRun(run: string): string {
  return `/runs/${encodeURIComponent(run)}`
}

/** How the run stands: what is over the table. */
export function boardHead({ run, asOf }: Board, rows: readonly BoardRow[]): object {
  const pause = pausedBy(run)
  const { stopped } = run
  return {
    phase: phaseWords[run.phase],
    stopped: stopped === undefined ? false : stopped,
    pause: pause === undefined ? false : pause,
    asOf,
    ...clockOf(run, asOf),
    lights: boardLights(rows).map(({ light, count }) => ({ ...lightView(light), count })),
    answered: rows.filter(({ reply }) => reply === 'human' || reply === 'report').length,
    alive: rows.filter(({ agent }) => agent === 'alive').length,
    banned: rows.filter(({ access }) => access === 'banned').length,
    sites: rows.length,
  }
}

/** What the style sheet lets stand out, or back. */
const CALLING: ReadonlySet<string> = new Set(['lost', 'refused', 'unsure', 'bounced', 'none'])

/** How long it has run, and until when jobs may leave. */
function clockOf({ plan, launchedMs, endedMs, stopped }: Board['run'], asOf: number): object {
  const isOver = endedMs !== undefined || stopped !== undefined
  const { from, to } = plan.run.window
  return {
    running: launchedMs === undefined || isOver ? false : durationWords(Math.max(0, asOf - launchedMs)),
    launchedMs: launchedMs ?? false,
    window: { fromMs: Date.parse(from), toMs: Date.parse(to) },
  }
}

export function rowView({ run }: Board, row: BoardRow): object {
  return {
    ...row,
    path: `${pathOfRun(run.plan.id)}/sites/${encodeURIComponent(row.site)}`,
    overall: lightView(row.light),
    cells: [row.job, row.agent, row.mail, row.reply, row.access].map((word) => ({ word, calls: CALLING.has(word) })),
    categories: row.categories.map(({ category, light }) => ({ category, ...lightView(light) })),
    nextMs: row.nextMs ?? false,
  }
}
