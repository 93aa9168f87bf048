import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Answers, mailsOf, peerMail, readMailbox, startImapPeer, stateOf } from './imap-rig.ts'
import { closeAll } from './mail-rig.ts'

afterEach(closeAll)

describe('a mailbox server that is odd', () => {
  test('given one without IDLE, then it is asked again and again', async () => {
    let uids = '1'
    const peer = await startImapPeer({ SEARCH: (tag, socket) => void socket.write(`* SEARCH ${uids}\r\n${tag} OK done\r\n`) })
    const read = readMailbox({ port: peer.port, pollMs: 20 })
    expect(await mailsOf(read, 1)).toEqual([peerMail])
    uids = '1 2'
    expect(await mailsOf(read, 1)).toEqual([peerMail])
    await vi.waitUntil(() => read.position?.lastUid === 2)
    expect([peer.sessions(), read.states]).toEqual([1, ['connected']])
  })

  const floods: Record<string, (socket: import('node:net').Socket) => void> = {
    'an endless line': (socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('x'.repeat(1024 * 1024)));
        if (!socket.destroyed) socket.once('drain', more)
      }
      socket.write('* OK ')
      more()
    },
    'a literal of 3 GB': (socket) => void socket.write('* 1 FETCH (BODY[] {3000000000}\r\n'),
    garbage: (socket) => void socket.write(Buffer.alloc(200_000, '\u0000)({"\r\n*')),
  }
  const cases: [string, string, Answers][] = Object.entries(floods).flatMap(([name, flood]) =>
    ['GREETING', 'EXAMINE', 'SEARCH', 'FETCH'].map((at): [string, string, Answers] => [
      name,
      at,
      { [at]: (_tag, socket) => flood(socket) },
    ]),
  )

  test.each(cases)('given %s at %s, then it is down within the time, and tried again', async (_name, _at, answers) => {
    const peer = await startImapPeer(answers)
    const read = readMailbox({ port: peer.port, answerMs: 400, mailMs: 400 })
    await stateOf(read, 'down: ')
    await vi.waitUntil(() => peer.sessions() >= 2, { timeout: 10_000 })
    expect(read.mails).toEqual([])
    await read.close()
    await vi.waitUntil(() => peer.open() === 0)
  })

  test.each(['GREETING', 'CAPABILITY', 'LOGIN', 'EXAMINE', 'SEARCH', 'FETCH'])(
    'given one that drips at %s, then it is let go',
    async (at) => {
      const drip: Answers[string] = (_tag, socket) => {
        const timer = setInterval(() => socket.write(at === 'GREETING' ? 'x' : '* OK x\r\n'), 20)
        socket.once('close', () => clearInterval(timer))
      }
      const peer = await startImapPeer({ [at]: drip })
      const read = readMailbox({ port: peer.port, answerMs: 300, mailMs: 300 })
      await stateOf(read, 'down: ')
      await vi.waitUntil(() => peer.sessions() >= 2, { timeout: 10_000 })
    },
  )

  test.each(['NO cannot be read', 'OK done'])(
    'given one that answers %s for one mail, then the other comes, and this one is tried again',
    async (words) => {
      let broken = true
      const peer = await startImapPeer({
        SEARCH: (tag, socket) => void socket.write(`* SEARCH 1 2\r\n${tag} OK done\r\n`),
        FETCH: (tag, socket, line) => {
          const uid = / FETCH (\d+)/.exec(line)?.[1]
          const size = `* ${uid} FETCH (UID ${uid} RFC822.SIZE ${peerMail.length})\r\n`
          if (!line.includes('BODY') || (broken && uid === '1'))
            socket.write(`${size}${tag} ${line.includes('BODY') ? words : 'OK done'}\r\n`)
          else socket.write(`* ${uid} FETCH (UID ${uid} BODY[]<0> {${peerMail.length}}\r\n${peerMail})\r\n${tag} OK done\r\n`)
        },
      })
      const read = readMailbox({ port: peer.port, pollMs: 20 })
      expect(await mailsOf(read, 1)).toEqual([peerMail])
      expect([read.position, read.states]).toEqual([undefined, ['connected']])
      broken = false
      await vi.waitUntil(() => read.position?.lastUid === 2)
      expect([read.mails.length, read.logged]).toEqual([2, [expect.stringContaining('could not be kept')]])
    },
  )

  test('given one that says what nobody asked for, then only what was asked for is taken', async () => {
    const peer = await startImapPeer({
      SEARCH: (tag, socket) =>
        void socket.write(`* SEARCH 1 1 0 -5 99999999999999999999 1\r\n* 5 EXISTS\r\n* 3 FETCH (UID 9 FLAGS ())\r\n${tag} OK done\r\n`),
    })
    const read = readMailbox({ port: peer.port })
    expect(await mailsOf(read, 1)).toEqual([peerMail])
    await vi.waitUntil(() => read.position?.lastUid === 1)
    expect(read.mails).toHaveLength(1)
  })

  test('given one that is never there, when it closes, then that takes no time and nothing is left', async () => {
    const peer = await startImapPeer({ GREETING: () => {} })
    const read = readMailbox({ port: peer.port, firstPauseMs: 60_000 })
    await vi.waitUntil(() => peer.open() === 1)
    const start = performance.now()
    await read.close()
    expect(performance.now() - start).toBeLessThan(5_000)
    await vi.waitUntil(() => peer.open() === 0)
    const closed = await startImapPeer()
    const away = readMailbox({ port: closed.port, secure: true, firstPauseMs: 60_000 })
    await stateOf(away, 'down')
    await away.close()
    expect(away.states).toHaveLength(1)
  })

  test('given a machine elsewhere without TLS, then the password never leaves', async () => {
    const peer = await startImapPeer()
    const read = readMailbox({ port: peer.port, host: 'localhost.localdomain.example', tls: {} })
    await stateOf(read, 'down: ')
    expect(peer.commands.filter((line) => line.includes('LOGIN'))).toEqual([])
  })
})
