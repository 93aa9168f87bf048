import { letters, type MailData, type MailKind, type Role, traitsOf } from '../../domain/mail.ts'
import type { RenderedMail } from './templates.ts'

/** A letter as it would go out. */
export type WrittenLetter = { kind: MailKind; data: MailData; mail: RenderedMail }

/** What is wrong; `field`: the template's line with it is to be looked at. */
export type Fault = { problem: string; field?: string }

/** Holds a letter against the rules that all templates have in common, the project's and the users' own. */
export function faultsOf(letter: WrittenLetter): Fault[] {
  return [markFaults, labelFaults, sourceFaults, wordFaults, revealFaults, lengthFaults].flatMap((check) => check(letter))
}

const label = /TLP:(?:RED|AMBER\+STRICT|AMBER|GREEN|CLEAR)(?![\w+])/

function markFaults({ kind, mail }: WrittenLetter): Fault[] {
  const lines = mail.text.split('\n').filter((line) => line.trim() !== '')
  if (kind === 'real-incident') {
    const marked = /NO DRILL/.test(mail.subject) && !/^EXERCISE\b/.test(mail.subject) && /NO DRILL/.test(lines.slice(0, 3).join())
    return when(!marked, 'it does not say NO DRILL in the subject and in its first lines: a real incident must not look like an exercise')
  }
  return [
    ...when(!mail.subject.startsWith('EXERCISE: '), "the subject does not begin with 'EXERCISE: '"),
    ...when(!/\bEXERCISE\b/.test(lines.slice(0, 3).join()), 'EXERCISE does not stand in the first lines of the body'),
    ...when(!/\bEXERCISE\b/.test(lines.slice(-3).join()), 'EXERCISE does not stand in the last lines of the body'),
  ]
}

/** What goes to everybody is TLP:CLEAR, whatever the run's label; all else bears the run's. */
function labelFaults({ data, mail }: WrittenLetter): Fault[] {
  const right = data.to.role === 'announce' ? 'TLP:CLEAR' : data.tlp
  const words = data.to.role === 'announce' ? 'TLP:CLEAR' : '{{tlp}}'
  const top = mail.text.split('\n').slice(0, 12).join('\n')
  return [
    ...when(!mail.subject.includes(`[${data.tag}]`), 'the incident tag is missing in the subject: write [{{tag}}]'),
    ...when(
      label.exec(mail.subject)?.[0] !== right,
      `the TLP label in the subject is missing or another than the letter's: write ${words}`,
    ),
    ...when(
      label.exec(top)?.[0] !== right,
      `the TLP label is missing in the first 12 lines of the body or another than the letter's: write ${words}`,
    ),
  ]
}

function sourceFaults({ data, mail }: WrittenLetter): Fault[] {
  const missing = (value: string, field: string, what: string) =>
    when(!mail.text.includes(value), `${what} is missing in the body: write {{${field}}}`)
  const toAll = data.to.role === 'announce'
  return [
    ...missing(data.contact.address, 'contact.address', 'the contact to ask'),
    ...(toAll ? [] : missing(data.code, 'code', 'the code with which the letter can be checked')),
    ...(toAll ? [] : missing(data.genuineUrl, 'genuineUrl', 'the page that checks the code')),
  ]
}

type Word = Extract<keyof MailData, 'identity' | 'form' | 'reportUrl' | 'lights' | 'sites' | 'reason' | 'about' | 'text'>

/** Without them a letter of this kind is of no use. */
const needed: Partial<Record<MailKind, readonly Word[]>> = {
  alert: ['identity'],
  notification: ['identity'],
  reminder: ['about'],
  escalation: ['about'],
  'report-request': ['form', 'reportUrl'],
  result: ['lights'],
  'public-acknowledgement': ['sites'],
  'which-site': ['sites'],
  stopped: ['reason'],
  'real-incident': ['reason'],
}

function wordFaults({ kind, data, mail }: WrittenLetter): Fault[] {
  const own: readonly Word[] = traitsOf(kind).byHand ? ['text'] : []
  const lost = [...(needed[kind] ?? []), ...own].filter((field) => !mail.text.includes(data[field].trim()))
  return lost.map((field) => ({ problem: `{{${field}}} is missing in the body: the ${letters[kind].title} is of no use without it` }))
}

const ofTheSite: readonly Role[] = ['site', 'manager']

/** What others than the site must not learn from a letter; of the identity and the job only by the kinds that say so. */
function revealFaults({ kind, data, mail }: WrittenLetter): Fault[] {
  if (ofTheSite.includes(data.to.role)) return []
  const secret: readonly ('reportUrl' | 'siteUrl' | 'appealUrl' | 'lights' | 'identity' | 'label')[] = [
    'reportUrl',
    'siteUrl',
    'appealUrl',
    'lights',
    ...(traitsOf(kind).reveals ? [] : (['identity', 'label'] as const)),
  ]
  const whole = [mail.subject, ...Object.values(mail.headers), mail.text].join('\n')
  const told = secret.filter((field) => data[field].trim() !== '' && whole.includes(data[field].trim()))
  return told.map((field) => ({
    problem: `{{${field}}} must not go to the role '${data.to.role}': put it between {{#for "site"}} and {{/for}}`,
    field,
  }))
}

/** RFC 5322 section 2.1.1. */
function lengthFaults({ mail }: WrittenLetter): Fault[] {
  const longest = Math.max(...mail.text.split('\n').map((line) => Buffer.byteLength(line)))
  return when(longest > 998, `a line of ${longest} bytes: a mail may have 998; break the line in the template`)
}

function when(wrong: boolean, problem: string): Fault[] {
  return wrong ? [{ problem }] : []
}
