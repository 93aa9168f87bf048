import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { writeLines } from '../../core/io/archive/write.ts'
import { writeWhole } from '../../core/io/whole-file.ts'
import { projectFolder } from '../../core/plugins.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-whole-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const writers: [string, (file: string) => Promise<void>][] = [
  ['a report', async (file) => writeWhole(file, 'new')],
  ['an archive', (file) => writeLines(file, (write) => write('new'))],
]

describe.each(writers)('%s that is written', (_, write) => {
  test('given a file that all may read, when written, then it is another one that its owner may read', async () => {
    const file = join(folder, 'a')
    writeFileSync(file, 'old')
    chmodSync(file, 0o666)
    await write(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toBe('old')
  })

  test('given links where the name of an unfinished file could be guessed, when written, then nothing is written through them', async () => {
    const prey = join(folder, 'prey')
    writeFileSync(prey, 'mine')
    for (const name of ['a.new', `a.${process.pid}.new`]) symlinkSync(prey, join(folder, name))
    await write(join(folder, 'a'))
    expect(readFileSync(prey, 'utf8')).toBe('mine')
  })

  test('given a link at its own place, when written, then the link is replaced, and what it led to is left', async () => {
    const prey = join(folder, 'prey')
    writeFileSync(prey, 'mine')
    symlinkSync(prey, join(folder, 'a'))
    await write(join(folder, 'a'))
    expect(readFileSync(prey, 'utf8')).toBe('mine')
    expect(lstatSync(join(folder, 'a')).isFile()).toBe(true)
  })

  test('given a folder, a pipe, or a link to one at its place, when written, then it is refused, and all is as before', async () => {
    mkdirSync(join(folder, 'folder'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('pipe', join(folder, 'link'))
    for (const name of ['folder', 'pipe', 'link']) await expect(write(join(folder, name))).rejects.toBeInstanceOf(InputError)
    expect(readdirSync(folder)).toEqual(['folder', 'link', 'pipe'])
    expect(lstatSync(join(folder, 'pipe')).isFIFO()).toBe(true)
  })

  test('given no such folder, when written, then that is said of the file that was asked for', async () => {
    await expect(write(join(folder, 'none', 'a'))).rejects.toThrow(`cannot write ${join(folder, 'none', 'a')}`)
  })
})

test.each([
  ['a report', "import { writeWhole } from './core/io/whole-file.ts'; writeWhole(file, 'x'.repeat(100_000))"],
  [
    'an archive',
    "import { randomBytes } from 'node:crypto'; import { writeLines } from './core/io/archive/write.ts'; await writeLines(file, async (write) => { for (let i = 0; i < 2000; i++) await write(randomBytes(2000).toString('hex')) })",
  ],
])('given no more room, when %s is written, then it is told, the earlier one is left, and no piece of the new one', async (_, code) => {
  const file = join(folder, 'a')
  writeFileSync(file, 'old')
  const script = `const file = ${JSON.stringify(file)}; ${code}`
  // A file of this process can have 8 blocks of 512 or 1024 bytes: the same fault as a full disk, EFBIG in the place of ENOSPC.
  const argv = ['-c', 'ulimit -f 8; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, script]
  const { stderr } = await promisify(execFile)('sh', argv, { cwd: projectFolder }).catch((error) => error)
  expect(stderr).toContain(`cannot write ${file}: EFBIG`)
  expect(readdirSync(folder)).toEqual(['a'])
  expect(readFileSync(file, 'utf8')).toBe('old')
})
