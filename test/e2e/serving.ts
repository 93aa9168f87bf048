import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Status } from '../../core/status.ts'
import { freePorts, type Started, waitUntil } from '../services/process.ts'
import { addScenario, configure, makePlace, type Place, writeRun } from './place.ts'

const HOUR_MS = 3_600_000

/** Times of the sample scenario that a test can wait for, by the machine's own clock. */
export type Times = Partial<Record<'watch' | 'heartbeatEvery' | 'remindAfter' | 'reportAfter', string>>

/** An instance with ports of its own and a run whose window is open, ready for `serve`. */
export async function servingPlace(smtp: number, { sites, times }: { sites: number; times: Times }): Promise<Place> {
  const place = await makePlace()
  const [listener = 0, operator = 0, inbox = 0] = await freePorts(3)
  configure(place, { listener, operator, inbox, smtp })
  addScenario(place, 'quick', (text) =>
    Object.entries(times).reduce(
      (changed, [name, value]) => changed.replace(new RegExp(`\\b${name}: .*`), `${name}: ${value}`),
      // With no tasks and no letters of later days, all of the work is what a test waits for.
      text.replace(/ {2}tasks:\n( {4}- .*\n)+/, '').replace(/ {2}(escalateAfter|closeAfter|notifyAfter): .*\n/g, ''),
    ),
  )
  const window = { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + HOUR_MS).toISOString() }
  writeRun(place, { scenario: 'quick', sites, countries: 3, window, alertAnyTime: true })
  return place
}

/** Starts `serve`, and waits until it is ready. */
export async function startServe(place: Place, ...more: string[]): Promise<Started> {
  const serve = place.start(['serve', ...more])
  await waitUntil(() => serve.isOver() || / ready /.test(serve.out()), 'serve to be ready')
  if (serve.isOver()) throw new Error(`serve ended: ${serve.out()}${serve.err()}`)
  return serve
}

/** Plans and approves the run of the place through the socket; another seed makes another run. */
export async function approvedRun(place: Place, seed = 7): Promise<string> {
  const file = join(place.home, 'run.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^seed: .*$/m, `seed: ${seed}`))
  const planned = await place.call(['plan', file, '--json'])
  expect(planned).toMatchObject({ code: 0 })
  const { run } = JSON.parse(planned.out) as { run: string }
  expect(await place.call(['approve', run])).toMatchObject({ code: 0 })
  return run
}

/** What a full stop leaves open: looks at how the jobs end, more and more rarely, and the end of the run. */
export const OPEN_AFTER_STOP = 8

export async function statusOf(place: Place, run: string): Promise<Status> {
  const { code, out, err } = await place.call(['status', run, '--json'])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as Status
}
