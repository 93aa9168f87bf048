import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TransientError } from '../../core/domain/errors.ts'
import { createParser, type ParserOptions } from '../../core/io/mail/safe-parse.ts'
import type { Parser } from '../../core/ports.ts'
import { mail } from './mails.ts'

const toClose: Parser[] = []
/** Those that were started and have not ended. */
const running = new Set<Worker>()
let started = 0
const onWorker = (worker: Worker) => {
  started += 1
  running.add(worker)
  worker.once('exit', () => running.delete(worker))
}
beforeEach(() => {
  started = 0
  process.on('worker', onWorker)
})
afterEach(async () => {
  process.off('worker', onWorker)
  await Promise.all(toClose.splice(0).map((parser) => parser.close()))
  expect(running.size).toBe(0)
})

function open(options: ParserOptions = {}): Parser {
  const parser = createParser(options)
  toClose.push(parser)
  return parser
}

const small = mail(['Subject: x'])
/** Takes seconds. */
const slow = () => mail(['Content-Type: text/plain; format=flowed'], `${'a '.repeat(20)}\r\n`.repeat(199_000))
/** Each of its two million units takes more memory than it has bytes. */
const hungry = () =>
  mail(['Content-Transfer-Encoding: base64', 'Content-Type: application/zip'], `${'YQ=='.repeat(12)}\r\n`.repeat(190_000))

describe('the parser', () => {
  test('given a mail that takes too long, then it is corrupt, and those behind it are read', async () => {
    const parser = open({ timeoutMs: 700, workers: 1 })
    const [first, ...others] = await Promise.all([parser.parse(slow()), parser.parse(small), parser.parse(small)])
    expect(first).toEqual({ corrupt: 'reading it took longer than 0.7 s' })
    expect(others).toEqual([{ mail: expect.objectContaining({ subject: 'x' }) }, { mail: expect.objectContaining({ subject: 'x' }) }])
  })

  test('given a mail that took too long, when it closes at that moment, then its worker is gone with the others', async () => {
    const parser = open({ timeoutMs: 300, workers: 1 })
    expect(await parser.parse(slow())).toHaveProperty('corrupt')
    await parser.close()
    expect(running.size).toBe(0)
  })

  test('given a mail that takes all the memory, then it is corrupt, and the next one is read', async () => {
    const parser = open({ memoryMb: 48, workers: 1 })
    const [first, second] = await Promise.all([parser.parse(hungry()), parser.parse(small)])
    expect(first).toEqual({ corrupt: expect.stringContaining('memory') })
    expect(second).toHaveProperty('mail')
  })

  test('given many mails at a time, then each gets its own answer', async () => {
    const parser = open()
    const raws = Array.from({ length: 100 }, (_, i) => mail([`Subject: number ${i}`]))
    const read = await Promise.all(raws.map((raw) => parser.parse(raw, { from: 'a@b.example', to: ['c@d.example'] })))
    expect(read.map((one) => 'mail' in one && one.mail.subject)).toEqual(raws.map((_, i) => `number ${i}`))
    expect(read.map((one) => 'mail' in one && one.mail.raw)).toEqual(raws)
    expect(read[0]).toMatchObject({ mail: { to: ['c@d.example'] } })
  })

  test('given a parser, then its workers come with the first mails, and leave when they have nothing to do', async () => {
    const parser = open({ idleMs: 1 })
    expect(started).toBe(0)
    await Promise.all(Array.from({ length: 10 }, () => parser.parse(small)))
    expect(started).toBe(2)
    await vi.waitUntil(() => running.size === 0)
    expect(await parser.parse(small)).toHaveProperty('mail')
    expect(started).toBe(3)
  })

  test('given that no worker can start, then it is not the mail that is wrong', async () => {
    const end = (worker: Worker) => void worker.terminate()
    process.on('worker', end)
    try {
      await expect(open().parse(small)).rejects.toThrow(TransientError)
    } finally {
      process.off('worker', end)
    }
  })

  test('given bytes that lie within others, then these alone are read, and they stay as they were', async () => {
    const around = Buffer.concat([Buffer.from('Subject: no\r\n'), small])
    const inner = around.subarray(around.length - small.length)
    expect(await open().parse(inner)).toMatchObject({ mail: { subject: 'x', raw: small } })
    expect(inner).toEqual(small)
  })

  test('given that it closes, then no mail is held to be corrupt for that', async () => {
    const parser = open({ workers: 1 })
    const ends = Promise.allSettled([parser.parse(slow()), parser.parse(small)])
    await parser.close()
    expect((await ends).map((end) => end.status === 'rejected' && end.reason)).toEqual([
      expect.any(TransientError),
      expect.any(TransientError),
    ])
    await expect(parser.parse(small)).rejects.toThrow(TransientError)
  })

  test('given a process that reads one mail from elsewhere, then it ends by itself', async () => {
    const source = new URL('../../core/io/mail/safe-parse.ts', import.meta.url).href
    const code = `import { createParser } from '${source}'; console.log((await createParser().parse(Buffer.from('Subject: x'))).mail.subject)`
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    const argv = ['--import', loader, '--input-type=module', '-e', code]
    expect(await promisify(execFile)(process.execPath, argv, { cwd: '/', timeout: 30_000 })).toMatchObject({ stdout: 'x\n' })
  })
})
