import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cli } from '../../core/cli/cli.ts'
import { runProgram } from '../../core/cli/program.ts'
import { Rubric } from '../../core/domain/rubric.ts'
import { Scenario } from '../../core/domain/scenario.ts'
import { readYaml } from '../../core/io/read-yaml.ts'
import { columns, item, paragraphs } from '../../core/markdown.ts'
import { readmeOf } from '../../core/scenario-install.ts'
import { scenarioReadme } from '../../core/scenario-readme.ts'
import { blank, projectScenarios } from './folders.ts'

const scenario = readYaml(join(blank, 'scenario.yaml'), Scenario)
const rubric = readYaml(join(blank, 'rubric.yaml'), Rubric)

/** What the command line's help says of a verb. */
async function helpOf(...argv: string[]): Promise<string> {
  let help = ''
  const out = (text: string) => {
    help += text
  }
  const cli = { out, err: out, columns: 200, isTerminal: false, user: 'tester', signal: new AbortController().signal } as Cli
  await runProgram([...argv, '--help'], cli)
  return help
}

/** The verbs and options of a command that the help does not know. */
async function unknownIn(command: string): Promise<string[]> {
  const words = command.split(' ').slice(1)
  const end = words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-'))
  const verbs = end < 0 ? words : words.slice(0, end)
  const help = await helpOf(...verbs)
  const options = words.filter((word) => word.startsWith('--'))
  const missing = options.filter((option) => !new RegExp(`${option}[ ,]`).test(help))
  return help.startsWith(`Usage: ssc ${verbs.join(' ')}`) ? missing : [verbs.join(' '), ...missing]
}

describe('the readme of each scenario', () => {
  test.each(projectScenarios)('given $id, then its readme tells what its data say: else run `ssc scenario readme`', ({ folder }) => {
    expect(readFileSync(join(folder, 'readme.md'), 'utf8')).toBe(readmeOf(folder))
  })

  test.each([...projectScenarios, { id: 'blank', folder: blank }])(
    'given $id, then each command of its checklist names verbs and options that there are',
    async ({ folder }) => {
      const { checklist } = readYaml(join(folder, 'scenario.yaml'), Scenario)
      const commands = checklist.flatMap(({ command }) => command ?? [])
      const unknown = await Promise.all(commands.map(async (command) => ({ command, unknown: await unknownIn(command) })))
      expect(unknown.filter((one) => one.unknown.length > 0)).toEqual([])
    },
  )

  test('given a command that is none, or an option that is none, then it is found', async () => {
    expect(await unknownIn('ssc mail send RUN --kind alert --nothing x')).toEqual(['--nothing'])
    expect(await unknownIn('ssc mail sing RUN')).toEqual(['mail sing'])
    expect(await unknownIn('ssc nothing')).toEqual(['nothing'])
  })

  test.each([...projectScenarios, { id: 'blank', folder: blank }])('given $id, then it is tidy Markdown', ({ folder }) => {
    const text = readmeOf(folder)
    const lines = text.split('\n')
    const headings = lines.filter((line) => /^#+ /.test(line))
    expect(headings.filter((line) => line.startsWith('# '))).toEqual([lines[0]])
    expect(new Set(headings).size).toBe(headings.length)
    expect(lines.filter((line) => /\s$|\t/.test(line))).toEqual([])
    expect(lines.filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([])
    expect(text).not.toMatch(/\n\n\n|undefined|\[object|NaN|[^\n]\n$\n/)
    const crowded = lines.filter((line, i) => i > 0 && /^#|^\|/.test(line) && lines[i - 1] !== '' && !lines[i - 1]!.startsWith('|'))
    expect(crowded).toEqual([])
  })
})

describe('a readme from data', () => {
  test('given the data, then times, clocks, points, letters, questions and the checklist stand in it, and the solutions last', () => {
    const text = scenarioReadme(scenario, rubric)
    expect(text).toMatch(/^# blank: A stolen identity runs jobs at the sites\n/)
    expect(text).toMatch(/\| Preparation +\| 14 d before the launch \| the launch +\|/)
    expect(text).toMatch(/`mark 1` 10 min after/)
    expect(text).toMatch(/\| 4 h after the alert, when nobody answered \| reminder +\| the site +\|/)
    expect(text).toMatch(/\| `which-host` \| Where did the job run\? \| 2 of 5 +\| 4 d after the alert \| 10 +\|/)
    expect(text).toMatch(/question which-host \| 4 working hours \| 16 working hours, for 50 % \| 10 +\| no/)
    expect(text).toMatch(/- \[ \] Watch the run, and answer what comes in\. `ssc status RUN`/)
    const headings = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1])
    expect(headings.at(-1)).toBe('For officers only: the solutions')
    expect(text.indexOf(scenario.questions[0]!.solution.slice(0, 30))).toBeGreaterThan(text.indexOf('## For officers only'))
  })

  test('given no job and one alerted site, then it says so', () => {
    const { job: _, ...quiet } = scenario
    const text = scenarioReadme({ ...quiet, alert: 'one', questions: [] }, { ...rubric, parties: [] })
    expect(text).toContain('No job is sent')
    expect(text).toMatch(/\| after the launch +\| alert +\| one small site +\|/)
    expect(text).toContain('12 d after word reached the site')
    expect(text).not.toMatch(/## (Questions|What is expected of others|For officers only)/)
  })
})

describe('words of others in Markdown', () => {
  test('given marks, links and code, then only code stays code and an address an address', () => {
    expect(paragraphs('<b>*x*</b> [a](b) `a | b` _y_ get_site https://a.example/x.')).toBe(
      '\\<b>\\*x\\*\\</b> \\[a\\](b) `a | b` \\_y\\_ get_site <https://a.example/x>.',
    )
    expect(columns(['a'], [['x | y `p|q`\nz']])).toBe('| a               |\n| --------------- |\n| x \\| y `p\\|q` z |')
  })

  test('given a line that would begin with a mark after it was broken, then the mark is escaped', () => {
    const long = 'x'.repeat(120)
    for (const [mark, shown] of [
      ['-', '\\-'],
      ['1.', '1\\.'],
      ['#', '\\#'],
      ['>', '\\>'],
      ['+', '\\+'],
      ['===', '\\==='],
    ] as const)
      expect(paragraphs(`${long} ${mark} y`)).toBe(`${long}\n${shown} y`)
    expect(item('-', `${long} - y`)).toBe(`- ${long}\n  \\- y`)
  })

  test('given any words, then a table keeps its shape, and no tag or heading comes out of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('|', '\\', '`', '<', 'a', ' ', '\n', '#', '-', '_', '>', '\u202e') }), (text) => {
        const rows = columns(['one', 'two'], [[text, text]]).split('\n')
        expect(rows).toHaveLength(3)
        expect(rows[2]!.replaceAll(/\\./g, '').split('|')).toHaveLength(4)
        for (const line of paragraphs(text).split('\n')) {
          expect(line).not.toMatch(/^(#{1,6}|[-+]|>)(\s|$)|\u202e/)
          expect(line.replaceAll(/\\.|`[^`]*`/g, '')).not.toMatch(/<(?!https?:)/)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
