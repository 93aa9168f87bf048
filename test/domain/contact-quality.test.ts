import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ContactQuality, contactQuality } from '../../core/domain/contact-quality.ts'
import type { LetterName } from '../../core/domain/event.ts'
import { type ChallengeEvent, type ChallengeFact, challengeStream, type ReceivedMail } from '../../core/domain/event.ts'
import { launchedRun } from './launched-run.ts'
import { aSite } from './sites.ts'

const ngi = { role: 'ngi', name: 'NGI_DE', address: 'csirt@ngi-de.example', timeZone: 'Europe/Berlin', country: 'DE' }
const one = aSite('DE-ONE', { contact: 'head@de-one.example', timeZone: 'Europe/Berlin' })
const run = launchedRun({ sites: [one], run: { parties: [ngi] } })
const site = run.plan.sites[0]!

/** A Friday, 16:00 in Berlin: an hour before its working hours end. */
const friday = Date.parse('2027-01-15T15:00:00Z')
const hour = 3_600_000

type Line = { at?: number; fact: ChallengeFact }

function eventsOf(lines: readonly Line[]): ChallengeEvent[] {
  return lines.map(({ at = friday, fact }, i) => ({ ...fact, at, seq: i + 1, stream: challengeStream('r-1', 'DE-ONE'), hash: '' }))
}

const alert: LetterName = { mail: 'alert', letter: 'alert', role: 'site' }

function sending(to: string, letter: LetterName = alert): ChallengeFact {
  return { type: 'MailSending', data: { ...letter, effect: 'e', messageId: '<a@b>', to, carrier: 'mail', contentHash: 'c' } }
}

function accepted(letter: LetterName = alert): ChallengeFact {
  return { type: 'MailAccepted', data: { ...letter, effect: 'e', messageId: '<a@b>', answer: '250 ok' } }
}

function refused(by: 'gate' | 'other side' | 'framework', reason: string, letter: LetterName = alert): ChallengeFact {
  return { type: 'MailRefused', data: { ...letter, effect: 'e', by, reason } }
}

function answer(kind: ReceivedMail['kind'], over: Partial<ReceivedMail> = {}): ChallengeFact {
  const hash = `${kind}${JSON.stringify(over)}`
  const name = { answers: 'alert', letter: 'alert', role: 'site' } as const
  return {
    type: 'MailReceived',
    data: {
      messageId: '<r>',
      contentHash: hash,
      detailsHash: '',
      sender: 'site',
      kind,
      because: 'so it is',
      matchedBy: 'references',
      ...name,
      ...over,
    },
  }
}

function of(role: ContactQuality['role'], ...lines: Line[]): ContactQuality | undefined {
  return contactQuality(run, site, eventsOf(lines)).find((found) => found.role === role)
}

describe('the quality of the contacts of a site', () => {
  it('given nothing that was sent, then each contact of the plan is there, and nothing is known of it', () => {
    const found = contactQuality(run, site, [])
    expect(found.map(({ who, role, address }) => [who, role, address])).toEqual([
      ['DE-ONE', 'site', 'csirt@de-one.example'],
      ['DE-ONE', 'manager', 'head@de-one.example'],
      ['DE-ONE', 'ngi', 'csirt@ngi-de.example'],
    ])
    for (const contact of found) {
      expect(contact).toMatchObject({ accepted: 0, refused: 0, bounced: 0, words: [], automatic: 0, human: 0 })
      expect(contact).not.toHaveProperty('depth')
      expect(contact).not.toHaveProperty('firstAnswer')
    }
  })

  it('given a plan that knows no general contact, then there is none in the list', () => {
    const bare = launchedRun({ sites: [aSite('DE-ONE')] })
    expect(contactQuality(bare, bare.plan.sites[0]!, []).map((found) => found.role)).toEqual(['site'])
  })

  it('given a refusal by the other side, then its words stand there; one by our own gate says nothing of the contact', () => {
    expect(of('site', { fact: sending('old@x.example') }, { fact: refused('other side', '550 no\u001b such user') })).toMatchObject({
      address: 'old@x.example',
      refused: 1,
      words: ['550 no such user'],
      depth: 0,
    })
    const ours = of('site', { fact: refused('gate', 'no consent') }, { fact: refused('framework', 'a fault') })
    expect(ours).toMatchObject({ refused: 0, words: [] })
    expect(ours).not.toHaveProperty('depth')
    expect(
      of('site', { fact: refused('gate', 'x', { ...alert, letter: 'question-1', mail: 'question' }) }, { fact: accepted() })?.depth,
    ).toBe(1)
  })

  it('given a bounce of a letter that was taken before, and then sent anew, then both are told', () => {
    const again: ChallengeFact = { type: 'MailResent', data: { ...alert, effect: 'e', by: 'Ada' } }
    const bounce = answer('bounce', { because: 'mailbox full' })
    const found = of(
      'site',
      { fact: accepted() },
      { at: friday + 1, fact: bounce },
      { at: friday + 2, fact: again },
      { at: friday + 3, fact: accepted() },
    )
    expect(found).toMatchObject({ accepted: 2, bounced: 1, words: ['mailbox full'], depth: 1 })
  })

  it('given answers, then the first by a person counts, in wall time and in working time, from when it came', () => {
    const monday = Date.parse('2027-01-18T09:00:00Z')
    const lines = [
      { fact: accepted() },
      { at: friday + hour, fact: answer('automatic') },
      { at: monday + 5 * hour, fact: answer('human', { depth: 'trivial', cameMs: monday }) },
      { at: monday + hour, fact: answer('human', { depth: 'investigates' }) },
    ]
    const { from, to } = run.rubric.workingHours
    const onFriday = Math.max(0, to - 16)
    const onMonday = Math.max(0, 10 - from)
    expect(of('site', ...lines)).toMatchObject({
      automatic: 1,
      human: 2,
      depth: 5,
      firstAnswer: { at: monday, wallMs: monday - friday, workingMs: (onFriday + onMonday) * hour },
    })
    expect(onFriday + onMonday).toBeGreaterThan(0)
  })

  it('given an outage of our own, then the working time stands still in it', () => {
    const down = { fromMs: friday, untilMs: friday + hour / 2, what: 'our side' }
    const events = eventsOf([{ fact: accepted() }, { at: friday + hour / 2, fact: answer('human') }])
    const found = contactQuality({ ...run, outages: [down] }, site, events)[0]
    expect(found?.firstAnswer).toEqual({ at: friday + hour / 2, wallMs: hour / 2, workingMs: 0 })
  })

  it("given letters to the NGI and the management, then each counts for its own role; an officer's word changes the kind", () => {
    const toNgi: LetterName = { mail: 'escalation', letter: 'escalation-ngi', role: 'ngi' }
    const robot = answer('human', { answers: 'escalation', letter: 'escalation-ngi', role: 'ngi', depth: 'knows' })
    const word: ChallengeFact = {
      type: 'MailJudged',
      data: { contentHash: (robot.data as ReceivedMail).contentHash, kind: 'automatic', by: 'Ada' },
    }
    const lines = [{ fact: sending('csirt@ngi-de.example', toNgi) }, { fact: accepted(toNgi) }, { at: friday + hour, fact: robot }]
    expect(of('ngi', ...lines)).toMatchObject({ accepted: 1, human: 1, depth: 4, firstAnswer: { wallMs: hour } })
    const judged = of('ngi', ...lines, { at: friday + 2 * hour, fact: word })
    expect(judged).toMatchObject({ human: 0, automatic: 1, depth: 2 })
    expect(judged).not.toHaveProperty('firstAnswer')
    expect(of('manager', ...lines)).toMatchObject({ accepted: 0 })
  })

  it('given a party of the run, then it has its own role and its own hours', () => {
    const party = run.plan.parties.find((found) => found.role === 'ngi')!
    const question: LetterName = { mail: 'question', letter: 'question-1', role: 'ngi' }
    const events = eventsOf([
      { fact: accepted(question) },
      { at: friday + hour, fact: answer('human', { answers: 'question', letter: 'question-1', role: 'ngi', depth: 'trivial' }) },
    ])
    expect(contactQuality(run, party, events)).toMatchObject([{ who: 'ngi-NGI_DE', role: 'ngi', accepted: 1, human: 1, depth: 3 }])
  })

  it('given any facts in any order, then the same comes out, and what is counted is what was told', () => {
    const facts = fc.constantFrom(
      sending('a@b.example'),
      accepted(),
      refused('other side', 'no'),
      refused('gate', 'no'),
      answer('bounce'),
      answer('automatic'),
      answer('human'),
    )
    const lines = fc.array(fc.record({ fact: facts, at: fc.integer({ min: friday, max: friday + 100 * hour }) }), { maxLength: 12 })
    fc.assert(
      fc.property(lines, fc.integer({ min: 0, max: 11 }), (told, turn) => {
        const events = eventsOf(told)
        const found = contactQuality(run, site, events)
        expect(contactQuality(run, site, [...events.slice(turn), ...events.slice(0, turn)])).toEqual(found)
        const count = (type: string) => told.filter(({ fact }) => fact.type === type).length
        const contact = found[0]!
        expect(contact.accepted).toBe(count('MailAccepted'))
        expect(contact.bounced + contact.automatic + contact.human).toBe(count('MailReceived'))
        expect(contact.refused).toBeLessThanOrEqual(count('MailRefused'))
        if (contact.firstAnswer) expect(contact.firstAnswer.workingMs).toBeLessThanOrEqual(contact.firstAnswer.wallMs)
      }),
    )
  })
})
