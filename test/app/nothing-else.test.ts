import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Deps } from '../../core/app/deps.ts'
import { createEngine } from '../../core/app/engine.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { orderTask } from '../../core/app/order-task.ts'
import { type Fact, runStream } from '../../core/domain/event.ts'
import { type Action, actions, catalogue, type Order, stopText } from '../../core/domain/task.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import type { JobQueue, NewFact, Store } from '../../core/ports.ts'
import { noopSubmitter } from '../bench/run-of-many.ts'
import { launchedRun, scenarioWith } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'
import { anEffect, type Hand, handClock, inWindow, keepLaunched } from './gating.ts'
import { aLetter } from './mailing.ts'

/** A port that hands each id on at once. */
function directQueue(): JobQueue {
  let handle: (id: string) => Promise<void> = async () => {}
  return {
    add: async (ids) => {
      for (const id of ids) await handle(id)
    },
    work: (handler) => {
      handle = handler
    },
    flush: async () => {},
    close: async () => {},
  }
}

/** All that the engine touches; every text that is signed for agents is written down. */
function spiedDeps(store: Store, hand: Hand): { deps: Deps; signed: string[] } {
  const signed: string[] = []
  const sign = (text: string) => {
    signed.push(text)
    return 'c2lnbmF0dXJl'
  }
  const keys = {
    jobToken: () => '00',
    mailToken: () => '0'.repeat(32),
    sign: () => ({ publicKey: '', value: '' }),
    orders: { publicKey: () => '', sign },
  }
  const deps: Deps = {
    store,
    clock: handClock(hand),
    keys,
    sha256: String,
    owner: 'me',
    submitters: new Map([['arc', { ...noopSubmitter(0, () => {}), name: 'arc' }]]),
    probers: new Map(),
    contextOf: () => ({}) as ReturnType<Deps['contextOf']>,
    hostsOf: () => [],
    lapseOf: async () => undefined,
    readCrl: async () => ({ listed: 'unknown', why: 'nobody looked' }),
    carrierOf: () => ({ name: 'mail', host: '127.0.0.1', send: async () => ({ answer: '250' }) }),
    paceMs: () => 0,
    agentNames: [],
    renderJob: () => 'the agent',
    writeLetter: async ({ letter, to }) => aLetter(letter.letter, to.address),
    listenerUrls: ['http://127.0.0.1:1'],
    haltOf: () => undefined,
    log: () => {},
  }
  return { deps, signed }
}

const anyAction = fc.oneof(fc.constantFrom<string>(...actions, 'exec', 'download', '__proto__', 'mark 1\nssc-stop 1 x'), fc.string())
const anyNumber = fc.oneof(
  fc.integer({ min: -2, max: 70 }),
  fc.constant(undefined),
  fc.double(),
  fc.string(),
  fc.constantFrom('$(id)', '1 -', null),
)
/** What an officer, or whoever writes into our store, may try. */
const anyOrder = fc
  .record({ do: anyAction, number: anyNumber, text: fc.option(fc.string(), { nil: undefined }) })
  .map(
    ({ do: action, number, text }) =>
      ({ do: action, ...(number === undefined ? {} : { number }), ...(text === undefined ? {} : { text }) }) as Order,
  )
const goodOrder = fc.constantFrom(...actions).chain((action): fc.Arbitrary<Order> => {
  const bounds = catalogue[action]
  return bounds === null
    ? fc.constant({ do: action })
    : fc.integer({ min: bounds.least, max: bounds.most }).map((number) => ({ do: action, number }))
})
const order = fc.oneof({ weight: 3, arbitrary: goodOrder }, { weight: 2, arbitrary: anyOrder })

const by = { by: 'Ada', reason: 'x' }
let given = 0
const runFact: fc.Arbitrary<Fact> = fc.constantFrom<Fact>(
  { type: 'RunPaused', data: { ...by, because: 'officer' } },
  { type: 'RunResumed', data: by },
  { type: 'RunStopped', data: by },
  { type: 'WaveOpened', data: by },
  { type: 'ConsentWithdrawn', data: { of: { site: 'DE-ONE' }, by: 'Eve', recordedBy: 'Ada', reason: 'x' } },
)
const siteFact: fc.Arbitrary<Fact> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fact>({ type: 'AgentSeen', data: { host: 'wn', pid: 1 } }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(order, fc.string())
      .map(([one, id]): Fact => ({ type: 'TaskOrdered', data: { ...one, id: `x${id.length}`, by: 'Ada' } })),
  },
  fc.constant<Fact>({ type: 'AgentStopped', data: { reason: 'signal' } }),
  fc.constant<Fact>({
    type: 'MailAccepted',
    data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' },
  }),
)

type Step = { do: 'fact'; fact: Fact } | { do: 'order'; order: Order } | { do: 'effect'; order: Order } | { do: 'beat' } | { do: 'wait' }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: runFact.map((fact): Step => ({ do: 'fact', fact })) },
  { weight: 4, arbitrary: siteFact.map((fact): Step => ({ do: 'fact', fact })) },
  { weight: 5, arbitrary: order.map((one): Step => ({ do: 'order', order: one })) },
  { weight: 3, arbitrary: order.map((one): Step => ({ do: 'effect', order: one })) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'beat' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'wait' }) },
)
const story = fc.record({
  declared: fc.subarray([...actions]),
  tasks: fc.array(fc.record({ after: fc.constantFrom(0, 60_000), order: goodOrder }), { maxLength: 3 }),
  cpuSeconds: fc.constantFrom(0, 60, 600),
  canaries: fc.integer({ min: 0, max: 1 }),
  rehearsal: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
})
type Story = typeof story extends fc.Arbitrary<infer Value> ? Value : never

function runOf(id: string, { declared, tasks, cpuSeconds, canaries, rehearsal }: Story): LaunchedRun {
  const limits = { sites: 40, mails: 100, cpuSeconds }
  const run = launchedRun({ sites: [aSite('DE-ONE'), aSite('FR-TWO')], run: { limits, canaries, rehearsal, alertAnyTime: true } })
  const scenario = scenarioWith(declared)
  const own = tasks.filter((task) => declared.includes(task.order.do)).map(({ after, order: one }) => ({ after, ...one }))
  const listeners = rehearsal ? [] : ['http://127.0.0.1:1']
  return { ...run, plan: { ...run.plan, id, listeners }, scenario: { ...scenario, job: { ...scenario.job, tasks: own } } }
}

/** One step of a story, and a look of an engine that begins anew. */
async function take(deps: Deps, run: LaunchedRun, { hand, step: one, n }: { hand: Hand; step: Step; n: number }): Promise<string[]> {
  const { store } = deps
  const { id, sites } = run.plan
  const name = sites[n % 2]!.name
  const stream = `challenge/${id}/${name}`
  const handed: string[] = []
  if (one.do === 'fact') {
    const isOfRun = /^(Run|Wave|Consent)/.test(one.fact.type)
    const key = one.fact.type === 'RunStopped' ? { key: 'stopped' } : {}
    await store.commit({ run: id, facts: [{ ...one.fact, ...key, stream: isOfRun ? runStream(id) : stream } as NewFact] })
  }
  if (one.do === 'order') await orderTask(deps, { run: id, sites: [], order: one.order, by: 'Ada', id: String(given++) }).catch(() => {})
  if (one.do === 'effect')
    await store.commit({
      run: id,
      effects: [anEffect('send-task', { id: `forged.${id}.${n}`, run: id, stream, payload: { site: name, order: one.order } })],
    })
  if (one.do === 'beat') {
    const answers = await store.takeHeartbeats([{ job: `ssc-${id}-${name}`, sequence: n + 1, host: 'wn', pid: 1 }], hand.now)
    handed.push(...answers.flatMap(({ task }) => (task === undefined ? [] : [task])))
  }
  if (one.do === 'wait') hand.now += 60_000
  const engine = createEngine(deps, directQueue())
  engine.start(4)
  await engine.tick(id)
  await engine.close()
  return handed
}

/** The sequence and the moment are ours; all else is the catalogue's, and was declared. */
function isDeclared(text: string, { plan, scenario }: LaunchedRun): boolean {
  if (text === stopText(plan.id)) return true
  const [, job, action = '', number] = /^ssc-task 1 ssc-(\S+) [1-9]\d* [1-9]\d* ([a-z-]+) (-|[1-9]\d?)$/.exec(text) ?? []
  const isOurs = plan.sites.some((site) => job === `${plan.id}-${site.name}`)
  if (!isOurs || ![...scenario.job!.actions, 'idle', 'stop'].includes(action)) return false
  const bounds = catalogue[action as Action]
  return bounds === null ? number === '-' : Number(number) >= bounds.least && Number(number) <= bounds.most
}

test('given any plan, scenario, facts, orders and forged work, then nothing is signed or handed out but the catalogue, as declared, and the stop', () => {
  const hand = { now: inWindow }
  return withStore(async ({ store }) => {
    let n = 0
    let emitted = 0
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        const { deps, signed } = spiedDeps(store, hand)
        const run = runOf(`p-${++n}`, one)
        await keepLaunched(store, run, { launch: false })
        await launchRun(deps, { run: run.plan.id, by: 'Ben', agentsStartMs: hand.now, agentsEndMs: hand.now + 86_400_000 })
        const handed: string[] = []
        for (const [i, next] of one.steps.entries()) handed.push(...(await take(deps, run, { hand, step: next, n: i })))
        expect(signed.filter((text) => !isDeclared(text, run))).toEqual([])
        expect(handed.filter((line) => !signed.includes(line.replace(/ c2lnbmF0dXJl$/, '')))).toEqual([])
        expect(new Set(signed).size).toBe(signed.length)
        emitted += signed.length - 1
      }),
      { numRuns: 30 },
    )
    // It would be worth nothing if nothing had been signed.
    expect(emitted).toBeGreaterThan(10)
  }, handClock(hand))
}, 240_000)
