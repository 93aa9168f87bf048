import type { FastifyInstance } from 'fastify'
import { readPlannedRun } from '../../app/view.ts'
import type { Board } from '../../boards.ts'
import { isOfficer, may, seesNgi, type Viewer } from '../../domain/account.ts'
import type { BoardRow } from '../../domain/board-row.ts'
import { InputError } from '../../domain/errors.ts'
import { NotAllowedError } from './errors.ts'
import { MOST_STREAMS } from './paces.ts'
import { renderPart } from './render.ts'
import type { Office } from './route.ts'
import type { Sessions } from './session.ts'
import { boardHead, rowView } from './views/board-view.ts'

/** How many changes of a board are kept for browsers that were away for a moment. */
const KEPT = 200
/** Keeps the connection open through proxies, and tells whether the viewer may still see it. */
const ALIVE_MS = 15_000

type Parts = { office: Office; sessions: Sessions }

/**
 * `/runs/:run/live`: what changes on the board, as server-sent events (HTML Living Standard, section 9.2). Each event has the board's
 * version as its id; who comes back with Last-Event-ID gets what is missing, or every row when that is too long ago.
 */
export function serveLive(app: FastifyInstance, { office, sessions }: Parts): void {
  const open = new Map<string, number>()
  const history = createHistory(office)
  app.get<{ Params: { run: string } }>('/runs/:run/live', async (request, reply) => {
    const viewer = await sessions.viewerOf(request)
    if (viewer === undefined) throw new NotAllowedError(401, 'Sign in first.')
    const { run } = request.params
    await refuseForeign(office, viewer, run)
    const count = open.get(viewer.account.id) ?? 0
    if (count >= MOST_STREAMS) throw new NotAllowedError(429, `You have ${count} boards open: close some of them.`)
    open.set(viewer.account.id, count + 1)
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { ...reply.getHeaders(), 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' } as never)
    // The browser knows at once that it is connected.
    raw.flushHeaders()
    const send = (board: Board, rows: readonly BoardRow[]) => raw.write(eventOf(viewer, board, rows))
    const board = await office.boards.read(run)
    const seen = request.headers['last-event-id'] ?? (request.query as { seen?: unknown }).seen
    const missed = history.since(run, typeof seen === 'string' ? seen : '', board)
    if (missed.length > 0 || seen !== board.version) send(board, missed)
    const leave = history.watch(run, send)
    const timer = setInterval(async () => {
      const now = await sessions.viewerOf(request).catch(() => viewer)
      if (now === undefined || raw.writableLength > 1_000_000) raw.end()
      else raw.write(': alive\n\n')
    }, ALIVE_MS)
    raw.on('close', () => {
      clearInterval(timer)
      leave()
      open.set(viewer.account.id, (open.get(viewer.account.id) ?? 1) - 1)
    })
  })
}

async function refuseForeign({ instance }: Office, { account }: Viewer, run: string): Promise<void> {
  const found = await readPlannedRun(instance.store, run).catch((error) => {
    if (error instanceof InputError) return undefined
    throw error
  })
  const ngis = [...new Set(found?.plan.sites.map(({ ngi }) => ngi))]
  if (found === undefined || !isOfficer(account) || !may(account, 'read', { ngis }))
    throw new NotAllowedError(404, `There is no run '${run}' for you here.`)
}

/** Rows that changed, by version, for as long as somebody looks at the run. */
function createHistory({ boards }: Office) {
  type Kept = {
    changes: { version: string; rows: readonly BoardRow[] }[]
    tellers: Set<(board: Board, rows: readonly BoardRow[]) => void>
    stop(): void
  }
  const kept = new Map<string, Kept>()
  const begin = (run: string): Kept => {
    const one: Kept = { changes: [], tellers: new Set(), stop: () => {} }
    one.stop = boards.watch(run, (board, rows) => {
      one.changes.push({ version: board.version, rows })
      if (one.changes.length > KEPT) one.changes.shift()
      for (const tell of one.tellers) tell(board, rows)
    })
    kept.set(run, one)
    return one
  }
  return {
    since: (run: string, version: string, board: Board): readonly BoardRow[] => {
      if (version === board.version) return []
      const changes = kept.get(run)?.changes ?? []
      const at = changes.findIndex((one) => one.version === version)
      if (at < 0) return board.rows
      const names = new Set(changes.slice(at + 1).flatMap(({ rows }) => rows.map(({ site }) => site)))
      return board.rows.filter(({ site }) => names.has(site))
    },
    watch: (run: string, tell: (board: Board, rows: readonly BoardRow[]) => void) => {
      const one = kept.get(run) ?? begin(run)
      one.tellers.add(tell)
      return () => {
        one.tellers.delete(tell)
        if (one.tellers.size > 0) return
        one.stop()
        kept.delete(run)
      }
    },
  }
}

function eventOf(viewer: Viewer, board: Board, changed: readonly BoardRow[]): string {
  const own = board.rows.filter(({ ngi }) => seesNgi(viewer.account, ngi))
  const rows = changed
    .filter(({ ngi }) => seesNgi(viewer.account, ngi))
    .map((row) => ({ site: row.site, html: renderPart('board-row', rowView(board, row), viewer) }))
  const head = renderPart('board-head', boardHead(board, own), viewer)
  return `id: ${board.version}\nevent: board\ndata: ${JSON.stringify({ head, rows })}\n\n`
}
