import { z } from 'zod'
import { TransientError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import { ask, bodyOf } from './rest-call.ts'
import type { Context } from './way.ts'

const Text = z.string().max(1000).nullish()
const Row = z.object({
  JobID: z.number().int().positive(),
  Status: z.string().max(100),
  JobName: Text,
  Owner: Text,
  MinorStatus: Text,
  ApplicationStatus: Text,
})
export type Row = z.infer<typeof Row>

type Condition = { parameter: string; operator: 'eq'; value: string } | { parameter: string; operator: 'in'; values: number[] }

const PARAMETERS = ['JobID', 'JobName', 'Owner', 'Status', 'MinorStatus', 'ApplicationStatus']
const PAGE = 200
const MOST_PAGES = 50

/**
 * All jobs that meet a condition: `POST /api/jobs/search`, diracx-routers/src/diracx/routers/jobs/query.py. An answer that
 * is not the whole has status 206 and says so in `Content-Range: jobs 0-99/250`; a page behind the last one has 416.
 */
export async function search(ctx: Context, condition: Condition): Promise<Row[]> {
  const rows: Row[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const body = { parameters: PARAMETERS, search: [condition], sort: [{ parameter: 'JobID', direction: 'asc' }] }
    const answer = await ask(ctx, 'question', { method: 'POST', path: `/api/jobs/search?page=${page}&per_page=${PAGE}`, body })
    if (answer.status === 416) return rows
    rows.push(...rowsOf(answer))
    if (answer.status !== 206 || rows.length >= totalOf(answer)) return rows
  }
  throw new TransientError(`DiracX tells of more than ${MOST_PAGES * PAGE} jobs`)
}

function rowsOf(answer: HttpAnswer): Row[] {
  const rows = z.array(Row).max(PAGE).safeParse(bodyOf(answer, 'question'))
  if (rows.success) return rows.data
  throw new TransientError(`DiracX's list of jobs has another form than expected: ${rows.error.issues[0]?.message}`)
}

/** Unknown (`jobs 0-99/*`) is endless: then a page without jobs ends it. */
function totalOf(answer: HttpAnswer): number {
  const [, total] = /^jobs \d+-\d+\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  if (total !== undefined) return Number(total)
  return rowsOf(answer).length === 0 ? 0 : Number.POSITIVE_INFINITY
}
