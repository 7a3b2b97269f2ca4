import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { startCloud } from '../local/cloud.ts'
import type { SesManner } from '../local/ses.ts'
import type { Ran } from '../local/surface.ts'
import { changeFunctions } from './change-functions.ts'
import { adasForm, visitor } from './traveller.ts'

/**
 * The database stands still from the moment at which SES takes a mail to confirm, for longer than its worker has: nobody
 * writes down that it went out. When each copy went, two hours later.
 */
const copies = async (ses: SesManner): Promise<number[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-still-'))
  const [assembly, dataDir] = [join(folder, 'assembly'), join(folder, 'data')]
  cpSync(inject('assembly'), assembly, { recursive: true })
  changeFunctions(assembly, (fn, logicalId) => {
    if (logicalId.startsWith('sendmail')) fn.Timeout = 3
  })
  const database = (signal: 'SIGSTOP' | 'SIGCONT') =>
    process.kill(Number(readFileSync(join(dataDir, 'database.pid'), 'utf8')), signal)
  let taken = 0
  const cloud = await startCloud({
    port: 0,
    dataDir,
    at: '2026-11-23T14:00:00Z',
    assembly,
    ses,
    quiet: true,
    onCall: ({ path }) => {
      if (path !== '/v2/email/outbound-emails') return
      taken += 1
      if (taken === 1) database('SIGSTOP')
    },
  })
  const visit = visitor(() => cloud.url)
  try {
    await visit.json('/requests', adasForm)
    const failed = async () =>
      ((await visit.call('/_local/functions')).json as Ran[]).find(({ fn }) => fn.endsWith('send-mail'))?.error
    await expect.poll(failed, { timeout: 60_000 }).toMatch(/timed out after 3.00 seconds/)
    database('SIGCONT')
    await visit.move({ advance: 'PT2H' })
    return [...cloud.accepted()].map(({ at }) => Date.parse(at))
  } finally {
    database('SIGCONT')
    await cloud.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a mail that nobody wrote down goes out once, for SES tells of it', async () => {
  expect(await copies('answers-with-events')).toHaveLength(1)
})

test('it goes out once more, and no sooner than ten minutes later, where SES tells nothing either', async () => {
  const [first = Number.NaN, second = Number.NaN, ...more] = await copies('answers')
  expect(second - first).toBeGreaterThan(10 * 60_000)
  expect(more).toEqual([])
})
