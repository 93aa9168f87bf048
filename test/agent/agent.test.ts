import { createHmac } from 'node:crypto'
import { readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createListener } from '../../core/http/listener.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../core/ports.ts'
import { cleanUp, findTool, pathWith, processesOf, type RunningAgent, type SeenProcess, settings, startAgent } from './rig.ts'

const servers: (FastifyInstance | Server)[] = []
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })

afterEach(async () => {
  await cleanUp()
  for (const server of servers.splice(0)) await server.close()
})

/** A real listener that keeps what it took. */
async function listen(token: string, answer: (beat: Heartbeat) => HeartbeatAnswer | Promise<HeartbeatAnswer>) {
  const beats: Heartbeat[] = []
  const app = createListener({
    token: () => token,
    take: async (beat) => {
      beats.push(beat)
      return answer(beat)
    },
  })
  servers.push(app)
  return { beats, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}

/** A server that answers whatever a test wishes. */
async function answerAll(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Every form in which the secret could show. */
function secretsOf(token: string): string[] {
  const key = Buffer.alloc(64)
  key.write(token, 'hex')
  const pads = [0, 0x36, 0x5c].map((byte) => Buffer.from(key.map((b) => b ^ byte)).subarray(0, 32))
  const octal = (bytes: Buffer) => [...bytes].map((b) => `\\${b.toString(8).padStart(3, '0')}`).join('')
  return pads.flatMap((pad) => [pad.toString('hex'), pad.toString('latin1'), octal(pad), octal(pad).slice(0, 32)])
}

function expectNoSecret(agent: RunningAgent, seen: SeenProcess[]): void {
  const shown = [agent.output(), ...seen.flatMap((one) => [one.command, one.environment])]
  for (const secret of secretsOf(agent.token)) expect(shown.filter((text) => text.includes(secret))).toEqual([])
}

describe.each(['curl', 'wget', 'python3', 'node'])('given a worker node that has only %s', (tool) => {
  it.skipIf(!findTool(tool))(`when it runs (skipped where ${tool} is missing), then it beats, obeys stop and shows no secret`, async () => {
    const { token } = settings()
    const seen: SeenProcess[] = []
    let held: (() => void) | undefined
    const { beats, url } = await listen(token, async ({ sequence, farewell }) => {
      // The first answer is held back until the sampler saw the tool at work.
      if (sequence === 1) await new Promise<void>((resolve) => (held = resolve))
      return sequence < 2 || farewell ? 'go on' : 'stop'
    })
    const agent = startAgent({ token, listenerUrl: url }, pathWith(tool))
    const sampler = setInterval(() => seen.push(...processesOf(agent.pid)), 3)
    await until(() => {
      expect(held).toBeDefined()
      expect(seen.some((one) => one.command.startsWith(tool))).toBe(true)
    })
    held?.()
    const code = await agent.ended
    clearInterval(sampler)
    expect(code).toBe(0)
    expect(beats.map((beat) => [beat.sequence, beat.farewell])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'told'],
    ])
    expect(beats[0]).toMatchObject({ job: 'ssc-test-SITE-ONE', pid: agent.pid })
    expect(agent.output()).toMatch(/^This is a security exercise\.\nQuestions: officer@csirt\.example\n/)
    expect(seen.some((one) => one.command.includes('sha256sum') || one.command.startsWith('sleep'))).toBe(true)
    expectNoSecret(agent, seen)
    // Nothing is left: no process of its group, no file beside the script.
    expect(processesOf(agent.pid)).toEqual([])
    expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
  })

  it.skipIf(!findTool(tool))(`when the listener redirects (skipped where ${tool} is missing), then it does not follow`, async () => {
    const target = await answerAll(200, 'stop')
    const listener = await answerAll(302, 'go on', { location: `${target.url}/v1/heartbeat` })
    const agent = startAgent({ listenerUrl: listener.url, silenceSeconds: 2 }, pathWith(tool))
    expect(await agent.ended).toBe(0)
    expect(listener.seen.length).toBeGreaterThan(0)
    expect(target.seen).toEqual([])
    expect(agent.output()).toContain('the listener was silent for too long')
  })
})

describe('given a worker node with none of the tools', () => {
  it('when it runs, then it says so and ends well', async () => {
    const agent = startAgent({ lifeSeconds: 1 }, pathWith())
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('this machine has none of curl, wget, python3 and node')
  })
})

describe('given a first tool that does not work', () => {
  it('when it runs, then the next one finds the way', async () => {
    const { token } = settings()
    const { url } = await listen(token, ({ farewell }) => (farewell ? 'go on' : 'stop'))
    const path = pathWith('node')
    writeFileSync(join(path, 'curl'), '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    const agent = startAgent({ token, listenerUrl: url }, path)
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: told')
  })
})

describe('given an agent between two heartbeats', () => {
  async function sleeping() {
    const { token } = settings()
    const listener = await listen(token, () => 'go on')
    const agent = startAgent({ token, listenerUrl: listener.url, heartbeatSeconds: 600, lifeSeconds: 50, childCount: 2 })
    // Two children, and the sleep until the next heartbeat.
    await until(() => expect(processesOf(agent.pid).filter((one) => one.command.startsWith('sleep'))).toHaveLength(3))
    return { agent, ...listener }
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('when it gets %s, then it says farewell at once and takes its children along', async (signal) => {
    const { agent, beats } = await sleeping()
    const asked = Date.now()
    process.kill(agent.pid, signal)
    expect(await agent.ended).toBe(143)
    expect(Date.now() - asked).toBeLessThan(3_000)
    expect(beats.at(-1)).toMatchObject({ sequence: 2, farewell: 'signal' })
    expect(processesOf(agent.pid)).toEqual([])
  })

  it('when its whole group gets SIGTERM, then it says farewell too', async () => {
    const { agent, beats } = await sleeping()
    process.kill(-agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
    expect(beats.at(-1)).toMatchObject({ farewell: 'signal' })
  })
})

describe('given a heartbeat that is not answered', () => {
  it('when it gets SIGTERM meanwhile, then it does not wait for the answer', async () => {
    const { token } = settings()
    let release: (() => void) | undefined
    const { beats, url } = await listen(token, async ({ farewell }) => {
      if (!farewell) await new Promise<void>((resolve) => (release = resolve))
      return 'go on'
    })
    const agent = startAgent({ token, listenerUrl: url })
    await until(() => expect(beats).toHaveLength(1))
    const asked = Date.now()
    process.kill(agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
    expect(Date.now() - asked).toBeLessThan(3_000)
    expect(beats.at(-1)).toMatchObject({ farewell: 'signal' })
    release?.()
  })
})

describe('given an agent whose life is over', () => {
  it('when there is no network, then it ends at its expiry', async () => {
    const started = Date.now()
    const agent = startAgent({ expiresAt: started + 2_000, childCount: 2 })
    expect(await agent.ended).toBe(0)
    expect(Date.now() - started).toBeLessThan(5_000)
    expect(agent.output()).toContain('ends: expired')
    expect(processesOf(agent.pid)).toEqual([])
  })

  it('when it starts after its expiry, then it says farewell and starts nothing', async () => {
    const { token } = settings()
    const { beats, url } = await listen(token, () => 'go on')
    const agent = startAgent({ token, listenerUrl: url, expiresAt: Date.now() - 5_000 })
    expect(await agent.ended).toBe(0)
    expect(beats.map((beat) => beat.farewell)).toEqual(['expired'])
  })

  it('when the clock is set back again and again, then it still ends', async () => {
    const path = pathWith()
    unlinkSync(join(path, 'date'))
    symlinkSync(findTool('date') ?? '', join(path, 'real-date'))
    // Each question is answered with an earlier time.
    const script = '#!/bin/sh\nn=$(cat clock 2>/dev/null || echo 0)\necho $((n + 100)) >clock\necho $((1700000000 - n))\n'
    writeFileSync(join(path, 'date'), script, { mode: 0o755 })
    const agent = startAgent({ lifeSeconds: 2 }, path)
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: expired')
  })

  it('when it was killed before, then only sleeps are left and they end by themselves', async () => {
    const agent = startAgent({ expiresAt: Date.now() + 4_000, lifeSeconds: 4, heartbeatSeconds: 3, childCount: 2 }, pathWith())
    await until(() => expect(processesOf(agent.pid).filter((one) => one.command.startsWith('sleep'))).toHaveLength(3))
    agent.process.kill('SIGKILL')
    expect(await agent.ended).toBe('SIGKILL')
    const left = processesOf(agent.pid)
    expect(left.length).toBeGreaterThanOrEqual(2)
    expect(left.filter((one) => !one.command.startsWith('sleep'))).toEqual([])
    await until(() => expect(processesOf(agent.pid)).toEqual([]))
  })
})

describe('given answers that are altered on the way', () => {
  it.each(['STOP', 'stop\n', 'stop; touch pwned', '$(touch pwned)', 'go on\nstop', ' stop', '', 'stop'.repeat(20_000)])(
    'when status 200 says %j, then it is not obeyed',
    async (body) => {
      const { seen, url } = await answerAll(200, body)
      const agent = startAgent({ listenerUrl: url, silenceSeconds: 2 })
      expect(await agent.ended).toBe(0)
      expect(seen.length).toBeGreaterThan(1)
      expect(agent.output()).toMatch(body.length > 1_000 ? /no answer/ : /answer not understood/)
      expect(agent.output()).toContain('ends: the listener was silent for too long')
      expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
    },
  )

  it.each([201, 403, 500, 503])('when status %i says stop, then it is not obeyed', async (status) => {
    const { url } = await answerAll(status, 'stop')
    const agent = startAgent({ listenerUrl: url, silenceSeconds: 1 }, pathWith('curl'))
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('no answer')
    expect(agent.output()).not.toContain('ends: told')
  })
})

describe('given a listener with another secret', () => {
  it('when the agent beats, then its signature is refused', async () => {
    const { beats, url } = await listen(createHmac('sha256', 'another').digest('hex'), () => 'stop')
    const agent = startAgent({ listenerUrl: url, silenceSeconds: 1 })
    expect(await agent.ended).toBe(0)
    expect(beats).toEqual([])
  })
})
