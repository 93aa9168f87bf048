import { describe, expect, test } from 'vitest'
import { judgeMail } from '../../core/app/judge-mail.ts'
import { readShelves, sortMail } from '../../core/app/sort-mail.ts'
import { plannedSite, readChallenge } from '../../core/app/view.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { findEvidence } from '../../core/domain/evidence.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { anAnswer, type Mailroom, sharedMailbox, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const HOUR_MS = 3_600_000
const stranger = { from: 'jo@else.example', to: [] }
const where = { run: 'r-1', site: 'DE-ONE', by: 'Ada' }
const received = async (room: Mailroom, stream = one) =>
  (await room.facts(stream)).flatMap((fact) => (fact.type === 'MailReceived' ? [fact.data] : []))
const orders = async (room: Mailroom) =>
  (await Promise.all(room.run.plan.sites.map((site) => room.facts(challengeStream('r-1', site.name)))))
    .flat()
    .flatMap((fact) => (fact.type === 'MailOrdered' ? [{ stream: fact.stream, role: fact.data.role, sites: fact.data.sites }] : []))

const form = ['Identity: /CN=Mallory', 'Hosts: wn01.de-one.example', 'Actions: banned it'].join('\n')

describe('given a mail that lay on a shelf', () => {
  test('when further letters went out meanwhile, then it answers the last one before it came', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      room.hand.now += HOUR_MS
      const mail = anAnswer(stranger)
      await room.take(mail)
      room.hand.now += 48 * HOUR_MS
      await room.write('DE-ONE', { mail: 'report-request', letter: 'report-request' })
      room.hand.now += HOUR_MS
      await sortMail(room.deps, { ...where, contentHash: mail.contentHash })
      expect(await received(room)).toMatchObject([{ answers: 'alert', letter: 'alert' }])
    }))

  test('when our mailbox had taken it before we read it, then it counts from then', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      const cameMs = room.hand.now + HOUR_MS
      room.hand.now += 5 * HOUR_MS
      const mail = anAnswer({ ...stranger, cameMs })
      await room.take(mail)
      room.hand.now += HOUR_MS
      await sortMail(room.deps, { ...where, contentHash: mail.contentHash })
      expect(await received(room)).toMatchObject([{ cameMs }])
    }))

  test('when it holds the common report, then the report counts from when the mail came, too', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      room.hand.now += HOUR_MS
      const came = room.hand.now
      const mail = anAnswer({ ...stranger, text: form })
      await room.take(mail)
      room.hand.now += 40 * 24 * HOUR_MS
      await sortMail(room.deps, { ...where, contentHash: mail.contentHash })
      const state = await readChallenge(room.store, one)
      expect(findEvidence({ evidence: 'report-fields' }, state, {}).map(({ at }) => at)).toEqual([came])
      expect(findEvidence({ evidence: 'closure' }, state, {}).map(({ at }) => at)).toEqual([came])
    }))
})

test('given a report in a mail that was held to be a machine, when an officer says that a person wrote it, then the report counts from when it came', () =>
  withMailroom(async (room) => {
    const references = [await room.write('DE-ONE')]
    room.hand.now += HOUR_MS
    const came = room.hand.now
    const mail = anAnswer({ references, kind: 'automatic', text: form })
    await room.take(mail)
    room.hand.now += 40 * 24 * HOUR_MS
    const word = { run: 'r-1', of: plannedSite(room.run, 'DE-ONE'), mail: mail.contentHash, kind: 'human', by: 'Ada' } as const
    await judgeMail(room.deps, word)
    await judgeMail(room.deps, word)
    const state = await readChallenge(room.store, one)
    expect(findEvidence({ evidence: 'report-fields' }, state, {}).map(({ at }) => at)).toEqual([came])
  }))

test('given two mails at once to which a program gave one Message-ID, then none of them is lost, and none is there twice', () =>
  withMailroom(async (room) => {
    const same = { references: [await room.write('DE-ONE')], messageId: '<same@else.example>' }
    await Promise.all(['We look.', 'It is contained.', 'We look.'].map((text) => room.take({ ...same, text })))
    const kept = [...(await received(room)), ...(await readShelves(room))].map(({ contentHash }) => contentHash)
    expect(kept).toHaveLength(2)
    expect(new Set(kept).size).toBe(2)
  }))

test('given a mailbox whose clock is years behind, then an answer does not count from before the letter that it answers', () =>
  withMailroom(async (room) => {
    const sent = room.hand.now
    const references = [await room.write('DE-ONE')]
    room.hand.now += HOUR_MS
    await room.take({ references, cameMs: 0 })
    expect(await received(room)).toMatchObject([{ cameMs: sent }])
  }))

describe('which site is meant', () => {
  test("given a mail that names another site's letter, then nobody who has not written is asked or told of it", () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      await room.write('FR-TWO')
      await room.take({ references, from: 'csirt@fr-two.example' })
      expect(await readShelves(room)).toMatchObject([{ shelf: 'to-sort' }])
      expect(await orders(room)).toEqual([])
    }))

  test('given the management of two sites, then it is asked itself, and not the security contact of one of them', () =>
    withMailroom(
      async (room) => {
        await room.write('DE-ONE', { mail: 'escalation', letter: 'escalation-manager', role: 'manager' })
        await room.take({ from: 'head@both.example', to: [] })
        expect(await orders(room)).toEqual([{ stream: one, role: 'manager', sites: ['DE-ONE', 'FR-TWO'] }])
      },
      launchedRun({
        sites: [aSite('DE-ONE', { contact: 'head@both.example' }), aSite('FR-TWO', { contact: 'head@both.example' })],
      }),
    ))

  test('given an address to which nothing went yet, then it is not asked: that would give the exercise away', () =>
    withMailroom(async (room) => {
      await room.take({ from: 'csirt@two.example', to: [] })
      expect(await orders(room)).toEqual([])
      expect(await readShelves(room)).toHaveLength(1)
    }, sharedMailbox()))

  test('given a robot that answers the question with the name of a site, then nothing is sorted by its word', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await room.take({ from: 'csirt@two.example', to: [] })
      const [fact] = (await room.facts(one)).filter(({ type }) => type === 'MailOrdered')
      const letter = `which-site-${(fact!.data as { id: string }).id}`
      const references = [await room.write('DE-ONE', { mail: 'which-site', letter })]
      await room.take({ from: 'csirt@two.example', references, kind: 'automatic', text: 'DE-ONEB has got your mail' })
      expect(await readShelves(room)).toHaveLength(1)
    }, sharedMailbox()))
})
