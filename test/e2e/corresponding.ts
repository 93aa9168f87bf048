import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { stringify } from 'yaml'
import type { ReplyKind } from '../../core/domain/event.ts'
import type { MailKind, Role } from '../../core/domain/mail.ts'
import { freePorts, waitUntil } from '../services/process.ts'
import { addScenario, makePlace, type Place, writeRun } from './place.ts'

const HOUR_MS = 3_600_000

export type Contact = { name: string; address: string }

/** `settings` go into config.yaml, `run` into run.yaml; `times` are those of the sample scenario's mails. */
export type Wanted = {
  sites: readonly Contact[]
  settings: Record<string, unknown>
  run?: Record<string, unknown>
  times?: Record<string, string>
}

/** An instance with sites of the test's own, whose contacts are mailboxes of the test's own; no agent is told to do anything. */
export async function correspondingPlace({ sites, settings, run = {}, times = {} }: Wanted): Promise<Place> {
  const place = await makePlace()
  const [listener = 0, operator = 0, inbox = 0, door = 0] = await freePorts(4)
  const own = Object.entries({ listener, operator, inbox, sites: door }).map(([name, port]) => [name, { host: '127.0.0.1', port }])
  const pace = { perMinute: 60_000, burst: 1_000 }
  writeFileSync(join(place.home, 'config.yaml'), stringify({ ...Object.fromEntries(own), pace, ...settings }))
  addScenario(place, 'quick', (text) =>
    Object.entries({ heartbeatEvery: '5s', ...times }).reduce(
      (changed, [name, value]) => changed.replace(new RegExp(`\\b${name}: .*`), `${name}: ${value}`),
      text.replace(/ {2}tasks:\n( {4}- .*\n)+/, ''),
    ),
  )
  writeFileSync(join(place.home, 'sites.csv'), csvOf(sites))
  const window = { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + HOUR_MS).toISOString() }
  const few = { scenario: 'quick', sites: sites.length, countries: 1, window, alertAnyTime: true }
  const more = { vo: { name: 'drill', from: 'csv' }, maxPerCountry: 2_000, limits: { sites: sites.length, mails: 10 * sites.length } }
  writeRun(place, { ...few, ...more, ...run })
  return place
}

function csvOf(sites: readonly Contact[]): string {
  const columns = ['name', 'country', 'ngi', 'time_zone', 'security_contact', 'vo', 'service_type', 'host_name']
  const rows = sites.map(({ name, address }) => [name, 'CH', 'NGI_CH', 'Europe/Zurich', address, 'drill', 'CREAM-CE', '127.0.0.1'])
  return [columns, ...rows].map((cells) => `${cells.join(',')}\n`).join('')
}

/** A verb through the socket of `serve`, which must do it; gives what it said. */
export async function ok(place: Place, ...argv: string[]): Promise<string> {
  const { code, out, err } = await place.call(argv, place.home)
  expect({ argv, code, err: code === 0 ? '' : err }).toEqual({ argv, code: 0, err: '' })
  return out
}

export async function asked<T>(place: Place, ...argv: string[]): Promise<T> {
  return JSON.parse(await ok(place, ...argv, '--json')) as T
}

/** The run of the place, planned and approved. */
export async function plannedRun(place: Place): Promise<string> {
  await ok(place, 'sites', 'import', 'sites.csv')
  const { run } = await asked<{ run: string }>(place, 'plan', 'run.yaml')
  await ok(place, 'approve', run, '--by', 'Bob')
  return run
}

export type Row = {
  who: string
  mail: MailKind
  letter: string
  state: string
  address: string
  words: string
  answers: Record<ReplyKind, number>
}

export async function lettersOf(place: Place, run: string): Promise<Row[]> {
  return (await asked<{ letters: Row[] }>(place, 'mail', 'list', run)).letters
}

export type Entry = {
  ours: boolean
  mail: MailKind
  role: Role
  hash: string
  text: string
  subject?: string
  kind?: ReplyKind
  depth?: string
  because?: string
  judgedBy?: string
  state?: string
}

/** The conversation with a site itself, in the order of time. */
export async function threadOf(place: Place, run: string, site: string): Promise<Entry[]> {
  const { threads } = await asked<{ threads: { role: Role; entries: Entry[] }[] }>(place, 'mail', 'thread', run, '--site', site)
  return threads.filter(({ role }) => role === 'site').flatMap(({ entries }) => entries)
}

export type OnShelf = {
  shelf: string
  contentHash: string
  from?: string
  subject?: string
  because: string
  proposals: { site: string }[]
}

export async function shelved(place: Place): Promise<OnShelf[]> {
  return (await asked<{ mails: OnShelf[] }>(place, 'mail', 'shelf')).mails
}

/** Asks again, now and then, until what it gives is as wanted. */
export async function until<T>(ask: () => Promise<T>, holds: (got: T) => boolean, what: string): Promise<T> {
  let got: T | undefined
  await waitUntil(
    async () => {
      got = await ask()
      return holds(got)
    },
    () => `${what}; last seen: ${JSON.stringify(got)?.slice(0, 3_000)}`,
    { everyMs: 200, ms: 90_000 },
  )
  return got as T
}
