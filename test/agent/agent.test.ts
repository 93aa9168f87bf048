import { mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { closeServers, listen } from './listening.ts'
import { cleanUp, pathWith, processesOf, settings, startAgent } from './rig.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

/** A sleep, under its own name or the exercise's. */
const isSleep = (command: string) => /^(\.\/ssc-agent\.\d+\/ssc-exercise-)?sleep\0/.test(command)
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })

describe.concurrent('given an agent between two heartbeats', () => {
  async function sleeping() {
    const { token } = settings()
    const listener = await listen(token, () => 'go on')
    const agent = startAgent({ token, listenerUrls: [listener.url], heartbeatSeconds: 600, lifeSeconds: 50, childCount: 2 })
    // Two children, and the sleep until the next heartbeat.
    await until(() => expect(processesOf(agent.pid).filter((one) => isSleep(one.command))).toHaveLength(3))
    return { agent, ...listener }
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'when it gets %s, then it says farewell at once and takes its children along',
    async (signal) => {
      const { agent, beats } = await sleeping()
      const asked = Date.now()
      process.kill(agent.pid, signal)
      expect(await agent.ended).toBe(143)
      expect(Date.now() - asked).toBeLessThan(3_000)
      expect(beats.at(-1)).toMatchObject({ sequence: 2, farewell: 'signal' })
      expect(processesOf(agent.pid)).toEqual([])
    },
  )

  it('when its whole group gets SIGTERM, then it says farewell too', async () => {
    const { agent, beats } = await sleeping()
    process.kill(-agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
    expect(beats.at(-1)).toMatchObject({ farewell: 'signal' })
  })
})

describe.concurrent('given a heartbeat that is not answered', () => {
  it('when it gets SIGTERM meanwhile, then it does not wait for the answer', async () => {
    const { token } = settings()
    let release: (() => void) | undefined
    const { beats, url } = await listen(token, async ({ farewell }) => {
      if (!farewell) await new Promise<void>((resolve) => (release = resolve))
      return 'go on' as const
    })
    const agent = startAgent({ token, listenerUrls: [url] })
    await until(() => expect(beats).toHaveLength(1))
    const asked = Date.now()
    process.kill(agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
    expect(Date.now() - asked).toBeLessThan(3_000)
    expect(beats.at(-1)).toMatchObject({ farewell: 'signal' })
    release?.()
  })
})

describe.concurrent('given an agent whose folder is taken away', () => {
  it.each([
    ['removed', () => {}],
    ['replaced by a file', (own: string) => writeFileSync(own, '')],
    ['emptied, and holds what cannot be written', (own: string) => mkdirSync(join(own, 'answer'), { recursive: true })],
  ])('when it is %s, then it still ends and takes its children along', async (_, harm) => {
    const agent = startAgent({ silenceSeconds: 3, childCount: 2 }, { path: pathWith('curl', 'openssl') })
    await until(() => expect(agent.output()).toContain('no answer'))
    const own = join(agent.folder, `ssc-agent.${agent.pid}`)
    rmSync(own, { recursive: true })
    harm(own)
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: the listener was silent for too long')
    expect(processesOf(agent.pid)).toEqual([])
  })
})

describe.concurrent('given an agent whose life is over', () => {
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
    const agent = startAgent({ token, listenerUrls: [url], expiresAt: Date.now() - 5_000 })
    expect(await agent.ended).toBe(0)
    expect(beats.map((beat) => beat.farewell)).toEqual(['expired'])
  })

  it('when the clock is set back again and again, then it still ends', async () => {
    const path = pathWith()
    unlinkSync(join(path, 'date'))
    // Each question is answered with an earlier time.
    const script = '#!/bin/sh\nn=$(cat clock 2>/dev/null || echo 0)\necho $((n + 100)) >clock\necho $((1700000000 - n))\n'
    writeFileSync(join(path, 'date'), script, { mode: 0o755 })
    const agent = startAgent({ lifeSeconds: 2 }, { path })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: expired')
  })

  it('when it was killed before, then only sleeps are left and they end by themselves', async () => {
    const agent = startAgent({ expiresAt: Date.now() + 4_000, lifeSeconds: 4, heartbeatSeconds: 3, childCount: 2 }, { path: pathWith() })
    await until(() => expect(processesOf(agent.pid).filter((one) => isSleep(one.command))).toHaveLength(3))
    agent.process.kill('SIGKILL')
    expect(await agent.ended).toBe('SIGKILL')
    const left = processesOf(agent.pid)
    expect(left.length).toBeGreaterThanOrEqual(2)
    expect(left.filter((one) => !isSleep(one.command))).toEqual([])
    await until(() => expect(processesOf(agent.pid)).toEqual([]))
  })
})
