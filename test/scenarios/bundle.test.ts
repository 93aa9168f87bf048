import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { canonicalJson } from '../../core/domain/json.ts'
import { packScenario, unpackScenario } from '../../core/scenario-bundle.ts'
import { readScenarioFolder } from '../../core/scenario-folder.ts'
import { installScenario } from '../../core/scenario-install.ts'
import { blank, openFolder, projectScenarios, submitters } from './folders.ts'

let opened: ReturnType<typeof openFolder>
beforeEach(() => {
  opened = openFolder()
})
afterEach(() => opened.remove())

/** A bundle as an attacker would make it: with a hash that fits. */
function forged(files: Record<string, unknown>, over: object = {}): string {
  const id = 'evil'
  const sha256 = createHash('sha256').update(canonicalJson({ id, files })).digest('hex')
  return JSON.stringify({ format: 'ssc-scenario', version: 1, id, sha256, files, ...over })
}

function problemsOf(text: string): string {
  try {
    unpackScenario('in.json', text)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return ''
}

const good = { 'scenario.yaml': 'id: evil\n' }

describe('a scenario as one file', () => {
  test.each(projectScenarios)(
    'given $id, when it is packed and unpacked, then every byte is the same, and packing again gives the same file',
    ({ id, folder }) => {
      const { files } = readScenarioFolder(folder)
      const text = packScenario(id, files)
      expect(unpackScenario('x', text)).toEqual({ id, files })
      expect(packScenario(id, files)).toBe(text)
    },
  )

  test('given any plain texts, when they are packed and unpacked, then they are the same', () => {
    const path = fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8})?\.(yaml|md)$/),
      fc.stringMatching(/^mail-templates\/[a-z]{1,8}(-[a-z]{1,8})?\.hbs$/),
    )
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\n', '\t', '"', '\\', '{{', ':', 'é', '日', '😀', '__proto__'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    })
    fc.assert(
      fc.property(fc.dictionary(path, text, { maxKeys: 20 }), (more) => {
        const files = new Map(Object.entries({ ...more, ...good }))
        expect(unpackScenario('x', packScenario('evil', files)).files).toEqual(files)
      }),
    )
  })

  test('given a folder with links, hidden files and pictures, then they do not go along', () => {
    symlinkSync('/etc/hostname', join(opened.folder, 'secret.yaml'))
    mkdirSync(join(opened.folder, 'mail-templates'))
    symlinkSync('/etc/hostname', join(opened.folder, 'mail-templates', 'alert.hbs'))
    for (const name of ['.hidden.yaml', 'picture.png', 'index.ts']) writeFileSync(join(opened.folder, name), 'x')
    const { files, strays } = readScenarioFolder(opened.folder)
    expect([...files.keys()]).toEqual(['readme.md', 'rubric.yaml', 'run.sample.yaml', 'scenario.yaml'])
    expect(strays.sort()).toEqual(['index.ts', 'mail-templates/alert.hbs', 'picture.png', 'secret.yaml'])
  })
})

const paths = [
  '../scenario.yaml',
  '/etc/cron.d/x.yaml',
  'a/../../b.yaml',
  'mail-templates/../../x.hbs',
  'mail-templates/scenarios/x.hbs',
  '..yaml',
  '.yaml',
  '.ssh/config.yaml',
  'C:\\x.yaml',
  'x.yaml\n',
  'x.yaml\u0000.md',
  'index.ts',
  'index.js',
  'x.yaml/y.yaml',
  'Readme.md',
  'mail-templates/alert.hbs/',
  './x.yaml',
  'x\u202elmay.yaml',
  `${'x'.repeat(120)}.yaml`,
  '',
]

describe('a file that somebody else made', () => {
  test.each(paths.map((path) => ({ path })))('given the path $path, then it is refused', ({ path }) => {
    expect(problemsOf(forged({ ...good, [path]: 'x' }))).toMatch(/cannot be imported.*|no scenario/)
  })

  test('given a text that was changed on the way, then it is refused', () => {
    const text = packScenario('evil', new Map(Object.entries(good)))
    expect(problemsOf(text)).toBe('')
    expect(problemsOf(text.replace('id: evil', 'id: eval'))).toMatch(/sha256: the files are not those/)
    expect(problemsOf(text.replace('"evil"', '"good"'))).toMatch(/sha256/)
  })

  test.each([
    ['another format', forged(good, { format: 'zip' }), /format/],
    ['a later version', forged(good, { version: 2 }), /version/],
    ['an id that leads elsewhere', forged(good, { id: '../evil' }), /id: small letters/],
    ['a long id', forged(good, { id: 'x'.repeat(50) }), /at most 40/],
    ['another key', forged(good, { run: 'rm' }), /run/],
    ['no scenario', forged({ 'rubric.yaml': 'x' }), /no scenario\.yaml/],
    ['a file that is no text', forged({ ...good, 'x.yaml': { a: 1 } }), /files\.x\.yaml/],
    ['files that are a list', forged([] as never), /files/],
    [
      'too many files',
      forged({ ...good, ...Object.fromEntries(Array.from({ length: 61 }, (_, i) => [`x${i}.md`, ''])) }),
      /there are 62; at most 60/,
    ],
    ['too many bytes', forged({ ...good, 'x.md': 'é'.repeat(1_048_577) }), /at most 2097152/],
    ['too much YAML', forged({ ...good, 'x.yaml': 'x'.repeat(300_000) }), /bytes of YAML/],
    ['YAML with very many keys', forged({ ...good, 'x.yaml': 'a:\n'.repeat(6000) }), /too many entries/],
    ['control characters', forged({ ...good, 'x.md': '\u001b[2J' }), /not plain text/],
    ['marks that turn a line around', forged({ ...good, 'x.md': 'a\u202eb' }), /not plain text/],
    ['half a character', forged({ ...good, 'x.md': '\ud800' }), /not plain text/],
    ['a letter that is a book', forged({ ...good, 'mail-templates/alert.hbs': 'x'.repeat(33_000) }), /a letter of more than/],
    [
      'a letter of blocks in blocks',
      forged({ ...good, 'mail-templates/alert.hbs': '{{#if text}}'.repeat(500) }),
      /more braces than a letter needs/,
    ],
    [
      'a letter of calls in calls',
      forged({ ...good, 'mail-templates/alert.hbs': `{{x ${'(x '.repeat(500)}}}` }),
      /more braces than a letter needs/,
    ],
    ['a letter of very many fields', forged({ ...good, 'mail-templates/alert.hbs': '{{a}}'.repeat(301) }), /more braces/],
    ['no JSON', '{"format":', /is not JSON/],
    ['deep nesting', '['.repeat(100_000), /is not JSON/],
    ['deep nesting that is JSON', `{"files":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, /files/],
  ])('given %s, then it is refused in words', (_name, text, words) => {
    expect(problemsOf(text)).toMatch(words)
  })

  test('given any JSON, then it is refused in words and nothing else is thrown', () => {
    const key = fc.oneof(fc.constantFrom('format', 'version', 'id', 'sha256', 'files', '__proto__', 'constructor'), fc.string())
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.dictionary(key, fc.jsonValue()).map((one) => JSON.stringify(one)),
          fc.string(),
        ),
        (text) => {
          expect(problemsOf(text)).not.toBe('')
        },
      ),
    )
  })
})

describe('a scenario put into place', () => {
  const wish = (over: object = {}) => ({ root: opened.root, id: 'other', files: renamed(), replace: false, submitters, ...over })
  const renamed = () =>
    new Map([...readScenarioFolder(blank).files].map(([path, text]) => [path, text.replace(/^(id|scenario): blank$/m, '$1: other')]))

  test('given a fault, then it is told, nothing is written, and nothing is left behind', () => {
    const files = renamed().set('rubric.yaml', 'id: x\n')
    expect(installScenario(wish({ files }))).toContainEqual(expect.objectContaining({ level: 'fault', file: 'rubric.yaml' }))
    expect(readdirSync(opened.root)).toEqual(['blank'])
  })

  test('given a name that is taken, also by a link to nowhere, then it is refused unless it is to be replaced', () => {
    symlinkSync('/nowhere/at/all', join(opened.root, 'other'))
    expect(() => installScenario(wish())).toThrow(/exists/)
    expect(installScenario(wish({ replace: true }))).toEqual([])
    expect(existsSync('/nowhere')).toBe(false)
    expect(readScenarioFolder(join(opened.root, 'other')).files.get('readme.md')).toMatch(/^# other: /)
    writeFileSync(join(opened.root, 'other', 'old.md'), 'x')
    expect(installScenario(wish({ replace: true }))).toEqual([])
    expect(existsSync(join(opened.root, 'other', 'old.md'))).toBe(false)
    expect(readdirSync(opened.root).sort()).toEqual(['blank', 'other'])
  })

  test('given a faulty one in the place of a good one, then the good one stays', () => {
    installScenario(wish())
    installScenario(wish({ replace: true, files: new Map([['scenario.yaml', 'id: other\n']]) }))
    expect(readScenarioFolder(join(opened.root, 'other')).files.size).toBe(4)
  })

  test('given a place that is no folder, then that is told in words', () => {
    writeFileSync(join(opened.root, 'file'), '')
    expect(() => installScenario(wish({ root: join(opened.root, 'file') }))).toThrow(/cannot write the scenario into/)
  })
})
