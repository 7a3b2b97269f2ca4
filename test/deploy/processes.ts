import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export type Command = {
  command: string
  args: readonly string[]
  env: Record<string, string>
  cwd: string
  log: string
}

const running = new Set<ChildProcess>()

/** Starts a program in a process group of its own, so that it ends with everything that it has started. */
export const start = ({ command, args, env, cwd, log }: Command): ChildProcess => {
  const file = openSync(log, 'a')
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', file, file] })
  closeSync(file)
  running.add(child)
  child.once('error', () => running.delete(child))
  return child
}

/** Runs a program to its end. Throws with the end of what it said when that is not a success. */
export const run = async (command: Command): Promise<void> => {
  const child = start(command)
  const [code] = await once(child, 'exit')
  running.delete(child)
  if (code !== 0) throw new Error(`${command.args.join(' ')} failed:\n${endOf(command.log)}`)
}

/** What a program said last. */
export const endOf = (log: string, lines = 40): string =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')

/** Ends all that was started here. */
export const endAll = async (): Promise<void> => {
  await Promise.all([...running].map(end))
}

const end = async (child: ChildProcess): Promise<void> => {
  running.delete(child)
  const group = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // Nobody is left in it.
    }
  }
  const gone = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit')
  group('SIGTERM')
  await Promise.race([gone, new Promise((done) => setTimeout(done, 5_000))])
  group('SIGKILL')
}
