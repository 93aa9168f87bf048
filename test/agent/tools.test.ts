import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { answerAll, closeServers, listen, openProxy } from './listening.ts'
import { cleanUp, findTool, pathWith, processesOf, type RunningAgent, type SeenProcess, settings, startAgent } from './rig.ts'
import { stopLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })

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

describe.concurrent.each(['curl', 'wget', 'python3', 'node'])('given a worker node that has only %s', (tool) => {
  it.skipIf(!findTool(tool))(`when it runs (skipped where ${tool} is missing), then it beats, obeys stop and shows no secret`, async () => {
    const { token } = settings()
    const seen: SeenProcess[] = []
    let held: (() => void) | undefined
    const { beats, url } = await listen(token, async ({ sequence, farewell }) => {
      // The first answer is held back until the sampler saw the tool at work.
      if (sequence === 1) await new Promise<void>((resolve) => (held = resolve))
      return sequence < 2 || farewell ? 'go on' : stopLine()
    })
    const agent = startAgent({ token, listenerUrls: [url] }, { path: pathWith(tool) })
    const sampler = setInterval(() => seen.push(...processesOf(agent.pid)), 10)
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
    const target = await answerAll(200, stopLine())
    const listener = await answerAll(302, 'go on', { location: `${target.url}/v1/heartbeat` })
    const agent = startAgent({ listenerUrls: [listener.url], silenceSeconds: 2 }, { path: pathWith(tool) })
    expect(await agent.ended).toBe(0)
    expect(listener.seen.length).toBeGreaterThan(0)
    expect(target.seen).toEqual([])
    expect(agent.output()).toContain('the listener was silent for too long')
  })
})

describe.concurrent('given a worker node with none of the tools', () => {
  it('when it runs, then it says so and ends well', async () => {
    const agent = startAgent({ lifeSeconds: 1 }, { path: pathWith() })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('this machine has none of curl, wget, python3 and node')
  })
})

describe.concurrent('given a wget that cannot be kept from following a redirection', () => {
  it('when it is all that there is, then it is not used', async () => {
    const path = pathWith()
    writeFileSync(join(path, 'wget'), '#!/bin/sh\necho "Usage: wget [-O FILE] [--post-file FILE] URL"\n', { mode: 0o755 })
    const agent = startAgent({ lifeSeconds: 1 }, { path })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('this machine has none of curl, wget, python3 and node')
  })
})

describe.concurrent('given a first tool that does not work', () => {
  it('when it runs, then the next one finds the way', async () => {
    const { token } = settings()
    const { url } = await listen(token, ({ farewell }) => (farewell ? 'go on' : stopLine()))
    const path = pathWith('node')
    writeFileSync(join(path, 'curl'), '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    const agent = startAgent({ token, listenerUrls: [url] }, { path })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: told')
  })
})

describe.concurrent.each(['curl', 'wget', 'python3'])('given a worker node that reaches the world by a proxy only', (tool) => {
  it.skipIf(!findTool(tool))(`when it has ${tool} (skipped where that is missing), then https_proxy is used`, async () => {
    const { asked, url: https_proxy } = await openProxy()
    const agent = startAgent(
      { listenerUrls: ['https://listener.example'], silenceSeconds: 1 },
      { path: pathWith(tool), env: { https_proxy } },
    )
    expect(await agent.ended).toBe(0)
    expect(asked[0]).toBe('listener.example:443')
  })
})
