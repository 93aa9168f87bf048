import { describe, expect, test } from 'vitest'
import { tagOfStream } from '../../core/app/send-mail.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { replyAddressOf } from '../../core/domain/mail.ts'
import type { IncomingMail } from '../../core/ports.ts'
import { anAnswer, type Mailroom, sharedMailbox, testKeys, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const two = challengeStream('r-1', 'FR-TWO')
const ofTwo = 'csirt@fr-two.example'
const addressOf = (stream: string, letter = 'alert') => replyAddressOf('ssc@csirt.example', 'alert', testKeys.mailToken(stream, letter))

/** The challenge that a mail is matched to and by what; or why to none, and the sites that it may belong to. */
async function matched({ deps }: Mailroom, mail: Partial<IncomingMail>, ticket?: { system: string; id: string }) {
  const match = await deps.match(anAnswer(mail), ticket)
  if ('found' in match) return [match.found.stream, match.way]
  return [match.because, match.proposals.map(({ site }) => site)]
}

describe('the matcher', () => {
  test('given all that a mail may name, then its references count first, then the recipient, the ticket, and last the subject', () =>
    withMailroom(async (room) => {
      const alert = await room.write('DE-ONE')
      const subject = `Re: [${tagOfStream({ keys: testKeys }, room.run, one)}]`
      await room.take({ references: [alert], subject: 'Re: [GGUS #77]' })
      const all = { references: ['<x@y.example>', alert], to: [addressOf(one)], subject: `${subject} [GGUS #77]` }
      expect(await matched(room, all)).toEqual([one, 'references'])
      expect(await matched(room, { ...all, references: [] })).toEqual([one, 'recipient'])
      expect(await matched(room, { ...all, references: [], to: [] })).toEqual([one, 'ticket'])
      expect(await matched(room, { subject, to: [] })).toEqual([one, 'subject'])
      expect(await matched(room, { subject: 'Hello', to: [] })).toEqual(['it names no letter of ours', ['DE-ONE']])
    }))

  test('given tokens of two challenges, then the mail waits, with both proposed; several of one challenge are no doubt', () =>
    withMailroom(async (room) => {
      const [alert, question, other] = [
        await room.write('DE-ONE'),
        await room.write('DE-ONE', { mail: 'question', letter: 'question-1' }),
        await room.write('FR-TWO'),
      ]
      const stranger = { from: 'helpdesk@else.example' }
      expect(await matched(room, { ...stranger, references: [alert, other] })).toEqual([
        'it names letters of several challenges',
        ['FR-TWO', 'DE-ONE'],
      ])
      expect(await matched(room, { ...stranger, references: [alert], to: [addressOf(two)] })).toEqual([
        'it names letters of several challenges',
        ['DE-ONE', 'FR-TWO'],
      ])
      expect(await matched(room, { ...stranger, references: [alert, question] })).toEqual([one, 'references'])
    }))

  test("given a token of one challenge from another site's contact, then it waits; from its own contact or a stranger, it is matched", () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      expect(await matched(room, { references, from: ofTwo })).toEqual([
        "its sender is another site's contact than that of the letter which it names",
        ['DE-ONE', 'FR-TWO'],
      ])
      expect(await matched(room, { references, from: ofTwo.toUpperCase() })).toMatchObject([
        expect.stringContaining('another site'),
        expect.anything(),
      ])
      expect(await matched(room, { references, from: 'CSIRT@DE-ONE.example' })).toEqual([one, 'references'])
      expect(await matched(room, { references, from: 'jo@else.example' })).toEqual([one, 'references'])
    }))

  test("given a subject's tag, then it counts from the contact alone", () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      const mail = { subject: `AW: ${tagOfStream({ keys: testKeys }, room.run, one).toLowerCase()}`, to: [] }
      expect(await matched(room, mail)).toEqual([one, 'subject'])
      const stranger = await matched(room, { ...mail, from: 'jo@else.example' })
      expect(stranger).toEqual(['its subject names a challenge, but its sender is not known there', ['DE-ONE']])
      expect(await matched(room, { ...mail, from: ofTwo })).toMatchObject([expect.stringContaining('another site'), ['DE-ONE', 'FR-TWO']])
    }))

  test("given a helpdesk's receipt, then its ticket's id finds what it writes later without any reference; one that was only claimed does not", () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      const later = { from: 'helpdesk@else.example', to: [], subject: 'Re: [RT.else.example #4711] EXERCISE' }
      expect(await matched(room, later)).toEqual(['what it names is none of our letters', []])
      await room.take({ from: later.from, kind: 'automatic', references, subject: '[rt.else.example #4711] AutoReply' })
      expect(await matched(room, later)).toEqual([one, 'ticket'])
      await room.take({ subject: '[rt.else.example #4711] and [other.example #1]', to: [] })
      expect(await matched(room, { ...later, subject: '[other.example #1]' })).toEqual(['what it names is none of our letters', []])
      expect(await matched(room, { ...later, subject: '' }, { system: 'rt.else.example', id: '4711' })).toEqual([one, 'ticket'])
    }))

  test('given well-formed tokens that are none of ours, or of a letter that never left, then the mail waits', () =>
    withMailroom(async (room) => {
      expect(await matched(room, { to: [addressOf(one)], from: 'jo@else.example' })).toEqual(['what it names is none of our letters', []])
      expect(await matched(room, { to: [addressOf(one)] })).toEqual(['what it names is none of our letters', ['DE-ONE']])
      await room.write('DE-ONE')
      expect(await matched(room, { to: [addressOf(one, 'invented'), addressOf(one)] })).toEqual([one, 'recipient'])
    }))

  test('given a mailbox that two sites share, then a token tells which, and without one both are proposed', () =>
    withMailroom(async (room) => {
      const shared = { from: 'csirt@two.example', to: [] }
      const second = await room.write('DE-ONEB')
      expect(await matched(room, { ...shared, references: [second] })).toEqual([challengeStream('r-1', 'DE-ONEB'), 'references'])
      expect(await matched(room, shared)).toEqual(['it names no letter of ours', ['DE-ONE', 'DE-ONEB']])
    }, sharedMailbox()))

  test('given hundreds of strangers who write at once, then the contacts are read once', () =>
    withMailroom(async (room) => {
      const looks = room.store.listRuns
      let count = 0
      room.store.listRuns = () => {
        count += 1
        return looks()
      }
      await Promise.all(Array.from({ length: 300 }, (_, i) => matched(room, { from: `x${i}@else.example` })))
      expect(count).toBe(1)
      room.hand.now += 6_000
      await matched(room, {})
      expect(count).toBe(2)
    }))

  test('given a look that fails, then the mail is not held to be unmatched, and the next look may succeed', () =>
    withMailroom(async (room) => {
      const looks = room.store.listRuns
      room.store.listRuns = () => Promise.reject(new Error('the store is down'))
      await expect(matched(room, {})).rejects.toThrow('the store is down')
      room.store.listRuns = looks
      expect(await matched(room, {})).toEqual(['it names no letter of ours', ['DE-ONE']])
    }))
})
