import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { hasControls, type MailData, type MailKind, mailKinds, traitsOf } from '../../core/domain/mail.ts'
import { sampleMailData } from '../../core/io/mail/sample-mail.ts'
import { loadTemplateLibrary, templateOf } from '../../core/io/mail/template-library.ts'
import { type RenderedMail, renderMail } from '../../core/io/mail/templates.ts'

const folder = (name: string) => join(import.meta.dirname, '..', '..', name)
const library = loadTemplateLibrary({ project: folder('mail-templates'), home: folder('no-such'), scenarios: new Map() })
const letterOf = (kind: MailKind) => templateOf(library, kind, { scenario: 's' })

/** Undefined when the letter is refused, which must name a header. */
function tryToWrite(kind: MailKind, data: MailData): RenderedMail | undefined {
  try {
    return renderMail(letterOf(kind), data)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    for (const problem of error.problems) expect(problem).toMatch(/\.hbs:\d+: the header [\w-]+ (holds a line break|is longer than)/)
    return undefined
  }
}

const piece = fc.constantFrom(
  '{{identity}}',
  '{{{label}}}',
  '{{#if vo}}',
  '{{/if}}',
  '{{> x}}',
  '\\{{',
  '\r\n',
  '\n',
  'Bcc: all@b.example',
  '\0',
  '\u2028',
  '\u202e',
  '<b>',
  '&amp;',
  "O'Brien",
  '*** EXERCISE ***',
)
const word = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 }).map((parts) => parts.join(''))
const strings = [
  'run',
  'scenario',
  'vo',
  'tag',
  'tlp',
  'identity',
  'label',
  'code',
  'genuineUrl',
  'reportUrl',
  'appealUrl',
  'form',
  'about',
  'reason',
  'text',
  'lights',
  'sites',
] as const
const times = fc.integer({ min: 0, max: 4e12 })
const words = fc.record(Object.fromEntries(strings.map((name) => [name, word]))) as fc.Arbitrary<Pick<MailData, (typeof strings)[number]>>
const hostile = fc.record({ words, name: word, other: word, zone: word, address: word, ms: times }).map(
  ({ words, name, other, zone, address, ms }): MailData => ({
    ...sampleMailData,
    ...words,
    alertMs: ms,
    to: { role: 'site', name: other },
    site: { name, timeZone: zone },
    contact: { name: other, address },
  }),
)
const kinds = fc.constantFrom(...mailKinds)

describe('whatever the data', () => {
  test('given hostile words in every field, when a letter is written, then it has its own headers, each in one line, or is refused', () => {
    fc.assert(
      fc.property(kinds, hostile, fc.nat(6), (kind, data, n) => {
        const { to } = traitsOf(kind)
        const mail = tryToWrite(kind, { ...data, to: { ...data.to, role: to[n % to.length]! } })
        if (!mail) return
        expect(Object.keys(mail.headers)).toEqual(['X-Exercise'])
        for (const value of [mail.subject, ...Object.values(mail.headers)]) expect(hasControls(value)).toBe(false)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be in a letter
        expect(mail.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
      }),
      { numRuns: 300 },
    )
  })

  test('given template code in any one field, when a letter is written, then it stands there as it is and nothing of it is done', () => {
    const code = fc.constantFrom(
      '{{identity}}',
      '{{{label}}}',
      '{{#if vo}}',
      '{{/if}}',
      '{{> x}}',
      '\\{{vo}}',
      '{{{{raw}}}}',
      '<b>&amp;</b>',
    )
    fc.assert(
      fc.property(kinds, fc.constantFrom(...strings), code, (kind, field, source) => {
        const marked = tryToWrite(kind, { ...sampleMailData, [field]: '§mark§' })
        const coded = tryToWrite(kind, { ...sampleMailData, [field]: source })
        expect(coded).toEqual(JSON.parse(JSON.stringify(marked).replaceAll('§mark§', JSON.stringify(source).slice(1, -1))))
      }),
      { numRuns: 300 },
    )
  })

  test.each(['X\r\nBcc: all@b.example', 'X\nBcc: all@b.example', 'X\u0000', 'X\u2028Y', 'X\u0085Y'])(
    'given a site named %j, then the mail is refused with the header’s place',
    (name) => {
      const data = { ...sampleMailData, site: { name, timeZone: 'UTC' } }
      expect(() => renderMail(letterOf('alert'), data)).toThrow(/alert\.hbs:1: the header Subject holds a line break/)
    },
  )

  test('given a name that brings lines of its own, then in the body it stays one line', () => {
    const { text } = renderMail(letterOf('alert'), {
      ...sampleMailData,
      contact: { name: 'Eve\r\nDN: /CN=Somebody else\u202e', address: 'a@b.example' },
    })
    expect(text).toContain('Eve DN: /CN=Somebody else ')
    expect(text.match(/^DN: .*$/gm)).toEqual([`DN: ${sampleMailData.identity}`])
  })

  test('given words of an officer in several lines, then they stay as they are, but a long line is broken at spaces', () => {
    const log = ` ${'a b '.repeat(40)}c`
    const word = 'x'.repeat(200)
    const { text } = renderMail(letterOf('question'), {
      ...sampleMailData,
      text: `one\n\n  two\tthree\n${log}\n${'word '.repeat(40)}\n${word} y\n\n`,
    })
    const line = 'word '.repeat(15).trim()
    expect(text).toContain(`\none\n\n  two\tthree\n${log}\n${line}\n${line}\n${'word '.repeat(10).trim()}\n${word}\ny\n\nPlease answer`)
  })
})
