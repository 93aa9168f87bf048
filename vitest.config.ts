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
  },
})
