import { InputError } from '../domain/errors.ts'

/** A time on the command line, in ms since 1970. It has its zone, so that none is ever guessed. */
export function momentOf(text: string, option: string): number {
  const ms = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new InputError(`${option} needs a date, a time and a zone, for example 2027-01-11T08:00:00Z`, [])
  return ms
}
