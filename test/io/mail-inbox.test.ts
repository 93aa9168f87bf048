import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createMatcher, type Match, takeReply } from '../../core/app/take-reply.ts'
import { InputError, PermanentError, TransientError } from '../../core/domain/errors.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { messageIdOf, replyAddressOf } from '../../core/domain/mail.ts'
import { sha256 } from '../../core/io/keys.ts'
import { type InboxOptions, startInbox } from '../../core/io/mail/smtp-inbox.ts'
import { createMailer } from '../../core/io/mail/smtp-mailer.ts'
import type { IncomingMail, Keys, Mailer, OutgoingMail } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const address = 'ssc@csirt.example'
const reply: OutgoingMail = {
  messageId: '<reply-1@site.example>',
  from: 'jo@site.example',
  to: address,
  replyTo: 'jo@site.example',
  subject: 'Re: EXERCISE',
  text: 'We are on it.\n',
  headers: {},
}

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function open(options: Partial<InboxOptions> = {}): Promise<{ port: number; taken: IncomingMail[]; mailer: Mailer }> {
  const taken: IncomingMail[] = []
  const accept = async (mail: IncomingMail) => {
    taken.push(mail)
  }
  const inbox = await startInbox({ port: 0, address, accept, ...options })
  const mailer = createMailer({ host: '127.0.0.1', port: inbox.port, connectTimeoutMs: 3_000, answerTimeoutMs: 5_000, keepMs: 50 })
  toClose.push(inbox.close, () => mailer.close())
  return { port: inbox.port, taken, mailer }
}

/** Speaks SMTP by hand: `say` waits for the whole answer. */
type Peer = { socket: Socket; closed: Promise<unknown>; say(line: string): Promise<string> }

async function dial(port: number): Promise<Peer> {
  const socket = connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const lines: string[] = []
  let rest = ''
  socket.on('data', (data) => {
    const parts = (rest + data.toString()).split('\r\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((line) => /^\d{3} /.test(line)))
  })
  socket.on('error', () => {})
  toClose.push(() => socket.destroy())
  await once(socket, 'connect')
  const answer = () => vi.waitUntil(() => lines.shift(), { timeout: 10_000, interval: 5 })
  await answer()
  return {
    socket,
    closed,
    say: (line) => {
      socket.write(`${line}\r\n`)
      return answer()
    },
  }
}

async function dialData(port: number): Promise<Peer> {
  const peer = await dial(port)
  for (const line of ['EHLO site.example', 'MAIL FROM:<>', `RCPT TO:<${address}>`, 'DATA']) await peer.say(line)
  return peer
}

describe('the inbox', () => {
  test('given a mail to our address, when it is kept, then and only then it is answered with 250', async () => {
    let keep = () => {}
    const kept = new Promise<void>((resolve) => {
      keep = resolve
    })
    const accept = vi.fn(() => kept)
    const { mailer } = await open({ accept })
    let answered = false
    const sent = mailer.send(reply).finally(() => {
      answered = true
    })
    await vi.waitUntil(() => accept.mock.calls.length === 1)
    expect(answered).toBe(false)
    keep()
    expect(await sent).toMatch(/^250 /)
    expect(accept).toHaveBeenCalledWith(expect.objectContaining({ messageId: reply.messageId, kind: 'human' }), {
      from: 'jo@site.example',
      to: [address],
    })
  })

  test('given a mail that cannot be kept, then it is answered with 451, and the next one is taken', async () => {
    const onError = vi.fn()
    const accept = vi.fn().mockRejectedValueOnce(new InputError('the store is down', [])).mockResolvedValueOnce(undefined)
    const { mailer } = await open({ accept, onError })
    await expect(mailer.send(reply)).rejects.toThrow(TransientError)
    expect(onError).toHaveBeenCalledOnce()
    expect(await mailer.send(reply)).toMatch(/^250 /)
  })

  test.each(['other@csirt.example', 'ssc@other.example', 'sscx@csirt.example', 'ssc@csirt.example.other.example'])(
    'given a mail to %s, then it is refused with 550',
    async (to) => {
      const { mailer, taken } = await open()
      const sent = mailer.send({ ...reply, to })
      await expect(sent).rejects.toThrow(PermanentError)
      await expect(sent).rejects.toThrow('550')
      expect(taken).toEqual([])
    },
  )

  test('given any tag and any case of letters, then the recipient is ours', async () => {
    const { mailer, taken } = await open()
    await mailer.send({ ...reply, to: 'SSC+Whatever@CSIRT.example' })
    expect(taken[0]?.to).toContain('SSC+Whatever@CSIRT.example')
  })

  test('given a mail over the limit, declared or not, then it is refused with 552 and not kept', async () => {
    const { port, mailer, taken } = await open({ maxBytes: 2_000 })
    await expect(mailer.send({ ...reply, text: 'x'.repeat(3_000) })).rejects.toThrow(PermanentError)
    const peer = await dialData(port)
    peer.socket.write('x\r\n'.repeat(3_000))
    expect(await peer.say('.')).toMatch(/^552 /)
    expect(taken).toEqual([])
  })

  test('given a mail that is made to do harm, then it is refused with 554 and a reason', async () => {
    const { port, taken } = await open()
    const peer = await dialData(port)
    peer.socket.write(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(20_000)}`)
    expect(await peer.say('.')).toMatch(/^554 .*more than \d+ lines/)
    expect(taken).toEqual([])
  })

  test('given a client that is silent or drips, then it is let go; one that breaks off leaves nothing behind', async () => {
    const { port, taken } = await open({ idleMs: 300, sessionMs: 1_000 })
    const silent = await dial(port)
    await silent.closed
    const dripping = await dialData(port)
    const drip = setInterval(() => dripping.socket.write('x'), 20)
    await dripping.closed
    clearInterval(drip)
    const broken = await dialData(port)
    broken.socket.write('Subject: half')
    broken.socket.destroy()
    expect(taken).toEqual([])
  })

  test('given more clients than allowed, then the rest is told to come back', async () => {
    const { port } = await open({ maxClients: 2 })
    const peers = [await dial(port), await dial(port)]
    const third = connect(port, '127.0.0.1')
    third.on('error', () => {})
    const [words] = await once(third, 'data')
    expect(String(words)).toMatch(/^421 /)
    expect(peers).toHaveLength(2)
  })

  test('given too many recipients, then only the first ones are taken', async () => {
    const { port } = await open()
    const peer = await dial(port)
    await peer.say('EHLO site.example')
    await peer.say('MAIL FROM:<jo@site.example>')
    const answers: string[] = []
    for (let i = 0; i < 12; i++) answers.push((await peer.say(`RCPT TO:<ssc+${i}@csirt.example>`)).slice(0, 3))
    expect(answers).toEqual([...Array(10).fill('250'), '452', '452'])
  })

  test('given a port that is taken, then starting fails', async () => {
    const { port } = await open()
    await expect(open({ port })).rejects.toThrow(/EADDRINUSE/)
  })
})

describe('a mail out, and its answer back in', () => {
  const keys: Keys = {
    jobToken: () => '',
    mailToken: (stream, kind) => sha256(`${kind} ${stream}`).slice(0, 32),
    sign: () => ({ publicKey: '', value: '' }),
    orders: { publicKey: () => '', sign: () => '' },
  }
  const stream = challengeStream('r-1', 'SITE-A')
  const token = keys.mailToken(stream, 'alert')
  const match = createMatcher(keys, async () => [{ run: 'r-1', stream }])

  async function matched(over: Partial<OutgoingMail>): Promise<Match | undefined> {
    const { mailer, taken } = await open()
    await mailer.send({ ...reply, ...over })
    return match(taken[0]!)
  }

  test('given an answer by In-Reply-To, by References or to the tagged address, then it belongs to its challenge', async () => {
    const ours = messageIdOf('alert', token, 'csirt.example')
    const found = { run: 'r-1', stream, kind: 'alert' }
    expect(await matched({ headers: { 'In-Reply-To': ours } })).toEqual({ ...found, where: 'references' })
    expect(await matched({ headers: { References: `${ours} <other@site.example>` } })).toEqual({ ...found, where: 'references' })
    expect(await matched({ to: replyAddressOf(address, 'alert', token) })).toEqual({ ...found, where: 'recipient' })
  })

  test('given a token that is altered, of another kind, or in free text only, then it belongs to none', async () => {
    const altered = token.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
    expect(await matched({ headers: { References: messageIdOf('alert', altered, 'csirt.example') } })).toBeUndefined()
    expect(await matched({ to: replyAddressOf(address, 'alert', altered) })).toBeUndefined()
    expect(await matched({ to: replyAddressOf(address, 'closing', token) })).toBeUndefined()
    expect(
      await matched({ subject: messageIdOf('alert', token, 'csirt.example'), text: replyAddressOf(address, 'alert', token) }),
    ).toBeUndefined()
  })

  test('given a store, when answers come by SMTP, then they are in the log before the sender is told', () =>
    withStore(async ({ store }) => {
      const { mailer } = await open({ accept: async (mail) => void (await takeReply({ store, match }, mail)) })
      const to = replyAddressOf(address, 'alert', token)
      await Promise.all([mailer.send({ ...reply, to }), mailer.send({ ...reply, to })])
      expect(await store.readStream(stream)).toHaveLength(1)
      await Promise.all(
        Array.from({ length: 30 }, () => mailer.send({ ...reply, to, messageId: `<${randomBytes(8).toString('hex')}@site.example>` })),
      )
      expect(await store.readStream(stream)).toHaveLength(31)
    }))
})
