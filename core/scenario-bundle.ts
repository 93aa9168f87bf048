import { createHash } from 'node:crypto'
import { z } from 'zod'
import { InputError, messageOf } from './domain/errors.ts'
import { canonicalJson } from './domain/json.ts'
import { plainLine } from './domain/text.ts'
import { countYamlMarks, MOST_YAML_MARKS } from './io/read-yaml.ts'
import { ID_WORDS, MOST_ID, SCENARIO_FILE, SCENARIO_ID, type ScenarioFiles } from './scenario-folder.ts'

/** A scenario as one file: its texts as they are, and a hash that shows whether one was changed on the way. */
const Bundle = z.strictObject({
  format: z.literal('ssc-scenario'),
  version: z.literal(1),
  id: z.string().regex(SCENARIO_ID, ID_WORDS).max(MOST_ID, ID_WORDS),
  /** Of the canonical JSON of `id` and `files`, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  files: z.record(z.string(), z.string()),
})

const MOST = {
  files: 60,
  pathLength: 100,
  /** Of all files together. */
  bytes: 2 * 1024 * 1024,
  yamlBytes: 256 * 1024,
  letterBytes: 32 * 1024,
  /** Of one letter: each is filled in for many samples, and what reads it goes into each block. */
  letterTags: 300,
  letterBlocks: 50,
  /** Of all YAML together. */
  yamlMarks: MOST_YAML_MARKS,
}

/** A bundle is read up to here: its texts with quotes and line ends escaped. */
export const MOST_BUNDLE_BYTES = 2 * MOST.bytes + 64 * 1024

/** Throws InputError with every reason why the files cannot be handed on. */
export function packScenario(id: string, files: ScenarioFiles): string {
  const problems = filesProblems(files)
  if (problems.length > 0) throw new InputError(`the scenario '${id}' cannot be exported:`, problems)
  const content = { id, files: Object.fromEntries(files) }
  return `${JSON.stringify({ format: 'ssc-scenario', version: 1, id, sha256: hashOf(content), files: content.files }, null, 2)}\n`
}

/** Reads what somebody else made. Nothing in it is believed; throws InputError with all that is wrong. */
export function unpackScenario(name: string, text: string): { id: string; files: ScenarioFiles } {
  const bundle = Bundle.safeParse(parseJson(name, text))
  if (!bundle.success) {
    const problems = bundle.error.issues.slice(0, 20).map(({ path, message }) => plainLine(`${path.join('.') || 'the file'}: ${message}`))
    throw new InputError(`${name} is no scenario that \`ssc scenario export\` wrote:`, problems)
  }
  const { id, files, sha256 } = bundle.data
  const all = new Map(Object.entries(files))
  const problems = filesProblems(all)
  if (hashOf({ id, files }) !== sha256) problems.push('sha256: the files are not those that were exported: have the file sent again')
  if (problems.length > 0) throw new InputError(`${name} cannot be imported:`, problems)
  return { id, files: all }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(`${name} is not JSON: ${plainLine(messageOf(error), 120)}`, [])
  }
}

function hashOf(content: { id: string; files: Record<string, string> }): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex')
}

function filesProblems(files: ScenarioFiles): string[] {
  const sizes = [...files.values()].map((text) => Buffer.byteLength(text))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const yaml = [...files].filter(([path]) => path.endsWith('.yaml'))
  const marks = yaml.reduce((sum, [, text]) => sum + countYamlMarks(text), 0)
  return [
    ...(files.size > MOST.files ? [`files: there are ${files.size}; at most ${MOST.files} are taken`] : []),
    ...(bytes > MOST.bytes ? [`files: they have ${bytes} bytes; at most ${MOST.bytes} are taken`] : []),
    ...(marks > MOST.yamlMarks
      ? [`files: the YAML has too many entries (${marks} line ends, colons and commas; at most ${MOST.yamlMarks})`]
      : []),
    ...(files.has('scenario.yaml') ? [] : ['files: there is no scenario.yaml']),
    ...[...files].flatMap(([path, text]) => fileProblems(path, text)).slice(0, 20),
  ]
}

function fileProblems(path: string, text: string): string[] {
  const name = plainLine(path, 60)
  if (path.length > MOST.pathLength || !SCENARIO_FILE.test(path))
    return [`'${name}': not a file of a scenario: only *.yaml, *.md and mail-templates/*.hbs in small letters`]
  const bytes = Buffer.byteLength(text)
  const isLetter = path.endsWith('.hbs')
  return [
    ...(path.endsWith('.yaml') && bytes > MOST.yamlBytes ? [`'${name}': more than ${MOST.yamlBytes} bytes of YAML`] : []),
    ...(isLetter && bytes > MOST.letterBytes ? [`'${name}': a letter of more than ${MOST.letterBytes} bytes`] : []),
    ...(isLetter && isKnotted(text)
      ? [
          `'${name}': more braces than a letter needs: at most ${MOST.letterTags} pairs, ${MOST.letterBlocks} blocks, and 200 characters in a pair`,
        ]
      : []),
    ...(isPlainText(text) ? [] : [`'${name}': not plain text: it holds control characters, or marks that turn a line around`]),
  ]
}

/** Handlebars: all tags; blocks, their `else` and raw blocks; and what stands within one pair of braces. */
function isKnotted(letter: string): boolean {
  const count = (tag: RegExp) => letter.match(tag)?.length ?? 0
  const blocks = count(/\{\{~?\s*(?:[#^]|else)|\{\{\{\{/g)
  return count(/\{\{/g) > MOST.letterTags || blocks > MOST.letterBlocks || /\{\{[^{}]{200}/.test(letter)
}

/** What an editor shows is what stands there: no control characters but tab and line ends, no marks that reorder, no halves of characters. */
function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u.test(text)
}
