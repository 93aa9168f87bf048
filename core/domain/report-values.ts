import { reportLimits, tlpLabels } from './common-report.ts'
import { findMoment, type WrittenZone } from './report-times.ts'

/** What stands before an entry of a list: a bullet or a number. */
const bullet = /^[\s>]{0,20}(?:[-*\u2022\u2013+]{1,3}|\(?\d{1,3}[.)])\s+/

/** One harmless line. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim()
}

/** Text with its line breaks, without control characters and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '')
    .trim()
}

/** Entries that stand on lines of their own, or between commas or semicolons. */
export function readList(text: string): string[] {
  return entriesOf(text.split(/[\n;,]/))
}

/** A comma belongs to a distinguished name; a long one may go on in the next line. */
export function readSubjects(text: string): string[] {
  const subjects: string[] = []
  for (const line of entriesOf(text.split(/[\n;]/))) {
    const before = subjects.at(-1)
    if (before === undefined || !before.includes('=')) subjects.push(...(line.includes('=') ? [line] : readList(line)))
    else if (/^\/[A-Za-z.\d]+=/.test(line) && (/^\/(DC|C|O)=/i.test(line) || /\/CN=/i.test(before))) subjects.push(line)
    else if (/^[A-Za-z]+\s?=/.test(line) && !before.endsWith(',')) subjects.push(line)
    else if (line.startsWith('/')) subjects.splice(-1, 1, before + line)
    else subjects.splice(-1, 1, `${before} ${line}`)
  }
  return [...new Set(subjects)]
}

export type Action = { at?: string; what: string }

/** A bullet or a time begins an action, all else belongs to the one before. `problems`: what is to be said of their times. */
export function readActions(text: string, zone?: WrittenZone): { actions: Action[]; problems: string[]; assumed: boolean } {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const isNew = bullet.test(line) || /^\W{0,3}(\d{1,2}[:.h]\d{2}\b|\d{1,4}[-/.]\d{1,2}[-/.])/.test(line) || startsWithMoment(line, zone)
    if (isNew || lines.length === 0) lines.push(line.replace(bullet, ''))
    else lines.push(`${lines.pop()} ${line}`)
  }
  const read = lines
    .map(oneLine)
    .filter((line) => line !== '')
    .map((line) => readAction(line, zone))
  return {
    actions: read.map(({ at, what }) => (at === undefined ? { what } : { at, what })),
    problems: read.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    assumed: read.some(({ assumed }) => assumed),
  }
}

function startsWithMoment(line: string, zone?: WrittenZone): boolean {
  return (findMoment(line.slice(0, 100), zone)?.from ?? 9) <= 3
}

function readAction(line: string, zone?: WrittenZone): Action & { problem?: string; assumed?: boolean } {
  const found = findMoment(line, zone)
  if (found === undefined || found.from > 3) {
    const [clock] = /^\W{0,3}\d{1,2}[:.h]\d{2}\b/.exec(line) ?? []
    return clock === undefined
      ? { what: line }
      : { what: line, problem: `${clock}: it has no date; write for example 2027-01-31T10:30+01:00` }
  }
  if ('problem' in found) return { what: line, problem: found.problem }
  const what = line.slice(found.until).replace(/^[\s:,.;\])\u2013-]+/, '')
  return { at: found.at, what: what === '' ? '-' : what, assumed: !found.hadZone }
}

export type Evidence = { name: string; sha256?: string }

/** Names of files, each with its SHA-256 as `sha256sum` or as people write it; a hash alone belongs to the name before it. */
export function readEvidence(text: string): Evidence[] {
  const found: Evidence[] = []
  for (const entry of readList(text)) {
    const sha256 = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i.exec(entry)?.[0].toLowerCase()
    const name = oneLine(
      entry
        .replace(/[0-9a-f]{64}/gi, ' ')
        .replace(/\bsha-?256(?:sum)?\b/gi, ' ')
        .replace(/[\s:=()*]+$/, '')
        .replace(/^[\s:=()*]+/, ''),
    )
    const before = found.at(-1)
    if (name !== '') found.push(sha256 === undefined ? { name } : { name, sha256 })
    else if (sha256 !== undefined && before !== undefined && before.sha256 === undefined) before.sha256 = sha256
    else if (sha256 !== undefined) found.push({ name: 'unnamed', sha256 })
  }
  return found
}

type TlpLabel = (typeof tlpLabels)[number]

/** The first label of the Traffic Light Protocol in it, also as version 1 wrote it, and the words around. */
export function readDisclosure(text: string): { tlp?: TlpLabel; words?: string } {
  const match =
    /\bTLP[ :_-]{0,3}(RED|AMBER ?\+ ?STRICT|AMBER|GREEN|CLEAR|WHITE)\b/i.exec(text) ?? /^\s*(RED|AMBER|GREEN|CLEAR|WHITE)\s*$/i.exec(text)
  if (!match) return text.trim() === '' ? {} : { words: text }
  const color = match[1]!.toUpperCase().replaceAll(' ', '').replace('WHITE', 'CLEAR')
  const tlp = tlpLabels.find((label) => label === `TLP:${color}`)!
  const words = cleanText(`${text.slice(0, match.index).trimEnd()} ${text.slice(match.index + match[0].length)}`).replace(/^[\s,;:.-]+/, '')
  return words === '' ? { tlp } : { tlp, words: words.slice(0, reportLimits.text) }
}

function entriesOf(parts: readonly string[]): string[] {
  const entries = parts.map((part) => oneLine(part.replace(bullet, '').replace(/^\s*[*_]{1,2}(.{1,500}?)[*_]{1,2}\s*$/, '$1')))
  return [...new Set(entries.filter((entry) => /[\p{L}\p{N}]/u.test(entry)))]
}
