import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MailData } from '../../core/domain/mail.ts'
import { sampleMailData } from '../../core/io/mail/sample-mail.ts'
import { readTemplate, renderMail } from '../../core/io/mail/templates.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-templates-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function read(source: string, name = 'alert') {
  const file = join(folder, `${name}.hbs`)
  writeFileSync(file, source)
  const problems: string[] = []
  const template = readTemplate(file, problems)
  return { template, problems: problems.map((one) => one.slice(folder.length + 1)) }
}

function write(source: string, data: Partial<MailData> = {}) {
  const { template, problems } = read(source)
  expect(problems).toEqual([])
  return renderMail(template!, { ...sampleMailData, ...data })
}

const unknown = (line: number, field: string) => `alert.hbs:${line}: there is no field or helper '${field}'`

describe('a broken template', () => {
  test.each([
    ['Subject: x\n\n\n{{#if vo}\n', ["alert.hbs:4: cannot be read near '{{#if vo}'"]],
    ['Subject: x\n\n{{#if vo}}\n', ["alert.hbs:4: cannot be read near '{{#if vo}}'"]],
    [
      'Subject: {{nope}}\n\nhi\n{{site.nope}} {{vo}}\n{{#if nope}}x{{/if}}',
      [unknown(1, 'nope'), unknown(4, 'site.nope'), unknown(5, 'nope')],
    ],
    ['Subject: x\n\n{{site}}', [unknown(3, 'site')]],
    [
      'Subject: x\n\n{{constructor}}{{toString}}{{site.__proto__}}{{@root}}{{@vo}}{{../vo}}',
      ['constructor', 'toString', 'site.__proto__', '@root', '@vo', '../vo'].map((f) => unknown(3, f)),
    ],
    ['Subject: x\n\n{{lookup site "name"}}', [unknown(3, 'lookup'), unknown(3, 'site')]],
    ['Subject: x\n\n{{> other}}', [unknown(3, 'other')]],
    ['Subject: x\n\n{{#for "ngi"}}\n{{nope}}\n{{/for}}', [unknown(4, 'nope')]],
    ['Subject: x\n\nhi\n{{date vo}}', ["alert.hbs:4: 'date' needs one of the times, for example alertMs"]],
    ['Subject: x\n\n{{day "2027"}}{{span alertMs}}', ["alert.hbs:3: 'day' needs one of the times, for example alertMs"]],
    ['Subject: x\n\n{{span alertMs}}', ["alert.hbs:3: 'span' needs one of the times, for example alertMs"]],
    ['Subject: x\n\n{{#for "boss"}}x{{/for}}', ["alert.hbs:3: 'for' needs roles in quotes: site, manager, ngi, vo, ca, nren, announce"]],
    ['Subject: x\n\n{{#for}}x{{/for}}', ["alert.hbs:3: 'for' needs roles in quotes: site, manager, ngi, vo, ca, nren, announce"]],
    ['Subject: x\n\n{{for "site"}}', ['alert.hbs:3: \'for\' is a block: write {{#for "site"}} … {{/for}}']],
    ['X-Other: y\n\nbody', ['alert.hbs:1: the header Subject is missing']],
    [
      'Subject: x\nbcc: a@b.example\nX Y: z\nsubject: y\n\nb',
      [
        'alert.hbs:2: the header bcc is set by the framework: remove it',
        "alert.hbs:3: not a header: write 'Name: value', or a blank line before the body",
        'alert.hbs:4: the header subject stands twice',
      ],
    ],
    ['Subject: {{text}}\n\nx', ['alert.hbs:1: the header Subject holds a line break or a control character once it is filled in']],
    ['Subject: x\u0007\n\nx', ['alert.hbs:1: the header Subject holds a line break or a control character once it is filled in']],
    ['Subject: x', ['alert.hbs:1: no blank line between headers and body']],
    ['Subject:\n\nx', ['alert.hbs:1: the header Subject is empty']],
    [`Subject: x\n\n${'x'.repeat(300_000)}`, ['alert.hbs: larger than 256 KiB']],
  ])('given %j, then every problem is named with its line', (source, problems) => {
    expect(read(source).problems).toEqual(problems)
  })

  test('given a mistake in what only another role reads, then it is found too', () => {
    expect(read('Subject: x\n\n{{#for "ngi"}}{{date vo}}{{/for}}', 'reminder').problems).toEqual([
      "reminder.hbs:3: 'date' needs one of the times, for example alertMs",
    ])
  })

  test('given a name that is no kind of letter, then the kinds are named', () => {
    expect(read('Subject: x\n\nx', 'alarm').problems).toEqual([
      expect.stringMatching(/^alarm\.hbs: there is no such letter: .*\balert, notification\b/),
    ])
  })
})

describe('what a template may say', () => {
  test('given a header that goes on, line ends of another system and letters of any language, then all is kept', () => {
    expect(write('Subject: Übung\r\n  {{vo}}\r\nX-Other: é\r\n\r\nbody\r\n')).toEqual({
      subject: 'Übung vo.example',
      headers: { 'X-Other': 'é' },
      text: 'body\n',
    })
  })

  test.each([
    ['UTC', '2027-01-11T23:30Z', '2027-01-11'],
    ['Asia/Kolkata', '2027-01-12T05:00+05:30 (2027-01-11T23:30Z)', '2027-01-12'],
    ['America/St_Johns', '2027-01-11T20:00-03:30 (2027-01-11T23:30Z)', '2027-01-11'],
    ['Nowhere/At_All', '2027-01-11T23:30Z', '2027-01-11'],
  ])('given an addressee in %s, then a time reads %s and a day %s', (timeZone, time, day) => {
    const data = { site: { name: 'SITE-ONE', timeZone }, alertMs: Date.UTC(2027, 0, 11, 23, 30) }
    expect(write('Subject: x\n\n{{date alertMs}}|{{day alertMs}}', data).text).toBe(`${time}|${day}`)
  })

  test.each([
    [3_600_000, '1 hour'],
    [4 * 3_600_000, '4 hours'],
    [86_400_000, '1 day'],
    [30 * 86_400_000, '30 days'],
    [5_400_000, '1 h 30 min'],
    [0, '0 s'],
    [-3_600_000, '-1 h'],
  ])('given a deadline %d ms later, then the span reads %s', (ms, words) => {
    const data = { alertMs: 1, answerByMs: 1 + ms }
    expect(write('Subject: x\n\n{{span alertMs answerByMs}}', data).text).toBe(words)
  })

  test.each([
    ['site', 'S'],
    ['vo', 'P'],
    ['ca', 'P'],
    ['ngi', '-'],
  ] as const)('given a letter to the role %s, then the block for it is taken', (role, text) => {
    expect(write('Subject: x\n\n{{#for "site"}}S{{else for "vo" "ca"}}P{{else}}-{{/for}}', { to: { role, name: 'x' } }).text).toBe(text)
  })
})
