import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../infra/bundling.ts'
import { readAssembly } from '../local/template.ts'
import { architecturePage } from './diagram.ts'

/** Draws docs/architecture.md from the template of `prod`. A test holds the page to the template. */
const assembly = mkdtempSync(join(tmpdir(), 'interviews-drawn-'))
try {
  execFileSync(process.execPath, ['infra/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: assembly, STAGE_NAME: 'prod' },
    stdio: 'ignore',
  })
  writeFileSync(join(root, 'docs/architecture.md'), architecturePage(readAssembly(assembly)))
} finally {
  rmSync(assembly, { recursive: true, force: true })
}
