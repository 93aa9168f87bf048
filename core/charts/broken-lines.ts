/** How wide a text is, px. */
type Measure = (text: string) => number

/**
 * A name in lines of at most so many pixels, broken at blanks, and within a word where it alone is wider. The library could do it
 * itself (`overflow: 'break'`), but looks at the clock to choose how it measures (zrender, src/contain/text.ts,
 * tryCreateASCIIWidthMap), and so a busy machine would write other bytes.
 */
export function brokenLines(text: string, width: number, measure: Measure): string {
  const lines = text.split('\n').flatMap((line) => {
    const words = line.split(' ').flatMap((word) => cut(word, width, measure))
    return joined(words, width, measure)
  })
  return lines.join('\n')
}

/** As many words on each line as fit. */
function joined(words: readonly string[], width: number, measure: Measure): string[] {
  const lines: string[] = []
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ''} ${word}`
    if (lines.length > 0 && measure(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** A word in pieces, of which each fits. */
function cut(word: string, width: number, measure: Measure): string[] {
  const pieces = ['']
  for (const letter of word) {
    const longer = pieces.at(-1)! + letter
    if (measure(longer) <= width) pieces[pieces.length - 1] = longer
    else pieces.push(letter)
  }
  return pieces
}
