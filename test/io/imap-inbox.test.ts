import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { parseMail } from '../../core/io/mail/parse-mail.ts'
import { describeGrid, openPlace, type Place } from '../services/grid.ts'
import { mailsOf, type Read, readMailbox, stateOf } from './imap-rig.ts'
import { closeAll } from './mail-rig.ts'

describeGrid('a real mailbox', ['mail'], () => {
  let place: Place
  let env: Record<string, string>
  beforeAll(async () => {
    place = await openPlace()
    env = await place.start('mail')
  })
  afterAll(() => place.close())
  afterEach(closeAll)

  const robot = () => ({ port: Number(env.IMAP_PORT), password: () => env.MAIL_PASSWORD ?? '' })
  const send = async (subject: string, { to = 'robot+a1@csirt.example', text = 'hello' } = {}) => {
    const transport = createTransport({ host: '127.0.0.1', port: Number(env.SMTP_PORT), ignoreTLS: true })
    await transport.sendMail({ envelope: { from: 'jo@site.example', to }, to: 'list@site.example', from: 'jo@site.example', subject, text })
    transport.close()
    // exim delivers side by side, and in any order
    await vi.waitUntil(() => delivered().some((mail) => mail.includes(`\nSubject: ${subject}\n`)), { timeout: 20_000, interval: 10 })
  }
  /** The heads of the mails in the box. */
  const delivered = () => {
    const box = join(place.work, 'mail/imap/box/robot')
    const folders = ['new', 'cur'].map((name) => join(box, name)).filter(existsSync)
    const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    return files.map((file) => readFileSync(file, 'latin1').slice(0, 2_000))
  }
  const subjects = (read: Read) => read.mails.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1])
  const until = (read: Read, subject: string) => vi.waitUntil(() => subjects(read).includes(subject), { timeout: 20_000, interval: 10 })
  /** Where a reading of the whole mailbox ends. */
  const endOf = async () => {
    const mark = `mark ${Math.random()}`
    await send(mark)
    const read = readMailbox(robot())
    await until(read, mark)
    await vi.waitUntil(() => read.position?.lastUid === read.mails.length)
    await read.close()
    return { position: read.position, count: read.mails.length }
  }

  test('given mails before and after it is opened, then all come at once, and their envelope is in their headers', async () => {
    await send('first')
    const read = readMailbox(robot())
    await until(read, 'first')
    await send('second')
    const before = performance.now()
    await until(read, 'second')
    expect(performance.now() - before).toBeLessThan(10_000)
    const parsed = await parseMail(Buffer.from(read.mails.at(-1)?.raw ?? '', 'latin1'))
    expect(parsed).toMatchObject({ to: ['robot+a1@csirt.example', 'list@site.example'], kind: 'human' })
    expect(read.states).toEqual(['connected'])
  })

  test('given that it was read before, then it goes on where it was, and the mailbox is as people left it', async () => {
    const { position } = await endOf()
    await send('only this')
    const read = readMailbox(robot(), position)
    await until(read, 'only this')
    expect(subjects(read)).toEqual(['only this'])
    const others = readMailbox({ ...robot(), user: 'second' })
    await stateOf(others, 'connected')
    expect(others.mails).toEqual([])
    const { ImapFlow } = await import('imapflow')
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: robot().port,
      secure: false,
      doSTARTTLS: false,
      auth: { user: 'robot', pass: robot().password() },
      logger: false,
    })
    await client.connect()
    await client.mailboxOpen('INBOX', { readOnly: true })
    const flags = (await client.fetchAll('1:*', { flags: true })).flatMap((one) => [...(one.flags ?? [])])
    await client.logout()
    expect(flags.filter((flag) => flag !== '\\Recent')).toEqual([])
  })

  test('given that the server is killed and comes back, then what came in between is read, once', async () => {
    const { position } = await endOf()
    const read = readMailbox(robot(), position)
    await stateOf(read, 'connected')
    await place.run('mail', 'stop-imap')
    await stateOf(read, 'down')
    await send('meanwhile')
    await place.run('mail', 'start-imap')
    await until(read, 'meanwhile')
    await send('afterwards')
    await until(read, 'afterwards')
    expect(subjects(read)).toEqual(['meanwhile', 'afterwards'])
    expect(read.states.at(-1)).toBe('connected')
  })

  test('given a server that takes connections and is silent, then it is told, and what comes later is read', async () => {
    const { position } = await endOf()
    const read = readMailbox({ ...robot(), answerMs: 500, idleMs: 200 }, position)
    await stateOf(read, 'connected')
    await place.run('mail', 'pause-imap')
    await stateOf(read, /down: the server did not answer within 0.5 s/)
    await send('while it slept')
    await place.run('mail', 'resume-imap')
    await until(read, 'while it slept')
    expect(subjects(read)).toEqual(['while it slept'])
  })

  test('given a mailbox that was made anew, then all of it is read again', async () => {
    const { position, count } = await endOf()
    const read = readMailbox(robot(), position)
    await stateOf(read, 'connected')
    await place.run('mail', 'renew')
    expect(await mailsOf(read, count)).toHaveLength(count)
    await vi.waitUntil(() => read.position?.lastUid === count)
    expect(read.position?.uidValidity).not.toBe(position?.uidValidity)
    expect(read.logged).toEqual([expect.stringContaining('made anew')])
  })

  test('given a mail that is too large, then its head comes with the reason, and the next one as usual', async () => {
    const { position } = await endOf()
    await send('large', { text: 'x\r\n'.repeat(200_000) })
    await send('small')
    const read = readMailbox({ ...robot(), maxBytes: 100_000 }, position)
    await until(read, 'small')
    expect(read.mails.map(({ raw, broken }) => [raw.length > 2_000, broken])).toEqual([
      [true, expect.stringMatching(/^larger than 100000 bytes: .* UID \d+$/)],
      [false, undefined],
    ])
    expect(read.mails[0]?.raw).toHaveLength(65_536)
  })

  test('given a mail that cannot be kept, then those behind it come, it is told once, and it comes until it is kept', async () => {
    const { position } = await endOf()
    for (const subject of ['before', 'odd', 'behind']) await send(subject)
    const kept: string[] = []
    let broken = true
    const accept = async (raw: Uint8Array) => {
      const subject = /^Subject: (.*)\r$/m.exec(Buffer.from(raw).toString('latin1'))?.[1] ?? ''
      if (subject === 'odd' && broken) throw new Error('the store is down')
      kept.push(subject)
    }
    const read = readMailbox({ ...robot(), accept, pollMs: 40 }, position)
    await vi.waitUntil(() => kept.includes('behind'), { timeout: 10_000 })
    expect([kept, read.position?.lastUid]).toEqual([['before', 'behind'], (position?.lastUid ?? 0) + 1])
    await send('later')
    await vi.waitUntil(() => kept.includes('later'), { timeout: 10_000 })
    broken = false
    await vi.waitUntil(() => read.position?.lastUid === (position?.lastUid ?? 0) + 4, { timeout: 10_000 })
    expect(kept).toEqual(['before', 'behind', 'later', 'odd'])
    expect(read.logged).toEqual([expect.stringMatching(/tried again.*the store is down/)])
  })

  test('given TLS, then only a certificate that is trusted lets it in; given a wrong password, then it says so', async () => {
    const ca = readFileSync(env.MAIL_CERTIFICATE ?? '')
    const secure = { ...robot(), host: 'localhost', port: Number(env.IMAPS_PORT), secure: true }
    await stateOf(readMailbox(secure), /down: self-signed certificate/)
    await stateOf(readMailbox({ ...secure, tls: { ca } }), 'connected')
    const wrong = readMailbox({ ...robot(), password: () => 'guess' })
    await stateOf(wrong, /down: the server refuses the login: .*Authentication failed/)
    expect(wrong.states).toHaveLength(1)
    const missing = readMailbox({ ...robot(), password: () => Promise.reject(new Error('no such file')) })
    await stateOf(missing, 'down: no such file')
    await stateOf(readMailbox({ ...robot(), mailbox: 'None' }), /down: .*Mailbox doesn't exist/)
  })
})
