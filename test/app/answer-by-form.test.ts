import { describe, expect, test } from 'vitest'
import { answerByForm, readSitePart } from '../../core/app/answer-by-form.ts'
import { REPORT_LINK } from '../../core/app/send-mail.ts'
import { readChallenge } from '../../core/app/view.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { findEvidence } from '../../core/domain/evidence.ts'
import type { Question } from '../../core/domain/scenario.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { sampleScenario } from '../domain/sample-run.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { tell } from './gating.ts'
import { type Mailroom, testKeys, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const link = testKeys.mailToken(one, REPORT_LINK)
const who: Question = {
  id: 'who',
  title: 'Who',
  difficulty: 1,
  after: 0,
  text: 'Who ran it?',
  key: [{ fact: 'identity' }],
  solution: 'key',
}
const asking = () => launchedRun({ state: { scenario: { ...sampleScenario, questions: [who] } } })
const ask = { mail: 'question', letter: 'question-who' } as const
const send = (room: Mailroom, letter: string, words: string) => answerByForm(room.deps, link, { letter, words })
const came = async (room: Mailroom) => (await room.facts(one)).flatMap((fact) => (fact.type === 'MailReceived' ? [fact.data] : []))

describe("given a site's page", () => {
  test('when nothing was sent to the site yet, then there is no such page, and nothing can be answered', () =>
    withMailroom(async (room) => {
      expect(await readSitePart(room.deps, link)).toBeUndefined()
      await expect(send(room, 'alert', 'x')).rejects.toThrow('there is no such link')
    }))

  test('when letters were sent, then those to this site stand there, each with its deadline, and neither key nor other sites', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await room.write('DE-ONE', { mail: 'question', letter: 'question-other', role: 'manager' })
      await room.write('FR-TWO', ask)
      expect((await readSitePart(room.deps, link))?.asked).toMatchObject([
        { letter: 'alert', wants: 'acknowledgement', askedMs: room.hand.now },
      ])
      await expect(send(room, 'question-who', 'x')).rejects.toThrow('we ask this no longer')
      await room.write('DE-ONE', ask)
      const part = await readSitePart(room.deps, link)
      expect(part?.asked.map(({ letter, text }) => [letter, text])).toEqual([
        ['alert', undefined],
        ['question-who', 'Who ran it?'],
      ])
      expect(part?.asked[1]?.deadlineMs).toBeGreaterThan(room.hand.now)
      expect(JSON.stringify(part)).not.toMatch(/FR-TWO|solution/)
    }, asking()))

  test('when the form of the alert is sent, twice at once and again, then a person answered once; the words can be erased', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      room.hand.now += 60_000
      await Promise.all([send(room, 'alert', 'Zebra works on it'), send(room, 'alert', 'Zebra works on it')])
      await send(room, 'alert', 'Zebra works on it')
      const facts = await came(room)
      expect(facts).toMatchObject([{ kind: 'human', sender: 'site', answers: 'alert', letter: 'alert', matchedBy: 'form' }])
      expect(JSON.stringify(await room.facts(one))).not.toContain('Zebra')
      for (const hash of [facts[0]!.contentHash, facts[0]!.detailsHash])
        expect(new TextDecoder().decode(await room.store.content(hash))).toContain('Zebra')
      expect(findEvidence({ evidence: 'human-reply' }, await readChallenge(room.store, one), {})).toHaveLength(1)
      expect((await readSitePart(room.deps, link))?.asked).toMatchObject([{ answeredMs: room.hand.now }])
    }))

  test('when a question is answered, then it is graded by its key, and later words are a second answer', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE', ask)
      await send(room, 'question-who', 'no idea')
      await send(room, 'question-who', `It was ${sampleIdentities.attacker}`)
      expect((await came(room)).map(({ graded }) => [graded?.question, graded?.verdict])).toEqual([
        ['who', 'wrong'],
        ['who', 'right'],
      ])
    }, asking()))

  test.each([
    ['was stopped', { type: 'RunStopped', data: { by: 'Bob', reason: 'real' } }],
    ['is over', { type: 'RunEnded', data: {} }],
  ] as const)('when the exercise %s, then the page says so, and no form is taken', (words, fact) =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await tell(room.store, fact as Parameters<typeof tell>[1])
      expect((await readSitePart(room.deps, link))?.isOver).toContain(words)
      await expect(send(room, 'alert', 'late')).rejects.toThrow(words)
      expect(await came(room)).toEqual([])
    }),
  )

  test('when far too much comes within a day, then the site is told to write, and nothing more is kept', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      for (let i = 0; i < 60; i++) await send(room, 'alert', `word ${i}`)
      await expect(send(room, 'alert', 'one more')).rejects.toThrow('write to us by mail')
      expect(await came(room)).toHaveLength(60)
    }))

  test('when a run is launched, then no window is chosen any more', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE', { mail: 'invitation', letter: 'invitation-a' })
      expect((await readSitePart(room.deps, link))?.asked).toEqual([])
      await expect(send(room, 'invitation-a', 'x')).rejects.toThrow('we ask this no longer')
    }))
})
