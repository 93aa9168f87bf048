import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { checkScenario, type Finding } from './domain/check-scenario.ts'
import { InputError } from './domain/errors.ts'
import { Rubric } from './domain/rubric.ts'
import { Run } from './domain/run.ts'
import { Scenario } from './domain/scenario.ts'
import { plainLine } from './domain/text.ts'
import { linted, lintTemplates } from './io/mail/lint-templates.ts'
import { loadTemplateLibrary } from './io/mail/template-library.ts'
import { parseYaml, readText } from './io/read-yaml.ts'
import { projectFolder } from './plugins.ts'
import { scenarioReadme } from './scenario-readme.ts'

/** Something that is wrong, or doubtful: in which file of the folder, at which line, and what to do. */
export type Complaint = { level: 'fault' | 'warning'; file: string; line?: number; what: string }

/** The files of a scenario, by their paths in its folder. */
export type ScenarioFiles = ReadonlyMap<string, string>

export const SCENARIO_ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
export const MOST_ID = 40

/** What a scenario's folder may hold: nothing else is read, exported or imported. */
export const SCENARIO_FILE = /^([a-z0-9]+([.-][a-z0-9]+)*\.(yaml|md)|mail-templates\/[a-z0-9]+(-[a-z0-9]+)*\.hbs)$/

/** A file can be wrong from its first line to its last: so many are told of each. */
const MOST_OF_A_PART = 200

const SAMPLE = 'run.sample.yaml'
export const README = 'readme.md'

/** Reads the texts of a folder; `strays` are names of what is no part of a scenario. A link is one. Throws InputError. */
export function readScenarioFolder(folder: string): { files: ScenarioFiles; strays: string[] } {
  const names = [...namesIn(folder), ...namesIn(join(folder, 'mail-templates')).map((name) => `mail-templates/${name}`)]
  const isPart = (name: string) => SCENARIO_FILE.test(name) && lstatSync(join(folder, name)).isFile()
  const files = names.filter(isPart).map((name) => [name, readText(join(folder, name))] as const)
  return { files: new Map(files), strays: names.filter((name) => name !== 'mail-templates' && !isPart(name)) }
}

function namesIn(folder: string): string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
}

type Known = { id: string; submitters: readonly string[]; skipReadme?: true }

/** All that is wrong with the folder of a scenario, at once; what cannot be looked at before that is mended is left out. */
export function checkFolder(folder: string, known: Known): Complaint[] {
  const { files, strays } = readScenarioFolder(folder)
  const complaints: Complaint[] = strays.map((file) => ({
    level: 'warning',
    file,
    what: 'it is never read: a scenario has *.yaml, readme.md and mail-templates/*.hbs in plain files of small letters',
  }))
  const scenario = parsePart({ files, complaints }, 'scenario.yaml', Scenario)
  const rubric = rubricOf({ files, complaints }, scenario)
  const run = parsePart({ files, complaints }, SAMPLE, Run)
  if (scenario) complaints.push(...placed(files, 'scenario.yaml', idFindings(scenario, known.id)))
  if (run) complaints.push(...placed(files, SAMPLE, submitterFindings(run, known.submitters)))
  if (scenario && rubric) {
    const found = checkScenario({ scenario, rubric, run })
    for (const [part, file] of Object.entries({ scenario: 'scenario.yaml', rubric: scenario.rubric, run: SAMPLE }))
      complaints.push(
        ...placed(
          files,
          file,
          found.filter((one) => one.in === part),
        ),
      )
    complaints.push(...templateComplaints(folder, scenario).slice(0, MOST_OF_A_PART))
    if (!known.skipReadme) complaints.push(...readmeComplaints(files, { scenario, rubric }))
  }
  return complaints
}

type Reading = { files: ScenarioFiles; complaints: Complaint[] }

function parsePart<S extends z.ZodType>({ files, complaints }: Reading, file: string, schema: S): z.output<S> | undefined {
  const text = files.get(file)
  if (text === undefined) {
    complaints.push({ level: 'fault', file, what: 'it is missing: `ssc scenario new` makes one to begin with' })
    return undefined
  }
  try {
    return parseYaml({ file, text }, schema, () => [])
  } catch (error) {
    complaints.push(
      ...linesOf(error)
        .map((line) => ({ level: 'fault' as const, file, ...line }))
        .slice(0, MOST_OF_A_PART),
    )
    return undefined
  }
}

/** The rubric that the scenario names, and every other one that lies beside it. */
function rubricOf(reading: Reading, scenario: Scenario | undefined): Rubric | undefined {
  const name = scenario?.rubric ?? 'rubric.yaml'
  if (!SCENARIO_FILE.test(name) || !name.startsWith('rubric') || !name.endsWith('.yaml')) {
    const finding = { in: 'scenario' as const, path: ['rubric'], message: 'name a file beside this one, `rubric.yaml` or `rubric-….yaml`' }
    reading.complaints.push(...placed(reading.files, 'scenario.yaml', [finding]))
    return undefined
  }
  const others = [...reading.files.keys()].filter((file) => file !== name && /^rubric.*\.yaml$/.test(file))
  for (const other of others) parsePart(reading, other, Rubric)
  return parsePart(reading, name, Rubric)
}

function idFindings(scenario: Scenario, id: string): Finding[] {
  if (!SCENARIO_ID.test(id) || id.length > MOST_ID)
    return [{ in: 'scenario', path: ['id'], message: `the folder's name is no id: ${ID_WORDS}` }]
  if (scenario.id === id) return []
  return [{ in: 'scenario', path: ['id'], message: `the folder is named '${id}': write that, or rename the folder` }]
}

export const ID_WORDS = `small letters, digits and dashes, beginning with a letter, at most ${MOST_ID}`

function submitterFindings({ submitters, probes = [] }: Run, known: readonly string[]): Finding[] {
  return Object.entries({ submitters, probes }).flatMap(([list, names]) =>
    names.flatMap((name, i) =>
      known.includes(name)
        ? []
        : [{ in: 'run' as const, path: [list, i], message: `there is no submitter '${name}'; there are: ${known.join(', ')}` }],
    ),
  )
}

/** With the line at which each stands in its file. */
function placed(files: ScenarioFiles, file: string, findings: readonly Finding[]): Complaint[] {
  return [false, true].flatMap((isWarning) => {
    const wanted = findings.filter((one) => (one.isWarning ?? false) === isWarning)
    if (wanted.length === 0) return []
    const level = isWarning ? ('warning' as const) : ('fault' as const)
    return placesOf({ file, text: files.get(file) ?? '' }, wanted).map((line) => ({ level, file, ...line }))
  })
}

function placesOf(source: { file: string; text: string }, findings: readonly Finding[]): { line?: number; what: string }[] {
  try {
    parseYaml(source, z.unknown(), () => findings.map(({ path, message }) => ({ path, message })))
    return []
  } catch (error) {
    return linesOf(error)
  }
}

/** `line 7, mails.reportAfter: what` taken apart. */
function linesOf(error: unknown): { line?: number; what: string }[] {
  if (!(error instanceof InputError)) throw error
  const told = error.problems.length > 0 ? error.problems : [error.message]
  return told.map((text) => {
    const [, line, words = text] = /^line (\d+)[,:] (.*)$/s.exec(text) ?? []
    const what = plainLine(words, 500)
    return line === undefined ? { what } : { line: Number(line), what }
  })
}

function templateComplaints(folder: string, scenario: Scenario): Complaint[] {
  const own = join(folder, 'mail-templates')
  const inFolder = (path: string) => path.replace(`${folder}/`, '')
  try {
    const places = { project: join(projectFolder, 'mail-templates'), home: join(own, 'no-home'), scenarios: new Map([[scenario.id, own]]) }
    const problems = lintTemplates(loadTemplateLibrary(places), [linted(scenario)])
    return problems.map(({ file, line, problem }) => ({
      level: 'fault',
      file: inFolder(file),
      ...(line === undefined ? {} : { line }),
      what: problem,
    }))
  } catch (error) {
    return linesOf(error).map(({ what }) => {
      const [, file = 'mail-templates', line, words = what] = /^(.*?)(?::(\d+))?: (.*)$/s.exec(inFolder(what)) ?? []
      return { level: 'fault' as const, file, ...(line === undefined ? {} : { line: Number(line) }), what: words }
    })
  }
}

function readmeComplaints(files: ScenarioFiles, { scenario, rubric }: { scenario: Scenario; rubric: Rubric }): Complaint[] {
  const text = files.get(README)
  if (text === scenarioReadme(scenario, rubric)) return []
  const what = text === undefined ? 'it is missing' : 'it does not tell what the data says'
  return [{ level: 'fault', file: README, what: `${what}: write it with \`ssc scenario readme ${scenario.id}\`` }]
}
