import { describe, expect, test } from 'vitest'
import { readDetails } from '../../core/app/keep-mail.ts'
import { readShelves, sortMail } from '../../core/app/sort-mail.ts'
import { takeMail } from '../../core/app/take-mail.ts'
import { verifyChain } from '../../core/domain/chain.ts'
import { challengeStream, MAILROOM } from '../../core/domain/event.ts'
import { sha256 } from '../../core/io/keys.ts'
import type { IncomingMail, Parser } from '../../core/ports.ts'
import { anAnswer, type Mailroom, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const received = async (room: Mailroom, type = 'MailReceived') => (await room.facts(one)).filter((fact) => fact.type === type)
const shelf = async (room: Mailroom) => (await readShelves(room)).map((mail) => [mail.shelf, mail.because])
const bytesOf = async (room: Mailroom, hash: string) => Buffer.from((await room.store.content(hash))!)

/** As the real one answers: what was read, or why not. */
function parserOf(answer: Awaited<ReturnType<Parser['parse']>>): Parser {
  return { parse: async () => answer, close: async () => {} }
}

/** Every byte, NUL and a bare line feed among them. */
const wild = Buffer.concat([Buffer.from('From: x\n\n'), Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i))])

describe('a mail that is matched', () => {
  test('given the same mail twice, also at once, then one fact stands in its challenge, its bytes and what was read in it beside it', () =>
    withMailroom(async (room) => {
      const mail = anAnswer({ references: [await room.write('DE-ONE')], raw: wild })
      expect(await room.take(mail)).toEqual({ stream: one })
      await Promise.all([room.take(mail), room.take(mail)])
      const facts = await received(room)
      expect(facts).toHaveLength(1)
      const data = {
        messageId: mail.messageId,
        contentHash: sha256(wild),
        sender: 'site',
        kind: 'human',
        answers: 'alert',
        letter: 'alert',
        role: 'site',
        matchedBy: 'references',
      }
      expect(facts[0]).toMatchObject({ type: 'MailReceived', data })
      expect(await bytesOf(room, sha256(wild))).toEqual(wild)
      const { detailsHash } = facts[0]!.data as { detailsHash: string }
      expect(await readDetails(room, detailsHash)).toMatchObject({ from: mail.from, subject: mail.subject, text: mail.text })
      expect(await shelf(room)).toEqual([])
    }))

  test('given a report in an answer to the alert, then it is graded beside it; one entry alone, or a form that a machine gives back, is none', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      const form = 'Hosts: wn1.de-one.example\nActions taken:\n- 2027-01-11T15:00Z banned it\n'
      await room.take({ references, text: 'Hosts: wn1.de-one.example' })
      await room.take({ references, text: form, kind: 'automatic', because: 'Auto-Submitted: auto-replied' })
      expect(await received(room, 'ReportReceived')).toEqual([])
      const mail = anAnswer({ references, text: form })
      await room.take(mail)
      await room.take(mail)
      const reports = await received(room, 'ReportReceived')
      expect(reports).toMatchObject([{ data: { via: 'mail', mail: mail.contentHash, evidence: [] } }])
      const { grade, contentHash } = reports[0]!.data as { grade: Record<string, string>; contentHash: string }
      expect(
        Object.entries(grade)
          .flatMap(([field, verdict]) => (verdict === 'missing' ? [] : [field]))
          .toSorted(),
      ).toEqual(['actions', 'hosts'])
      expect(JSON.parse((await bytesOf(room, contentHash)).toString())).toMatchObject({ hosts: ['wn1.de-one.example'] })
      expect((await received(room)).at(-1)?.data).toMatchObject({ kind: 'human', depth: 'investigates' })
    }))

  test("given an entry of a ticket, then what came last in that thread is what it answers; a stranger's name is other", () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      await room.take({ references, from: 'jo@else.example', subject: '[rt.else.example #9]' })
      room.hand.now += 60_000
      await room.write('DE-ONE', { mail: 'question', letter: 'question-1' })
      await room.take({ to: [] }, { system: 'rt.else.example', id: '9' })
      expect((await received(room)).map(({ data }) => data)).toMatchObject([
        { sender: 'other', answers: 'alert', letter: 'alert', matchedBy: 'references' },
        { sender: 'site', answers: 'question', letter: 'question-1', matchedBy: 'ticket' },
      ])
    }))
})

describe('a mail that is not matched', () => {
  test('given one that nobody can read, then its bytes lie on the corrupt shelf as they came, once', () =>
    withMailroom(async (room) => {
      const deps = { ...room.deps, parser: parserOf({ corrupt: 'more than 20 parts in each other' }) }
      expect(await takeMail(deps, wild)).toEqual({ shelf: 'corrupt' })
      await takeMail(deps, wild)
      expect(await shelf(room)).toEqual([['corrupt', 'more than 20 parts in each other']])
      expect(await readShelves(room)).toMatchObject([{ contentHash: sha256(wild) }])
      expect(await room.facts(MAILROOM)).toHaveLength(1)
      expect(await bytesOf(room, sha256(wild))).toEqual(wild)
      expect(await room.facts(one)).toHaveLength(1)
    }))

  test('given a stranger, and one whom a filter holds to be spam, then each lies on its shelf with its bytes and why', () =>
    withMailroom(async (room) => {
      const [stranger, spam] = [
        anAnswer({ from: 'jo@else.example', raw: wild }),
        anAnswer({ from: 'win@else.example', spam: 'X-Spam-Flag: YES' }),
      ]
      expect(await takeMail({ ...room.deps, parser: parserOf({ mail: stranger }) }, wild)).toEqual({ shelf: 'to-sort' })
      expect(await room.take(spam)).toEqual({ shelf: 'spam' })
      await room.take(spam)
      expect(await shelf(room)).toEqual([
        ['to-sort', 'it names no letter of ours'],
        ['spam', 'X-Spam-Flag: YES'],
      ])
      for (const mail of [stranger, spam]) expect(await bytesOf(room, mail.contentHash)).toEqual(Buffer.from(mail.raw))
      expect(await room.store.listRuns()).toHaveLength(1)
    }))

  test('given an answer that names our letter, when a filter held it to be spam, then it is taken all the same', () =>
    withMailroom(async (room) => {
      expect(await room.take({ references: [await room.write('DE-ONE')], spam: 'X-Spam-Flag: YES' })).toEqual({ stream: one })
    }))
})

describe('a program that gives all its mails one Message-ID', () => {
  test('given another mail of the same Message-ID, then it is not lost but waits; the same words by another way are the same mail', () =>
    withMailroom(async (room) => {
      const mail = { messageId: '<0@de-one.example>', references: [await room.write('DE-ONE')] }
      await room.take({ ...mail, text: 'first' })
      expect(await room.take({ ...mail, text: 'first', raw: wild })).toEqual({ stream: one })
      const second = anAnswer({ ...mail, text: 'second' })
      expect(await room.take(second)).toEqual({ shelf: 'to-sort' })
      expect(await received(room)).toHaveLength(1)
      await sortMail(room.deps, { run: 'r-1', site: 'DE-ONE', by: 'Ada', contentHash: second.contentHash })
      expect((await received(room)).map(({ data }) => (data as { contentHash: string }).contentHash)).toContain(second.contentHash)
      expect(await shelf(room)).toEqual([])
    }))
})

describe('two robots that answer each other', () => {
  test.each(['automatic', 'bounce'] as const)(
    'given more than sixty mails of the kind %s within a day, then the rest waits on a shelf, and a day later all goes on',
    (kind) =>
      withMailroom(async (room) => {
        const references = [await room.write('DE-ONE')]
        const other = [await room.write('FR-TWO')]
        for (let i = 0; i < 63; i++) await room.take({ references, kind })
        expect(await received(room)).toHaveLength(60)
        expect(await readShelves(room)).toHaveLength(3)
        expect(await shelf(room)).toContainEqual(['spam', expect.stringContaining('more than 60 mails')])
        expect(await room.take({ references: other, from: 'csirt@fr-two.example' })).toEqual({ stream: challengeStream('r-1', 'FR-TWO') })
        room.hand.now += 86_400_000 + 1
        expect(await room.take({ references, kind })).toEqual({ stream: one })
      }),
  )
})

describe('personal data', () => {
  const secret: Partial<IncomingMail> = {
    from: 'Jolanda.Quux@else.example',
    subject: 'Zebra crossing',
    text: 'My neighbour Hieronymus did it.',
  }
  const words = ['Quux', 'Zebra', 'Hieronymus', 'neighbour']

  test('given mails that are matched, shelved and corrupt, then neither sender, subject nor text stands in the log', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      await room.take({ ...secret, references })
      const because = `From ${secret.from}, and its subject is '${secret.subject}'`
      await room.take({ ...secret, references, kind: 'automatic', because })
      await room.take({ ...secret, references, kind: 'bounce', because })
      await room.take(secret)
      await room.take({ ...secret, spam: because })
      await takeMail({ ...room.deps, parser: parserOf({ corrupt: 'too deep' }) }, anAnswer(secret).raw)
      const log = JSON.stringify([await room.store.readRun('r-1'), await room.facts(MAILROOM)]).toLowerCase()
      expect(log).toContain('mailreceived')
      for (const word of words) expect(log).not.toContain(word.toLowerCase())
    }))

  test('given findings that a person sent, then their very words do not stand in the log, though their kinds do', () =>
    withMailroom(async (room) => {
      const text = 'Jan 11 10:31:02 wn042 sshd[4711]: Accepted publickey for hieronymus\n[quux@wn042 ~]$ kill 4711'
      await room.take({ text, references: [await room.write('DE-ONE')] })
      const [fact] = await received(room)
      expect(fact?.data).toMatchObject({ depth: 'investigates', because: expect.stringContaining('findings') })
      expect(JSON.stringify(fact).toLowerCase()).not.toMatch(/hieronymus|quux|4711|wn042/)
    }))

  test('given a purge, then what was kept before it is gone, what is younger stays, and the chains still hold', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      const [old, stranger] = [anAnswer({ ...secret, references }), anAnswer(secret)]
      await room.take(old)
      await room.take(stranger)
      room.hand.now += 10_000
      const young = anAnswer({ references })
      await room.take(young)
      expect(await room.store.purge('r-1', room.hand.now)).toBeGreaterThanOrEqual(2)
      expect(await room.store.purge(MAILROOM, room.hand.now)).toBe(2)
      const facts = await received(room)
      const [gone, kept] = facts.map(({ data }) => data as { contentHash: string; detailsHash: string })
      for (const hash of [gone!.contentHash, gone!.detailsHash, stranger.contentHash])
        expect(await room.store.content(hash)).toBeUndefined()
      expect(await readDetails(room, gone!.detailsHash)).toBeUndefined()
      expect(await bytesOf(room, kept!.contentHash)).toEqual(Buffer.from(young.raw))
      for (const run of ['r-1', MAILROOM]) {
        const rows = await room.store.chainRows(run)
        expect(rows.length).toBeGreaterThan(0)
        expect(verifyChain(rows, sha256)).toEqual([])
      }
      // A copy that comes late does not bring it back as something new.
      await room.take(old)
      expect(await received(room)).toHaveLength(2)
    }))
})
