import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { named } from './letter-facts.ts'
import { answered, aParty, hoursAfter, list, noted, type PartyFact, scoredParty, scoreOf, told } from './one-party.ts'
import { sampleRubric } from './sample-run.ts'

const vo = aParty('vo')

describe('the lights of a party', () => {
  it('given a CA that answers and revokes in time, when scored, then all is green, with the facts as evidence', () => {
    const score = scoredParty({ facts: [told(), answered(2), list('no', 3), list('yes', 20)] })
    expect(score).toMatchObject({ party: 'ca-Example', role: 'ca', name: 'Example ca', overall: 'green' })
    expect(score.scores.map((s) => [s.expectation, s.light, s.points])).toEqual([
      ['revoked', 'green', 60],
      ['ca-answer', 'green', 40],
    ])
    expect(score.scores[0]!.evidence[0]!.words).toContain('stands in the list')
  })

  it('given a list with the certificate at the deadline, past it and past the last moment, when scored, then green, amber and red', () => {
    const light = (hours: number) => {
      const { light, points } = scoreOf('revoked', { facts: [told(), list('no', 2), list('yes', hours)] })
      return [light, points]
    }
    expect([24, 24.1, 72, 72.1].map(light)).toEqual([
      ['green', 60],
      ['amber', 30],
      ['amber', 30],
      ['red', 0],
    ])
  })

  it('given a list that was made before the deadline and read after it, when scored, then the date of the list counts', () => {
    expect(scoreOf('revoked', { facts: [told(), list('no', 2), list('yes', 26, 23)] }).light).toBe('green')
  })

  it('given silence, when scored before and after the deadline, then pending turns red, with what was seen as evidence', () => {
    const facts = [told(), list('no', 2)]
    expect(scoreOf('revoked', { facts, asOf: hoursAfter(24) }).light).toBe('pending')
    const late = scoreOf('revoked', { facts, asOf: hoursAfter(24) + 1 })
    expect(late).toMatchObject({ light: 'red', points: 0, deadline: hoursAfter(24) })
    expect(late.evidence.map((e) => e.words).join()).toContain('does not stand in the list')
    expect(scoredParty({ facts }).overall).toBe('red')
  })

  it('given a question at eight in the morning, when a person answers at noon, then that is within 4 working hours', () => {
    expect(scoreOf('ca-answer', { facts: [told(), answered(5)] })).toMatchObject({ light: 'green', deadline: hoursAfter(5) })
    expect(scoreOf('ca-answer', { facts: [told(), answered(5.1)] }).light).toBe('amber')
    expect(scoreOf('ca-answer', { facts: [told(), answered(1, 'automatic')] }).light).toBe('red')
  })

  it("given an officer's word that the VO suspended the user, when scored, then the moment of which it tells counts", () => {
    const light = (hours: number) => scoreOf('suspended', { facts: [told(), noted('contained', hours)], party: vo }).light
    expect([light(-1), light(23), light(25), light(100)]).toEqual(['green', 'green', 'amber', 'red'])
    expect(scoreOf('suspended', { facts: [told(), list('yes', 2)], party: vo }).light).toBe('red')
    expect(scoreOf('revoked', { facts: [told(), noted('contained', 3)] }).light).toBe('green')
    expect(scoreOf('vo-answer', { facts: [told(), noted('heads-up', 3)], party: vo }).light).toBe('green')
  })

  it('given a check of the contact before the launch, when scored, then the clock of the identity has not begun', () => {
    const check = named('contact-check-1', { mail: 'contact-check', role: 'ca' })
    const scores = scoredParty({ facts: [told('accepted', -200, check)], asOf: hoursAfter(0) }).scores
    expect(scores.map((s) => s.light)).toEqual(['pending', 'red'])
  })
})

describe('not known is not red', () => {
  const over = { endedMs: hoursAfter(1000) }
  it.each<[string, PartyFact[], string]>([
    ['it was never told', [], 'it was never told'],
    ['the letter bounced', [told(), answered(1, 'bounce')], 'the letter bounced'],
    ['the letter was refused', [told('refused')], 'the letter was refused'],
    ['nobody knows whether it went out', [told('unsure')], 'it is not known whether the letter went out'],
    ['nobody looked into a list', [told()], 'nobody looked into a revocation list in time'],
    ['the list could not be had', [told(), list('unknown', 2)], 'the revocation list could not be had'],
    ['the list was lost before the deadline', [told(), list('no', 2), list('unknown', 20)], 'the revocation list could not be had'],
    ['it was back too late to tell', [told(), list('unknown', 20), list('yes', 30)], 'the revocation list could not be had'],
  ])('given that %s, when scored, then it is grey and says why', (_, facts, reason) => {
    expect(scoreOf('revoked', { facts, run: over })).toMatchObject({ light: 'grey', points: null, reason })
  })

  it('given a list that said no over the deadline, when it cannot be had later, then it is known', () => {
    expect(scoreOf('revoked', { facts: [told(), list('no', 2), list('unknown', 30)] }).light).toBe('red')
    expect(scoreOf('revoked', { facts: [told(), list('unknown', 2), list('no', 30)] }).light).toBe('red')
    expect(scoreOf('revoked', { facts: [told(), list('unknown', 2), list('no', 25), list('yes', 30)] }).light).toBe('amber')
  })

  it('given a bounce and a person who answered the same letter, when scored, then it was delivered', () => {
    expect(scoreOf('ca-answer', { facts: [told(), answered(0.1, 'bounce'), answered(1)] }).light).toBe('green')
  })

  it('given our outage over the deadline, when scored, then the deadline moves by it', () => {
    const run = { outages: [{ fromMs: hoursAfter(20), untilMs: hoursAfter(30) }] }
    expect(scoreOf('revoked', { facts: [told(), list('no', 2), list('yes', 33)], run })).toMatchObject({
      light: 'green',
      deadline: hoursAfter(34),
    })
  })

  it('given a run that was stopped before the deadline, when scored, then it is grey', () => {
    const score = scoreOf('revoked', { facts: [told(), list('no', 2)], run: { stopped: { at: hoursAfter(10) } } })
    expect(score).toMatchObject({ light: 'grey', reason: 'the run was stopped before the deadline' })
  })

  it('given a rubric that expects nothing of it, when scored, then there is nothing', () => {
    expect(scoredParty({ facts: [told()], party: aParty('announce') }).scores).toEqual([])
  })
})

describe('any log of a party', () => {
  const hours = fc.integer({ min: -50, max: 500 })
  const fact: fc.Arbitrary<PartyFact> = fc.oneof(
    fc.tuple(fc.constantFrom('sending', 'accepted', 'refused', 'unsure', 'resent'), hours).map(([type, at]) => told(type as 'sending', at)),
    fc.tuple(hours, fc.constantFrom('human', 'automatic', 'bounce')).map(([at, kind]) => answered(at, kind as 'human')),
    fc.tuple(fc.constantFrom('yes', 'no', 'unknown'), hours).map(([listed, at]) => list(listed as 'yes', at)),
    fc.tuple(fc.constantFrom('contained', 'heads-up'), hours).map(([what, at]) => noted(what as 'contained', at)),
  )
  const role = fc.constantFrom('vo', 'ca', 'nren', 'ngi', 'announce' as const)

  it('given any facts, when scored, then each expectation of its role has one light, and points only where it is known', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 12 }), role, hours, (facts, who, asOf) => {
        const { scores } = scoredParty({ facts, party: aParty(who), asOf: hoursAfter(asOf) })
        expect(scores).toHaveLength(sampleRubric.parties.filter((one) => one.role === who).length)
        for (const one of scores) {
          expect(['green', 'amber', 'red', 'grey', 'pending']).toContain(one.light)
          expect(one.points === null).toBe(one.light === 'grey' || one.light === 'pending')
          expect(one.points ?? 0).toBeLessThanOrEqual(one.outOf)
          expect(one.reason).not.toBe('')
        }
      }),
    )
  })

  it('given a party that was told and did nothing so far, when the deadline has not passed, then its light is pending, and never red', () => {
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 5 }), role, fc.integer({ min: 0, max: 500 }), (seen, who, asOf) => {
        const facts = [told(), ...seen.filter((at) => at >= 0).map((at) => list('no', at))]
        for (const one of scoredParty({ facts, party: aParty(who), asOf: hoursAfter(asOf) }).scores)
          expect(one.light === 'pending').toBe(hoursAfter(asOf) <= one.deadline!)
      }),
    )
  })
})
