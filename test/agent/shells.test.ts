import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { answerAll, closeServers, inTurn, listen } from './listening.ts'
import { cleanUp, findTool, processesOf, settings, startAgent } from './rig.ts'
import { signedByStranger, taskLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

const shells = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh'], ['ksh93'], ['mksh']]

describe.concurrent.each(shells)('given the shell %s %s', (name, ...args) => {
  it.skipIf(!findTool(name))(
    `when all actions are told (skipped where ${name} is missing), then all are done, and it ends clean`,
    async () => {
      const { token } = settings()
      const endpoint = await answerAll(204, '')
      const orders = [
        { do: 'report' },
        { do: 'mark', number: 9 },
        { do: 'spawn', number: 2 },
        { do: 'contact', number: 1 },
        { do: 'load', number: 1 },
        { do: 'move-listener', number: 1 },
      ] as const
      const lines = orders.map((order, i) => taskLine(i + 1, order))
      const forged = signedByStranger(lines[0] ?? '')
      const { beats, url } = await listen(token, inTurn([...lines, '', 'go on\0', forged, taskLine(7, { do: 'stop' })]))
      const agent = startAgent({ token, listenerUrls: [url], contactUrls: [endpoint.url] }, { shell: [findTool(name) ?? name, ...args] })
      // A shell whose printf is a program must not handle the secret, and says so.
      if (name === 'mksh') return expectQuiet(agent)
      expect(await agent.ended).toBe(0)
      const results = beats.flatMap((beat) => beat.result ?? [])
      expect(results.map((one) => [one.task, one.outcome, one.number ?? one.why])).toEqual([
        [1, 'done', undefined],
        [2, 'done', 9],
        [3, 'done', 3],
        [4, 'done', 204],
        [5, 'done', 1],
        [6, 'done', 1],
        [0, 'refused', 'malformed'],
        [0, 'refused', 'malformed'],
        [0, 'refused', 'malformed'],
        [7, 'done', undefined],
      ])
      expect(agent.output()).not.toMatch(/not found|syntax|unexpected|invalid|bad /i)
      expect(processesOf(agent.pid)).toEqual([])
      expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
    },
  )
})

async function expectQuiet(agent: ReturnType<typeof startAgent>): Promise<void> {
  await vi.waitFor(() => expect(agent.output()).toContain('no answer'), { timeout: 10_000, interval: 20 })
  expect(agent.output()).toContain('the shell has no printf of its own')
  process.kill(agent.pid, 'SIGTERM')
  expect(await agent.ended).toBe(143)
}
