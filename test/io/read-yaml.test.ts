import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { InputError } from '../../core/domain/errors.ts'
import { readText, readYaml } from '../../core/io/read-yaml.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-yaml-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function readOf(text: string): unknown {
  const file = join(folder, 'a.yaml')
  writeFileSync(file, text)
  return readYaml(file, z.unknown())
}

describe('a YAML file that somebody else wrote', () => {
  test.each([
    ['brackets', '['.repeat(200_000)],
    ['marks in a row', `${'- '.repeat(200_000)}x`],
    ['indentation', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('given %s nested deeply, when read, then it is the mistake of a user, and not the end of the process', (_, text) => {
    expect(() => readOf(text)).toThrow(/nested too deeply/)
    expect(() => readOf(text)).toThrow(InputError)
  })

  test.each([
    ['on lines of their own', Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['in one line', `{${Array.from({ length: 50_000 }, (_, i) => `k${i}`).join(',')}}`],
  ])(
    'given 50 000 keys %s, when read, then it is refused at once',
    (_, text) => {
      expect(() => readOf(text)).toThrow(/too many entries/)
    },
    3000,
  )

  test('given as much as a large run needs, when read, then it is taken', () => {
    const sites = Array.from({ length: 2000 }, (_, i) => `SITE-${i}`)
    expect(readOf(`sites:\n${sites.map((site) => `  - ${site}\n`).join('')}`)).toEqual({ sites })
  })
})

describe('a name that is no file of text', () => {
  test('given a pipe that nobody writes to, or a device without end, when read, then it is refused', () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const file of [pipe, '/dev/zero']) expect(() => readText(file)).toThrow(`cannot read ${file}: it is not a file`)
  })

  test('given a folder, when read, then that is said', () => {
    expect(() => readText(folder)).toThrow('it is a folder')
  })
})
