import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { affordableConnections } from '../../core/http/connections.ts'
import type { HeartbeatAnswer } from '../../core/ports.ts'
import { createRig, health } from './sockets.ts'

const { listen, close } = createRig()
afterEach(close)

const body = JSON.stringify({ job: 'job-1', sequence: 1, host: 'wn1.example', pid: 7, at: '2027-01-11T08:00:00Z' })
const signature = createHmac('sha256', Buffer.from('00', 'hex')).update(body).digest('hex')
const head = `POST /v1/heartbeat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-ssc-signature: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n`

/** A listener whose heartbeats are answered when the test says so. */
async function listenSlowly(connections: number) {
  const commits: ((answer: HeartbeatAnswer) => void)[] = []
  const take = () => new Promise<HeartbeatAnswer>((resolve) => commits.push(resolve))
  return { ...(await listen({ take, limits: { connections } })), commits }
}

describe('given as many connections as there may be', () => {
  it('when newcomers come, then each gets in, and the ones that waited longest are cut', async () => {
    const { app, dial } = await listen({ limits: { connections: 2 } })
    const clients = []
    for (let n = 0; n < 5; n += 1) {
      const client = dial()
      await client.connected
      client.socket.write(health)
      await vi.waitFor(() => expect(client.text()).toMatch(/200 OK.*ok$/s), { timeout: 10_000 })
      clients.push(client)
    }
    await Promise.all(clients.slice(0, 3).map((client) => client.closed))
    expect(clients.map((client) => client.socket.destroyed)).toEqual([true, true, true, false, false])
    const count = await new Promise((resolve) => app.server.getConnections((_, n) => resolve(n)))
    expect(count).toBe(2)
  })

  it('when one of them waits for its answer, then the others give way', async () => {
    const { dial, commits } = await listenSlowly(2)
    const honest = dial()
    honest.socket.write(head + body)
    await vi.waitFor(() => expect(commits).toHaveLength(1), { timeout: 10_000 })
    const idlers = [dial(), dial(), dial()]
    await Promise.all(idlers.slice(0, 2).map((one) => one.closed))
    commits[0]?.({ word: 'go on' })
    await vi.waitFor(() => expect(honest.text()).toMatch(/go on$/), { timeout: 10_000 })
    expect(idlers[2]?.socket.destroyed).toBe(false)
  })

  it('when one of them never ends its body, then it gives way as an idle one does', async () => {
    const { dial } = await listen({ limits: { connections: 1 } })
    const slow = dial()
    slow.socket.write(head + body.slice(0, 5))
    await slow.connected
    const honest = dial()
    honest.socket.write(head + body)
    expect(await slow.closed).toBe('')
    await vi.waitFor(() => expect(honest.text()).toMatch(/go on$/), { timeout: 10_000 })
  })

  it('when all of them wait for their answers, then the newcomer is cut', async () => {
    const { dial, commits } = await listenSlowly(1)
    const honest = dial()
    honest.socket.write(head + body)
    await vi.waitFor(() => expect(commits).toHaveLength(1), { timeout: 10_000 })
    expect(await dial().closed).toBe('')
    commits[0]?.({ word: 'go on' })
    await vi.waitFor(() => expect(honest.text()).toMatch(/go on$/), { timeout: 10_000 })
  })
})

describe('given a client that misuses its connection', () => {
  it('when its header is too long, then it is told so and cut off', async () => {
    const { dial } = await listen()
    const { socket, closed } = dial()
    socket.write(`GET /health HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(await closed).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('when it sends what is no HTTP, then it is told so and cut off', async () => {
    const { dial } = await listen()
    const { socket, closed } = dial()
    socket.write(Buffer.from('16030100ff', 'hex'))
    expect(await closed).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n$/)
  })

  it.each([
    ['says nothing', ''],
    ['never ends its header', 'POST /v1/heartbeat HTTP/1.1\r\nhost: x\r\n'],
    ['never ends its body', head + body.slice(0, 5)],
  ])('when it %s, though it sends a byte now and then, then it is cut off without a word', async (_, start) => {
    const take = vi.fn()
    const { dial } = await listen({ take, limits: { headersMs: 200, requestMs: 300, checkMs: 50 } })
    const begun = performance.now()
    const { socket, closed } = dial()
    socket.write(start)
    const drip = setInterval(() => start !== '' && socket.write('x'), 40)
    expect(await closed).toBe('')
    clearInterval(drip)
    expect(performance.now() - begun).toBeGreaterThan(150)
    expect(take).not.toHaveBeenCalled()
  })

  it('when it sends many requests before the first answer, then it is cut off, and one of them counts', async () => {
    const taken: unknown[] = []
    const { dial } = await listen({
      take: (beat) => {
        taken.push(beat)
        return new Promise(() => {})
      },
    })
    const { socket, closed } = dial()
    socket.write((head + body).repeat(100))
    expect(await closed).toBe('')
    expect(taken.length).toBeLessThanOrEqual(1)
  })

  it('when it sends one request after the other, then each is answered', async () => {
    const { dial } = await listen()
    const client = dial()
    for (let n = 1; n <= 5; n += 1) {
      client.socket.write(head + body)
      await vi.waitFor(() => expect(client.text().match(/go on/g)).toHaveLength(n), { timeout: 10_000 })
    }
  })

  it.each([
    ['a tunnel', 'CONNECT host.example:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
    ['its own request', 'TRACE /health HTTP/1.1\r\nhost: x\r\nx-secret: 1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 404 (?!.*x-secret)/s],
    [
      'another protocol',
      'GET /v1/heartbeat HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 404 /,
    ],
  ])('when it asks for %s, then it gets none', async (_, request, answer) => {
    const { dial } = await listen()
    const { socket, closed } = dial()
    socket.write(request)
    expect(await closed).toMatch(answer)
  })
})

describe('given a listener that ends', () => {
  it('when clients say nothing, then they do not hold it up', async () => {
    const { app, dial } = await listen()
    const idle = [dial(), dial()]
    await Promise.all(idle.map((one) => one.connected))
    const begun = performance.now()
    await app.close()
    expect(performance.now() - begun).toBeLessThan(2_000)
    await Promise.all(idle.map((one) => one.closed))
  })
})

describe('given this machine', () => {
  it('when it allows enough files, then more than ten thousand connections may stand, and never more than it allows', () => {
    expect(affordableConnections()).toBeGreaterThan(0)
    expect(affordableConnections()).toBeLessThanOrEqual(12_000)
  })
})
