import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Calls, openCalls } from './calls.ts'
import { openPost, type Post, reply, runToAlert, sentId, takeIn } from './mail-run.ts'

let calls: Calls
let post: Post
beforeAll(async () => {
  calls = await openCalls()
  post = await openPost(calls)
})
afterAll(async () => {
  await post?.close()
  await calls?.close()
})

const json = async (...argv: string[]) => JSON.parse((await calls.call(...argv, '--json')).out)

describe('ssc mail list, thread, judge and link', () => {
  let run: string
  beforeAll(async () => {
    run = await runToAlert(calls, 1)
  })

  test('given nothing that left yet, then no letter is listed, and the link is refused', async () => {
    expect((await calls.call('mail', 'list', run)).out).toBe('No letter was written or ordered yet.\n')
    expect((await calls.call('mail', 'thread', run, '--site', 'SITE-0')).out).toContain('Nothing was written to SITE-0 yet')
    expect(await calls.call('mail', 'link', run, '--site', 'SITE-0')).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('no letter was sent'),
    })
  })

  test('given alerts of which one is refused, then the list tells each state, where it went and why', async () => {
    post.refuse.add('csirt@site-2.example')
    await post.carry(run)
    const { out, err } = await calls.call('mail', 'list', run)
    expect(err).toBe('')
    expect(out).toMatch(/SITE-0 +alert +csirt@site-0\.example +accepted +\S+ \S+ UTC +-/)
    expect(out).toMatch(/SITE-2 +alert +csirt@site-2\.example +refused .*by the other side: .*No such.*person/)
    expect(out).toMatch(/4 letters: 1 due, 2 accepted, 1 refused\. Answers: none\.\nWhat was refused .* ssc mail resend/)
    expect(out).not.toContain('\u001b')
    const failed = await json('mail', 'list', run, '--failed')
    expect(failed).toMatchObject({
      letters: [{ who: 'SITE-2', state: 'refused' }],
      counts: { letters: 4, states: { accepted: 2, refused: 1 } },
    })
    expect((await calls.call('mail', 'list', run, '--site', 'SITE-0')).out).not.toContain('SITE-1')
  })

  test('given answers of all kinds, then the thread has both sides in order, with kind, reason and hash, and draws nothing', async () => {
    const to = await sentId(calls, run, { site: 'SITE-0', letter: 'alert' })
    await takeIn(calls, reply('SITE-0', { to, text: 'I am away.', id: 'ooo', headers: 'Auto-Submitted: auto-replied\n' }))
    await takeIn(calls, reply('SITE-0', { to, text: 'We look \u001b[2Jinto it.\n\u202eevil', id: 'human' }))
    const { out } = await calls.call('mail', 'thread', run, '--site', 'SITE-0')
    expect(out).toMatch(/We wrote to csirt@site-0\.example: alert\. accepted\n {2}Subject: EXERCISE: .*\[EGI-\d{8}-\d{6}\]/)
    expect(out).toMatch(/\[[0-9a-f]{12}\]\n {2}csirt@site-0\.example wrote, to the alert: automatic \(/)
    expect(out).toMatch(/wrote, to the alert: by a person .*\n {2}Subject: Re: the incident\n {4}We look/)
    expect(out.indexOf('We wrote')).toBeLessThan(out.indexOf('I am away.'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect((await calls.call('mail', 'list', run)).out).toMatch(/SITE-0 .* 1 by people, 1 automatic/)
  })

  test('given an officer who judges, then the word counts at once and the thread says whose it is', async () => {
    const thread = async () => (await json('mail', 'thread', run, '--site', 'SITE-0')).threads[0].entries
    const human = (await thread()).find((one: { kind?: string }) => one.kind === 'human')
    const words = ['mail', 'judge', run, '--site', 'SITE-0', '--mail', human.hash.slice(0, 12), '--by', 'Ada']
    expect(await calls.call(...words, '--kind', 'human', '--depth', 'investigates')).toMatchObject({ status: 0, err: '' })
    expect((await thread()).find((one: { hash: string }) => one.hash === human.hash)).toMatchObject({
      kind: 'human',
      depth: 'investigates',
      judgedBy: 'Ada',
    })
    expect((await json('contacts', run)).contacts[0]).toMatchObject({ who: 'SITE-0', role: 'site', human: 1, automatic: 1, depth: 5 })
    expect(await calls.call(...words, '--kind', 'automatic', '--depth', 'knows')).toMatchObject({
      status: 2,
      err: expect.stringContaining('--kind human'),
    })
    expect(await calls.call(...words, '--kind', 'spam')).toMatchObject({ status: 2 })
    expect(await calls.call('mail', 'judge', run, '--site', 'SITE-0', '--mail', 'ffff', '--kind', 'human')).toMatchObject({
      status: 2,
      err: expect.stringContaining('no answer'),
    })
    expect(await calls.call('mail', 'judge', run, '--site', 'SITE-0', '--mail', '', '--kind', 'human')).toMatchObject({ status: 2 })
  })

  test("given a letter that was sent, then the link is the site's own", async () => {
    const [one, other] = [
      await calls.call('mail', 'link', run, '--site', 'SITE-0'),
      await calls.call('mail', 'link', run, '--site', 'SITE-1'),
    ]
    expect(one.out).toMatch(/^http:\/\/127\.0\.0\.1:8472\/report\/[0-9a-f]{32}\n$/)
    expect(one.out).not.toBe(other.out)
  })

  test("given what failed, then it is sent once more on an officer's word, and only that", async () => {
    expect(await calls.call('mail', 'resend', run)).toMatchObject({ status: 2, out: '', err: expect.stringContaining('--failed') })
    post.refuse.clear()
    await post.carry(run)
    const before = post.raw.size
    const { out } = await calls.call('mail', 'resend', run, '--failed', '--by', 'Ada')
    expect(out).toMatch(/SITE-2 +alert +.*\n1 letter goes once more/)
    await post.carry(run)
    expect(post.raw.size).toBe(before + 1)
    expect((await json('mail', 'list', run, '--failed')).letters).toEqual([])
    expect((await calls.call('mail', 'resend', run, '--failed')).out).toContain('nothing is sent again')
    expect((await json('contacts', run)).contacts.find((one: { who: string }) => one.who === 'SITE-2')).toMatchObject({
      accepted: 1,
      refused: 1,
    })
  })

  test('given a letter that came back, then it is among the failed, with the reason, in the thread and in the contacts', async () => {
    await takeIn(calls, bounceOf(await sentId(calls, run, { site: 'SITE-1', letter: 'alert' })))
    const { out } = await calls.call('mail', 'list', run, '--failed')
    expect(out).toMatch(/SITE-1 +alert +csirt@site-1\.example +came back .* 1 undeliverable/)
    expect((await calls.call('mail', 'thread', run, '--site', 'SITE-1')).out).toMatch(/came back \([\s\S]*to the alert: undeliverable \(/)
    expect((await json('contacts', run)).contacts.find((one: { who: string }) => one.who === 'SITE-1')).toMatchObject({
      accepted: 1,
      bounced: 1,
      depth: 0,
    })
  })

  test('given words that name nobody, then it is said who takes part', async () => {
    expect(await calls.call('mail', 'thread', run)).toMatchObject({
      status: 2,
      err: expect.stringContaining('either --site NAME or --party ID'),
    })
    expect(await calls.call('mail', 'thread', run, '--party', 'vo-x')).toMatchObject({
      status: 2,
      err: expect.stringContaining('vo-vo.example'),
    })
    expect(await calls.call('mail', 'list', 'none')).toMatchObject({ status: 2, err: expect.stringContaining(run) })
    expect(await calls.call('mail', 'link', run, '--site', 'SITE-9')).toMatchObject({ status: 2, err: expect.stringContaining('SITE-0') })
  })
})

/** A delivery status notification, RFC 3464. */
function bounceOf(messageId: string): string {
  return [
    'Message-ID: <dsn@mx.example>\nFrom: MAILER-DAEMON@mx.example\nTo: ssc@ssc.example\nSubject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"',
    `Auto-Submitted: auto-replied\nIn-Reply-To: ${messageId}\nReferences: ${messageId}\n`,
    '--b\nContent-Type: text/plain\n\nIt could not be delivered.\n--b\nContent-Type: message/delivery-status\n',
    'Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; csirt@site-1.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n',
  ].join('\n')
}
