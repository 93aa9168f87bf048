import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, ChallengeFact } from '../../core/domain/event.ts'
import { type LaunchedRun, workOfChallenge, workOfRun } from '../../core/domain/work.ts'
import { launchedRun, scenarioWith } from './launched-run.ts'
import { aSite } from './sites.ts'

const midnight = Date.parse('2027-01-11T00:00:00Z')
const run = launchedRun({
  sites: [aSite('DE-ONE', { timeZone: 'Europe/Berlin' })],
  state: { launchedMs: midnight, scenario: scenarioWith([]) },
})
const { plan, scenario } = run

function work(facts: (ChallengeFact & { at: number })[], over: Partial<LaunchedRun> = {}) {
  const stream = 'challenge/r-1/DE-ONE'
  const events = facts.map((fact, i) => ({ ...fact, stream, seq: i + 1, hash: '' })) as ChallengeEvent[]
  return workOfChallenge({ ...run, ...over }, plan.sites[0]!, foldChallenge(events))
}

const seen = { type: 'AgentSeen', data: { host: 'wn', pid: 1 }, at: midnight + 1000 } as const
const submitted = { type: 'JobSubmitted', data: { effect: 'e', nativeId: 'n' }, at: midnight } as const
const accepted = {
  type: 'MailAccepted',
  data: { effect: 'e', mail: 'alert', messageId: 'm', answer: '250' },
  at: midnight + 8 * 3_600_000,
} as const

describe('the work that facts call for', () => {
  test('given a launch, then one job is to be sent, and no alert before it was seen', () => {
    expect(work([])).toMatchObject([{ id: 'dispatch-job.r-1.DE-ONE', due: midnight }])
    expect(work([submitted]).map((one) => one.kind)).toEqual(['dispatch-job'])
  })

  test("given a job that was seen at night, then the alert waits for the site's morning, unless the run says otherwise", () => {
    const alert = work([submitted, seen])[1]
    expect(alert).toMatchObject({ id: 'send-mail.r-1.DE-ONE.alert', due: Date.parse('2027-01-11T08:00:00Z') })
    const anyTime = { plan: { ...plan, run: { ...plan.run, alertAnyTime: true } } }
    expect(work([submitted, seen], anyTime)[1]?.due).toBe(seen.at)
  })

  test('given an accepted alert, then rounds, reminder and closing follow at the times of the scenario, with ids that stay', () => {
    const all = work([submitted, seen, accepted])
    const rounds = all.filter((one) => one.kind === 'probe-access').map((one) => one.due)
    const { every, for: close, later } = scenario.watch
    expect(rounds[0]).toBe(accepted.at + every)
    expect(rounds.filter((due) => due <= accepted.at + close)).toHaveLength(close / every)
    expect(rounds.every((due) => due % every === 0)).toBe(true)
    for (const [i, due] of rounds.entries()) if (due > accepted.at + close + later) expect(due - rounds[i - 1]!).toBe(later)
    expect(Math.max(...rounds)).toBeLessThan(workOfRun(run)[0]!.due)
    expect(all.find((one) => one.payload.mail === 'reminder')?.due).toBe(accepted.at + scenario.mails.remindAfter)
    expect(work([seen, accepted, submitted])).toEqual(all)
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
    for (const { id } of all) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9._-]*$/)
  })

  test('given a stop, then only the end of what was begun is left', () => {
    const stopped = { stopped: { at: midnight + 5, by: 'a', reason: 'b' } }
    expect(work([], stopped)).toEqual([])
    expect(work([submitted, seen, accepted], stopped)).toMatchObject([{ kind: 'cancel-job', due: midnight + 5 }])
    const rounds = workOfRun({ ...run, ...stopped })
    expect(new Set(rounds.map((one) => one.kind))).toEqual(new Set(['follow-jobs']))
    const waits = rounds.map((one) => one.due - midnight)
    expect(waits[0]).toBe(2 * 60_000)
    expect(waits.every((wait, i) => i === 0 || wait > waits[i - 1]!)).toBe(true)
    expect(waits.at(-1)).toBeGreaterThan(86_400_000)
  })

  test('given a running run, then it ends after its last clock', () => {
    expect(workOfRun(run)).toMatchObject([{ kind: 'end-run', due: Date.parse('2027-01-23T00:00:00Z') + scenario.endAfter }])
    expect(workOfRun({ ...run, endedMs: 1 })).toEqual([])
  })
})
