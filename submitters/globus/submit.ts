import { UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { JobRequest, Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { findContact, type Gatekeeper, isSameSite } from './contact.ts'
import { readFault } from './errors.ts'
import { jobRsl, MAX_RSL_BYTES } from './rsl.ts'
import type { GlobusOptions } from './schema.ts'
import { scriptOf } from './scripts.ts'

type Context = SubmitterContext<GlobusOptions>
type Submitted = Outcome<{ nativeId: string }>

/** Throws UnsureError when the job may have been begun. */
export async function submitTo(gatekeeper: Gatekeeper, job: JobRequest, ctx: Context): Promise<Submitted> {
  const rsl = jobRsl(job, await scriptOf('run-job.sh'), ctx.options)
  if (Buffer.byteLength(rsl) > MAX_RSL_BYTES) return no(`the packed script is too long for GRAM5, which takes ${MAX_RSL_BYTES} bytes`)
  const ran = await ctx.withFiles({ 'job.rsl': rsl }, (folder) => {
    const argv = ['globusrun', '-q', '-b', '-r', `${gatekeeper.address}/${gatekeeper.service}`, '-f', `${folder}/job.rsl`]
    return ctx.run(argv, { timeoutMs: ctx.options.callSeconds * 1_000 })
  })
  const contact = findContact(ran.out)
  if (contact === undefined) return withoutContact(ran)
  if (!isSameSite(contact.host, gatekeeper.host))
    throw new UnsureError(`${gatekeeper.address} named a job on another host, which is not followed: ${contact.job}`)
  if (ran.code === 0) return { ok: true, value: { nativeId: `${contact.job}#${gatekeeper.address}/${gatekeeper.service}` } }
  return failedAtOnce(ran, contact.job)
}

function no(reason: string): Submitted {
  return { ok: false, transient: false, reason }
}

function withoutContact(ran: Ran): Submitted {
  const { meaning, words } = readFault(ran)
  if (meaning === 'unsure' || ran.code === 0) throw new UnsureError(`it is not known whether a job was begun: ${words}`)
  return { ok: false, transient: meaning !== 'no', reason: words }
}

/** There is a job, and the job manager says that it failed before the client was done. */
function failedAtOnce(ran: Ran, contact: string): Submitted {
  const { meaning, words } = readFault(ran)
  if (meaning === 'no' && ran.err.includes('GRAM Job failed because')) return no(words)
  throw new UnsureError(`a job was made (${contact}), and then: ${words}`)
}
