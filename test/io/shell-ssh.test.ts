import { afterEach, describe, expect, it, vi } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Shell } from '../../core/domain/reach.ts'
import { createSshPool, type SshHost, type SshPool } from '../../core/io/shell/remote.ts'
import { livingWith, shellSettings } from './shell-settings.ts'
import { type Behaviour, runInOurSession, runInShell, type SshServer, startSilentServer, startSshServer } from './ssh-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Rig = { server: SshServer; pool: SshPool; shell: (over?: Partial<SshHost>) => Shell }

async function start(behaviour: Behaviour = {}): Promise<Rig> {
  const server = await startSshServer(behaviour)
  const pool = createSshPool()
  closing.push(server.close, pool.close)
  return { server, pool, shell: (over = {}) => pool.shell({ ...server.host, ...over }, shellSettings()) }
}

/** The error of a run that must fail. */
async function failure(shell: Shell, timeoutMs = 10_000): Promise<Error> {
  return shell.run(['true'], { timeoutMs }).then(
    (ran) => {
      throw new Error(`it ran: ${JSON.stringify(ran)}`)
    },
    (error) => error,
  )
}

describe('given a host whose rc files talk', () => {
  it('when a command runs, then only what the command said is told', async () => {
    const { shell } = await start({
      exec: (channel, command) => runInShell(channel, `echo welcome; echo noise >&2; head -c 200000 /dev/zero; ${command}`),
    })
    const ran = await shell().run(['sh', '-c', 'echo "$1"; exit 3', 'sh', 'a\nb'], { env: { A: '1' } })
    expect(ran).toEqual({ code: 3, signal: null, out: 'a\nb\n', err: '', isCut: false })
  })
})

describe('given a host that does not let us in', () => {
  it('when the key is refused, then that is final and nothing else is offered', async () => {
    const { server, shell } = await start({ isDenied: true })
    const error = await failure(shell())
    expect(error).toBeInstanceOf(PermanentError)
    expect(error.message).toMatch(/^Permission denied: robot@127\.0\.0\.1/)
    expect(server.seen.authentications).toBe(1)
  })

  it('when its key is unknown, another, or revoked, then it is refused before it learns who we are', async () => {
    const { server, shell } = await start()
    const cases = [
      { lines: [], words: /is not known: .*ssh-keyscan -t ed25519 -p \d+ 127\.0\.0\.1/ },
      { lines: [server.otherLine], words: /has changed/ },
      { lines: [server.line, `@revoked ${server.line}`], words: /is revoked/ },
    ]
    for (const { lines, words } of cases) {
      server.knowLines(...lines)
      const error = await failure(shell())
      expect(error).toBeInstanceOf(PermanentError)
      expect(error.message).toMatch(words)
    }
    expect(server.seen).toMatchObject({ connections: 3, authentications: 0 })
    server.knowLines(server.otherLine, server.line)
    expect((await shell().run(['true'])).code).toBe(0)
  })

  it('when only one of its keys is known, then it is asked for that one', async () => {
    const { server, shell } = await start()
    server.knowLines(server.secondLine)
    expect((await shell().run(['true'])).code).toBe(0)
  })

  it('when the file of known hosts cannot be read, then nothing is connected', async () => {
    const { server, shell } = await start()
    expect(await failure(shell({ knownHostsFile: '/no/such/file' }))).toBeInstanceOf(PermanentError)
    expect(server.seen.connections).toBe(0)
  })
})

describe('given a host that is not there, or silent', () => {
  it('when nobody listens, then it may be tried again, also for all who wait', async () => {
    const silent = await startSilentServer()
    await silent.close()
    const { shell } = await start()
    const many = Array.from({ length: 100 }, () => failure(shell({ port: silent.port })))
    for (const error of await Promise.all(many)) expect(error).toBeInstanceOf(TransientError)
  })

  it('when it takes the connection and says nothing, then the deadline ends the call and nothing was started', async () => {
    const silent = await startSilentServer()
    closing.push(silent.close)
    const { shell } = await start()
    const begun = performance.now()
    expect(await failure(shell({ port: silent.port }), 300)).toBeInstanceOf(TransientError)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('when it lets us in and never starts a shell, then nothing was started, and the next call takes another connection', async () => {
    const { server, shell } = await start({ exec: () => undefined })
    for (let i = 0; i < 2; i++) expect(await failure(shell(), 2_000)).toBeInstanceOf(TransientError)
    expect(server.seen.connections).toBe(2)
  })

  it('when the account has no shell, then nothing was started and its words are told', async () => {
    const { shell } = await start({ exec: (channel) => runInShell(channel, 'echo This account is not available; exit 1') })
    const error = await failure(shell())
    expect(error).toBeInstanceOf(TransientError)
    expect(error.message).toContain('This account is not available')
  })
})

describe('given a host that fails while a command runs', () => {
  it('when the server dies, then it is unsure, and the next call connects anew', async () => {
    const connections: { end(): void }[] = []
    const { server, shell } = await start({
      exec: (channel, command, connection) => {
        connections.push(connection)
        runInShell(channel, command)
      },
    })
    const running = shell()
      .run(['sleep', '296.1'])
      .catch((e) => e)
    await vi.waitFor(async () => expect(await livingWith('296.1')).not.toEqual([]), { timeout: 30_000 })
    connections[0]?.end()
    expect(await running).toBeInstanceOf(UnsureError)
    await vi.waitFor(async () => expect(await livingWith('296.1')).toEqual([]), { timeout: 5_000 })
    expect((await shell().run(['echo', 'again'])).out).toBe('again\n')
    expect(server.seen.connections).toBe(2)
  })

  it('when it floods us before or after the command has begun, then the deadline ends it', async () => {
    const flood = 'while :; do head -c 100000 /dev/zero | tr "\\0" x; done'
    const { shell } = await start()
    await expect(shell().run(['sh', '-c', flood], { timeoutMs: 700, maxBytes: 100 })).rejects.toThrow(UnsureError)
    const noisy = await start({ exec: (channel, command) => runInShell(channel, `${flood}; ${command}`) })
    expect(await failure(noisy.shell(), 700)).toBeInstanceOf(TransientError)
  })

  it('when it makes no session for a command, then the whole group is ended all the same', async () => {
    const { shell } = await start({ exec: runInOurSession })
    const stubborn = ['sh', '-c', "trap '' TERM; sleep 296.2 & while :; do sleep 1; done", '296.2']
    await expect(shell().run(stubborn, { timeoutMs: 800 })).rejects.toThrow(UnsureError)
    await vi.waitFor(async () => expect(await livingWith('296.2')).toEqual([]), { timeout: 5_000 })
  })
})

describe('given one pool', () => {
  it('when many commands come at once, then few connections with few channels carry them', async () => {
    const { server, shell } = await start()
    const all = await Promise.all(Array.from({ length: 120 }, (_, i) => shell().run(['echo', String(i)])))
    expect(all.map(({ out }) => Number(out))).toEqual(Array.from({ length: 120 }, (_, i) => i))
    expect(server.seen.connections).toBeLessThanOrEqual(4)
    expect(server.seen.most).toBeLessThanOrEqual(10)
  })

  it('when the host allows two channels on a connection, then all commands run all the same', async () => {
    const { shell } = await start({ maxChannels: 2 })
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => shell().run(['echo', String(i)])))
    expect(all.map(({ out }) => Number(out))).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('when a fresh connection was used, then it is closed soon; the others stay', async () => {
    const { server, shell } = await start()
    await shell().run(['true'])
    await shell({ fresh: true }).run(['true'])
    expect(server.seen).toMatchObject({ connections: 2, open: 2 })
    await vi.waitFor(() => expect(server.seen.open).toBe(1), { timeout: 5_000 })
  })

  it('when it is closed, then what runs is ended, what waits is told, and nothing is connected any more', async () => {
    const { server, pool, shell } = await start()
    const running = Array.from({ length: 40 }, () =>
      shell()
        .run(['sleep', '296.3'])
        .catch((e) => e),
    )
    await vi.waitFor(async () => expect((await livingWith('296.3')).length).toBeGreaterThanOrEqual(32), { timeout: 30_000 })
    await pool.close()
    const errors = await Promise.all(running)
    expect(errors.filter((error) => error instanceof UnsureError)).toHaveLength(32)
    expect(errors.filter((error) => error instanceof TransientError)).toHaveLength(8)
    await vi.waitFor(async () => expect(await livingWith('296.3')).toEqual([]), { timeout: 10_000 })
    expect(await failure(shell())).toBeInstanceOf(TransientError)
    expect(server.seen.open).toBe(0)
  })
})
