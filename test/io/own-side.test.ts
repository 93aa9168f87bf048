import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createListener } from '../../core/http/listener.ts'
import { listenerAnswers, mailServerGreets } from '../../core/io/own-side.ts'
import { startSink } from '../e2e/sink.ts'
import { openPeers, type Peers } from './http-rig.ts'

let peers: Peers
beforeEach(() => {
  peers = openPeers()
})
afterEach(() => peers.close())

const soon = () => AbortSignal.timeout(300)
const health = (address: string, signal = soon()) => listenerAnswers(address, { caFolder: '/nonexistent', signal })
const greets = (port: number, signal = soon()) => mailServerGreets({ host: '127.0.0.1', port, secure: false }, signal)

describe('whether a listener answers', () => {
  test('given a listener, then it does, also below a path and with a slash at the end; once it is closed it does not', async () => {
    const never = () => Promise.reject(new Error('nobody asks'))
    const listener = createListener({ take: never, token: () => '', stopLine: never })
    const address = await listener.listen({ host: '127.0.0.1', port: 0 })
    expect(await health(address)).toBe(true)
    expect(await health(`${address}/`)).toBe(true)
    await listener.close()
    expect(await health(address)).toBe(false)
  })

  test.each([
    ['an error', 503, 'ok', {}],
    ['the page of some other service', 200, '<html>welcome</html>', {}],
    ['more than we ask for', 200, `ok${'x'.repeat(100_000)}`, {}],
    ['a redirect', 302, 'ok', { location: '/v2' }],
  ])('given %s, then it does not', async (_, status, body, headers) => {
    let asked = 0
    const address = await peers.http((request, answer) => {
      asked += request.url === '/health' ? 1 : 10
      answer.writeHead(status, headers).end(body)
    })
    expect(await health(address)).toBe(false)
    expect(asked).toBe(1)
  })

  test('given one that takes the connection and stays silent, or breaks off, then it does not, and nobody waits longer', async () => {
    const silent = await peers.tcp(() => {})
    const rude = await peers.tcp((socket) => socket.destroy())
    expect(await Promise.all([silent, rude].map((port) => health(`http://127.0.0.1:${port}`)))).toEqual([false, false])
    expect(await health('http://listener.example')).toBe(false)
  })
})

describe('whether a mail server greets', () => {
  test('given a mail server, then it does, and is left with a word; once it is closed it does not', async () => {
    const sink = await startSink()
    expect(await greets(sink.port)).toBe(true)
    expect(sink.taken).toEqual([])
    await sink.close()
    expect(await greets(sink.port)).toBe(false)
  })

  test('given a greeting in pieces, then it is read to the end, and answered with QUIT alone', async () => {
    let said = ''
    let isLeft: () => void
    const left = new Promise<void>((resolve) => {
      isLeft = resolve
    })
    const port = await peers.tcp((socket) => {
      socket.on('data', (some) => (said += some)).on('end', () => isLeft())
      socket.write('2', () => setImmediate(() => socket.write('20-mail.example\r\n220 ready\r\n')))
    })
    expect(await greets(port)).toBe(true)
    await left
    expect(said).toBe('QUIT\r\n')
  })

  test.each([
    ['that is busy', (write: (text: string) => void) => write('421 too busy\r\n')],
    ['of another kind', (write: (text: string) => void) => write(`SSH-2.0-x\r\n${'x'.repeat(100_000)}`)],
    ['that says nothing', () => {}],
  ])('given a server %s, then it does not', async (_, act) => {
    const port = await peers.tcp((socket) => act((text) => void socket.write(text)))
    expect(await greets(port)).toBe(false)
  })

  test('given TLS to a server that speaks none, then it does not', async () => {
    const port = await peers.tcp((socket) => void socket.write('220 plain\r\n'))
    expect(await mailServerGreets({ host: '127.0.0.1', port, secure: true }, soon())).toBe(false)
  })
})
