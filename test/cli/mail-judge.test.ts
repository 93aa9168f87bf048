import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { type ChallengeFact, challengeStream } from '../../core/domain/event.ts'
import type { Question } from '../../core/domain/scenario.ts'
import { planRequest } from '../bench/run-of-many.ts'
import { type Calls, openCalls } from './calls.ts'
import { tell } from './control-run.ts'

let calls: Calls
let run: string
const hash = `abcd${'0'.repeat(60)}`
const question: Question = { id: 'who', title: 'Who', difficulty: 1, after: 0, text: 'Who?', key: [{ anyOf: ['Mallory'] }], solution: 'x' }
const received: ChallengeFact = {
  type: 'MailReceived',
  data: {
    ...{ messageId: '<1@a.example>', contentHash: hash, detailsHash: '', sender: 'site', kind: 'human', because: 'b' },
    ...{ answers: 'question', letter: 'question-who', role: 'site', matchedBy: 'references' },
    graded: { question: 'who', verdict: 'for a person', why: 'not named: item 1 of the key' },
  },
}

beforeAll(async () => {
  calls = await openCalls()
  const wish = planRequest(1, 2)
  const request = { ...wish, scenario: { ...wish.scenario, questions: [question] } }
  const plan = planRun(request)
  await keepPlan(await calls.instance(), request, { plan, by: 'planner' })
  run = plan.id
  await tell(calls, run, 'SITE-0', received)
})
afterAll(async () => calls?.close())

const judge = (...more: string[]) => calls.call('mail', 'judge', run, '--site', 'SITE-0', '--mail', 'abcd', '--by', 'Ada', ...more)
const told = async () =>
  (await (await calls.instance()).store.readStream(challengeStream(run, 'SITE-0'))).filter((event) => event.type !== 'MailReceived')

describe('ssc mail judge', () => {
  const right = ['--question', 'who', '--verdict', 'right']

  test('given an answer to a question, when it is judged, then the verdict stands in the log, and the thread shows both', async () => {
    expect((await calls.call('mail', 'thread', run, '--site', 'SITE-0')).out).toContain(
      'Graded: question who: for a person (not named: item 1',
    )
    const judged = await judge(...right, '--why', 'said by phone')
    expect(judged).toMatchObject({ status: 0, out: expect.stringContaining('as an answer to the question who right') })
    const data = { contentHash: hash, question: 'who', verdict: 'right', why: 'said by phone', by: 'Ada' }
    expect((await told()).map((event) => [event.type, event.data])).toEqual([['AnswerGraded', data]])
    expect((await calls.call('mail', 'thread', run, '--site', 'SITE-0')).out).toContain(
      'Graded: Ada says of question who: right (said by phone)',
    )
  })

  test('given a kind and a verdict, when both are judged at once, then both stand in the log', async () => {
    const before = (await told()).length
    const { out } = await judge('--kind', 'human', '--depth', 'knows', ...right, '--why', 'w')
    expect(out).toContain('by a person who knows the subject; as an answer to the question who right')
    expect((await told()).slice(before).map((event) => event.type)).toEqual(['MailJudged', 'AnswerGraded'])
  })

  test.each([
    ['neither', [], 'say what it is with --kind'],
    ['no verdict', ['--question', 'who', '--why', 'w'], 'with --question, --verdict and --why together'],
    ['no reason', right, 'with --question, --verdict and --why together'],
    ['no such question, and a kind', ['--kind', 'human', '--question', 'x', '--verdict', 'right', '--why', 'w'], 'it asks: who'],
    ['a machine', ['--kind', 'automatic', ...right, '--why', 'w'], 'say --kind human, too'],
    ['a depth of a machine', ['--kind', 'automatic', '--depth', 'knows'], '--depth is told of an answer by a person'],
  ])('given %s, then it is refused, and nothing is judged', async (_, more, words) => {
    const before = await told()
    expect(await judge(...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
    expect(await told()).toEqual(before)
  })
})
