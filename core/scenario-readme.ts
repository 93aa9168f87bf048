import { phaseMs } from './domain/check-scenario.ts'
import type { Expectation, PartyExpectation, Rubric } from './domain/rubric.ts'
import type { KeyItem, Scenario } from './domain/scenario.ts'
import { orderWords } from './domain/task.ts'
import { durationWords } from './domain/text.ts'
import { columns, heading, item, paragraphs } from './markdown.ts'
import { lettersText } from './scenario-letters.ts'

/** What an officer reads of a scenario, as Markdown. The same data gives the same text. */
export function scenarioReadme(scenario: Scenario, rubric: Rubric): string {
  const sections = [
    heading(1, `${scenario.id}: ${scenario.title}`),
    paragraphs(scenario.story),
    columns(['in short', ''], shortRows(scenario, rubric)),
    paragraphs(
      `This page is written from \`scenario.yaml\` and \`${scenario.rubric}\`: change them, and then run \`ssc scenario readme ${scenario.id}\`.`,
    ),
    partsText(scenario),
    phasesText(scenario),
    jobText(scenario),
    lettersText(scenario, rubric),
    questionsText(scenario, rubric),
    expectationsText(scenario, rubric),
    partiesText(rubric),
    checklistText(scenario),
    howToRun(scenario),
    solutionsText(scenario),
  ]
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`
}

/** Commands, each on a line of its own. */
function shell(...lines: string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}

function howToRun({ id }: Scenario): string {
  return section(
    'How to run it',
    paragraphs('First on one machine, with simulated sites; nobody outside is reached:'),
    shell(`ssc rehearse ${id}`),
    paragraphs(
      'For the real thing copy `run.sample.yaml` to `run.yaml`, take `rehearsal` out, and write down your sites, dates and the basis of consent. `RUN` is the name that the plan gives; another person than the planner approves and launches.',
    ),
    shell('ssc plan run.yaml', 'ssc approve RUN --by NAME', 'ssc launch RUN --by NAME', 'ssc serve'),
  )
}

function section(title: string, ...blocks: string[]): string {
  const text = blocks.filter((block) => block !== '')
  return text.length === 0 ? '' : [heading(2, title), ...text].join('\n\n')
}

function shortRows({ job, alert, questions, endAfter }: Scenario, { id, version, title }: Rubric): string[][] {
  return [
    ['at the sites', job === undefined ? 'no job is sent' : 'a harmless job, marked as an exercise'],
    ['alerted', alert === 'one' ? 'one small site; the others hear of it from each other' : 'every site'],
    ['questions', questions.length === 0 ? 'none by rule' : String(questions.length)],
    ['ends', `${durationWords(endAfter)} after the window of the run`],
    ['judged by', `${id}, version ${version}: ${title}`],
  ]
}

function partsText({ parts }: Scenario): string {
  return section(
    'Who takes part',
    parts.length === 0
      ? ''
      : columns(
          ['who', 'does'],
          parts.map(({ who, does }) => [who, does]),
        ),
  )
}

function phasesText({ phases }: Scenario): string {
  const rows = phases.map(({ title, counted, from, until, what }) => [title, momentWords(from, counted), momentWords(until, counted), what])
  return section('Phases', rows.length === 0 ? '' : columns(['phase', 'from', 'until', 'what happens'], rows))
}

/** `2 d before the launch`, `with the alert` */
function momentWords(written: string, counted: 'launch' | 'alert'): string {
  const ms = phaseMs(written)
  if (ms === 0) return `the ${counted}`
  return `${durationWords(Math.abs(ms))} ${ms < 0 ? 'before' : 'after'} the ${counted}`
}

function jobText({ job, watch }: Scenario): string {
  if (job === undefined)
    return section(
      'At the sites',
      paragraphs('No job is sent: nothing runs at a site, and its clock begins when its mail server took the alert.'),
    )
  const { heartbeatEvery, lateAfter, lostAfter, silenceEnds, children, tasks, actions, traces } = job
  const rest = actions.filter((action) => !tasks.some((task) => task.do === action))
  const told = tasks.map((task) => `\`${orderWords(task)}\` ${durationWords(task.after)} after it was first seen`)
  const lines = [
    `The agent reports every ${durationWords(heartbeatEvery)}; it is late after ${durationWords(lateAfter)} and lost after ${durationWords(lostAfter)}.`,
    `It ends by itself when it heard nothing for ${durationWords(silenceEnds)}, and at the end of the run's window.`,
    ...(children > 0
      ? [`It has ${children} sleeping ${children === 1 ? 'child' : 'children'} from the start on, named so that they can be found.`]
      : []),
    ...(told.length > 0 ? [`By rule it is told: ${told.join(', ')}.`] : []),
    ...(rest.length > 0 ? [`An officer may tell it besides: ${rest.map((one) => `\`${one}\``).join(', ')}.`] : []),
    ...(traces.length > 0 ? [`It leaves in its own folder, for those who investigate: ${traces.join(', ')}.`] : []),
    `Access and the job's state are looked at every ${durationWords(watch.every)} for ${durationWords(watch.for)} after an alert, and then every ${durationWords(watch.later)}.`,
  ]
  return section('At the sites', lines.map((line) => item('-', line)).join('\n'))
}

function questionsText({ questions }: Scenario, { expectations }: Rubric): string {
  const rows = questions.map(({ id, title, difficulty, after }) => {
    const points = expectations.filter((one) => one.question === id).reduce((sum, one) => sum + one.points, 0)
    return [`\`${id}\``, title, `${difficulty} of 5`, `${durationWords(after)} after the alert`, points === 0 ? '-' : String(points)]
  })
  if (rows.length === 0) return ''
  const texts = questions.map(({ id, text }) => `${heading(3, `Question ${id}`)}\n\n${paragraphs(text)}`)
  return section('Questions', columns(['question', 'about', 'difficulty', 'asked', 'points'], rows), ...texts)
}

type Timed = Pick<Expectation, 'clock' | 'within' | 'lateUntil' | 'lateFactor'>

/** `1 d`, `4 working hours` */
function timeWords({ clock }: Pick<Timed, 'clock'>, ms: number): string {
  return clock === 'wall' ? durationWords(ms) : `${Math.round(ms / 360_000) / 10} working hours`
}

function lateWords(timed: Timed): string {
  const { lateUntil, lateFactor } = timed
  return `${lateUntil === undefined ? 'the end' : timeWords(timed, lateUntil)}, for ${Math.round(lateFactor * 100)} %`
}

/** With what an expectation's clock begins. */
function beginWords({ alert }: Scenario, { evidence, startsAt, question }: Expectation): string {
  if (evidence === 'answers') return 'each question'
  if (startsAt === 'question') return `question ${question ?? ''}`
  return startsAt === 'alert' && alert === 'one' ? 'word of it' : startsAt
}

function expectationsText(scenario: Scenario, { expectations, workingHours: { from, to } }: Rubric): string {
  const rows = expectations.map((one) => {
    const begins = beginWords(scenario, one)
    return [one.title, one.category, begins, timeWords(one, one.within), lateWords(one), String(one.points), one.mandatory ? 'yes' : 'no']
  })
  const sources = expectations.map(({ id, evidence, source, fields, full }) => {
    const only = [
      ...(fields === undefined ? [] : [`fields ${fields.join(', ')}`]),
      ...(full === undefined ? [] : [`depth ${full} for all points`]),
    ]
    return item('-', `\`${id}\`: evidence ${evidence}${only.length === 0 ? '' : ` (${only.join('; ')})`}; ${source}`)
  })
  const hours = `Working hours are ${from} to ${to} in the site's own time zone, without its country's weekend and public holidays.`
  return section(
    'What is expected of a site',
    columns(['expectation', 'light', 'clock begins with', 'within', 'late counts until', 'points', 'mandatory'], rows),
    paragraphs(hours),
    `What fulfils each, and where it comes from:\n\n${sources.join('\n')}`,
  )
}

const roleNames: Readonly<Record<PartyExpectation['role'], string>> = { vo: 'VO', ca: 'CA', nren: 'NREN', ngi: 'NGI' }

const REVOKED =
  "The CA's revocation list (`crl` in `run.yaml`) is looked into in the same rounds as the sites. It counts when it is signed by the CA that issued the malicious identity's certificate, and is still valid; a list that could not be had is no evidence."

function partiesText({ parties }: Rubric): string {
  if (parties.length === 0) return ''
  const rows = parties.map((one) => [
    roleNames[one.role],
    one.title,
    timeWords(one, one.within),
    lateWords(one),
    String(one.points),
    one.source,
  ])
  return section(
    'What is expected of others',
    columns(['party', 'expectation', 'within', 'late counts until', 'points', 'source'], rows),
    paragraphs(
      'They are judged when `run.yaml` names them; the NGIs of the sites come by themselves. Each clock begins with the first letter that asks.',
    ),
    parties.some(({ evidence }) => evidence === 'revoked') ? paragraphs(REVOKED) : '',
  )
}

function checklistText({ checklist, phases }: Scenario): string {
  const blocks = phases.flatMap(({ id, title }) => {
    const steps = checklist.filter(({ when }) => when === id)
    if (steps.length === 0) return []
    const lines = steps.map(({ text, command }) => item('- [ ]', command === undefined ? text : `${text} \`${command}\``))
    return [`${heading(3, `To do: ${title}`)}\n\n${lines.join('\n')}`]
  })
  return section('Checklist', ...blocks)
}

const factNames: Readonly<Record<Extract<KeyItem, { fact: string }>['fact'], string>> = {
  identity: 'the malicious identity',
  pilot: "the pilot's identity",
  label: "the job's label",
  'native-id': "the job's number in its job system",
  host: 'the host where the agent ran',
  address: 'an address that it reported to',
  name: 'a name of its processes or files',
}

function solutionsText({ questions }: Scenario): string {
  const blocks = questions.map(({ id, key, solution }) => {
    const names = key.map((one) =>
      'fact' in one ? factNames[one.fact] : one.anyOf.map((text) => `\`${text.replaceAll('`', "'")}\``).join(' or '),
    )
    const judged = names.length === 0 ? 'A person judges the answer.' : `A right answer names ${names.join('; ')}.`
    return [heading(3, `Solution of ${id}`), paragraphs(solution), paragraphs(judged)].join('\n\n')
  })
  return section('For officers only: the solutions', ...blocks)
}
