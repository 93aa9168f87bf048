import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { Tally } from './test/services/tally.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/services/template.ts'],
    reporters: ['default', new Tally()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // For real gatekeepers and batch systems on a busy machine: a second try, which the reporter shows.
    retry: Number(process.env.SSC_TEST_RETRY ?? 0),
    // Much of a test's time is spent waiting for other processes.
    maxWorkers: availableParallelism() + 2,
  },
})
