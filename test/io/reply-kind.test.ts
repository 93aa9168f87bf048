import { describe, expect, test } from 'vitest'
import { kindOfReply, type MailTraits } from '../../core/io/mail/reply-kind.ts'

function kindOf(traits: Partial<Omit<MailTraits, 'headers'>> & { headers?: Record<string, string> }) {
  const { headers = {}, ...others } = traits
  return kindOfReply({
    ...{ subject: 'Re: EXERCISE', envelopeFrom: 'jo@site.example', from: 'jo@site.example', to: [], deliveryStatus: undefined },
    ...others,
    headers: new Map(Object.entries(headers)),
  })
}

describe('an answer by its subject', () => {
  test.each([
    'Abwesenheitsnotiz: EXERCISE',
    'Automatisch antwoord: EXERCISE',
    'Automatická odpověď: EXERCISE',
    'Nieobecność: EXERCISE',
    'Fuori sede: EXERCISE',
    'Resposta automática: EXERCISE',
    '自动回复: EXERCISE',
    'Автоматический ответ: EXERCISE',
    'Gelezen: EXERCISE',
    'Zugesagt: Debriefing',
    'Your e-mail requires verification verify#ab12',
    'Your message to security awaits moderator approval',
    'Eingangsbestätigung: EXERCISE',
    'Accusé de réception - EXERCISE',
    '[site.example #7] Resolved: EXERCISE',
    'Your ticket 12 has been closed',
  ])('given %j, then a machine wrote it, and the reason names the subject', (subject) => {
    expect(kindOf({ subject })).toEqual({ kind: 'automatic', because: expect.stringContaining(subject) })
  })

  test.each([
    'AW: Automatische Antwort: EXERCISE',
    'Re: Out of office: EXERCISE',
    'Re: Your ticket 12 has been closed',
    'Autopsy of the incident',
    'Luxembourg: our answer',
    'Readiness of the site',
    'Undeliverable: what we did',
  ])('given %j, then it is a person’s', (subject) => {
    expect(kindOf({ subject }).kind).toBe('human')
  })
})

describe('an answer by its text', () => {
  test.each<[string, string]>([
    ['This is an automatically generated e-mail, please do not reply.', 'automatic'],
    ['Diese E-Mail wurde automatisch erzeugt.', 'automatic'],
    ['Ceci est un message automatique.', 'automatic'],
    ['Hello,\n\nplease prove that you are a human: https://x.example', 'automatic'],
    ['Guten Tag,\nich bin bis 18. Januar im Urlaub und ab dem 19. wieder da.', 'automatic'],
    ['Dzień dobry,\njestem na urlopie do 18 stycznia.', 'automatic'],
    ['Hello,\nyour request 12 has been received.', 'automatic'],
    ['Ihre Anfrage wurde unter der Nummer 12 erfasst.', 'automatic'],
    ['A ticket has been created, and the user is banned.', 'human'],
    ['Hello, we received your mail and look into it.', 'human'],
    ['I am out of the office until Monday, but I banned the user.', 'human'],
    ['Banned.\n\n> This is an automatically generated e-mail.\n> I am out of the office until Monday.', 'human'],
    ['Our helpdesk sends receipts; I am Jo and read this myself.', 'human'],
    ['Jo is away, I take over.', 'human'],
  ])('given %j, then it is %s', (text, kind) => {
    expect(kindOf({ text }).kind).toBe(kind)
  })
})

describe('an answer by its headers', () => {
  test('given a tracker, then its receipt is automatic, and what a person wrote in it is a person’s', () => {
    const headers = { 'x-jira-fingerprint': '1', precedence: 'bulk', 'auto-submitted': 'auto-generated' }
    expect(kindOf({ headers, text: 'We got your request.' }).kind).toBe('automatic')
    expect(kindOf({ headers, text: 'Jo Doe commented on SEC-1:\n\nbanned' })).toMatchObject({
      kind: 'human',
      because: 'Jira sends on what a person wrote',
    })
    expect(kindOf({ headers, text: 'Receipt.\n> Jo Doe commented on SEC-1:' }).kind).toBe('automatic')
    const { 'x-jira-fingerprint': _jira, ...others } = headers
    expect(kindOf({ headers: others, text: 'Jo Doe commented on SEC-1:' }).kind).toBe('automatic')
  })

  test('given a mailing list, then its members are people, and its own notices are not', () => {
    const headers = { precedence: 'bulk', 'list-id': '<sec.site.example>', 'list-post': '<mailto:sec@site.example>' }
    expect(kindOf({ headers }).kind).toBe('human')
    expect(kindOf({ headers: { ...headers, 'x-list-administrivia': 'yes' } }).kind).toBe('automatic')
    expect(kindOf({ headers: { precedence: 'bulk', 'list-id': '<sec.site.example>' } }).kind).toBe('automatic')
    expect(kindOf({ headers: { ...headers, 'auto-submitted': 'auto-replied' } }).kind).toBe('automatic')
  })

  test.each<[string, Parameters<typeof kindOf>[0], string]>([
    ['a failure in words, from a server', { from: 'postmaster@site.example', subject: 'Unzustellbar: EXERCISE' }, 'bounce'],
    ['a failure in words, from nobody', { envelopeFrom: '', from: 'gate@site.example', subject: 'Non remis : EXERCISE' }, 'bounce'],
    ['a person at postmaster', { from: 'postmaster@site.example', subject: 'Re: Undeliverable: EXERCISE' }, 'human'],
    ['failed recipients', { from: 'x@site.example', headers: { 'x-failed-recipients': 'jo@site.example' } }, 'bounce'],
    ['a delay', { envelopeFrom: '', from: 'MAILER-DAEMON@x.example', subject: 'Warning: message 1a delayed 24 hours' }, 'automatic'],
    ['Exchange itself', { envelopeFrom: '', from: `MicrosoftExchange${'0a'.repeat(16)}@x.example`, subject: 'x' }, 'bounce'],
    ['vacation(1)', { headers: { 'x-mailer': 'vacation 1.2' } }, 'automatic'],
    ['TMDA', { headers: { 'x-delivery-agent': 'TMDA/1.1.12 (Macallan)' } }, 'automatic'],
    ['a person’s mail program', { headers: { 'x-mailer': 'Apple Mail (2.3826)' } }, 'human'],
  ])('given %s, then it is known as such', (_name, traits, kind) => {
    expect(kindOf(traits).kind).toBe(kind)
  })
})
