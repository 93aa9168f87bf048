import type { ChallengeState } from '../domain/challenge.ts'
import type { Answer } from '../domain/correspondence.ts'
import { kindOf } from '../domain/correspondence.ts'
import { InputError } from '../domain/errors.ts'
import type { Depth, FieldVerdict, ReplyKind } from '../domain/event.ts'
import type { Addressee, PlannedRun } from '../domain/work.ts'
import type { NewFact } from '../ports.ts'
import type { Core } from './deps.ts'
import { wordFacts } from './hear-word.ts'
import { type Details, readDetails } from './keep-mail.ts'
import { reportInMail } from './take-report.ts'
import { readChallenge, readPlannedRun, streamOf } from './view.ts'

export type JudgedVerdict = Extract<FieldVerdict, 'right' | 'partly' | 'wrong'>

/** An officer's word on an answer: what kind it is, what it says to a question of the scenario, or both. `mail`: how its hash begins. */
export type Judgement = {
  run: string
  of: Addressee
  mail: string
  kind?: ReplyKind
  depth?: Depth
  answer?: { question: string; verdict: JudgedVerdict; why: string }
  by: string
}

/** It counts before ours, and the last one counts; a question can be answered in a mail that came back to any letter. */
export async function judgeMail(core: Pick<Core, 'store' | 'sha256'>, judgement: Judgement): Promise<void> {
  const { run, kind, depth, answer, by } = judgement
  const state = await readPlannedRun(core.store, run)
  const place = await findAnswer(core, state, judgement)
  if (answer !== undefined) refuseOddAnswer(state, place, judgement)
  const { stream } = place
  const { contentHash } = place.answer.data
  const word = kind && { kind, ...(depth && { depth }) }
  const facts: NewFact[] = [
    ...(word ? [{ stream, type: 'MailJudged' as const, data: { contentHash, ...word, by } }] : []),
    ...(answer ? [{ stream, type: 'AnswerGraded' as const, data: { contentHash, ...answer, by } }] : []),
  ]
  const more = kind === 'human' && place.answer.data.kind !== 'human' ? await heldBack(core, state, place) : { facts: [] }
  await core.store.commit({ run, ...more, facts: [...facts, ...more.facts] })
}

function refuseOddAnswer({ scenario }: PlannedRun, place: Place, { answer, kind }: Judgement): void {
  if ('role' in place.of) throw new InputError('the questions of a scenario are asked of sites: give --site', [])
  const known = scenario.questions.map(({ id }) => id)
  if (!known.includes(answer!.question)) {
    const there = known.length === 0 ? 'it asks none' : `it asks: ${known.join(', ')}`
    throw new InputError(`the scenario ${scenario.id} has no question '${answer!.question}'; ${there}`, [])
  }
  if ((kind ?? kindOf(place.challenge, place.answer)) !== 'human')
    throw new InputError('it is held to be no answer by a person, and so does not count: say --kind human, too', [])
}

type Place = { stream: string; of: Addressee; challenge: ChallengeState; answer: Answer }

/** The one answer of a challenge, or of a party, whose hash begins so. Throws InputError when there is none, or several. */
async function findAnswer({ store }: Pick<Core, 'store'>, run: PlannedRun, { of, mail }: { of: Addressee; mail: string }): Promise<Place> {
  const stream = streamOf(run, of)
  const challenge = await readChallenge(store, stream)
  const [answer, ...others] = challenge.received.filter((one) => one.data.contentHash.startsWith(mail.toLowerCase()))
  if (answer !== undefined && others.length === 0) return { stream, of, challenge, answer }
  const what = answer === undefined ? 'no answer' : 'more than one answer'
  const whose = 'role' in of ? `--party ${of.id}` : `--site ${of.name}`
  throw new InputError(`${what} there begins with '${mail}'. See: ssc mail thread ${run.plan.id} ${whose}`, [])
}

/** What a mail that was held to be a machine's would have brought: it counts from when the mail came, as all of it does. */
async function heldBack(core: Pick<Core, 'store' | 'sha256'>, run: PlannedRun, place: Place) {
  const { at, data } = place.answer
  const details = await readDetails(core, data.detailsHash)
  if (details === undefined) return { facts: [] }
  const happenedMs = data.cameMs ?? at
  const mail = { ...details, contentHash: data.contentHash }
  const words = wordFacts(core, mail, { run, challenge: place.challenge, answers: data.answers, happenedMs })
  const report = reportOf(core, mail, place)
  if (report === undefined) return { facts: words }
  const content = { ...report.content, run: run.plan.id, stream: place.stream }
  return { facts: [report.factOf({ cameMs: happenedMs }), ...words], contents: [content] }
}

function reportOf(core: Pick<Core, 'sha256'>, mail: Details & { contentHash: string }, { challenge, stream, of }: Place) {
  return reportInMail(core, { mail: { ...mail, raw: new Uint8Array() }, challenge, stream, timeZone: of.timeZone })
}
