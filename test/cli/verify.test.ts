import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redact } from '../../core/domain/audience.ts'
import { buildSiteReport } from '../../core/domain/build-site-report.ts'
import { runStream } from '../../core/domain/event.ts'
import { projectFolder } from '../../core/plugins.ts'
import { reportOf, signatureOf, signHeads } from '../../core/report.ts'
import { samplePlan } from '../domain/sample-run.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, seen, tell } from './control-run.ts'
import { keepSampleRun } from './kept-run.ts'

let calls: Calls
let site: Calls
let run: string
beforeAll(async () => {
  ;[calls, site] = await Promise.all([openCalls(), openCalls()])
  run = await launchedRun(calls, { seed: 1 })
  await tell(calls, run, 'SITE-0', seen)
  const { store } = await calls.instance()
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'RunEnded', data: {} }] })
})
afterAll(async () => {
  await calls?.close()
  await site?.close()
})

function written(name: string, content: unknown): string {
  const file = join(calls.cwd, name)
  const page = `<!doctype html><p>A page</p><script type="application/json" id="ssc-report">${JSON.stringify(content).replaceAll('<', '\\u003c')}</script>`
  writeFileSync(file, name.endsWith('.html') ? page : JSON.stringify(content, null, 2))
  return file
}

async function siteReport(): Promise<any> {
  const { store, keys } = await calls.instance()
  const rows = (await store.chainRows(run)).filter(({ stream }) => stream.endsWith('/SITE-0'))
  const content = buildSiteReport(await reportOf({ store, keys }, run), 'SITE-0', rows)
  return { ...content, signature: signatureOf(keys, content) }
}

const verify = (who: Calls, ...argv: string[]) => who.call('verify', ...argv)

describe('ssc verify --report', () => {
  test('given a report of yesterday, when the log has grown, then it still holds, at its own heads', async () => {
    const instance = await calls.instance()
    const file = written('run.json', await reportOf(instance, run))
    const ngi = await reportOf(instance, run).then(({ sites }) => sites[0]!.ngi)
    const part = written('ngi.json', signHeads(instance.keys, redact(await reportOf(instance, run), `ngi:${ngi}`)))
    const own = written('site.json', await siteReport())
    await tell(calls, run, 'SITE-0', { type: 'AgentStopped', data: { reason: 'signal' } })
    for (const one of [file, part, own])
      expect(await verify(calls, '--report', one)).toMatchObject({
        status: 0,
        out: expect.stringMatching(/follows from our log as it was then[\s\S]*the key of this instance/),
      })
    expect(await verify(calls, run, '--report', file)).toMatchObject({ status: 0 })
  })

  test('given a report in which a light was changed, when verified, then it does not hold', async () => {
    const report = await reportOf(await calls.instance(), run)
    const file = written('better.json', { ...report, sites: report.sites.map((one) => ({ ...one, overall: 'green' })) })
    expect(await verify(calls, '--report', file)).toMatchObject({ status: 1, err: expect.stringContaining('does not follow from our log') })
    expect(await verify(calls, run, '--report', file)).toMatchObject({ status: 1 })
  })

  test('given a head that our log does not have, when verified, then it does not hold', async () => {
    const { keys } = await calls.instance()
    const { signature: _, ...report } = await reportOf(await calls.instance(), run)
    const heads = report.heads.map((head, i) => (i === 0 ? { ...head, hash: 'f'.repeat(64) } : head))
    const file = written('other.json', { ...report, heads, signature: signatureOf(keys, heads) })
    expect(await verify(calls, '--report', file)).toMatchObject({
      status: 1,
      err: expect.stringContaining('our log holds another fact there'),
    })
  })

  test.each(['site.html', 'own.json'])(
    'given a site without any store, when it verifies its own report %s, then it holds, nothing is made, and what is left is said',
    async (name) => {
      const file = written(name, await siteReport())
      const home = join(site.cwd, 'nothing')
      const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env
      const main = join(projectFolder, 'core/cli/main.ts')
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'verify', '--report', file], {
        env: { ...env, SSC_HOME: home },
        cwd: projectFolder,
      })
      expect(stdout).toMatch(
        /facts of the site are in their chain[\s\S]*signature over the whole report is good[\s\S]*There is no key here/,
      )
      expect(stdout).toContain('another way than the file came')
      expect(stdout.includes('what the page shows')).toBe(name.endsWith('.html'))
      expect(existsSync(home)).toBe(false)
    },
  )

  const harm: [string, (report: any) => void, string][] = [
    [
      'a point more',
      (r) => {
        r.site.scores[0].points = 99
      },
      'signature is not good',
    ],
    [
      'a fact that was altered',
      (r) => {
        r.facts.rows[1].body = r.facts.rows[1].body.replace('{', '{"x":1,')
      },
      'does not match its hash',
    ],
    [
      'a fact less',
      (r) => {
        r.facts.rows.splice(1, 1)
      },
      'missing before it',
    ],
    [
      'evidence that is no fact',
      (r) => {
        r.site.scores[0].evidence = [{ stream: r.facts.stream, seq: 77, at: 1, words: 'x' }]
      },
      '#77 is not such a fact',
    ],
    [
      'no signature',
      (r) => {
        delete r.signature
      },
      'not signed',
    ],
    [
      'a signature of nonsense',
      (r) => {
        r.signature.value = 'AAAA'
      },
      'signature is not good',
    ],
    [
      'a key of nonsense',
      (r) => {
        r.signature.publicKey = 'x'
      },
      'no Ed25519 key',
    ],
    [
      'facts of nonsense',
      (r) => {
        r.facts.rows = [{ seq: 'x' }]
      },
      'not as they should be',
    ],
  ]
  test.each(harm)("given a site's report with %s, when verified at the site, then it does not hold", async (_, change, words) => {
    const report = JSON.parse(JSON.stringify(await siteReport()))
    change(report)
    expect(await verify(site, '--report', written('bad.json', report))).toMatchObject({ status: 1, err: expect.stringContaining(words) })
  })

  test.each([
    ['a page without data', 'x.html', '<!doctype html><p>x'],
    ['no JSON', 'x.json', '{'],
    ['another JSON', 'x.json', '{"a":1}'],
    ['a list', 'x.json', '[]'],
  ])('given %s, when verified, then it is no report', async (_, name, text) => {
    writeFileSync(join(site.cwd, name), text)
    expect(await verify(site, '--report', name)).toMatchObject({ status: 2 })
  })
})

describe('ssc verify FILE', () => {
  test('given an archive, when verified where there is no store and at home, then it holds, and whose key it is', async () => {
    const file = join(calls.cwd, 'run.ssc.gz')
    await calls.call('archive', 'export', run, '--out', file)
    expect(await verify(site, file)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/facts are in their 4 chains[\s\S]*no key here/),
    })
    expect(await verify(calls, file)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/stand in our own log[\s\S]*key of this instance/),
    })
    expect(JSON.parse((await verify(site, file, '--json')).out)).toMatchObject({ holds: true, kind: 'archive', run, whose: 'unknown' })
  })

  test('given a run that was brought, when verified by its name, then its file is', async () => {
    await site.call('archive', 'import', join(calls.cwd, 'run.ssc.gz'), '--as', 'north')
    expect(await verify(site, `north/${run}`)).toMatchObject({ status: 0, out: expect.stringContaining('an archive of') })
  })

  test.each(['own.html', 'own.json'])(
    "given a site's report %s in the place of an archive, when verified, then it is read as what it is",
    async (name) => {
      const file = written(name, await siteReport())
      expect(await verify(site, file)).toMatchObject({ status: 0, out: expect.stringContaining("a site's report of") })
      expect(await verify(site, 'nowhere.html')).toMatchObject({ status: 2, err: expect.stringContaining('no such file') })
    },
  )

  test.each([
    ['json', (name: string) => [`"site": "${name}"`, '"site": "ANOTHER"']],
    ['html', (name: string) => [`"site":"${name}"`, '"site":"ANOTHER"']],
  ] as const)(
    'given a certificate in %s, when verified at home and at the site, then it holds, and changed it does not',
    async (format, change) => {
      const own = await keepSampleRun(calls, { seed: 1, sites: 3 })
      const [name = ''] = samplePlan(1, 3).sites.map((one) => one.name)
      await calls.call('report', own, '--kind', 'certificate', '--site', name, '--format', format, '--out', `certificate.${format}`)
      const file = join(calls.cwd, `certificate.${format}`)
      const text = readFileSync(file, 'utf8')
      expect(await verify(calls, file)).toMatchObject({
        status: 0,
        out: expect.stringMatching(/a certificate of[\s\S]*follows from our log/),
      })
      expect(await verify(site, file)).toMatchObject({ status: 0, out: expect.stringContaining('over the whole certificate is good') })
      const [before = '', after = ''] = change(name)
      expect(text).toContain(before)
      writeFileSync(file, text.replace(before, after))
      expect(await verify(site, file)).toMatchObject({ status: 1, err: expect.stringContaining('it was changed after it was signed') })
    },
  )

  test('given nothing, or what is not there, when verified, then it is said what is needed', async () => {
    expect(await verify(site)).toMatchObject({ status: 2, err: expect.stringContaining('give a run') })
    expect(await verify(site, 'nowhere.ssc.gz')).toMatchObject({ status: 2, err: expect.stringContaining('no such file') })
  })
})
