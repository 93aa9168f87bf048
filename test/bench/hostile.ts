import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { batchHeartbeats } from '../../core/app/take-heartbeat.ts'
import { quantile } from '../../core/domain/statistics.ts'
import { BACKLOG } from '../../core/http/connections.ts'
import { createListener } from '../../core/http/listener.ts'
import type { Instance } from '../../core/instance.ts'
import type { Figure } from './figures.ts'
import type { AgentsOrder, AgentsResult } from './hostile-agents.ts'
import type { AttackOrder, AttackResult } from './hostile-attack.ts'

const AGENTS = 200
const PER_SECOND = 100
const IDLE = 10_000
const LANES = 10
/** Until ten thousand connections stand, and the first of them were cut. */
const WARM_UP_MS = 3_000

export type Siege = { rounds: number; seconds: number }

type Measured = { quiet: AgentsResult[]; attacked: AgentsResult[]; growthBytes: number[]; rows: number[]; attacks: AttackResult[] }

/** What honest agents see of the listener in quiet times and under attack, in turns; and what the attack leaves behind. */
export async function measureHostile(instance: Instance, siege: Siege): Promise<Figure[]> {
  const { store, clock, keys } = instance
  const jobs = Array.from({ length: AGENTS + 1 }, (_, i) => `ssc-siege-${i}`)
  await store.commit({ run: 'siege', jobs: jobs.map((job) => ({ job, run: 'siege', stream: `challenge/siege/${job}` })) })
  const app = createListener({
    take: batchHeartbeats(store, clock),
    token: keys.jobToken,
    stopLine: async () => undefined,
    published: async () => undefined,
  })
  await app.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG })
  const { port } = app.server.address() as AddressInfo
  const agents = fork(new URL('./hostile-agents.ts', import.meta.url), { stdio: 'inherit' })
  const signers = jobs.map((job) => ({ job, token: keys.jobToken(job) }))
  const beats = Math.ceil((siege.seconds * PER_SECOND) / AGENTS)
  let firstSequence = 1 - beats
  const live = (count = AGENTS) => {
    firstSequence += beats
    return ask<AgentsResult>(agents, {
      port,
      jobs: signers.slice(0, count),
      firstSequence,
      beats,
      perSecond: PER_SECOND,
    } satisfies AgentsOrder)
  }
  const order: AttackOrder = { port, idle: idleConnections(), lanes: LANES, overheard: { ...signers[AGENTS]!, sequence: 1 } }
  const measured: Measured = { quiet: [], attacked: [], growthBytes: [], rows: [], attacks: [] }
  try {
    // The first time makes the facts that the agents were seen.
    await live(signers.length)
    for (let round = 0; round < siege.rounds; round += 1) await measureRound({ instance, live, order, measured })
  } finally {
    agents.kill()
    await app.close()
  }
  return figuresOf(measured, order.idle)
}

type Round = { instance: Instance; live(): Promise<AgentsResult>; order: AttackOrder; measured: Measured }

async function measureRound({ instance, live, order, measured }: Round): Promise<void> {
  measured.quiet.push(await live())
  const rows = await countRows(instance)
  const quietBytes = process.memoryUsage.rss()
  let most = quietBytes
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100)
  // The idle ones apart, so that they take no time from the busy ones.
  const orders = [
    { ...order, lanes: 0 },
    { ...order, idle: 0 },
  ]
  const attackers = orders.map(() => fork(new URL('./hostile-attack.ts', import.meta.url), { stdio: 'inherit' }))
  try {
    for (const [i, attacker] of attackers.entries()) attacker.send(orders[i]!)
    await pause(WARM_UP_MS)
    measured.attacked.push(await live())
    measured.attacks.push(...(await Promise.all(attackers.map((attacker) => ask<AttackResult>(attacker, 'end')))))
  } finally {
    clearInterval(timer)
    for (const attacker of attackers) attacker.kill()
  }
  measured.growthBytes.push(most - quietBytes)
  measured.rows.push((await countRows(instance)) - rows)
}

async function ask<Answer>(child: ChildProcess, message: AgentsOrder | 'end'): Promise<Answer> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('a process of the bench ended')))
  child.send(message)
  const [answer] = await once(child, 'message', { signal: ended.signal })
  return answer
}

/** Of all tables; a heartbeat of a known job changes its row in place. */
async function countRows({ db }: Instance): Promise<number> {
  const tables = await db.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'ssc'")
  const counts = await Promise.all(tables.map(({ name }) => db.query<{ count: string }>(`select count(*) as count from ssc."${name}"`)))
  return counts.reduce((sum, [row]) => sum + Number(row?.count), 0)
}

/** Fewer when this machine allows fewer open files; see proc_pid_limits(5). */
function idleConnections(): number {
  const [, limit] = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return Math.min(IDLE, Number(limit) - 1_000)
}

function figuresOf({ quiet, attacked, growthBytes, rows, attacks }: Measured, idle: number): Figure[] {
  const at = (result: AgentsResult, q: number) =>
    quantile(
      result.latenciesMs.toSorted((a, b) => a - b),
      q,
    )!
  const failed = attacked.map(({ failures }) => Object.values(failures).reduce((sum, n) => sum + n, 0))
  const kinds = attacked.flatMap(({ failures }) => Object.entries(failures).map(([what, n]) => `${n} × ${what}`))
  const [idlers, busy] = attacks.slice(-2)
  return [
    {
      name: 'under attack: p99 of the honest agents',
      unit: 'ms',
      values: attacked.map((one) => at(one, 0.99)),
      goal: { most: 1_000 },
      digits: 0,
      remark: `${idle.toLocaleString('en')} idle connections and ${LANES} lanes for each other kind`,
    },
    {
      name: 'under attack: honest heartbeats that failed',
      unit: '',
      values: failed,
      goal: { most: 0 },
      digits: 0,
      remark: kinds.join(', '),
    },
    { name: 'under attack: growth of memory', unit: 'MB', values: growthBytes.map((n) => n / 2 ** 20), goal: { most: 200 }, digits: 0 },
    { name: 'under attack: rows made', unit: '', values: rows, goal: { most: 0 }, digits: 0 },
    {
      name: 'under attack ÷ quiet: median of the honest agents',
      unit: '',
      values: attacked.map((one, i) => at(one, 0.5) / at(quiet[i]!, 0.5)),
      digits: 1,
      remark: `the last attack: ${idlers?.connections} and ${busy?.connections} connections, answered ${JSON.stringify(busy?.answers)}`,
    },
  ]
}
