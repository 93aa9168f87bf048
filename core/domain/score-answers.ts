import type { ChallengeState } from './challenge.ts'
import type { Letter } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { answersToQuestion } from './evidence.ts'
import { compareEvents } from './order.ts'
import type { Evidence, Light } from './report.ts'
import type { Expectation } from './rubric.ts'
import { durationWords } from './text.ts'
import { evidenceOf, happenedAt } from './timeline.ts'

/** How the questions of a challenge are timed: by when after it arrived one is answered in time, and by when late. */
export type AnswerClock = { deadline(arrivedMs: number): number; lateUntil(arrivedMs: number): number; overMs?: number; asOf: number }

type Verdict = { light: Light; points: number | null; reason: string; evidence: readonly Evidence[]; deadline?: number }
type Asked = { letter: Letter; arrived: ChallengeEvent; answer?: ChallengeEvent; deadline: number; lateUntil: number }
type Fate = 'in time' | 'late' | 'too late' | 'not answered' | 'open' | 'not known'

/** All questions together, each by its own clock: the points are shared among those whose fate is known. */
export function scoreAnswers(
  state: ChallengeState,
  { points, lateFactor }: Pick<Expectation, 'points' | 'lateFactor'>,
  clock: AnswerClock,
): Verdict {
  const asked = questionsOf(state, clock)
  if (asked.length === 0) {
    const isOver = clock.overMs !== undefined
    return { light: isOver ? 'grey' : 'pending', points: null, reason: `no question was asked${isOver ? '' : ' yet'}`, evidence: [] }
  }
  const fates = asked.map((one) => ({ ...one, fate: fateOf(one, clock) }))
  const known = fates.filter(({ fate }) => fate !== 'open' && fate !== 'not known')
  const evidence = fates.flatMap(({ arrived, answer }) => [arrived, ...(answer ? [answer] : [])]).map((event) => evidenceOf(event))
  const deadline = Math.max(...asked.map((one) => one.deadline))
  const reason = fates.map((one) => wordsOf(one)).join('; ')
  if (fates.some(({ fate }) => fate === 'open')) return { light: 'pending', points: null, reason, evidence, deadline }
  if (known.length === 0) return { light: 'grey', points: null, reason, evidence, deadline }
  const worth = known.reduce((sum, { fate }) => sum + (fate === 'in time' ? 1 : fate === 'late' ? lateFactor : 0), 0)
  const light = worth === known.length ? 'green' : worth === 0 ? 'red' : 'amber'
  return { light, points: Math.round((100 * points * worth) / known.length) / 100, reason, evidence, deadline }
}

function questionsOf(state: ChallengeState, clock: AnswerClock): Asked[] {
  return Object.values(state.letters)
    .filter(({ mail, role, accepted }) => mail === 'question' && role === 'site' && accepted)
    .flatMap((letter): Asked[] => {
      const arrived = letter.accepted!
      const own = answersToQuestion(state, letter.letter)
      const answer = own.sort((a, b) => happenedAt(a) - happenedAt(b) || compareEvents(a, b))[0]
      // One dead member of a list sends it back as well: what was answered has arrived.
      if (letter.bounced && !answer) return []
      return [{ letter, arrived, ...(answer && { answer }), deadline: clock.deadline(arrived.at), lateUntil: clock.lateUntil(arrived.at) }]
    })
    .sort((a, b) => compareEvents(a.arrived, b.arrived))
}

function fateOf({ answer, deadline, lateUntil }: Asked, { asOf, overMs }: AnswerClock): Fate {
  if (answer) {
    const at = happenedAt(answer)
    return at <= deadline ? 'in time' : at <= lateUntil ? 'late' : 'too late'
  }
  if (overMs !== undefined && overMs < deadline) return 'not known'
  return asOf <= deadline ? 'open' : 'not answered'
}

function wordsOf({ letter, arrived, answer, fate }: Asked & { fate: Fate }): string {
  const name = letter.letter.replace(/^question-/, '')
  const after = answer ? ` after ${durationWords(Math.max(0, happenedAt(answer) - arrived.at))}` : ''
  return `${name}: ${fate === 'open' ? 'the deadline has not passed' : fate}${after}`
}
