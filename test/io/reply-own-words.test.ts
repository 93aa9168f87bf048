import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ownWords } from '../../core/io/mail/own-words.ts'

const quote = '> Consider any activity\n> as malicious.'

describe('what the author of a mail wrote', () => {
  test.each<[string, string, string]>([
    ['an answer above the quote', `Seen.\n\nOn 11/01/2027 10:00, CSIRT wrote:\n${quote}`, 'Seen.'],
    ['an answer below the quote', `CSIRT wrote:\n${quote}\n\nSeen.`, 'Seen.'],
    ['answers between quotes', `> one?\nYes.\n> two?\n\nNo.\n> three?`, 'Yes.\n\nNo.'],
    ['an attribution on three lines', `Seen.\nOn Mon, Jan 11, 2027\nat 10:00 AM CSIRT <ssc@csirt.example>\nwrote:\n${quote}`, 'Seen.'],
    ['an attribution of a plain quote', 'Seen.\nOn Mon, Jan 11, 2027, 10:00, CSIRT <a@b.example> wrote:\nplain text of ours', 'Seen.'],
    ['headers of Outlook', 'Seen.\n\nVon: A\nGesendet: heute\nAn: B\nBetreff: C\n\nours', 'Seen.'],
    ['headers with stars', 'Seen.\n\n*From:* A\n*Sent:* today\n*To:* B\n*Subject:* C\n\nours', 'Seen.'],
    ['headers below a line', 'Seen.\n________________________________\nDe : A\nEnvoyé : hier\nÀ : B\nObjet : C\n\nours', 'Seen.'],
    [
      'headers above a quote that is marked',
      `-----Original Message-----\nFrom: A\nSent: today\nTo: B\nSubject: C\n\n${quote}\n\nSeen.`,
      'Seen.',
    ],
    ['a signature', 'Seen.\n-- \nJo\nroom 4711', 'Seen.'],
    ['a signature above a quote and words below it', `-- \nJo\n${quote}\nSeen.`, 'Seen.'],
    ['quotes with initials', 'JD> ours\nSeen.', 'Seen.'],
    ['a footer of a mobile phone', 'Seen.\n\nVon meinem iPhone gesendet', 'Seen.'],
    ['a legal footer', 'Seen.\n\nThis e-mail is confidential and\nfor you only.\n\nJo', 'Seen.\n\nJo'],
    ['only quotes', quote, ''],
    ['nothing', '', ''],
  ])('given %s, then the rest is left', (_name, text, own) => {
    expect(ownWords(text)).toBe(own)
    expect(ownWords(text.replaceAll('\n', '\r\n'))).toBe(own)
  })

  test.each<[string, string]>([
    ['a sentence that ends like an attribution', 'On Monday our admin wrote:\nthe user is banned.'],
    ['a table', '| job | state |\n| 12 | running |'],
    ['the report', 'Identity: /CN=x\nJob: 12\nHosts: wn1\nContained at: 10:00'],
    ['two fields that look like headers', 'From: 10:00\nTo: 11:00\nthe job ran.'],
    ['a long report with dashes between its parts', `one\n--\n${'more\n'.repeat(30)}end`],
    ['a log', '2027-01-11T10:00:00Z ce01 arched: job 12\nJan 11 10:00:01 wn1 slurmd[8]: launching'],
    ['words on a confidential mail', 'The user read this message, we think.'],
  ])('given %s, then all of it stays', (_name, text) => {
    expect(ownWords(text)).toBe(text)
  })

  test('given words of one who writes plainly, then nothing of them is lost, whatever is quoted around them', () => {
    const word = fc.constantFrom('we', 'banned', 'the', 'user', 'Müller', '調査中', '10:20', '192.0.2.17')
    const words = fc.array(word, { minLength: 1, maxLength: 8 }).map((all) => `x ${all.join(' ')}.`)
    const around = fc.constantFrom(quote, `On 11/01/2027, CSIRT wrote:\n${quote}`, '>', '')
    fc.assert(
      fc.property(fc.array(fc.tuple(words, around), { minLength: 1, maxLength: 10 }), (parts) => {
        const said = ownWords(parts.map(([own, other]) => `${own}\n${other}`).join('\n'))
        expect(said.split('\n').filter(Boolean)).toEqual(parts.map(([own]) => own))
      }),
    )
  })
})

describe('a text made to do harm', () => {
  afterEach(() => vi.restoreAllMocks())

  /** Characters that are handed to patterns, line by line; what is handed over whole is done by split and by one replace. */
  function steps(text: string): number {
    let count = 0
    const exec = RegExp.prototype.exec
    const spy = vi.spyOn(RegExp.prototype, 'test').mockImplementation(function (this: RegExp, line: string) {
      count += line.length + 1
      return exec.call(this, line) !== null
    })
    ownWords(text)
    spy.mockRestore()
    return count
  }

  const pieces = fc.constantFrom(
    ...['>', '> ', '\n', '\n\n', '-- \n', '--\n', '____________________', 'On ', 'wrote:', ' schrieb ', '<a@b>', '<', '@', ':', '| ', '*'],
    ...[
      'From: x\n',
      'Sent: x\n',
      'To: x\n',
      '-----Original Message-----\n',
      '-----BEGIN PGP SIGNED MESSAGE-----\n',
      '- ',
      'x'.repeat(300),
      '\r',
    ],
    ...['This message ', 'is ', 'confidential', 'Le ', ' a écrit', '* ', ' [1', ']:', '\u0000', '\ud800'],
  )

  test('given any text, then the work grows no faster than it, and no word is made up', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 400 }), (parts) => {
        const text = parts.join('')
        expect(steps(text)).toBeLessThanOrEqual(200 * (text.length + 10))
        const lines = new Set(['', ...text.split(/\r\n|\n|\r/).flatMap((line) => [line.trim(), line.slice(2).trim()])])
        for (const line of ownWords(text).split('\n')) expect(lines.has(line.trim())).toBe(true)
      }),
    )
  })

  test.each<[string, string]>([
    ['a line of one million characters', '<@'.repeat(500_000)],
    ['50,000 attributions', 'On 2027 10:00 <a@b> x\n'.repeat(50_000)],
    ['50,000 headers', 'From: a\n'.repeat(50_000)],
    ['lines of spaces', `${' '.repeat(2_000)}\n`.repeat(130)],
    ['lines of verbs', `On ${' wrote '.repeat(280)}\n`.repeat(130)],
    ['lines of footers', `This message ${'is confidentia '.repeat(130)}\n`.repeat(130)],
    ['lines of stars', `* ${' [1'.repeat(600)}\n`.repeat(130)],
    ['50,000 dashes', '--\n'.repeat(50_000)],
  ])('given %s, then it is read within bounds', (_name, text) => {
    const start = process.cpuUsage()
    expect(ownWords(text).length).toBeLessThanOrEqual(256 * 1024)
    const { user } = process.cpuUsage(start)
    expect(user / 1_000).toBeLessThan(1_000)
  })
})
