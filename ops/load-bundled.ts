import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { bundling } from '../infra/bundling.ts'

/** A module of ours that Node does not read as it is, such as the mails, which are React components: built as for a function. */
export const loadBundled = <Module>(entry: string): Module => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-bundled-'))
  try {
    const file = join(folder, 'bundled.cjs')
    buildSync({
      ...bundling,
      entryPoints: [entry],
      outfile: file,
      metafile: false,
      minify: false,
      sourcemap: false,
      legalComments: 'none',
    })
    return createRequire(import.meta.url)(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
