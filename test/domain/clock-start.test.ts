import { describe, expect, it } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import { namedPauses } from '../../core/domain/clock-start.ts'
import type { ChallengeEvent, SeenDowntime } from '../../core/domain/event.ts'
import { accepted, answer, begun, hoursLater, type Line, line, note, report, scored, signal, started } from './one-site.ts'
import { received } from './sample-behaviours.ts'
import { chain, sampleScenario } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

const hour = 3_600_000
const oneAlerted = { scenario: { ...sampleScenario, alert: 'one' as const } }

function word(hours: number): Line {
  const data = { from: 'FR-OAK-01', how: 'phone', words: 'they called', by: 'Officer', happenedMs: hoursLater(hours) } as const
  return line(hours + 5, { type: 'WordReached', data })
}

describe('when a site knew', () => {
  const untold = (lines: Line[]) => scored({ lines: [...started(), ...lines], run: oneAlerted })

  it('given a run that alerts one site, when it is another, then our alert to it begins nothing, and word of it does, when it came', () => {
    expect(untold([accepted()])).toMatchObject({ isTold: false, overall: 'pending' })
    expect(untold([accepted()]).alerted).toBeUndefined()
    expect(untold([word(3)])).toMatchObject({ alerted: hoursLater(3), heardFrom: [{ from: 'FR-OAK-01', how: 'phone' }] })
  })

  it('given the alerted site itself, when scored, then its clock begins with the alert, whatever it heard before', () => {
    const score = scored({ lines: [...begun(), word(-2)], run: oneAlerted, site: { alerted: true } })
    expect(score).toMatchObject({ isTold: true, alerted: hoursLater(0) })
  })

  const signs: [string, Line[], number][] = [
    ['a mail of its people', [answer(2)], 2],
    ['its containment', [signal(4)], 4],
    ['a call that an officer noted', [note('heads-up', 1, hoursLater(6))], 1],
    ['a report by the form', [report(7, { identity: 'right' })], 7],
    ['the first of several', [word(3), answer(2), signal(4)], 2],
  ]
  it.each(signs)('given %s as the first sign, when scored, then the clock begins with it', (_, lines, at) => {
    expect(untold(lines).alerted).toBe(hoursLater(at))
  })

  const noSigns: [string, Line[]][] = [
    ['an automatic answer', [received(plannedSite(), hoursLater(1), { kind: 'automatic' })]],
    ['an answer to an invitation', [received(plannedSite(), hoursLater(1), { answers: 'invitation' })]],
    ['a mail of its NGI', [received(plannedSite(), hoursLater(1), { role: 'ngi', sender: 'ngi' })]],
    ['an officer who saw the job start', [note('started', 1, hoursLater(1))]],
  ]
  it.each(noSigns)('given %s alone, when scored, then nothing shows that the site knew', (_, lines) => {
    expect(untold(lines).alerted).toBeUndefined()
  })
})

describe('when the clocks stand still', () => {
  const seen = (hours: number, data: Partial<SeenDowntime>): Line => {
    const whole = { id: 'd1', declaredMs: hoursLater(-50), startMs: hoursLater(1), endMs: hoursLater(3), severity: 'OUTAGE', ...data }
    return line(hours, { type: 'DowntimeSeen', data: whole })
  }
  const site = plannedSite({ downtimes: [{ declaredMs: hoursLater(-90), startMs: hoursLater(10), endMs: hoursLater(12) }] })
  const pauses = (lines: Line[], outages: Parameters<typeof namedPauses>[2]['outages'] = []) => {
    const state = foldChallenge(chain(lines.map((one) => ({ ...one, stream: 'challenge/r/s' }))) as ChallengeEvent[])
    return namedPauses(state, site, { outages, startMs: hoursLater(0) }).map(({ fromMs, untilMs }) => [
      (fromMs - hoursLater(0)) / hour,
      (untilMs - hoursLater(0)) / hour,
    ])
  }

  it('given a downtime that was declared before the alert and seen after it, when first seen, then it is a pause', () => {
    expect(pauses([seen(2, {})])).toEqual([
      [1, 3],
      [10, 12],
    ])
  })

  it('given one that was declared after the alert, when seen, then it is an answer, and no pause', () => {
    expect(pauses([seen(2, { declaredMs: hoursLater(0.5) })])).toEqual([[10, 12]])
  })

  it('given an old one that was made longer after the alert, when seen anew, then it keeps the length that it had', () => {
    expect(pauses([seen(-1, {}), seen(2, { endMs: hoursLater(500) })])).toEqual([
      [1, 3],
      [10, 12],
    ])
    expect(pauses([seen(2, { declaredMs: hoursLater(-90), endMs: hoursLater(500) })])).toEqual([[10, 12]])
  })

  it('given one that was made longer before the alert, when seen, then its new length counts', () => {
    expect(pauses([seen(-2, {}), seen(-1, { endMs: hoursLater(5) })])).toEqual([
      [1, 3],
      [1, 5],
      [10, 12],
    ])
  })

  it('given services that are only at risk, when seen, then they pause nothing', () => {
    expect(pauses([seen(2, { severity: 'WARNING' })])).toEqual([[10, 12]])
  })

  it('given our outage and an agreed pause, when asked, then each is told with its reason, but not what was over before the alert', () => {
    const agreed = line(0, { type: 'PauseAgreed', data: { fromMs: hoursLater(4), untilMs: hoursLater(6), by: 'Ada', reason: 'x' } })
    const outage = (from: number, until: number) => ({ fromMs: hoursLater(from), untilMs: hoursLater(until), what: 'restart' })
    expect(pauses([agreed], [outage(7, 8), outage(-9, -8)])).toEqual([
      [4, 6],
      [7, 8],
      [10, 12],
    ])
  })
})
