import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStopFile, openStopLines, parseStopFile, type StopWord } from '../../core/io/stop-file.ts'

let home: string
const file = () => join(home, 'STOP')

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ssc-stop-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const at = '2027-01-11T08:00:00.000Z'
const word = (run?: string): StopWord => ({ ...(run === undefined ? {} : { run }), by: 'Ada', reason: 'enough', at })
const runName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/).filter((name) => name !== 'all')
const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('the STOP file', () => {
  test('given no file, then nothing is stopped, and to look makes none', () => {
    const stop = openStopFile(join(home, 'not', 'there'))
    expect([stop.words(), stop.haltOf('r-1'), stop.isThere()]).toEqual([[], undefined, false])
    stop.remove('r-1')
    expect(existsSync(join(home, 'not'))).toBe(false)
  })

  test('given any words in any order, then each stands once with who, when and why, and only its run is stopped', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ run: runName, by: anyText, reason: anyText }), { minLength: 1, maxLength: 8 }),
        runName,
        (asked, other) => {
          rmSync(file(), { force: true })
          const stop = openStopFile(home)
          for (const one of asked) for (let twice = 0; twice < 2; twice += 1) stop.add({ ...one, at })
          const runs = [...new Set(asked.map((one) => one.run))]
          expect(stop.words().map((one) => one.run)).toEqual(runs)
          expect(stop.words().every((one) => one.at === at)).toBe(true)
          for (const run of runs) expect(stop.haltOf(run)).toBeDefined()
          expect(stop.haltOf(other) !== undefined).toBe(runs.includes(other))
        },
      ),
    )
  })

  test('given plain words, then they come back as they were', () => {
    const stop = openStopFile(home)
    stop.add({ run: 'r-1', by: '/CN=Robot: Ada', reason: 'a # sign: and more', at })
    expect(stop.wordFor('r-1')).toEqual({ run: 'r-1', by: '/CN=Robot; Ada', reason: 'a # sign: and more', at })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  test('given whatever a person or an accident left there, then a word that is added holds, and what held before holds on', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom('', '\n', 'r-2', 'r-2 # x', 'all', '---\n', '# only this')), runName, (text, run) => {
        writeFileSync(file(), text)
        const stop = openStopFile(home)
        const before = [run, 'r-2', 'other'].filter((one) => stop.haltOf(one) !== undefined)
        stop.add(word(run))
        for (const one of [...before, run]) expect([one, stop.haltOf(one)]).toEqual([one, expect.any(String)])
      }),
    )
  })

  test('given words that are taken back, then they alone are gone, and what stood around them stays as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(runName, { minLength: 2, maxLength: 6 }), fc.nat(), (runs, n) => {
        rmSync(file(), { force: true })
        const stop = openStopFile(home)
        for (const run of runs) stop.add({ run, by: 'Ädá', reason: `not ${runs[0]} but\u00a0${run}`, at })
        const gone = runs[n % runs.length]!
        const before = statSync(file()).size
        stop.remove(gone)
        expect(stop.words().map((one) => one.run)).toEqual(runs.filter((run) => run !== gone))
        expect(stop.haltOf(gone)).toBeUndefined()
        expect(statSync(file()).size).toBe(before)
        stop.add(word(gone))
        expect(stop.haltOf(gone)).toBeDefined()
      }),
    )
  })

  test('given the last word taken back, then nothing is stopped any more, and not everything', () => {
    const stop = openStopFile(home)
    stop.add(word('r-1'))
    stop.remove('r-1')
    expect([stop.haltOf('r-1'), stop.haltOf('r-2')]).toEqual([undefined, undefined])
    stop.add(word())
    expect(stop.haltOf('r-2')).toContain('all runs: enough')
  })

  test('given a file as `touch` makes it, then all is stopped, also after a word for one run', () => {
    writeFileSync(file(), '')
    const stop = openStopFile(home)
    expect(stop.haltOf('r-2')).toContain('all runs')
    stop.add(word('r-1'))
    expect(stop.haltOf('r-2')).toContain('all runs')
  })

  test('given something that cannot be read, then all is stopped', () => {
    mkdirSync(file())
    expect(openStopFile(home).haltOf('r-1')).toContain('cannot be read')
    rmSync(file(), { recursive: true })
    writeFileSync(file(), Buffer.from([0xff, 0xfe, 0x72, 0x00]))
    expect(openStopFile(home).haltOf('r-1')).toContain('all runs')
    writeFileSync(file(), 'r-2\n'.repeat(2_000))
    expect(openStopFile(home).haltOf('r-1')).toContain('too many lines')
  })
})

describe('parseStopFile', () => {
  test('given any text, then it never throws, and each line that is no run nor dashes stands for all', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, runName, fc.constant('--')), { maxLength: 12 }), (lines) => {
        const words = parseStopFile(lines.join('\n'))
        const odd = lines
          .join('\n')
          .split(/\r?\n/)
          .filter((line) => line.trim() !== '' && !/^\s*([A-Za-z0-9][\w.-]*|-+)\s*(#|$)/.test(line))
        if (odd.length > 0) expect(words.some((one) => one.run === undefined)).toBe(true)
      }),
    )
  })
})

describe('the stop lines', () => {
  test('given a line that was kept, then it is a whole file that a web server can hand out', () => {
    const lines = openStopLines(home)
    expect([lines.runs(), lines.read('r-1')]).toEqual([[], undefined])
    lines.keep('r-1', 'ssc-stop 1 r-1 abc')
    expect([lines.runs(), lines.read('r-1')]).toEqual([['r-1'], 'ssc-stop 1 r-1 abc'])
    expect(readFileSync(lines.fileOf('r-1'), 'utf8')).toBe('ssc-stop 1 r-1 abc\n')
  })
})
