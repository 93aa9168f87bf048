import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeWhole } from './whole-file.ts'

/** A word that holds without the store: who stopped what, when and why. `run` is absent for all runs. */
export type StopWord = { run?: string; by: string; reason: string; at: string }

/**
 * The file `STOP` in SSC_HOME: while it lies there, nothing passes the gate on this machine. Each line names a run; a file without
 * any, as `touch` makes it, means all of them, and so does one that cannot be read. What follows a `#` is for people.
 */
export function openStopFile(home: string) {
  const file = join(home, 'STOP')
  const words = () => wordsIn(file)

  function wordFor(run: string): StopWord | undefined {
    return words().find((word) => word.run === undefined || word.run === run)
  }

  return {
    file,
    words,
    isThere: () => existsSync(file),
    wordFor,
    /** Why nothing may be done for the run; undefined when nothing speaks against it. */
    haltOf: (run: string): string | undefined => {
      const word = wordFor(run)
      return word === undefined ? undefined : `${file} stops ${word.run ?? 'all runs'}: ${word.reason}`
    },
    /** Durable when it returns; a word that stands there already is not written again. Throws what the file system says. */
    add: (word: StopWord): void => {
      if (words().some((one) => one.run === word.run)) return
      mkdirSync(home, { recursive: true, mode: 0o700 })
      append(file, lineOf(word))
      syncFolder(home)
    },
    /** Takes back the word for a run that does not exist. In place, so that a word that comes at the same moment is not lost. */
    remove: (run: string): void => {
      if (!existsSync(file)) return
      const text = readFileSync(file, 'latin1')
      const fd = openSync(file, 'r+')
      for (const { index, 1: blank = '', 2: name = '' } of text.matchAll(/^([^\S\r\n]*)([^#\s]+)[^\S\r\n]*(?=#|\r?$)/gm))
        if (name === run) writeSync(fd, '-'.repeat(name.length), index + blank.length)
      fsyncSync(fd)
      closeSync(fd)
    },
  }
}

export type StopFile = ReturnType<typeof openStopFile>

/** Who reads on while a word is added sees the old file or the whole line; never a new one that is still empty, which means all runs. */
function append(file: string, line: string): void {
  if (isMadeWhole(file, line)) return
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  // An empty file means all runs: a run's name alone would let the others go.
  const all = before?.trim() === '' ? lineOf({ by: 'somebody', reason: 'no reason was given', at: '-' }) : ''
  const end = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n'
  writeFileSync(file, `${end}${all}${line}`, { flag: 'a', mode: 0o600, flush: true })
}

/** Where the file system knows no hard links, a word that may stop too much is better than none. */
function isMadeWhole(file: string, line: string): boolean {
  try {
    return makeWhole(file, line)
  } catch {
    return false
  }
}

function lineOf({ run = 'all', by, reason, at }: StopWord): string {
  // What stands before the first colon is a name.
  const note = `${at} by ${by.replaceAll(':', ';')}: ${reason}`.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
  return `${run} # ${note}\n`
}

/** A new file is there after a crash only when its folder is written as well, see fsync(2). */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

function wordsIn(file: string): StopWord[] {
  try {
    return parseStopFile(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    return [{ by: 'somebody', reason: `${file} is there and cannot be read`, at: '' }]
  }
}

const MOST_LINES = 1_000

/** Every line that is no run's name stands for all runs: in doubt nothing is done. Dashes alone are a word that was taken back. */
export function parseStopFile(text: string): StopWord[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 0) return [{ by: 'somebody', reason: 'no reason was given', at: '' }]
  if (lines.length > MOST_LINES) return [{ by: 'somebody', reason: 'the file has too many lines to be read', at: '' }]
  return lines.flatMap((line) => {
    const [name = '', ...rest] = line.split('#')
    if (/^-+$/.test(name.trim())) return []
    const [, at = '', by = 'somebody', reason = 'no reason was given'] = /^\s*(\S+) by ([^:]*): (.*)$/u.exec(rest.join('#')) ?? []
    const run = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name.trim()) && name.trim().toLowerCase() !== 'all' ? { run: name.trim() } : {}
    return [{ ...run, by, reason, at }]
  })
}

/** The signed stops of all launched runs, as files that any web server can hand out at `/v1/stop/RUN`. */
export function openStopLines(home: string) {
  const folder = join(home, 'stop-lines')
  const fileOf = (run: string) => join(folder, run)
  return {
    fileOf,
    keep: (run: string, line: string): void => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(`${fileOf(run)}.new`, `${line}\n`, { mode: 0o600, flush: true })
      renameSync(`${fileOf(run)}.new`, fileOf(run))
    },
    read: (run: string): string | undefined => (existsSync(fileOf(run)) ? readFileSync(fileOf(run), 'utf8').trim() : undefined),
    runs: (): string[] => (existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : []),
  }
}

export type StopLines = ReturnType<typeof openStopLines>
