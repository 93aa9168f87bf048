import type { FieldGrade, ReportKey } from './grade-report.ts'
import { gradeNames, holdsId, isHostName, knownAddresses, knownHosts, sameHost, writtenHost } from './grade-report.ts'
import type { KeyItem } from './scenario.ts'
import { holdsSubject } from './subject.ts'

/** `unclear`: we do not know it ourselves, or what stands there cannot be compared. */
type Found = 'named' | 'not named' | 'unclear'
type FactName = Extract<KeyItem, { fact: unknown }>['fact']

/** What the writer said without what is quoted, and why it may be right although nothing is found in it. */
export type AnswerText = { said: string; doubt?: string | undefined }

/** So many characters are looked through: an answer that people write is far shorter. */
const MOST_TEXT = 64 * 1024

const titles: Record<FactName, string> = {
  identity: 'the identity',
  pilot: "the pilot's identity",
  label: "the job's label",
  'native-id': "the job's number",
  host: 'the host',
  address: 'an address that the agent contacts',
  name: 'a name of the agent',
}

/**
 * Holds an answer against the key of its question. `why` tells which items are there, and never what the mail or the key says: it
 * stands in the log, and sites read it. Never `wrong` where it takes a person to say so.
 */
export function gradeAnswer({ said, doubt }: AnswerText, items: readonly KeyItem[], key: ReportKey): FieldGrade {
  if (items.length === 0) return { verdict: 'for a person', why: 'the question has no key' }
  const text = said.slice(0, MOST_TEXT).normalize('NFKC')
  if (text.trim() === '') return { verdict: 'for a person', why: 'it holds no words of its own' }
  const found = items.map((item, i) => ({ title: titleOf(item, i), is: lookFor(item, text, key) }))
  const titlesOf = (is: Found) => found.filter((one) => one.is === is).map(({ title }) => title)
  const why = (['named', 'not named', 'unclear'] as const)
    .filter((is) => titlesOf(is).length > 0)
    .map((is) => `${is}: ${titlesOf(is).join(', ')}`)
    .join('; ')
  const named = titlesOf('named').length
  if (named === items.length) return { verdict: 'right', why }
  if (titlesOf('unclear').length > 0) return { verdict: 'for a person', why }
  if (named > 0) return { verdict: 'partly', why }
  if (doubt !== undefined || said.length > MOST_TEXT) return { verdict: 'for a person', why: `${why}; ${doubt ?? 'it is very long'}` }
  // Other words than ours may say the same.
  return { verdict: items.every((item) => 'fact' in item) ? 'wrong' : 'for a person', why }
}

function titleOf(item: KeyItem, i: number): string {
  return 'fact' in item ? titles[item.fact] : `item ${i + 1} of the key`
}

function lookFor(item: KeyItem, text: string, key: ReportKey): Found {
  if ('anyOf' in item) return is(item.anyOf.some((words) => holdsWords(text, words)))
  switch (item.fact) {
    case 'identity':
      return known(key.identity, (subject) => is(holdsSubject(text, subject)))
    case 'pilot':
      return known(key.pilot, (subject) => is(holdsSubject(text, subject)))
    case 'label':
      // Where no job is sent there is no identity, and nobody can see a label.
      return known(key.identity && key.label, (label) => is(holdsWords(text, label)))
    case 'native-id':
      return known(key.nativeId, (id) => findId(text, id))
    case 'host':
      return findPlace(text, knownHosts(key), isNumbered)
    case 'address':
      return findPlace(text, knownAddresses(key), () => false)
    case 'name':
      return key.names.length === 0 ? 'unclear' : is(key.names.some((name) => holdsWords(text, name)))
    default:
      return unforeseen(item.fact)
  }
}

function is(named: boolean): Found {
  return named ? 'named' : 'not named'
}

function known(fact: string | undefined, look: (fact: string) => Found): Found {
  return fact === undefined || fact === '' ? 'unclear' : look(fact)
}

/** As words of their own, whatever their capitals and blanks; `N` and `PID` at the end of a name stand for a number. */
function holdsWords(text: string, words: string): boolean {
  const [, stem = words, open] = /^(.*[.-])(PID|N)$/.exec(words) ?? []
  const [all, sought] = [squeeze(text), squeeze(stem)]
  for (let at = all.indexOf(sought); at >= 0; at = all.indexOf(sought, at + 1))
    if (!isLetter(all[at - 1]) && (open !== undefined || !isLetter(all[at + sought.length]))) return true
  return false
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}]/u.test(char)
}

function squeeze(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase()
}

/** A site may know its job by a number of its own batch system, which we never see; a short number must be said to be one of a job. */
function findId(text: string, nativeId: string): Found {
  const short = nativeId.split(/[:/]/).at(-1) ?? ''
  if (/^\d{1,4}$/.test(short)) {
    const said = new RegExp(`(?:job|id|number|no|nr)[ .:#=]{0,3}${short}(?![\\d.:-]*\\d)`, 'i').test(text)
    return said ? 'named' : 'unclear'
  }
  return wordsIn(text).some((word) => holdsId(word, nativeId)) ? 'named' : 'unclear'
}

/** `isShort`: whether a word that is no whole name of a host may yet be one. */
function findPlace(text: string, places: readonly string[], isShort: (word: string) => boolean): Found {
  if (places.length === 0) return 'unclear'
  const written = wordsIn(text).map(writtenHost)
  const named = written.filter((word) => isHostName(word) || (isShort(word) && places.some((place) => sameHost(word, place))))
  if (named.length === 0) return 'not named'
  const { verdict } = gradeNames([...new Set(named)], places, { missing: '', what: '' })
  if (verdict === 'for a person') return 'unclear'
  return is(verdict === 'right' || verdict === 'partly')
}

/** `wn042`, and no mere word such as `grid`. */
function isNumbered(word: string): boolean {
  return /\d/.test(word) && /[a-z]/.test(word)
}

function wordsIn(text: string): string[] {
  return text.split(/[\s,;()<>"'`|]+/).map((word) => word.replace(/[.:!?]+$/, ''))
}

function unforeseen(fact: never): never {
  throw new Error(`a key asks for a fact of an unknown kind: ${String(fact)}`)
}
