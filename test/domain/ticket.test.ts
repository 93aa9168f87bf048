import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TicketId, ticketIdsIn } from '../../core/domain/ticket.ts'

const digits = (min: number, max: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(new RegExp(`^\\d{${min - 1},${max - 1}}$`)))
    .map(([first, rest]) => `${first}${rest}`)

const written: fc.Arbitrary<{ text: string; ticket: TicketId }> = fc.oneof(
  fc
    .tuple(fc.stringMatching(/^[A-Za-z][\w.-]{0,30}$/), digits(1, 9))
    .filter(([name]) => !/^ggus$/i.test(name))
    .map(([name, id]) => ({ text: `[${name} #${id}]`, ticket: { system: name.toLowerCase(), id } })),
  fc
    .tuple(fc.constantFrom('GGUS-Ticket-ID: #', '[GGUS #', 'GGUS-', 'ggus-ticket-id: #'), digits(1, 9))
    .map(([before, id]) => ({ text: before.startsWith('[') ? `${before}${id}]` : `${before}${id}`, ticket: { system: 'ggus', id } })),
  digits(14, 18).map((id) => ({ text: `[Ticket#${id}]`, ticket: { system: 'otrs', id } })),
  digits(1, 9).map((id) => ({ text: `[Ticket#${id}]`, ticket: { system: 'zammad', id } })),
  fc
    .tuple(fc.stringMatching(/^[A-Z]{2,8}$/), digits(1, 6))
    .filter(([key]) => key !== 'GGUS')
    .map(([key, id]) => ({ text: `[${key}-${id}]`, ticket: { system: 'jira', id: `${key}-${id}` } })),
)

describe('the ids of tickets in a subject', () => {
  it('given the forms of several helpdesks with words around, then each id is found once, in its order', () => {
    const subject =
      'Re: AW: [helpdesk.example #17] FW: [CSIRT Desk #3] GGUS-Ticket-ID: #4711 [Ticket#2027011112345678] [SSC-12] [helpdesk.example #17]'
    expect(ticketIdsIn(subject)).toEqual([
      { system: 'helpdesk.example', id: '17' },
      { system: 'csirt desk', id: '3' },
      { system: 'ggus', id: '4711' },
      { system: 'otrs', id: '2027011112345678' },
      { system: 'jira', id: 'SSC-12' },
    ])
  })

  it.each([
    '[TLP:AMBER] Security Service Challenge',
    '[EGI-20270111-123456] alert',
    'room #12, see [1]',
    'CVE-2024-12345 in GGUS',
    '[ssc#ab12cd34ef56]',
    `[${'x '.repeat(400)}#1]`,
    '[Ticket#]',
  ])('given %s, then no ticket is named', (subject) => {
    expect(ticketIdsIn(subject)).toEqual([])
  })

  it('given any tickets in these forms, then exactly they are found', () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 6 }), (tickets) => {
        const wanted = tickets.map(({ ticket }) => JSON.stringify(ticket))
        const found = ticketIdsIn(`Re: ${tickets.map(({ text }) => text).join(' about ')}`).map((ticket) => JSON.stringify(ticket))
        expect(found).toEqual([...new Set(wanted)])
      }),
    )
  })

  it('given any text, also a very long one, then it ends soon, with ten ids at most', () => {
    const pieces = fc.constantFrom('[', ']', '#', ' ', 'GGUS-Ticket-ID:', 'Ticket', '12', 'A-', '\0', '\ud800')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 400 }).map((some) => some.join('')),
    )
    fc.assert(fc.property(text, (subject) => ticketIdsIn(subject.repeat(20)).length <= 10))
    const longest = ['[a'.repeat(1e6), `[a ${' '.repeat(1e6)}#1`, '[GGUS #1]'.repeat(1e6), `[${'a '.repeat(1e6)}`]
    const before = performance.now()
    for (const subject of longest) ticketIdsIn(subject)
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})
