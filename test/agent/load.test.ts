import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closeServers } from './listening.ts'
import { order } from './ordering.ts'
import { cleanUp, processesOf } from './rig.ts'

afterEach(async () => {
  await cleanUp()
  await closeServers()
})

const loadsOf = (group: number) => processesOf(group).filter((one) => one.command.includes('ssc-exercise-load\0'))

/** proc(5): utime, stime and nice of a process; a clock tick is 10 ms on Linux. */
function costOf(pid: number): { cpuSeconds: number; nice: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, nice: Number(fields[16]) }
}

describe('given the task load', () => {
  it('when it is done, then one process burns so many seconds at the lowest priority, and ends', async () => {
    const { agent } = await order([{ do: 'load', number: 2 }])
    let last = { cpuSeconds: 0, nice: 0 }
    await vi.waitFor(
      () => {
        const [one] = loadsOf(agent.pid)
        if (one) last = costOf(one.pid)
        expect(one).toBeUndefined()
      },
      { timeout: 20_000, interval: 20 },
    )
    expect(last.nice).toBe(19)
    expect(last.cpuSeconds).toBeGreaterThan(1)
    expect(last.cpuSeconds).toBeLessThan(2.5)
    // The agent lives on: it beats no more before its time, and still answers a signal.
    process.kill(agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
  })

  it("when one runs, or the job's seconds are used up, then another fails", async () => {
    const { agent, results } = await order(
      [
        { do: 'load', number: 31 },
        { do: 'load', number: 30 },
        { do: 'load', number: 1 },
      ],
      { cpuSeconds: 60 },
    )
    expect(results.map((one) => [one.outcome, one.number])).toEqual([
      ['done', 31],
      ['failed', 30],
      ['failed', 1],
    ])
    expect(loadsOf(agent.pid)).toHaveLength(1)
  })

  it('when the job may burn nothing, then it fails', async () => {
    const { agent, results } = await order([{ do: 'load', number: 1 }], { cpuSeconds: 0 })
    expect(results[0]?.outcome).toBe('failed')
    expect(loadsOf(agent.pid)).toEqual([])
  })

  it.each([
    ['is killed', 'SIGKILL'],
    ['ends', 'SIGTERM'],
  ] as const)('when the agent %s, then the load is gone at once', async (_, signal) => {
    const { agent } = await order([{ do: 'load', number: 60 }])
    expect(loadsOf(agent.pid)).toHaveLength(1)
    process.kill(agent.pid, signal)
    // Within a second; on a busy machine the lowest priority waits a while for its turn.
    await vi.waitFor(() => expect(loadsOf(agent.pid)).toEqual([]), { timeout: 3_000, interval: 10 })
  })
})
