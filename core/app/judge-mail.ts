import { InputError } from '../domain/errors.ts'
import type { Depth, ReplyKind } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { plannedSite, readChallenge, readPlannedRun, streamOf } from './view.ts'

export type Judgement = { run: string; site: string; mail: string; kind: ReplyKind; depth?: Depth; by: string }

/** An officer's word on what kind of answer a mail is: it counts before ours, and the last one counts. `mail`: how its hash begins. */
export async function judgeMail({ store }: Pick<Core, 'store'>, { run, site, mail, ...word }: Judgement): Promise<void> {
  const state = await readPlannedRun(store, run)
  const stream = streamOf(state, plannedSite(state, site))
  const { received } = await readChallenge(store, stream)
  const found = received.filter((one) => one.data.contentHash.startsWith(mail.toLowerCase()))
  if (found.length !== 1) {
    const what = found.length === 0 ? 'no answer' : 'more than one answer'
    throw new InputError(`${what} of ${site} begins with '${mail}'. See: ssc mail thread ${run} --site ${site}`, [])
  }
  const { contentHash } = found[0]!.data
  await store.commit({ run, facts: [{ stream, type: 'MailJudged', data: { contentHash, ...word } }] })
}
