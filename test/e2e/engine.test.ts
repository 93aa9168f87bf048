import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { approveRun } from '../../core/app/approve-run.ts'
import { createEngine } from '../../core/app/engine.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { runProgram } from '../../core/cli/program.ts'
import { createReach } from '../../core/context.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { createListener } from '../../core/http/listener.ts'
import { type Instance, queueOf } from '../../core/instance.ts'
import { createMailer } from '../../core/io/mail/smtp-mailer.ts'
import { listenerPartsOf } from '../../core/listening.ts'
import { loadMailTemplates, loadSubmitters } from '../../core/plugins.ts'
import type { Change, Heartbeat, Store } from '../../core/ports.ts'
import { joinDeps } from '../../core/worker.ts'
import { cleanUp, startAgent } from '../agent/rig.ts'
import { freePorts, processesIn, waitUntil } from '../services/process.ts'
import { checkAccounts } from './accounts.ts'
import { addScenario, makePlace, type Place, writeRun } from './place.ts'
import { startSink } from './sink.ts'

const HOUR_MS = 3_600_000
const SITES = 4

const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function newPlace(): Promise<Place> {
  const place = await makePlace()
  endings.push(place.remove)
  const quick = { remindAfter: '1s', escalateAfter: undefined, reportAfter: '2s', closeAfter: '2s' }
  addScenario(place, 'quick', (text) => Object.entries(quick).reduce(retime, text))
  const window = { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + HOUR_MS).toISOString() }
  writeRun(place, { scenario: 'quick', sites: SITES, countries: 3, window, alertAnyTime: true })
  return place
}

/** Without a duration the letter is not sent. */
function retime(text: string, [name, after]: [string, string | undefined]): string {
  return text.replace(new RegExp(` *${name}: .*\\n`), after === undefined ? '' : `  ${name}: ${after}\n`)
}

/** Plans and approves the run of the place, as the command line does. */
async function approvedRun(place: Place, instance: Instance): Promise<string> {
  let out = ''
  const cli = {
    cwd: place.home,
    user: 'officer',
    config: place.config(),
    isTerminal: false,
    columns: 80,
    out: (text: string) => {
      out += text
    },
    err: () => {},
    signal: new AbortController().signal,
    runVerb: runProgram,
    instance: async () => instance,
  }
  expect(await runProgram(['plan', 'run.yaml', '--json'], cli)).toBe(0)
  const { run } = JSON.parse(out) as { run: string }
  await approveRun(instance, run, 'officer')
  return run
}

/** The parts of `serve`, without its timer. */
async function openEngine(place: Place, instance: Instance) {
  const sink = await startSink()
  endings.push(sink.close)
  const listener = createListener(listenerPartsOf(instance))
  endings.push(() => listener.close())
  const listenerUrl = await listener.listen({ host: '127.0.0.1', port: 0 })
  const mailer = createMailer({ host: '127.0.0.1', port: sink.port })
  const reach = createReach(instance.config)
  const deps = joinDeps(instance, {
    mailer,
    plugins: await loadSubmitters(place.home),
    reach,
    templates: loadMailTemplates(place.home),
    listenerUrls: [listenerUrl],
    agentTiming: { heartbeatSeconds: 1, silenceSeconds: 60 },
    log: () => {},
  })
  const queue = queueOf(instance, 'runs', () => {})
  const engine = createEngine(deps, queue)
  endings.push(async () => {
    await engine.close()
    mailer.close()
    await reach.close()
  })
  return { deps, queue, engine, sink }
}

describe('given a launched run whose queue is emptied again and again', () => {
  test('when the engine goes on, then all is done, and nothing twice', async () => {
    const place = await newPlace()
    await place.look(async (instance) => {
      const run = await approvedRun(place, instance)
      const { deps, engine, queue, sink } = await openEngine(place, instance)
      await launchRun(deps, { run, by: 'officer', agentsStartMs: Date.now(), agentsEndMs: Date.now() + 120_000 })
      engine.start(4)
      let taken = -1
      await waitUntil(async () => {
        await engine.tick(run)
        // Whenever the run came on, and work waits or is under way.
        if (taken !== sink.taken.length) await queue.flush()
        taken = sink.taken.length
        return taken === 4 * SITES
      }, 'all mails')
      await waitUntil(async () => (await instance.store.effects(run, ['doing'])).length === 0, 'the last answer')
      await stopRun(instance, { run, by: 'officer', reason: 'the test is over' })
      await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
      const mails = sink.taken.map((mail) => mail.messageId)
      expect(await checkAccounts(instance, run, mails)).toEqual(new Set())
      await Promise.all(
        endings
          .splice(1)
          .reverse()
          .map((end) => end()),
      )
    })
  })
})

describe('given a launch that is cut off at any of its writes', () => {
  test('when the log is read, then the run is launched with all its challenges or not at all', async () => {
    const place = await newPlace()
    await place.look(async (instance) => {
      const run = await approvedRun(place, instance)
      const { deps } = await openEngine(place, instance)
      for (let writes = 0; writes < 3; writes++) {
        const cut = { ...deps, store: cutOff(instance.store, writes) }
        const launch = { run, by: 'officer', agentsStartMs: Date.now(), agentsEndMs: Date.now() + 60_000 }
        await launchRun(cut, launch).catch(() => {})
        const types = (await instance.store.readRun(run)).map((event) => event.type)
        const expected = types.includes('RunLaunched') ? SITES : 0
        expect(types.filter((type) => type === 'ChallengePlanned')).toHaveLength(expected)
        expect(await instance.store.liveness(run)).toHaveLength(expected)
      }
      const streams = (await instance.store.heads(run)).map((head) => head.stream)
      expect(streams.filter((stream) => stream.startsWith(challengeStream(run, '')))).toHaveLength(SITES)
      await Promise.all(
        endings
          .splice(1)
          .reverse()
          .map((end) => end()),
      )
    })
  })
})

/** A store that is gone after so many writes. */
function cutOff(store: Store, writes: number): Store {
  let left = writes
  return {
    ...store,
    commit: async (change: Change) => {
      if (left-- <= 0) throw new Error('the process was killed')
      return store.commit(change)
    },
  }
}

describe('given an agent whose listener is just being started again', () => {
  test('when somebody ends it, then its farewell arrives once the listener is back', async () => {
    endings.push(cleanUp)
    const beats: Heartbeat[] = []
    const token = 'a'.repeat(64)
    const [port = 0] = await freePorts(1)
    const open = async () => {
      const take = async (beat: Heartbeat) => {
        beats.push(beat)
        return { word: 'go on' } as const
      }
      const listener = createListener({ token: () => token, take, stopLine: async () => undefined })
      endings.push(() => listener.close())
      await listener.listen({ host: '127.0.0.1', port })
      return listener
    }
    const listener = await open()
    const agent = startAgent({ token, listenerUrls: [`http://127.0.0.1:${port}`] })
    await waitUntil(() => beats.length > 0, 'a heartbeat')
    await listener.close()
    agent.process.kill('SIGTERM')
    await waitUntil(() => agent.output().includes('ends: signal'), 'the agent to end')
    await open()
    expect(await agent.ended).toBe(143)
    expect(beats.at(-1)).toMatchObject({ farewell: 'signal' })
  })
})
