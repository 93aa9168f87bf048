/** One line of a dump: a path below the server's root, and its permission bits. */
export type Entry = { path: string; mode: number; isDirectory: boolean }

/** `"from" "to" offset,length attributes`; a directory has `#` before it. The to that we ask for stands fixed. */
const LINE = /^(?<mark>#?)"gsiftp:\/\/[^/]*(?<path>\/.*)" "file:\/\/\/dev\/null\/none\/.*" 0,-1 (?:\w+=\d+;)*?mode=(?<mode>\d{1,7});$/

const LONGEST_LINE = 10_000

/**
 * The entries of `globus-url-copy -dump-only`, as far as they can be read; paths stay escaped as in a URL (RFC 3986).
 * Other lines are left out: a survey reports what it certainly saw.
 */
export function readDump(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    if (line.length > LONGEST_LINE) return []
    const { mark, path, mode } = LINE.exec(line)?.groups ?? {}
    const bits = mode === undefined ? undefined : readMode(mode)
    return path === undefined || bits === undefined ? [] : [{ path, mode: bits, isDirectory: mark === '#' }]
  })
}

/**
 * The client reads the server's four octal digits (UNIX.mode) as C does: octal when they begin with 0, else decimal, and
 * prints that in octal. So 1777 comes out as 3361, and what does not begin with 0 must be taken back.
 */
export function readMode(printed: string): number | undefined {
  const digits = printed.startsWith('0') ? printed : String(Number.parseInt(printed, 8))
  return /^[0-7]{1,5}$/.test(digits) ? Number.parseInt(digits, 8) : undefined
}

/** As `ls` writes it, for example `rwxrwxrwt`. */
export function showMode(mode: number): string {
  const bit = (at: number, letter: string) => (mode & at ? letter : '-')
  const last = (at: number, special: number, letter: string) => {
    if (!(mode & special)) return bit(at, 'x')
    return mode & at ? letter : letter.toUpperCase()
  }
  return [
    bit(0o400, 'r'),
    bit(0o200, 'w'),
    last(0o100, 0o4000, 's'),
    bit(0o040, 'r'),
    bit(0o020, 'w'),
    last(0o010, 0o2000, 's'),
    bit(0o004, 'r'),
    bit(0o002, 'w'),
    last(0o001, 0o1000, 't'),
  ].join('')
}
