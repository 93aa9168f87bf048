import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type Calls, openCalls } from './calls.ts'

const WHO = '/DC=example/DC=grid/CN=Mallory'
const HOSTILE = 'no\u001b[2Jentry\u009b\r\n'

let calls: Calls

beforeAll(async () => {
  calls = await openCalls()
  writePlugin()
  const columns = 'name,country,country_name,ngi,time_zone,security_contact,scopes,service_type,endpoint_url'
  const row = (name: string, type: string, url: string) => `${name},FR,France,NGI_FRANCE,Europe/Paris,sec@a.example,cms,${type},${url}`
  const file = join(calls.cwd, 'sites.csv')
  const rows = [
    row('FR-HERE', 'example.door', 'https://127.0.0.1:1/door'),
    row('FR-FAR', 'example.door', 'https://ce.far.example/door'),
    row('FR-OTHER', 'example.window', 'https://127.0.0.1:1/window'),
  ]
  writeFileSync(file, [columns, ...rows].join('\n'))
  expect(await calls.call('sites', 'import', file)).toMatchObject({ status: 0 })
})
afterAll(() => calls.close())
afterEach(() => {
  for (const name of ['asked', 'answer', 'identities.yaml']) rmSync(join(calls.home, name), { force: true })
})

/** A plug-in of the user's own: it notes whom it was asked about, and answers what stands in a file. */
function writePlugin(): void {
  const folder = join(calls.home, 'submitters', 'door')
  mkdirSync(folder, { recursive: true })
  const source = `
    import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    const answer = () => (existsSync(${JSON.stringify(join(calls.home, 'answer'))}) ? JSON.parse(readFileSync(${JSON.stringify(join(calls.home, 'answer'))}, 'utf8')) : {})
    export const prober = {
      name: 'door', summary: 'asks\\u001b[31m a door', serviceTypes: ['example.door'],
      options: { safeParse: (data) => ({ success: true, data }) },
      reaches: ({ service }) => (service === undefined ? [] : [service]),
      check: async () => answer().problems ?? [],
      probe: async ({ site, endpoint, identity }) => {
        appendFileSync(${JSON.stringify(join(calls.home, 'asked'))}, site + ' ' + endpoint + ' ' + identity + '\\n')
        if (answer().fault) throw new Error(answer().fault)
        return answer().result ?? { access: 'accepted', words: 'come in' }
      },
    }`
  writeFileSync(join(folder, 'index.mjs'), source)
}

function setUp(answer: object, identities: object[] = [{ subject: WHO, kind: 'attacker', holder: 'the tests' }]): void {
  writeFileSync(join(calls.home, 'answer'), JSON.stringify(answer))
  writeFileSync(join(calls.home, 'identities.yaml'), stringify(identities))
}

function asked(): string {
  const file = join(calls.home, 'asked')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const check = (...more: string[]) => calls.call('submitters', 'check', 'door', ...more)

describe('ssc submitters', () => {
  test('given the plug-ins, then each is listed with what it can do, also as data, and none draws on the terminal', async () => {
    const { status, out } = await calls.call('submitters')
    expect(status).toBe(0)
    expect(out).toMatch(/^NAME +CAN +SET UP +WHAT IT IS\n/)
    expect(out).toMatch(/^local +submit find cancel output clean probe +- +\S/m)
    expect(out).toMatch(/^door +probe +- +asks\?\[31m a door$/m)
    expect(out).not.toContain('\u001b')
    const rows = JSON.parse((await calls.call('submitters', '--json')).out) as { name: string }[]
    expect(rows.map((row) => row.name)).toEqual(rows.map((row) => row.name).sort())
    expect(rows.find((row) => row.name === 'local')).toMatchObject({ local: true, throughVo: false, configured: false })
    const door = { name: 'door', can: ['probe'], serviceTypes: ['example.door'], local: false, throughVo: false, configured: false }
    expect(rows.find((row) => row.name === 'door')).toMatchObject(door)
  })
})

describe('ssc submitters check', () => {
  test('given a place where all is well, then it says so, and asks no site that was not named', async () => {
    setUp({})
    expect(await check()).toEqual({ status: 0, err: '', out: 'good  set-up: what it needs is there\n' })
    expect(asked()).toBe('')
  })

  test('given a fault of the set-up, then it stands there in words and the status is 1', async () => {
    setUp({ problems: ['there is no\u001b[31m command'] })
    expect(await check()).toMatchObject({ status: 1, out: 'NOT GOOD  set-up: there is no?[31m command\n' })
  })

  test('given a site, then it is asked as each identity, and the answer is told', async () => {
    setUp({})
    const what = `${WHO} at https://127.0.0.1:1/door`
    expect(await check('--site', 'FR-HERE')).toMatchObject({
      status: 0,
      out: expect.stringContaining(`good  ${what}: accepted: come in\n`),
    })
    expect(asked()).toBe(`FR-HERE https://127.0.0.1:1/door ${WHO}\n`)
  })

  test('given --json, then the answers are data', async () => {
    setUp({})
    const { out } = await check('--site', 'FR-HERE', '--json')
    const what = `${WHO} at https://127.0.0.1:1/door`
    const setUpAnswer = { what: 'set-up', good: true, words: 'what it needs is there' }
    expect(JSON.parse(out)).toEqual({ name: 'door', answers: [setUpAnswer, { what, good: true, words: 'accepted: come in' }] })
  })

  test('given a refusal or a fault in hostile words, then they do nothing to the terminal, and a fault is no refusal', async () => {
    setUp({ result: { access: 'refused', words: HOSTILE } })
    const refused = await check('--site', 'FR-HERE')
    expect(refused).toMatchObject({ status: 1, out: expect.stringMatching(/^NOT GOOD {2}.*: refused: no\?\[2Jentry\?\?\?$/m) })
    setUp({ fault: HOSTILE })
    const broken = await check('--site', 'FR-HERE')
    expect(broken).toMatchObject({ status: 1, out: expect.stringMatching(/^NOT GOOD {2}.*: unknown: no\?\[2Jentry\?\?\?$/m) })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(refused.out + broken.out).not.toMatch(/[\u001b\r\u009b]/)
  })

  test('given an endpoint that is not on this machine, then it is refused in words and never asked', async () => {
    setUp({})
    const { status, out } = await check('--site', 'FR-FAR')
    expect(status).toBe(1)
    expect(out).toContain('not asked: it would reach ce.far.example; ask it with: ssc submitters check door --site FR-FAR --outside')
    expect(asked()).toBe('')
  })

  test('given --outside, then the officer has said that the site agreed, and it is asked', async () => {
    setUp({})
    const what = `${WHO} at https://ce.far.example/door`
    expect(await check('--site', 'FR-FAR', '--outside')).toMatchObject({
      status: 0,
      out: expect.stringContaining(`good  ${what}: accepted: come in\n`),
    })
    expect(asked()).toBe(`FR-FAR https://ce.far.example/door ${WHO}\n`)
  })

  test('given a plug-in that reaches a service of the VO, then doctor and check ask it only with --outside', async () => {
    const { submitters } = (await calls.instance()).config
    setUp({ problems: ['the service is away'] })
    submitters.door = { path: [], environment: {}, options: { service: 'https://vo.far.example' } }
    try {
      const words = 'not asked: it would reach vo.far.example; ask it with: ssc submitters check door --outside'
      expect(await check()).toMatchObject({ status: 1, out: `NOT GOOD  set-up: ${words}\n` })
      expect(await check('--outside')).toMatchObject({ status: 1, out: 'NOT GOOD  set-up: the service is away\n' })
      const { out } = await calls.call('doctor')
      expect(out).toMatch(/^ok +submitters$/m)
      expect(out).toContain(`unknown  submitters: door: ${words}\n`)
      const findings = JSON.parse((await calls.call('doctor', '--json')).out) as { what: string }[]
      expect(findings.find((one) => one.what === 'submitters')).toMatchObject({ problem: null, notAsked: [`door: ${words}`] })
    } finally {
      delete submitters.door
    }
  })

  test('given a credential that has lapsed, or nobody in the register, then it says so and asks nobody', async () => {
    const tokenFile = join(calls.home, 'token')
    writeFileSync(tokenFile, 'e30.eyJleHAiOjF9.x', { mode: 0o600 })
    setUp({}, [{ subject: WHO, kind: 'attacker', holder: 'the tests', tokenFile }])
    expect(await check('--site', 'FR-HERE')).toMatchObject({ status: 1, out: expect.stringMatching(/NOT GOOD .*lapsed at 1970/) })
    const nobody = await check('--site', 'FR-HERE', '--as', '/CN=Nobody')
    expect(nobody).toMatchObject({ status: 1, out: expect.stringContaining('is not in the register') })
    setUp({}, [])
    expect(await check('--site', 'FR-HERE')).toMatchObject({ status: 1, out: expect.stringContaining('write identities.yaml') })
    expect(asked()).toBe('')
  })

  test('given a site without such a service, then it names the kinds that it looked for', async () => {
    setUp({})
    const { status, out } = await check('--site', 'FR-OTHER')
    expect(status).toBe(1)
    expect(out).toContain('NOT GOOD  FR-OTHER: has no service that door can use (example.door)\n')
  })

  test('given an unknown submitter or site, then one clear message and the status 2', async () => {
    setUp({})
    const words = [
      [await calls.call('submitters', 'check', 'dor\u001b[31m'), /^ssc: there is no submitter 'dor\?\[31m'; there are: .*\bdoor\b.*\n$/],
      [await check('--site', 'XX\u001b[31m'), /^ssc: the site XX\?\[31m is not known: see `ssc sites list`, or import it\n$/],
    ] as const
    for (const [called, message] of words) {
      expect(called).toMatchObject({ status: 2, out: '' })
      expect(called.err).toMatch(message)
    }
    expect(asked()).toBe('')
  })
})
