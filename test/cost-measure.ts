import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesized } from '../local/synthesized.ts'
import { costPage } from '../ops/cost/in-words.ts'
import { costPageFile, measuredFile } from '../ops/cost/measured.ts'
import { measure } from './measure-cost.ts'

/** Walks through the local cloud, and writes down what that used: for `npm run cost`, and into docs/cost.md. */
const folder = mkdtempSync(join(tmpdir(), 'interviews-cost-'))
try {
  const found = await measure({
    dev: synthesized(join(folder, 'dev'), 'dev'),
    prod: synthesized(join(folder, 'prod'), 'prod'),
  })
  writeFileSync(measuredFile, `${JSON.stringify(found, null, 2)}\n`)
  writeFileSync(costPageFile, costPage(found))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
