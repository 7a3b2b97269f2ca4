import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../infra/bundling.ts'
import { synthesized } from '../local/synthesized.ts'
import { readAssembly } from '../local/template.ts'
import { architecturePage } from './diagram.ts'

/** Draws docs/architecture.md from the template of `prod`. A test holds the page to the template. */
const assembly = mkdtempSync(join(tmpdir(), 'interviews-drawn-'))
try {
  writeFileSync(join(root, 'docs/architecture.md'), architecturePage(readAssembly(synthesized(assembly, 'prod'))))
} finally {
  rmSync(assembly, { recursive: true, force: true })
}
