import { InputError } from '../domain/errors.ts'
import type { Depth, ReplyKind } from '../domain/event.ts'
import type { Addressee } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { readChallenge, readPlannedRun, streamOf } from './view.ts'

export type Judgement = { run: string; of: Addressee; mail: string; kind: ReplyKind; depth?: Depth; by: string }

/** An officer's word on what kind of answer a mail is: it counts before ours, and the last one counts. `mail`: how its hash begins. */
export async function judgeMail({ store }: Pick<Core, 'store'>, { run, of, mail, ...word }: Judgement): Promise<void> {
  const state = await readPlannedRun(store, run)
  const stream = streamOf(state, of)
  const { received } = await readChallenge(store, stream)
  const found = received.filter((one) => one.data.contentHash.startsWith(mail.toLowerCase()))
  if (found.length !== 1) {
    const what = found.length === 0 ? 'no answer' : 'more than one answer'
    const whose = 'role' in of ? `--party ${of.id}` : `--site ${of.name}`
    throw new InputError(`${what} there begins with '${mail}'. See: ssc mail thread ${run} ${whose}`, [])
  }
  const { contentHash } = found[0]!.data
  await store.commit({ run, facts: [{ stream, type: 'MailJudged', data: { contentHash, ...word } }] })
}
