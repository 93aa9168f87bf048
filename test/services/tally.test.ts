import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const tally = fileURLToPath(new URL('tally.ts', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'ssc-tally-'))
const counts = join(place, 'counts')

symlinkSync(modules, join(place, 'node_modules'))
writeFileSync(join(place, 'vitest.config.ts'), `import { Tally } from '${tally}'\nexport default { test: { reporters: [new Tally()] } }\n`)
afterAll(() => rmSync(place, { recursive: true, force: true, maxRetries: 3 }))

/** Runs these tests in a test runner of their own. */
function run(tests: string, strict: '0' | '1') {
  rmSync(counts, { force: true })
  writeFileSync(join(place, 'one.test.ts'), `import { it } from 'vitest'\n${tests}\n`)
  const env = { PATH: process.env.PATH, SSC_REQUIRE_SERVICES: strict, SSC_TEST_TALLY: counts }
  const { status, stderr } = spawnSync(process.execPath, [join(modules, 'vitest/vitest.mjs'), 'run'], { cwd: place, env, encoding: 'utf8' })
  return { status, stderr, counts: readFileSync(counts, 'utf8') }
}

describe('the tally of a test run', () => {
  it('given a skipped test, when all services are said to be there, then it is a failure that is named', () => {
    const { status, stderr, counts } = run("it('one', () => {})\nit.skip('two', () => {})", '1')
    expect([status, counts]).toEqual([1, '1 1 1\n'])
    expect(stderr).toContain('two')
  })

  it('given a skipped test, when services may be missing, then it is none', () => {
    expect(run("it('one', () => {})\nit.skip('two', () => {})", '0')).toMatchObject({ status: 0, counts: '1 0 1\n' })
  })

  it('given tests that fail, or a file that cannot be loaded, then each is counted', () => {
    expect(run("it('one', () => { throw new Error('no') })\nit('two', () => {})", '1')).toMatchObject({ status: 1, counts: '1 1 0\n' })
    expect(run("throw new Error('no')", '1')).toMatchObject({ status: 1, counts: '0 1 0\n' })
  })
})
