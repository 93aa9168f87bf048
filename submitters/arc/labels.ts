import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { Label } from '../../core/domain/submitter.ts'
import { infoIn, jobsIn } from './answers.ts'
import { isJobId, nativeIdOf, type Rest, restIn, serviceOf, urlOf } from './endpoint.ts'
import { ask, type Context, call, callWell, chunksOf, isWell, manage, restOf } from './rest.ts'

/** Where a label was sent to, and the jobs of it that never got their script and were given up. */
type Note = { rest: Rest; discarded: string[] }

/** So many jobs without a name in their document are looked at one by one. */
const MOST_NAMELESS = 100

export async function readNote(folder: string, label: string): Promise<Note | undefined> {
  try {
    const [url = '', ...discarded] = (await readFile(join(folder, 'labels', label), 'utf8')).split('\n').filter((line) => line !== '')
    const rest = restIn(url)
    return rest === undefined ? undefined : { rest, discarded: discarded.filter(isJobId) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TransientError(`the note of the label cannot be read: ${messageOf(error)}`)
  }
}

/** Written before a job is made: an A-REX can be asked only for its own jobs. */
export async function writeNote(folder: string, label: string, { rest, discarded }: Note): Promise<void> {
  try {
    const file = join(folder, 'labels', label)
    await mkdir(join(folder, 'labels'), { recursive: true, mode: 0o700 })
    // A label never ends with `+`.
    await writeFile(`${file}+`, `${[urlOf(rest), ...discarded].join('\n')}\n`, { mode: 0o600 })
    await rename(`${file}+`, file)
  } catch (error) {
    throw new TransientError(`the label cannot be noted: ${messageOf(error)}`)
  }
}

/** Another process may have sent it, whose notes are not ours. */
async function noteOfCall(ctx: Context): Promise<Note | undefined> {
  const service = ctx.endpoints.map(serviceOf).find((one) => one !== undefined)
  return service === undefined ? undefined : { rest: await ask(() => restOf(service, ctx)), discarded: [] }
}

/** Asks the A-REX that the label was sent to. */
export async function find(label: string, ctx: Context): Promise<string | undefined> {
  const note = Label.safeParse(label).success ? ((await readNote(ctx.folder, label)) ?? (await noteOfCall(ctx))) : undefined
  return note === undefined ? undefined : findAt(note, label, ctx)
}

/** The native id of the one job that has this name, among all of the identity's. */
export async function findAt({ rest, discarded }: Note, label: string, ctx: Context): Promise<string | undefined> {
  const ids = (await list(rest, ctx)).filter((id) => !discarded.includes(id))
  const found: string[] = []
  for (const chunk of chunksOf(ids, ctx.options.idsPerCall)) {
    const names = await namesOf(chunk, rest, ctx)
    found.push(...chunk.filter((id) => names.get(id) === label))
  }
  if (found.length > 1) throw new UnsureError(`more than one job has the label ${label}: ${found.join(', ')}`)
  return found[0] === undefined ? undefined : nativeIdOf(rest, found[0])
}

async function list(rest: Rest, ctx: Context): Promise<string[]> {
  const jobs = await ask(async () => jobsIn(await callWell(ctx, { method: 'GET', url: `${urlOf(rest)}/jobs` })))
  if (jobs.length > ctx.options.mostListed)
    throw new TransientError(`this identity has ${jobs.length} jobs at ${rest.arex}, more than are looked through (mostListed)`)
  return jobs.flatMap(({ id }) => (isJobId(id) ? [id] : []))
}

async function namesOf(ids: readonly string[], rest: Rest, ctx: Context): Promise<Map<string, string>> {
  const entries = await manage(ctx, rest, { action: 'info', ids })
  const names = new Map<string, string>()
  const nameless: string[] = []
  for (const id of ids) {
    const entry = entries.get(id)
    const { name } = entry === undefined ? {} : infoIn(entry)
    if (name !== undefined) names.set(id, name)
    // 404: it is gone since it was listed.
    else if (entry?.['status-code'] !== '404') nameless.push(id)
  }
  if (nameless.length > MOST_NAMELESS) throw new TransientError(`${nameless.length} jobs at ${rest.arex} have no name yet`)
  for (const id of nameless) names.set(id, await nameOf(id, rest, ctx))
  return names
}

/** Until its information provider has seen a job, only A-REX's own notes hold the name; '' when it has none. */
async function nameOf(id: string, rest: Rest, ctx: Context): Promise<string> {
  const url = `${urlOf(rest)}/jobs/${id}/diagnose/local`
  const answer = await ask(() => call(ctx, { method: 'GET', url, maxBytes: 256 * 1024 }))
  if (!isWell(answer) && answer.status !== 404) throw new TransientError(`the name of job ${id} cannot be read: HTTP ${answer.status}`)
  return /^jobname=(.*)$/m.exec(answer.body)?.[1] ?? ''
}
