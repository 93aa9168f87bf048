import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageIdOf, replyAddressOf, tokensIn } from '../../core/domain/mail.ts'
import { incidentTag, refOf, refsIn, tagsIn, ways } from '../../core/domain/refs.ts'

const day = Date.parse('2027-01-11T23:59:59Z')
const hex = fc.stringMatching(/^[0-9a-f]{32}$/)

describe("EGI's incident tag", () => {
  test('given a moment and digits, then it has the day in UTC and six digits', () => {
    expect(incidentTag(day, '00000000ff'.padEnd(32, '0'))).toBe('EGI-20270111-000255')
    expect(incidentTag(day + 1_000, 'f'.repeat(32))).toMatch(/^EGI-20270112-\d{6}$/)
  })

  test('given any tag of ours, when it stands in a subject in whatever letters, then it is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), hex, fc.constantFrom('Re: ', 'AW: [', 'fwd:'), (ms, digits, before) => {
        const tag = incidentTag(ms, digits)
        expect(tagsIn(`${before}${tag}] TLP:AMBER`)).toEqual([tag])
        expect(tagsIn(`${before}${tag.toLowerCase()} x`)).toEqual([tag])
      }),
    )
  })

  test.each(['Re: [EGI-20270111]', 'EGI-20270111-04273', 'EGI-20270111-0427311', 'EGI-2027011-042731', 'EGI 20270111-042731', ''])(
    'given %j, then it names no challenge',
    (subject) => expect(tagsIn(subject)).toEqual([]),
  )

  test('given many tags and a long subject, then each counts once, five at most, and none beyond the bound', () => {
    const many = Array.from({ length: 9 }, (_, i) => `EGI-20270111-00000${i}`)
    expect(tagsIn([...many, many[0]].join(' '))).toEqual(many.slice(0, 5))
    expect(tagsIn(`${many[0]} ${many[0]!.toLowerCase()}`)).toEqual([many[0]])
    expect(tagsIn(`${' '.repeat(1_000)}${many[0]}`)).toEqual([])
  })
})

describe('by what a mail names a letter', () => {
  const [old, young, tagged] = ['01', '02', '03'].map((two) => two.repeat(16)) as [string, string, string]
  const references = [messageIdOf('alert', old, 'a.example'), messageIdOf('question', young, 'a.example')]
  const to = [replyAddressOf('ssc@a.example', 'alert', tagged)]

  test('given all of them, then references come first, the newest before the older, then recipient, ticket and subject', () => {
    const found = { tokens: tokensIn({ references, to }), tickets: [{ system: 'GGUS', id: '7' }], subject: 'EGI-20270111-000001' }
    expect(refsIn(found, (text) => `#${text}`)).toEqual([
      { ref: `token:#${young}`, way: 'references' },
      { ref: `token:#${old}`, way: 'references' },
      { ref: `token:#${tagged}`, way: 'recipient' },
      { ref: 'ticket:ggus:7', way: 'ticket' },
      { ref: 'tag:EGI-20270111-000001', way: 'subject' },
    ])
  })

  test('given any mail, then the ways never go back, and no token stands there itself', () => {
    const any = fc.record({
      tokens: fc.array(hex, { maxLength: 4 }),
      tags: fc.array(hex, { maxLength: 3 }),
      tickets: fc.array(fc.nat(), { maxLength: 2 }),
    })
    fc.assert(
      fc.property(any, ({ tokens, tags, tickets }) => {
        const mail = {
          references: tokens.map((one) => messageIdOf('alert', one, 'a.example')),
          to: tags.map((one) => replyAddressOf('s@a.example', 'alert', one)),
        }
        const subject = tags.map((one) => incidentTag(day, one)).join(' ')
        const named = refsIn(
          { tokens: tokensIn(mail), tickets: tickets.map((id) => ({ system: 'rt', id: String(id) })), subject },
          () => 'hash',
        )
        const places = named.map(({ way }) => ways.indexOf(way))
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(places).not.toContain(-1)
        for (const token of [...tokens, ...tags]) expect(JSON.stringify(named)).not.toContain(token)
      }),
    )
  })

  test('given a ticket or a tag in other letters, then it is the same one', () => {
    expect(refOf.ticket('RT.CSIRT.example', 'A-1')).toBe(refOf.ticket('rt.csirt.example', 'a-1'))
    expect(refOf.subject('egi-20270111-000001')).toBe(refOf.subject('EGI-20270111-000001'))
  })
})
