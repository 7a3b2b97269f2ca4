import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { synthesized } from '../local/synthesized.ts'

/** Synthesizes the app once for all tests that run it. */
export default function setup({ provide }: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-assembly-'))
  provide('assembly', synthesized(folder, 'dev'))
  return () => rmSync(folder, { recursive: true, force: true })
}

declare module 'vitest' {
  export interface ProvidedContext {
    assembly: string
  }
}
