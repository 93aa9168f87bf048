import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runStream } from '../../core/domain/event.ts'
import { type Calls, openCalls } from './calls.ts'
import { plannedRun } from './control-run.ts'

let calls: Calls
let run: string
let steps: string[]

beforeAll(async () => {
  calls = await openCalls()
  run = await plannedRun(calls, { seed: 1 })
  const { phases } = JSON.parse((await calls.call('checklist', run, '--json')).out)
  steps = phases.flatMap((phase: { steps: { id: string }[] }) => phase.steps.map(({ id }) => id))
})
afterAll(async () => calls?.close())

async function ticks() {
  const events = await (await calls.instance()).store.readStream(runStream(run))
  return events.flatMap((one) => (one.type === 'StepTicked' ? [one.data] : []))
}

describe('ssc checklist', () => {
  test('given a step that was done, when it is ticked twice by two officers, then the first one did it; taken back it is open', async () => {
    const [step = ''] = steps
    const { status, out } = await calls.call('checklist', run, '--tick', step, '--by', 'Ada', '--note', 'they\nagreed by phone')
    expect([status, out]).toEqual([0, expect.stringMatching(new RegExp(`\\[x\\] ${step}: [\\s\\S]* UTC, Ada: they agreed by phone\n`))])
    expect(out).toContain(`[ ] ${steps[1]}: `)
    expect((await calls.call('checklist', run, '--tick', step, '--by', 'Ben')).out).toContain(', Ada: they agreed')
    expect((await calls.call('checklist', run, '--untick', step, '--by', 'Ben')).out).toContain(`[ ] ${step}: `)
    expect(await ticks()).toEqual([
      { step, done: true, by: 'Ada', note: 'they agreed by phone' },
      { step, done: false, by: 'Ben', note: '' },
    ])
  })

  test('given what cannot be ticked, when it is, then it is said what can be, and nothing is written', async () => {
    const before = await ticks()
    const unknown = await calls.call('checklist', run, '--tick', 'no-such-step')
    expect(unknown).toMatchObject({ status: 2, err: expect.stringContaining(`there are: ${steps.join(', ')}`) })
    const both = await calls.call('checklist', run, '--tick', steps[0]!, '--untick', steps[1]!)
    expect(both).toMatchObject({ status: 2, err: expect.stringContaining('either --tick or --untick') })
    expect(await calls.call('checklist', run, '--note', 'alone')).toMatchObject({ status: 2, err: expect.stringContaining('--note goes') })
    expect(await ticks()).toEqual(before)
  })
})
