import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { vi } from 'vitest'
import { type ImapInboxOptions, startImapInbox } from '../../core/io/mail/imap-inbox.ts'
import type { ImapPosition } from '../../core/io/mail/imap-reading.ts'
import { toClose } from './mail-rig.ts'

export type Read = {
  /** What was accepted, in its order. */
  mails: { raw: string; broken: string | undefined }[]
  states: string[]
  logged: string[]
  position: ImapPosition | undefined
  close(): Promise<void>
}

const patience = { timeout: 20_000, interval: 10 }

/** Waits until so many mails were accepted. */
export async function mailsOf(read: Read, count: number): Promise<string[]> {
  await vi.waitUntil(() => read.mails.length >= count, patience)
  return read.mails.map(({ raw }) => raw)
}

export async function stateOf(read: Read, words: string | RegExp): Promise<string> {
  return vi.waitUntil(() => read.states.find((state) => state.match(words)), patience)
}

/** Reads a mailbox, and keeps what comes in memory; with short pauses. */
export function readMailbox(where: Partial<ImapInboxOptions> & { port: number }, position?: ImapPosition): Read {
  const read: Read = { mails: [], states: [], logged: [], position, close: async () => {} }
  const inbox = startImapInbox({
    ...{ host: '127.0.0.1', secure: false, user: 'robot', password: () => 'secret' },
    ...{ idleMs: 60_000, pollMs: 60_000, firstPauseMs: 20, longestPauseMs: 200, answerMs: 20_000 },
    accept: async (raw, _envelope, { broken }) => void read.mails.push({ raw: Buffer.from(raw).toString('latin1'), broken }),
    position: {
      read: async () => read.position,
      write: async (next) => {
        read.position = next
      },
    },
    log: (message, data) => void read.logged.push(`${message} ${JSON.stringify(data ?? {})}`),
    onState: (state, why) => void read.states.push([state, why].filter(Boolean).join(': ')),
    ...where,
  })
  read.close = () => inbox.close()
  toClose.push(read.close)
  return read
}

export type Answers = Record<string, (tag: string, socket: Socket, line: string) => void>

/** A server of one mailbox with one mail, whose answers to some commands can be others. */
export async function startImapPeer(over: Answers = {}): Promise<{ port: number; commands: string[]; sessions(): number; open(): number }> {
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let sessions = 0
  const answers: Answers = { ...usual, ...over }
  const server = createServer((socket) => {
    sessions += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    let rest = ''
    socket.on('data', (data) => {
      const lines = (rest + data.toString('latin1')).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        commands.push(line)
        const [tag = '', word = '', second = ''] = line.split(' ')
        const name = word === 'UID' ? second : word
        const answer = answers[name.toUpperCase()] ?? ((t: string) => void socket.write(`${t} OK done\r\n`))
        answer(tag, socket, line)
      }
    })
    answers.GREETING?.('', socket, '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  toClose.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, commands, sessions: () => sessions, open: () => sockets.size }
}

export const peerMail = 'Subject: x\r\n\r\nhello\r\n'

const usual: Answers = {
  GREETING: (_tag, socket) => void socket.write('* OK [CAPABILITY IMAP4rev1] ready\r\n'),
  CAPABILITY: (tag, socket) => void socket.write(`* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n`),
  LIST: (tag, socket) => void socket.write(`* LIST () "/" INBOX\r\n${tag} OK done\r\n`),
  EXAMINE: (tag, socket) =>
    void socket.write(`* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 2] ok\r\n${tag} OK [READ-ONLY] done\r\n`),
  SEARCH: (tag, socket) => void socket.write(`* SEARCH 1\r\n${tag} OK done\r\n`),
  FETCH: (tag, socket, line) => {
    const item = line.includes('BODY') ? `BODY[]<0> {${peerMail.length}}\r\n${peerMail}` : `RFC822.SIZE ${peerMail.length}`
    socket.write(`* 1 FETCH (UID 1 ${item})\r\n${tag} OK done\r\n`)
  },
}
