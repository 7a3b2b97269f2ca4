import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const requirements = join(import.meta.dirname, 'requirements.txt')

/** A Python that has what `requirements.txt` names. Modules are run as `python -m <module>`. */
export type Python = { command: string; env: Record<string, string> }

/**
 * Finds Python 3.10 or newer and installs `requirements.txt` for it under `.local/`, the first time and after a change.
 * Throws in words for whoever sits before a machine without.
 */
export const preparePython = (): Python => {
  const { command, version } = findPython()
  const wanted = createHash('sha256').update(`${command} ${version}\n`).update(readFileSync(requirements)).digest('hex')
  const folder = join(root, '.local/deploy-python')
  const mark = join(folder, 'installed.sha256')
  const inVenv = { command: join(folder, 'bin/python'), env: {} }
  const beside = { command, env: { PYTHONPATH: join(folder, 'packages') } }
  const ready = (): Python => (statSync(inVenv.command, { throwIfNoEntry: false }) ? inVenv : beside)
  if (readIfThere(mark) === wanted) return ready()

  console.log(`Installing MiniStack and cfn-lint for ${version} …`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  const venv = run(command, ['-m', 'venv', folder])
  // Debian and Ubuntu have Python without venv, and some of those have pip all the same.
  if (!venv.ok) rmSync(join(folder, 'bin'), { recursive: true, force: true })
  const installed = venv.ok ? run(inVenv.command, pip) : run(command, [...pip, '--target', join(folder, 'packages')])
  if (!installed.ok) {
    throw new Error(
      `Python's packages could not be installed. On Debian and Ubuntu \`apt-get install python3-venv\` may be missing.\n${venv.said}${installed.said}`,
    )
  }
  writeFileSync(mark, wanted)
  return ready()
}

const findPython = (): { command: string; version: string } => {
  const tried: string[] = []
  const ask =
    'import sys; print(sys.executable); print("Python %d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 10))'
  for (const name of [process.env.PYTHON, 'python3', 'python'].filter((one) => one !== undefined)) {
    const { status, stdout } = spawnSync(name, ['-c', ask], { encoding: 'utf8' })
    const [command, version] = (stdout ?? '').trim().split('\n')
    if (status === 0 && command && version) return { command, version }
    if (version) tried.push(version)
  }
  throw new Error(
    `This needs Python 3.10 or newer, which runs MiniStack and cfn-lint; ${tried.length > 0 ? `there is ${tried[0]}` : 'there is none on the PATH'}. Another one is named by PYTHON.`,
  )
}

const run = (command: string, args: string[]): { ok: boolean; said: string } => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  return { ok: status === 0, said: `${error ? `${error.message}\n` : ''}${stdout ?? ''}${stderr ?? ''}` }
}

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
