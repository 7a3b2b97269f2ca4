import { defineConfig } from 'vitest/config'
import { library } from './infra/content.ts'

export default defineConfig({
  // As the build does it for the functions.
  define: { SERIES: JSON.stringify(JSON.stringify(library())) },
  test: {
    globalSetup: ['test/assembly.ts'],
    include: ['test/**/*.test.{ts,tsx}'],
    // A zone that nobody in the tests lives in: a date that slips into the machine's own zone is seen.
    env: { TZ: 'America/Los_Angeles' },
    pool: 'forks',
    // Most of the time goes into waiting for databases, functions and a browser: every core has a second to work.
    maxWorkers: '100%',
    // Against what hangs, and nothing else: a busy machine takes ten times as long as a quiet one.
    testTimeout: 180_000,
    hookTimeout: 300_000,
  },
})
