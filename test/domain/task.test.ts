import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actions, catalogue, Order, signedLine, stopPath, stopText, type Task, taskText } from '../../core/domain/task.ts'

const task: Task = { job: 'ssc-r-1-DE-ONE', sequence: 7, expires: 1_800_000_000, do: 'mark', number: 3 }
const LINE =
  /^ssc-task 1 [A-Za-z0-9][A-Za-z0-9._-]{0,199} [1-9]\d* [1-9]\d* (?:(?:idle|report|stop) -|(?:mark|spawn|contact|load|move-listener) [1-9]\d?)$/

describe('an order', () => {
  test('given the catalogue, then it is the one that was agreed, and nothing has joined it', () => {
    expect(catalogue).toEqual({
      idle: null,
      report: null,
      mark: { least: 1, most: 9 },
      spawn: { least: 1, most: 5 },
      contact: { least: 1, most: 8 },
      load: { least: 1, most: 60 },
      'move-listener': { least: 1, most: 8 },
      stop: null,
    })
  })

  test('given each action and its bounds, then what lies within is an order, and one beyond is not', () => {
    for (const action of actions) {
      const bounds = catalogue[action]
      const may = (number?: number) => Order.safeParse({ do: action, ...(number === undefined ? {} : { number }) }).success
      expect([action, may()]).toEqual([action, bounds === null])
      const numbers = bounds === null ? [] : [bounds.least, bounds.most]
      for (const number of numbers) expect([action, number, may(number)]).toEqual([action, number, true])
      for (const number of [0, -1, (bounds?.most ?? 0) + 1, 1.5, Number.NaN])
        expect([action, number, may(number)]).toEqual([action, number, false])
    }
  })

  test.each([
    { do: 'exec', number: 1 },
    { do: 'stop', number: 1 },
    { do: 'mark', number: '1' },
    { do: 'mark', number: 1, path: '/etc' },
    { do: 'report', text: 'rm -rf /' },
    { do: '__proto__' },
    { do: 'constructor' },
    {},
    null,
    'idle',
  ])('given %j, then it is no order', (order) => {
    expect(Order.safeParse(order).success).toBe(false)
  })
})

describe('the text that is signed', () => {
  test('given a task, then it is written as the agents read it', () => {
    expect(taskText(task)).toBe('ssc-task 1 ssc-r-1-DE-ONE 7 1800000000 mark 3')
    const { number: _, ...plain } = { ...task, do: 'report' as const }
    expect(taskText(plain)).toBe('ssc-task 1 ssc-r-1-DE-ONE 7 1800000000 report -')
    expect(signedLine(stopText('r-1'), 'c2ln')).toBe('ssc-stop 1 r-1 c2ln')
    expect(stopPath('r-1')).toBe('/v1/stop/r-1')
  })

  test('given anything at all in the place of each part, then it throws, or the text is of the catalogue', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.constantFrom(...actions),
      fc.constantFrom(undefined, null, 'a b', 'x\nssc-stop 1 y'),
      fc.anything(),
    )
    let good = 0
    fc.assert(
      fc.property(
        fc.record({
          job: fc.oneof({ weight: 5, arbitrary: fc.constant('job') }, anything),
          sequence: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1 }) }, anything),
          expires: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1 }) }, anything),
          do: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...actions) }, anything),
          number: fc.oneof(
            { weight: 5, arbitrary: fc.integer({ min: -2, max: 70 }) },
            { weight: 3, arbitrary: fc.constant(undefined) },
            anything,
          ),
        }),
        (wild) => {
          const { number, ...rest } = wild
          let text: string
          try {
            text = taskText({ ...rest, ...(number === undefined ? {} : { number }) } as Task)
          } catch {
            return
          }
          good += 1
          expect(text).toMatch(LINE)
        },
      ),
      { numRuns: 3_000 },
    )
    expect(good).toBeGreaterThan(300)
  })

  test.each(['', 'a b', '../x', 'x\ny', '-x', 'x'.repeat(201)])('given the run %j, then no stop is written for it', (run) => {
    expect(() => stopText(run)).toThrow()
    expect(() => stopPath(run)).toThrow()
  })
})
