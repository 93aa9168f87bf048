import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A word that holds without the store: who stopped what, when and why. `run` is absent for all runs. */
export type StopWord = { run?: string; by: string; reason: string; at: string }

/**
 * The file `STOP` in SSC_HOME: while it lies there, nothing passes the gate on this machine. Each line names a run; a file without
 * any, as `touch` makes it, means all of them, and so does one that cannot be read. What follows a `#` is for people.
 */
export function openStopFile(home: string) {
  const file = join(home, 'STOP')

  function words(): StopWord[] {
    if (!existsSync(file)) return []
    try {
      return parseStopFile(readFileSync(file, 'utf8'))
    } catch {
      return [{ by: 'somebody', reason: `${file} is there and cannot be read`, at: '' }]
    }
  }

  function wordFor(run: string): StopWord | undefined {
    return words().find((word) => word.run === undefined || word.run === run)
  }

  return {
    file,
    isThere: () => existsSync(file),
    wordFor,
    /** Why nothing may be done for the run; undefined when nothing speaks against it. */
    haltOf: (run: string): string | undefined => {
      const word = wordFor(run)
      return word === undefined ? undefined : `${file} stops ${word.run ?? 'all runs'}: ${word.reason}`
    },
    /** Durable when it returns; a word that stands there already is not written again. */
    add: (word: StopWord): void => {
      if (words().some((one) => one.run === word.run)) return
      mkdirSync(home, { recursive: true, mode: 0o700 })
      const note = `${word.at} by ${word.by}: ${word.reason}`.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      appendFileSync(file, `${word.run ?? 'all'} # ${note}\n`, { mode: 0o600, flush: true })
    },
    /** Takes back the word for a run that does not exist. */
    remove: (run: string): void => {
      const lines = readFileSync(file, 'utf8').split('\n')
      const left = lines.filter((line) => line.split('#')[0]?.trim() !== run)
      // An empty file would stop everything.
      if (left.every((line) => line.trim() === '')) renameSync(file, `${file}.old`)
      else writeFileSync(file, left.join('\n'), { flush: true })
    },
  }
}

export type StopFile = ReturnType<typeof openStopFile>

/** Every line that is no run's name stands for all runs: in doubt nothing is done. */
export function parseStopFile(text: string): StopWord[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 0) return [{ by: 'somebody', reason: 'the file is there, and empty', at: '' }]
  return lines.slice(0, MOST_LINES).map((line) => {
    const [name = '', ...rest] = line.split('#')
    const [, at = '', by = 'somebody', reason = 'no reason was given'] = /^\s*(\S+) by ([^:]*): (.*)$/.exec(rest.join('#')) ?? []
    const run = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name.trim()) && name.trim() !== 'all' ? { run: name.trim() } : {}
    return { ...run, by, reason, at }
  })
}

const MOST_LINES = 1_000

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
