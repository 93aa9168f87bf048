import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'ssc-package-'))
const elsewhere = join(place, 'elsewhere')
const unpacked = join(place, 'package')
/** Nothing of ours: no servers, no NODE_OPTIONS of the test runner. */
const env = { PATH: process.env.PATH, HOME: place, SSC_HOME: join(place, 'home') }

/** Compiles, packs and unpacks, as a release and an installation do; the libraries are those of the repository. */
beforeAll(() => {
  mkdirSync(elsewhere)
  const npm = ['pack', '--silent', '--offline', '--no-update-notifier', '--pack-destination', place]
  execFileSync('npm', npm, { cwd: root, env, stdio: 'pipe' })
  const tarball = readdirSync(place).find((name) => name.endsWith('.tgz')) ?? ''
  execFileSync('tar', ['xf', tarball], { cwd: place })
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
}, 120_000)

afterAll(() => rmSync(place, { recursive: true, force: true, maxRetries: 3 }))

function manifest(): { bin: { ssc: string }; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
}

function node(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: elsewhere, env, encoding: 'utf8', timeout: 60_000 })
}

function ssc(...args: string[]) {
  return node(join(unpacked, manifest().bin.ssc), ...args)
}

type Lock = { packages: Record<string, { optionalDependencies?: Record<string, string> }> }

describe('the lock file', () => {
  it('given a library for some platforms, then the lock knows them all: `npm ci` wants that on every one', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
    const optional = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}))
    const known = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
    expect(optional.length).toBeGreaterThan(0)
    expect(optional.filter((name) => !known.has(name))).toEqual([])
  })
})

describe('the packed program, unpacked elsewhere', () => {
  it('given the package, then it holds what runs and what explains it, and no source or test', () => {
    const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !statSync(join(unpacked, name)).isDirectory(),
    )
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md']))
    expect(files.filter((name) => /\.ts$|test\/|fixtures\/|\.env|\.ssc\//.test(name))).toEqual([])
    expect(readFileSync(join(unpacked, manifest().bin.ssc), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it('given every file that the source reads beside itself, then it is there', () => {
    const assets = ['core', 'submitters', 'scenarios', 'mail-templates', 'reports'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(sh|py|cjs|sql|xml|hbs|css|yaml)$/.test(name) && !name.includes('fixtures'))
        .map((name) => join(room, name)),
    )
    expect(assets).toEqual(
      expect.arrayContaining(['core/agent/parts/live.sh', 'core/io/store/functions/commit.sql', 'submitters/local/launch.sh']),
    )
    expect(assets.filter((name) => !existsSync(join(unpacked, 'dist', name)))).toEqual([])
  })

  it('given --help, then the verbs are told', () => {
    const { status, stdout } = ssc('--help')
    expect([status, stdout]).toEqual([0, expect.stringContaining('rehearse')])
  })

  it('given plan --json, then the sample run is planned in a home of its own', () => {
    const { status, stdout, stderr } = ssc('plan', '--json')
    expect([status, stderr]).toEqual([0, expect.stringContaining('sample federation')])
    const plan = JSON.parse(stdout)
    expect(plan.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(plan.sites).toHaveLength(40)
    expect(existsSync(join(env.SSC_HOME, 'database'))).toBe(true)
  })

  it('given doctor, then all that the program brings is found, and only a mail server is missing', () => {
    writeFileSync(join(env.SSC_HOME, 'config.yaml'), 'smtp: { port: 1 }\n')
    const findings = JSON.parse(ssc('doctor', '--json').stdout) as { what: string; problem: string | null }[]
    expect(findings.map((one) => one.what)).toEqual(expect.arrayContaining(['submitters', 'scenarios', 'report formats', 'mail templates']))
    expect(findings.filter((one) => one.problem !== null).map((one) => one.what)).toEqual(['mail server'])
  })

  it('given a job for the local submitter, then its launcher runs it, and the agent can be made', () => {
    const part = (path: string) => JSON.stringify(pathToFileURL(join(unpacked, 'dist', path)).href)
    const script = join(elsewhere, 'job.mjs')
    writeFileSync(
      script,
      `import { join } from 'node:path'
       import { openKeys } from ${part('core/io/keys.js')}
       import { loadReportFormats, loadSubmitters } from ${part('core/plugins.js')}
       import { renderAgent } from ${part('core/agent/render.js')}
       const local = (await loadSubmitters(process.env.SSC_HOME)).submitters.get('local')
       const ctx = { options: local.options.parse({}), folder: process.argv[2], signal: AbortSignal.timeout(20000), log: () => {} }
       const job = { label: 'one', site: 'SITE-ONE', endpoint: '', identity: '/CN=Attacker', script: 'echo done\\n' }
       const submitted = await local.submit(job, ctx)
       while ((await local.status(['one'], ctx)).get('one').value.state !== 'ended') await new Promise((r) => setTimeout(r, 20))
       const publicKey = openKeys(join(process.env.SSC_HOME, 'keys')).orders.publicKey()
       const agent = renderAgent({ run: 'r', job: 'one', token: 'a'.repeat(64), publicKey, listenerUrls: ['http://127.0.0.1:1'],
         contactUrls: [], actions: [], traces: [], cpuSeconds: 0, expiresAt: 1, lifeSeconds: 1,
         heartbeatSeconds: 1, silenceSeconds: 1, contact: 'a@b.example', notice: 'n', childCount: 0 })
       const formats = [...(await loadReportFormats(process.env.SSC_HOME)).keys()].sort()
       console.log(JSON.stringify({ submitted, output: await local.output('one', ctx), formats, agent: agent.slice(0, 9) }))`,
    )
    const { stdout, stderr } = node(script, join(place, 'work'))
    expect([stderr, JSON.parse(stdout || '{}')]).toEqual([
      '',
      {
        submitted: { ok: true, value: { nativeId: 'one' } },
        output: { ok: true, value: 'done\n' },
        formats: ['csv', 'html', 'json', 'markdown', 'misp', 'pdf'],
        agent: '#!/bin/sh',
      },
    ])
  })
})
