import { describe, expect, test } from 'vitest'
import { addressedIn } from '../../core/app/addressed.ts'
import { readShelves } from '../../core/app/sort-mail.ts'
import { challengeStream, MAILROOM } from '../../core/domain/event.ts'
import { sha256 } from '../../core/io/keys.ts'
import { anAnswer, type Mailroom, sharedMailbox, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const other = challengeStream('r-1', 'DE-ONEB')
const shared = { from: 'csirt@two.example', to: [] }
const DAY_MS = 86_400_000

const orders = async (room: Mailroom) =>
  (await Promise.all([one, other].map(room.facts))).flat().flatMap((fact) => (fact.type === 'MailOrdered' ? [fact.data] : []))

/** The question goes out; its Message-ID. */
async function asked(room: Mailroom): Promise<string> {
  const [order] = await orders(room)
  return room.write('DE-ONE', { mail: 'which-site', letter: `which-site-${order!.id}` })
}

describe('a mailbox that two sites share', () => {
  test('given two mails of one day that name no letter, then it is asked once which site is meant, and both wait', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await Promise.all([room.take({ ...shared, text: 'first' }), room.take({ ...shared, text: 'second' })])
      const [order, ...more] = await orders(room)
      expect(order).toMatchObject({ mail: 'which-site', role: 'site', sites: ['DE-ONE', 'DE-ONEB'], by: 'the framework' })
      expect(more).toEqual([])
      expect(addressedIn(room.run, { site: 'DE-ONE' }, 'site').address).toBe(shared.from)
      expect(await readShelves(room)).toMatchObject([{ asked: `which-site-${order!.id}` }, { asked: `which-site-${order!.id}` }])
      room.hand.now += DAY_MS
      await room.take({ ...shared, text: 'third' })
      expect(await orders(room)).toHaveLength(2)
    }, sharedMailbox()))

  test('given a robot, a bounce, spam, a stranger, or the contact of one site, then nobody is asked', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await room.take({ ...shared, kind: 'automatic' })
      await room.take({ ...shared, kind: 'bounce' })
      await room.take({ ...shared, spam: 'X-Spam-Flag: YES' })
      await room.take({ from: 'jo@else.example', to: [] })
      await room.take({ from: 'csirt@fr-two.example', to: [] })
      expect(await orders(room)).toEqual([])
      expect(await readShelves(room)).toHaveLength(5)
    }, sharedMailbox()))

  test('given the answer that names the site, then both mails stand in its challenge from when they came, and the shelf is empty', () =>
    withMailroom(async (room) => {
      await Promise.all(['DE-ONE', 'DE-ONEB'].map((site) => room.write(site)))
      const first = anAnswer({ ...shared, text: 'We are looking into it.' })
      await room.take(first)
      const came = room.hand.now
      const references = [await asked(room)]
      room.hand.now += 3_600_000
      const answer = anAnswer({ ...shared, references, text: 'It is about DE-ONEB.' })
      expect(await room.take(answer)).toEqual({ stream: other })
      const facts = (await room.facts(other)).flatMap((fact) => (fact.type === 'MailReceived' ? [fact.data] : []))
      expect(facts).toMatchObject([
        { contentHash: first.contentHash, matchedBy: 'officer', cameMs: came },
        { contentHash: answer.contentHash, matchedBy: 'references' },
      ])
      expect(await readShelves(room)).toEqual([])
      expect((await room.facts(MAILROOM)).at(-1)).toMatchObject({ type: 'MailSorted', data: { contentHash: first.contentHash, to: other } })
      // The same answer once more changes nothing.
      await room.take(answer)
      expect((await room.facts(other)).filter((fact) => fact.type === 'MailReceived')).toHaveLength(2)
      expect(Buffer.from((await room.store.content(sha256(first.raw)))!)).toEqual(Buffer.from(first.raw))
    }, sharedMailbox()))

  test.each(['It is about both, DE-ONE and DE-ONEB.', 'We do not know.', 'It is DE-ONEBX.'])(
    'given the answer %j, then nothing is guessed',
    (text) =>
      withMailroom(async (room) => {
        await room.write('DE-ONE')
        await room.take(shared)
        const references = [await asked(room)]
        await room.take({ ...shared, references, text })
        expect(await readShelves(room)).toHaveLength(1)
        expect((await room.facts(other)).filter((fact) => fact.type === 'MailReceived')).toEqual([])
      }, sharedMailbox()),
  )
})
