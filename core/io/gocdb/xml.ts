import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { InputError } from '../../domain/errors.ts'
import { quote } from './notes.ts'
import { type SourceFile, sourceText } from './source.ts'

export type XmlElement = {
  file: string
  line: number
  name: string
  attributes: Record<string, string>
  text: string
  children: XmlElement[]
}

const MAX = { fileBytes: 64 * 1024 * 1024, depth: 20, textChars: 64 * 1024, attributes: 50, elements: 2_000_000, elementsInRecord: 100_000 }

const PIECE_CHARS = 64 * 1024
const QUIET_PIECES = 3

/** `quiet` counts the pieces fed since the parser last said something: a token without end must not fill the memory. */
type State = { parser: SaxesParser; open: XmlElement[]; total: number; inRecord: number; quiet: number; attributes: number; atEnd: boolean }

/**
 * Reads XML within bounds and hands over each child of the root once it is complete, so that no more than one is
 * kept. Without a document type no entity can be defined: the five predefined ones and numbers remain.
 */
export function readXml(file: SourceFile, take: (record: XmlElement, root: XmlElement) => void): XmlElement {
  const text = sourceText(file, MAX.fileBytes)
  const parser = new SaxesParser({ forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const state: State = { parser, open: [], total: 0, inRecord: 0, quiet: 0, attributes: 0, atEnd: false }
  const fail = (words: string): never => {
    throw new InputError(`${file.name} cannot be read:`, [`${file.name}:${parser.line}:${parser.columnIndex + 1}: ${words}`])
  }
  let root: XmlElement | undefined
  parser.on('error', (error) => fail(brokenWords(state, error.message)))
  parser.on('doctype', () => fail('a DOCTYPE is not allowed: it could define entities'))
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) fail(`encoding ${quote(encoding)}: save the file as UTF-8`)
  })
  parser.on('opentagstart', (tag) => {
    const element = { file: file.name, line: parser.line, name: tag.name, attributes: {}, text: '', children: [] }
    root ??= element
    openElement(state, element, fail)
  })
  parser.on('attribute', () => countAttribute(state, fail))
  parser.on('comment', () => countPiece(state, fail))
  parser.on('processinginstruction', () => countPiece(state, fail))
  parser.on('opentag', (tag) => takeAttributes(state.open.at(-1)!, (tag as SaxesTagPlain).attributes, fail))
  parser.on('text', (words) => takeText(state, words, fail))
  parser.on('cdata', (words) => takeText(state, words, fail))
  parser.on('closetag', () => closeElement(state, take))
  feed(state, text, fail)
  return root ?? fail('holds no XML element')
}

/** In pieces, so that a mistake at the beginning of a large file is found at once. */
function feed(state: State, text: string, fail: (words: string) => never): void {
  for (let at = 0; at < text.length; at += PIECE_CHARS) {
    state.quiet += 1
    if (state.quiet > QUIET_PIECES) fail(`a text, comment or tag is longer than ${MAX.textChars} characters`)
    state.parser.write(text.slice(at, at + PIECE_CHARS))
  }
  state.atEnd = true
  state.parser.close()
}

function countPiece(state: State, fail: (words: string) => never): void {
  state.quiet = 0
  state.total += 1
  if (state.total > MAX.elements) fail(`more than ${MAX.elements} elements`)
}

function countAttribute(state: State, fail: (words: string) => never): void {
  state.quiet = 0
  state.attributes += 1
  if (state.attributes > MAX.attributes) fail(`more than ${MAX.attributes} attributes`)
}

function openElement(state: State, element: XmlElement, fail: (words: string) => never): void {
  state.open.push(element)
  state.attributes = 0
  countPiece(state, fail)
  state.inRecord = state.open.length <= 2 ? 0 : state.inRecord + 1
  if (state.open.length > MAX.depth) fail(`elements lie deeper than ${MAX.depth}`)
  if (state.inRecord > MAX.elementsInRecord) fail(`more than ${MAX.elementsInRecord} elements in one <${state.open[1]?.name}>`)
  // The root's children are handed over, never kept.
  if (state.open.length > 2) state.open.at(-2)!.children.push(element)
}

function takeAttributes(element: XmlElement, attributes: Record<string, string>, fail: (words: string) => never): void {
  const entries = Object.entries(attributes)
  if (entries.some(([, value]) => value.length > MAX.textChars)) fail(`an attribute is longer than ${MAX.textChars} characters`)
  element.attributes = Object.fromEntries(entries)
}

function takeText(state: State, words: string, fail: (words: string) => never): void {
  state.quiet = 0
  const element = state.open.at(-1)
  if (element === undefined) return
  if (words.length > MAX.textChars) fail(`a text is longer than ${MAX.textChars} characters`)
  // White space between many records must not add up.
  if (state.open.length === 1 && words.trim() === '') return
  element.text += words
  if (element.text.length > MAX.textChars) fail(`<${element.name}> holds more than ${MAX.textChars} characters`)
}

function closeElement(state: State, take: (record: XmlElement, root: XmlElement) => void): void {
  state.quiet = 0
  const element = state.open.pop()!
  if (state.open.length === 1) take(element, state.open[0]!)
}

function brokenWords(state: State, message: string): string {
  const inside = state.open.at(-1)
  if (state.atEnd && inside !== undefined)
    return `the file ends inside <${inside.name}> of line ${inside.line}: it is cut off, get it again`
  return `not well-formed XML: ${message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')}`
}
