import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { foreignEvents, keepArchive, listKept, removeKept } from '../core/io/archive/kept.ts'
import { projectFolder } from '../core/plugins.ts'
import { newKey, type Row, rowsOf, sampleEvents, writeArchive } from './io/archive-rig.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-killed-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
const rows = rowsOf(sampleEvents())
const [longest] = [...new Set(rows.map(({ stream }) => stream))].filter((stream) => stream.startsWith('challenge/'))
/** The same run some facts earlier. */
const earlier: Row[] = rows.filter((row, i) => row.stream !== longest || rows[i + 1]?.stream === longest)

/** Brings the two in turn, without end, into a home of its own each time; tells when it began, and is killed at some moment. */
async function importAndKill(files: readonly string[], delayMs: number): Promise<string> {
  const home = mkdtempSync(join(folder, 'home-'))
  const program = `
    import { keepArchive, removeKept } from './core/io/archive/kept.ts'
    const [home, ...files] = process.argv.slice(1)
    console.log('began')
    for (;;) {
      for (const file of files) await keepArchive(home, file, { nowMs: 1 })
      removeKept(home, 'the-north/${rows[0]!.stream.split('/')[1]}')
    }`
  const argv = ['--import', 'tsx', '--input-type=module', '-e', program, home, ...files]
  const child = spawn(process.execPath, argv, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  setTimeout(() => child.kill('SIGKILL'), delayMs)
  expect((await ended)[1]).toBe('SIGKILL')
  return home
}

describe('a process that is killed while it takes an archive in', () => {
  test.each([40, 90, 150, 230, 310])(
    'given its end after %i ms, when looked at, then what is listed is whole, and the archive can be brought',
    async (delayMs) => {
      const files = [writeArchive(join(folder, 'a.gz'), { rows: earlier, key }), writeArchive(join(folder, 'b.gz'), { rows, key })]
      const home = await importAndKill(files, delayMs)
      for (const { origin, run } of listKept(home)) expect((await foreignEvents(home, `${origin}/${run}`)).length).toBeGreaterThan(0)
      const { origin, run, facts } = await keepArchive(home, files[1]!, { nowMs: 2 })
      expect(facts).toBe(rows.length)
      expect(await foreignEvents(home, `${origin}/${run}`)).toHaveLength(rows.length)
      removeKept(home, `${origin}/${run}`)
      expect(existsSync(join(home, 'archives', origin))).toBe(false)
    },
    30_000,
  )

  test('given what one left a day ago, when another is brought, then it is gone, and what one is writing now is left', async () => {
    const archives = join(folder, 'archives')
    mkdirSync(archives)
    for (const name of ['.incoming.old.new', '.incoming.now.new', 'notes']) writeFileSync(join(archives, name), 'x')
    utimesSync(join(archives, '.incoming.old.new'), 1, 1)
    await keepArchive(folder, writeArchive(join(folder, 'a.gz'), { rows, key }), { nowMs: 1 })
    expect(readdirSync(archives).sort()).toEqual(['.incoming.now.new', 'notes', 'the-north'])
    expect(listKept(folder)).toHaveLength(1)
  })
})
