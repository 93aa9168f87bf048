import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consentOf } from '../../core/domain/consent.ts'
import type { ConsentOf } from '../../core/domain/event.ts'
import type { ConsentWord } from '../../core/domain/run-state.ts'
import { launchedRun } from './launched-run.ts'

const site = { name: 'DE-ONE', ngi: 'NGI_DE' }
const now = 1_000
const of = { site: { site: 'DE-ONE' }, ngi: { ngi: 'NGI_DE' }, other: { site: 'FR-TWO' } } satisfies Record<string, ConsentOf>

function yes(whose: keyof typeof of, time: Pick<ConsentWord, 'fromMs' | 'toMs'> = {}): ConsentWord {
  return { of: of[whose], by: whose, at: 0, given: true, ...time }
}

function no(whose: keyof typeof of): ConsentWord {
  return { of: of[whose], by: whose, at: 0, given: false }
}

type Basis = 'policy' | 'ngi' | 'site'

function verdict(basis: Basis, consents: ConsentWord[], rehearsal = false) {
  return consentOf(launchedRun({ run: { rehearsal, consent: { basis, by: 'x' } }, state: { consents } }), site, now)
}

const given = { is: 'given' }

describe('whether a site may be challenged', () => {
  test.each([
    ['policy', 'nobody spoke', [], given],
    ['ngi', 'nobody spoke', [], { is: 'missing', whose: 'NGI_DE' }],
    ['site', 'nobody spoke', [], { is: 'missing', whose: 'DE-ONE' }],
    ['ngi', 'the NGI agreed', [yes('ngi')], given],
    ['ngi', 'the site agreed', [yes('site')], given],
    ['site', 'the site agreed', [yes('site')], given],
    ['site', 'the NGI alone agreed', [yes('ngi')], { is: 'missing', whose: 'DE-ONE' }],
    ['ngi', 'another site agreed', [yes('other')], { is: 'missing', whose: 'NGI_DE' }],
    ['policy', 'the site takes part no longer', [no('site')], { is: 'withdrawn', by: 'site' }],
    ['policy', 'the NGI takes part no longer', [no('ngi')], { is: 'withdrawn', by: 'ngi' }],
    ['site', 'the site agreed, and its NGI does not', [yes('site'), no('ngi')], { is: 'withdrawn', by: 'ngi' }],
    ['ngi', 'the NGI agreed, and the site does not', [no('site'), yes('ngi')], { is: 'withdrawn', by: 'site' }],
    ['site', 'the site agreed, and thought otherwise', [yes('site'), no('site')], { is: 'withdrawn', by: 'site' }],
    ['site', 'the site refused, and thought otherwise', [no('site'), yes('site')], given],
    ['policy', 'another site takes part no longer', [no('other')], given],
    ['site', 'it begins later', [yes('site', { fromMs: now + 1 })], { is: 'not yet', fromMs: now + 1 }],
    ['site', 'it begins now', [yes('site', { fromMs: now })], given],
    ['site', 'it ends later', [yes('site', { toMs: now + 1 })], given],
    ['site', 'it ends now', [yes('site', { toMs: now })], { is: 'over' }],
    ['site', 'a narrow word was followed by a wide one', [yes('site', { toMs: 1 }), yes('site')], given],
    [
      'ngi',
      "the site's own word is narrower than its NGI's",
      [yes('ngi'), yes('site', { fromMs: now + 1 })],
      { is: 'not yet', fromMs: now + 1 },
    ],
    ['policy', 'the site named a time of its own', [yes('site', { toMs: 1 })], { is: 'over' }],
  ] as const)('on the basis %s, given that %s', (basis, _, words, expected) => {
    expect(verdict(basis, [...words])).toEqual(expected)
  })

  const word = fc.record({
    whose: fc.constantFrom('site' as const, 'ngi' as const, 'other' as const),
    given: fc.boolean(),
    fromMs: fc.option(fc.constantFrom(now - 1, now, now + 1), { nil: undefined }),
    toMs: fc.option(fc.constantFrom(now - 1, now, now + 1), { nil: undefined }),
  })
  const words = fc.array(word, { maxLength: 6 }).map((list) =>
    list.map(({ whose, given: isGiven, fromMs, toMs }) => {
      const time = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) }
      return isGiven ? yes(whose, time) : no(whose)
    }),
  )
  const basis = fc.constantFrom<Basis>('policy', 'ngi', 'site')

  test('given any words, then it is given only where nobody concerned spoke against it last, and whoever must agree did', () => {
    fc.assert(
      fc.property(basis, words, (on, said) => {
        const { is } = verdict(on, said)
        const own = said.findLast((one) => one.by === 'site')
        const ngi = said.findLast((one) => one.by === 'ngi')
        const isRefused = own?.given === false || ngi?.given === false
        expect(is === 'withdrawn').toBe(isRefused)
        if (isRefused) return
        const counts = on === 'site' ? own : (own ?? ngi)
        const isOpen = counts === undefined ? on === 'policy' : (counts.fromMs ?? 0) <= now && now < (counts.toMs ?? now + 1)
        expect(is === 'given').toBe(isOpen)
      }),
      { numRuns: 2_000 },
    )
  })

  test('given any words, then another site says nothing, and a rehearsal waits for nobody', () => {
    fc.assert(
      fc.property(basis, words, (on, said) => {
        const concerned = said.filter((one) => one.by !== 'other')
        expect(verdict(on, said)).toEqual(verdict(on, concerned))
        expect(verdict(on, said, true).is).not.toBe('missing')
      }),
    )
  })
})
