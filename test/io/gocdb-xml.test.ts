import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { readGocdb } from '../../core/io/gocdb/read-gocdb.ts'
import type { XmlElement } from '../../core/io/gocdb/xml.ts'
import { readXml } from '../../core/io/gocdb/xml.ts'

const sample = readFileSync(new URL('../../core/rehearsal/gocdb/get_site.xml', import.meta.url))

function refusal(text: string | Uint8Array): string {
  try {
    readXml({ name: 'f.xml', text }, () => {})
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).problems).toHaveLength(1)
    return (error as InputError).problems[0]!
  }
  throw new Error('it was read')
}

const BOMB = `<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "${'lol'.repeat(10)}">${'bcdefghij'.replace(/./g, (c) => `<!ENTITY ${c} "${`&${String.fromCharCode(c.charCodeAt(0) - 1)};`.repeat(10)}">`)}]>
<results><SITE>&j;</SITE></results>`

/** Work, not time: on a busy machine the one stays what it is. */
function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

describe('given XML that is not to be trusted', () => {
  test.each([
    ['a DOCTYPE', '<!DOCTYPE results>\n<results/>', /^f.xml:1:\d+: a DOCTYPE is not allowed/],
    ['a DOCTYPE of a file', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', /a DOCTYPE is not allowed/],
    ['an entity bomb', BOMB, /^f.xml:2:\d+: a DOCTYPE is not allowed/],
    ['an unknown entity', '<r>\n&copy;</r>', /^f.xml:2:\d+: not well-formed XML: undefined entity/],
    ['an entity named as a property', '<r>&constructor;</r>', /undefined entity/],
    ['a character that XML forbids', '<r>&#0;</r>', /not well-formed XML/],
    ['a control character of XML 1.1', '<?xml version="1.1"?><r>&#1;</r>', /not well-formed XML/],
    ['too much depth', '<a>'.repeat(21), /^f.xml:1:\d+: elements lie deeper than 20/],
    ['a text that is too long', `<r><a>${'x'.repeat(70_000)}</a></r>`, /a text is longer than 65536 characters/],
    [
      'a text that is too long in pieces',
      `<r><a>${`${'x'.repeat(40_000)}<!-- -->`.repeat(2)}</a></r>`,
      /<a> holds more than 65536 characters/,
    ],
    ['an attribute that is too long', `<r a="${'x'.repeat(70_000)}"/>`, /an attribute is longer/],
    ['too many attributes', `<r ${Array.from({ length: 51 }, (_, i) => `a${i}=""`).join(' ')}/>`, /more than 50 attributes/],
    ['one record without end', `<r><a>${'<b/>'.repeat(100_001)}</a></r>`, /more than 100000 elements in one <a>/],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><r/>', /encoding "ISO-8859-1": save the file as UTF-8/],
    ['two roots', '<a/><b/>', /only one root/],
    ['crossed tags', '<r>\n <a>\n </r>', /^f.xml:3:\d+: not well-formed XML/],
    ['no XML', 'get_site', /^f.xml:1:\d+: not well-formed XML/],
  ])('when it holds %s, then it is refused with its place', (_, text, message) => {
    expect(refusal(text)).toMatch(message)
  })

  test('when it is not UTF-8, then the line is told', () => {
    expect(refusal(Buffer.from('<r>\n<a>Universit\xe9</a></r>', 'latin1'))).toMatch(/^f.xml:2: not valid UTF-8/)
  })

  test.each([
    ['a text', '<r><a>', 'x'],
    ['an entity', '<r>&', 'a'],
    ['many entities', '<r><a>', '&amp;'],
    ['an attribute', '<r a="', 'x'],
    ['a name', '<', 'a'],
    ['a comment', '<r><!--', '-'],
    ['a document type', '<!DOCTYPE ', '['],
    ['an instruction', '<?x ', '?'],
    ['a CDATA section', '<r><a><![CDATA[', ']'],
    ['white space', '<r>', '\n'],
    ['a list of attributes', '<r', ' a=""'],
    ['a row of comments', '<r>', '<!---->'],
  ])('when %s never ends, then it is refused before it fills the memory', (_, start, piece) => {
    const before = process.memoryUsage().rss
    const started = process.cpuUsage()
    expect(refusal(start + piece.repeat((40 * 1024 * 1024) / piece.length))).toMatch(
      /longer than|more than|duplicate attribute|not well-formed/,
    )
    expect(cpuSeconds(started)).toBeLessThan(15)
    expect(process.memoryUsage().rss - before).toBeLessThan(700_000_000)
  })

  test('when it is larger than 64 MiB, then it is not even looked at', () => {
    expect(refusal(new Uint8Array(64 * 1024 * 1024 + 1))).toMatch(/^f.xml: 67108865 bytes, at most 67108864 are read/)
  })

  test('when it holds too many elements, then it is refused', () => {
    expect(refusal(`<r>${'<a/>'.repeat(2_000_001)}</r>`)).toMatch(/more than 2000000 elements/)
  })

  test('when white space between records adds up, then it is no text', () => {
    expect(readXml({ name: 'f', text: `<r>${`<a/>${' '.repeat(1000)}`.repeat(200)}</r>` }, () => {}).text).toBe('')
  })

  test('when it is read, then each record comes alone, with text of all kinds', () => {
    const found: XmlElement[] = []
    const root = readXml({ name: 'f', text: '\uFEFF<r>\n<a k="1&amp;2">x<!-- no --><![CDATA[<y>]]></a>\n<b><c/></b></r>' }, (record) =>
      found.push(record),
    )
    expect(root.children).toEqual([])
    expect(found).toEqual([
      { file: 'f', line: 2, name: 'a', attributes: { k: '1&2' }, text: 'x<y>', children: [] },
      { file: 'f', line: 3, name: 'b', attributes: {}, text: '', children: [expect.objectContaining({ name: 'c' })] },
    ])
  })
})

describe('given any file', () => {
  const onlyInputErrors = (text: string | Uint8Array) => {
    const file = { name: 'f', text }
    try {
      readGocdb({ sites: file, services: file, downtimes: file, ngis: file, contacts: file })
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      for (const problem of error.problems) expect(problem).toMatch(/^(f:|f: |and \d+ more)/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be shown
      expect(error.problems.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    }
  }

  test('when its bytes are random, then nothing but an InputError comes, and quickly', () => {
    const started = process.cpuUsage()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), onlyInputErrors), { numRuns: 500 })
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), onlyInputErrors), { numRuns: 500 })
    expect(cpuSeconds(started)).toBeLessThan(20)
  })

  test('when elements and texts are random, then nothing but an InputError comes', () => {
    const name = fc.constantFrom(
      'results',
      'meta',
      'SITE',
      'NGI',
      'DOWNTIME',
      'SERVICE_ENDPOINT',
      'SHORT_NAME',
      'NAME',
      'EMAIL',
      'EXTENSIONS',
      '__proto__',
      'TIMEZONE',
    )
    const words = fc.string({ unit: 'binary', maxLength: 20 }).map((s) => s.replace(/[<&]/g, (c) => (c === '<' ? '&lt;' : '&amp;')))
    const { element } = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(
          name,
          fc.oneof(
            { maxDepth: 4 },
            words,
            fc.array(tie('element'), { maxLength: 4 }).map((list) => list.join('')),
          ),
        )
        .map(([n, inner]) => `<${n}>${inner}</${n}>`),
    }))
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (list) => onlyInputErrors(`<results>${list.join('')}</results>`)),
      { numRuns: 500 },
    )
  })

  test('when a real file is cut off anywhere, then it is refused', () => {
    const end = sample.lastIndexOf('</results>') + '</results>'.length
    fc.assert(
      fc.property(fc.integer({ min: 0, max: end - 1 }), (at) => {
        expect(refusal(sample.subarray(0, at))).toMatch(
          /^f.xml:\d+:\d+: (the file ends inside <|not well-formed XML: document must contain)/,
        )
      }),
      { numRuns: 40 },
    )
  })

  test('when single bytes of a real file are changed, then nothing but an InputError comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = Buffer.concat([sample.subarray(0, 20_000), Buffer.from('</SITE></results>')])
        bytes[at] = byte
        onlyInputErrors(bytes)
      }),
      { numRuns: 300 },
    )
  })
})
