import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeGrid, missing, openPlace, type Place, type Service } from './grid.ts'
import { processesIn, waitUntil } from './process.ts'

type Environment = Record<string, string>

/** Runs a client with a credential; gives how it ended. */
async function client(command: readonly [string, ...string[]], env: Environment): Promise<{ code: number; out: string; err: string }> {
  const [file, ...args] = command
  const X509_USER_PROXY = env.X509_USER_PROXY ?? env.PROXY_USER ?? '/dev/null'
  const how = { env: { PATH: process.env.PATH, ...env, X509_USER_PROXY }, cwd: '/', timeout: 40_000 }
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, how)
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

/** Nobody else on the machine sleeps that long. */
const NAP = `4000.${process.pid}`
const DETACHED = `cd /; (setsid sleep ${NAP} &); sleep ${NAP}`

function curl(env: Environment, path: string, ...more: string[]): [string, ...string[]] {
  const { CA_FILE = '', PROXY_USER = '', ARC_REST = '' } = env
  return [
    'curl',
    '-sSf',
    '-m',
    '20',
    '--cacert',
    CA_FILE,
    '--cert',
    env.X509_USER_PROXY ?? PROXY_USER,
    '--key',
    env.X509_USER_PROXY ?? PROXY_USER,
    ...more,
    ARC_REST + path,
  ]
}

function ssh(env: Environment, command: string, key = env.SSH_USER_KEY): [string, ...string[]] {
  const options = ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${env.SSH_KNOWN_HOSTS}`, 'StrictHostKeyChecking=yes']
  const flags = ['-F', 'none', '-p', `${env.SSH_PORT}`, '-i', `${key}`, ...options.flatMap((option) => ['-o', option])]
  return ['ssh', ...flags, `${env.SSH_USER}@${env.SSH_HOST}`, command]
}

type Case = {
  /** A real use, and what it must print. */
  use: (env: Environment) => [string, ...string[]]
  prints: string | RegExp
  /** Leaves a job behind that goes on in a session of its own. */
  leave?: (env: Environment) => [string, ...string[]]
}

const CASES: Record<Exclude<Service, 'ca' | 'postgres'>, Case> = {
  gram: {
    use: (env) => ['globusrun', '-a', '-r', `${env.GRAM_CONTACT}`],
    prints: 'GRAM Authentication test successful',
    leave: (env) => ['globusrun', '-b', '-r', `${env.GRAM_CONTACT}`, `&(executable=/bin/sh)(arguments=-c "${DETACHED}")`],
  },
  gridftp: {
    use: (env) => ['globus-url-copy', '-list', `${env.GRIDFTP_URL}`],
    prints: /hello\.txt\s+open\/\s+private\/\s+shared\//,
  },
  arc: {
    use: (env) => curl(env, '/info', '-H', 'Accept: application/json'),
    prints: 'ComputingService',
    leave: (env) => {
      const rsl = `&(executable="/bin/sh")(arguments="-c" "${DETACHED}")`
      return curl(env, '/jobs?action=new', '-H', 'Content-Type: application/rsl', '--data-binary', rsl)
    },
  },
  slurm: {
    use: () => ['sinfo', '-h', '-o', '%P %t'],
    prints: 'ops* idle',
    leave: () => ['sbatch', '--export=NONE', '--output=/dev/null', '--wrap', DETACHED],
  },
  rt: {
    use: (env) => [
      'curl',
      '-sSf',
      '-m',
      '20',
      '-H',
      `Authorization: token ${readFileSync(env.RT_ROBOT ?? '', 'utf8').trim()}`,
      `${env.RT_URL}/queue/exercise`,
    ],
    prints: '"Name" : "exercise"',
  },
  mail: {
    use: (env) => [
      'curl',
      '-sS',
      '-m',
      '20',
      '-u',
      `robot:${env.MAIL_PASSWORD}`,
      `imap://127.0.0.1:${env.IMAP_PORT}/INBOX`,
      '-X',
      'EXAMINE INBOX',
    ],
    prints: 'UIDVALIDITY',
  },
  sshd: {
    use: (env) => ssh(env, 'echo here'),
    prints: 'here',
    leave: (env) => ssh(env, `cd /; setsid sleep ${NAP} > /dev/null 2>&1 < /dev/null &`),
  },
}

const LOOPBACK = /^(127\.0\.0\.1|\[::ffff:127\.0\.0\.1\]):\d+$/

/** The addresses that processes of a folder listen on. */
function listening(folder: string): string[] {
  const pids = new Set(processesIn(folder).map(({ pid }) => pid))
  const lines = execFileSync('ss', ['-Hltunp'], { encoding: 'utf8' }).split('\n')
  const ours = lines.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.has(Number(pid))))
  return ours.map((line) => line.trim().split(/\s+/)[4] ?? line)
}

for (const service of Object.keys(CASES) as Exclude<Service, 'ca' | 'postgres'>[]) {
  const { use, prints, leave } = CASES[service]

  describeGrid(`the service ${service}`, [service], () => {
    let places: [Place, Place]
    let env: Environment
    beforeAll(async () => {
      places = [await openPlace(), await openPlace()]
      const [first] = await Promise.all(places.map((place) => place.start(service)))
      env = first ?? {}
    }, 120_000)
    afterAll(async () => {
      await Promise.all(places.map((place) => place.close()))
    }, 120_000)

    it('given two of it side by side, when the first is used, then it answers', async () => {
      const { code, out, err } = await client(use(env), env)
      expect(out + err).toMatch(prints)
      expect(code).toBe(0)
    })

    it('given that it runs, when it is started again, then nothing changes', async () => {
      expect(await places[0].start(service)).toEqual(env)
    })

    it('given a job that detached itself, when it stops, then its sockets were of the loopback and no process is left', async () => {
      if (leave !== undefined) {
        expect(await client(leave(env), env)).toMatchObject({ code: 0 })
        await waitUntil(() => processesIn(`sleep ${NAP}`).some(({ command }) => command.startsWith('sleep')), 'the job')
      }
      expect(listening(places[0].work)).not.toEqual([])
      expect(listening(places[0].work).filter((address) => !LOOPBACK.test(address))).toEqual([])
      await places[0].run(service, 'stop')
      expect([processesIn(places[0].work), processesIn(`sleep ${NAP}`)]).toEqual([[], []])
    })

    it('given that the first stopped, when the second closes, then its processes and its folder are gone', async () => {
      const [, second] = places
      expect(processesIn(second.work)).not.toEqual([])
      await second.close()
      expect([processesIn(second.work), existsSync(second.work)]).toEqual([[], false])
    })
  })
}

describeGrid('the identities', ['ca', 'gridftp'], () => {
  let place: Place
  let env: Environment
  const list = (name: string, folder = '') => {
    const proxy = env[`PROXY_${name}`] ?? name
    return client(['globus-url-copy', '-list', `${env.GRIDFTP_URL}${folder}`], { ...env, X509_USER_PROXY: proxy })
  }
  beforeAll(async () => {
    place = await openPlace()
    env = await place.start('gridftp')
  }, 120_000)
  afterAll(() => place.close())

  it('given the gridmap and the CRL, when each of them comes, then only those enter who may', async () => {
    const answers = await Promise.all(['USER', 'CONTROL', 'ATTACKER', 'STRANGER', 'REVOKED'].map((name) => list(name)))
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 1, 1, 1])
    expect(answers[2]?.err).toContain(`Could not map ${env.DN_ATTACKER}`)
    expect(answers[3]?.err).toContain(`Could not map ${env.DN_STRANGER}`)
    expect(answers[4]?.err).toContain('certificate has been revoked')
  })

  it('given an identity, when it is allowed and banned, then that holds at the next connection', async () => {
    await place.run('ca', 'allow', 'attacker')
    expect(await list('ATTACKER')).toMatchObject({ code: 0 })
    await place.run('ca', 'ban', 'attacker')
    expect((await list('ATTACKER')).err).toContain('Login incorrect')
    expect(readFileSync(env.GRIDMAP ?? '', 'utf8')).toContain(`"${env.DN_USER}"`)
  })

  it('given a proxy that ended, when it is used, then it says so', async () => {
    expect((await list((await place.run('ca', 'expired', 'user')).trim())).err).toContain('expired')
  })

  it('given a proxy of five minutes, when it is looked at, then it has that long', async () => {
    const file = (await place.run('ca', 'proxy', 'control', '0:05')).trim()
    const { out } = await client(['grid-proxy-info', '-timeleft', '-file', file], env)
    expect(Number(out)).toBeGreaterThan(200)
    expect(Number(out)).toBeLessThanOrEqual(300)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('given the folders, when the user lists them, then the private one is closed and the others are open', async () => {
    expect((await list('USER', 'open/')).out).toContain('notes.txt')
    expect((await list('USER', 'shared/')).out).toContain('results.csv')
    expect(await list('USER', 'private/')).toMatchObject({ code: 1, err: expect.stringContaining('Permission denied') })
    expect(statSync(join(env.GRIDFTP_DATA ?? '', 'open')).mode & 0o002).toBe(0o002)
  })

  it('given a name that nobody has, when it is allowed, then it is refused', async () => {
    await expect(place.run('ca', 'allow', 'nobody')).rejects.toThrow('nobody is called nobody')
  })
})

describeGrid('the keys of sshd', ['sshd'], () => {
  let place: Place
  let env: Environment
  beforeAll(async () => {
    place = await openPlace()
    env = await place.start('sshd')
  })
  afterAll(() => place.close())

  it('given the other key, when it is shown, then it is not accepted', async () => {
    expect(await client(ssh(env, 'true', env.SSH_OTHER_KEY), env)).toMatchObject({
      code: 255,
      err: expect.stringContaining('Permission denied'),
    })
  })

  it('given forty sessions at a time, when they begin, then all are served', async () => {
    const ends = await Promise.all(Array.from({ length: 40 }, () => client(ssh(env, 'exit 3'), env)))
    expect(ends.filter(({ code }) => code !== 3)).toEqual([])
  })

  it('given another host key, when known_hosts has the old one, then the client refuses', async () => {
    await place.run('sshd', 'rekey')
    expect((await client(ssh(env, 'true'), env)).err).toContain('Host key verification failed')
  })
})

describe('what is missing', () => {
  it('given a service, when its packages are looked for, then each that is absent is named', () => {
    const services = ['ca', 'gram', 'gridftp', 'arc', 'slurm', 'sshd'] as const
    const words = services.map((service) => missing(service)).filter((text) => text !== undefined)
    for (const text of words) expect(text).toMatch(/^missing Debian packages: [a-z0-9. +-]+$/)
    expect(missing(...services) === undefined).toBe(words.length === 0)
  })
})
