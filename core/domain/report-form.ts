import { REPORT_FORMAT, type ReadReport, readReport } from './common-report.ts'
import { type FieldTexts, type FormField, fillReport, formFieldNames, formFields, traitsOfField } from './report-fields.ts'

const maxLines = 5_000
const maxLine = 2_000
const maxValue = 30_000
const maxJson = 1_000_000

/** The empty form, for a mail. */
export function textForm(): string {
  return writeTextForm({})
}

/** The form with these texts in it. */
export function writeTextForm(texts: FieldTexts): string {
  return formFieldNames.map((field) => writeField(field, texts[field] ?? '')).join('')
}

function writeField(field: FormField, text: string): string {
  const { label, hint } = traitsOfField(field)
  const head = `${label}${hint === undefined ? '' : ` (${hint})`}:`
  return text.includes('\n') ? `${head}\n${text}\n` : `${head}${text === '' ? '' : ` ${text}`}\n`
}

/**
 * The report in a mail's text, or in the text of a JSON file; undefined when none is in it. It reads what people make of a form:
 * quoted, with bullets, in bold, in several lines, and the form of five fields that was in use before. Times without a zone are read
 * in `timeZone`, the site's; without one they are a problem.
 */
export function readTextForm(text: string, timeZone?: string): ReadReport | undefined {
  const json = readJson(text)
  if (json !== undefined) return json
  const texts = fieldsIn(text)
  return Object.keys(texts).length === 0 ? undefined : fillReport(texts, timeZone)
}

function readJson(text: string): ReadReport | undefined {
  if (!text.slice(0, maxJson).includes(REPORT_FORMAT)) return undefined
  const bare = text.slice(0, maxJson).replace(/^[> \t]{0,20}>[ \t]?/gm, '')
  const [from, until] = [bare.lastIndexOf('{', bare.indexOf(REPORT_FORMAT)), bare.lastIndexOf('}')]
  // Its format may stand at its end, behind other braces; a text may go on behind it.
  for (const [start, end] of [
    [bare.indexOf('{'), until],
    [from, until],
    [bare.indexOf('{'), bare.lastIndexOf('}', bare.indexOf('```', bare.indexOf(REPORT_FORMAT)))],
  ] as const) {
    const read = parseJson(bare.slice(start, end + 1))
    if (read !== undefined) return read
  }
  return undefined
}

function parseJson(text: string): ReadReport | undefined {
  try {
    return readReport(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A label at the start of a line, with what stands around it; the colon may be one of another script. */
const labelLine =
  /^[-*_#\u2022\s]{0,12}(?:\(?\d{1,2}[.)]\s{0,3})?[*_]{0,3}(?<label>[A-Za-z][A-Za-z_/ -]{1,30}?(?:\([is]d?s?\))?)[ \u00a0*_]{0,6}(?:\([^()]{0,80}\))?[ \u00a0*_]{0,6}(?:[:\uff1a\ufe55\u2236\ua789]|\t)[*_]{0,3}/

/** Behind these stands another mail, or a signature. */
const endOfPart =
  /^(?:-{2,}\s?(?:original message|forwarded message|urspr\u00fcngliche nachricht|message d'origine)|_{20,}\s*$|-- ?$|on .{5,200} wrote:\s*$)/i

const fieldOfLabel = new Map(
  formFieldNames.flatMap((field) =>
    [formFields[field].label.toLowerCase(), ...formFields[field].also].map((name) => [name, field] as const),
  ),
)

type Open = { field: FormField; depth: number; lines: string[] }

/** What stands in the fields; of one that is filled in twice, the first. A quoted form counts where it is filled in. */
function fieldsIn(text: string): FieldTexts {
  const texts: FieldTexts = {}
  let open: Open | undefined
  const close = (isFollowed: boolean) => {
    if (open) keep(texts, open, isFollowed)
    open = undefined
  }
  for (const whole of text.slice(0, maxLines * maxLine).split(/\r\n|\n|\r/, maxLines)) {
    const { depth, line } = unquote(whole.slice(0, maxLine))
    const label = labelLine.exec(line.slice(0, 160))
    const field =
      label === null
        ? undefined
        : fieldOfLabel.get(
            label
              .groups!.label!.trim()
              .toLowerCase()
              .replace(/[_ -]+/g, ' '),
          )
    if (label !== null && field !== undefined) {
      close(open !== undefined && depth <= open.depth)
      open = { field, depth, lines: [afterLabel(line, label[0])] }
    } else if (endOfPart.test(line)) close(false)
    // A deeper quotation is somebody else's word.
    else if (open && depth <= open.depth) open.lines.push(line)
  }
  close(false)
  return texts
}

/** What follows an empty line belongs to a text only when another field comes after it: else it is a greeting. */
function keep(texts: FieldTexts, { field, lines }: Open, isFollowed: boolean): void {
  if (texts[field] !== undefined) return
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first < 0) return
  const isWhole = isFollowed && formFields[field].kind === 'text'
  const end = isWhole ? -1 : lines.findIndex((line, i) => i > first && line.trim() === '')
  const value = lines
    .slice(first, end < 0 ? undefined : end)
    .map((line) => line.trim())
    .join('\n')
    .slice(0, maxValue)
    .trim()
  if (value !== '') texts[field] = value
}

/** Of a line that is in bold as a whole, the marks at its end go as well. */
function afterLabel(line: string, label: string): string {
  const rest = line.slice(label.length)
  return /^\s*[*_]{1,3}[A-Za-z]/.test(label) && !/[*_]$/.test(label) ? rest.replace(/[*_]{1,3}\s*$/, '') : rest
}

function unquote(line: string): { depth: number; line: string } {
  const [marks = ''] = /^(?:\s{0,3}[>|]){1,20}\s?/.exec(line) ?? []
  return { depth: marks.replace(/[^>|]/g, '').length, line: line.slice(marks.length) }
}
