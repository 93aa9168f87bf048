import { createHmac } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { answerAll, closeServers, listen } from './listening.ts'
import { cleanUp, findTool, pathWith, startAgent } from './rig.ts'

afterEach(async () => {
  await cleanUp()
  await closeServers()
})

describe('given answers that are altered on the way', () => {
  const odd = ['STOP', 'stop\n', 'stop; touch pwned', '$(touch pwned)', 'go on\nstop', ' stop', '']

  it('when status 200 says anything else, then it is not obeyed', async () => {
    await Promise.all(odd.map((body) => expectIgnored(200, body, 'answer not understood')))
  })

  it('when the answer has no end, then it is not read', () => expectIgnored(200, 'stop'.repeat(20_000), 'no answer'))

  it('when another status says stop, then it is not obeyed', async () => {
    const tools = ['curl', 'wget', 'python3', 'node'].filter(findTool)
    // A few at a time: each beat starts processes, and two must fit into the silence.
    for (const status of [201, 302, 403, 500, 503]) await Promise.all(tools.map((tool) => expectIgnored(status, 'stop', 'no answer', tool)))
  })

  async function expectIgnored(status: number, body: string, words: string, tool?: string): Promise<void> {
    const { seen, url } = await answerAll(status, body)
    const agent = startAgent({ listenerUrl: url, silenceSeconds: 4 }, tool && pathWith(tool))
    expect(await agent.ended).toBe(0)
    expect(seen.length).toBeGreaterThan(1)
    expect([body.slice(0, 20), agent.output()]).toEqual([body.slice(0, 20), expect.stringContaining(words)])
    expect(agent.output()).toContain('ends: the listener was silent for too long')
    expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
  }
})

describe('given a listener with another secret', () => {
  it('when the agent beats, then its signature is refused', async () => {
    const { beats, url } = await listen(createHmac('sha256', 'another').digest('hex'), () => 'stop')
    const agent = startAgent({ listenerUrl: url, silenceSeconds: 1 })
    expect(await agent.ended).toBe(0)
    expect(beats).toEqual([])
  })
})
