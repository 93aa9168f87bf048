import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { projectFolder } from '../../core/plugins.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, seen, tell } from './control-run.ts'

let calls: Calls
let run: string
beforeAll(async () => {
  calls = await openCalls()
  run = await launchedRun(calls, { seed: 1 })
  const alert = { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' } as const
  await tell(calls, run, 'SITE-0', seen, { type: 'MailAccepted', data: alert })
  const now = Date.now()
  await tell(
    calls,
    run,
    'SITE-0',
    { type: 'OfficerNoted', data: { by: 'Ada', text: 'they called', fulfils: 'heads-up', happenedMs: now } },
    { type: 'PauseAgreed', data: { fromMs: now, untilMs: now + 2 * 3_600_000, by: 'Ada', reason: 'a power cut' } },
    { type: 'ScoreOverridden', data: { expectation: 'heads-up', light: 'amber', points: 15, reason: 'the wrong person', by: 'Ben' } },
    { type: 'AppealReceived', data: { appeal: 'a1', expectation: 'heads-up', contentHash: '0'.repeat(64) } },
    { type: 'AppealAnswered', data: { appeal: 'a1', granted: false, words: 'it was the wrong person', by: 'Ben' } },
  )
})
afterAll(async () => calls?.close())

/** The scenario's own rubric, changed as somebody would do it in a file. */
function rubricFile(change: (rubric: any) => void): string {
  const rubric = parse(readFileSync(join(projectFolder, 'scenarios/ssc6-cms/rubric.yaml'), 'utf8'))
  change(rubric)
  writeFileSync(join(calls.cwd, 'other.yaml'), stringify(rubric))
  return 'other.yaml'
}

describe('ssc score --explain', () => {
  test('given a pause, an override and an appeal, when explained, then each is told, with both values and the times in the zone', async () => {
    const { out, status } = await calls.call('score', run, '--site', 'SITE-0', '--explain')
    expect(status).toBe(0)
    expect(out).toMatch(/Its clocks stood still:\n {2}.* \+0\d:00 \(.* UTC\) to .* {2}2 h {2}agreed by Ada: a power cut/)
    expect(out).toMatch(/\[AMBER\] .*: 15 of 40 points/)
    expect(out).toMatch(/Why: +decided by Ben: the wrong person/)
    expect(out).toMatch(/By the rubric: \[GREEN\] {2}40 of 40 points\. in time/)
    expect(out).toMatch(/Appeal: +of .*, not granted by Ben on .*: it was the wrong person/)
  })

  test('given a site without pauses, when explained, then that is said', async () => {
    expect((await calls.call('score', run, '--site', 'SITE-1', '--explain')).out).toContain('Its clocks never stood still.')
  })
})

describe('ssc score --rubric', () => {
  test('given a stricter rubric, when scored by it, then both stand side by side, and the run keeps its own', async () => {
    const before = (await calls.call('score', run, '--json')).out
    const file = rubricFile((rubric) => {
      rubric.version = 9
      rubric.expectations = rubric.expectations.filter((one: any) => one.id !== 'closure')
      rubric.expectations.push({ ...rubric.expectations[0], id: 'new-one', title: 'Something new', points: 7, mandatory: false })
    })
    const { out } = await calls.call('score', run, '--rubric', file)
    expect(out).toMatch(/SITE +\S+ V\d+ +POINTS +\S+ V9 +POINTS/)
    const data = JSON.parse((await calls.call('score', run, '--rubric', file, '--json')).out)
    expect(data.rubric.other.version).toBe(9)
    const scores = Object.fromEntries(
      data.sites[0].scores.map((one: any) => [one.expectation, Object.keys(one).filter((k) => k === 'own' || k === 'other')]),
    )
    expect(scores).toMatchObject({ 'heads-up': ['own', 'other'], closure: ['own'], 'new-one': ['other'] })
    expect((await calls.call('score', run, '--json')).out).toBe(before)
    const explained = (await calls.call('score', run, '--rubric', file, '--site', 'SITE-0', '--explain')).out
    expect(explained).toMatch(/By the other rubric: not expected/)
    expect(explained).toMatch(/Expected by the other rubric alone\n {2}Something new: \[GREEN\] {2}7 of 7/)
  })

  test('given the name of a scenario, when scored by its rubric, then it is the same as the own one', async () => {
    const data = JSON.parse((await calls.call('score', run, '--rubric', 'ssc6-cms', '--json')).out)
    for (const { overall, points } of data.sites) expect([overall.own, points.own]).toEqual([overall.other, points.other])
  })

  test.each([
    ['a file that is not there', 'nowhere.yaml', 'there is no file'],
    ['a scenario that is not there', 'nowhere', "there is no scenario 'nowhere'"],
  ])('given %s, when scored by it, then that is said', async (_, name, words) => {
    expect(await calls.call('score', run, '--rubric', name)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
  })

  test('given a rubric with mistakes, when scored by it, then each is named with its line', async () => {
    const file = rubricFile((rubric) => {
      rubric.expectations[0].points = -1
    })
    expect(await calls.call('score', run, '--rubric', file)).toMatchObject({ status: 2, err: expect.stringMatching(/line \d+.*points/) })
  })
})
