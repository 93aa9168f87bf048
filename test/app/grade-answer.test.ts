import { describe, expect, test } from 'vitest'
import { judgeMail } from '../../core/app/judge-mail.ts'
import { plannedSite, readChallenge } from '../../core/app/view.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { findEvidence } from '../../core/domain/evidence.ts'
import type { Question } from '../../core/domain/scenario.ts'
import type { IncomingMail } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { sampleScenario } from '../domain/sample-run.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { anAnswer, type Mailroom, withMailroom } from './mailing.ts'

const asks = (id: string, key: Question['key']): Question => ({ id, title: id, difficulty: 1, after: 0, text: id, key, solution: id })
const questions = [asks('who', [{ fact: 'identity' }]), asks('where', [{ fact: 'host' }]), asks('open', [])]
const asking = () => launchedRun({ state: { scenario: { ...sampleScenario, questions } } })
const one = challengeStream('r-1', 'DE-ONE')
const ask = (room: Mailroom, id: string) => room.write('DE-ONE', { mail: 'question', letter: `question-${id}` })
const graded = async (room: Mailroom) =>
  (await room.facts(one)).flatMap((fact) =>
    fact.type === 'MailReceived' ? [fact.data.graded && [fact.data.graded.question, fact.data.graded.verdict]] : [],
  )
const evidence = async (room: Mailroom, question: string) =>
  findEvidence({ evidence: 'question', question }, await readChallenge(room.store, one), {}).map(({ fraction, isOpen }) =>
    isOpen ? 'open' : fraction,
  )

async function seen(room: Mailroom, host = 'wn7.de-one.example') {
  await room.store.commit({ run: 'r-1', facts: [{ stream: one, type: 'AgentSeen', data: { host, pid: 1 } }] })
}

describe('given an answer to a question of the scenario', () => {
  test('when it comes, then it is held against the key by its own words alone, and no word of it stands in the log', () =>
    withMailroom(async (room) => {
      const who = [await ask(room, 'who')]
      const said = 'Zebra: we do not know'
      await room.take({ references: who, said, text: `${said}\n> DN: ${sampleIdentities.attacker}` })
      await room.take({ references: who, said: `It was ${sampleIdentities.attacker}` })
      await room.take({ references: [await ask(room, 'open')], said: 'hm' })
      await room.take({ references: who, kind: 'bounce', said: 'no such user' })
      await room.take({ references: [await room.write('DE-ONE')], said: 'hm' })
      expect(await graded(room)).toEqual([['who', 'wrong'], ['who', 'right'], ['open', 'for a person'], undefined, undefined])
      expect(await evidence(room, 'who')).toEqual([0, 1])
      expect(JSON.stringify(await room.facts(one))).not.toContain('Zebra')
    }, asking()))

  test('when we do not know it ourselves, then it is for a person, and once we do it is graded', () =>
    withMailroom(async (room) => {
      const references = [await ask(room, 'where')]
      await room.take({ references, said: 'on wn7' })
      await seen(room)
      await room.take({ references, said: 'on wn7.', text: 'on wn7.' })
      expect(await graded(room)).toEqual([
        ['where', 'for a person'],
        ['where', 'right'],
      ])
    }, asking()))

  test.each<[what: string, over: Partial<IncomingMail>, verdict: string]>([
    ['a file', { attachments: [{ name: 'a.log', contentType: 'text/plain', bytes: 1, sha256: '' }] }, 'for a person'],
    ['a signature', { attachments: [{ name: 'smime.p7s', contentType: 'application/pkcs7-signature', bytes: 1, sha256: '' }] }, 'wrong'],
  ])('when nothing is found and %s hangs on it, then it is %s', (_, over, verdict) =>
    withMailroom(async (room) => {
      await room.take({ references: [await ask(room, 'who')], said: 'see below', ...over })
      expect(await graded(room)).toEqual([['who', verdict]])
    }, asking()),
  )

  test('when it comes by a ticket in which two questions stand, then what is not found may answer the other', () =>
    withMailroom(async (room) => {
      await room.take({ references: [await ask(room, 'who')], subject: '[rt.else.example #9]', from: 'jo@else.example', said: 'x' })
      room.hand.now += 60_000
      await ask(room, 'where')
      await seen(room)
      await room.take({ to: [], said: 'nothing' }, { system: 'rt.else.example', id: '9' })
      expect(await graded(room)).toEqual([
        ['who', 'wrong'],
        ['where', 'for a person'],
      ])
    }, asking()))
})

describe("given an officer's word on an answer", () => {
  const word = (room: Mailroom, mail: string) => ({ run: 'r-1', of: plannedSite(room.run, 'DE-ONE'), mail, by: 'Ada' })
  const right = (question: string) => ({ answer: { question, verdict: 'right' as const, why: 'by phone' } })

  test('when it is given, then it counts before ours, the last one counts, and it finds an answer in a mail to another letter', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ references: [await ask(room, 'who')], said: 'no idea, but it ran on wn7' })
      await room.take(mail)
      await judgeMail(room.deps, { ...word(room, mail.contentHash), answer: { question: 'who', verdict: 'partly', why: 'nearly' } })
      room.hand.now += 1
      await judgeMail(room.deps, { ...word(room, mail.contentHash), ...right('who') })
      expect(await evidence(room, 'who')).toEqual([1])
      expect(await evidence(room, 'where')).toEqual([])
      await judgeMail(room.deps, { ...word(room, mail.contentHash), ...right('where') })
      expect(await evidence(room, 'where')).toEqual([1])
    }, asking()))

  test('when it names no question, a mail that is not there, or a machine, then it is refused, and nothing is half done', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ references: [await ask(room, 'who')], kind: 'automatic' })
      await room.take(mail)
      const before = await room.facts(one)
      await expect(judgeMail(room.deps, { ...word(room, mail.contentHash), kind: 'human', ...right('x') })).rejects.toThrow(
        "has no question 'x'; it asks: who, where, open",
      )
      await expect(judgeMail(room.deps, { ...word(room, 'ffff'), ...right('who') })).rejects.toThrow('no answer there')
      await expect(judgeMail(room.deps, { ...word(room, mail.contentHash), ...right('who') })).rejects.toThrow('--kind human')
      expect(await room.facts(one)).toEqual(before)
      await judgeMail(room.deps, { ...word(room, mail.contentHash), kind: 'human', ...right('who') })
      expect(await evidence(room, 'who')).toEqual([1])
    }, asking()))
})
