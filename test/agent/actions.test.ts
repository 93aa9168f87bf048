import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { stopText } from '../../core/domain/task.ts'
import { answerAll, closeServers, listen } from './listening.ts'
import { order } from './ordering.ts'
import { cleanUp, pathWith, processesOf, settings, startAgent } from './rig.ts'
import { RUN, signedByStranger, stopLine, taskLine } from './signing.ts'

afterEach(async () => {
  await cleanUp()
  await closeServers()
})

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })
const isSleep = (command: string) => command.includes('ssc-exercise-sleep\0')

describe('given the task report', () => {
  it('when it is done, then who and where is told, without strange characters', async () => {
    const env = { PBS_JOBID: `12[3].batch.example"}\n$(touch a)${'9'.repeat(300)}`, GRID_GLOBAL_JOBID: 'second' }
    const { agent, results } = await order([{ do: 'report' }], {}, { env })
    const report = { uid: String(process.getuid?.()), batchJob: `12[3].batch.exampletoucha${'9'.repeat(175)}`, folder: agent.folder }
    expect(results).toEqual([{ task: 1, outcome: 'done', report }])
  })

  it('when only the grid gave a number, then that is told', async () => {
    const { results } = await order([{ do: 'report' }], {}, { env: { GRID_GLOBAL_JOBID: 'gsiftp://ce.example:2811/jobs/1' } })
    expect(results[0]?.report?.batchJob).toBe('gsiftp://ce.example:2811/jobs/1')
  })
})

describe('given the task mark', () => {
  it('when it is done, then the marker names the exercise and whom to ask; the same again fails', async () => {
    const { agent, results } = await order([
      { do: 'mark', number: 2 },
      { do: 'mark', number: 2 },
    ])
    expect(results.map((one) => [one.outcome, one.number])).toEqual([
      ['done', 2],
      ['failed', 2],
    ])
    const marker = join(agent.folder, 'ssc-exercise-marker-2')
    expect(readFileSync(marker, 'utf8')).toBe('This is a security exercise.\nQuestions: officer@csirt.example\nJob: ssc-test-SITE-ONE\n')
    expect(lstatSync(marker).mode & 0o777).toBe(0o600)
  })

  it('when something is there, be it a link, then it is neither followed nor changed nor removed', async () => {
    const lay = (folder: string) => {
      writeFileSync(join(folder, 'ssc-exercise-marker-1'), 'mine')
      symlinkSync('nowhere', join(folder, 'ssc-exercise-marker-2'))
      symlinkSync('/dev/stderr', join(folder, 'ssc-exercise-marker-3'))
      mkdirSync(join(folder, 'ssc-exercise-marker-4'))
    }
    const orders = [1, 2, 3, 4].map((number) => ({ do: 'mark', number }) as const)
    const { agent, results } = await order([...orders, { do: 'stop' }], {}, { lay })
    expect(results.map((one) => one.outcome)).toEqual(['failed', 'failed', 'failed', 'failed', 'done'])
    expect(await agent.ended).toBe(0)
    expect(readdirSync(agent.folder).sort()).toEqual(['agent.sh', ...[1, 2, 3, 4].map((number) => `ssc-exercise-marker-${number}`)])
    expect(readFileSync(join(agent.folder, 'ssc-exercise-marker-1'), 'utf8')).toBe('mine')
    expect(agent.output()).not.toContain('Job:')
  })

  it.each([
    ['a stop', { traces: ['marker'] }, { do: 'stop' }, []],
    ['a signal, with traces', { traces: ['marker'] }, undefined, ['ssc-exercise-marker-1']],
    ['a signal, without traces', { traces: [] }, undefined, []],
  ] as const)('when the agent ends by %s, then only what may stay stays', async (_, change, last, left) => {
    const { agent } = await order([{ do: 'mark', number: 1 }, { do: 'spawn', number: 1 }, ...(last ? [last] : [])], {
      traces: [...change.traces],
    })
    if (!last) process.kill(agent.pid, 'SIGTERM')
    await agent.ended
    expect(readdirSync(agent.folder)).toEqual(['agent.sh', ...left])
    await until(() => expect(processesOf(agent.pid)).toEqual([]))
  })
})

describe('given children that do not heed a TERM, as they do in the moment of their start', () => {
  it('when the agent ends by a signal, then none of them is left', async () => {
    const path = pathWith('curl', 'openssl')
    const sleep = join(path, 'sleep')
    const real = realpathSync(sleep)
    rmSync(sleep)
    writeFileSync(sleep, `#!/bin/sh\ntrap '' TERM\nexec ${real} "$@"\n`, { mode: 0o755 })
    const { agent } = await order([{ do: 'spawn', number: 2 }], {}, { path })
    await until(() => expect(processesOf(agent.pid).filter((one) => one.command.startsWith(`${real}\0`))).toHaveLength(3))
    process.kill(agent.pid, 'SIGTERM')
    await agent.ended
    await until(() => expect(processesOf(agent.pid)).toEqual([]))
  })
})

describe('given a job that is cancelled while its run is being stopped', () => {
  it.each([
    ['the stop', stopLine(), []],
    ['a stop of another signer', signedByStranger(stopText(RUN)), ['ssc-exercise-marker-1']],
    ['go on', 'go on', ['ssc-exercise-marker-1']],
  ])('when its farewell is answered by %s, then its traces go only with the stop', async (_, last, left) => {
    const { token } = settings()
    const { beats, url } = await listen(token, ({ sequence, farewell }) => {
      if (farewell !== undefined) return last
      return sequence === 1 ? taskLine(1, { do: 'mark', number: 1 }) : 'go on'
    })
    const agent = startAgent({ token, listenerUrls: [url], heartbeatSeconds: 600, childCount: 0, traces: ['marker'] })
    await vi.waitFor(() => expect(beats).toHaveLength(2), { timeout: 20_000, interval: 10 })
    process.kill(agent.pid, 'SIGTERM')
    expect(await agent.ended).toBe(143)
    expect(readdirSync(agent.folder)).toEqual(['agent.sh', ...left])
  })
})

describe('given the task spawn', () => {
  it('when it is repeated, then there are never more than ten children', async () => {
    const spawn = { do: 'spawn', number: 4 } as const
    const { agent, results } = await order([spawn, spawn, spawn, { do: 'spawn', number: 1 }, { do: 'spawn', number: 1 }], { childCount: 1 })
    expect(results.map((one) => [one.outcome, one.number])).toEqual([
      ['done', 5],
      ['done', 9],
      ['failed', 9],
      ['done', 10],
      ['failed', 10],
    ])
    expect(processesOf(agent.pid).filter((one) => isSleep(one.command))).toHaveLength(10)
  })

  it('when a site killed a child, then it is not counted, nor its number taken for one of ours', async () => {
    const { token } = settings()
    let kill = () => {}
    const { beats, url } = await listen(token, ({ sequence }) => {
      if (sequence === 2) kill()
      return sequence < 3 ? taskLine(sequence, { do: 'spawn', number: 2 }) : 'go on'
    })
    const agent = startAgent({ token, listenerUrls: [url], heartbeatSeconds: 600, childCount: 0 })
    kill = () => {
      const child = processesOf(agent.pid).find((one) => isSleep(one.command))
      process.kill(child?.pid ?? 0, 'SIGKILL')
    }
    await until(() => expect(beats).toHaveLength(3))
    expect(beats.map((beat) => beat.result?.number)).toEqual([undefined, 2, 3])
  })
})

describe('given the task contact', () => {
  it('when it is done, then the status of the n-th endpoint is told, whatever it says', async () => {
    const [odd, endless] = [await answerAll(404, 'stop'), await answerAll(200, 'x'.repeat(5_000_000))]
    const contactUrls = [`${odd.url}/a/b`, endless.url, 'http://127.0.0.1:9/nobody']
    const { results } = await order(
      [1, 2, 3, 4].map((number) => ({ do: 'contact', number })),
      { contactUrls },
    )
    expect(results.map((one) => [one.outcome, one.number])).toEqual([
      ['done', 404],
      ['done', 200],
      ['done', 0],
      ['failed', 4],
    ])
    expect([odd.seen, endless.seen]).toEqual([['GET /a/b'], ['GET /']])
  })
})
