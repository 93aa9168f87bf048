import { describe, expect, test, vi } from 'vitest'
import { createMatcher, takeReply } from '../../core/app/take-reply.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { mailKinds, messageIdOf, replyAddressOf } from '../../core/domain/mail.ts'
import { sha256 } from '../../core/io/keys.ts'
import { parseMail } from '../../core/io/mail/parse-mail.ts'
import type { IncomingMail, Keys } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const keys: Keys = {
  jobToken: () => '',
  mailToken: vi.fn((stream, kind) => sha256(`${kind} ${stream}`).slice(0, 32)),
  sign: () => ({ publicKey: '', value: '' }),
  orders: { publicKey: () => '', sign: () => '' },
}
const run = 'r-1'
const stream = challengeStream(run, 'SITE-A')
const token = keys.mailToken(stream, 'closing')

function answer(headers: string[], text: string): Promise<IncomingMail> {
  return parseMail(Buffer.from(['From: jo@site.example', 'Message-ID: <1@site.example>', ...headers, '', text].join('\r\n')))
}

const toClosing = `In-Reply-To: ${messageIdOf('closing', token, 'csirt.example')}`

describe('taking a reply', () => {
  const match = createMatcher(keys, async () => [{ run, stream }])

  test('given a closure report, when it is taken twice, then one fact stands in its challenge, and its content beside it', () =>
    withStore(async ({ store }) => {
      const mail = await answer([toClosing, 'Subject: Re: EXERCISE'], 'Identity: /CN=A\r\nJob: 7\r\n\r\n> Hosts: x')
      expect(await takeReply({ store, match }, mail)).toBe('kept')
      expect(await takeReply({ store, match }, mail)).toBe('kept')
      const events = await store.readStream(stream)
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        type: 'MailReceived',
        key: 'mail:<1@site.example>',
        data: {
          messageId: '<1@site.example>',
          from: 'jo@site.example',
          subject: 'Re: EXERCISE',
          kind: 'human',
          answers: 'closing',
          matchedBy: 'references',
          contentHash: sha256(mail.raw),
          fields: { identity: '/CN=A', job: '7' },
        },
      })
      expect(Buffer.from((await store.content(mail.contentHash))!)).toEqual(mail.raw)
    }))

  test('given an automatic answer that gives the form back, then it has no fields', () =>
    withStore(async ({ store }) => {
      await takeReply({ store, match }, await answer([toClosing, 'Auto-Submitted: auto-replied'], 'Identity: /CN=A'))
      const [event] = await store.readStream(stream)
      expect(event?.data).toEqual(expect.objectContaining({ kind: 'automatic', fields: {} }))
    }))

  test('given a mail that belongs to no challenge, then it is kept aside and no log is touched', () =>
    withStore(async ({ store }) => {
      const mail = await answer([`To: ${replyAddressOf('ssc@csirt.example', 'alert', '0'.repeat(32))}`], 'hello')
      expect(await takeReply({ store, match }, mail)).toBe('unmatched')
      expect(await store.readStream(stream)).toEqual([])
      expect(await store.listRuns()).toEqual([])
      expect(Buffer.from((await store.content(mail.contentHash))!)).toEqual(mail.raw)
    }))

  test('given NULs, controls and a very long text, then the store takes it, and its neighbours too', () =>
    withStore(async ({ store }) => {
      const wild = `Identity: \u0000${'\u{1f600}'.repeat(3_000)}`
      const mails = await Promise.all([
        answer([toClosing, 'Subject: \u0000\u001b[2J', 'Message-ID: <\u0000@x>'], wild),
        answer([toClosing, `Subject: ${'x'.repeat(90_000)}`], 'a'),
      ])
      const wildId = { ...mails[1]!, messageId: '<2@site.example>' }
      await Promise.all([mails[0]!, wildId].map((mail) => takeReply({ store, match }, mail)))
      expect(await store.readStream(stream)).toHaveLength(2)
    }))
})

describe('the matcher', () => {
  const mailTo = (...tokens: string[]) => ({ references: [], to: tokens.map((t) => replyAddressOf('ssc@csirt.example', 'alert', t)) })

  test('given a challenge that is new since the last look, then its answer is found; a known one costs no look', async () => {
    const places = [{ run, stream }]
    const streams = vi.fn(async () => [...places])
    const match = createMatcher(keys, streams)
    const other = challengeStream(run, 'SITE-B')
    await match(mailTo(keys.mailToken(stream, 'alert')))
    expect(await match(mailTo(keys.mailToken(stream, 'alert')))).toMatchObject({ stream, kind: 'alert', where: 'recipient' })
    expect(streams).toHaveBeenCalledOnce()
    places.push({ run, stream: other })
    expect(await match(mailTo(keys.mailToken(other, 'alert')))).toMatchObject({ stream: other })
    expect(streams).toHaveBeenCalledTimes(2)
  })

  test('given several tokens, then the first that is ours counts; given none, then nobody is asked', async () => {
    const streams = vi.fn(async () => [{ run, stream }])
    const match = createMatcher(keys, streams)
    expect(await match({ references: ['<a@b.example>'], to: ['ssc@csirt.example'] })).toBeUndefined()
    expect(streams).not.toHaveBeenCalled()
    expect(await match(mailTo('0'.repeat(32), keys.mailToken(stream, 'alert')))).toMatchObject({ stream })
  })

  test('given a thousand invented tokens at once, then the streams are read twice, and each token of ours is made once', async () => {
    let looks = 0
    const streams = async () => {
      looks += 1
      await new Promise((resolve) => setImmediate(resolve))
      return Array.from({ length: 400 }, (_, i) => ({ run, stream: challengeStream(run, `S-${i}`) }))
    }
    vi.mocked(keys.mailToken).mockClear()
    const match = createMatcher(keys, streams)
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => match(mailTo(sha256(`${i}`).slice(0, 32)))))
    expect(answers.every((a) => a === undefined)).toBe(true)
    expect(looks).toBe(2)
    expect(keys.mailToken).toHaveBeenCalledTimes(400 * mailKinds.length)
  })

  test('given a look that fails, then the mail is not held to be unmatched, and the next look may succeed', async () => {
    const streams = vi.fn(async () => [{ run, stream }]).mockRejectedValueOnce(new Error('the store is down'))
    const match = createMatcher(keys, streams)
    await expect(match(mailTo(keys.mailToken(stream, 'alert')))).rejects.toThrow('the store is down')
    expect(await match(mailTo(keys.mailToken(stream, 'alert')))).toMatchObject({ stream })
  })
})
