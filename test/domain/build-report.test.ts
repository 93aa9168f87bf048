import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildReport } from '../../core/domain/build-report.ts'
import { RefusedError } from '../../core/domain/errors.ts'
import { type Event, type Fact, partyStream, runStream } from '../../core/domain/event.ts'
import { isKnown } from '../../core/domain/lights.ts'
import { aParty, hoursAfter, list, told } from './one-party.ts'
import { chain, samplePlan, sampleReport, sampleRubric, sampleRun, sampleScenario, type Told } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const extras = { audience: 'csirt', tlp: 'TLP:AMBER' } as const
const hour = 3_600_000

describe('a report', () => {
  it('given a run of 40 sites, when built, then every site is in it, by name, and every light occurs', () => {
    const report = sampleReport({ seed: 1, sites: 40 })
    const names = report.sites.map((s) => s.site)
    expect(names).toHaveLength(40)
    expect(names).toEqual([...names].sort())
    expect(new Set(report.sites.map((s) => s.overall))).toEqual(new Set(['green', 'amber', 'red', 'grey']))
    expect(report).toMatchObject({
      phase: 'ended',
      vo: 'cms.example',
      rubric: { id: 'sec01', version: 2 },
      tlp: 'TLP:AMBER',
      audience: 'csirt',
    })
  })

  it('given the log up to some hour, when built, then the newest fact is its clock and open deadlines are pending', () => {
    const events = sampleRun({ seed: 1, sites: 40, untilMs: launchMs + 3 * hour })
    const report = buildReport(events, extras)
    expect(report.asOf).toBe(Math.max(...events.map((e) => e.at)))
    expect(report.phase).toBe('running')
    expect(report.sites.some((s) => s.overall === 'pending')).toBe(true)
    expect(report.sites.some((s) => s.overall === 'red')).toBe(false)
  })

  it('given a run that was only planned, when built, then no site has vanished', () => {
    const events = sampleRun({ seed: 1, sites: 5, untilMs: launchMs - hour })
    expect(buildReport(events, extras)).toMatchObject({
      phase: 'approved',
      sites: Array.from({ length: 5 }, () => ({ overall: 'pending', timeline: [] })),
    })
  })

  it('given the log of a party, when built, then it is judged from it, and neither run nor site takes its facts for their own', () => {
    const party = aParty()
    const stream = partyStream(samplePlan(1, 2).id, party.id)
    const facts = [{ at: hoursAfter(0), fact: { type: 'PartyPlanned' as const, data: { party } } }, told(), list('no', 2), list('yes', 20)]
    const planned = sampleRun({ seed: 1, sites: 2 }).map((event) =>
      event.type === 'RunPlanned'
        ? { ...event, data: { ...event.data, plan: { ...event.data.plan, parties: [party, aParty('announce')] } } }
        : event,
    )
    const without = sampleReport({ seed: 1, sites: 2 })
    const report = buildReport([...planned, ...chain(facts.map((one) => ({ ...one, stream })))], extras)
    expect(report.sites).toEqual(without.sites)
    expect(report.outages).toEqual(without.outages)
    expect(report.parties.map(({ party, scores }) => [party, scores.map((s) => s.light)])).toEqual([['ca-Example', ['green', 'red']]])
    expect(report.heads.map((head) => head.stream)).toContain(stream)
    expect(without.parties).toEqual([])
  })

  it('given a run, when built, then it says by which rules it is judged, and how much of all that was expected is known', () => {
    const { title, rules, coverage, sites } = sampleReport({ seed: 1, sites: 40 })
    expect(title).toBe(sampleScenario.title)
    expect(rules).toEqual({
      expectations: sampleRubric.expectations,
      parties: sampleRubric.parties,
      workingHours: sampleRubric.workingHours,
    })
    expect(coverage.of).toBe(40 * sampleRubric.expectations.length)
    expect(coverage.known).toBe(sites.flatMap(({ scores }) => scores).filter(({ light }) => isKnown(light)).length)
  })

  it('given another rubric, when built, then the past is scored with it', () => {
    const rubric = { ...sampleRubric, version: 88, expectations: sampleRubric.expectations.slice(0, 1) }
    const report = buildReport(sampleRun({ seed: 1, sites: 3 }), { ...extras, rubric })
    expect(report.rubric.version).toBe(88)
    expect(report.sites.map(({ scores }) => scores.length)).toEqual([1, 1, 1])
  })

  it('given a run, when built, then each time is spread over the sites that have it, and those count of which it could be known', () => {
    const { times, sites } = sampleReport({ seed: 1, sites: 40 })
    for (const name of ['headsUp', 'containment', 'closure'] as const) {
      const own = sites.flatMap((site) => site.times[name] ?? [])
      expect(times[name].values).toEqual(own.sort((a, b) => a - b))
      expect(times[name].of).toBeGreaterThan(own.length)
      expect(times[name].of).toBeLessThan(40)
    }
    const silent = sites.filter(({ scores }) => scores.some(({ reason }) => reason.startsWith('the job fell silent')))
    const expected = sites.filter(
      ({ times, scores }) => times.containment !== undefined || scores.some((s) => s.category === 'containment' && s.light === 'red'),
    )
    expect(silent.length).toBeGreaterThan(0)
    expect(times.containment.of).toBe(expected.length)
  })

  it('given a run, when built, then its own story is told in plain words and in order, and names no site', () => {
    const { timeline, sites } = sampleReport({ seed: 1, sites: 40 })
    expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).sort((a, b) => a - b))
    expect(timeline.map(({ what }) => what)).toEqual([
      'The run was planned by Officer Three',
      'The plan was approved by Officer One',
      'The run was launched',
      expect.stringContaining('The first heads-up came'),
      'Our own side was down: The listener was restarted',
      'Our own side was up again',
      expect.stringMatching(/^The last heads-up came: \d+ of 40 sites have answered$/),
      expect.stringMatching(/^The last containment was seen: \d+ of 40 sites have contained it$/),
      'The run ended',
    ])
    for (const { site } of sites) expect(JSON.stringify(timeline)).not.toContain(site)
  })

  it('given a wave, a pause that lasts and a stop, when built, then each stands in the story with who did it and why', () => {
    const stream = runStream(samplePlan(1, 2).id)
    const more: Told[] = [
      { stream, at: launchMs + hour, fact: { type: 'WaveOpened', data: { by: 'Ada', reason: 'all well' } } },
      { stream, at: launchMs + 2 * hour, fact: { type: 'RunPaused', data: { by: 'Ada', reason: 'a storm', because: 'officer' } } },
      { stream, at: launchMs + 3 * hour, fact: { type: 'RunStopped', data: { by: 'Ben', reason: 'a real incident' } } },
    ]
    const before = sampleRun({ seed: 1, sites: 2, untilMs: launchMs }).map(({ at, type, data, stream }) => ({
      stream,
      at,
      fact: { type, data } as Fact,
    }))
    const words = buildReport(chain([...before, ...more]), extras).timeline.map(({ what }) => what)
    expect(words.slice(3)).toEqual([
      'The sites behind the canaries were let go',
      'The run was paused: a storm (Ada)',
      'The run was stopped: a real incident (Ben)',
    ])
  })

  it('given each chain of the log, when built, then its newest place and hash are named', () => {
    const events = sampleRun({ seed: 1, sites: 3 })
    const report = buildReport(events, extras)
    expect(report.heads.map((h) => h.stream)).toEqual([...new Set(events.map((e) => e.stream))].sort())
    for (const head of report.heads)
      expect(events.findLast((e) => e.stream === head.stream)).toMatchObject({ seq: head.seq, hash: head.hash })
  })

  it('given the same facts in another order of streams, when built, then the report is the same', () => {
    const events = sampleRun({ seed: 5, sites: 6 })
    const expected = buildReport(events, extras)
    fc.assert(
      fc.property(fc.shuffledSubarray([...events.keys()], { minLength: events.length }), (order) => {
        expect(
          buildReport(
            order.map((i) => events[i]!),
            extras,
          ),
        ).toEqual(expected)
      }),
      { numRuns: 10 },
    )
  })

  it('given a run stopped by an officer and then ended, when built, then it is called stopped', () => {
    const events = sampleRun({ seed: 1, sites: 2 })
    const stop = {
      ...events[0]!,
      type: 'RunStopped',
      data: { by: 'x', reason: 'a real incident' },
      at: launchMs + hour,
      seq: 99,
    } as (typeof events)[number]
    const report = buildReport([...events, stop], extras)
    expect(report.phase).toBe('stopped')
  })

  it('given a log without a plan, when built, then it is refused with the reason', () => {
    expect(() => buildReport([], extras)).toThrow(RefusedError)
  })
})

describe('a report of a run that is paused', () => {
  const facts = sampleRun({ seed: 1, sites: 40 }).filter((event) => event.type !== 'RunEnded')
  const stream = facts.find((event) => event.type === 'RunPlanned')!.stream
  /** The first deadlines are some hours after the first alerts, the last ones after a month. */
  const pause = fc.record({ from: fc.integer({ min: 1, max: 40 * 24 }), hours: fc.integer({ min: 0, max: 40 * 24 }) })

  /** The log until the pause, which nobody answered, and what comes after it. */
  function paused(fromMs: number, more: Told[]): Event[] {
    const begin: Told = {
      stream,
      at: fromMs,
      fact: { type: 'RunPaused', data: { by: 'Ada', reason: 'a real incident', because: 'officer' } },
    }
    return chain([...toldUntil(fromMs), begin, ...more])
  }

  const beat = (at: number): Told => ({ stream, at, fact: { type: 'WaveOpened', data: { by: 'Ada', reason: 'the clock goes on' } } })
  const lights = (events: readonly Event[]) => buildReport(events, extras).sites.flatMap((site) => site.scores.map(({ light }) => light))
  const reds = (events: readonly Event[]) => lights(events).filter((light) => light === 'red').length

  it('given a pause over deadlines, when built while it lasts, then no light turns red of it, and it stands among the outages', () => {
    fc.assert(
      fc.property(pause, ({ from, hours }) => {
        const [fromMs, untilMs] = [launchMs + from * hour, launchMs + (from + hours) * hour]
        const [begun, lasting] = [paused(fromMs, []), paused(fromMs, [beat(untilMs)])]
        expect(lights(lasting)).toEqual(lights(begun))
        expect(buildReport(lasting, extras).outages.at(-1)).toEqual({ fromMs, untilMs, what: 'the run is paused: a real incident' })
      }),
      { numRuns: 40 },
    )
  })

  it('given its end, when built, then every deadline has moved by the pause, and only after it a light turns red', () => {
    fc.assert(
      fc.property(pause, fc.integer({ min: 0, max: 10 * 24 }), ({ from, hours }, later) => {
        const [fromMs, untilMs] = [launchMs + from * hour, launchMs + (from + hours) * hour]
        const resumed: Told[] = [
          { stream, at: untilMs, fact: { type: 'RunResumed', data: { by: 'Ada', reason: 'over' } } },
          { stream, at: untilMs, fact: { type: 'OutageRecorded', data: { fromMs, untilMs, what: 'the run was paused' } } },
        ]
        expect(lights(paused(fromMs, resumed))).toEqual(lights(paused(fromMs, [])))
        const after = paused(fromMs, [...resumed, beat(untilMs + later * hour)])
        // All of the sample's clocks run day and night: as if the pause had not been, and its hours neither.
        expect(lights(after)).toEqual(lights(chain([...toldUntil(fromMs), beat(fromMs + later * hour)])))
      }),
      { numRuns: 40 },
    )
  })

  function toldUntil(untilMs: number): Told[] {
    return facts
      .filter((event) => event.at <= untilMs)
      .map(({ stream: of, at, type, data }) => ({ stream: of, at, fact: { type, data } as Fact }))
  }

  it('given the same silence without a pause, when built, then lights do turn red', () => {
    const fromMs = launchMs + 4 * hour
    expect(reds(chain([...toldUntil(fromMs), beat(launchMs + 30 * 24 * hour)]))).toBeGreaterThan(reds(paused(fromMs, [])) + 20)
  })
})
