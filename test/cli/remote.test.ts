import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approveRun } from '../../core/app/approve-run.ts'
import { readPlannedRun } from '../../core/app/view.ts'
import { askElsewhere } from '../../core/cli/remote.ts'
import { launch } from '../../core/launching.ts'
import { sampleRun } from '../domain/sample-run.ts'
import { openRig, type Person, type Rig } from '../http/operator/rig.ts'
import { HAS_OPENSSL, openGridCa } from '../io/grid-ca.ts'
import { putRun } from '../io/put-run.ts'
import { freePorts, project, ssc } from '../services/process.ts'
import { plannedRun } from './control-run.ts'

const gocdb = (name: string) => join(project, 'core/rehearsal/gocdb', name)

describe('the verbs through the API', () => {
  let rig: Rig
  let csirt: Person
  let folder: string
  /** A run that ended, and one that is under way. */
  let over: string
  let site: string
  let open: string

  beforeAll(async () => {
    rig = await openRig()
    folder = mkdtempSync(join(tmpdir(), 'ssc-far-'))
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const events = sampleRun({ seed: 3, sites: 5 })
    over = await putRun(rig.instance, events)
    site = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))[0]!.name
    open = await plannedRun({ instance: async () => rig.instance }, { seed: 4 })
    await approveRun(rig.instance, open, 'Ben')
    await launch(rig.instance, { run: open, by: 'Ben' })
  })
  afterAll(async () => {
    await rig?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const knows = (env: NodeJS.ProcessEnv) => ({ SSC_URL: rig.origin, SSC_TOKEN: csirt.token, ...env })

  /** In an empty folder, which knows the address and a token, and nothing else. */
  async function call(argv: string[], env: NodeJS.ProcessEnv = {}) {
    const told = { out: '', err: '' }
    const hear = (name: 'out' | 'err') => (text: string) => {
      told[name] += text
    }
    const shell = { cwd: folder, out: hear('out'), err: hear('err'), signal: new AbortController().signal }
    return { code: await askElsewhere(argv, knows(env), shell), ...told }
  }

  /** The same by a process of its own. */
  function callAlone(argv: string[], env: NodeJS.ProcessEnv = {}) {
    const { PATH, HOME } = process.env
    return ssc(argv, { cwd: folder, env: { PATH, HOME, ...knows(env) } })
  }

  async function lastFact(run: string, type: string) {
    return (await rig.instance.store.readRun(run)).filter((event) => event.type === type).at(-1)
  }

  it('given a token, when runs are read, then they are shown as on the machine itself, and nothing is kept here', async () => {
    const [all, one, lights] = await Promise.all([['status'], ['status', over], ['score', over]].map((argv) => callAlone(argv)))
    expect([all!.err, one!.err, lights!.err]).toEqual(['', '', ''])
    expect(all!.out).toMatch(new RegExp(`^RUN +PHASE[\\s\\S]*${over} +ended`))
    expect(one!.out).toMatch(new RegExp(`^${over}: ended[\\s\\S]*Mails: +\\d+ accepted`))
    expect(lights!.out).toMatch(new RegExp(`^SITE +COUNTRY +OVERALL[\\s\\S]*${site} `))
    expect(readdirSync(folder)).toEqual([])
  })

  it('given one site, when its score is asked for, then each point is explained; --json is data', async () => {
    const [explained, data, thread, letters, access] = await Promise.all([
      call(['score', over, '--site', site, '--explain']),
      call(['score', over, '--site', site, '--json']),
      call(['mail', 'thread', over, '--site', site]),
      call(['mail', 'list', over, '--site', site]),
      call(['access', over]),
    ])
    expect(explained.out).toMatch(new RegExp(`^${site} {2}\\(`))
    expect(JSON.parse(data.out)).toMatchObject({ site, scores: expect.any(Array) })
    expect(thread).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/We wrote/) })
    expect(letters).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^WHO +LETTER[\s\S]*alert[\s\S]*letters?: /) })
    expect(access).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/asked|SITE/) })
  })

  it('given a report, when it is written into a file, then it is the very one that the API gives', async () => {
    const written = await call(['report', over, '--format', 'json', '--out', 'report.json'])
    expect(written).toMatchObject({ code: 0, err: '' })
    const there = await csirt.get(`/api/v1/runs/${over}/document?audience=csirt&format=json`, 'token')
    expect(readFileSync(join(folder, 'report.json'), 'utf8')).toBe(await there.text())
    rmSync(join(folder, 'report.json'))
  })

  it('given an officer elsewhere, when they note and override, then it stands in the log under the name of the token', async () => {
    const noted = await call(['note', over, '--site', site, '--text', 'they phoned', '--fulfils', 'heads-up'])
    expect(noted).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`Noted for ${site}`) })
    expect(await lastFact(over, 'OfficerNoted')).toMatchObject({ data: { by: 'Ada Officer', text: 'they phoned', fulfils: 'heads-up' } })
    const { scores } = JSON.parse((await call(['score', over, '--site', site, '--json'])).out) as { scores: { expectation: string }[] }
    const { expectation } = scores[0]!
    const told = await call([
      'override',
      over,
      '--site',
      site,
      '--expectation',
      expectation,
      '--light',
      'amber',
      '--points',
      '5',
      '--reason',
      'late by a minute',
    ])
    expect(told).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`${expectation} of ${site}: amber now`) })
    const unknown = await call(['override', over, '--site', site, '--expectation', 'nothing', '--light', 'red', '--reason', 'x'])
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining(`There are: ${expectation}`) })
  })

  it('given a run that is under way, when it is held, let go on, and stopped, then it is so there', async () => {
    expect(await call(['pause', open, '--reason', 'a look first'])).toMatchObject({ code: 0, err: '' })
    expect((await call(['status', open])).out).toMatch(/Paused: .*by Ada Officer \(officer\): a look first/)
    expect(await call(['resume', open, '--json'])).toMatchObject({ code: 0, out: '{\n  "held": 0\n}\n' })
    expect(await call(['resume', open])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('not paused') })
    expect(await call(['consent', open])).toMatchObject({ code: 0, out: expect.stringMatching(/^SITE +NGI +CONSENT\n/) })
    const [name] = JSON.parse((await call(['consent', open, '--json'])).out) as { site: string }[]
    const withdrawn = await call(['consent', open, '--site', name!.site, '--by', 'Jane Doe', '--withdraw', '--reason', 'an outage'])
    expect(withdrawn).toMatchObject({ code: 0, err: '', out: `${name!.site} takes part no longer: 1 site (${name!.site}).\n` })
    const stopped = await call(['stop', open, '--reason', 'a test'])
    expect(stopped).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`Stopped: ${open}: a test.`) })
    expect((await readPlannedRun(rig.instance.store, open)).stopped).toMatchObject({ by: 'Ada Officer', reason: 'a test' })
    expect(readdirSync(folder)).toEqual([])
  })

  it("given GOCDB's files, when they are imported from here, then the sites are known there, and a run can be planned of them", async () => {
    const files = ['--services', gocdb('get_service_endpoint.xml'), '--ngis', gocdb('get_ngi.xml')]
    const done = await call(['sites', 'import', gocdb('get_site.xml'), ...files, '--json'])
    expect(done).toMatchObject({ code: 0, err: '' })
    const { sites } = JSON.parse(done.out) as { sites: number }
    expect(sites).toBeGreaterThan(40)
    expect(JSON.parse((await call(['sites', 'list', '--json'])).out)).toHaveLength(sites)
    const planned = await call(['plan', join(project, 'scenarios/communication-challenge/run.sample.yaml')])
    expect(planned).toMatchObject({ code: 0, err: '' })
    expect(planned.out).toMatch(/^Plan \S+: 40 sites\n[\s\S]*Hash: \w+\nNothing was sent\. Another person approves it at http\S+\/plan\n$/)
    writeFileSync(join(folder, 'bad.xml'), '<results><SITE NAME="x">')
    const bad = await call(['sites', 'import', 'bad.xml'])
    expect(bad).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^ssc: .*bad|^ssc: [\s\S]*get_site\.xml/) })
    rmSync(join(folder, 'bad.xml'))
  })

  it.each(['approve', 'launch'])('given %s, which takes a person, when it is called, then it says where to go', async (verb) => {
    expect(await call([verb, over])).toEqual({
      code: 1,
      out: '',
      err: `ssc: to ${verb} takes a person who is signed in, and no token can do it: open ${rig.origin}/runs/${over}/plan\n`,
    })
  })

  it.each([['serve'], ['held', 'x', '--do', 'all'], ['backup', '--out', 'x'], ['mail', 'send', 'x', '--kind', 'alert'], ['stop', '--all']])(
    'given %s, which works on the machine itself alone, when it is called, then it says so in one line',
    async (...argv) => {
      const { code, out, err } = await call(argv)
      expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 2 })
      expect(err).toMatch(/does not work through the API: .*say it on the machine of the instance, where SSC_URL is not set/)
    },
  )

  it('given an option that is not known here, when it is used, then it is refused, and what to do is said', async () => {
    const told = await call(['note', over, '--site', site, '--text', 'x', '--by', 'Somebody Else'])
    expect(told).toMatchObject({ code: 2, err: expect.stringMatching(/unknown option '--by'[\s\S]*ssc VERB --help shows/) })
  })

  it('given a mistake, or what is none of theirs, when a verb is called, then the words of the other side come, with the exit status', async () => {
    const wrong = await call(['note', over, '--site', site, '--text', 'x', '--fulfils', 'nonsense', '--at', 'yesterday'])
    expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/ {2}- fulfils: [\s\S]* {2}- happened: /) })
    expect(await call(['score', 'no-such-run'])).toMatchObject({ code: 2, err: "ssc: There is no run 'no-such-run' for you here.\n" })
    expect(await call(['score', '..'])).toMatchObject({ code: 2, err: "ssc: '..' cannot be the name of a run\n" })
    const reader = await rig.person('A Reader', [{ role: 'reader', of: 'public' }])
    const refused = await call(['sites', 'list'], { SSC_TOKEN: reader.token })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('This is not for your role') })
  })

  it('given an officer of one NGI, when the lights are asked for, then its own sites come', async () => {
    const { sites } = (await readPlannedRun(rig.instance.store, over)).plan
    const { ngi } = sites[0]!
    const north = await rig.person('Ben North', [{ role: 'ngi', of: ngi }])
    const lights = await call(['score', over, '--json'], { SSC_TOKEN: north.token })
    const names = (JSON.parse(lights.out) as { site: string }[]).map((one) => one.site)
    expect(names.sort()).toEqual(
      sites
        .filter((one) => one.ngi === ngi)
        .map(({ name }) => name)
        .sort(),
    )
    expect(names.length).toBeLessThan(sites.length)
  })

  it('given a token in a file, when the file is for its owner alone, then it is taken; else it is refused', async () => {
    const file = join(folder, 'token')
    writeFileSync(file, `${csirt.token}\n`, { mode: 0o600 })
    const env = { SSC_TOKEN: '', SSC_TOKEN_FILE: 'token' }
    expect(await call(['status'], env)).toMatchObject({ code: 0, err: '' })
    chmodSync(file, 0o644)
    expect(await call(['status'], env)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('chmod 600') })
    rmSync(file)
    expect(await call(['status'], env)).toMatchObject({ code: 2, err: expect.stringContaining('is missing') })
  })

  it.each([
    [{ SSC_URL: 'http://officers.ssc.example' }, 'the token goes over https alone'],
    [{ SSC_URL: 'https://officers.ssc.example/somewhere' }, 'give scheme, host and port alone'],
    [{ SSC_URL: 'officers' }, "'officers' is no address"],
    [{ SSC_TOKEN: '' }, 'make a token in Settings'],
  ])('given the settings %j, when a verb is called, then nothing is sent, and what is wrong is said', async (env, words) => {
    expect(await call(['status'], env)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(words) })
  })

  it('given a token that was made up, when a verb is called, then it says where to make one', async () => {
    const refused = await call(['status'], { SSC_TOKEN: 'a-token-of-nobody-at-all' })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`make another one at ${rig.origin}/settings`) })
  })

  it('given nobody at the address, when a run is to be stopped, then it says what to do on the machine itself', async () => {
    const [port = 0] = await freePorts(1)
    const lost = await call(['stop', 'some-run'], { SSC_URL: `http://127.0.0.1:${port}` })
    expect(lost).toMatchObject({ code: 1, out: '' })
    expect(lost.err).toMatch(
      /did not answer: [\s\S]*Nothing was done\.\nNOT KNOWN TO BE STOPPED\. On the machine of the instance.* ssc stop some-run\n$/,
    )
  })

  const lacks = HAS_OPENSSL ? '' : ' (openssl is not here)'
  it.skipIf(!HAS_OPENSSL)(
    `given TLS${lacks}, when its CA is not known, then no token is sent; when it is named, then it is asked`,
    async () => {
      const ca = openGridCa()
      const { key, cert } = ca.host
      const tokens: unknown[] = []
      const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, ({ headers }, response) => {
        tokens.push(headers.authorization)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"runs":[]}')
      })
      try {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        const env = { SSC_URL: `https://localhost:${(server.address() as AddressInfo).port}` }
        const untrusted = await callAlone(['pause', 'r'], env)
        expect(untrusted).toMatchObject({ code: 1, err: expect.stringMatching(/did not answer: .*certificate.*\nNothing was done\.\n$/) })
        expect(tokens).toEqual([])
        const trusted = await callAlone(['status'], { ...env, NODE_EXTRA_CA_CERTS: ca.authority.cert })
        expect(trusted).toMatchObject({ code: 0, err: '', out: 'There are no runs that concern you.\n' })
        expect(tokens).toEqual([`Bearer ${csirt.token}`])
      } finally {
        await new Promise((resolve) => server.close(resolve))
        ca.remove()
      }
    },
  )

  describe('given another server at the address', () => {
    let server: Server
    let url: string
    const asked: string[] = []
    beforeAll(async () => {
      server = createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        if (request.url === '/api/v1/runs') response.writeHead(302, { location: '/stolen' }).end()
        else if (request.url?.endsWith('/plan'))
          response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' }).end('{"error":"Too fast."}')
        else if (request.url?.endsWith('/pause')) request.socket.destroy()
        else response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => new Promise((resolve) => server.close(resolve)))

    it('when it leads elsewhere or says something else, then the token goes nowhere else, and it is told', async () => {
      expect(await call(['status'], { SSC_URL: url })).toMatchObject({ code: 1, err: expect.stringContaining('answered with 302') })
      expect(asked).not.toContain('GET /stolen')
      expect(await call(['sites', 'list'], { SSC_URL: url })).toMatchObject({ code: 2, err: expect.stringContaining('answers otherwise') })
    })

    it('when it says that it is too much at once, then it is told when to try again', async () => {
      expect(await call(['consent', 'r'], { SSC_URL: url })).toMatchObject({ code: 1, out: '', err: 'ssc: Too fast. (after 7 s)\n' })
    })

    it('when it breaks off while something is done, then nobody is told that it was not done', async () => {
      const lost = await call(['pause', 'r'], { SSC_URL: url })
      expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('It may have been done all the same') })
    })
  })
})
