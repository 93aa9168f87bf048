import { checkRubric } from './check-rubric.ts'
import type { Rubric } from './rubric.ts'
import type { Run } from './run.ts'
import { NOBODY } from './run.ts'
import type { MockIncident, Scenario } from './scenario.ts'
import { durationWords } from './text.ts'

/** A mistake, or a doubt, and the value that holds it: which of the scenario's files, and the path in it. */
export type Finding = { in: 'scenario' | 'rubric' | 'run'; path: readonly (string | number)[]; message: string; isWarning?: true }

/** The parsed files of one folder. The sample of a run is absent where it could not be read. */
export type ScenarioParts = { scenario: Scenario; rubric: Rubric; run?: Run | undefined }

/** All that is wrong between the parts of a scenario, beyond what their schemas say. Pure; in no order. */
export function checkScenario({ scenario, rubric, run }: ScenarioParts): Finding[] {
  return [
    ...checkWords(scenario),
    ...checkPhases(scenario),
    ...checkLetters(scenario),
    ...checkQuestions(scenario, rubric),
    ...checkJob(scenario),
    ...checkRubric(scenario, rubric),
    ...(run === undefined ? [] : checkRun(scenario, run)),
  ]
}

function fault(path: Finding['path'], message: string): Finding {
  return { in: 'scenario', path, message }
}

function warning(path: Finding['path'], message: string): Finding {
  return { ...fault(path, message), isWarning: true }
}

function checkWords({ title, story, parts, phases, checklist }: Scenario): Finding[] {
  const isLine = title.trim() !== '' && title.length <= 120 && !/[\r\n]/.test(title)
  return [
    ...(isLine ? [] : [fault(['title'], 'one line of at most 120 characters: it stands in the subject of letters')]),
    ...(story.trim() === '' ? [fault(['story'], 'tell in some sentences what happens')] : []),
    ...(parts.length === 0 ? [warning(['parts'], 'who takes part is not told: list who does what')] : []),
    ...(phases.length === 0 ? [warning(['phases'], 'no phases: list the stretches of the story with their times')] : []),
    ...(checklist.length === 0 ? [warning(['checklist'], 'no checklist: list what an officer does by hand, phase by phase')] : []),
  ]
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** ms of a phase's time such as `4h` or `-14d`. */
export function phaseMs(written: string): number {
  return Number(written.slice(0, -1)) * (unitMs[written.at(-1) ?? ''] ?? 1)
}

function checkPhases({ phases, endAfter }: Scenario): Finding[] {
  return phases.flatMap((phase, i) => {
    const from = phaseMs(phase.from)
    const before = phases.slice(0, i).findLast(({ counted }) => counted === phase.counted)
    return [
      ...(phaseMs(phase.until) < from ? [fault(['phases', i, 'until'], `it ends (${phase.until}) before it begins (${phase.from})`)] : []),
      ...(before && phaseMs(before.from) > from
        ? [fault(['phases', i, 'from'], `it begins before the phase '${before.id}' that stands above it: put the phases in order of time`)]
        : []),
      ...(phase.counted === 'alert' && phaseMs(phase.until) > endAfter
        ? [warning(['phases', i, 'until'], `the run may end ${durationWords(endAfter)} after the alert (endAfter)`)]
        : []),
    ]
  })
}

/** What follows an alert has to be due before the run ends. */
function checkLetters({ mails, questions, endAfter, alert }: Scenario): Finding[] {
  const { remindAfter, escalateAfter, reportAfter, closeAfter } = mails
  const timed: [Finding['path'], number | undefined][] = [
    ...Object.entries({ remindAfter, escalateAfter, reportAfter, closeAfter, notifyAfter: mails.notifyAfter }).map(
      ([name, ms]): [Finding['path'], number | undefined] => [['mails', name], ms],
    ),
    ...questions.map(({ after }, i): [Finding['path'], number] => [['questions', i, 'after'], after]),
  ]
  const late = timed.filter(([, ms]) => ms !== undefined && ms >= endAfter)
  return [
    ...late.map(([path]) =>
      fault(
        path,
        `this letter may never go out: the run ends ${durationWords(endAfter)} after its window (endAfter). Send it earlier, or let the run last`,
      ),
    ),
    ...(escalateAfter !== undefined && escalateAfter <= remindAfter
      ? [fault(['mails', 'escalateAfter'], 'the management is told no later than the site is reminded: make it later than remindAfter')]
      : []),
    ...(closeAfter !== undefined && closeAfter <= reportAfter
      ? [fault(['mails', 'closeAfter'], 'the closing mail comes before the report is asked for: make it later than reportAfter')]
      : []),
    ...(alert === 'one' && questions.length > 0
      ? [warning(['questions'], 'only the site that is alerted is asked: the rules send no question to those that hear of it from others')]
      : []),
  ]
}

function checkQuestions({ questions, job }: Scenario, { expectations }: Rubric): Finding[] {
  const isTimed = expectations.some(({ evidence }) => evidence === 'answers')
  const judged = new Set(expectations.filter(({ evidence }) => evidence === 'question').map(({ question }) => question))
  return questions.flatMap(({ id, key }, i) => [
    ...(isTimed || judged.has(id)
      ? []
      : [
          fault(
            ['questions', i, 'id'],
            `the rubric judges no answer to '${id}': give it an expectation (evidence: question, or answers for all)`,
          ),
        ]),
    ...key.flatMap((item, n) =>
      'fact' in item && job === undefined
        ? [
            fault(
              ['questions', i, 'key', n, 'fact'],
              'there is no job, so there is no such fact: write a text that is the same everywhere (anyOf)',
            ),
          ]
        : [],
    ),
  ])
}

function checkJob({ job, endAfter, watch }: Scenario): Finding[] {
  if (job === undefined) return []
  const { heartbeatEvery, lateAfter, lostAfter, silenceEnds, tasks } = job
  return [
    ...(heartbeatEvery > 0 ? [] : [fault(['job', 'heartbeatEvery'], 'longer than nothing, for example 60s')]),
    ...(lateAfter > heartbeatEvery
      ? []
      : [fault(['job', 'lateAfter'], 'an agent is late before its next heartbeat: make it longer than heartbeatEvery')]),
    ...(lostAfter > lateAfter ? [] : [fault(['job', 'lostAfter'], 'an agent is lost before it is late: make it longer than lateAfter')]),
    ...(silenceEnds > heartbeatEvery
      ? []
      : [fault(['job', 'silenceEnds'], 'an agent ends before its next heartbeat: make it longer than heartbeatEvery')]),
    ...tasks.flatMap(({ after }, i) =>
      after >= endAfter ? [fault(['job', 'tasks', i, 'after'], 'the run has ended by then (endAfter)')] : [],
    ),
    ...(watch.every > 0 ? [] : [fault(['watch', 'every'], 'longer than nothing, for example 2h')]),
  ]
}

/** The sample of a run against the story that it is a sample of. */
function checkRun(scenario: Scenario, run: Run): Finding[] {
  const found: Finding[] = []
  const wrong = (path: Finding['path'], message: string, isWarning?: true) =>
    found.push({ in: 'run', path, message, ...(isWarning && { isWarning }) })
  if (run.scenario !== scenario.id) wrong(['scenario'], `it is a sample of this scenario: write '${scenario.id}'`)
  if (!run.rehearsal) wrong(['rehearsal'], 'write `rehearsal: true`: a sample must reach nobody until somebody decides otherwise')
  if (scenario.alert === 'all' && run.alertSite !== undefined)
    wrong(['alertSite'], 'every site is alerted in this scenario: leave it out, or write `alert: one` in scenario.yaml')
  const most = lettersOfRun(scenario, run)
  if (most > run.limits.mails)
    wrong(['limits', 'mails'], `the rules may send ${most} letters to ${run.sites} sites, so the run would halt: raise it`, true)
  if (scenario.job === undefined) checkQuietRun(run, wrong)
  else checkJobRun(scenario.job, run, wrong)
  return found
}

type Tell = (path: Finding['path'], message: string, isWarning?: true) => unknown

function checkQuietRun({ submitters, identities }: Run, wrong: Tell): void {
  const none = 'this scenario sends no job: leave it out'
  if (submitters.length > 0) wrong(['submitters'], none, true)
  if (identities.attacker !== NOBODY) wrong(['identities'], none, true)
}

function checkJobRun({ tasks }: MockIncident, run: Run, wrong: Tell): void {
  if (run.submitters.length === 0) wrong(['submitters'], 'this scenario sends jobs: name the job systems, `[local]` in a rehearsal')
  if (run.identities.attacker === NOBODY) wrong(['identities'], 'this scenario sends jobs: name the attacker and the control identity')
  const numbers = tasks.flatMap((task) => (task.do === 'contact' ? [task.number ?? 0] : []))
  const highest = Math.max(0, ...numbers)
  if (highest > run.contacts.length)
    wrong(['contacts'], `a task of the scenario has agents contact number ${highest}: name so many of the challenge's own addresses`)
  const seconds = run.sites * tasks.reduce((sum, task) => sum + (task.do === 'load' ? (task.number ?? 0) : 0), 0)
  if (seconds > run.limits.cpuSeconds)
    wrong(['limits', 'cpuSeconds'], `the tasks of the scenario take ${seconds} processor seconds at ${run.sites} sites: raise it`, true)
}

/** How many letters the rules of the scenario may send in such a run: each site's, its NGI's, and the parties'. */
function lettersOfRun({ mails, questions, alert }: Scenario, { sites, parties }: Run): number {
  const escalations = mails.escalateAfter === undefined ? 0 : 2
  const always = 2 + (mails.acknowledge ? 1 : 0) + (mails.closeAfter === undefined ? 0 : 1)
  // A question can be followed by a reminder, and by a word to the NGI.
  const toAlerted = 1 + escalations + 3 * questions.length
  const told = mails.notifyAfter === undefined ? 0 : 2 * parties.filter(({ role }) => role !== 'ngi' && role !== 'announce').length
  return sites * always + (alert === 'one' ? 1 : sites) * toAlerted + told
}
