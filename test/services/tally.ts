import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

type Outcome = 'passed' | 'failed' | 'skipped'

/**
 * Adds the outcome of a run as one line to the file that SSC_TEST_TALLY names. With SSC_REQUIRE_SERVICES=1 a skipped test
 * is a failure: where all services are said to be there, a test that quietly stays away proves nothing.
 */
export class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], stray: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skipped = tests.filter((test) => test.result().state === 'skipped').map((test) => test.fullName)
    const strict = process.env.SSC_REQUIRE_SERVICES === '1'
    // A file that cannot even be loaded has no tests that could fail.
    const broken = modules.filter((module) => module.state() === 'failed' && module.children.allTests('failed').next().done === true)
    const count = (state: Outcome) => tests.filter((test) => test.result().state === state).length
    const failed = count('failed') + broken.length + stray.length + (strict ? skipped.length : 0)
    const file = process.env.SSC_TEST_TALLY
    if (file) appendFileSync(file, `${count('passed')} ${failed} ${skipped.length}\n`)
    if (!strict || skipped.length === 0) return
    console.error(`\nSSC_REQUIRE_SERVICES=1 and ${skipped.length} tests were skipped:\n${skipped.map((name) => `  - ${name}`).join('\n')}`)
    process.exitCode = 1
  }
}
