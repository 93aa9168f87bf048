import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { challengeStream } from '../../core/domain/event.ts'
import { keepLaunched } from '../app/gating.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { type Calls, openCalls } from './calls.ts'

let calls: Calls

beforeAll(async () => {
  calls = await openCalls()
})
afterAll(() => calls.close())

function file(name: string, ...records: string[]): string {
  const path = join(calls.cwd, name)
  writeFileSync(path, `<?xml version="1.0" encoding="UTF-8"?>\n<results>${records.join('\n')}</results>\n`)
  return path
}

const site = (name: string) =>
  `<SITE NAME="${name}"><SHORT_NAME>${name}</SHORT_NAME><COUNTRY_CODE>FR</COUNTRY_CODE><ROC>NGI_FRANCE</ROC><TIMEZONE>Europe/Paris</TIMEZONE>
<PRODUCTION_INFRASTRUCTURE>Production</PRODUCTION_INFRASTRUCTURE><CERTIFICATION_STATUS>Certified</CERTIFICATION_STATUS></SITE>`
const downtime = (startMs: number) =>
  `<DOWNTIME ID="5" PRIMARY_KEY="5G0"><SEVERITY>OUTAGE</SEVERITY><INSERT_DATE>${startMs / 1000}</INSERT_DATE><START_DATE>${startMs / 1000}</START_DATE>
<END_DATE>${startMs / 1000 + 60}</END_DATE><SERVICES><SERVICE><HOSTNAME>ce.example</HOSTNAME><SERVICE_TYPE>ce</SERVICE_TYPE><HOSTED_BY>DE-ONE</HOSTED_BY></SERVICE></SERVICES></DOWNTIME>`
const change = (ms: number) =>
  `<result ID="1"><UNIX_TIME>${ms / 1000}</UNIX_TIME><SITE>FR-TWO</SITE><OLD_STATUS>Suspended</OLD_STATUS><NEW_STATUS>Uncertified</NEW_STATUS>
<CHANGED_BY>Ada Secret</CHANGED_BY><COMMENT>a secret</COMMENT></result>`

describe('given a run that is under way', () => {
  test("when GOCDB's downtimes and changes of certification are imported, then its sites' logs tell of them once", async () => {
    const base = launchedRun()
    const { store } = await calls.instance()
    await keepLaunched(store, { ...base, plan: { ...base.plan, run: { ...base.plan.run, rehearsal: false } } })
    const soonMs = Math.ceil(Date.now() / 1000) * 1000 + 60_000
    const sites = file('get_site.xml', site('DE-ONE'), site('FR-TWO'))
    const more = ['--downtimes', file('d.xml', downtime(soonMs)), '--certifications', file('c.xml', change(soonMs))]
    const called = await calls.call('sites', 'import', sites, ...more)
    expect(called).toMatchObject({ status: 0, err: '' })
    expect(called.out).toMatch(
      /^Known now: 2 sites.*\n2 of the downtimes and changes of certification are news for runs that are under way\.\n$/,
    )
    expect(JSON.parse((await calls.call('sites', 'import', sites, ...more, '--json')).out)).toMatchObject({ downtimes: 1, told: 0 })
    const facts = async (name: string) => (await store.readStream(challengeStream('r-1', name))).map(({ type, data }) => ({ type, data }))
    const times = { declaredMs: soonMs, startMs: soonMs, endMs: soonMs + 60_000 }
    expect(await facts('DE-ONE')).toEqual([{ type: 'DowntimeSeen', data: { id: '5G0', severity: 'OUTAGE', ...times } }])
    expect(await facts('FR-TWO')).toEqual([
      { type: 'CertificationSeen', data: { before: 'Suspended', now: 'Uncertified', changedMs: soonMs } },
    ])
  })

  test('when a changed file is wrong, then nothing is imported and nothing told', async () => {
    const { store } = await calls.instance()
    const before = (await store.readRun('r-1')).length
    const wrong = change(Date.now()).replace('Uncertified', '')
    const called = await calls.call('sites', 'import', file('s.xml', site('FR-TWO')), '--certifications', file('w.xml', wrong))
    expect(called).toMatchObject({ status: 2, out: '' })
    expect((await store.readRun('r-1')).length).toBe(before)
    const csv = join(calls.cwd, 'sites.csv')
    writeFileSync(csv, 'name\nFR-TWO\n')
    expect((await calls.call('sites', 'import', csv, '--certifications', 'c.xml')).err).toMatch(/--certifications goes with get_site\.xml/)
  })
})

test('given no address of GOCDB anywhere, when it is to be fetched, then the message says where to give it', async () => {
  expect((await calls.call('sites', 'fetch')).err).toMatch(/--url, or as gocdb\.url in config\.yaml/)
})

test('given an address of GOCDB in config.yaml, when it is to be fetched, then it is asked there, unless an option names another', async () => {
  const { config } = await calls.instance()
  config.gocdb = { url: 'https://127.0.0.1:1/gocdbpi', tokenFile: join(calls.cwd, 'absent.token') }
  expect((await calls.call('sites', 'fetch')).err).toMatch(/absent\.token/)
  config.gocdb = { url: 'https://127.0.0.1:1/gocdbpi' }
  expect((await calls.call('sites', 'fetch')).err).toMatch(/get_site page 1: .*127\.0\.0\.1:1\b/)
  expect((await calls.call('sites', 'fetch', '--url', 'http://goc.example/')).err).toMatch(/goc\.example/)
  expect((await calls.call('sites', 'fetch', '--cert', 'c.pem')).err).toMatch(/--cert and --key go together/)
})
