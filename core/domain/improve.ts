import type { Report, Score, SiteScore } from './report.ts'
import type { Expectation } from './rubric.ts'
import { durationWords } from './text.ts'

/** What to do the next time, by what fulfils an expectation; `in time` becomes its time. */
const advice: Readonly<Record<Expectation['evidence'], string>> = {
  'human-reply': 'Let a person answer the alert in time; one line is enough',
  contained: 'Stop the job and shut the identity out in time, and keep the data for the investigation',
  closure: 'Send a closure report in time; the common report form asks for all that it needs',
  'report-fields': 'Fill in every field of the common report, and check it against your own logs',
  downtime: 'Declare a downtime in GOCDB in time, when you isolate a service',
  answers: 'Answer each question of the CSIRT in time, even if only to say until when you will know more',
  question: 'Practise how to find the answer to this question in your own logs',
  depth: 'Let mail to the security contact in GOCDB reach people who can investigate',
  'vo-contacted': "Write to the VO's security team in time: only they can act in the VO",
  packages: 'Have your hosts report their packages in time, and update what is tagged as vulnerable',
  assessed: 'Complete what the officers need for a positive assessment in time',
  certified: 'Complete what the certification still lacks in time',
}

/** Unknown, and the site could have made it known: how such a reason begins, and what helps. */
const couldBeKnown: readonly [reason: string, advice: string][] = [
  ['the alert bounced', 'Have the security contact in GOCDB corrected: our alert came back as undeliverable'],
  ['the job fell silent', 'Tell us when and how you stopped the job: it fell silent, and nothing shows who ended it'],
]

/** Mandatory red ones, other red ones, amber ones, unknown ones. */
function rankOf({ light, mandatory }: Score): number {
  if (light === 'red') return mandatory ? 0 : 1
  return light === 'amber' ? 2 : 3
}

/** Sentences on what would make a site's lights better, most important first. Nothing is said of what is grey by our own doing. */
export function improvements({ scores }: Pick<SiteScore, 'scores'>, { expectations }: Pick<Report['rules'], 'expectations'>): string[] {
  const rules = new Map(expectations.map((rule) => [rule.id, rule]))
  const open = scores.filter(({ light }) => light === 'red' || light === 'amber' || light === 'grey')
  const lost = (score: Score) => score.outOf - (score.points ?? 0)
  const ranked = open.sort((a, b) => rankOf(a) - rankOf(b) || lost(b) - lost(a))
  return [...new Set(ranked.flatMap((score) => sentence(score, rules.get(score.expectation))))]
}

function sentence(score: Score, rule: Expectation | undefined): string[] {
  if (score.light === 'grey') return couldBeKnown.filter(([begin]) => score.reason.startsWith(begin)).map(([, words]) => `${words}.`)
  if (rule === undefined) return []
  const what = advice[rule.evidence].replace('in time', timeWords(rule))
  return [`${what}. (${score.title}: ${score.reason})`]
}

function timeWords({ within, clock, startsAt }: Expectation): string {
  const from = { alert: '', containment: ' of the containment', question: ' of the question' }[startsAt]
  return `within ${durationWords(within)}${clock === 'working' ? ' of working time' : ''}${from}`
}
