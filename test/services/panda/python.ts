/** A value as Python's str() shows it: what a client gets that did not ask for JSON in the one way that counts. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return pythonString(value)
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`
  if (typeof value === 'object') {
    const items = Object.entries(value).map(([key, item]) => `${pythonString(key)}: ${pythonText(item)}`)
    return `{${items.join(', ')}}`
  }
  return String(value)
}

function pythonString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}

/** Python's bool(): of the texts that stand in an address only the empty one is false. */
export function pythonBool(text: string): boolean {
  return text !== ''
}
