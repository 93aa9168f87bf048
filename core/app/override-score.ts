import type { ChallengeState } from '../domain/challenge.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import type { ChallengeEvent, FinalLight } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import type { On } from '../domain/order.ts'
import { foldParty, streamsOfParty } from '../domain/party-log.ts'
import type { Score } from '../domain/report.ts'
import { outagesAt } from '../domain/run-state.ts'
import { scoreChallenge } from '../domain/score.ts'
import { scoreParty } from '../domain/score-party.ts'
import type { Addressee, LaunchedRun } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { readChallenge, readLaunchedRun, scoredAt, streamOf } from './view.ts'

export type Override = {
  run: string
  of: Addressee
  expectation: string
  light: FinalLight
  /** Without it a green light is worth all, a red and a grey one nothing. */
  points?: number
  reason: string
  by: string
  /** How many verdicts on it the officer has seen; one more since then, and nothing is decided. */
  seen?: number
}

/** An officer's verdict in the place of the rubric's; both stay visible, and the last one counts. Gives back what it was and what it is now. */
export async function overrideScore(
  core: Pick<Core, 'store' | 'clock'>,
  { run: name, of, ...wish }: Override,
): Promise<{ before: Score; after: Score }> {
  const run = await readLaunchedRun(core.store, name)
  const scores = await readScores(core, run, of)
  const before = scores.find((one) => one.expectation === wish.expectation)
  const problems = [
    ...(before === undefined ? [`--expectation: there is no '${wish.expectation}'; there are: ${idsOf(scores)}`] : []),
    ...pointProblems(wish, before),
    ...(wish.reason.trim() === '' ? ['--reason: say why; the site reads it'] : []),
  ]
  if (before === undefined || problems.length > 0) throw new InputError('nothing was decided:', problems)
  const { expectation, light, reason, by } = wish
  const data = { expectation, light, points: pointsOf(wish, before), reason, by }
  await decide(core, { run: name, stream: streamOf(run, of), data, ...(wish.seen !== undefined && { seen: wish.seen }) })
  return { before, after: (await readScores(core, run, of)).find((one) => one.expectation === expectation)! }
}

type Verdict = { run: string; stream: string; data: On<'ScoreOverridden'>['data']; seen?: number }

/** The n-th verdict on a light has a key of its own: of two officers who decide at the same moment one is told so. */
async function decide({ store }: Pick<Core, 'store'>, { run, stream, data, seen }: Verdict): Promise<void> {
  const known = verdictsOn(await readChallenge(store, stream), data.expectation)
  const newest = known.at(-1)?.data
  if (seen !== undefined && known.length !== seen) throw meanwhile(newest)
  await store.commit({ run, facts: [{ stream, type: 'ScoreOverridden', data, key: `verdict:${data.expectation}:${known.length + 1}` }] })
  const mine = verdictsOn(await readChallenge(store, stream), data.expectation)[known.length]
  if (mine !== undefined && canonicalJson(mine.data) !== canonicalJson(data)) throw meanwhile(mine.data)
}

function meanwhile(other: On<'ScoreOverridden'>['data'] | undefined): RefusedError {
  const words = other === undefined ? 'it changed' : `${other.by} decided on it (${other.light}: ${other.reason})`
  return new RefusedError(`Meanwhile ${words}. Nothing of yours was decided: look at it, and decide again.`)
}

/** Officers' verdicts on one light, in the order in which they came. */
export function verdictsOn({ overrides }: Pick<ChallengeState, 'overrides'>, expectation: string): On<'ScoreOverridden'>[] {
  return overrides.filter(({ data }) => data.expectation === expectation).sort((a, b) => a.seq - b.seq)
}

/** The lights of a site or a party as they stand now. */
export async function readScores(
  { store, clock }: Pick<Core, 'store' | 'clock'>,
  state: LaunchedRun,
  of: Addressee,
): Promise<readonly Score[]> {
  const asOf = scoredAt(state, clock.now())
  const run = { ...state, outages: outagesAt(state, asOf) }
  if ('role' in of) {
    const logs = await Promise.all(streamsOfParty(run.plan, of).map((stream) => store.readStream(stream)))
    return scoreParty(foldParty(logs as ChallengeEvent[][]), run, { party: of, asOf }).scores
  }
  return scoreChallenge(await readChallenge(store, streamOf(run, of)), run, { site: of, asOf }).scores
}

function idsOf(scores: readonly Score[]): string {
  return scores.map(({ expectation }) => expectation).join(', ') || 'none, as nothing is expected of it'
}

function pointProblems({ light, points }: Pick<Override, 'light' | 'points'>, score: Score | undefined): string[] {
  if (points === undefined) return light === 'amber' ? ['--points: say how many an amber light is worth'] : []
  if (!Number.isFinite(points) || points < 0) return ['--points: give a number that is not below 0']
  if (score !== undefined && points > score.outOf) return [`--points: ${points} are too many, it is worth up to ${score.outOf}`]
  return light === 'grey' && points > 0 ? ['--points: what is not known has no points; leave them out'] : []
}

function pointsOf({ light, points }: Pick<Override, 'light' | 'points'>, { outOf }: Score): number {
  return points ?? (light === 'green' ? outOf : 0)
}
