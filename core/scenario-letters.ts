import { letters, type MailKind } from './domain/mail.ts'
import type { Rubric } from './domain/rubric.ts'
import type { Scenario } from './domain/scenario.ts'
import { durationWords } from './domain/text.ts'
import { columns, heading, paragraphs } from './markdown.ts'

/** Which letters the rules send, when and to whom: a section of the readme. */
export function lettersText(scenario: Scenario, rubric: Rubric): string {
  return [
    heading(2, 'Letters'),
    columns(['when', 'letter', 'goes to'], rows(scenario, rubric)),
    paragraphs(closing(scenario, rubric)),
  ].join('\n\n')
}

/** When it is due, ms after the alert: only to put the rows in order. */
type Row = { order: number; when: string; letter: MailKind; about?: string; to: string }

function rows(scenario: Scenario, rubric: Rubric): string[][] {
  const all = [...afterLaunch(scenario), ...afterAlert(scenario), ...afterNote(rubric)].sort((a, b) => a.order - b.order)
  return all.map(({ when, letter, about, to }) => [when, `${letters[letter].title}${about === undefined ? '' : `: ${about}`}`, to])
}

function afterLaunch({ job, alert, mails: { notifyAfter } }: Scenario): Row[] {
  const toWhom = alert === 'one' ? 'one small site' : 'each site'
  const when = job === undefined ? 'after the launch' : 'when the job was seen to start'
  const toParties = 'the VO, the CA and the NRENs that the run names'
  const told: Row[] =
    notifyAfter === undefined
      ? []
      : [
          {
            order: -1,
            when: `${durationWords(notifyAfter)} after the launch`,
            letter: 'notification',
            to: `${toParties}; a day later a reminder`,
          },
        ]
  return [{ order: -2, when, letter: 'alert', to: toWhom }, ...told]
}

function afterAlert({ mails, questions, alert }: Scenario): Row[] {
  const { acknowledge, remindAfter, escalateAfter, reportAfter, closeAfter } = mails
  const known = alert === 'one' ? 'after word reached the site' : 'after the alert'
  const silent = 'after the alert, when nobody answered'
  const site = 'the site'
  return [
    ...(acknowledge ? [{ order: 0, when: 'after the first answer by a person', letter: 'acknowledgement' as const, to: site }] : []),
    ...timed(remindAfter, silent, { letter: 'reminder', to: site }),
    ...timed(escalateAfter, silent, { letter: 'escalation', to: "the site's management and its NGI" }),
    ...questions.flatMap(({ id, after }) => timed(after, 'after the alert', { letter: 'question', about: `\`${id}\``, to: site })),
    ...timed(reportAfter, known, { letter: 'report-request', to: site }),
    ...timed(closeAfter, known, { letter: 'closing', to: site }),
  ]
}

function afterNote({ expectations }: Rubric): Row[] {
  if (!expectations.some(({ evidence }) => evidence === 'assessed')) return []
  const when = 'when an officer has noted a positive assessment'
  return [{ order: Number.MAX_SAFE_INTEGER, when, letter: 'assessment', to: 'the site and its NGI' }]
}

function timed(ms: number | undefined, since: string, row: Omit<Row, 'order' | 'when'>): Row[] {
  return ms === undefined ? [] : [{ order: ms, when: `${durationWords(ms)} ${since}`, ...row }]
}

function closing({ mails, questions }: Scenario, { workingHours: { from, to } }: Rubric): string {
  const within = `${Math.round(mails.answerWithin / 360_000) / 10} working hours`
  const asks = questions.length === 0 ? 'A question that an officer asks' : 'A question, also one that an officer asks besides,'
  return `Letters wait for the site's working hours (${from} to ${to}), unless the run says otherwise. ${asks} may take ${within}; then it is brought to mind, and after as long again the NGI is told.`
}
