import { describe, expect, test } from 'vitest'
import { hearWord } from '../../core/app/hear-word.ts'
import { judgeMail } from '../../core/app/judge-mail.ts'
import { sortMail } from '../../core/app/sort-mail.ts'
import { plannedSite, readChallenge } from '../../core/app/view.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { scoreChallenge } from '../../core/domain/score.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { sampleScenario } from '../domain/sample-run.ts'
import { aSite } from '../domain/sites.ts'
import { anAnswer, type Mailroom, withMailroom } from './mailing.ts'

const vo = { role: 'vo', name: 'cms', address: 'csirt@vo.example' }
const sites = [aSite('DE-ONE'), aSite('FR-TWO'), aSite('IT-SIX')]
function oneAlerted(): LaunchedRun {
  const run = launchedRun({ sites, run: { parties: [vo] }, state: { scenario: { ...sampleScenario, alert: 'one' } } })
  const marked = run.plan.sites.map((site) => (site.name === 'DE-ONE' ? { ...site, alerted: true as const } : site))
  return { ...run, plan: { ...run.plan, sites: marked } }
}
const to = ['ssc@csirt.example', 'csirt@fr-two.example', 'csirt@vo.example']
const facts = async (room: Mailroom, site: string, type: string) =>
  (await room.facts(challengeStream('r-1', site))).filter((fact) => fact.type === type)
const words = (room: Mailroom, site = 'FR-TWO') => facts(room, site, 'WordReached')

describe('given an answer that went to others, too', () => {
  test('when it comes, also twice and at once, then whom it told stands with it, and word reached each told site once', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ to, references: [await room.write('DE-ONE')] })
      await room.take(mail)
      await Promise.all([room.take(mail), room.take(mail)])
      const copy = anAnswer({ ...mail, raw: Buffer.from('by another way'), contentHash: 'ff'.repeat(32) })
      await room.take(copy)
      expect(await facts(room, 'DE-ONE', 'MailReceived')).toMatchObject([{ data: { told: ['FR-TWO', 'vo-cms'] } }])
      const data = { from: 'DE-ONE', how: 'mail', by: 'the framework', mail: mail.contentHash, happenedMs: room.hand.now }
      expect(await words(room)).toMatchObject([{ data }])
      expect(await words(room, 'IT-SIX')).toEqual([])
      expect(JSON.stringify(await words(room))).not.toContain('@')
    }, oneAlerted()))

  test('when only one site was alerted, then the clocks of the told one begin with it, and those of the others do not', () =>
    withMailroom(async (room) => {
      const cameMs = room.hand.now + 60_000
      const references = [await room.write('DE-ONE')]
      room.hand.now += 3_600_000
      await room.take({ to, references, cameMs })
      const clock = async (site: string) => {
        const state = await readChallenge(room.store, challengeStream('r-1', site))
        const score = scoreChallenge(state, room.run, { site: plannedSite(room.run, site), asOf: room.hand.now })
        return [score.alerted, score.heardFrom.map(({ from }) => from)]
      }
      expect(await clock('FR-TWO')).toEqual([cameMs, ['DE-ONE']])
      expect(await clock('IT-SIX')).toEqual([undefined, []])
    }, oneAlerted()))

  test.each([
    ['a machine wrote it', { kind: 'automatic' as const }],
    ['a stranger wrote it', { from: 'jo@else.example' }],
    ['it bounced', { kind: 'bounce' as const }],
  ])('when %s, then it told nobody', (_, over) =>
    withMailroom(async (room) => {
      await room.take({ to, references: [await room.write('DE-ONE')], ...over })
      expect((await facts(room, 'DE-ONE', 'MailReceived'))[0]?.data).not.toHaveProperty('told')
      expect(await words(room)).toEqual([])
    }, oneAlerted()),
  )

  test('when it answers an invitation, then it is not the word of the incident', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE', { mail: 'invitation', letter: 'invitation-1' })]
      await room.take({ to, references })
      expect(await facts(room, 'DE-ONE', 'MailReceived')).toHaveLength(1)
      expect(await words(room)).toEqual([])
    }, oneAlerted()))

  test('when a machine was thought to have written it, and an officer says that a person did, then word reached from when it came', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ to, references: [await room.write('DE-ONE')], kind: 'automatic' })
      await room.take(mail)
      const came = room.hand.now
      room.hand.now += 3_600_000
      const word = { run: 'r-1', of: plannedSite(room.run, 'DE-ONE'), mail: mail.contentHash, kind: 'human', by: 'Ada' } as const
      await judgeMail(room.deps, word)
      await judgeMail(room.deps, word)
      expect(await words(room)).toMatchObject([{ data: { from: 'DE-ONE', happenedMs: came } }])
    }, oneAlerted()))

  test('when it came before the launch, and an officer sorts it after, then it is not the word of the incident', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ from: 'csirt@fr-two.example', to: ['csirt@it-six.example'], cameMs: room.hand.now - 1 })
      await room.take(mail)
      await sortMail(room.deps, { contentHash: mail.contentHash, run: 'r-1', site: 'FR-TWO', by: 'Ada' })
      expect(await facts(room, 'FR-TWO', 'MailReceived')).toMatchObject([{ data: { told: ['IT-SIX'] } }])
      expect(await words(room, 'IT-SIX')).toEqual([])
    }, oneAlerted()))

  test('when it names no letter of ours and an officer sorts it, then it told from when it came', () =>
    withMailroom(async (room) => {
      const came = room.hand.now
      const mail = anAnswer({ from: 'csirt@fr-two.example', to: ['ssc@csirt.example', 'csirt@it-six.example'] })
      await room.take(mail)
      room.hand.now += 3_600_000
      await sortMail(room.deps, { contentHash: mail.contentHash, run: 'r-1', site: 'FR-TWO', by: 'Ada' })
      expect(await words(room, 'IT-SIX')).toMatchObject([{ data: { from: 'FR-TWO', happenedMs: came } }])
    }, oneAlerted()))
})

describe("given an officer's word that a site heard of it", () => {
  const phone = { run: 'r-1', site: 'FR-TWO', how: 'phone', words: 'they called', by: 'Ada' } as const

  test('when it is told, then it stands in the log of that site, and whether its clocks begin with it is told', () =>
    withMailroom(async (room) => {
      const happenedMs = room.hand.now
      room.hand.now += 60_000
      for (const from of ['DE-ONE', 'vo-cms', 'csirt', 'unknown'])
        expect(await hearWord(room.deps, { ...phone, from, happenedMs })).toEqual({ startsClocks: true })
      expect(await hearWord(room.deps, { ...phone, site: 'DE-ONE', from: 'IT-SIX' })).toEqual({ startsClocks: false })
      expect((await words(room)).map(({ data }) => data)[0]).toEqual({
        from: 'DE-ONE',
        how: 'phone',
        words: 'they called',
        by: 'Ada',
        happenedMs,
      })
      expect(await words(room)).toHaveLength(4)
    }, oneAlerted()))

  test('when it cannot be so, then all that is wrong is told, and nothing is noted', () =>
    withMailroom(async (room) => {
      const odd = { ...phone, from: 'XX-NONE', happenedMs: room.hand.now + 86_400_000 }
      await expect(hearWord(room.deps, odd)).rejects.toThrow(/XX-NONE takes no part[\s\S]*vo-cms[\s\S]*still to come/)
      await expect(hearWord(room.deps, { ...phone, from: 'FR-TWO', happenedMs: 0 })).rejects.toThrow(/from itself[\s\S]*launched at/)
      await expect(hearWord(room.deps, { ...phone, site: 'XX', from: 'csirt' })).rejects.toThrow('XX is not in the plan')
      expect(await words(room)).toEqual([])
    }, oneAlerted()))
})
