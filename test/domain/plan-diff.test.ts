import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Approvable, planDiff } from '../../core/domain/plan-diff.ts'
import { samplePlan, sampleRubric, sampleScenario } from './sample-run.ts'

const approvable = (seed: number, sites: number): Approvable => ({
  plan: samplePlan(seed, sites),
  scenario: sampleScenario,
  rubric: sampleRubric,
})

describe('the difference of two plans', () => {
  it('given any plan, when held against itself with its sites in another order, then nothing is otherwise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 30 }), (seed, sites) => {
        const one = approvable(seed, sites)
        expect(planDiff(one, { ...one, plan: { ...one.plan, sites: [...one.plan.sites].reverse() } })).toEqual([])
      }),
      { numRuns: 20 },
    )
  })

  it('given other sites, limits, tasks and points, when compared, then each is named with both values', () => {
    const before = approvable(1, 6)
    const [first, ...others] = before.plan.sites
    const gone = others.at(-1)!
    const plan = {
      ...before.plan,
      run: { ...before.plan.run, limits: { ...before.plan.run.limits, mails: 99 } },
      sites: [{ ...first!, submitter: 'arc' }, ...others.slice(0, -1)],
      excluded: [...before.plan.excluded, { name: gone.name, reason: 'it is in downtime' }],
      domains: [...before.plan.domains, 'new.example'],
    }
    const scenario = { ...before.scenario, mails: { ...before.scenario.mails, remindAfter: 1 } }
    const rubric = { ...before.rubric, version: before.rubric.version + 1 }
    const found = planDiff(before, { plan, scenario, rubric })
    expect(found).toEqual(
      expect.arrayContaining([
        { what: `site ${first!.name}: submitter`, before: first!.submitter, after: 'arc' },
        { what: `site ${gone.name}`, before: 'takes part', after: 'left out: it is in downtime' },
        { what: 'limits.mails', before: String(before.plan.run.limits.mails), after: '99' },
        { what: 'domain that letters go to', before: null, after: 'new.example' },
        { what: 'scenario mails.remindAfter', before: String(before.scenario.mails.remindAfter), after: '1' },
        { what: 'rubric version', before: String(before.rubric.version), after: String(before.rubric.version + 1) },
      ]),
    )
    expect(found).toHaveLength(6)
  })
})
