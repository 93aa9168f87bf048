import type { MailData } from '../../domain/mail.ts'

/** Every field that a template may name, filled in: a template is tried with it before a run depends on it. */
export const sampleMailData: MailData = {
  run: 'sample-0a1b2c3d',
  scenario: 'A stolen identity runs jobs',
  site: { name: 'SITE-ONE', timeZone: 'Europe/Paris' },
  identity: '/DC=example/DC=challenge/CN=Mallory Example',
  vo: 'vo.example',
  label: 'ssc-sample-SITE-ONE',
  alertMs: Date.UTC(2027, 0, 11, 8),
  deadlines: { headsUpMs: Date.UTC(2027, 0, 11, 12), containedMs: Date.UTC(2027, 0, 12, 8), closureMs: Date.UTC(2027, 1, 10, 8) },
  contact: { name: 'Example CSIRT', address: 'ssc@csirt.example' },
  code: '0123456789ab',
  genuineUrl: 'https://listener.csirt.example/genuine',
  reason: 'a real incident at another site needs all hands',
}
