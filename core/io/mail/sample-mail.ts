import type { MailData } from '../../domain/mail.ts'

const at = (month: number, day: number, hour: number) => Date.UTC(2027, month - 1, day, hour)

/** Every field that a template may name, filled in: a template is tried with it before a run depends on it. */
export const sampleMailData: MailData = {
  run: 'sample-0a1b2c3d',
  scenario: 'A stolen identity runs jobs',
  vo: 'vo.example',
  tag: 'EGI-20270111-042731',
  tlp: 'TLP:AMBER',
  to: { role: 'site', name: 'SITE-ONE' },
  site: { name: 'SITE-ONE', timeZone: 'Europe/Paris' },
  identity: '/DC=example/DC=challenge/CN=Mallory Example',
  label: 'ssc-sample-SITE-ONE',
  alertMs: at(1, 11, 8),
  sentMs: at(1, 11, 8),
  answerByMs: at(1, 11, 12),
  window: { fromMs: at(1, 11, 0), toMs: at(1, 22, 0) },
  deadlines: { headsUpMs: at(1, 11, 12), containedMs: at(1, 12, 8), closureMs: at(2, 10, 8) },
  contact: { name: 'Example CSIRT', address: 'ssc@csirt.example' },
  code: '0123456789ab',
  genuineUrl: 'https://listener.csirt.example/genuine',
  reportUrl: 'https://sites.csirt.example/report/00112233445566778899aabbccddeeff',
  siteUrl: 'https://sites.csirt.example/site/00112233445566778899aabbccddeeff',
  appealUrl: 'https://sites.csirt.example/appeal/00112233445566778899aabbccddeeff',
  form: 'What happened:\nIdentity:\nJobs:\n',
  about: 'alert',
  reason: 'a real incident at another site needs all hands',
  text: 'These are words of an officer.\nThey take two lines.',
  lights: 'communication  green  a person answered in time\ncontainment    amber  the job ran for 30 h\n',
  sites: 'SITE-ONE, SITE-TWO',
}

const long = (text: string, length: number) => text.padEnd(length, ' and more of it')

/** Data as odd as it comes: what a template makes of it is looked at before a run. */
export const oddMailData: readonly MailData[] = [
  {
    ...sampleMailData,
    run: long('sample', 80).replaceAll(' ', '-'),
    scenario: long('A scenario with a long title', 150),
    vo: long('vo.example', 100).replaceAll(' ', '.'),
    to: { ...sampleMailData.to, name: long('SITE', 100).replaceAll(' ', '-') },
    site: { name: long('SITE', 100).replaceAll(' ', '-'), timeZone: 'Asia/Kolkata' },
    identity: long('/DC=example/CN=Mallory', 250),
    about: long('question', 60),
    tlp: 'TLP:AMBER+STRICT',
  },
  {
    ...sampleMailData,
    site: { name: '{{identity}} <b>{{{label}}}</b>', timeZone: 'Nowhere/At_All' },
    to: { ...sampleMailData.to, name: "{{#if text}} O'Brien & Sons" },
    contact: { name: "Erin O'Brien <team> & Käthe", address: 'o.brien@csirt.example' },
    tlp: 'TLP:RED',
  },
  {
    ...sampleMailData,
    form: '',
    about: '',
    reason: '',
    text: '',
    lights: '',
    sites: '',
    identity: '',
    label: '',
    reportUrl: '',
    siteUrl: '',
    appealUrl: '',
    tlp: 'TLP:GREEN',
  },
]
