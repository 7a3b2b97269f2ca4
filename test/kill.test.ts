import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { begin, visitor } from './traveller.ts'

const folder = mkdtempSync(join(tmpdir(), 'interviews-kill-'))
let cloud: ChildProcess | undefined

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })

/** `npm start` as it is, in a process of its own; resolves when it says that it is ready. */
const start = async (port: number, ...more: string[]): Promise<void> => {
  const child = spawn(
    process.execPath,
    ['local/start.ts', '--data', folder, '--assembly', inject('assembly'), ...more],
    {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
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

const kill = async (): Promise<void> => {
  const child = cloud
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await ended
}

afterAll(async () => {
  // A last start and a proper end take the database along that the kill has left behind.
  const port = await freePort()
  await kill()
  await start(port)
  const ended = new Promise((done) => cloud?.once('exit', done))
  cloud?.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
})

test('killed again and again in the middle of ten journeys, it loses nothing and sends nothing twice', async () => {
  const port = await freePort()
  const visit = visitor(() => `http://localhost:${port}`)
  await start(port, '--at', '2026-11-23T14:00:00Z')
  const seekers = Array.from({ length: 10 }, (_, n) => `seeker-${n}@example.org`)
  for (const seekerEmail of seekers) {
    const request = await begin(visit, { seekerEmail, followUps: 2, source: 'cold' })
    await request.tell('sent')
  }

  const target = '2027-01-15T14:00:00Z'
  // Each number is how many mails have gone out when the power fails: in the middle of the ten that are due at one moment.
  for (const mails of [23, 26, 34, 45, 58]) {
    const moving = visit.move({ to: target }).catch(() => undefined)
    while ((await visit.mails()).length < mails) if ((await Promise.race([moving, 'moving'])) !== 'moving') break
    await kill()
    await moving
    await start(port)
  }
  await visit.move({ to: target })
  // What was under way at a kill is put right by the next rounds of `reconcile`.
  await visit.move({ advance: 'P1D' })

  for (const seekerEmail of seekers) {
    expect((await visit.mails(seekerEmail)).map((mail) => mail.tags.mail)).toEqual([
      'confirm',
      'draft',
      'widen',
      'follow-up',
      'follow-up-2',
      'let-rest',
    ])
  }
  expect((await visit.call('/_local/dead-letters')).json).toEqual([])
}, 180_000)
