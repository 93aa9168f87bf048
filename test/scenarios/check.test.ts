import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkFolder } from '../../core/scenario-folder.ts'
import { lineOf, openFolder, projectScenarios, submitters } from './folders.ts'

let opened: ReturnType<typeof openFolder>
beforeEach(() => {
  opened = openFolder()
})
afterEach(() => opened.remove())

const SCENARIO = 'scenario.yaml'
const RUBRIC = 'rubric.yaml'
const SAMPLE = 'run.sample.yaml'
const faults = () => opened.complaints().filter(({ level }) => level === 'fault')
const warnings = () => opened.complaints().filter(({ level }) => level === 'warning')

/** From `job:` to the blank line after it. */
const JOB = /^job:\n(?:.+\n)+/m

type Edit = [file: string, from: string | RegExp, to: string]

/** One spoilt value each: the file and text where it is found, and words of what is said. */
const spoilt: { what: string; edits: Edit[]; at: [file: string, text: string]; words: RegExp }[] = [
  { what: 'a word that the schema does not have', edits: [[SCENARIO, 'alert: all', 'alarm: all']], at: [SCENARIO, ''], words: /alarm/ },
  {
    what: 'an id that is not the folder’s',
    edits: [[SCENARIO, 'id: blank', 'id: other']],
    at: [SCENARIO, 'id: other'],
    words: /folder is named 'blank'/,
  },
  { what: 'a title of two lines', edits: [[SCENARIO, /^title: .*$/m, 'title: "a\\nb"']], at: [SCENARIO, 'title:'], words: /one line/ },
  {
    what: 'a rubric elsewhere',
    edits: [[SCENARIO, 'rubric: rubric.yaml', 'rubric: ../../rubric.yaml']],
    at: [SCENARIO, 'rubric:'],
    words: /a file beside this one/,
  },
  {
    what: 'a phase that ends before it begins',
    edits: [[SCENARIO, 'until: 3d', 'until: -3d']],
    at: [SCENARIO, 'until: -3d'],
    words: /ends \(-3d\) before it begins/,
  },
  {
    what: 'phases out of order',
    edits: [[SCENARIO, 'from: 3d', 'from: -3d']],
    at: [SCENARIO, 'from: -3d'],
    words: /before the phase 'response'/,
  },
  {
    what: 'a letter after the end',
    edits: [[SCENARIO, 'closeAfter: 45d', 'closeAfter: 46d']],
    at: [SCENARIO, 'closeAfter'],
    words: /may never go out.*46 d/,
  },
  {
    what: 'an escalation before the reminder',
    edits: [[SCENARIO, 'escalateAfter: 1d', 'escalateAfter: 4h']],
    at: [SCENARIO, 'escalateAfter'],
    words: /later than remindAfter/,
  },
  {
    what: 'a question after the end',
    edits: [[SCENARIO, 'after: 4d', 'after: 50d']],
    at: [SCENARIO, 'after: 50d'],
    words: /may never go out/,
  },
  {
    what: 'a question that nothing judges',
    edits: [[RUBRIC, 'evidence: question', 'evidence: human-reply']],
    at: [SCENARIO, 'id: which-host'],
    words: /judges no answer to 'which-host'/,
  },
  {
    what: 'a question that is not there',
    edits: [[RUBRIC, 'question: which-host', 'question: which-port']],
    at: [RUBRIC, 'question: which-port'],
    words: /no question 'which-port'; it has: which-host/,
  },
  {
    what: 'a clock of a question without its name',
    edits: [[RUBRIC, '    question: which-host\n', '']],
    at: [RUBRIC, 'evidence: question'],
    words: /name the question/,
  },
  {
    what: 'an unknown field of the report',
    edits: [[RUBRIC, 'fields: [identity, hosts', 'fields: [identity, wings']],
    at: [RUBRIC, 'fields: [identity, wings'],
    words: /no graded field 'wings'.*open-questions/,
  },
  {
    what: 'a deadline after the end',
    edits: [[RUBRIC, /within: 30d\n {4}lateUntil: 45d\n {4}evidence: closure/, 'within: 47d\n    evidence: closure']],
    at: [RUBRIC, 'within: 47d'],
    words: /47 d after the alert, and the run ends after 46 d/,
  },
  {
    what: 'working time that lasts longer than the run',
    edits: [[RUBRIC, /within: 4h\n {4}lateUntil: 16h\n {4}evidence: question/, 'within: 300h\n    evidence: question']],
    at: [RUBRIC, 'within: 300h'],
    words: /after the alert, and the run ends/,
  },
  {
    what: 'lateness that ends before the deadline',
    edits: [[RUBRIC, 'lateUntil: 24h', 'lateUntil: 1h']],
    at: [RUBRIC, 'lateUntil: 1h'],
    words: /longer than within/,
  },
  {
    what: 'a depth in another light',
    edits: [[RUBRIC, /evidence: human-reply\n {4}source: SEC01/, 'evidence: depth\n    source: SEC01']],
    at: [RUBRIC, '    category: communication'],
    words: /category: contact/,
  },
  { what: 'an expectation twice', edits: [[RUBRIC, '- id: contained', '- id: heads-up']], at: [RUBRIC, ''], words: /twice/ },
  {
    what: 'a working day that ends before it begins',
    edits: [[RUBRIC, 'from: 9, to: 17', 'from: 17, to: 9']],
    at: [RUBRIC, 'workingHours:'],
    words: /ends \(9\)/,
  },
  {
    what: 'an agent that is late at once',
    edits: [[SCENARIO, 'lateAfter: 5m', 'lateAfter: 30s']],
    at: [SCENARIO, 'lateAfter'],
    words: /longer than heartbeatEvery/,
  },
  {
    what: 'an agent that is lost before it is late',
    edits: [[SCENARIO, 'lostAfter: 1h', 'lostAfter: 1m']],
    at: [SCENARIO, 'lostAfter'],
    words: /longer than lateAfter/,
  },
  {
    what: 'a sample of another scenario',
    edits: [[SAMPLE, 'scenario: blank', 'scenario: other']],
    at: [SAMPLE, 'scenario:'],
    words: /write 'blank'/,
  },
  {
    what: 'a sample that reaches others',
    edits: [[SAMPLE, 'rehearsal: true', 'rehearsal: false']],
    at: [SAMPLE, 'rehearsal: false'],
    words: /rehearsal: true/,
  },
  {
    what: 'a job system that is not there',
    edits: [[SAMPLE, 'submitters: [local]', 'submitters: [nowhere]']],
    at: [SAMPLE, 'submitters: [nowhere]'],
    words: /no submitter 'nowhere'; there are: .*local/,
  },
  { what: 'a sample without job systems', edits: [[SAMPLE, 'submitters: [local]\n', '']], at: [SAMPLE, ''], words: /name the job systems/ },
  {
    what: 'an alerted site where all are alerted',
    edits: [[SAMPLE, 'canaries: 1', 'canaries: 1\nalertSite: A']],
    at: [SAMPLE, 'alertSite'],
    words: /every site is alerted/,
  },
  {
    what: 'a contact that the sample does not name',
    edits: [
      [SCENARIO, 'actions: [report, mark]', 'actions: [report, mark, contact]'],
      [SCENARIO, 'do: mark, number: 1', 'do: contact, number: 2'],
    ],
    at: [SAMPLE, ''],
    words: /contact number 2/,
  },
]

/** Not looked at where no text is given. */
const lineAt = ([file, text]: [string, string]) => (text === '' ? undefined : lineOf(join(opened.folder, file), text))

describe('what is wrong with a scenario', () => {
  test('given a fresh scenario, then nothing is', () => {
    expect(opened.complaints()).toEqual([])
    expect(faults()).toEqual([])
  })

  test.each(spoilt)('given $what, then the file, the line and what to do are told', ({ edits, at, words }) => {
    for (const edit of edits) opened.edit(...edit)
    const line = lineAt(at)
    const told = faults().filter(({ what }) => words.test(what))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ file: at[0], ...(line === undefined ? {} : { line }) })
  })

  test('given mistakes in all files, then all are told at once', () => {
    opened.edit(SCENARIO, 'remindAfter: 4h', 'remindAfter: soon')
    opened.edit(RUBRIC, 'points: 10', 'points: -10')
    opened.edit(SAMPLE, 'sites: 6', 'sites: none')
    expect(new Set(faults().map(({ file }) => file))).toEqual(new Set([SCENARIO, RUBRIC, SAMPLE]))
    opened.edit(SAMPLE, 'sites: none', 'sites: 6')
    rmSync(join(opened.folder, SAMPLE))
    expect(faults()).toContainEqual(expect.objectContaining({ file: SAMPLE, what: expect.stringContaining('missing') }))
  })

  test('given YAML that is none, or nested without end, then that is a fault in words', () => {
    writeFileSync(join(opened.folder, RUBRIC), 'a: [1\nb: 2')
    expect(faults()[0]).toMatchObject({ file: RUBRIC, line: expect.any(Number) })
    const steps = Array.from({ length: 200 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')
    for (const deep of ['['.repeat(200_000), '{a: '.repeat(3000), '- '.repeat(3000), '? '.repeat(3000), steps]) {
      writeFileSync(join(opened.folder, RUBRIC), deep)
      expect(faults()).toEqual([{ level: 'fault', file: RUBRIC, what: expect.stringContaining('nested too deeply') }])
    }
  })

  test('given no job, then what only a job can bring about is told', () => {
    opened.edit(SCENARIO, JOB, '')
    opened.edit(RUBRIC, 'startsAt: question', 'startsAt: containment')
    const told = faults().map(({ file, what }) => `${file} ${what}`)
    expect(told).toContainEqual(expect.stringMatching(/^rubric.yaml .*nothing can be 'contained'/))
    expect(told).toContainEqual(expect.stringMatching(/^rubric.yaml .*nothing can be 'report-fields'/))
    expect(told).toContainEqual(expect.stringMatching(/^rubric.yaml .*startsAt: .*never begins/))
    expect(told).toContainEqual(expect.stringMatching(/^scenario.yaml .*no such fact/))
    expect(warnings().map(({ what }) => what)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^submitters: this scenario sends no job/)]),
    )
  })
})

describe('what is doubtful, or lies beside it', () => {
  test('given too few letters, lateness beyond the end, and a stray file, then they are warnings and no faults', () => {
    opened.edit(SAMPLE, 'mails: 120', 'mails: 10')
    opened.edit(RUBRIC, 'lateUntil: 45d', 'lateUntil: 60d')
    opened.edit(SCENARIO, 'alert: all', 'alert: one')
    opened.edit(SCENARIO, '  notifyAfter: 1h\n', '')
    writeFileSync(join(opened.folder, 'Notes.txt'), 'x')
    symlinkSync('/etc/hostname', join(opened.folder, 'secret.md'))
    expect(faults()).toEqual([])
    const told = warnings().map(({ file, what }) => `${file}: ${what}`)
    for (const words of [
      /limits.mails: .*may send \d+ letters/,
      /lateUntil: the run ends/,
      /questions: only the site/,
      /role: nobody tells/,
      /Notes\.txt: it is never read/,
      /secret\.md: it is never read/,
    ])
      expect(told).toContainEqual(expect.stringMatching(words))
  })

  test('given a letter of its own that cannot be written, then its place is told', () => {
    const letters = join(opened.folder, 'mail-templates')
    mkdirSync(letters)
    writeFileSync(join(letters, 'alert.hbs'), 'Subject: x\n\n{{nothing.here}}\n')
    expect(faults()).toContainEqual(expect.objectContaining({ file: 'mail-templates/alert.hbs', line: 3 }))
    writeFileSync(join(letters, 'alert.hbs'), 'Subject: EXERCISE: x\n\nno code, no contact\n')
    expect(faults().filter(({ file }) => file === 'mail-templates/alert.hbs').length).toBeGreaterThan(0)
  })

  test('given another rubric beside it, then it must be one', () => {
    writeFileSync(join(opened.folder, 'rubric-strict.yaml'), 'id: strict\n')
    expect(faults()).toContainEqual(expect.objectContaining({ file: 'rubric-strict.yaml' }))
  })

  test('given data that were changed, then the readme is stale until it is written anew', () => {
    const known = { id: 'blank', submitters }
    expect(checkFolder(opened.folder, known)).toEqual([])
    opened.edit(SCENARIO, 'difficulty: 2', 'difficulty: 3')
    expect(checkFolder(opened.folder, known)).toMatchObject([
      { level: 'fault', file: 'readme.md', what: expect.stringContaining('ssc scenario readme') },
    ])
    rmSync(join(opened.folder, 'readme.md'))
    expect(checkFolder(opened.folder, known)).toMatchObject([
      { level: 'fault', file: 'readme.md', what: expect.stringContaining('missing') },
    ])
  })
})

describe('the scenarios that come with the project', () => {
  test.each(projectScenarios)('given $id, then it has no fault', ({ id, folder }) => {
    expect(checkFolder(folder, { id, submitters }).filter(({ level }) => level === 'fault')).toEqual([])
  })
})
