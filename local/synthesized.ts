import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * Synthesizes one stage of this repository's app into a folder, in a process of its own, for commands and tests.
 * @param more variables of its environment, such as CONTENT_DIR.
 * @returns the folder of the cloud assembly.
 * @throws with what it said, when it fails.
 */
export const synthesized = (folder: string, stage: string, more: Record<string, string> = {}): string => {
  execFileSync(process.execPath, ['infra/app.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, CDK_OUTDIR: folder, STAGE_NAME: stage, ...more },
    stdio: 'pipe',
    encoding: 'utf8',
  })
  return folder
}
