import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommonReport, REPORT_FORMAT } from '../../core/domain/common-report.ts'
import { fieldTexts } from '../../core/domain/report-fields.ts'
import { readTextForm, textForm, writeTextForm } from '../../core/domain/report-form.ts'
import { anyMail, fullReport } from './sample-report.ts'

const reportIn = (text: string, zone?: string) => readTextForm(text, zone)?.report
const read = (text: string, zone?: string) => ({ format: undefined, ...reportIn(text, zone) })
const only = (parts: object) => ({ format: REPORT_FORMAT, ...parts })

describe('given a filled-in form', () => {
  test('when it is as we write it, then it is read back whole', () => {
    expect(readTextForm(writeTextForm(fieldTexts(fullReport)))).toEqual({ report: fullReport, problems: [] })
  })

  test('when it is the older one of five fields, below a greeting, then it is read', () => {
    const old = `Dear all,\n\nIdentity: /DC=example/CN=Mallory\nHOSTS: wn-1.site.example,\n  wn-2.site.example\n* Job : 4711
contained AT:   2027-01-11T10:30+01:00\nWhat was done:\nwe found it in the batch log\nand stopped it\n\nKind regards, Jo`
    expect(reportIn(old)).toEqual(
      only({
        identities: ['/DC=example/CN=Mallory'],
        jobs: ['4711'],
        hosts: ['wn-1.site.example', 'wn-2.site.example'],
        times: { contained: '2027-01-11T10:30:00+01:00' },
        actions: [{ what: 'we found it in the batch log and stopped it' }],
      }),
    )
  })

  test.each([
    ['quoted', '> Job (numbers or labels): 7', { jobs: ['7'] }],
    ['below a quoted label', '> Job:\n7\n> Hosts:\nwn1', { jobs: ['7'], hosts: ['wn1'] }],
    ['in bold', '**Job:** 7\n*Hosts: wn1*', { jobs: ['7'], hosts: ['wn1'] }],
    ['with bullets', '- Hosts:\n  - wn1\n  - wn2', { hosts: ['wn1', 'wn2'] }],
    ['with numbers', '3. Hosts: wn1', { hosts: ['wn1'] }],
    ['with another colon', 'Hosts\uff1awn1\nJob\u00a0: 7', { hosts: ['wn1'], jobs: ['7'] }],
    ['as a table', 'Hosts\twn1', { hosts: ['wn1'] }],
    ['with lists of every kind', 'Hosts: a, b; c\nd', { hosts: ['a', 'b', 'c', 'd'] }],
    ['with a comma in a name', 'Identity: CN=Mallory,O=x', { identities: ['CN=Mallory,O=x'] }],
    ['with a broken name', 'Identity: /DC=a/CN=Very\nLong Name\n/DC=b/CN=c', { identities: ['/DC=a/CN=Very Long Name', '/DC=b/CN=c'] }],
    ['twice', 'Job:\n\nJob: 1\n\nJob: 2', { jobs: ['1'] }],
    ['with paragraphs', 'What happened: a\n\nb\nJob: 1', { summary: 'a\n\nb', jobs: ['1'] }],
    ['with a signature', 'Hosts: a\n-- \nJo', { hosts: ['a'] }],
    ['with a label in version 1', 'Disclosure: TLP: WHITE', { disclosure: { tlp: 'TLP:CLEAR' } }],
    ['with a hash on its own line', `Evidence: a.img\n${'ab'.repeat(32)}`, { evidence: [{ name: 'a.img', sha256: 'ab'.repeat(32) }] }],
  ])('when it is %s, then it is read', (_, text, parts) => {
    expect(reportIn(text)).toEqual(only(parts))
  })

  test('when a deeper quotation follows a value, then it is no part of it', () => {
    expect(reportIn('Job: 7\n> which one?\nof the batch system')).toEqual(only({ jobs: ['7', 'of the batch system'] }))
  })

  test('when it is empty, or there is none, then there is no report', () => {
    for (const text of [textForm(), textForm().replace(/^/gm, '> '), 'thanks', '', 'Note: x']) expect(readTextForm(text)).toBeUndefined()
  })
})

describe('given times as people write them', () => {
  test.each([
    ['2027-01-11T10:30Z', '2027-01-11T10:30:00Z'],
    ['2027-01-11 10:30:15.250 +0100', '2027-01-11T10:30:15.250+01:00'],
    ['Mon, 11 Jan 2027 10:30:00 +0100 (CET)', '2027-01-11T10:30:00+01:00'],
    ['11.01.2027 um 10:30 Uhr MEZ', '2027-01-11T10:30:00+01:00'],
    ['11 January 2027, 10:30 CET', '2027-01-11T10:30:00+01:00'],
    ['Jan 11th, 2027 at 3:05 pm UTC', '2027-01-11T15:05:00Z'],
    ['2027-07-11 10:30 Europe/Berlin', '2027-07-11T10:30:00+02:00'],
    ['13/01/2027 10:30 UTC-5', '2027-01-13T10:30:00-05:00'],
    ['about 2027-01-11 10:30 UTC, I think', '2027-01-11T10:30:00Z'],
  ])('when it is %s, then it is %s', (text, at) => {
    expect(readTextForm(`Contained at: ${text}`)).toEqual({ report: only({ times: { contained: at } }), problems: [] })
  })

  test.each([
    ['03/04/2027 10:30Z', /day and month/],
    ['2027-01-11 10:30 IST', /several meanings/],
    ['2027-01-11 10:30', /no zone/],
    ['2027-02-30 10:30Z', /no such time/],
    ['2027-01-11 25:30Z', /no such time/],
    ['2027-01-11', /no date with a time/],
    ['this morning', /no date with a time/],
    ['2027-01-11 10:30Z or 2027-01-11 11:30Z', /several times/],
  ])('when it is %s, then that is a problem, and the rest is kept', (text, words) => {
    const { report, problems } = readTextForm(`Job: 1\nContained at: ${text}`)!
    expect(report).toEqual(only({ jobs: ['1'] }))
    expect(problems).toEqual([{ place: 'contained', words: expect.stringMatching(words) }])
  })

  test('when the zone is missing, then it is the one that the site names, else the one that is known, which is marked', () => {
    const at = { contained: '2027-07-11T10:30:00+02:00' }
    const text = 'Contained at: 2027-07-11 10:30'
    expect(read(`${text}\nTime zone: Europe/Berlin`, 'Asia/Tokyo')).toEqual(only({ times: at, clock: { zone: 'Europe/Berlin' } }))
    expect(read(text, 'Europe/Berlin')).toEqual(only({ times: at, assumedZone: 'Europe/Berlin' }))
    expect(read(`${text} CEST`, 'Asia/Tokyo')).toEqual(only({ times: at }))
  })

  test('when actions have times, bullets, or go on in the next line, then each is one', () => {
    const text = 'Actions taken:\n- 2027-01-11 10:00Z - killed it\n[2027-01-11T11:00Z] banned\n  the user\n12:00 told the VO\n* slept'
    const { report, problems } = readTextForm(text)!
    expect(report.actions).toEqual([
      { at: '2027-01-11T10:00:00Z', what: 'killed it' },
      { at: '2027-01-11T11:00:00Z', what: 'banned the user' },
      { what: '12:00 told the VO' },
      { what: 'slept' },
    ])
    expect(problems).toEqual([{ place: 'actions', words: expect.stringMatching(/^12:00: it has no date/) }])
  })
})

describe('given a report as JSON', () => {
  const json = JSON.stringify({ ...fullReport, hosts: [7] }, null, 2)
  test.each([
    ['alone', json],
    ['in a block', `Hello,\n\n\`\`\`json\n${json}\n\`\`\`\nBye {x}`],
    ['quoted', `> ${json.replaceAll('\n', '\n> ')}`],
    ['in a sentence', `see {this}: ${JSON.stringify({ ...fullReport, hosts: [7] })} thanks`],
  ])('when it is %s, then it is read, and what is wrong in it is named', (_, text) => {
    const { hosts: _hosts, ...rest } = fullReport
    expect(readTextForm(text)).toEqual({ report: rest, problems: [{ place: 'hosts.0', words: expect.any(String) }] })
  })
})

describe('given anything at all', () => {
  test('when it is read, then what comes out is a report, and reading it again changes nothing', () => {
    fc.assert(
      fc.property(anyMail, fc.constantFrom(undefined, 'Europe/Berlin', 'no/zone'), (text, zone) => {
        const first = reportIn(text, zone)
        if (first === undefined) return
        expect(CommonReport.safeParse(first).success).toBe(true)
        const { assumedZone: _, ...once } = reportIn(writeTextForm(fieldTexts(first))) ?? { format: REPORT_FORMAT }
        expect(reportIn(writeTextForm(fieldTexts(once))) ?? { format: REPORT_FORMAT }).toEqual(once)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    'a'.repeat(1e6),
    ' '.repeat(1e6),
    '- '.repeat(5e5),
    '\n'.repeat(1e6),
    `Job: ${'*'.repeat(1e6)}`,
    `${'Job ('.repeat(400)}\n`.repeat(500),
    `Identity: ${'/CN='.repeat(500)}\n`.repeat(500),
    `Actions taken:\n${`${'2027-01-11 '.repeat(180)}\n`.repeat(4_000)}`,
    `Evidence:\n${`${'ab'.repeat(900)}\n`.repeat(4_000)}`,
    `${'{"format":"ssc-common-report/1",'.repeat(3e4)}${'['.repeat(1e5)}`,
    `Disclosure: ${'TLP '.repeat(400)}\n`.repeat(4_000),
    `Hosts:\n${'**a\n'.repeat(4_900)}`,
  ])('when it is a bomb (%#), then it takes no time', (bomb) => {
    const start = process.cpuUsage()
    readTextForm(bomb, 'Europe/Berlin')
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_500)
  })
})
