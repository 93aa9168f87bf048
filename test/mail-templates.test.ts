import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type MailData, type MailKind, mailKinds, type Role, traitsOf } from '../core/domain/mail.ts'
import { readTextForm, textForm } from '../core/domain/report-form.ts'
import { linted, lintTemplates } from '../core/io/mail/lint-templates.ts'
import { sampleMailData } from '../core/io/mail/sample-mail.ts'
import { loadTemplateLibrary, templateOf } from '../core/io/mail/template-library.ts'
import { renderMail } from '../core/io/mail/templates.ts'
import { loadMailTemplates, loadScenario, pluginFolders } from '../core/plugins.ts'

const none = join(import.meta.dirname, 'no-such-folder')
const library = loadTemplateLibrary({ project: join(import.meta.dirname, '..', 'mail-templates'), home: none, scenarios: new Map() })

function write(kind: MailKind, role: Role = traitsOf(kind).to[0]!, data: Partial<MailData> = {}) {
  const name = role === 'site' ? 'SITE-ONE' : 'PARTY-ONE'
  return renderMail(templateOf(library, kind, { scenario: 's' }), { ...sampleMailData, to: { role, name }, ...data })
}

const everyLetter = mailKinds.flatMap((kind) => traitsOf(kind).to.map((role) => ({ kind, role })))

describe('the letters that come with the project', () => {
  test('given all of them and all scenarios, when they are looked at, then nothing is wrong', () => {
    const scenarios = [...pluginFolders('scenarios', none).keys()].map((id) => linted(loadScenario(id, none).scenario))
    expect(scenarios.length).toBeGreaterThan(0)
    expect(lintTemplates(loadMailTemplates(none), scenarios)).toEqual([])
  })

  test.each(everyLetter)(
    'given sample data, when $kind is written to $role, then its lines are short and nothing is left open',
    ({ kind, role }) => {
      const { subject, text, headers } = write(kind, role)
      expect(headers['X-Exercise']).toContain('sample-0a1b2c3d')
      expect(subject).toMatch(kind === 'real-incident' ? /^THIS IS NO DRILL: / : /^EXERCISE: .+ \[EGI-20270111-042731\] TLP:(AMBER|CLEAR)$/)
      expect(`${subject}${text}`).not.toMatch(/\{\{|undefined|\[object|NaN/)
      expect(text.split('\n').filter((line) => line.length > 76)).toEqual([])
      // paragraphs that ran together, and lines left empty by a condition
      expect(text).not.toMatch(/\S ---|\n\n\n|[ \t]\n/)
    },
  )

  test.each(everyLetter)('given no words for it, when $kind is written to $role, then no hole is left', ({ kind, role }) => {
    const isAllOfIt = ['question', 'degradation', 'debriefing'].includes(kind)
    expect(write(kind, role, { ...(isAllOfIt ? {} : { text: '' }), reportUrl: '', appealUrl: '' }).text).not.toMatch(/\n\n\n/)
  })

  test.each(['alert', 'reminder', 'report-request'] as const)('given %s, then it says by when the last answer is due', (kind) => {
    expect(write(kind).text).toContain('2027-02-10T09:00+01:00 (2027-02-10T08:00Z)')
  })

  test.each(['stopped', 'real-incident'] as const)('given %s, then it says why', (kind) => {
    expect(write(kind).text).toContain('a real incident at another site needs all hands')
  })

  test('given the alert, then it names the identity, forbids collective action and says what is expected by when', () => {
    const { text } = write('alert')
    expect(text).toContain('Consider any activity from the following user as malicious.\nDN: /DC=example/DC=challenge/CN=Mallory Example\n')
    expect(text.replace(/\s+/g, ' ')).toContain('do NOT take any collective action against the VO vo.example')
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /within 4 hours, by 2027-01-11T13:00\+01:00.*within 1 day, by 2027-01-12T09:00\+01:00.*within 30 days, by 2027-02-10/,
    )
    expect(text).toContain('Reply to this mail')
  })

  test('given the request for the report, then the form stands in it, after all else, and the site’s own link where there is one', () => {
    expect(write('report-request').text).toMatch(/--------\nWhat happened:\nIdentity:\nJobs:\n_{20,}\n\n\*\*\* EXERCISE/)
    expect(write('report-request').text).toContain(`\n${sampleMailData.reportUrl}\n`)
    expect(write('report-request', 'site', { reportUrl: '' }).text).not.toContain('web form')
  })

  test('given a result, then the page for appeals stands in it, where there is one', () => {
    expect(write('result').text).toContain(`\n${sampleMailData.appealUrl}\n`)
    expect(write('result', 'site', { appealUrl: '' }).text).not.toContain('appeal')
  })

  test('given the request for the report, when it comes back whole, then it is a report only where somebody filled it in', () => {
    const quoted = write('report-request', 'site', { form: textForm() }).text.replace(/^/gm, '> ')
    expect(readTextForm(quoted)).toBeUndefined()
    const filled = readTextForm(quoted.replace(/^> (Evidence.*)$/m, '> $1 disk.img'))
    expect(filled).toMatchObject({ report: { evidence: [{ name: 'disk.img' }] }, problems: [] })
  })

  test.each([
    ['vo', 'suspend this one user', ['revoke', 'Sites of your NGI']],
    ['ca', 'revoke it', ['suspend this', 'Sites of your NGI']],
    ['nren', 'who talked to whom', ['revoke', 'suspend this']],
    ['ngi', 'Sites of your NGI', ['revoke', 'suspend this']],
  ] as const)(
    'given a pre-warning to the role %s, then it asks what that role can do, and names the sites to their NGI alone',
    (role, asked, others) => {
      const { text } = write('pre-warning', role)
      expect(text).toContain(asked)
      for (const other of others) expect(text).not.toContain(other)
      expect(text.includes('SITE-TWO')).toBe(role === 'ngi')
    },
  )

  test('given a reminder and a notice of the end, when they go to others than the site, then they tell of no more than is needed', () => {
    expect(write('reminder', 'site').text).toContain('Mallory')
    expect(write('reminder', 'ca').text).not.toContain('Mallory')
    expect(write('stopped', 'nren').text).not.toContain('Mallory')
    expect(write('stopped', 'ca').text).not.toContain(sampleMailData.label)
  })
})
