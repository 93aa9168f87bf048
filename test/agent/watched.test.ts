import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { stopPath } from '../../core/domain/task.ts'
import { answerAll, closeServers, inTurn, listen } from './listening.ts'
import { cleanUp, findTool, makeFolder, pathWith, settings, startAgent } from './rig.ts'
import { RUN, taskLine } from './signing.ts'
import { canTrace, measure, readTrace, traced } from './watching.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

const orders = [
  { do: 'idle' },
  { do: 'report' },
  { do: 'mark', number: 1 },
  { do: 'spawn', number: 5 },
  { do: 'contact', number: 1 },
  { do: 'load', number: 1 },
  { do: 'move-listener', number: 2 },
] as const

/** A life with all actions, some heartbeats without any, a look for the stop file, and a stop. */
async function liveThrough(shell: readonly string[], path: string) {
  const { token } = settings()
  const endpoint = await answerAll(200, 'x'.repeat(100_000))
  const tasks = orders.map((order, i) => taskLine(i + 1, order))
  const second = await listen(token, inTurn(['nonsense', ...Array<string>(3).fill('go on'), taskLine(8, { do: 'stop' })]))
  const first = await listen(token, inTurn([...tasks, 'go on', 'go on', taskLine(8, { do: 'stop' })]))
  const listenerUrls = [first.url, second.url]
  const agent = startAgent({ token, listenerUrls, contactUrls: [`${endpoint.url}/a`], childCount: 2, cpuSeconds: 5 }, { path, shell })
  return { agent, urls: [...listenerUrls, endpoint.url], beats: [first.beats, second.beats], others: [...first.others, ...second.others] }
}

describe.concurrent('given a life with all actions', () => {
  const tools = ['curl', 'wget', 'python3', 'node']

  it.skipIf(!canTrace()).each(tools.filter(findTool))(
    'when each of its calls is watched, with %s (skipped where strace is missing or forbidden), then it stays in its folder and on its list',
    async (tool) => {
      const trace = join(makeFolder(), 'trace')
      const { agent, urls, beats } = await liveThrough(traced(trace), pathWith(tool, 'openssl', 'strace'))
      expect(await agent.ended).toBe(0)
      const done = beats.flat().flatMap((beat) => (beat.result?.outcome === 'done' ? [beat.result.task] : []))
      expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      const { changed, met, started, moves } = readTrace(trace, agent.folder)
      expect(moves).toEqual([])
      // That the trace is no blind one: the marker and the heartbeats are in it.
      expect(changed).toContain(join(agent.folder, 'ssc-exercise-marker-1'))
      expect(changed.filter((path) => !path.startsWith(`${agent.folder}/`) && path !== '/dev/null' && path !== '/dev/tty')).toEqual([])
      const addresses = urls.map((url) => new URL(url).host)
      expect(new Set(met.filter((peer) => peer.startsWith('127.')))).toEqual(new Set(addresses))
      // The C library asks the name service's cache, when there is one, and the kernel (netlink) for the kinds of addresses it has.
      const quiet = ['unix:/var/run/nscd/socket', 'netlink']
      expect(met.filter((peer) => !addresses.includes(peer) && !quiet.includes(peer))).toEqual([])
      expect(started.length).toBeGreaterThan(20)
    },
  )

  it('when it is measured, then processes, memory and processor time stay within limits', async () => {
    const timed = ['/bin/sh', '-c', '/bin/sh "$0"; code=$?; times; exit $code']
    const { agent, others } = await liveThrough(timed, pathWith('curl', 'openssl'))
    let most = { processes: 0, mib: 0 }
    const sampler = setInterval(() => {
      most = measure(agent.pid, most)
    }, 5)
    const code = await agent.ended
    clearInterval(sampler)
    expect([code, agent.output()]).toEqual([0, expect.stringContaining('ends: told')])
    expect(others.every((one) => one === `GET ${stopPath(RUN)}`)).toBe(true)
    // Seven children, the shell and the one that measures, a load, a sleep, and what one heartbeat starts.
    expect(most.processes).toBeGreaterThanOrEqual(10)
    expect(most.processes).toBeLessThanOrEqual(20)
    expect(most.mib).toBeLessThan(64)
    expect(cpuSecondsOf(agent.output())).toBeLessThan(4)
  })
})

/** The sum of what `times` of the shell tells at the end: `0m0.01s 0m0.02s`, its own and that of its children. */
function cpuSecondsOf(output: string): number {
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)]
  if (times.length !== 4) throw new Error(`times told nothing: ${output}`)
  return times.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}
