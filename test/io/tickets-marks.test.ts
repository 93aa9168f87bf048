import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelOf, markedSubject, markedText, subjectMark } from '../../core/io/tickets/marks.ts'
import { fieldsOf, RtOptions } from '../../core/io/tickets/rt-options.ts'

const label = fc.stringMatching(/^[A-Za-z0-9-]{8,80}$/)
const text = fc.string({ unit: 'binary', maxLength: 2_000 })
const right = { kind: 'rt', url: 'https://rt.ngi.example/', tokenFile: '/etc/ssc/rt.token', queue: 'Incidents' }

describe('the marks of our tickets and entries', () => {
  it('given any words, when they are marked, then the label is read back and nothing goes out that a mail or database refuses', () => {
    fc.assert(
      fc.property(text, label, (words, mine) => {
        const marked = markedText(words, mine)
        expect(labelOf(marked)).toBe(mine)
        expect(marked).not.toMatch(/\p{Cs}/u)
        expect(marked).not.toMatch(/[^\P{Cc}\n\t\u0080-\u009f]/u)
        const subject = markedSubject(words, mine)
        expect(subject.endsWith(subjectMark(mine))).toBe(true)
        expect(Buffer.byteLength(subject)).toBeLessThanOrEqual(200)
        expect(subject).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  it('given an answer that quotes us, or goes on after the mark, then it bears no label', () => {
    const marked = markedText('Any news?', 'ssc-12345678')
    expect(labelOf(`Yes.\n\n${marked.replace(/^/gm, '> ')}`)).toBeUndefined()
    expect(labelOf(`${marked}\nYes.`)).toBeUndefined()
    expect(labelOf('')).toBeUndefined()
  })

  it.each(["ssc-1' OR id > '0", 'short', '', 'x'.repeat(81), 'ssc-12345678\n'])('given %j as a label, then it is refused', (wrong) => {
    expect(() => subjectMark(wrong)).toThrow('a label has')
    expect(() => markedText('x', wrong)).toThrow('a label has')
  })
})

describe('the settings of a Request Tracker', () => {
  it('given its address with or without the path of REST2, then it is one and the same', () => {
    const urls = [
      'https://rt.ngi.example',
      'https://rt.ngi.example/',
      'https://rt.ngi.example/REST/2.0',
      'https://rt.ngi.example/REST/2.0/',
    ]
    expect(new Set(urls.map((url) => RtOptions.parse({ ...right, url }).url))).toEqual(new Set(['https://rt.ngi.example/REST/2.0']))
  })

  it('given templates of fields, then the own words of the ticket are filled in, once', () => {
    const options = RtOptions.parse({ ...right, labelField: 'SSC label', fields: { Who: '{requestor} of {label}', Kind: 'drill' } })
    expect(fieldsOf(options, { label: 'ssc-12345678', subject: 's', requestor: '{subject}@site.example' })).toEqual({
      Who: '{subject}@site.example of ssc-12345678',
      Kind: 'drill',
      'SSC label': 'ssc-12345678',
    })
  })

  it.each([
    { url: 'http://rt.ngi.example' },
    { url: 'https://user:word@rt.ngi.example' },
    { url: 'https://rt.ngi.example/?x=1' },
    { url: 'ftp://rt.ngi.example' },
    { url: 'rt' },
    { tokenFile: 'rt.token' },
    { fields: { Who: '{password}' } },
    { fields: { "x'}": 'y' } },
    { labelField: "x} = '' OR CF.{y" },
    { queue: '' },
    { password: 'x' },
  ])('given %j, then it is refused', (wrong) => {
    expect(RtOptions.safeParse(right).success).toBe(true)
    expect(RtOptions.safeParse({ ...right, ...wrong }).success).toBe(false)
  })
})
