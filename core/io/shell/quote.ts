/** One word for a POSIX shell: between single quotes nothing has a meaning but the single quote itself (XCU 2.2.2). */
function quoteWord(word: string): string {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * The one place where arguments are quoted for the remote POSIX shell: it reads exactly these words and expands nothing.
 * A NUL byte has no place in an argument and is refused before.
 */
export function quoteForSh(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ')
}
