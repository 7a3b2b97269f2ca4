import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/assembly.ts'],
    include: ['test/**/*.test.{ts,tsx}'],
    // A zone that nobody in the tests lives in: a date that slips into the machine's own zone is seen.
    env: { TZ: 'America/Los_Angeles' },
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
