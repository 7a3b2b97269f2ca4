import type { PartialStrykerOptions } from '@stryker-mutator/api/core'
import { group } from './tried.ts'

const { name, files } = group()

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  // Stryker would rewrite it by an interface that TypeScript 7 no longer has.
  tsconfigFile: 'none.json',
  coverageAnalysis: 'perTest',
  // What a module does once, when it is loaded, no single test is known to run: each would take all of them.
  ignoreStatic: true,
  // Half of the time goes into waiting for the database.
  concurrency: 3,
  timeoutMS: 20_000,
  mutate: files,
  ignorePatterns: ['/cdk.out', '/.local'],
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: `node_modules/.cache/mutation/${name}.json` },
  tempDirName: 'node_modules/.cache/stryker',
} satisfies PartialStrykerOptions
