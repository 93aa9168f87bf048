import type { ChallengeEvent, ChallengeFact, LetterName, ReceivedMail } from '../../core/domain/event.ts'

/** `when` it happened, ms since 1970. */
export type Told = ChallengeFact & { when: number }

const stream = 'challenge/r-1/DE-ONE'

/** The facts with their places in the log, in the order in which they were told. */
export function logged(facts: readonly Told[]): ChallengeEvent[] {
  return facts.map(({ when, ...fact }, i) => ({ ...fact, stream, seq: i + 1, at: when, hash: '' }) as ChallengeEvent)
}

export function named(letter: string, over: Partial<LetterName> = {}): LetterName & { effect: string } {
  return { effect: `send-mail.${letter}`, mail: 'alert', letter, role: 'site', ...over }
}

/** One fact of a letter's way out. */
export function trail(
  type: 'sending' | 'accepted' | 'refused' | 'unsure' | 'resent',
  letter: LetterName & { effect: string },
  when: number,
): Told {
  const messageId = `<${letter.letter}@x.example>`
  if (type === 'sending')
    return { type: 'MailSending', data: { ...letter, messageId, to: 'a@b.example', carrier: 'mail', contentHash: 'h' }, when }
  if (type === 'accepted') return { type: 'MailAccepted', data: { ...letter, messageId, answer: '250' }, when }
  if (type === 'refused') return { type: 'MailRefused', data: { ...letter, by: 'other side', reason: '550' }, when }
  if (type === 'unsure') return { type: 'MailUnsure', data: { ...letter, reason: 'lost' }, when }
  return { type: 'MailResent', data: { ...letter, by: 'Ada' }, when }
}

/** An answer that came back to a letter. */
export function came(contentHash: string, over: Partial<ReceivedMail>, when: number): Told {
  const read = {
    messageId: `<${contentHash}@y.example>`,
    contentHash,
    detailsHash: 'd',
    sender: 'site',
    because: 'x',
    matchedBy: 'references',
  } as const
  return { type: 'MailReceived', data: { ...read, kind: 'human', answers: 'alert', letter: 'alert', role: 'site', ...over }, when }
}
