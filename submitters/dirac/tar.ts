const BLOCK = 512

/** A tar archive of one small file: POSIX.1-2017, pax, "ustar Interchange Format". The same content gives the same bytes. */
export function tarOf(name: string, content: string): string {
  const size = Buffer.byteLength(content)
  const fields: [text: string, length: number][] = [
    [name, 100],
    [octal(0o700, 8), 8],
    [octal(0, 8), 8],
    [octal(0, 8), 8],
    [octal(size, 12), 12],
    [octal(0, 12), 12],
    [' '.repeat(8), 8],
    ['0', 1],
    ['', 100],
    ['ustar', 6],
    ['00', 2],
  ]
  const header = fields
    .map(([text, length]) => text.padEnd(length, '\0'))
    .join('')
    .padEnd(BLOCK, '\0')
  const sum = [...header].reduce((all, char) => all + char.charCodeAt(0), 0)
  const checked = `${header.slice(0, 148)}${sum.toString(8).padStart(6, '0')}\0 ${header.slice(156)}`
  return `${checked}${content}${'\0'.repeat(((BLOCK - (size % BLOCK)) % BLOCK) + 2 * BLOCK)}`
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}
