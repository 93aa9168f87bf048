import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { codeOf, mailKinds, messageIdOf, parseTag, replyAddressOf, tagOf, tokensIn } from '../../core/domain/mail.ts'

const token = 'ab'.repeat(16)
const kinds = fc.constantFrom(...mailKinds)
const tokens = fc.stringMatching(/^[0-9a-f]{32}$/)

describe('the tag grammar', () => {
  test('given any kind and token, when written as a tag, then it is read back, in any case of letters', () => {
    fc.assert(
      fc.property(kinds, tokens, fc.boolean(), (kind, t, upper) => {
        const tag = tagOf(kind, t)
        expect(parseTag(upper ? tag.toUpperCase() : tag)).toEqual({ kind, token: t })
      }),
    )
  })

  test('given any text, when read as a tag, then only what tagOf wrote is taken', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-d]?[0-9a-g]{30,34}$/)), (text) => {
        const parsed = parseTag(text)
        expect(parsed === undefined || tagOf(parsed.kind, parsed.token) === text.toLowerCase()).toBe(true)
      }),
    )
  })

  test('given a mail of ours, when it is answered, then its token is found in Message-ID and address', () => {
    fc.assert(
      fc.property(kinds, tokens, (kind, t) => {
        const to = [replyAddressOf('ssc@csirt.example', kind, t)]
        expect(to[0]!.indexOf('@')).toBeLessThanOrEqual(64)
        expect(tokensIn({ references: [messageIdOf(kind, t, 'csirt.example')], to })).toEqual([
          { kind, token: t, where: 'references' },
          { kind, token: t, where: 'recipient' },
        ])
      }),
    )
  })

  test('given several references, when tokens are looked for, then the newest comes first and strangers are passed over', () => {
    const [old, young] = ['01'.repeat(16), '02'.repeat(16)]
    const references = [
      '<x@y.example>',
      messageIdOf('alert', old, 'a.example'),
      messageIdOf('closing', young, 'a.example'),
      '<ssc.alert.zz@a>',
    ]
    const found = tokensIn({ references, to: ['other@a.example', 'ssc+a12@a.example'] })
    expect(found.map((f) => f.token)).toEqual([young, old])
  })

  test('given an address that would burst 64 octets or is none, when tagged, then it is refused', () => {
    expect(replyAddressOf(`${'x'.repeat(30)}@a.example`, 'alert', token)).toHaveLength(64 + '@a.example'.length)
    expect(() => replyAddressOf(`${'x'.repeat(31)}@a.example`, 'alert', token)).toThrow(InputError)
    expect(() => replyAddressOf('a@b.example\r\nBcc: x@y.example', 'alert', token)).toThrow(InputError)
  })

  test('given a token, then its code is the first 12 digits', () => {
    expect(codeOf(token)).toBe('abababababab')
  })
})
