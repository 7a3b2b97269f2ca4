import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type Fixture,
  forget,
  mailTo,
  newDataDir,
  put,
  scheduleAt,
  send,
  speakTo,
  startAt,
  startFixture,
  writeAssembly,
} from './local-fixture.ts'

const assembly = writeAssembly()
const dataDir = newDataDir()
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  // A kill leaves the database behind, for the next start to end; after the last test there is none.
  const pidFile = join(dataDir, 'database.pid')
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0
  if (pid > 0 && alive(pid)) process.kill(pid, 'SIGKILL')
  const fixtures = [assembly, dataDir]
  return () => forget(...fixtures)
})

type Started = { child: ChildProcess; fixture: Fixture; said: () => string; ended: Promise<number | null> }

const launch = (
  args: string[],
  port = 0,
): { child: ChildProcess; said: () => string; ended: Promise<number | null> } => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', 'local', 'start.ts'), '--data', dataDir, '--assembly', assembly, ...args],
    {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  running.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  return { child, said: () => text, ended: new Promise((done) => child.once('exit', done)) }
}

const start = async (...args: string[]): Promise<Started> => {
  const launched = launch(args)
  const url = await new Promise<string>((done, fail) => {
    launched.child.stdout?.on('data', () => {
      const found = /(http:\/\/localhost:\d+)\/ /.exec(launched.said())?.[1]
      if (found && launched.said().includes('Ctrl-C')) done(found)
    })
    launched.child.once('exit', () => fail(new Error(launched.said())))
  })
  return { ...launched, fixture: speakTo({ url, stop: async () => undefined }) }
}

/** A zombie that nobody has waited for does not count. */
const alive = (pid: number): boolean => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

describe('a kill', () => {
  test('loses nothing: what was pending before it happens after it, once', async () => {
    const first = await start('--fresh', '--at', startAt)
    await first.fixture.run(
      scheduleAt('tomorrow', '2026-12-02T08:00:00'),
      send({ fails: 1 }),
      send({ never: 1, fails: 99 }),
      mailTo('ada@example.com'),
      put('WATCHED', 'before'),
      put('WATCHED', 'poison', { throws: { BOOL: true } }),
    )
    await first.fixture.advance('PT1M')
    const seen = await first.fixture.get('/_local/clock')
    // Accepted, and not looked at yet.
    await first.fixture.run(put('WATCHED', 'last-second'), send({ last: 'second' }), mailTo('bo@example.com'))
    first.child.kill('SIGKILL')
    await first.ended
    const database = Number(readFileSync(join(dataDir, 'database.pid'), 'utf8'))
    expect(alive(database)).toBe(true)

    const { fixture, child, ended } = await start()
    expect(alive(database)).toBe(false)
    const now = await fixture.get('/_local/clock')
    expect(Date.parse(now.now)).toBeGreaterThanOrEqual(Date.parse(seen.now))
    await fixture.advance('P2D')
    const work = (await fixture.notes('work')).map(({ what }) => what.body)
    expect(work.filter(({ name }) => name === 'tomorrow')).toHaveLength(1)
    // At least once, as on AWS: what was running when it was killed may have run again.
    expect([1, 2]).toContain(work.filter(({ last }) => last).length)
    expect(work.filter(({ fails }) => fails === 1).length).toBe(2)
    const watched = (await fixture.notes('watch')).map(({ what }) => what.keys.join())
    expect([1, 2]).toContain(watched.filter((keys) => keys.includes('last-second')).length)
    expect(watched.filter((keys) => keys.includes('before')).length).toBeLessThanOrEqual(2)
    expect((await fixture.get('/_local/mail')).map(({ to }: { to: string[] }) => to[0])).toEqual([
      'ada@example.com',
      'bo@example.com',
    ])
    const outcomes = new Set((await fixture.notes('outcome')).map(({ what }) => `${what.to} ${what.type}`))
    expect([...outcomes].toSorted()).toEqual([
      'ada@example.com Email Delivered',
      'ada@example.com Email Sent',
      'bo@example.com Email Delivered',
      'bo@example.com Email Sent',
    ])
    const letters = (await fixture.get('/_local/dead-letters')) as {
      body: { never?: number; DDBStreamBatchInfo?: object }
    }[]
    expect(letters.filter(({ body }) => body.never)).toHaveLength(1)
    expect(
      letters.filter(({ body }) => body.DDBStreamBatchInfo),
      JSON.stringify(letters),
    ).toHaveLength(1)

    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(() => readFileSync(join(dataDir, 'database.pid'))).toThrow('ENOENT')
  })

  test('in the middle of a move leaves the clock no earlier, and the rest of the move to be asked for again', async () => {
    const first = await start('--fresh', '--at', startAt)
    const days = Array.from({ length: 20 }, (_, day) => String(day + 2).padStart(2, '0'))
    await first.fixture.run(...days.map((day) => scheduleAt(`d${day}`, `2026-12-${day}T08:00:00`)))
    const moving = first.fixture.advance('P1M').catch(() => undefined)
    while ((await first.fixture.notes('work')).length < 3) {
      // Until it is under way.
    }
    first.child.kill('SIGKILL')
    await Promise.all([first.ended, moving])

    const { fixture } = await start()
    await fixture.advance('P1M')
    const fired = (await fixture.notes('work')).map(({ what }) => what.body.name)
    expect([...new Set(fired)]).toEqual(days.map((day) => `d${day}`))
    expect(fired.length - days.length).toBeLessThanOrEqual(1)
  })
})

describe('starting', () => {
  test('says in plain words that the port is taken, and how to choose another', async () => {
    const server = createServer()
    const port = await new Promise<number>((done) =>
      server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port)),
    )
    const { said, ended } = launch([], port)
    expect(await ended).toBe(1)
    expect(said()).toContain(`Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`)
    server.close()
  })

  test.each([
    [['--at', 'noon'], '--at wants an instant'],
    [['--port', '1'], 'Unknown option'],
  ])('with %j says what is wrong', async (args, message) => {
    const { said, ended } = launch(args)
    expect(await ended).toBe(1)
    expect(said()).toContain(message)
  })

  test('without a database for this platform says how to get one', async () => {
    const { arch } = process
    vi.stubEnv('PATH', '/nowhere')
    Object.defineProperty(process, 'arch', { value: 'pdp11' })
    try {
      await expect(startFixture({ assembly, dataDir })).rejects.toThrow(/missing for \w+-pdp11[\s\S]*npm install/)
    } finally {
      Object.defineProperty(process, 'arch', { value: arch })
      vi.unstubAllEnvs()
    }
  })

  test('on a folder that is in use is refused, and so is a clock that would go back', async () => {
    const fixture = await startFixture({ assembly, dataDir, fresh: true, at: startAt })
    await expect(startFixture({ assembly, dataDir })).rejects.toThrow('another local cloud is running')
    await fixture.cloud.stop()
    await expect(startFixture({ assembly, dataDir, at: '2020-01-01T00:00:00Z' })).rejects.toThrow(
      'a clock never goes back',
    )
  })
})
