import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export type Ran = { code: number | null; out: string; err: string }

/** A command of `ops/` as somebody types it, in a process of its own, without a screen: no colours, no questions. */
export const runCommand = (
  script: string,
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> =>
  new Promise((done, fail) => {
    const { FORCE_COLOR: _colours, ...own } = process.env
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.once('error', fail)
    child.once('close', (code) => done({ code, out: out.trimEnd(), err: err.trimEnd() }))
  })
