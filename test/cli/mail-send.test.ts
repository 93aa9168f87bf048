import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailKinds, traitsOf } from '../../core/domain/mail.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, plannedRun } from './control-run.ts'
import { openPost, type Post, runToAlert, sentId, withParties } from './mail-run.ts'

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

const orders = async (run: string) => {
  const events = await (await calls.instance()).store.readRun(run)
  return events.flatMap((one) => (one.type === 'MailOrdered' ? [{ stream: one.stream, ...one.data }] : []))
}

describe('ssc mail send', () => {
  test('given the same words twice on a day, then they are ordered once, with --again once more, and it is said', async () => {
    const run = await launchedRun(calls, { seed: 1, run: withParties })
    const words = ['mail', 'send', run, '--kind', 'question', '--to', 'site:SITE-0', '--text', 'Which host was it?', '--by', 'Ada']
    expect((await calls.call(...words, '--dry-run')).out).toMatch(/SITE-0 +site +csirt@site-0\.example\n\nA dry run: question, 1 letter/)
    expect(await orders(run)).toEqual([])
    expect(await calls.call(...words)).toMatchObject({ status: 0, err: '', out: expect.stringContaining('Ordered: question, 1 letter') })
    expect((await calls.call(...words)).out).toMatch(/1 of 1 has the very same order of today already.*--again\nNothing was ordered/)
    expect((await calls.call(...words, '--to', 'site:SITE-1')).out).toMatch(/1 of 2 has .*\nOrdered: question, 1 letter/)
    expect((await calls.call(...words, '--again')).out).toContain('Ordered: question, 1 letter')
    expect((await calls.call(...words, '--again')).out).toContain('Ordered: question, 1 letter')
    const all = await orders(run)
    expect(all.map((one) => one.stream.split('/')[2])).toEqual(['SITE-0', 'SITE-0', 'SITE-0', 'SITE-1'])
    expect(new Set(all.filter((one) => one.stream.endsWith('0')).map((one) => one.id)).size).toBe(3)
    expect(all[0]).toMatchObject({ mail: 'question', role: 'site', text: 'Which host was it?', by: 'Ada' })
    expect((await calls.call('mail', 'list', run)).out).toMatch(/SITE-1 +question +csirt@site-1\.example +ordered/)
  })

  test('given groups and roles, then each addressee has one order, in its own role', async () => {
    const run = await launchedRun(calls, { seed: 2, run: withParties })
    writeFileSync(join(calls.cwd, 'words.txt'), 'One line.\r\nTwo lines.\r\n')
    const words = ['--to', 'all-sites', 'all-parties', 'vo', 'site:SITE-1', '--text-file', 'words.txt']
    expect(await calls.call('mail', 'send', run, '--kind', 'degradation', ...words)).toMatchObject({ status: 0, err: '' })
    const all = await orders(run)
    expect(all.map((one) => [one.stream.split('/')[2], one.role])).toEqual([
      ['SITE-0', 'site'],
      ['SITE-1', 'site'],
      ['SITE-2', 'site'],
      ['ngi-NGI_DE', 'ngi'],
      ['vo-vo.example', 'vo'],
    ])
    expect(new Set(all.map((one) => one.text))).toEqual(new Set(['One line.\nTwo lines.']))
    await post.carry(run)
    expect((await calls.call('mail', 'thread', run, '--party', 'vo-vo.example')).out).toMatch(
      /With the VO, vo-vo\.example[\s\S]*Two lines\./,
    )
    expect((await calls.call('mail', 'list', run, '--party', 'vo-vo.example')).out).toMatch(
      /^WHO[^\n]*\n(vo-vo\.example [^\n]*\n){2}\n2 letters: /,
    )
  })

  test('given several mistakes, then all are named at once and nothing is ordered', async () => {
    const run = await plannedRun(calls, { seed: 3, run: withParties })
    const { status, out, err } = await calls.call(
      ...['mail', 'send', run, '--kind', 'question', '--to', 'site:SITE-9', 'party:x', 'nren', 'everybody', 'site:SITE-0'],
      ...['--role', 'manager', '--text', 'a', '--text-file', 'b', '--sites', 'SITE-0,SITE-8'],
    )
    expect({ status, out }).toEqual({ status: 2, out: '' })
    for (const mistake of [
      'SITE-9',
      'party:x',
      'nren:',
      'everybody:',
      'not for manager',
      'either --text or --text-file',
      'SITE-8',
      'once the run is launched',
    ])
      expect(err).toContain(mistake)
    const wrong: [words: string[], message: string][] = [
      [['--kind', 'alert', '--to', 'all-sites'], 'by the rules of the scenario'],
      [['--kind', 'invitation', '--to', 'vo'], 'is not for vo'],
      [['--kind', 'invitation', '--to', 'SITE-1'], 'SITE-1: say site:SITE-1\n'],
      [['--kind', 'pre-warning', '--to', 'vo-vo.example'], 'vo-vo.example: say party:vo-vo.example\n'],
      [['--kind', 'contact-check', '--to', 'site:SITE-0', '--role', 'manager'], 'no address of manager'],
      [['--kind', 'invitation', '--to', 'all-sites', '--text', 'a\u001b[2J'], 'control characters'],
      [['--kind', 'invitation', '--to', 'all-sites', '--text', 'x'.repeat(20_001)], 'a letter takes 20000'],
      [['--kind', 'invitation', '--to', 'all-sites', '--text-file', 'none.txt'], 'there is no such file'],
      [['--kind', 'poem', '--to', 'all-sites'], 'Allowed choices'],
    ]
    for (const [words, message] of wrong) {
      const called = await calls.call('mail', 'send', run, ...words)
      expect({ words, status: called.status, out: called.out }).toEqual({ words, status: 2, out: '' })
      expect(called.err).toContain(message)
    }
    expect(await orders(run)).toEqual([])
  })
})

describe('ssc mail preview', () => {
  test('given an alert that goes out, then the preview was its very bytes', async () => {
    const run = await runToAlert(calls, 4)
    const preview = await calls.call('mail', 'preview', run, '--kind', 'alert', '--site', 'SITE-1', '--raw')
    await post.carry(run)
    const sent = post.raw.get(await sentId(calls, run, { site: 'SITE-1', letter: 'alert' }))!.toString('latin1')
    // The clock went on: the moments in it are another second's.
    const timeless = (text: string) => text.replace(/\d\d:\d\d(:\d\d)?/g, 'T').trimEnd()
    expect(preview).toMatchObject({ status: 0, err: '' })
    expect(timeless(preview.out)).toBe(timeless(sent))
    expect(preview.out).toContain('\r\n')
    expect((await calls.call('mail', 'preview', run, '--kind', 'alert', '--site', 'SITE-1')).out).not.toContain('\r')
  })

  test('given words of an officer, then the preview has the Message-ID that the letter gets', async () => {
    const run = await plannedRun(calls, { seed: 5, run: withParties })
    await calls.call('approve', run, '--by', 'Ben')
    const words = ['--kind', 'invitation', '--text', 'Will you take part?']
    const { out } = await calls.call('mail', 'preview', run, ...words)
    await calls.call('mail', 'send', run, ...words, '--to', 'site:SITE-0')
    await post.carry(run)
    const [, id] = /^Message-ID: (\S+)/im.exec(out) ?? []
    expect(post.raw.get(id!)?.toString()).toContain('Will you take part?')
  })

  test('given every kind, then a planned run and a scenario alone can show it', async () => {
    const run = await plannedRun(calls, {
      seed: 6,
      run: { ...withParties, parties: [...withParties.parties, { ...withParties.parties[0]!, role: 'announce' }] },
    })
    for (const kind of mailKinds) {
      const sample = await calls.call('mail', 'preview', '--scenario', 'ssc6-cms', '--kind', kind)
      expect([kind, sample.status, sample.err]).toEqual([kind, 0, ''])
      expect(sample.out).toMatch(/^Subject: /im)
      const [role] = traitsOf(kind).to
      const called = await calls.call('mail', 'preview', run, '--kind', kind, '--text', 'Some words.')
      expect([kind, called.status, called.err]).toEqual([kind, 0, ''])
      expect(called.out).toContain(role === 'announce' ? 'TLP:CLEAR' : 'TLP:AMBER')
    }
    expect((await calls.call('mail', 'preview', run, '--kind', 'reminder')).out).toContain('alert')
    const silent = await calls.call('mail', 'preview', run, '--kind', 'question')
    expect(silent).toMatchObject({ status: 0, err: expect.stringContaining('give them with --text') })
  })

  test('given words that fit nothing, then it is said', async () => {
    const run = await plannedRun(calls, { seed: 7 })
    const cases: [words: string[], message: string][] = [
      [['--kind', 'alert'], 'either RUN, or --scenario'],
      [[run, '--kind', 'alert', '--scenario', 'ssc6-cms'], 'either RUN, or --scenario'],
      [['--kind', 'alert', '--scenario', 'none'], "no scenario 'none'"],
      [['--kind', 'alert', '--scenario', 'ssc6-cms', '--role', 'vo'], 'is not for vo'],
      [[run, '--kind', 'notification'], 'no parties'],
      [[run, '--kind', 'alert', '--role', 'ngi'], 'is not for ngi'],
      [[run, '--kind', 'alert', '--site', 'SITE-9'], 'SITE-0'],
    ]
    for (const [words, message] of cases) {
      const called = await calls.call('mail', 'preview', ...words)
      expect({ words, out: called.out }).toEqual({ words, out: '' })
      expect(called.err).toContain(message)
    }
  })
})
