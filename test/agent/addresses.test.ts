import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { stopPath } from '../../core/domain/task.ts'
import { answerAll, closeServers, inTurn, listen } from './listening.ts'
import { cleanUp, settings, startAgent } from './rig.ts'
import { inSeconds, RUN, signedByStranger, stopLine, taskLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(async () => {
  await cleanUp()
  await closeServers()
})

const nobody = 'http://127.0.0.1:9'
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

describe.concurrent('given several addresses', () => {
  it('when the first is silent or odd, then the next ones are tried in turn, and the good one is kept', async () => {
    const { token } = settings()
    const odd = await answerAll(200, '<html>')
    const good = await listen(token, ({ sequence }) => (sequence < 5 ? 'go on' : stopLine()))
    const agent = startAgent({ token, listenerUrls: [nobody, odd.url, `${good.url}/`] })
    expect(await agent.ended).toBe(0)
    expect(odd.seen.filter((one) => one.startsWith('POST'))).toEqual(['POST /v1/heartbeat'])
    expect(good.beats.map((beat) => beat.sequence)).toEqual([3, 4, 5, 6])
  })

  it('when it is told to move, then it beats there; there is no address beyond the list', async () => {
    const { token } = settings()
    const second = await listen(token, inTurn([taskLine(2, { do: 'move-listener', number: 3 }), taskLine(3, { do: 'stop' })]))
    const first = await listen(token, inTurn([taskLine(1, { do: 'move-listener', number: 2 })]))
    const agent = startAgent({ token, listenerUrls: [first.url, second.url] })
    expect(await agent.ended).toBe(0)
    expect(first.beats).toHaveLength(1)
    expect(second.beats.map((beat) => [beat.farewell, beat.result])).toEqual([
      [undefined, { task: 1, outcome: 'done', number: 2 }],
      [undefined, { task: 2, outcome: 'failed', number: 3 }],
      ['told', { task: 3, outcome: 'done' }],
    ])
  })
})

describe.concurrent("given the run's signed stop as a file on a plain web server", () => {
  it.each([
    ['no listener is there', [nobody]],
    ['it is all that the listener has', []],
  ])('when %s, then it ends the agent, and nothing is left', async (_, others) => {
    const web = await listen(
      '',
      () => ({ status: 405 }),
      () => `${stopLine()}\n`,
    )
    const agent = startAgent({ listenerUrls: [...others, web.url], traces: ['marker'] })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: told')
    expect(web.others).toEqual([`GET ${stopPath(RUN)}`])
    expect(readdirSync(agent.folder)).toEqual(['agent.sh'])
  })

  it('when the listener says go on, then it is looked for at every tenth heartbeat', async () => {
    const { token } = settings()
    // A task is reported at once, so that the tenth is there soon.
    const { beats, others, url } = await listen(
      token,
      ({ sequence }) => taskLine(sequence, { do: 'idle' }),
      () => stopLine(),
    )
    const agent = startAgent({ token, listenerUrls: [url], heartbeatSeconds: 600 })
    expect(await agent.ended).toBe(0)
    expect(beats.map((beat) => beat.farewell).indexOf('told')).toBe(10)
    expect(others).toEqual([`GET ${stopPath(RUN)}`])
  })

  const files: [string, string | { status: number; body?: string }][] = [
    ['the stop of another run', stopLine('ssc-other')],
    ['a forged one', signedByStranger(`ssc-stop 1 ${RUN}`)],
    ['a task', taskLine(1, { do: 'stop' })],
    ['a page', '<html>stop</html>'],
    ['a stop with another status', { status: 404, body: stopLine() }],
  ]
  it.each(files)('when it is %s, then it is ignored without a word', async (_, file) => {
    const { token } = settings()
    const { beats, others, url } = await listen(
      token,
      () => ({ status: 503 }),
      () => file,
    )
    const agent = startAgent({ token, listenerUrls: [url], silenceSeconds: 2 })
    expect(await agent.ended).toBe(0)
    expect(others.length).toBeGreaterThan(0)
    expect(agent.output()).toContain('ends: the listener was silent for too long')
    expect(beats.filter((beat) => beat.result)).toEqual([])
  })
})

describe.concurrent('given results to tell', () => {
  it('when a heartbeat is not answered well, then its result is sent again until it arrived', async () => {
    const { token } = settings()
    const answers = [taskLine(1, { do: 'idle' }), { status: 503 }, { status: 500 }, 'go on', taskLine(2, { do: 'stop' })]
    const { beats, url } = await listen(token, inTurn(answers))
    const agent = startAgent({ token, listenerUrls: [url] })
    expect(await agent.ended).toBe(0)
    expect(beats.map((beat) => beat.result?.task)).toEqual([undefined, 1, 1, 1, undefined, 2])
  })

  it('when lines are refused, then the newest alone is told by the next regular heartbeat, and no faster', async () => {
    const { token } = settings()
    const forged = signedByStranger(taskLine(9, { do: 'idle' }).split(' ').slice(0, -1).join(' '))
    const { beats, url } = await listen(
      token,
      inTurn([taskLine(1, { do: 'idle' }), forged, 'nonsense', taskLine(1, { do: 'idle' }), 'go on']),
    )
    const started = Date.now()
    startAgent({ token, listenerUrls: [url], heartbeatSeconds: 1 })
    await until(() => expect(beats).toHaveLength(6))
    // Only the result of the first task was told at once.
    expect(Date.now() - started).toBeGreaterThan(4_000)
    expect(beats.map((beat) => beat.result)).toEqual([
      undefined,
      { task: 1, outcome: 'done' },
      { task: 9, outcome: 'refused', why: 'forged' },
      { task: 0, outcome: 'refused', why: 'malformed' },
      { task: 1, outcome: 'refused', why: 'replayed' },
      undefined,
    ])
  })

  it('when good answers come, then it outlives the time that it would bear silence', async () => {
    const { token } = settings()
    const tooLate = taskLine(1, { do: 'idle' }, { expires: inSeconds(-5) })
    const { beats, url } = await listen(token, inTurn(['go on', 'go on', 'go on', tooLate, 'go on', 'go on', stopLine()]))
    const agent = startAgent({ token, listenerUrls: [url], silenceSeconds: 3 })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: told')
    expect(beats.at(4)?.result).toEqual({ task: 1, outcome: 'refused', why: 'expired' })
  })

  it('when only refused lines come, then the listener counts as silent', async () => {
    const { token } = settings()
    const replayed = taskLine(1, { do: 'idle' })
    const { url } = await listen(token, () => replayed)
    const agent = startAgent({ token, listenerUrls: [url], silenceSeconds: 3 })
    expect(await agent.ended).toBe(0)
    expect(agent.output()).toContain('ends: the listener was silent for too long')
  })
})
