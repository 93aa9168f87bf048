import type { ChallengeState } from '../domain/challenge.ts'
import type { ReceivedMail } from '../domain/event.ts'
import { gradeAnswer } from '../domain/grade-answer.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { IncomingMail } from '../ports.ts'
import { reportKeyOf } from './take-report.ts'

type Answering = Pick<ReceivedMail, 'letter' | 'matchedBy'>

/** What an answer says to the scenario's question that it answers; undefined when it answers none of them. A robot's, too: a person may have written it. */
export function gradeInMail(
  scenario: Pick<Scenario, 'questions'> | undefined,
  challenge: ChallengeState,
  { mail, answers }: { mail: Pick<IncomingMail, 'kind' | 'said' | 'attachments'>; answers: Answering },
): ReceivedMail['graded'] {
  const question = scenario?.questions.find(({ id }) => `question-${id}` === answers.letter)
  if (question === undefined || challenge.planned === undefined || mail.kind === 'bounce') return undefined
  const answer = { said: mail.said, doubt: doubtOf(challenge, mail, answers) }
  return { question: question.id, ...gradeAnswer(answer, question.key, reportKeyOf(challenge)) }
}

/** Why what is not found in it may be right all the same. */
function doubtOf(
  { letters }: ChallengeState,
  { attachments }: Pick<IncomingMail, 'attachments'>,
  { matchedBy }: Answering,
): string | undefined {
  if (attachments.some(({ contentType }) => !/signature|pgp-keys/.test(contentType))) return 'the answer may stand in what is attached'
  const asked = Object.values(letters).filter(({ mail, role, accepted }) => mail === 'question' && role === 'site' && accepted)
  const isSure = matchedBy === 'references' || matchedBy === 'recipient' || matchedBy === 'form'
  return isSure || asked.length < 2 ? undefined : 'it may answer another question'
}
