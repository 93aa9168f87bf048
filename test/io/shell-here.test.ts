import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { shellHere } from '../../core/io/shell/here.ts'
import { livingWith, shellSettings } from './shell-settings.ts'

const shell = shellHere(shellSettings())

describe('given a command on this machine', () => {
  it('when it says something and fails, then all of it is told and nothing is thrown', async () => {
    expect(await shell.run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      code: 3,
      signal: null,
      out: 'out\n',
      err: 'err\n',
      isCut: false,
    })
  })

  it('when a signal ends it, then the signal is told', async () => {
    expect(await shell.run(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('when it reads, then there is nothing to read', async () => {
    expect(await shell.run(['cat'])).toMatchObject({ code: 0, out: '' })
  })

  it('when it says too much, then the rest is dropped and it can end all the same', async () => {
    const ran = await shell.run(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x; echo done >&2'], { maxBytes: 1000 })
    expect(ran).toMatchObject({ code: 0, isCut: true, err: 'done\n' })
    expect(ran.out).toBe('x'.repeat(1000))
  })

  it('when it leaves a child that holds its output, then the call does not wait for that', async () => {
    const ran = await shell.run(['sh', '-c', 'sleep 297 & echo $!'], { timeoutMs: 20_000 })
    expect(ran.code).toBe(0)
    process.kill(Number(ran.out), 'SIGKILL')
  })

  it('when there is no such command, then that is final and the message says where it was looked for', async () => {
    const error = await shell.run(['no-such-command']).catch((e) => e)
    expect(error).toBeInstanceOf(PermanentError)
    expect(error.message).toMatch(/no-such-command.*PATH: .*\/bin/)
    await expect(shell.run(['/etc/passwd'])).rejects.toThrow(PermanentError)
    await expect(shell.run(['/no/such/file'])).rejects.toThrow(PermanentError)
    await expect(shell.run(['true', 'x'.repeat(4_000_000)])).rejects.toThrow(PermanentError)
  })

  it('when the command line cannot be one, then it is refused', async () => {
    for (const argv of [[], [''], ['-rf'], ['A=b'], ['true', 'a\0b']]) await expect(shell.run(argv)).rejects.toThrow(PermanentError)
    for (const env of [{ 'A B': '' }, { A: 'x\0' }, { '': '' }]) await expect(shell.run(['true'], { env })).rejects.toThrow(PermanentError)
  })
})

describe('given arguments of any kind', () => {
  it('when they are echoed, then they come back byte by byte', async () => {
    for (const args of [['-rf', '$(touch x)', '`id`', '*', "'", '"', '\\', '\n', '', ' ']])
      expect((await shell.run(['printf', '%s\\0', ...args])).out).toBe(`${args.join('\0')}\0`)
    const word = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
        expect((await shell.run(['printf', '%s\\0', ...words])).out).toBe(`${words.join('\0')}\0`)
      }),
      { numRuns: 60 },
    )
  })
})

describe('given the environment of our own process', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('when a command runs, then it has exactly what was named', async () => {
    vi.stubEnv('X509_USER_CERT', '/etc/host.pem')
    vi.stubEnv('X509_USER_KEY', '/etc/host.key')
    vi.stubEnv('SSC_SECRET', 'hidden')
    const env = { PATH: '/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' }
    const { out } = await shellHere(shellSettings({ env })).run(['env'], { env: { LANG: 'C', X509_USER_PROXY: '/p' } })
    expect(out.trim().split('\n').sort()).toEqual(['HOME=/', 'LANG=C', 'PATH=/usr/bin:/bin', 'X509_USER_PROXY=/p'])
  })
})

describe('given a command that does not end', () => {
  const stubborn = (mark: string) => ['sh', '-c', `trap '' TERM; sleep ${mark} & while :; do sleep 1; done`, mark]

  it('when its time is over, then its whole group is ended and the outcome is unsure', async () => {
    const started = Date.now()
    await expect(shell.run(stubborn('298.11'), { timeoutMs: 300 })).rejects.toThrow(UnsureError)
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_200)
    await vi.waitFor(async () => expect(await livingWith('298.11')).toEqual([]), { timeout: 10_000 })
  })

  it('when the caller gives up, then it is ended, at once if it listens', async () => {
    const giving = new AbortController()
    const running = shellHere(shellSettings({ signal: giving.signal })).run(['sleep', '298.12'])
    await vi.waitFor(async () => expect(await livingWith('298.12')).toHaveLength(1), { timeout: 10_000 })
    giving.abort()
    await expect(running).rejects.toThrow(UnsureError)
    expect(await livingWith('298.12')).toEqual([])
  })

  it('when the caller gave up before, or while it waited, then nothing is started', async () => {
    const run = (signal: AbortSignal) => shellHere(shellSettings({ signal, limit: () => new Promise(() => {}) })).run(['true'])
    await expect(run(AbortSignal.abort())).rejects.toThrow(TransientError)
    await expect(run(AbortSignal.timeout(20))).rejects.toThrow(TransientError)
  })
})

describe('given files for a command', () => {
  it('when the body is over, also by an error, then the folder was private and is gone', async () => {
    const seen: string[] = []
    const body = async (folder: string) => {
      seen.push(folder)
      expect((await stat(folder)).mode & 0o777).toBe(0o700)
      expect((await stat(join(folder, 'a.txt'))).mode & 0o777).toBe(0o600)
      expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('é\n')
      throw new Error('on purpose')
    }
    await expect(shell.withFiles({ 'a.txt': 'é\n', b: '' }, body)).rejects.toThrow('on purpose')
    expect(existsSync(seen[0] ?? '/')).toBe(false)
  })

  it('when a name would leave the folder, then it is refused and no folder is made', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('ssc-'))
    for (const name of ['../a', '/a', '', '.', '-rf', 'a b', 'a\nb'])
      await expect(shell.withFiles({ [name]: '' }, async () => {})).rejects.toThrow(PermanentError)
    await rm(join(tmpdir(), 'ssc-none'), { force: true })
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('ssc-')).length).toBeGreaterThanOrEqual(before.length)
  })
})
