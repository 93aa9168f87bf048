/** The attributes of a JDL as ClassAdLight.py reads it: a value ends at the next `;`, whatever stands around it. */
export function readJdl(text: string): Record<string, string> | undefined {
  const trimmed = text.trim()
  const body = /^\[([\s\S]*)\]$/.exec(trimmed)?.[1] ?? trimmed
  const contents: Record<string, string> = {}
  for (const part of body.split(';')) {
    const at = part.indexOf('=')
    if (at >= 0)
      contents[part.slice(0, at).trim()] = part
        .slice(at + 1)
        .replaceAll('\n', '')
        .trim()
        .replaceAll('"', '')
    else if (part.trim() !== '') return undefined
  }
  return Object.keys(contents).length > 0 ? contents : undefined
}
