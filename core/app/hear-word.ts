import type { ChallengeState } from '../domain/challenge.ts'
import { isAlerted } from '../domain/clock-start.ts'
import { InputError } from '../domain/errors.ts'
import { challengeStream, FRAMEWORK, type WordReached } from '../domain/event.ts'
import { type MailKind, traitsOf } from '../domain/mail.ts'
import { recipientsOf, writerOf } from '../domain/recipients.ts'
import type { RunState } from '../domain/run-state.ts'
import { utcWords } from '../domain/zone.ts'
import type { IncomingMail, NewFact } from '../ports.ts'
import type { Core } from './deps.ts'
import { plannedSite, readLaunchedRun } from './view.ts'

type Run = Pick<RunState, 'launchedMs'> & { plan: NonNullable<RunState['plan']> }
type Mail = Pick<IncomingMail, 'from' | 'to' | 'messageId' | 'contentHash' | 'text'>

/** Who of the run stood among the recipients of an answer by one who speaks for its challenge. */
export function toldBy({ plan }: Run, challenge: ChallengeState, mail: Pick<Mail, 'from' | 'to'>): string[] {
  const writer = writerOf(challenge, mail)
  if (writer === undefined) return []
  const { sites, parties } = recipientsOf(plan, mail, writer)
  return [...sites, ...parties]
}

type Heard = { run: Run; challenge: ChallengeState; answers: MailKind; happenedMs: number }

/** For each site that a person told by this mail, that word reached it: of the incident, so not before the launch, nor in an answer to what prepares it. */
export function wordFacts({ sha256 }: Pick<Core, 'sha256'>, mail: Mail, { run, challenge, answers, happenedMs }: Heard): NewFact[] {
  const from = writerOf(challenge, mail)
  if (from === undefined || happenedMs < (run.launchedMs ?? Number.POSITIVE_INFINITY) || traitsOf(answers).prepares) return []
  const words = 'stood among the recipients'
  const data: WordReached = { from, how: 'mail', words, by: FRAMEWORK, happenedMs, mail: mail.contentHash }
  // The same mail by two ways has the same words, though not the same bytes.
  const key = `word:${sha256(`${mail.messageId} ${mail.text}`).slice(0, 16)}`
  return recipientsOf(run.plan, mail, from).sites.map((site) => ({
    stream: challengeStream(run.plan.id, site),
    type: 'WordReached',
    data,
    key,
  }))
}

export type HeardWord = { run: string; site: string; from: string; how: WordReached['how']; words: string; by: string; happenedMs?: number }

/** An officer's word that a site heard of the incident from somebody else. Gives back whether the site's clocks begin with such a word. */
export async function hearWord({ store, clock }: Pick<Core, 'store' | 'clock'>, heard: HeardWord): Promise<{ startsClocks: boolean }> {
  const { run: name, site: named, happenedMs = clock.now(), ...word } = heard
  const run = await readLaunchedRun(store, name)
  const site = plannedSite(run, named)
  const problems = [
    ...sourceProblems(run, site.name, word.from),
    ...(happenedMs < run.launchedMs
      ? [`--at: the run was launched at ${utcWords(run.launchedMs)}, and word cannot have gone round before`]
      : []),
    ...(happenedMs > clock.now() ? ['--at: that is still to come'] : []),
  ]
  if (problems.length > 0) throw new InputError('nothing was noted:', problems)
  await store.commit({
    run: name,
    facts: [{ stream: challengeStream(name, site.name), type: 'WordReached', data: { ...word, happenedMs } }],
  })
  return { startsClocks: !isAlerted(run.scenario, site) }
}

function sourceProblems({ plan }: Run, site: string, from: string): string[] {
  if (from === site) return [`--heard-from: ${from} cannot have heard it from itself`]
  const known = ['csirt', 'unknown', ...plan.parties.map(({ id }) => id), ...plan.sites.map(({ name }) => name)]
  if (known.includes(from)) return []
  const parties = plan.parties.map(({ id }) => id).slice(0, 20)
  return [
    `--heard-from: ${from} takes no part; give a site of the plan, csirt, unknown${parties.length > 0 ? `, ${parties.join(', ')}` : ''}`,
  ]
}
