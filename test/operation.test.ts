import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Cli } from '../core/cli/cli.ts'
import { runProgram } from '../core/cli/program.ts'
import { Settings } from '../core/config.ts'
import { sharedPorts } from '../core/doors.ts'
import { readProjectFile, root } from './architecture/source.ts'
import { lacking } from './services/program.ts'

const read = (name: string) => readProjectFile(`core/operation/${name}`)
const readme = readProjectFile('README.md')
const manifest = JSON.parse(readProjectFile('package.json')) as { bin: { ssc: string }; scripts: { start: string } }
const defaults = Settings.parse({})
const doors = { operator: defaults.operator, listener: defaults.listener, sites: defaults.sites, inbox: defaults.inbox }
const ports = Object.values(doors).map(({ port }) => port)

let verbs: string[] = []
beforeAll(async () => {
  let help = ''
  const out = (text: string) => {
    help += text
  }
  await runProgram(['--help'], { out, err: out, columns: 200, isTerminal: false, signal: new AbortController().signal } as Cli)
  verbs = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, verb]) => verb!)
})

type Service = {
  environment?: Record<string, string>
  command?: string[]
  ports?: string[]
  healthcheck?: { test: string[] }
  logging?: { options?: Record<string, string> }
  networks?: string[]
  [other: string]: unknown
}

describe('compose.yaml', () => {
  const { services, volumes, networks } = parse(read('compose.yaml'), { merge: true }) as Record<string, Record<string, Service>>
  const ssc = services!.ssc!

  it('given our service, then it calls a verb that there is, with settings that are told, and asks whether it is ready at the officers’ port', () => {
    expect(verbs).toContain(ssc.command![0])
    for (const name of Object.keys(ssc.environment!)) expect(readme, name).toContain(`\`${name}\``)
    expect(ssc.healthcheck!.test.join(' ')).toContain(`http://127.0.0.1:${doors.operator.port}/ready`)
    expect(ssc.build).toEqual({ context: '../..', dockerfile: 'core/operation/Containerfile' })
  })

  it('given its ports, then each door is there, on loopback alone; store and queue are reached by nobody else', () => {
    expect([...ssc.ports!].sort()).toEqual(ports.map((port) => `127.0.0.1:${port}:${port}`).sort())
    for (const name of ['postgres', 'redis']) {
      expect(services![name]!.ports, name).toBeUndefined()
      expect(services![name]!.networks, name).toEqual(['inside'])
    }
    expect(networks!.inside).toEqual({ internal: true })
  })

  it('given any service, then it is watched, bounded, may do little, and its log is rotated', () => {
    expect(Object.keys(services!).sort()).toEqual(['postgres', 'redis', 'ssc'])
    for (const [name, one] of Object.entries(services!)) {
      expect(one, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
      })
      expect(one.healthcheck?.test[0], name).toBe('CMD')
      expect(one.logging?.options, name).toEqual({ 'max-size': '10m', 'max-file': '5' })
      for (const volume of one.volumes as string[]) {
        const [from = ''] = volume.split(':')
        if (from.startsWith('.')) expect(existsSync(join(root, 'core/operation', from)), volume).toBe(true)
        else expect(volumes, volume).toHaveProperty(from)
      }
    }
  })

  it('given its words, then no secret stands in them: it is asked for', () => {
    const text = read('compose.yaml')
    expect([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name)).toEqual(['SSC_DB_PASSWORD', 'SSC_DB_PASSWORD'])
    expect(services!.postgres!.environment!.POSTGRES_PASSWORD).toMatch(/^\$\{SSC_DB_PASSWORD:\?/)
    expect(ssc.environment!.DATABASE_URL).toMatch(/^postgres:\/\/ssc:\$\{SSC_DB_PASSWORD:\?/)
  })

  it('given its config.yaml, then the program takes it, no two doors share a port, and they are those that are published', () => {
    const settings = Settings.parse(parse(read('config.yaml')))
    expect(sharedPorts(settings)).toEqual([])
    const { operator, listener, sites, inbox } = settings
    expect([operator, listener, sites, inbox].map(({ host, port }) => [host, port])).toEqual(ports.map((port) => ['0.0.0.0', port]))
    expect(new URL(operator.url!).port).toBe(String(doors.operator.port))
  })
})

describe('Containerfile', () => {
  it('given what it starts and copies, then that is what a build makes, as nobody special, without what only developers need', () => {
    const text = read('Containerfile')
    expect(text).toContain(`"${manifest.bin.ssc}"`)
    const [option] = /--max-semi-space-size=\d+/.exec(manifest.scripts.start)!
    expect(text).toContain(option)
    expect(text).toMatch(/npm ci --omit=dev/)
    expect(text).toMatch(/^USER node$/m)
    expect([...text.matchAll(/^FROM \S+node:(\d+)-slim/gm)].map(([, major]) => Number(major))).toEqual([22, 22])
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \.\/$/gm)].flatMap(([, names]) => names!.split(' '))
    expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([])
    expect(readProjectFile('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.git', 'node_modules', '.ssc']))
  })
})

describe('ssc.service', () => {
  const lines = read('ssc.service').split('\n')
  const value = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)

  it('given what it starts, then it is a verb of the program, in a folder of its own, which ends in order before it is made to', () => {
    const [program, verb] = value('ExecStart')!.split(' ')
    expect([program, verbs.includes(verb!)]).toEqual(['/usr/local/bin/ssc', true])
    expect(value('Environment')).toBe(`SSC_HOME=/var/lib/${value('StateDirectory')}`)
    expect([value('StateDirectoryMode'), value('UMask')]).toEqual(['0700', '0077'])
    const [, grace] = /GRACE_MS = (\d+)_000/.exec(readProjectFile('core/serve.ts'))!
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(4 * Number(grace))
    expect([value('KillSignal'), value('KillMode'), value('Restart')]).toEqual(['SIGTERM', 'mixed', 'on-failure'])
  })

  it('given what it may do, then it is little', () => {
    const wanted = {
      User: 'ssc',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      CapabilityBoundingSet: '',
    }
    for (const [name, is] of Object.entries(wanted)) expect(value(name), name).toBe(is)
  })

  const reason = lacking('systemd-analyze', 'systemd')
  it.skipIf(reason !== undefined)(
    `given systemd, when it reads the unit, then it finds nothing wrong${reason === undefined ? '' : ` (${reason})`}`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'ssc-unit-'))
      try {
        const unit = join(folder, 'ssc.service')
        writeFileSync(unit, lines.join('\n').replace('/usr/local/bin/ssc', process.execPath))
        const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8', timeout: 20_000 })
        // Of other units of this machine it can say what it likes.
        expect(stderr.split('\n').filter((line) => line.includes('ssc.service'))).toEqual([])
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})

describe('nginx.conf', () => {
  const servers = read('nginx.conf')
    .split(/^server \{/m)
    .slice(1)
  const settings = (text: string, name: string) => [...text.matchAll(new RegExp(`^\\s*${name} (.+);$`, 'gm'))].map(([, is]) => is)

  it('given its servers, then each leads to one door alone, over TLS, by a name that the settings have', () => {
    const led = servers.map((text) => [settings(text, 'server_name')[0], [...new Set(settings(text, 'proxy_pass'))]])
    const to = (port: number) => [`http://127.0.0.1:${port}`]
    expect(led).toEqual([
      ['officers.ssc.example', to(doors.operator.port)],
      ['ssc.example', to(doors.listener.port)],
      ['report.ssc.example', to(doors.sites.port)],
    ])
    for (const text of servers) expect(settings(text, 'listen')).toEqual(['443 ssl'])
  })

  it('given the officers’ pages, then what the client says of itself is not passed on, streams are not held up, and links that let in are not logged', () => {
    const [officers = ''] = servers
    expect(settings(officers, 'proxy_set_header').filter((line) => line!.startsWith('X-Forwarded-For'))).toEqual(
      Array(2).fill('X-Forwarded-For $remote_addr'),
    )
    expect(settings(officers, 'proxy_buffering')).toEqual(['off'])
    expect(officers).toMatch(/location \/join\/ \{\s+access_log off;/)
  })
})
