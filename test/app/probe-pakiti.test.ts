import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probePakiti } from '../../core/app/probe-pakiti.ts'
import { readChallenge, streamOf } from '../../core/app/view.ts'
import type { PackagesSeen } from '../../core/domain/event.ts'
import { findEvidence } from '../../core/domain/evidence.ts'
import type { PakitiLine, PakitiQuestion } from '../../core/domain/pakiti.ts'
import type { Instance } from '../../core/instance.ts'
import { inWindow } from './gating.ts'
import { openFresh } from './instance.ts'
import { alertSite, HOUR_MS, roundsOf, runThatWaits } from './rounds-rig.ts'

let instance: Instance
let close: () => Promise<void>

beforeAll(async () => {
  const opened = await openFresh()
  instance = opened.instance
  close = opened.close
})

afterAll(() => close())

const line = (host: string, reportedMs: number): PakitiLine => ({ tag: 'Critical', cve: 'CVE-2027-1', site: 'DE-ONE', host, reportedMs })

/** A run whose site DE-ONE is alerted, and FR-TWO is not; Pakiti says what the test sets. */
async function rig({ host = '127.0.0.1', alerted = ['DE-ONE'] } = {}) {
  const { store } = instance
  const run = await runThatWaits(store, 'packages')
  for (const site of alerted) await alertSite(store, run, site)
  const rounds = roundsOf(store, run, 'probe-pakiti')
  const says: { now: readonly PakitiLine[] | Error } = { now: [] }
  const questions: PakitiQuestion[] = []
  const ask = async (question: PakitiQuestion) => {
    questions.push(question)
    if (says.now instanceof Error) throw says.now
    return says.now
  }
  const seen = async () => (await rounds.facts('DE-ONE')).map(({ data }) => data as PackagesSeen)
  return { ...rounds, run, says, questions, seen, go: () => rounds.round(probePakiti, { pakiti: { host, ask } }) }
}

describe('given a run that waits for packages', () => {
  it('when rounds follow one another, then changes alone are logged, up to the moment at which all is mended', async () => {
    const { says, go, seen, run } = await rig()
    expect([await go(), await go()]).toEqual(['done', 'done'])
    says.now = [line('wn01.secret.example', inWindow + 3 * HOUR_MS), line('wn02.secret.example', inWindow + 3 * HOUR_MS)]
    await go()
    says.now = [line('wn01.secret.example', inWindow + 4 * HOUR_MS)]
    await go()
    says.now = [line('wn01.secret.example', inWindow + 5 * HOUR_MS)]
    await go()
    says.now = []
    await go()
    await go()
    expect(
      (await seen()).map(({ hosts, vulnerable, reportedMs }) => [hosts, vulnerable[0]?.hosts, (reportedMs - inWindow) / HOUR_MS]),
    ).toEqual([
      [0, undefined, -inWindow / HOUR_MS],
      [2, 2, 3],
      [1, 1, 4],
      [1, undefined, 8],
    ])
    expect(JSON.stringify(await seen())).not.toContain('secret')
    const state = await readChallenge(instance.store, streamOf(run, run.plan.sites[0]!))
    const found = findEvidence({ evidence: 'packages' }, state, { alertedMs: state.mails.alert.accepted!.at })
    expect(found.map(({ fraction }) => fraction)).toEqual([0.5, 0.5, 1])
  })

  it('when asked, then alerted sites alone are, for the days since two before the launch', async () => {
    const { go, questions, facts } = await rig()
    await go()
    expect(questions.map(({ site }) => site)).toEqual(['DE-ONE'])
    expect(questions[0]!.days).toBeGreaterThan(2)
    expect(await facts('FR-TWO')).toEqual([])
  })

  it('when Pakiti cannot be had, then that is said once for all sites, nothing is changed, and nobody counts as mended', async () => {
    const { says, go, seen, said } = await rig({ alerted: ['DE-ONE', 'FR-TWO'] })
    says.now = [line('wn01', inWindow - HOUR_MS)]
    await go()
    says.now = new Error('it is away')
    expect(await go()).toBe('done')
    expect(said).toEqual([expect.stringMatching(/^Pakiti could not be asked: waits-\d+ 2 it is away$/)])
    expect(await seen()).toMatchObject([{ hosts: 1 }])
    says.now = [line('wn01', inWindow)]
    await go()
    expect(await seen()).toHaveLength(1)
  })

  it('when its clock is ahead of ours, then that is said, and the report counts as one of now', async () => {
    const { says, go, seen, said } = await rig()
    says.now = [line('wn01', inWindow + HOUR_MS)]
    await go()
    expect(said.join()).toMatch(/clock is not ours: .* pakiti\.timeZone/)
    expect((await seen())[0]?.reportedMs).toBe(inWindow)
  })

  it('when none is configured, or it is not on this machine in a rehearsal, or a STOP file lies here, then nobody is asked', async () => {
    const none = await rig()
    expect(await none.round(probePakiti, {})).toBe('done')
    const outside = await rig({ host: 'pakiti.example' })
    expect([await outside.go(), outside.questions]).toEqual(['refused', []])
    const halted = await rig()
    halted.halt('STOP')
    expect([await halted.go(), halted.questions]).toEqual(['refused', []])
  })
})
