import fc from 'fast-check'
import { type CommonReport, REPORT_FORMAT } from '../../core/domain/common-report.ts'

export const fullReport: CommonReport = {
  format: REPORT_FORMAT,
  summary: 'A process called out.\n\nIt was seen in the flow logs.',
  identities: ['/DC=org/DC=example/CN=Mallory'],
  jobs: ['4711'],
  hosts: ['wn042.site.example'],
  addresses: ['https://c2.example/beat'],
  times: { firstSeen: '2027-01-11T10:30:00+01:00', contained: '2027-01-11T12:00:00Z' },
  clock: { zone: 'Europe/Berlin', accuracy: 'NTP, < 1 s' },
  actions: [{ at: '2027-01-11T11:00:00+01:00', what: 'killed the job' }, { what: 'banned the identity' }],
  containment: 'banned and killed',
  openQuestions: 'who sold the credential?',
  disclosure: { tlp: 'TLP:AMBER', words: 'not to the press' },
  evidence: [{ name: 'disk.img', sha256: 'ab'.repeat(32) }, { name: 'flows.log' }],
}

const awkward = fc.constantFrom(
  'Identity: /CN=x',
  '> Job: 7',
  '>> **Hosts**: a, b; c',
  'What happened：',
  'Actions taken:\n- 2027-01-11 10:00 x\n10:30 y',
  'Contained at: 03/04/2027 10:00 IST',
  'Evidence: \ud800 \0 <script>',
  '{"format":"ssc-common-report/1","jobs":["1"],"hosts":5}',
  '```json',
  '-- ',
  'On Monday Jo wrote:',
  '__proto__: x',
  '\u202e: \u0085',
  '*'.repeat(300),
)

/** What people, mail programs and attackers may write. */
export const anyMail = fc
  .array(fc.oneof(awkward, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), { maxLength: 30 })
  .map((lines) => lines.join('\n'))
