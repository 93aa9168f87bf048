import type { ChallengeState } from '../domain/challenge.ts'
import type { Answer } from '../domain/correspondence.ts'
import { InputError } from '../domain/errors.ts'
import type { Depth, ReplyKind } from '../domain/event.ts'
import type { Addressee } from '../domain/work.ts'
import type { NewFact } from '../ports.ts'
import type { Core } from './deps.ts'
import { readDetails } from './keep-mail.ts'
import { reportInMail } from './take-report.ts'
import { readChallenge, readPlannedRun, streamOf } from './view.ts'

export type Judgement = { run: string; of: Addressee; mail: string; kind: ReplyKind; depth?: Depth; by: string }

/** An officer's word on what kind of answer a mail is: it counts before ours, and the last one counts. `mail`: how its hash begins. */
export async function judgeMail(core: Pick<Core, 'store' | 'sha256'>, { run, of, mail, ...word }: Judgement): Promise<void> {
  const { store } = core
  const state = await readPlannedRun(store, run)
  const stream = streamOf(state, of)
  const challenge = await readChallenge(store, stream)
  const found = challenge.received.filter((one) => one.data.contentHash.startsWith(mail.toLowerCase()))
  if (found.length !== 1) {
    const what = found.length === 0 ? 'no answer' : 'more than one answer'
    const whose = 'role' in of ? `--party ${of.id}` : `--site ${of.name}`
    throw new InputError(`${what} there begins with '${mail}'. See: ssc mail thread ${run} ${whose}`, [])
  }
  const { contentHash } = found[0]!.data
  const facts: NewFact[] = [{ stream, type: 'MailJudged', data: { contentHash, ...word } }]
  const report = word.kind === 'human' ? await reportOf(core, found[0]!, { challenge, timeZone: of.timeZone }) : undefined
  if (report === undefined) await store.commit({ run, facts })
  else await store.commit({ run, facts: [...facts, report.fact], contents: [{ ...report.content, run, stream }] })
}

/** The common report in a mail that was held to be a machine's: it counts from when the mail came, as all of it does. */
async function reportOf(
  core: Pick<Core, 'store' | 'sha256'>,
  { stream, at, data }: Answer,
  { challenge, timeZone }: { challenge: ChallengeState; timeZone: string },
) {
  if (data.kind === 'human') return undefined
  const details = await readDetails(core, data.detailsHash)
  if (details === undefined) return undefined
  const mail = { ...details, raw: new Uint8Array(), contentHash: data.contentHash }
  const report = reportInMail(core, { mail, challenge, stream, timeZone })
  return report && { fact: report.factOf({ cameMs: data.cameMs ?? at }), content: report.content }
}
