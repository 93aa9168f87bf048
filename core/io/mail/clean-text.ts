/** Bounded to so many characters, and nothing in it that the store (no NUL, no half of a surrogate pair) or a terminal would choke on. */
export function clean(text: string, max: number): string {
  return text
    .slice(0, max)
    .replace(/\r\n?/g, '\n')
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}
