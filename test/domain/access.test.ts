import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accessOf, banWords, isBan, shutOuts, timeToBan } from '../../core/domain/access.ts'
import type { Access, AccessAnswer } from '../../core/domain/event.ts'
import type { On } from '../../core/domain/order.ts'

const HOUR = 3_600_000
const accesses = ['accepted', 'refused', 'unreachable', 'unknown'] as const

function said(seq: number, answer: Partial<AccessAnswer> & { attacker: Access }): On<'AccessChanged'> {
  const data = { control: 'accepted' as Access, service: 'arc', endpoint: 'https://ce.example/arex', words: '', ...answer }
  return { stream: 'challenge/r/S', seq, at: seq * HOUR, hash: '', type: 'AccessChanged', data }
}

const anyAnswers = fc
  .array(
    fc.record({
      attacker: fc.constantFrom(...accesses),
      control: fc.constantFrom(...accesses),
      service: fc.constantFrom('arc', 'gridftp'),
      endpoint: fc.constantFrom('one', 'two'),
    }),
    { maxLength: 12 },
  )
  .map((answers) => answers.map((answer, i) => said(i + 1, answer)))

describe('how a site treats the identities', () => {
  test('given answers in any order, then the same is known of every service', () => {
    fc.assert(
      fc.property(anyAnswers, fc.nat(), (answers, seed) => {
        const mixed = answers.map((one, i) => ({ one, key: ((i + 1) * (seed + 7919)) % 104_729 })).sort((a, b) => a.key - b.key)
        const other = mixed.map(({ one }) => one)
        expect(accessOf(other)).toEqual(accessOf(answers))
        expect(shutOuts(other)).toEqual(shutOuts(answers))
      }),
    )
  })

  test('given any answers, then a ban was seen exactly where the attacker was refused and the control let in', () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        for (const one of accessOf(answers)) {
          const own = answers.filter(({ data }) => data.service === one.service && data.endpoint === one.endpoint)
          const first = own.find(({ data }) => data.attacker === 'refused' && data.control === 'accepted')
          expect(one.banned?.byMs).toBe(first?.at)
          expect([one.attacker, one.control]).toEqual([own.at(-1)?.data.attacker, own.at(-1)?.data.control])
        }
      }),
    )
  })

  test.each(accesses)('given a control identity that is %s, then only an accepted one makes a refusal a ban', (control) => {
    expect(isBan({ attacker: 'refused', control })).toBe(control === 'accepted')
  })

  test('given two services, when one bans and the other still lets in, then the site has not shut the attacker out', () => {
    const open = [said(1, { attacker: 'accepted' }), said(2, { attacker: 'accepted', service: 'gridftp' })]
    const half = [...open, said(3, { attacker: 'refused' })]
    expect(shutOuts(half)).toEqual([])
    const whole = [...half, said(4, { attacker: 'refused', service: 'gridftp' })]
    expect(shutOuts(whole).map(({ seq }) => seq)).toEqual([4])
    const dead = [...half, said(4, { attacker: 'unreachable', service: 'gridftp' })]
    expect(shutOuts(dead).map(({ seq }) => seq)).toEqual([4])
  })

  test('given an unreachable service, then nothing is banned', () => {
    expect(shutOuts([said(1, { attacker: 'accepted' }), said(2, { attacker: 'unreachable', control: 'unreachable' })])).toEqual([])
  })
})

describe('the time to a ban', () => {
  test('given the round before, then it lies between the two, and never below zero', () => {
    expect(timeToBan({ afterMs: 5 * HOUR, byMs: 6 * HOUR }, 4 * HOUR)).toEqual({ least: HOUR, most: 2 * HOUR })
    expect(timeToBan({ afterMs: HOUR, byMs: 6 * HOUR }, 4 * HOUR)).toEqual({ least: 0, most: 2 * HOUR })
    expect(timeToBan({ byMs: 6 * HOUR }, 4 * HOUR)).toEqual({ most: 2 * HOUR })
  })

  test('given a ban, then its words tell the uncertainty and what the way of a central ban can explain', () => {
    expect(banWords({ afterMs: 7 * HOUR, byMs: 8 * HOUR }, 4 * HOUR)).toBe(
      'between 3 h and 4 h after the alert; all of it can be the way of a central ban',
    )
    expect(banWords({ byMs: 20 * HOUR }, 0)).toBe('within 20 h after the alert; up to 5 h of it can be the way of a central ban')
    expect(banWords({ byMs: 1 }, 4 * HOUR)).toBe('before the alert')
  })
})
