/** So many brackets may be open at once. */
const MOST_OPEN = 50
/** A line may begin with at most 100 blanks, and 20 marks may follow each other. */
const deepLine = /^[ \t]{101}|(?:[-?:][ \t]+){21}/m

/**
 * Whether a YAML text could be nested more deeply than any that people write: by brackets, by indentation, or by marks in a row
 * such as `- - -`. A parser recurses, and a process that has run out of stack may end at once.
 */
export function isNestedDeeply(text: string): boolean {
  if (deepLine.test(text)) return true
  let depth = 0
  for (const one of text.matchAll(/[[\]{}]/g)) {
    depth = one[0] === '[' || one[0] === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > MOST_OPEN) return true
  }
  return false
}
