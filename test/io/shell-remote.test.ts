import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Shell } from '../../core/domain/reach.ts'
import { createSshPool, type SshHost } from '../../core/io/shell/remote.ts'
import { describeGrid, openPlace, type Place } from '../services/grid.ts'
import { livingWith, shellSettings } from './shell-settings.ts'

describeGrid('given a host with the real sshd', ['sshd'], () => {
  let place: Place
  let host: SshHost
  let otherKey: string
  let pool = createSshPool()
  const shell = (over: Partial<SshHost> = {}, settings = {}): Shell => pool.shell({ ...host, ...over }, shellSettings(settings))
  const log = () => readFile(join(place.work, 'sshd', 'log'), 'utf8')
  const logins = async () => (await log()).split('Accepted publickey').length - 1

  beforeAll(async () => {
    place = await openPlace()
    const env = await place.start('sshd')
    otherKey = env.SSH_OTHER_KEY ?? ''
    host = {
      host: env.SSH_HOST ?? '',
      port: Number(env.SSH_PORT),
      user: env.SSH_USER ?? '',
      keyFile: env.SSH_USER_KEY ?? '',
      knownHostsFile: env.SSH_KNOWN_HOSTS ?? '',
    }
  })
  afterEach(async () => {
    await pool.close()
    pool = createSshPool()
  })
  afterAll(() => place.close())

  it('when a command says something and fails, then all of it is told', async () => {
    const ran = await shell().run(['sh', '-c', 'echo out; echo err >&2; exit 3'])
    expect(ran).toEqual({ code: 3, signal: null, out: 'out\n', err: 'err\n', isCut: false })
    expect(await shell().run(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: null, signal: 'SIGTERM' })
    expect(await shell().run(['sh', '-c', 'exit 255'])).toMatchObject({ code: 255 })
    expect(await shell().run(['cat'])).toMatchObject({ code: 0, out: '' })
  })

  it('when arguments are echoed, then they come back byte by byte', async () => {
    for (const args of [
      ['-rf', '$(touch x)', '`id`', '*', "'", '"', '\\', '\\\\', '\n', '\n\n', '', ' ', '!', '~', '\r', '\t'],
      [''],
      ['é'.repeat(60_000)],
    ])
      expect((await shell().run(['printf', '%s\\0', ...args])).out).toBe(`${args.join('\0')}\0`)
    const word = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
        expect((await shell().run(['printf', '%s\\0', ...words])).out).toBe(`${words.join('\0')}\0`)
      }),
      { numRuns: 60 },
    )
  })

  it('when a command runs, then its environment is what was named, and the account has its own PATH and HOME else', async () => {
    const full = await shell().run(['env'], { env: { A: 'x\ny', X509_USER_PROXY: "/p'" } })
    expect(full.out).toBe("PATH=/usr/local/bin:/usr/bin:/bin\nHOME=/\nLANG=C.UTF-8\nA=x\ny\nX509_USER_PROXY=/p'\n")
    const { out } = await shell({}, { env: {} }).run(['env'])
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]),
    ).toEqual(['PATH', 'HOME'])
  })

  it('when there is no such command, then that is final and the message says where it was looked for', async () => {
    await expect(shell().run(['no-such-command'])).rejects.toThrow(/no-such-command.*PATH: .*\/bin/)
    await expect(shell().run(['no-such-command'])).rejects.toThrow(PermanentError)
    await expect(shell().run(['/etc/passwd'])).rejects.toThrow(PermanentError)
    expect((await shell().run(['sh', '-c', 'exit 127'])).code).toBe(127)
  })

  it('when it floods, then the rest is dropped; when it leaves a child behind, then nobody waits for that', async () => {
    const ran = await shell().run(['sh', '-c', 'head -c 9000000 /dev/zero | tr "\\0" x; echo done >&2'], { maxBytes: 1000 })
    expect(ran).toEqual({ code: 0, signal: null, out: 'x'.repeat(1000), err: 'done\n', isCut: true })
    const left = await shell().run(['sh', '-c', 'sleep 297.2 & echo $!'])
    process.kill(Number(left.out), 'SIGKILL')
  })

  it('when its time is over, then it is unsure and nothing of it stays on the host', async () => {
    const stubborn = ['sh', '-c', "trap '' TERM; sleep 298.21 & while :; do sleep 1; done", '298.21']
    await expect(shell().run(stubborn, { timeoutMs: 1_500 })).rejects.toThrow(UnsureError)
    await vi.waitFor(async () => expect(await livingWith('298.21')).toEqual([]), { timeout: 5_000 })
  })

  it('when the caller gives up, then the command is ended, and before that nothing was started', async () => {
    const giving = new AbortController()
    const running = shell({}, { signal: giving.signal }).run(['sleep', '298.22'])
    running.catch(() => undefined)
    await vi.waitFor(async () => expect(await livingWith('298.22')).toHaveLength(1), { timeout: 10_000 })
    giving.abort()
    await expect(running).rejects.toThrow(UnsureError)
    expect(await livingWith('298.22')).toEqual([])
    await expect(shell({}, { signal: giving.signal }).run(['true'])).rejects.toThrow(TransientError)
  })

  it('when the connection is lost, then it is unsure, nothing stays, and the next call connects anew', async () => {
    const running = shell().run(['sleep', '298.23'])
    running.catch(() => undefined)
    await vi.waitFor(async () => expect(await livingWith('298.23')).toHaveLength(1), { timeout: 10_000 })
    const { out } = await shell().run(['sh', '-c', 'ps -o ppid= -p $PPID; ps -o ppid= -p $$'])
    process.kill(Number(out.trim().split(/\s+/)[1]), 'SIGKILL')
    await expect(running).rejects.toThrow(UnsureError)
    await vi.waitFor(async () => expect(await livingWith('298.23')).toEqual([]), { timeout: 10_000 })
    expect((await shell().run(['echo', 'again'])).out).toBe('again\n')
  })

  it('when 200 commands come at once, then a few connections carry them', async () => {
    const before = await logins()
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => shell().run(['echo', String(i)])))
    expect(all.map(({ out }) => Number(out))).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect((await logins()) - before).toBeLessThanOrEqual(4)
  })

  it('when a fresh connection is asked for, then it is not one that stood', async () => {
    await shell().run(['true'])
    const before = await logins()
    await shell().run(['true'])
    expect((await logins()) - before).toBe(0)
    await shell({ fresh: true }).run(['true'])
    expect((await logins()) - before).toBe(1)
  })

  it('when the key is not accepted, or cannot be read, then that is final and said in clear words', async () => {
    await expect(shell({ keyFile: otherKey }).run(['true'])).rejects.toThrow(/^Permission denied: .*@127\.0\.0\.1/)
    await expect(shell({ keyFile: otherKey }).run(['true'])).rejects.toThrow(PermanentError)
    await expect(shell({ keyFile: '/no/such/key' }).run(['true'])).rejects.toThrow(/ssh key \/no\/such\/key cannot be read/)
    await expect(shell({ keyFile: '/etc/passwd' }).run(['true'])).rejects.toThrow(/cannot be used/)
  })

  it('when the key is in an agent, then no file is needed', async () => {
    const agent = join(place.work, 'agent')
    const run = promisify(execFile)
    const { stdout } = await run('ssh-agent', ['-a', agent, '-s'])
    try {
      await run('ssh-add', ['-q', host.keyFile ?? ''], { env: { ...process.env, SSH_AUTH_SOCK: agent } })
      const { keyFile: _, ...rest } = host
      const shellOf = (target: SshHost) => pool.shell(target, shellSettings())
      expect((await shellOf({ ...rest, agent }).run(['echo', 'in'])).out).toBe('in\n')
      await expect(shellOf({ ...rest, agent: '/no/such/socket' }).run(['true'])).rejects.toThrow(PermanentError)
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]))
    }
  })

  it('when files are needed, then they are private and gone afterwards, also after an error', async () => {
    const seen: string[] = []
    const body = async (folder: string) => {
      seen.push(folder)
      expect((await stat(folder)).mode & 0o777).toBe(0o700)
      expect((await stat(join(folder, 'b'))).mode & 0o777).toBe(0o600)
      expect((await shell().run(['cat', `${folder}/a.txt`])).out).toBe('é\n')
      expect((await readdir(folder)).sort()).toEqual(['a.txt', 'b'])
      throw new Error('on purpose')
    }
    await expect(shell().withFiles({ 'a.txt': 'é\n', b: 'x'.repeat(300_000) }, body)).rejects.toThrow('on purpose')
    expect(existsSync(seen[0] ?? '/')).toBe(false)
    await expect(shell().withFiles({ '../a': '' }, body)).rejects.toThrow(PermanentError)
  })

  it('when the caller gives up while the files are there, then they are removed all the same', async () => {
    const giving = new AbortController()
    const here = shell({}, { signal: giving.signal })
    const folder = await here.withFiles({ a: '' }, async (folder) => {
      giving.abort()
      return folder
    })
    expect(existsSync(folder)).toBe(false)
  })

  it('when the host shows another key, then it is refused before anything is sent', async () => {
    await place.run('sshd', 'rekey')
    const before = await log()
    await expect(shell().run(['true'])).rejects.toThrow(/has changed/)
    await expect(shell().run(['true'])).rejects.toThrow(PermanentError)
    expect((await log()).slice(before.length)).not.toMatch(/Accepted|Failed|userauth/)
  })
})
