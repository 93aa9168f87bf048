import { InputError } from '../../domain/errors.ts'
import { readText } from '../../io/read-yaml.ts'
import { MOST_CHARACTERS, textProblems } from '../../letter-words.ts'

const MOST_BYTES = 4 * MOST_CHARACTERS

/** The officer's own words, from the command line or a file; what is wrong with them is given back, not thrown. */
export function textOf(
  { text, textFile }: { text?: string; textFile?: string },
  pathOf: (file: string) => string,
): { text: string; problems: string[] } {
  if (text !== undefined && textFile !== undefined) return { text, problems: ['either --text or --text-file'] }
  const { words, problems } = textFile === undefined ? { words: text ?? '', problems: [] } : readWords(pathOf(textFile))
  const clean = words.replaceAll('\r\n', '\n').trim()
  return { text: clean, problems: [...problems, ...textProblems(clean)] }
}

function readWords(file: string): { words: string; problems: string[] } {
  try {
    return { words: readText(file, MOST_BYTES), problems: [] }
  } catch (error) {
    if (error instanceof InputError) return { words: '', problems: [error.message] }
    throw error
  }
}
