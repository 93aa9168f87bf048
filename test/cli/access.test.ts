import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AccessAnswer, challengeStream } from '../../core/domain/event.ts'
import { type AlertedRun, alertedRun } from '../app/access-round.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { type Doors, doorProber, openDoors } from '../services/doors.ts'
import { type Calls, openCalls } from './calls.ts'

let calls: Calls
let doors: Doors
let run: AlertedRun

beforeAll(async () => {
  calls = await openCalls()
  doors = await openDoors(2, 5)
  const endpoints = doors.doors.map((door) => door.endpoint)
  run = await alertedRun(await calls.instance(), { endpoints }, doorProber(2_000))
})
afterAll(async () => {
  await run?.close()
  await doors?.close()
  await calls?.close()
})

const access = (...more: string[]) => calls.call('access', run.run, ...more)

type Data = { run: string; sites: { site: string; services: Record<string, unknown>[]; findings: unknown[] }[] }

async function dataOf(): Promise<Data> {
  const { status, out, err } = await access('--json')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  return JSON.parse(out)
}

/** Told to the log as a round does, with whatever words. */
async function tell(site: string, answer: Partial<AccessAnswer>, finding?: string): Promise<void> {
  const { store } = await calls.instance()
  const stream = challengeStream(run.run, site)
  const place = { service: 'told', endpoint: 'https://127.0.0.1:1' }
  const data: AccessAnswer = { ...place, attacker: 'refused', control: 'accepted', words: '', ...answer }
  await store.commit({ run: run.run, facts: [{ stream, type: 'AccessChanged', data }] })
  if (finding === undefined) return
  await store.commit({ run: run.run, facts: [{ stream, type: 'AccessFinding', data: { ...place, what: finding, words: 'drwxrwxrwx' } }] })
}

describe('ssc access', () => {
  test('given no round yet, then it says when there will be one, and the data has each site without a service', async () => {
    expect(await access()).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/^Nobody was asked yet: .*first alert/) })
    const { run: name, sites } = await dataOf()
    expect(name).toBe(run.run)
    expect(sites).toEqual(['SITE-0', 'SITE-1'].map((site) => ({ site, services: [], findings: [] })))
  })

  test('given a ban at one of two sites, then that one is banned, in its own words, with the gap between two rounds', async () => {
    await run.round('1')
    doors.doors[0]!.behaviour.set(sampleIdentities.attacker, 'refuses')
    await run.round('2')
    const { status, out } = await access()
    const rows = out.split('\n')
    expect(status).toBe(0)
    expect(rows[0]).toMatch(/^SITE +SERVICE +MALICIOUS +CONTROL +REVOKED +SO SINCE +LAST ASKED +BANNED$/)
    expect(rows[1]).toMatch(/^SITE-0 +door +refused +accepted +- .* (before|between|within) .*alert/)
    expect(rows[2]).toMatch(/^SITE-1 +door +accepted +accepted +- .* -$/)
    expect(out).toContain(`  SITE-0, door at ${doors.doors[0]!.endpoint}: 403 refuses\n`)
    expect(out).not.toContain(`door at ${doors.doors[1]!.endpoint}`)
    const [banned, open] = (await dataOf()).sites.map((site) => site.services[0]!)
    const moment = { afterMs: expect.any(Number), byMs: expect.any(Number) }
    expect(banned).toMatchObject({ service: 'door', attacker: 'refused', control: 'accepted', since: moment, banned: moment })
    expect(banned!.askedMs).toBeLessThanOrEqual((banned!.banned as { byMs: number }).byMs)
    expect(open).toMatchObject({ attacker: 'accepted', control: 'accepted', words: '200 lets in', askedMs: expect.any(Number) })
    expect(open).not.toHaveProperty('banned')
  })

  test('given a control that is shut out too, then nobody is said to be banned', async () => {
    await tell('SITE-1', { control: 'refused', words: 'closed for everybody' })
    const { out } = await access()
    expect(out).toMatch(/^SITE-1 +told +refused +refused +- .* - +-$/m)
    expect(out).toContain('closed for everybody')
  })

  test('given a revoked identity that is let in and a path that is too open, then both are shown', async () => {
    await tell('SITE-1', { attacker: 'accepted', revoked: 'accepted' }, 'all the world may write /data/open')
    const { out } = await access()
    expect(out).toMatch(/^SITE-1 +told +accepted +accepted +accepted /m)
    expect(out).toMatch(/What should not be there:\n {2}SITE-1, told at \S+: all the world may write \/data\/open\n/)
    expect((await dataOf()).sites[1]).toMatchObject({
      findings: [{ service: 'told', what: 'all the world may write /data/open', words: 'drwxrwxrwx' }],
    })
  })

  test('given words that would draw on the terminal, then they are shown and do nothing', async () => {
    const hostile = 'no\u001b[2Jentry\u001b]0;title\u0007\r\n\u009b31m\u202eterces'
    await tell('SITE-0', { words: hostile }, `open\u001b[31m\u009b`)
    const { status, out } = await access()
    expect(status).toBe(0)
    expect(out).toContain('no?[2Jentry?]0;title????31m?terces')
    expect(out).toContain('open?[31m?')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    const json = await access('--json')
    expect(json.out).not.toContain('\u001b')
    expect((JSON.parse(json.out) as Data).sites[0]!.services.map((one) => one.words)).toContain(hostile)
  })

  test('given a run that is not there, then one message says so, and it draws nothing', async () => {
    for (const name of ['no-such-run', 'no\u001b[31mrun']) {
      const called = await calls.call('access', name)
      expect(called).toMatchObject({ status: 2, out: '' })
      expect(called.err).toMatch(/^ssc: there is no run 'no.*run'.*\n$/)
      expect(called.err).not.toContain('\u001b')
    }
  })
})
