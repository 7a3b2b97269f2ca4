import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../local/free-port.ts'
import { storedIn } from './stored.ts'

/**
 * `npm start` as it is, in a process of its own that can be killed. It answers at the same address after each start, and
 * goes on with what lies in the folder.
 */
export const cloudProcess = async (folder: string, assembly: string) => {
  const port = await freePort()
  let cloud: ChildProcess | undefined

  /** Resolves when it says that it is ready. */
  const start = async (...more: string[]): Promise<void> => {
    const child = spawn(process.execPath, ['local/start.ts', '--data', folder, '--assembly', assembly, ...more], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cloud = child
    let said = ''
    await new Promise<void>((done, fail) => {
      child.stdout.on('data', (chunk) => {
        said += chunk
        if (/^Ready/m.test(said)) done()
      })
      child.once('exit', () => fail(new Error(`It did not start: ${said}`)))
    })
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const child = cloud
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await ended
  }
  return {
    url: `http://localhost:${port}`,
    start,
    kill: () => end('SIGKILL'),
    /** Of the one that runs; a kill leaves it running, as a crash of what calls it would. */
    databasePid: () => Number(readFileSync(join(folder, 'database.pid'), 'utf8')),
    pid: () => cloud?.pid ?? 0,
    /** Every item of the table. */
    items: () => storedIn(folder),
    /** A last start and a proper end take the database along that a kill has left behind. */
    close: async () => {
      await end('SIGKILL')
      await start()
      await end('SIGTERM')
    },
  }
}
