import { expect, vi } from 'vitest'
import type { AgentSettings } from '../../core/agent/render.ts'
import type { Order } from '../../core/domain/task.ts'
import { inTurn, listen } from './listening.ts'
import { type Surroundings, settings, startAgent } from './rig.ts'
import { taskLine } from './signing.ts'

/** An agent that is told these orders, one after the other, and beats no more by itself. */
export async function order(orders: readonly Order[], change: Partial<AgentSettings> = {}, around: Surroundings = {}) {
  const { token } = settings()
  const { beats, url } = await listen(token, inTurn(orders.map((one, i) => taskLine(i + 1, one))))
  const agent = startAgent({ token, listenerUrls: [url], heartbeatSeconds: 600, childCount: 0, ...change }, around)
  const results = () => beats.flatMap((beat) => beat.result ?? [])
  await vi.waitFor(() => expect(results()).toHaveLength(orders.length), { timeout: 20_000, interval: 10 })
  return { agent, beats, results: results() }
}
