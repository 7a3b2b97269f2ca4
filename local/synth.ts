import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Everything that the template and the bundles are made of. */
const inputs = ['infra', 'functions', 'shared', 'content', 'package.json', 'package-lock.json', 'tsconfig.json']

const filesIn = (path: string): string[] => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return []
  if (!found.isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

const fingerprint = (): string => {
  const hash = createHash('sha256').update(process.version)
  for (const file of inputs.flatMap((input) => filesIn(join(root, input)))) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

/**
 * Synthesizes the stage `dev` of this repository's app into a folder, in a process of its own: what it needs of memory is
 * gone afterwards. Nothing is done when nothing has changed since the last time.
 * @returns the folder of the cloud assembly, and whether it was there already.
 */
export const synthesize = async (dataDir: string): Promise<{ folder: string; unchanged: boolean }> => {
  const folder = join(dataDir, 'cloud')
  const mark = join(dataDir, 'cloud.sha256')
  const wanted = fingerprint()
  if (statSync(join(folder, 'manifest.json'), { throwIfNoEntry: false }) && readIfThere(mark) === wanted) {
    return { folder, unchanged: true }
  }
  rmSync(mark, { force: true })
  rmSync(folder, { recursive: true, force: true })
  await run(folder)
  // Last: a synth that was killed half-way is done again.
  writeFileSync(mark, wanted)
  return { folder, unchanged: false }
}

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const run = (folder: string): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, 'infra', 'app.ts')], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: folder, STAGE_NAME: 'dev' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', fail)
    child.once('exit', (code) => {
      if (code === 0) done()
      else fail(new Error(`synthesizing the stack failed:\n${said.trim()}`))
    })
  })
