import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../infra/bundling.ts'
import { costPage } from '../ops/cost/in-words.ts'
import { costPageFile, measuredFile } from '../ops/cost/measured.ts'
import { measure } from './measure-cost.ts'

/** Walks through the local cloud, and writes down what that used: for `npm run cost`, and into docs/cost.md. */
const folder = mkdtempSync(join(tmpdir(), 'interviews-cost-'))
const synthesized = (stage: string): string => {
  const assembly = join(folder, stage)
  execFileSync(process.execPath, ['infra/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: assembly, STAGE_NAME: stage },
    stdio: 'ignore',
  })
  return assembly
}
try {
  const found = await measure({ dev: synthesized('dev'), prod: synthesized('prod') })
  writeFileSync(measuredFile, `${JSON.stringify(found, null, 2)}\n`)
  writeFileSync(costPageFile, costPage(found))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
