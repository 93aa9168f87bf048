import { z } from 'zod'
import { UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { isJobId } from './endpoint.ts'
import { stateOf } from './states.ts'

/** A status code is a string, and stands for this one job: the answer as a whole is a 201 even when nothing worked. */
const Entry = z.object({
  'status-code': z
    .union([z.string().max(20), z.number()])
    .transform(String)
    .default(''),
  reason: z.string().default(''),
  id: z.string().max(1_000).optional(),
  state: z.string().max(200).optional(),
  info_document: z.unknown().optional(),
})
export type Entry = z.infer<typeof Entry>

/** What we use of a job's GLUE2 document. */
export type Info = { name?: string; exitCode?: number; error?: string }

/** The jobs of an answer. One is an object, several are an array, and none is an empty body. Throws UnsureError for all else. */
export function jobsIn(answer: Pick<HttpAnswer, 'body' | 'isCut'>): Entry[] {
  return listIn(answer, 'job').map((one) => {
    const entry = Entry.safeParse(one)
    if (!entry.success) throw new UnsureError(`not an answer of A-REX: ${plainLine(JSON.stringify(one) ?? '', 200)}`)
    return { ...entry.data, reason: plainLine(entry.data.reason) }
  })
}

/** What stands below a name, as a list. */
export function listIn({ body, isCut }: Pick<HttpAnswer, 'body' | 'isCut'>, name: string): unknown[] {
  if (isCut) throw new UnsureError('the answer of A-REX is too long')
  if (body.trim() === '') return []
  const document = z.record(z.string(), z.unknown()).safeParse(parsed(body))
  // 6.x writes "" for an element that has nothing in it.
  if (!document.success && parsed(body) !== '') throw new UnsureError(`not an answer of A-REX: ${plainLine(body, 200)}`)
  const found = document.data?.[name]
  if (found === undefined || found === '') return []
  return Array.isArray(found) ? found : [found]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Why no job was made though some may be later; all other reasons concern the description or the user. */
const PASSING = /no more jobs allowed|^failed (?!to parse)|temporar|try again|internal error/i

/** What became of one new job. Throws UnsureError when the answer does not tell. */
export function createdIn(answer: HttpAnswer): Outcome<string> {
  const [entry, ...others] = jobsIn(answer)
  if (entry === undefined || others.length > 0)
    throw new UnsureError(`A-REX told of ${others.length + (entry ? 1 : 0)} new jobs instead of one`)
  if (entry['status-code'] === '201' && isJobId(entry.id)) return { ok: true, value: entry.id }
  if (entry['status-code'].startsWith('2') || entry.id !== undefined)
    throw new UnsureError(`A-REX may have made a job: ${entry['status-code']} ${entry.reason}`)
  return { ok: false, transient: PASSING.test(entry.reason), reason: entry.reason || `status code ${entry['status-code']}` }
}

/** A job that is not in the answer is missing; one of which the answer says that it could not be asked has no state. */
export function statusIn(entry: Entry | undefined, info?: Info): Outcome<JobStatus> {
  if (entry === undefined) return { ok: true, value: { state: 'missing', native: 'not in the answer' } }
  const code = entry['status-code']
  if (code === '404') return { ok: true, value: { state: 'missing', native: entry.reason || 'None' } }
  if (code !== '200' || entry.state === undefined) return { ok: false, transient: true, reason: `${code} ${entry.reason}`.trim() }
  const state = stateOf(entry.state)
  const native = nativeOf(entry.state, info)
  // A-REX fails a job whose exit code is not 0, as a rule.
  return { ok: true, value: { state: state === 'ended' && (info?.exitCode ?? 0) !== 0 ? 'failed' : state, native } }
}

function nativeOf(word: string, { exitCode, error }: Info = {}): string {
  const code = exitCode === undefined ? '' : `, exit code ${exitCode}`
  return plainLine(`${word}${code}${error === undefined ? '' : `: ${error}`}`)
}

/** https://www.ogf.org/documents/GFD.147.pdf, ComputingActivity. */
export function infoIn({ info_document }: Pick<Entry, 'info_document'>): Info {
  const document = z.object({ ComputingActivity: z.record(z.string(), z.unknown()) }).safeParse(info_document)
  const { Name, ExitCode, Error: errors } = document.data?.ComputingActivity ?? {}
  const error = [errors].flat().filter((one) => typeof one === 'string')
  return {
    ...(typeof Name === 'string' && Name !== '' ? { name: Name } : {}),
    ...(typeof ExitCode === 'string' && /^-?\d{1,9}$/.test(ExitCode) ? { exitCode: Number(ExitCode) } : {}),
    ...(error.length > 0 ? { error: plainLine(error.join('; ')) } : {}),
  }
}

/** The versions that a service offers. */
export function versionsIn(answer: HttpAnswer): string[] {
  return listIn(answer, 'version').filter((one) => typeof one === 'string')
}
