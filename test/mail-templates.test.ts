import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../core/domain/errors.ts'
import { mailKinds } from '../core/domain/mail.ts'
import { sampleMailData } from '../core/io/mail/sample-mail.ts'
import { loadTemplates, renderMail, templateOf } from '../core/io/mail/templates.ts'

const shipped = join(import.meta.dirname, '..', 'mail-templates')

describe('the mails that come with the project', () => {
  const templates = loadTemplates([shipped])

  test('given the folder, then there is one for each kind of mail', () => {
    expect([...templates.keys()]).toEqual(expect.arrayContaining([...mailKinds]))
  })

  test.each([...templates.keys()])('given sample data, when %s is rendered, then it is marked, complete and readable', (id) => {
    const { subject, headers, text } = renderMail(templateOf(templates, id), sampleMailData)
    expect(subject).toMatch(
      id === 'real-incident' ? /^THIS IS NO DRILL: .* \[EGI-20270111\] TLP:AMBER$/ : /^EXERCISE: .*SITE-ONE \[EGI-20270111\] TLP:AMBER$/,
    )
    expect(headers['X-Exercise']).toContain('sample-0a1b2c3d')
    if (id !== 'real-incident') expect(text.split('\n').slice(0, 5).join(' ')).toMatch(/EXERCISE.*ssc@csirt\.example/)
    for (const word of ['0123456789ab', 'TLP:AMBER', 'https://listener.csirt.example/genuine']) expect(text).toContain(word)
    expect(`${subject}${text}`).not.toMatch(/\{\{|undefined|\[object/)
    expect(text.split('\n').filter((line) => line.length > 78)).toEqual([])
  })

  test.each(['alert', 'reminder', 'closing'])('given %s, then it says by when the last answer is due', (id) => {
    const { text } = renderMail(templateOf(templates, id), sampleMailData)
    expect(text).toContain('2027-02-10T09:00+01:00 (2027-02-10T08:00Z)')
  })

  test.each(['stopped', 'real-incident'])('given %s, then it says why', (id) => {
    expect(renderMail(templateOf(templates, id), sampleMailData).text).toContain('a real incident at another site needs all hands')
  })

  test('given the alert, then it names the identity, forbids collective action and says what is expected by when', () => {
    const { text } = renderMail(templateOf(templates, 'alert'), sampleMailData)
    expect(text).toContain('Consider any activity from the following user as malicious.\nDN: /DC=example/DC=challenge/CN=Mallory Example\n')
    expect(text.replace(/\s+/g, ' ')).toContain('do NOT take any collective action against the VO vo.example')
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /within 4 hours, by 2027-01-11T13:00\+01:00.*within 1 day, by 2027-01-12T09:00\+01:00.*within 1 month, by 2027-02-10/,
    )
    expect(text).toContain('Reply to this mail')
  })

  test('given the closing mail, then its form is empty', () => {
    const { text } = renderMail(templateOf(templates, 'closing'), sampleMailData)
    expect(text).toContain('\nIdentity:\nJob:\nHosts:\nContained at:\nWhat was done:\n')
  })

  test.each([
    ['UTC', '2027-01-11T08:00Z'],
    ['Asia/Kolkata', '2027-01-11T13:30+05:30 (2027-01-11T08:00Z)'],
    ['Nowhere/At_All', '2027-01-11T08:00Z'],
  ])('given a site in %s, then a time reads %s', (timeZone, words) => {
    const data = { ...sampleMailData, site: { name: 'SITE-ONE', timeZone } }
    expect(renderMail(templateOf(templates, 'alert'), data).text).toContain(`Alert sent:     ${words}\n`)
  })

  test('given template code or mark-up in the data, then it stays as it is', () => {
    const data = {
      ...sampleMailData,
      site: { name: '{{identity}} & <b>', timeZone: 'UTC' },
      contact: { name: "O'Brien", address: 'a@b.example' },
    }
    const mail = renderMail(templateOf(templates, 'alert'), data)
    expect(mail.subject).toContain('at {{identity}} & <b> [')
    expect(mail.text).toContain("O'Brien")
  })

  test.each(['X\r\nBcc: all@b.example', 'X\nBcc: all@b.example', 'X\u0000', 'X\u2028Y', 'X\u0085Y'])(
    'given a site named %j, then the mail is refused with the header’s place',
    (name) => {
      const data = { ...sampleMailData, site: { name, timeZone: 'UTC' } }
      expect(() => renderMail(templateOf(templates, 'alert'), data)).toThrow(/alert\.hbs:1: the header Subject holds a line break/)
    },
  )
})

describe('a broken template', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-templates-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function problemsOf(source: string): readonly string[] {
    writeFileSync(join(folder, 't.hbs'), source)
    try {
      loadTemplates([folder])
    } catch (error) {
      if (error instanceof InputError) return error.problems.map((p) => p.slice(folder.length + 1))
      throw error
    }
    return []
  }

  test.each([
    ['Subject: x\n\n\n{{#if vo}\n', ["t.hbs:4: cannot be read near '{{#if vo}'"]],
    ['Subject: x\n\n{{#if vo}}\n', ["t.hbs:4: cannot be read near '{{#if vo}}'"]],
    [
      'Subject: {{nope}}\n\nhi\n{{site.nope}} {{vo}}\n{{#if nope}}x{{/if}}',
      [
        "t.hbs:1: there is no field or helper 'nope'",
        "t.hbs:4: there is no field or helper 'site.nope'",
        "t.hbs:5: there is no field or helper 'nope'",
      ],
    ],
    ['Subject: x\n\n{{site}}', ["t.hbs:3: there is no field or helper 'site'"]],
    [
      'Subject: x\n\n{{constructor}}{{toString}}{{site.__proto__}}{{@root}}',
      ['constructor', 'toString', 'site.__proto__', '@root'].map((f) => `t.hbs:3: there is no field or helper '${f}'`),
    ],
    [
      'Subject: x\n\n{{lookup site "name"}}',
      ["t.hbs:3: there is no field or helper 'lookup'", "t.hbs:3: there is no field or helper 'site'"],
    ],
    ['Subject: x\n\n{{> other}}', ["t.hbs:3: there is no field or helper 'other'"]],
    ['Subject: x\n\nhi\n{{date vo}}', ["t.hbs:4: 'date' needs one of the times, for example {{date alertMs}}"]],
    ['X-Other: y\n\nbody', ['t.hbs:1: the header Subject is missing']],
    [
      'Subject: x\nbcc: a@b.example\nX Y: z\nsubject: y\n\nb',
      [
        't.hbs:2: the header bcc is set by the framework: remove it',
        "t.hbs:3: not a header: write 'Name: value', or a blank line before the body",
        't.hbs:4: the header subject stands twice',
      ],
    ],
    ['Subject: x', ['t.hbs:1: no blank line between headers and body']],
    ['Subject:\n\nx', ['t.hbs:1: the header Subject is empty']],
    [`Subject: x\n\n${'x'.repeat(300_000)}`, ['t.hbs: larger than 256 KiB']],
  ])('given %j, then every problem is named with its line', (source, problems) => {
    expect(problemsOf(source)).toEqual(problems)
  })

  test('given a folder of the user’s own, then its template wins, a header may go on, and a missing folder is none', () => {
    const source = 'Subject: mine\r\n  {{vo}}\r\n\r\nbody\r\n'
    writeFileSync(join(folder, 'alert.hbs'), source)
    mkdirSync(join(folder, 'empty'))
    const templates = loadTemplates([shipped, join(folder, 'missing'), join(folder, 'empty'), folder])
    expect(renderMail(templateOf(templates, 'alert'), sampleMailData)).toEqual({ subject: 'mine vo.example', headers: {}, text: 'body\n' })
    expect(() => templateOf(templates, 'nope')).toThrow(/no mail template 'nope'/)
  })
})
