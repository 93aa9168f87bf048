import { readFileSync, statSync } from 'node:fs'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { InputError, messageOf } from '../domain/errors.ts'
import { isNestedDeeply } from '../domain/nesting.ts'

const MOST_BYTES = 1024 * 1024

/** Line ends, colons and commas: with the number of keys the time to read them grows faster than they do. */
export const MOST_YAML_MARKS = 10_000

/** Reads a YAML file into the schema's shape. Every mistake is named at once, with its line; `check` may add more. */
export function readYaml<S extends z.ZodType>(file: string, schema: S, check: (raw: unknown) => Problem[] = () => []): z.output<S> {
  return parseYaml({ file, text: readText(file) }, schema, check)
}

/** A mistake and the path of the value that holds it. */
export type Problem = { path: readonly PropertyKey[]; message: string }

export function parseYaml<S extends z.ZodType>(
  source: { file: string; text: string },
  schema: S,
  check: (raw: unknown) => Problem[],
): z.output<S> {
  const strange = strangenessOf(source.text)
  if (strange !== undefined) throw new InputError(`${source.file} cannot be read: ${strange}`, [])
  const lines = new LineCounter()
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const broken = [...document.errors, ...document.warnings].map((error) => `${at(lines.linePos(error.pos[0]))}: ${error.message}`)
  if (broken.length > 0) throw new InputError(`${source.file} is not valid YAML:`, broken)
  const raw = plainData(document, source.file)
  const parsed = schema.safeParse(raw)
  const problems: Problem[] = [...(parsed.success ? [] : parsed.error.issues), ...check(raw)]
  if (problems.length > 0)
    throw new InputError(
      `${source.file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:`,
      problems.map(({ path, message }) => {
        const place = placeOf(document, path)
        return `${place === undefined ? '' : `${at(lines.linePos(place))}, `}${path.length === 0 ? 'the file' : path.join('.')}: ${message}`
      }),
    )
  return parsed.data as z.output<S>
}

/** What would keep the parser busy for minutes, or end the process with its stack: looked for before it sees the text. */
function strangenessOf(text: string): string | undefined {
  if (isNestedDeeply(text)) return 'it is nested too deeply: write it in the shape of the samples'
  const marks = countYamlMarks(text)
  return marks > MOST_YAML_MARKS
    ? `it has too many entries (${marks} line ends, colons and commas; at most ${MOST_YAML_MARKS} are read)`
    : undefined
}

export function countYamlMarks(text: string): number {
  return text.match(/[\n\r:,]/g)?.length ?? 0
}

/** A few aliases are a convenience; very many are an attack on our memory. */
function plainData(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 })
  } catch (error) {
    throw new InputError(`${file} is not valid YAML:`, [messageOf(error)])
  }
}

/** Where the value stands, or the nearest thing around it that is there. */
function placeOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return undefined
}

function at(position: { line: number }): string {
  return `line ${position.line}`
}

/** A text file of the user's, bounded; a missing or unreadable one is the user's mistake. */
export function readText(file: string, mostBytes = MOST_BYTES): string {
  try {
    const found = statSync(file)
    // A pipe or a device may never end.
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is not a file')
    const { size } = found
    if (size > mostBytes) throw new Error(`it has ${size} bytes; at most ${mostBytes} are read`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    throw new InputError(`cannot read ${file}: ${reasonOf(error)}`, [])
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text'
  return messageOf(error)
}
