import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { cloudProcess } from './cloud-process.ts'
import { begin, visitor } from './traveller.ts'

const folder = mkdtempSync(join(tmpdir(), 'interviews-kill-'))
const cloud = await cloudProcess(folder, inject('assembly'))
afterAll(async () => {
  await cloud.close()
  rmSync(folder, { recursive: true, force: true })
})

test('killed again and again in the middle of ten journeys, it loses nothing and sends nothing twice', async () => {
  const visit = visitor(() => cloud.url)
  await cloud.start('--at', '2026-11-23T14:00:00Z')
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
    await cloud.kill()
    await moving
    await cloud.start()
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
}, 600_000)
