import { describe, expect, test } from 'vitest'
import { judgeMail } from '../../core/app/judge-mail.ts'
import { dismissMail, findShelved, readShelves, sortMail } from '../../core/app/sort-mail.ts'
import { plannedSite, readChallenge } from '../../core/app/view.ts'
import { contactDepth, kindOf } from '../../core/domain/correspondence.ts'
import { InputError } from '../../core/domain/errors.ts'
import { challengeStream, MAILROOM } from '../../core/domain/event.ts'
import { anAnswer, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const stranger = { from: 'jo@else.example', to: [] }
const where = { run: 'r-1', site: 'DE-ONE', by: 'Ada' }

describe('an officer who sorts a mail', () => {
  test('given a mail on a shelf, when it is put to a site, then it counts from when it came, as an answer to the last letter', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      const came = room.hand.now
      const mail = anAnswer({ ...stranger, text: 'We banned the identity on all our machines.' })
      await room.take(mail)
      room.hand.now += 7_200_000
      await sortMail(room.deps, { ...where, contentHash: mail.contentHash.slice(0, 8).toUpperCase() })
      const data = { contentHash: mail.contentHash, matchedBy: 'officer', cameMs: came, answers: 'alert', sender: 'other' }
      expect((await room.facts(one)).at(-1)).toMatchObject({ type: 'MailReceived', data })
      expect(await readShelves(room)).toEqual([])
      await expect(sortMail(room.deps, { ...where, contentHash: mail.contentHash })).rejects.toThrow(InputError)
      expect((await room.facts(one)).filter((fact) => fact.type === 'MailReceived')).toHaveLength(1)
    }))

  test('given a site or a run that is not there, or no such mail, then it says so, and nothing is half done', () =>
    withMailroom(async (room) => {
      const [mail, second] = [anAnswer({ ...stranger, text: 'a' }), anAnswer({ ...stranger, text: 'b' })]
      await room.take(mail)
      await room.take(second)
      const before = [await room.store.readRun('r-1'), await room.facts(MAILROOM)]
      const { contentHash } = mail
      await expect(sortMail(room.deps, { ...where, contentHash, site: 'XX-NONE' })).rejects.toThrow(
        'XX-NONE is not in the plan of r-1. It has: DE-ONE, FR-TWO.',
      )
      await expect(sortMail(room.deps, { ...where, contentHash, run: 'r-9' })).rejects.toThrow("there is no run 'r-9'")
      await expect(sortMail(room.deps, { ...where, contentHash: 'zz' })).rejects.toThrow("no mail on the shelves begins with 'zz'")
      await expect(findShelved(room, '')).rejects.toThrow('more than one mail')
      await room.store.purge(MAILROOM, room.hand.now + 1)
      await expect(sortMail(room.deps, { ...where, contentHash })).rejects.toThrow('the content of this mail was erased')
      expect([await room.store.readRun('r-1'), await room.facts(MAILROOM)]).toEqual(before)
    }))

  test('given a mail that is dismissed, then it is off the shelf, with whose word it was and why, and its bytes stay', () =>
    withMailroom(async (room) => {
      const mail = anAnswer(stranger)
      await room.take(mail)
      await dismissMail(room.deps, mail.contentHash, { by: 'Ada', why: 'an advertisement' })
      expect(await readShelves(room)).toEqual([])
      expect((await room.facts(MAILROOM)).at(-1)).toMatchObject({ data: { by: 'Ada', to: 'an advertisement' } })
      expect(await room.store.content(mail.contentHash)).toBeDefined()
    }))
})

describe('an officer who judges an answer', () => {
  test('given an answer, when it is judged twice, then the last word counts; one that is not there is refused', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ references: [await room.write('DE-ONE')], kind: 'automatic' })
      await room.take(mail)
      const judge = (kind: 'human' | 'automatic', begin = mail.contentHash.slice(0, 10)) =>
        judgeMail(room.deps, {
          run: where.run,
          by: where.by,
          of: plannedSite(room.run, 'DE-ONE'),
          mail: begin,
          kind,
          ...(kind === 'human' ? { depth: 'investigates' as const } : {}),
        })
      await judge('automatic')
      room.hand.now += 1
      await judge('human')
      const state = await readChallenge(room.store, one)
      expect(kindOf(state, state.answers[0]!)).toBe('human')
      expect(contactDepth(state)?.level).toBe(5)
      const facts = await room.facts(one)
      await expect(judge('human', 'ffff')).rejects.toThrow("no answer there begins with 'ffff'")
      await room.take({ references: [await room.write('DE-ONE', { letter: 'alert' })] })
      await expect(judge('human', '')).rejects.toThrow('more than one answer')
      expect((await room.facts(one)).filter((fact) => fact.type === 'MailJudged')).toHaveLength(
        facts.filter((fact) => fact.type === 'MailJudged').length,
      )
    }))
})
