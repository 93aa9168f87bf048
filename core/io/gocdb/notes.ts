import { InputError } from '../../domain/errors.ts'

/** Collects what is to be told, of which only the first are shown: a broken file can hold a million mistakes. */
export type Notes = {
  add(place: string, words: string): void
  /** Takes over the problems of an InputError; throws any other error on. */
  addError(error: unknown): void
  list(): string[]
}

export function collectNotes(cap: number): Notes {
  const shown: string[] = []
  let more = 0
  const push = (note: string) => {
    if (shown.length < cap) shown.push(note)
    else more += 1
  }
  return {
    add: (place, words) => push(`${place}: ${words}`),
    addError(error) {
      if (!(error instanceof InputError)) throw error
      for (const problem of error.problems) push(problem)
    },
    list: () => (more === 0 ? [...shown] : [...shown, `and ${more} more`]),
  }
}

/** A foreign value for a message: short, on one line, with nothing that a terminal obeys. */
export function quote(value: string): string {
  const short = value.length > 80 ? `${value.slice(0, 80)}…` : value
  return JSON.stringify(short).replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
