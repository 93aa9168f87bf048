import { afterAll, describe, expect, it } from 'vitest'
import { taskText } from '../../core/domain/task.ts'
import { closeServers, inTurn, listen } from './listening.ts'
import { cleanUp, findTool, pathWith, settings, startAgent } from './rig.ts'
import { inSeconds, JOB, signedByStranger, taskLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

const tools = ['curl', 'wget', 'python3', 'node']

async function liveWith(names: readonly string[], lines: readonly string[]) {
  const { token } = settings()
  const { beats, url } = await listen(token, inTurn(lines))
  const agent = startAgent({ token, listenerUrls: [url], actions: ['report'] }, { path: pathWith(...names) })
  expect(await agent.ended).toBe(0)
  return { agent, results: beats.flatMap((beat) => (beat.result ? [[beat.farewell, beat.result]] : [])) }
}

const forged = (sequence: number) => signedByStranger(taskText({ job: JOB, sequence, expires: inSeconds(60), do: 'report' }))

describe.concurrent.each(tools)('given a worker node that sends with %s', (tool) => {
  const verifiers = ['openssl', 'python3'].filter(findTool)

  it.skipIf(!findTool(tool)).each(verifiers)(
    `when %s can check (skipped where ${tool} is missing), then good tasks alone are done`,
    async (verifier) => {
      const lines = [taskLine(1, { do: 'report' }), forged(2), taskLine(2, { do: 'stop' })]
      const { results } = await liveWith([tool, verifier], lines)
      expect(results).toEqual([
        [undefined, { task: 1, outcome: 'done', report: expect.objectContaining({ uid: String(process.getuid?.()) }) }],
        [undefined, { task: 2, outcome: 'refused', why: 'forged' }],
        ['told', { task: 2, outcome: 'done' }],
      ])
    },
  )

  // Where python3 can send, it can check.
  if (tool === 'python3') return
  it.skipIf(!findTool(tool))(`when nothing can check (skipped where ${tool} is missing), then a stop alone is done`, async () => {
    const { agent, results } = await liveWith([tool], [taskLine(1, { do: 'report' }), taskLine(2, { do: 'stop' })])
    expect(agent.output()).toContain('neither openssl nor python3')
    expect(results).toEqual([
      [undefined, { task: 1, outcome: 'refused', why: 'unverified' }],
      ['told', { task: 2, outcome: 'done' }],
    ])
  })
})
