import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, ChallengeFact } from '../../core/domain/event.ts'
import type { SiteEvidence } from '../../core/domain/rubric.ts'
import { type LaunchedRun, type WorkKind, workOfChallenge, workOfParty, workOfRun } from '../../core/domain/work.ts'
import { launchedRun, scenarioWith } from './launched-run.ts'
import { aSite } from './sites.ts'

const midnight = Date.parse('2027-01-11T00:00:00Z')
const run = launchedRun({
  sites: [aSite('DE-ONE', { timeZone: 'Europe/Berlin' })],
  state: { launchedMs: midnight, scenario: scenarioWith([]) },
})
const { plan, scenario } = run

function trailOf(letter: 'notification') {
  return { type: 'MailAccepted', data: { effect: 'e', mail: letter, letter, role: 'ca', messageId: 'm', answer: '250' } } as const
}

function work(facts: (ChallengeFact & { at: number })[], over: Partial<LaunchedRun> = {}) {
  const stream = 'challenge/r-1/DE-ONE'
  const events = facts.map((fact, i) => ({ ...fact, stream, seq: i + 1, hash: '' })) as ChallengeEvent[]
  return workOfChallenge({ ...run, ...over }, plan.sites[0]!, foldChallenge(events))
}

const seen = { type: 'AgentSeen', data: { host: 'wn', pid: 1 }, at: midnight + 1000 } as const
const submitted = { type: 'JobSubmitted', data: { effect: 'e', nativeId: 'n' }, at: midnight } as const
const alert = { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm' } as const
const accepted = {
  type: 'MailAccepted',
  data: { ...alert, answer: '250' },
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

  test('given a rubric that counts what GOCDB and Pakiti tell, then they are asked in the same rounds; else GOCDB is once, for downtimes of before the alert', () => {
    const kindsWith = (...evidence: SiteEvidence[]) => {
      const [one] = run.rubric.expectations
      const rubric = { ...run.rubric, expectations: evidence.map((kind) => ({ ...one!, evidence: kind })) }
      const all = work([submitted, seen, accepted], { rubric })
      const dues = (kind: WorkKind) => all.filter((each) => each.kind === kind).map(({ due }) => due)
      for (const kind of ['probe-pakiti', 'read-gocdb'] as const)
        if (dues(kind).length > 1) expect(dues(kind)).toEqual(dues('probe-access'))
      expect(dues('read-gocdb')[0]).toBe(dues('probe-access')[0])
      return [dues('probe-pakiti').length > 0, dues('read-gocdb').length > 1]
    }
    expect(kindsWith('human-reply', 'contained')).toEqual([false, false])
    expect(kindsWith('packages')).toEqual([true, false])
    expect(kindsWith('downtime')).toEqual([false, true])
    expect(kindsWith('packages', 'certified', 'downtime')).toEqual([true, true])
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

describe('the revocation list of a CA', () => {
  const ca = { role: 'ca', name: 'Example', address: 'ra@ca.example', crl: 'https://ca.example/ca.crl' }
  const parties = [ca, { ...ca, name: 'Silent', crl: undefined }, { ...ca, role: 'vo' }].map(({ crl, ...one }) =>
    crl ? { ...one, crl } : one,
  )
  const told = { at: midnight + 5 * 60_000, ...trailOf('notification') }
  const looks = (name: string, facts: (ChallengeFact & { at: number })[], over: Partial<LaunchedRun> = {}) => {
    const run = launchedRun({ run: { parties }, state: { launchedMs: midnight, ...over } })
    const party = run.plan.parties.find((one) => one.id === name)!
    const events = facts.map((fact, i) => ({ ...fact, stream: `party/r-1/${name}`, seq: i + 1, hash: '' })) as ChallengeEvent[]
    return workOfParty(run, party, foldChallenge(events)).filter((one) => one.kind === 'probe-crl')
  }
  const list = (listed: 'yes' | 'no') => ({ type: 'RevocationSeen', data: { listed, why: '' }, at: told.at + 1 }) as const

  test('given a CA that was told, then its list is looked into in the rounds of the sites, until the certificate stands in it', () => {
    const { every } = scenario.watch
    const all = looks('ca-Example', [told])
    expect(all[0]).toMatchObject({ due: midnight + every, payload: { party: 'ca-Example' }, stream: 'party/r-1/ca-Example' })
    expect(all.every(({ due }) => due % every === 0 && due > told.at)).toBe(true)
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
    for (const { id } of all) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9._-]*$/)
    expect(looks('ca-Example', [told, list('no')])).toEqual(all)
    expect(looks('ca-Example', [told, list('yes')])).toEqual([])
  })

  test('given a CA that was not told, has no list, or a stopped run, or another party, then nothing is looked into', () => {
    expect(looks('ca-Example', [])).toEqual([])
    expect(looks('ca-Silent', [told])).toEqual([])
    expect(looks('vo-Example', [told])).toEqual([])
    expect(looks('ca-Example', [told], { stopped: { at: told.at, by: 'a', reason: 'b' } })).toEqual([])
  })
})

describe('the waves', () => {
  const waves = launchedRun({ sites: [aSite('DE-A'), aSite('DE-B'), aSite('FR-C')], run: { canaries: 1 }, state: { launchedMs: midnight } })
  const due = (over: Partial<LaunchedRun> = {}) =>
    waves.plan.sites.map((site) => workOfChallenge({ ...waves, ...over }, site, foldChallenge([]))[0]?.due)

  test('given canaries, then they alone get a job, and the others once the wave is opened; without any all get theirs', () => {
    expect(due().filter((one) => one !== undefined)).toEqual([midnight])
    const opened = due({ waveMs: midnight + 90_000 })
    expect(opened.toSorted()).toEqual([midnight, midnight + 90_000, midnight + 90_000])
    const none = waves.plan.sites.map(({ canary: _, ...site }) => site)
    expect(due({ plan: { ...waves.plan, sites: none } })).toEqual([midnight, midnight, midnight])
  })
})

describe('the tasks of an agent', () => {
  const job = {
    ...scenario.job!,
    actions: ['report', 'mark'] as const,
    tasks: [
      { after: 60_000, do: 'report' },
      { after: 0, do: 'mark', number: 1 },
    ] as const,
  }
  const own = { scenario: { ...scenario, job: { ...job, actions: [...job.actions], tasks: [...job.tasks] } } }
  const tasks = (facts: Parameters<typeof work>[0]) => work(facts, own).filter((one) => one.kind === 'send-task')
  const signed = (effect: string) => ({ type: 'TaskSigned', data: { effect, sequence: 1, expires: 2, do: 'idle' }, at: midnight }) as const
  const ordered = { type: 'TaskOrdered', data: { id: '1', by: 'Ada', do: 'mark', number: 3 }, at: midnight + 30_000 } as const
  const [first, second, byHand] = ['task-2', 'by-hand-1', 'task-1'].map((name) => `send-task.r-1.DE-ONE.${name}`)

  test('given an agent that was not seen, or that is gone, then it has none', () => {
    expect(tasks([submitted, ordered])).toEqual([])
    expect(tasks([submitted, seen, ordered, { type: 'AgentStopped', data: { reason: 'signal' }, at: midnight + 2_000 }])).toEqual([])
  })

  test('given tasks of the scenario and of an officer, then one after the other by their times, each once the one before is settled', () => {
    expect(tasks([seen, ordered])).toMatchObject([{ id: first, due: seen.at, payload: { order: { do: 'mark', number: 1 } } }])
    expect(tasks([seen, ordered, signed(first!)])).toMatchObject([
      { id: second, due: ordered.at, payload: { order: { do: 'mark', number: 3 } } },
    ])
    const refused = {
      type: 'TaskRefused',
      data: { effect: second!, by: 'gate', reason: 'x', do: 'mark', number: 3 },
      at: midnight,
    } as const
    expect(tasks([seen, ordered, signed(first!), refused])).toMatchObject([
      { id: byHand, due: seen.at + 60_000, payload: { order: { do: 'report' } } },
    ])
    expect(tasks([seen, ordered, signed(first!), refused, signed(byHand!)])).toEqual([])
  })
})

describe('a challenge that is called off', () => {
  const withdrawn = { consents: [{ of: { site: 'DE-ONE' }, by: 'Eve', at: midnight + 7, given: false }] }
  const alerted = [
    submitted,
    { ...accepted, type: 'MailSending', data: { ...alert, to: 'a@b.example', carrier: 'mail', contentHash: 'h' } },
  ] as const

  test('given a site that takes part no longer, then its job is cancelled, and nothing else is left', () => {
    expect(work([submitted, seen, accepted], withdrawn)).toMatchObject([{ kind: 'cancel-job', due: midnight + 7 }])
    const other = { consents: [{ of: { site: 'FR-TWO' }, by: 'Eve', at: midnight + 7, given: false }] }
    expect(work([submitted, seen, accepted], other).length).toBeGreaterThan(10)
  })

  test('given a stop or a real incident, then those are told who know of the exercise, and nobody else', () => {
    const stopped = { stopped: { at: midnight + 5, by: 'a', reason: 'b' } }
    const notices = (facts: Parameters<typeof work>[0], over: Partial<LaunchedRun>) =>
      work(facts, over).flatMap((one) => (one.kind === 'send-mail' && one.due < midnight + 60_000 ? [one.payload.mail] : []))
    expect(notices([...alerted], stopped)).toEqual(['stopped'])
    expect(notices([submitted], stopped)).toEqual([])
    const incident = { pauses: [{ fromMs: midnight + 9_000, by: 'a', reason: 'b', because: 'real incident' as const }] }
    expect(notices([...alerted], incident)).toEqual(['real-incident'])
    expect(notices([], incident)).toEqual([])
    expect(notices([...alerted], { pauses: [{ ...incident.pauses[0]!, because: 'officer' }] })).toEqual([])
  })
})
