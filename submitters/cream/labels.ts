import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { Label } from '../../core/domain/submitter.ts'
import { idsOfLabel, textOf } from './answers.ts'
import { type Context, command } from './calls.ts'
import { faultOf } from './faults.ts'
import { elementOf, hostOfId } from './target.ts'

/** Level 2 tells some 4 KiB of each job. */
const MAX_LIST_BYTES = 16 * 1024 * 1024

/** Notes to which computing element a label goes, before it does: CREAM can be asked for a label only there. */
export async function noteElement(ctx: Context, label: string, address: string): Promise<void> {
  try {
    await mkdir(join(ctx.folder, 'labels'), { recursive: true, mode: 0o700 })
    await writeFile(join(ctx.folder, 'labels', label), address, { mode: 0o600 })
  } catch (error) {
    throw new TransientError(`the label could not be noted: ${String((error as NodeJS.ErrnoException).code)}`)
  }
}

async function elementNoted(ctx: Context, label: string): Promise<ReturnType<typeof elementOf>> {
  try {
    return elementOf(await readFile(join(ctx.folder, 'labels', label), 'utf8'), ctx.options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Another process may have sent it, whose notes are not ours. */
function elementOfCall({ endpoints, options }: Context): ReturnType<typeof elementOf> {
  return endpoints.map((endpoint) => elementOf(endpoint, options)).find((element) => element !== undefined)
}

/** Looks through all jobs of this identity at the element that the label went to: the label stands in their descriptions. */
export async function findLabel(label: string, ctx: Context): Promise<string | undefined> {
  const element = Label.safeParse(label).success ? ((await elementNoted(ctx, label)) ?? elementOfCall(ctx)) : undefined
  if (element === undefined) return undefined
  const list = ['glite-ce-job-status', '--all', '--endpoint', element.address, '--level', '2']
  const ran = await command(ctx, list, MAX_LIST_BYTES).catch((error) => {
    throw error instanceof UnsureError ? new TransientError(`${element.address} did not answer: ${error.message}`) : error
  })
  const [id, ...others] = idsOfLabel(ran.out, label, element.address)
  if (others.length > 0 || (id !== undefined && hostOfId(id) !== element.host))
    throw new UnsureError(`more than one job, or one of another service, has the label ${label}: ${[id, ...others].join(', ')}`)
  if (id !== undefined) return id
  if (ran.code !== 0 || ran.isCut) throw noList(ran, element.address)
  return undefined
}

function noList(ran: Ran, address: string): Error {
  const { kind, words } = faultOf(textOf(ran))
  const message = `the jobs of ${address} could not be listed: ${words}`
  return kind === 'denied' ? new PermanentError(message) : new TransientError(message)
}
