import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { library } from '../infra/content.ts'
import { startCloud } from '../local/cloud.ts'
import { synthesized } from '../local/synthesized.ts'
import {
  adasForm,
  begin,
  openTraveller,
  partsOfAll,
  pathIn,
  subscribe,
  subscribeAll,
  type Traveller,
  visitor,
  wall,
} from './traveller.ts'

const root = join(import.meta.dirname, '..')
const [first, second] = library()
const ids = (first?.parts ?? []).map(({ id }) => id)

const open: Traveller[] = []
const travel = async (at: string): Promise<Traveller> => {
  const traveller = await openTraveller(at, inject('assembly'))
  open.push(traveller)
  return traveller
}
afterAll(async () => {
  await Promise.all(open.map((traveller) => traveller.close()))
})

const manyReaders = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ email: `reader${n}@example.org`, timeZone: 'Etc/UTC' }))

/** `Tue 09:0x`: the weekday, and the clock on her wall to ten minutes. */
const rhythm = (at: string, timeZone: string): string => {
  const [weekday, , time = ''] = wall(at, timeZone).split(' ')
  return `${weekday} ${time.slice(0, 4)}x`
}

describe('a series runs to its end, each reader at her own hour', () => {
  const readers = [
    { email: 'ana@example.org', timeZone: 'Pacific/Auckland' },
    { email: 'lou@example.org', timeZone: 'America/Los_Angeles' },
    { email: 'kit@example.org', timeZone: 'Europe/London' },
  ]
  for (const [change, at, until] of [
    ['from summer to winter', '2026-09-18T21:30:00Z', '2026-11-25T12:00:00Z'],
    ['from winter to summer', '2027-02-20T21:30:00Z', '2027-04-30T12:00:00Z'],
  ] as const) {
    test(`over the clock change ${change}`, { timeout: 600_000 }, async () => {
      const traveller = await travel(at)
      const reading = []
      for (const reader of readers) reading.push({ ...reader, ...(await subscribe(traveller, reader)) })
      await traveller.move({ to: until })
      for (const { timeZone, tips, parts } of reading) {
        expect(await parts()).toEqual(ids)
        const came = (await tips()).map((mail) => rhythm(mail.at, timeZone))
        expect(new Set(came).size, `${timeZone}: ${came.join(', ')}`).toBe(1)
        expect(came[0]).toMatch(/ 09:0x$/)
      }
      const [{ preferences } = { preferences: '' }] = reading
      expect((await traveller.call(preferences)).json.state).toBe('finished')
    })
  }
})

describe('a reader who leaves while a batch is on its way', () => {
  test('gets nothing more, and the others get theirs', { timeout: 600_000 }, async () => {
    const traveller = await travel('2026-12-01T06:00:00Z')
    const readers = await subscribeAll(traveller, manyReaders(60))
    const tips = async () => (await traveller.mails()).filter(({ tags }) => tags.mail === 'tip')
    await traveller.move({ to: '2026-12-01T09:00:00Z' })
    // Messages of 50 are handed over some seconds apart: the second one waits in the queue.
    while ((await tips()).length === 0) await traveller.move({ advance: 'PT1S' })
    const got = new Set((await tips()).flatMap(({ to }) => to))
    expect(got.size).toBe(50)
    const leaving = readers.filter(({ to }) => !got.has(to)).slice(0, 5)
    for (const { unsubscribe } of leaving) {
      const answer = await traveller.call(unsubscribe, {
        method: 'POST',
        body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
      })
      expect(answer.status).toBe(200)
    }
    await traveller.move({ advance: 'P8D' })
    expect(await partsOfAll(traveller, readers)).toEqual(
      readers.map((reader) => (leaving.includes(reader) ? [] : ids.slice(0, 2))),
    )
  })
})

describe('whatever SES does, each reader gets each part once', () => {
  const faults: [string, Record<string, unknown>][] = [
    ['throttles', { ses: 'throttle', for: 3 }],
    ['is down', { ses: 'down', for: 1 }],
    ['does not answer before it accepts', { ses: 'timeout-before-accept', for: 1 }],
    ['does not answer after it has accepted', { ses: 'timeout-after-accept', for: 1 }],
    ['takes 49 of 50', { ses: 'partial', for: 1, statuses: ['TRANSIENT_FAILURE'] }],
    [
      'takes 45 of 50',
      {
        ses: 'partial',
        for: 1,
        statuses: [
          'ACCOUNT_THROTTLED',
          'FAILED',
          'FAILED',
          'ACCOUNT_DAILY_QUOTA_EXCEEDED',
          'CONFIGURATION_SET_SENDING_PAUSED',
        ],
      },
    ],
  ]
  test.for(faults)('when it %s', { timeout: 600_000 }, async ([, fault]) => {
    const traveller = await travel('2026-12-01T06:00:00Z')
    const readers = await subscribeAll(traveller, manyReaders(50))
    const first = readers.map(() => ids.slice(0, 1))
    const both = readers.map(() => ids.slice(0, 2))
    await traveller.move({ to: '2026-12-01T08:59:00Z' })
    await traveller.json('/_local/faults', fault)
    await traveller.move({ to: '2026-12-01T12:00:00Z' })
    expect(await partsOfAll(traveller, readers)).toEqual(first)
    await traveller.move({ to: '2026-12-08T12:00:00Z' })
    expect(await partsOfAll(traveller, readers)).toEqual(both)
    expect((await traveller.call('/_local/dead-letters')).json).toEqual([])
  })
})

describe('tips and the mail about an interview', () => {
  test('one tick, one confirmation for both; no tip on a day with other mail; after the talk the second series begins', {
    timeout: 600_000,
  }, async () => {
    const traveller = await travel('2026-11-23T14:00:00Z')
    const request = await begin(traveller, { tips: true })
    const to = adasForm.seekerEmail
    const mails = async (name: string) => (await traveller.mails(to)).filter(({ tags }) => tags.mail === name)
    expect(await mails('confirm-series')).toEqual([])
    expect((await mails('confirm'))[0]?.text).toMatch(/tips/)
    await request.tell('sent')
    await traveller.move({ to: '2026-12-02T20:00:00Z' })
    await request.tell('replied')
    await request.tell('scheduled', { start: '2026-12-15T15:00' })
    await traveller.move({ to: '2026-12-15T23:00:00Z' })
    await request.tell('met', { learned: 'Much.' })
    await request.tell('thanked')
    await traveller.move({ to: '2027-05-01T14:00:00Z' })
    const all = await traveller.mails(to)
    const day = (at: string) => wall(at, 'America/New_York').slice(4, 14)
    const others = new Set(all.filter(({ tags }) => tags.mail !== 'tip').map(({ at }) => day(at)))
    const tips = all.filter(({ tags }) => tags.mail === 'tip')
    expect(tips.filter(({ at }) => others.has(day(at))).map(({ at, subject }) => `${at} ${subject}`)).toEqual([])
    expect(new Set(tips.map(({ at }) => day(at))).size).toBe(tips.length)
    const of = (series: string) =>
      tips.filter(({ tags }) => tags.subscription?.endsWith(series)).map(({ tags }) => tags.part)
    expect(of(`-${first?.id}`)).toEqual(ids)
    expect(of(`-${second?.id}`)).toEqual(second?.parts.map(({ id }) => id))
    // Leaving the tips leaves the reminders alone.
    const before = (await traveller.mails(to)).filter(({ tags }) => tags.mail !== 'tip').length
    await traveller.call(pathIn(tips.at(-1), /\/unsubscribe$/), { method: 'POST' })
    await traveller.move({ to: '2027-09-01T14:00:00Z' })
    const after = await traveller.mails(to)
    expect(after.filter(({ tags }) => tags.mail === 'tip').length).toBe(tips.length)
    expect(after.filter(({ tags }) => tags.mail !== 'tip').length).toBeGreaterThan(before)
  })
})

describe('a deploy with a changed series while readers are in the middle', () => {
  test('leaves them their words, and brings them what was added', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'interviews-deploy-'))
    const synth = (name: string, content: string): string =>
      synthesized(join(folder, name), 'dev', { CONTENT_DIR: content })
    const dataDir = join(folder, 'data')
    const start = (assembly: string, at?: string) =>
      startCloud({ port: 0, dataDir, assembly, quiet: true, ...(at ? { at } : {}) })
    const content = join(folder, 'content')
    cpSync(join(root, 'content'), content, { recursive: true })
    let cloud = await start(synth('before', content), '2026-12-01T06:00:00Z')
    try {
      const traveller = visitor(() => cloud.url)
      const early = await subscribe(traveller, { email: 'early@example.org', timeZone: 'Etc/UTC' })
      await traveller.move({ to: '2026-12-09T12:00:00Z' })
      expect(await early.parts()).toEqual(ids.slice(0, 2))

      const series = join(content, 'series', first?.id ?? '')
      const third = join(series, `03-${ids[2]}.md`)
      const words = readFileSync(third, 'utf8')
      writeFileSync(
        third,
        words.replace(/\n\n## This week\n\n/, '\n\nA sentence that nobody was promised.\n\n## This week\n\n'),
      )
      const added = words
        .replace(/^title: .*$/m, 'title: What we left out')
        .replace(/^action: .*\n/m, '')
        .replace(/^takeaway: .*$/m, 'takeaway: Added later.')
      writeFileSync(join(series, '09-added.md'), added)
      await cloud.stop()
      cloud = await start(synth('after', content))

      const late = await subscribe(traveller, { email: 'late@example.org', timeZone: 'Etc/UTC' })
      await traveller.move({ to: '2027-03-15T12:00:00Z' })
      expect(await early.parts()).toEqual([...ids, 'added'])
      expect(await late.parts()).toEqual([...ids, 'added'])
      const thirdOf = async (reader: typeof early) => (await reader.tips())[2]?.text.replace(/\s+/g, ' ')
      expect(await thirdOf(early)).not.toContain('A sentence that nobody was promised.')
      expect(await thirdOf(late)).toContain('A sentence that nobody was promised.')
    } finally {
      await cloud.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
