import { createHmac } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { answerAll, closeServers, listen } from './listening.ts'
import { cleanUp, findTool, pathWith, startAgent } from './rig.ts'
import { stopLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

describe.concurrent('given answers that are altered on the way', () => {
  const odd = ['stop', 'STOP', 'stop; touch pwned', '$(touch pwned)', `go on\n${stopLine()}`, ` ${stopLine()}`, '', '<html>Log in!</html>']

  it('when status 200 says anything else, then it is not obeyed', async () => {
    await Promise.all(odd.map((body) => expectIgnored(200, body, 'refused: malformed')))
  })

  it('when the answer has no end, then it is not read', () => expectIgnored(200, stopLine().repeat(100), 'no answer'))

  const tools = ['curl', 'wget', 'python3', 'node'].filter(findTool)
  it.each(tools)('when another status says stop to %s, then it is not obeyed', async (tool) => {
    await expectIgnored([201, 302, 403, 500, 503], stopLine(), 'no answer', tool)
  })

  async function expectIgnored(status: number | readonly number[], body: string, words: string, tool?: string): Promise<void> {
    const { seen, url } = await answerAll(status, body)
    const wanted = [status].flat().length + 1
    // Each beat starts processes, so that it takes its time on a busy machine.
    const agent = startAgent(
      { listenerUrls: [url], silenceSeconds: 6 + wanted },
      tool === undefined ? {} : { path: pathWith(tool, 'openssl') },
    )
    expect(await agent.ended).toBe(0)
    expect(seen.filter((one) => one.startsWith('POST')).length).toBeGreaterThanOrEqual(wanted)
    expect([body.slice(0, 20), agent.output()]).toEqual([body.slice(0, 20), expect.stringContaining(words)])
    expect(agent.output()).toContain('ends: the listener was silent for too long')
    expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
  }
})

describe('given a listener with another secret', () => {
  it('when the agent beats, then its signature is refused', async () => {
    const { beats, url } = await listen(createHmac('sha256', 'another').digest('hex'), () => stopLine())
    const agent = startAgent({ listenerUrls: [url], silenceSeconds: 1 })
    expect(await agent.ended).toBe(0)
    expect(beats).toEqual([])
  })
})
