import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import whole from '../../vitest.config.ts'
import { group } from './tried.ts'

const { tests } = group()

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => tests.indexOf(basename(moduleId, '.test.ts'))
    return files.sort((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  define: whole.define ?? {},
  test: {
    env: { ...whole.test?.env },
    // A mutant that never comes to an end is found out by Stryker, by its own clock.
    testTimeout: 60_000,
    include: tests.map((name) => `test/${name}.test.ts`),
    sequence: { sequencer: QuickFirst },
  },
})
