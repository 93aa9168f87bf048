import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../core/io/keys.ts'
import { type Calls, openCalls } from './calls.ts'
import { openPost, type Post, reply, runToAlert, takeIn } from './mail-run.ts'

let calls: Calls
let post: Post
let run: string
beforeAll(async () => {
  calls = await openCalls()
  post = await openPost(calls)
  run = await runToAlert(calls, 1)
  await post.carry(run)
})
afterAll(async () => {
  await post?.close()
  await calls?.close()
})

const stray = Buffer.from(reply('SITE-9', { text: 'Who are you?\u001b[2J', id: 'stray' }).replaceAll('\n', '\r\n'))
const broken = Buffer.concat([Buffer.from(`Subject: \u001b[2J${'x'.repeat(3_000_000)}`), Buffer.from([0xff, 0x00, 0x1b])])

describe('ssc mail shelf, show and sort', () => {
  test('given nothing that came, then the shelves are empty', async () => {
    expect((await calls.call('mail', 'shelf')).out).toBe('Nothing waits on the shelves.\n')
    expect((await calls.call('mail', 'shelf', 'spam')).out).toContain('the shelf spam')
  })

  test('given a stranger and a broken mail, then each lies on its shelf, with the reason, and draws nothing', async () => {
    await takeIn(calls, stray)
    await takeIn(calls, broken)
    const { out } = await calls.call('mail', 'shelf')
    expect(out).toMatch(/[0-9a-f]{12} +to-sort .* UTC +csirt@site-9\.example +Re: the incident +it names no letter of ours/)
    expect(out).toMatch(/[0-9a-f]{12} +corrupt .* UTC +- +- +/)
    const data = JSON.parse((await calls.call('mail', 'shelf', 'corrupt', '--json')).out)
    expect(data).toMatchObject({ count: 1, mails: [{ shelf: 'corrupt', contentHash: sha256(broken) }] })
    expect(await calls.call('mail', 'shelf', 'attic')).toMatchObject({ status: 2 })
  })

  test('given a hash, then the mail is shown bounded and harmless, and its bytes come whole', async () => {
    const shown = await calls.call('mail', 'show', sha256(stray).slice(0, 8))
    expect(shown.out).toMatch(/From: +csirt@site-9\.example\n[\s\S]*\n {4}Who are you\?/)
    expect(shown.out).not.toContain('\u001b')
    expect((await calls.call('mail', 'show', sha256(stray), '--raw')).out).toBe(stray.toString())
    const unread = await calls.call('mail', 'show', sha256(broken))
    expect(unread.out).toMatch(/Nobody could read it\. It begins so:\n\n {4}Subject: \?\[2Jx{900}/)
    expect(unread.out).not.toContain('\u001b')
    expect(unread.out.length).toBeLessThan(10_000)
    expect(await calls.call('mail', 'show', sha256(broken), '--raw')).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('--out'),
    })
    expect(await calls.call('mail', 'show', sha256(broken), '--out', 'broken.eml')).toMatchObject({ status: 0 })
    const file = join(calls.cwd, 'broken.eml')
    expect(readFileSync(file).equals(broken)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await calls.call('mail', 'show', sha256(broken), '--out', 'broken.eml')).toMatchObject({ status: 2 })
    for (const [hash, message] of [
      ['xyz', 'first digits'],
      ['', 'first digits'],
      ['0'.repeat(64), 'no mail begins'],
    ] as const)
      expect(await calls.call('mail', 'show', hash)).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
  })

  test('given an officer, then a mail goes to its challenge, and another off the shelf with the reason', async () => {
    const hash = sha256(stray).slice(0, 12)
    const wrong: [words: string[], message: string][] = [
      [[], 'where to'],
      [['--run', run], 'where to'],
      [['--run', run, '--site', 'SITE-0', '--dismiss', 'x'], 'either --run'],
      [['--run', run, '--site', 'SITE-9'], 'SITE-0'],
      [['--dismiss', ' '], 'not empty'],
    ]
    for (const [words, message] of wrong)
      expect(await calls.call('mail', 'sort', hash, ...words)).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
    expect(await calls.call('mail', 'sort', hash, '--run', run, '--site', 'SITE-1', '--by', 'Ada')).toMatchObject({ status: 0, err: '' })
    const { out } = await calls.call('mail', 'thread', run, '--site', 'SITE-1')
    expect(out).toMatch(new RegExp(`\\[${hash}\\]\\n {2}csirt@site-9\\.example wrote`))
    expect((await calls.call('mail', 'show', hash)).out).toContain(`challenge/${run}/SITE-1`)
    expect(await calls.call('mail', 'sort', sha256(broken).slice(0, 12), '--dismiss', 'a test of ours')).toMatchObject({ status: 0 })
    expect((await calls.call('mail', 'shelf')).out).toBe('Nothing waits on the shelves.\n')
    expect(await calls.call('mail', 'sort', hash, '--dismiss', 'x')).toMatchObject({ status: 2, err: expect.stringContaining('no mail') })
  })
})

describe('ssc mail lint', () => {
  test("given the project's templates, then nothing is wrong; given a bad one of the user's, then its place is told", async () => {
    expect(await calls.call('mail', 'lint')).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringMatching(/^\d\d mail templates, and nothing wrong/),
    })
    const folder = join(calls.home, 'mail-templates')
    mkdirSync(folder)
    writeFileSync(join(folder, 'closing.hbs'), 'Subject: it is over\n\nGoodbye {{site.name}}\n')
    const linted = await calls.call('mail', 'lint')
    expect(linted).toMatchObject({ status: 1, out: '' })
    expect(linted.err).toContain(`${join(folder, 'closing.hbs')}: the subject does not begin with 'EXERCISE: ' (scenario ssc6-cms)`)
    writeFileSync(join(folder, 'closing.hbs'), 'Subject: x\n\n{{nothing}}\n')
    expect((await calls.call('mail', 'lint')).err).toMatch(/closing\.hbs:3: /)
    expect(JSON.parse((await calls.call('mail', 'lint', '--json')).out).problems.length).toBeGreaterThan(0)
    rmSync(folder, { recursive: true })
  })
})
