import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { InputError, PermanentError, TransientError } from '../../core/domain/errors.ts'
import { type FoundToken, messageIdOf, replyAddressOf, tokensIn } from '../../core/domain/mail.ts'
import { parseMail } from '../../core/io/mail/parse-mail.ts'
import { type InboxOptions, startInbox } from '../../core/io/mail/smtp-inbox.ts'
import type { Envelope, Mailer, OutgoingMail } from '../../core/ports.ts'
import { HAS_OPENSSL, openGridCa } from './grid-ca.ts'
import { closeAll, mailerTo, sampleMail, send, toClose } from './mail-rig.ts'

const address = 'ssc@csirt.example'
const reply: OutgoingMail = {
  ...sampleMail,
  messageId: '<reply-1@site.example>',
  from: 'jo@site.example',
  to: address,
  replyTo: 'jo@site.example',
}

afterEach(closeAll)

type Taken = { raw: Buffer; envelope: Envelope }

async function open(options: Partial<InboxOptions> = {}): Promise<{ port: number; taken: Taken[]; mailer: Mailer }> {
  const taken: Taken[] = []
  const accept = async (raw: Uint8Array, envelope: Envelope) => void taken.push({ raw: Buffer.from(raw), envelope })
  const inbox = await startInbox({ port: 0, address, accept, ...options })
  toClose.push(inbox.close)
  return { port: inbox.port, taken, mailer: mailerTo(inbox.port, { answerTimeoutMs: 10_000 }) }
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
    const sent = send(mailer, reply).finally(() => {
      answered = true
    })
    await vi.waitUntil(() => accept.mock.calls.length === 1)
    expect(answered).toBe(false)
    keep()
    expect(await sent).toMatch(/^250 /)
    expect(accept).toHaveBeenCalledWith(expect.any(Uint8Array), { from: 'jo@site.example', to: [address] })
  })

  test('given a mail that cannot be kept, then it is answered with 451, and the next one is taken', async () => {
    const onError = vi.fn()
    const accept = vi.fn().mockRejectedValueOnce(new InputError('the store is down', [])).mockResolvedValueOnce(undefined)
    const { mailer } = await open({ accept, onError })
    await expect(send(mailer, reply)).rejects.toThrow(TransientError)
    expect(onError).toHaveBeenCalledOnce()
    expect(await send(mailer, reply)).toMatch(/^250 /)
  })

  test.each(['other@csirt.example', 'ssc@other.example', 'sscx@csirt.example', 'ssc@csirt.example.other.example'])(
    'given a mail to %s, then it is refused with 550',
    async (to) => {
      const { mailer, taken } = await open()
      const sent = send(mailer, { ...reply, to })
      await expect(sent).rejects.toThrow(PermanentError)
      await expect(sent).rejects.toThrow('550')
      expect(taken).toEqual([])
    },
  )

  test('given any tag and any case of letters, then the recipient is ours', async () => {
    const { mailer, taken } = await open()
    await send(mailer, { ...reply, to: 'SSC+Whatever@CSIRT.example' })
    expect(taken[0]?.envelope.to).toEqual(['SSC+Whatever@CSIRT.example'])
  })

  test('given a mail over the limit, declared or not, then it is refused with 552 and not kept', async () => {
    const { port, mailer, taken } = await open({ maxBytes: 2_000 })
    await expect(send(mailer, { ...reply, text: 'x'.repeat(3_000) })).rejects.toThrow(PermanentError)
    const peer = await dialData(port)
    peer.socket.write('x\r\n'.repeat(3_000))
    expect(await peer.say('.')).toMatch(/^552 /)
    expect(taken).toEqual([])
  })

  test('given any bytes, then they are handed on as they are', async () => {
    const { port, taken } = await open()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 10 && byte !== 13))
    const peer = await dialData(port)
    peer.socket.write(
      Buffer.concat([Buffer.from('no header\r\n..\r\n'), bytes, Buffer.from('\r\n'), Buffer.from('--b\r\n'.repeat(50_000))]),
    )
    expect(await peer.say('.')).toMatch(/^250 /)
    expect(taken[0]?.raw).toEqual(
      Buffer.concat([Buffer.from('no header\r\n.\r\n'), bytes, Buffer.from('\r\n'), Buffer.from('--b\r\n'.repeat(50_000))]),
    )
    expect(taken[0]?.envelope).toEqual({ from: '', to: [address] })
  })

  test('given more bytes at a time than can be held, then the last comers are told to come back, and so they can', async () => {
    let keep = () => {}
    const kept = new Promise<void>((resolve) => {
      keep = resolve
    })
    const accept = vi.fn(() => kept)
    const { port, mailer } = await open({ accept, maxHeldBytes: 3_000 })
    const first = send(mailer, { ...reply, text: 'x'.repeat(1_500) })
    await vi.waitUntil(() => accept.mock.calls.length === 1)
    const peer = await dialData(port)
    peer.socket.write('x\r\n'.repeat(1_000))
    expect(await peer.say('.')).toMatch(/^452 /)
    keep()
    expect(await first).toMatch(/^250 /)
    const again = await dialData(port)
    again.socket.write('x\r\n'.repeat(900))
    expect(await again.say('.')).toMatch(/^250 /)
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

describe.skipIf(!HAS_OPENSSL)('the inbox with a certificate', () => {
  test('given STARTTLS or none, then a mail comes in; given a client that trusts another CA, then it does not', async () => {
    const ca = openGridCa()
    toClose.push(() => ca.remove())
    const { port, taken } = await open({ tls: { key: readFileSync(ca.host.key), cert: readFileSync(ca.host.cert) } })
    const sendBy = (options: object) => {
      const transport = createTransport({ host: 'localhost', port, ...options })
      return transport.sendMail({ from: 'jo@site.example', to: address, text: 'x' }).finally(() => transport.close())
    }
    await sendBy({ requireTLS: true, tls: { ca: readFileSync(ca.authority.cert) } })
    await sendBy({ ignoreTLS: true })
    await expect(sendBy({ requireTLS: true })).rejects.toThrow(/certificate/)
    expect(taken.map(({ envelope }) => envelope)).toEqual(Array(2).fill({ from: 'jo@site.example', to: [address] }))
  })
})

describe('a mail out, and its answer back in', () => {
  const token = randomBytes(16).toString('hex')

  async function found(over: Partial<OutgoingMail>): Promise<FoundToken[]> {
    const { mailer, taken } = await open()
    await send(mailer, { ...reply, ...over })
    return tokensIn(await parseMail(taken[0]?.raw ?? Buffer.alloc(0), taken[0]?.envelope))
  }

  test('given an answer by In-Reply-To, by References or to the tagged address, then its token is found there', async () => {
    const ours = messageIdOf('alert', token, 'csirt.example')
    const inReferences = { kind: 'alert', token, where: 'references' }
    expect(await found({ inReplyTo: ours })).toEqual([inReferences])
    expect(await found({ references: [ours, '<other@site.example>'] })).toEqual([inReferences])
    expect(await found({ to: replyAddressOf(address, 'alert', token) })).toContainEqual({ kind: 'alert', token, where: 'recipient' })
  })

  test('given a token in free text only, then there is none', async () => {
    const words = { subject: messageIdOf('alert', token, 'csirt.example'), text: replyAddressOf(address, 'alert', token) }
    expect(await found(words)).toEqual([])
  })
})
