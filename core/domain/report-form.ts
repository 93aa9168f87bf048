/** The fields of the closure report, as they stand in `mail-templates/closing.hbs`. */
const formFields = ['identity', 'job', 'hosts', 'contained-at', 'what-was-done'] as const
type FormField = (typeof formFields)[number]

const maxLines = 5_000
const maxLine = 2_000
const maxValue = 2_000

/** A line that begins a field, ours or not, for example `Contained at: 2027-01-11T10:00Z`. */
const anyField = /^[-*#\s]{0,10}([a-z][a-z _-]{0,30}?)[ *]{0,4}:[* \t]*(.*)$/i

/** From here on a mail client shows the mail that is answered, or a signature stands. */
const endOfAnswer =
  /^(-{2,}\s?(original message|forwarded message|ursprüngliche nachricht|message d'origine)|_{20,}\s*$|-- ?$|on .{5,200} wrote:\s*$)/i

/** The filled-in fields of the report form in the part of a mail that its author wrote; quoted lines and empty fields do not count. */
export function readForm(text: string): Record<string, string> {
  const values: Partial<Record<FormField, string>> = {}
  let open: FormField | undefined
  for (const line of answerLines(text)) {
    const start = anyField.exec(line)
    if (start) open = begin(values, start)
    else if (!open) continue
    else if (line.trim() !== '') values[open] = join(values[open], line)
    else if (values[open]) open = undefined
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

/** Opens the field, unless an earlier line filled it in already. */
function begin(values: Partial<Record<FormField, string>>, [, key = '', rest = '']: RegExpExecArray): FormField | undefined {
  const name = key.trim().toLowerCase().replace(/[ _]+/g, '-')
  const field = formFields.find((f) => f === name)
  if (!field || values[field]) return undefined
  values[field] = join('', rest)
  return field
}

function join(before: string | undefined, more: string): string {
  const value = `${before ?? ''} ${more.trim()}`.trim()
  // a cut pair of surrogates is no valid text and would be refused by the store
  return value.slice(0, maxValue).replace(/[\ud800-\udfff]/gu, '')
}

function answerLines(text: string): string[] {
  const lines: string[] = []
  for (const whole of text.split(/\r\n|\n|\r/, maxLines)) {
    const line = whole.slice(0, maxLine)
    if (endOfAnswer.test(line)) break
    if (!/^\s{0,3}[>|]/.test(line)) lines.push(line)
  }
  return lines
}
