import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CommonReport, REPORT_FORMAT } from '../../core/domain/common-report.ts'
import { gradedFields, gradeReport, type ReportKey } from '../../core/domain/grade-report.ts'
import { readTextForm } from '../../core/domain/report-form.ts'
import { anyMail, fullReport } from './sample-report.ts'

const key: ReportKey = {
  identity: '/DC=org/DC=example/CN=Mallory',
  pilot: '/DC=org/DC=example/CN=Pilot Factory',
  label: 'ssc-2027.SITE-A',
  nativeId: 'arc:4711',
  hosts: ['wn042.site.example'],
  addresses: ['https://c2.example:8471/v1', 'http://192.0.2.7/x'],
  names: ['sscd'],
  fromMs: Date.parse('2027-01-11T08:00Z'),
  untilMs: Date.parse('2027-01-13T08:00Z'),
  containedMs: Date.parse('2027-01-11T12:05Z'),
}

const grade = (parts: Partial<CommonReport>, change: Partial<ReportKey> = {}) =>
  gradeReport({ format: REPORT_FORMAT, ...parts }, { ...key, ...change })
const verdictOf = (field: (typeof gradedFields)[number], parts: Partial<CommonReport>, change: Partial<ReportKey> = {}) =>
  grade(parts, change)[field].verdict

describe('given a report and what we know', () => {
  test('when all is there, then facts are right and texts are for a person; when nothing is, all is missing', () => {
    const verdicts = Object.entries(grade(fullReport)).map(([field, { verdict }]) => `${field}: ${verdict}`)
    expect(verdicts).toEqual([
      'summary: for a person',
      'identity: right',
      'jobs: right',
      'hosts: right',
      'addresses: partly',
      'first-seen: right',
      'contained: right',
      'clock: right',
      'actions: partly',
      'containment: for a person',
      'open-questions: for a person',
      'disclosure: right',
      'evidence: for a person',
    ])
    expect(new Set(Object.values(grade({})).map(({ verdict }) => verdict))).toEqual(new Set(['missing']))
  })

  test.each([
    [['/DC=org/DC=example/CN=Mallory'], 'right'],
    [['CN=Mallory, DC=example, DC=org'], 'right'],
    [['DN: /dc=org/dc=example/cn=mallory'], 'right'],
    [['/DC=org/DC=example/CN=Mallory/CN=proxy/CN=12345'], 'right'],
    [['/DC=org/DC=example/CN=Mallory', '/DC=org/DC=example/CN=Pilot Factory'], 'right'],
    [['/DC=org/DC=example/CN=Mallory', '/CN=Bob'], 'partly'],
    [['/DC=org/DC=example/CN=Pilot Factory'], 'partly'],
    [['/DC=org/DC=example/CN=Mallory Other'], 'wrong'],
    [['/DC=org/DC=example/CN=Mallory/CN=Bob'], 'wrong'],
    [['Mallory'], 'wrong'],
  ])('when the identity is %j, then it is %s', (identities, verdict) => {
    expect(verdictOf('identity', { identities })).toBe(verdict)
  })

  test('when the pilot is named for the owner, then the reason says so', () => {
    expect(grade({ identities: [key.pilot!] }).identity.why).toMatch(/pilot's identity/)
  })

  test.each([
    ['4711', 'right'],
    ['arc:4711', 'right'],
    ['job ssc-2027.SITE-A in the gateway', 'right'],
    ['14711', 'for a person'],
    ['slurm 9', 'for a person'],
  ])('when the job is %s, then it is %s: never wrong, for the batch system has numbers of its own', (job, verdict) => {
    expect(verdictOf('jobs', { jobs: [job] })).toBe(verdict)
  })

  test.each<[string[], Partial<ReportKey>, string]>([
    [['wn042'], {}, 'right'],
    [['wn042.site.example (drained)', 'ce.site.example'], {}, 'right'],
    [['wn042.site.example'], { hosts: ['wn042'] }, 'right'],
    [['wn042'], { hosts: ['wn042.site.example', 'wn7.site.example'] }, 'partly'],
    [['wn042.other.example'], {}, 'wrong'],
    [['192.0.2.1'], {}, 'for a person'],
    [['wn1'], { hosts: [] }, 'for a person'],
    [['wn1'], { hosts: ['3f2a9c0b7d11', 'localhost'] }, 'for a person'],
    [[...Array(50).keys()].map((n) => `wn0${n}.site.example`), {}, 'for a person'],
  ])('when the hosts are %j, and we saw %j, then they are %s', (hosts, change, verdict) => {
    expect(verdictOf('hosts', { hosts }, change)).toBe(verdict)
  })

  test.each([
    [['c2.example', '192.0.2.7'], 'right'],
    [['hxxps://c2[.]example/v1', '192.0.2.7:80'], 'right'],
    [['c2.example'], 'partly'],
    [['c2.example.attacker.example'], 'wrong'],
  ])('when the addresses are %j, then they are %s', (addresses, verdict) => {
    expect(verdictOf('addresses', { addresses })).toBe(verdict)
  })

  test('when we know only a name and the site only a number, then it is for a person', () => {
    expect(verdictOf('addresses', { addresses: ['192.0.2.9'] }, { addresses: ['https://c2.example'] })).toBe('for a person')
  })

  test.each<[string, Partial<CommonReport>, Partial<ReportKey>, string]>([
    ['2027-01-11T12:19:00Z', {}, {}, 'right'],
    ['2027-01-11T12:25:00Z', {}, {}, 'wrong'],
    ['2027-01-11T12:25:00Z', { clock: { accuracy: '± 10 min' } }, {}, 'right'],
    ['2027-01-12T12:40:00Z', { clock: { accuracy: '900000 h' } }, {}, 'wrong'],
    ['2027-01-11T13:05:00Z', {}, {}, 'partly'],
    ['2027-01-11T12:25:00Z', { assumedZone: 'Europe/Berlin' }, {}, 'for a person'],
    ['2027-01-11T12:25:00Z', {}, { containedMs: undefined }, 'for a person'],
    ['2027-01-01T12:25:00Z', {}, { containedMs: undefined }, 'wrong'],
  ])('when it is contained at %s, with %j and %j, then it is %s', (contained, parts, change, verdict) => {
    expect(verdictOf('contained', { ...parts, times: { contained } }, change)).toBe(verdict)
  })

  test.each([
    ['2027-01-11T07:50:00Z', 'right'],
    ['2027-01-10T08:00:00Z', 'wrong'],
    ['2027-01-20T08:00:00Z', 'for a person'],
  ])('when it is first seen at %s, then it is %s', (firstSeen, verdict) => {
    expect(verdictOf('first-seen', { times: { firstSeen } })).toBe(verdict)
  })

  test('when half of the clock is told, then it is partly right; words on disclosure alone are for a person', () => {
    expect(verdictOf('clock', { clock: { zone: 'UTC' } })).toBe('partly')
    expect(verdictOf('clock', { clock: { accuracy: 'NTP' } })).toBe('partly')
    expect(verdictOf('disclosure', { disclosure: { words: 'not to the press' } })).toBe('for a person')
  })
})

describe('given any report and any key', () => {
  const names = fc.array(fc.string(), { maxLength: 5 })
  const keys = fc.record({
    identity: fc.string(),
    label: fc.string(),
    nativeId: fc.option(fc.string(), { nil: undefined }),
    hosts: names,
    addresses: names,
    names,
    fromMs: fc.integer(),
    untilMs: fc.integer(),
  })
  test('when it is graded, then every field has a verdict and a reason, and nothing unknown to us is wrong', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constant(fullReport),
          anyMail.map((text) => readTextForm(text, 'UTC')?.report),
        ),
        keys,
        (report, any) => {
          if (report === undefined) return
          const graded = gradeReport(report, any)
          expect(Object.keys(graded)).toEqual([...gradedFields])
          for (const { why } of Object.values(graded)) expect(why).not.toBe('')
          const unknown = gradeReport(report, { ...any, hosts: [], addresses: [] })
          for (const field of ['jobs', 'hosts', 'addresses'] as const) expect(unknown[field].verdict).not.toBe('wrong')
        },
      ),
    )
  })
})
