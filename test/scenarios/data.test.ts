import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentNames } from '../../core/agent/names.ts'
import { readRunState } from '../../core/app/view.ts'
import { phaseMs } from '../../core/domain/check-scenario.ts'
import { gradeAnswer } from '../../core/domain/grade-answer.ts'
import { NOBODY, Run } from '../../core/domain/run.ts'
import { linted, lintTemplates } from '../../core/io/mail/lint-templates.ts'
import { sampleMailData } from '../../core/io/mail/sample-mail.ts'
import { renderMail } from '../../core/io/mail/templates.ts'
import { readYaml } from '../../core/io/read-yaml.ts'
import { loadMailTemplates, loadScenario, pluginFolders } from '../../core/plugins.ts'
import { answerTo } from '../../core/rehearsal/findings.ts'
import { openCalls } from '../cli/calls.ts'

const none = join(import.meta.dirname, 'no-such-folder')
const scenarios = [...pluginFolders('scenarios', none).keys()].map((id) => {
  const { scenario, rubric, folder } = loadScenario(id, none)
  const sample = join(folder, 'run.sample.yaml')
  return { id, scenario, rubric, sample, run: readYaml(sample, Run) }
})
const library = loadMailTemplates(none)

const DAY_MS = 86_400_000

let calls: Awaited<ReturnType<typeof openCalls>>
beforeAll(async () => {
  calls = await openCalls()
})
afterAll(() => calls.close())

/** Working time at its longest on the wall: days of 8 hours, and after each five of them a weekend. */
function wallMs({ clock }: { clock: 'wall' | 'working' }, ms: number): number {
  const days = Math.ceil(ms / (8 * 3_600_000))
  return clock === 'wall' ? ms : (days + 2 * Math.ceil(days / 5)) * DAY_MS
}

function sumBy<T>(list: readonly T[], name: (one: T) => string, points: (one: T) => number): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of list) sums[name(one)] = (sums[name(one)] ?? 0) + points(one)
  return sums
}

test('given the project, then the challenges that were held and the checks that go with them are there', () => {
  expect(scenarios.map(({ id }) => id).sort()).toEqual([
    'big-run',
    'communication-challenge',
    'dirac-challenge',
    'sec05-recertification',
    'ssc3-tracing',
    'ssc4-panda',
    'ssc5-regional',
    'ssc6-cms',
  ])
  expect(new Set(scenarios.map(({ run }) => run.seed)).size).toBe(scenarios.length)
  expect(new Set(scenarios.map(({ rubric }) => rubric.id)).size).toBe(scenarios.length)
})

describe.each(scenarios)('given the scenario $id', ({ id, scenario, rubric, sample, run }) => {
  const { phases, mails, questions, checklist, endAfter, job } = scenario

  test('when its sample is planned with the sample federation, then all sites that it wants are found', async () => {
    const { status, out, err } = await calls.call('plan', sample, '--json')
    expect({ status, err: err.replace(/^No sites are imported.*\n/m, '') }).toEqual({ status: 0, err: '' })
    const { plan } = await readRunState((await calls.instance()).store, JSON.parse(out).run)
    expect(plan.sites).toHaveLength(run.sites)
    expect(run).toMatchObject({ scenario: id, rehearsal: true, submitters: job ? ['local'] : [] })
    expect(run.identities.attacker === NOBODY).toBe(job === undefined)
    expect(plan.sites.filter(({ alerted }) => alerted)).toHaveLength(scenario.alert === 'one' ? 1 : 0)
    if (run.ngis) expect(new Set(plan.sites.map(({ ngi }) => ngi))).toEqual(new Set(run.ngis))
  })

  test('then its phases lie in order, and within the run', () => {
    for (const counted of ['launch', 'alert'] as const) {
      const own = phases.filter((phase) => phase.counted === counted).map(({ from, until }) => [phaseMs(from), phaseMs(until)] as const)
      expect(own.length).toBeGreaterThan(0)
      for (const [i, [from, until]] of own.entries()) {
        expect(until).toBeGreaterThan(from)
        expect(from).toBe(own[i - 1]?.[1] ?? from)
      }
    }
    expect(Math.max(...phases.filter(({ counted }) => counted === 'alert').map(({ until }) => phaseMs(until)))).toBe(endAfter)
    expect(phases.every(({ id: phase }) => checklist.some(({ when }) => when === phase))).toBe(true)
    const places = checklist.map(({ when }) => phases.findIndex((phase) => phase.id === when))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  test('then no letter is due after its end, and a silent site is reminded before others are told', () => {
    const { remindAfter, escalateAfter = Number.POSITIVE_INFINITY, reportAfter, closeAfter = reportAfter, notifyAfter = 0 } = mails
    const asked = questions.map(({ after }) => after)
    expect(Math.max(remindAfter, mails.escalateAfter ?? 0, reportAfter, closeAfter, notifyAfter, ...asked)).toBeLessThan(endAfter)
    expect(remindAfter).toBeLessThan(escalateAfter)
    expect(asked).toEqual(asked.toSorted((a, b) => a - b))
    for (const after of asked) expect(after + wallMs({ clock: 'working' }, mails.answerWithin)).toBeLessThanOrEqual(reportAfter)
  })

  test('then each expectation can be met, even late, before the end', () => {
    for (const { evidence, question, startsAt, clock, within, lateUntil = within } of rubric.expectations) {
      const last = Math.max(0, ...questions.map(({ after }) => after))
      const own = questions.find((one) => one.id === question)?.after ?? 0
      const start = evidence === 'answers' ? last : startsAt === 'containment' ? 3 * DAY_MS : own
      expect(lateUntil).toBeGreaterThanOrEqual(within)
      expect(start + wallMs({ clock }, lateUntil)).toBeLessThan(endAfter)
    }
  })

  test('then the points of each category sum to 40, and those of each party to 100', () => {
    const ofSites = sumBy(
      rubric.expectations,
      ({ category }) => category,
      ({ points }) => points,
    )
    const ofParties = sumBy(
      rubric.parties,
      ({ role }) => role,
      ({ points }) => points,
    )
    expect(Object.values(ofSites).every((sum) => sum === 40)).toBe(true)
    expect(Object.values(ofParties).every((sum) => sum === 100)).toBe(true)
    expect(rubric.expectations.every(({ source }) => source.length > 10)).toBe(true)
  })

  test('then only what a challenge is about is mandatory, and something is', () => {
    const mandatory = rubric.expectations.filter((one) => one.mandatory).map(({ evidence }) => evidence)
    expect(mandatory).toContain('human-reply')
    const known = ['human-reply', 'contained', 'packages', 'assessed']
    expect(mandatory.filter((evidence) => !known.includes(evidence))).toEqual([])
  })

  test('then questions and expectations belong together', () => {
    const judged = rubric.expectations.filter(({ evidence }) => evidence === 'question').map(({ question }) => question)
    expect(judged.toSorted()).toEqual(questions.map((one) => one.id).toSorted())
    const timed = rubric.expectations.filter(({ evidence }) => evidence === 'answers')
    expect(timed.map(({ clock, within, lateUntil }) => ({ clock, within, lateUntil }))).toEqual(
      questions.length === 0 ? [] : [{ clock: 'working', within: 4 * 3_600_000, lateUntil: 16 * 3_600_000 }],
    )
    const points = questions.map((one) => rubric.expectations.find(({ question }) => question === one.id)!.points)
    expect(points).toEqual(points.toSorted((a, b) => a - b))
    const difficulties = questions.map(({ difficulty }) => difficulty)
    expect(difficulties).toEqual(difficulties.toSorted((a, b) => a - b))
  })

  test.runIf(checklist.some(({ command }) => command))('then its checklist names commands as they are', async () => {
    for (const { command } of checklist) if (command !== undefined) await expectCommand(command)
  })
})

/** That the verb, its options and what they may choose from are there, as its own help has them. */
async function expectCommand(command: string): Promise<void> {
  const [program, verb = '', next = ''] = command.split(' ')
  expect(program).toBe('ssc')
  const isVerb = (word: string) => /^[a-z][a-z-]*$/.test(word)
  const { out } = await calls.call(verb, ...(isVerb(next) ? [next] : []), '--help')
  const help = out.replace(/\s+/g, ' ')
  expect(help, command).toContain(`Usage: ssc ${verb}${isVerb(next) ? ` ${next}` : ''} `)
  expect(/ ssc \S+ (\S+ )?.*\[command\]/.test(help.slice(0, 80)), `${command}: a verb of the second rank is missing`).toBe(false)
  for (const [, option = '', value] of command.matchAll(/ (--[a-z-]+)(?: ([^- ]\S*))?/g)) {
    expect(help, command).toContain(` ${option}`)
    const [, choices] = new RegExp(`${option} <[^>]+> [^<]*?\\(choices: ([^)]*)\\)`).exec(help) ?? []
    if (choices !== undefined) expect(choices, command).toContain(`"${value}"`)
  }
}

const asked = scenarios.flatMap(({ id, run, scenario: { questions, job } }) =>
  questions.map((question) => ({ id, question, job, pilot: run.identities.pilot })),
)
const HOST = 'wn042.site-one.example'
const traces = {
  identity: '/DC=example/CN=Mallory',
  label: 'ssc-run-SITE-ONE',
  addresses: ['https://listener.csirt.example/'],
  host: HOST,
}
const known = { hosts: [HOST], names: agentNames, nativeId: traces.label, fromMs: 0, untilMs: 0, ...traces }

describe.each(asked)('given the question $question.id of $id', ({ question, job, pilot }) => {
  const { key, text } = question
  const verdict = (said: string) => gradeAnswer({ said }, key, { ...known, pilot }).verdict

  test('when a team finds all, then its answer is right; when it finds nothing or quotes the question, then not', () => {
    expect(key.length).toBeGreaterThan(0)
    expect(verdict(answerTo(question, { ...traces, pilot }, 1))).toBe('right')
    expect(verdict(answerTo(question, { ...traces, pilot }, 0))).not.toBe('right')
    expect(verdict(text)).not.toBe('right')
  })

  test('then its key asks for what an agent really leaves', () => {
    const texts = key.flatMap((item) => ('anyOf' in item ? item.anyOf : [])).filter((one) => one.startsWith('ssc-'))
    for (const one of texts) {
      expect(agentNames).toContain(one.replace(/-\d+$/, '-N'))
      const marker = /^ssc-exercise-marker-(\d+)$/.exec(one)
      if (marker) expect(job?.tasks).toContainEqual(expect.objectContaining({ do: 'mark', number: Number(marker[1]) }))
    }
  })
})

describe('given the letters that scenarios bring themselves', () => {
  const own = library.flatMap(({ scenario, templates }) =>
    scenario === undefined ? [] : [...templates.values()].map((template) => ({ scenario, kind: template.kind, template })),
  )

  test('when all letters are looked at, then nothing is wrong', () => {
    expect(own.length).toBeGreaterThan(0)
    expect(
      lintTemplates(
        library,
        scenarios.map(({ scenario }) => linted(scenario)),
      ),
    ).toEqual([])
  })

  test.each(own)('when the $kind of $scenario is written, then its lines are short and nothing is left open', ({ kind, template }) => {
    const role = kind === 'escalation' ? 'ngi' : 'site'
    const { text } = renderMail(template, { ...sampleMailData, to: { role, name: 'PARTY-ONE' } })
    expect(text.split('\n').filter((line) => line.length > 76)).toEqual([])
    expect(text).not.toMatch(/\{\{|undefined|\n\n\n|[ \t]\n/)
  })

  test('when no job is sent, then no letter that follows the alert names a user, a job or a VO', () => {
    for (const { scenario } of scenarios.filter(({ scenario: { job } }) => job === undefined))
      for (const kind of ['reminder', 'acknowledgement', 'escalation', 'report-request', 'closing'])
        expect(own.find((one) => one.scenario === scenario.id && one.kind === kind)?.template.body.uses.map(({ field }) => field)).toEqual(
          expect.not.arrayContaining(['identity']),
        )
  })
})
