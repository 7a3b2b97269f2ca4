import { PutItemCommand, TransactionCanceledException, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Person } from '../shared/person.ts'
import type { Series } from '../shared/tips/series.ts'
import {
  after as afterEvent,
  type Claim,
  hadPart,
  type Subscription,
  type Transition,
} from '../shared/tips/subscription.ts'
import { staleReads, unitsOf, watchCalls } from './calls.ts'
import { consent, due, part, ada as reading, resting, weekly } from './readers.ts'
import { openTable } from './table.ts'

const NOW = '2026-11-24T14:00:10.000Z'
const LATER = '2026-11-24T14:30:00.000Z'
const EXPIRES = Date.parse(NOW) / 1000 + 86_400

let table: Awaited<ReturnType<typeof openTable>>
let subscriptions: typeof import('../shared/aws/subscriptions.ts')
let people: typeof import('../shared/aws/people.ts')
let editions: typeof import('../shared/aws/editions.ts')
let base: typeof import('../shared/aws/database.ts')
let calls: ReturnType<typeof watchCalls>

/** Answers of DynamoDB that are lost on the way: the write is done, and the SDK tries again. */
let lost = 0

beforeAll(async () => {
  table = await openTable()
  subscriptions = await import('../shared/aws/subscriptions.ts')
  people = await import('../shared/aws/people.ts')
  editions = await import('../shared/aws/editions.ts')
  base = await import('../shared/aws/database.ts')
  calls = watchCalls(base.database)
  base.database.middlewareStack.add(
    (next) => async (args) => {
      // An answer that says no is lost as well as one that says yes.
      const [answer] = await Promise.allSettled([next(args)])
      if (lost > 0) {
        lost -= 1
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' })
      }
      if (answer.status === 'rejected') throw answer.reason
      return answer.value
    },
    { step: 'deserialize', priority: 'high' },
  )
})
afterEach(() => {
  expect(lost).toBe(0)
  calls.refusal = undefined
})
afterAll(() => table.close())

let count = 0
/** A person whom no other test has seen. */
const somebody = (): string => {
  count += 1
  return `SomebodyElse${String(count).padStart(10, '0')}`
}
const fresh = (reader: Subscription = reading): Subscription => ({ ...reader, person: somebody() })

const stored = async (reader: Subscription = fresh()): Promise<Subscription> => {
  expect(await subscriptions.create(reader, NOW)).toBe(true)
  return reader
}
const there = (reader: Pick<Subscription, 'person' | 'series'>) => subscriptions.find(reader, NOW)
const claimOf = (name: string, at = NOW): Claim => ({ at, batch: `01JDBATCH${name.padStart(17, '0')}` })
const mine = claimOf('MINE')

/** Everything of a person in the index, whatever its time. */
const inIndex = async (person: string) => {
  const pages = await Promise.all(
    subscriptions.shards.map((shard) => subscriptions.dueIn(shard, '9', { limit: 10_000 })),
  )
  return pages.flatMap(({ ready }) => ready).filter((entry) => entry.person === person)
}

describe('a subscription in the table', () => {
  test('is found as it was stored, by itself and with the others of the person, and with nobody else’s', async () => {
    const reader = await stored()
    const other = await stored({ ...reader, series: 'after-the-talk' })
    await people.refuseTips(reader.person, NOW)
    await stored()
    expect(await there(reader)).toEqual(reader)
    expect(await subscriptions.of(reader.person, NOW)).toEqual([other, reader])
  })

  test('is read as it stands at this moment', async () => {
    const reader = await stored()
    calls.asked.length = 0
    await there(reader)
    await subscriptions.of(reader.person, NOW)
    expect(calls.asked).toHaveLength(2)
    expect(staleReads(calls.asked)).toEqual([])
  })

  test('is gone once its time is over, before the database deletes it, and leaves its place to a new one', async () => {
    const old = await stored(fresh({ ...resting, state: 'pending', expiresAt: EXPIRES }))
    const after = new Date(EXPIRES * 1000).toISOString()
    expect(await there(old)).toEqual(old)
    expect(await subscriptions.find(old, after)).toBeUndefined()
    expect(await subscriptions.of(old.person, after)).toEqual([])
    expect(await subscriptions.create({ ...old, had: [] }, NOW)).toBe(false)
    const again = { ...old, had: [], expiresAt: EXPIRES + 86_400 }
    expect(await subscriptions.create(again, after)).toBe(true)
    expect(await subscriptions.find(old, after)).toEqual(again)
  })

  test('is made by one of many who make it at once, and the first one stands', async () => {
    const reader = fresh()
    const secrets = Array.from({ length: 20 }, (_, index) => `secret-${index}`)
    const made = await Promise.all(secrets.map((secret) => subscriptions.create({ ...reader, secret }, NOW)))
    expect(made.filter(Boolean)).toHaveLength(1)
    expect((await there(reader))?.secret).toBe(secrets[made.indexOf(true)])
  })

  test('whose making was done and whose answer was lost is made', async () => {
    const reader = fresh()
    lost = 1
    expect(await subscriptions.create(reader, NOW)).toBe(true)
    expect(await there(reader)).toEqual(reader)
  })

  test('takes one of two changes that were decided on the same version, and shows it to the other', async () => {
    const reader = await stored()
    const one = { ...reader, hour: 18, version: 4 }
    const other = { ...reader, hour: 6, version: 4 }
    expect(await subscriptions.save(one)).toEqual({ saved: true })
    expect(await subscriptions.save(other)).toEqual({ saved: false, present: one })
    expect(await there(reader)).toEqual(one)
  })

  test('written twice, because the first answer was lost, is written once', async () => {
    const reader = await stored()
    lost = 1
    expect(await subscriptions.save({ ...reader, hour: 18, version: 4 })).toEqual({ saved: true })
    expect(await there(reader)).toMatchObject({ hour: 18, version: 4 })
  })

  test('that is gone is not written back', async () => {
    const reader = await stored()
    await subscriptions.remove(reader)
    expect(await subscriptions.save({ ...reader, version: 4 })).toEqual({ saved: false, present: undefined })
    expect(await there(reader)).toBeUndefined()
    expect(await inIndex(reader.person)).toEqual([])
  })
})

describe('a subscription whose consent is confirmed', () => {
  test('is stored like any other, also where one was never confirmed in time, and its answer may be lost', async () => {
    const first = fresh()
    lost = 1
    expect(await subscriptions.createUnlessRefused(first, NOW)).toEqual({ saved: true })
    expect(await there(first)).toEqual(first)
    const asked = await stored(fresh({ ...resting, state: 'pending', expiresAt: EXPIRES }))
    const inTime = new Date(EXPIRES * 1000 - 1).toISOString()
    const tooLate = new Date(EXPIRES * 1000).toISOString()
    const begun = { ...reading, person: asked.person }
    expect(await subscriptions.createUnlessRefused(begun, inTime)).toEqual({ saved: false, present: asked })
    expect(await subscriptions.createUnlessRefused(begun, tooLate)).toEqual({ saved: true })
    expect(await there(begun)).toEqual(begun)
  })

  test('leaves what is there, stopped or not', async () => {
    const reader = await stored()
    const other = { ...reader, hour: 6 }
    expect(await subscriptions.createUnlessRefused(other, NOW)).toEqual({ saved: false, present: reader })
    await people.suppress(reader.person, 'asked', NOW)
    expect(await subscriptions.createUnlessRefused(other, NOW)).toEqual({ saved: false, present: reader })
    expect(await there(reader)).toEqual(reader)
  })

  test.each(['asked', 'complaint'] as const)('is not stored once mail to the address is stopped: %s', async (why) => {
    const reader = fresh()
    await people.suppress(reader.person, why, NOW)
    expect(await subscriptions.createUnlessRefused(reader, NOW)).toEqual({ saved: false, stopped: true })
    expect(await there(reader)).toBeUndefined()
    expect(await inIndex(reader.person)).toEqual([])
  })

  test.each([
    ['before it', '2026-11-16T15:04:59.999Z', true],
    ['with it', '2026-11-16T15:05:00.000Z', false],
    ['after it', '2026-11-16T15:05:00.001Z', false],
  ])('counts for no more than her no: tips refused %s', async (_when, refusedAt, saved) => {
    const reader = fresh()
    const left = await stored(fresh({ ...reading, state: 'unsubscribed' }))
    for (const { person } of [reader, left]) await people.refuseTips(person, refusedAt)
    const stopped = saved ? {} : { stopped: true }
    expect(await subscriptions.createUnlessRefused(reader, NOW)).toEqual({ saved, ...stopped })
    const back: Subscription = { ...left, state: 'active', version: 4 }
    expect(await subscriptions.saveUnlessRefused(back)).toEqual({ saved, ...stopped })
    expect((await there(left))?.state).toBe(saved ? 'active' : 'unsubscribed')
    const { confirmedAt: _never, ...unconfirmed } = reader.consent
    const unproved = { ...fresh(), consent: unconfirmed }
    await people.refuseTips(unproved.person, refusedAt)
    expect(await subscriptions.createUnlessRefused(unproved, NOW)).toEqual({ saved: false, stopped: true })
  })
})

describe('a subscription that is taken up again', () => {
  const left = () => stored(fresh({ ...reading, state: 'unsubscribed' }))
  const back = (reader: Subscription): Subscription => ({ ...reader, state: 'active', hour: 18, version: 4 })

  test('is stored like any other, and says what it cost', async () => {
    const reader = await left()
    calls.asked.length = 0
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: true })
    expect(unitsOf(calls.asked).at(-1)).toBeGreaterThan(0)
    expect(await there(reader)).toEqual(back(reader))
  })

  test('shows what somebody else has written meanwhile, stopped or not', async () => {
    const reader = await left()
    const other = { ...reader, hour: 6, version: 4 }
    await subscriptions.save(other)
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: false, present: other })
    await people.suppress(reader.person, 'asked', NOW)
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: false, present: other })
  })

  test('that is gone is not written back', async () => {
    const reader = await left()
    await subscriptions.remove(reader)
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: false, present: undefined })
    expect(await there(reader)).toBeUndefined()
  })

  test('stays as it is once mail to the address is stopped, and a change of it ends with what is there', async () => {
    const reader = await left()
    await people.suppress(reader.person, 'asked', NOW)
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: false, stopped: true })
    expect(await subscriptions.change(reader, NOW, back, subscriptions.saveUnlessStopped)).toEqual(reader)
    expect(await there(reader)).toEqual(reader)
  })

  test('that meets another write is tried again, and no answer when it cannot be', async () => {
    const reader = await left()
    const conflict = (...codes: string[]) =>
      new TransactionCanceledException({
        message: 'Transaction cancelled',
        $metadata: {},
        CancellationReasons: codes.map((Code) => ({ Code })),
      })
    calls.refusal = conflict('None', 'TransactionConflict')
    calls.asked.length = 0
    await expect(subscriptions.saveUnlessStopped(back(reader))).rejects.toThrow('Transaction cancelled')
    expect(calls.asked.length).toBeGreaterThan(1)
    calls.refusal = conflict('ThrottlingError', 'None')
    calls.asked.length = 0
    await expect(subscriptions.saveUnlessStopped(back(reader))).rejects.toThrow('Transaction cancelled')
    expect(calls.asked).toHaveLength(1)
  })

  test('that is confirmed by it makes the address hers in the same write', async () => {
    const reader = await left()
    const confirmed = (version: number, confirmedAt: string) => ({
      ...back(reader),
      version,
      consent: { ...reader.consent, confirmedAt },
    })
    expect(await subscriptions.saveConfirmed(confirmed(9, NOW))).toEqual({ saved: false, present: reader })
    expect(await people.find(reader.person)).not.toHaveProperty('verifiedAt')
    expect(await subscriptions.saveConfirmed(confirmed(reader.version + 1, NOW))).toEqual({ saved: true })
    expect((await people.find(reader.person)).verifiedAt).toBe(NOW)
    expect(await there(reader)).toEqual(confirmed(reader.version + 1, NOW))
    expect(await subscriptions.saveConfirmed(confirmed(reader.version + 2, LATER))).toEqual({ saved: true })
    expect((await people.find(reader.person)).verifiedAt).toBe(NOW)
    const stopped = await left()
    await people.suppress(stopped.person, 'asked', NOW)
    expect(await subscriptions.saveConfirmed(back(stopped))).toEqual({ saved: false, stopped: true })
    expect(await people.find(stopped.person)).not.toHaveProperty('verifiedAt')
  })

  test('whose answer was lost is stored', async () => {
    const reader = await left()
    lost = 1
    expect(await subscriptions.saveUnlessStopped(back(reader))).toEqual({ saved: true })
    expect(await there(reader)).toEqual(back(reader))
  })
})

describe('asked for anew after it was erased', () => {
  test('it is another one: no older write is about it', async () => {
    const reader = await stored()
    await subscriptions.remove(reader)
    const again = { ...reader, secret: 'BBBBBBBBBBBBBBBBBBBBBB' }
    expect(await subscriptions.create(again, NOW)).toBe(true)
    const next = { ...reader, hour: 6, version: reader.version + 1 }
    expect(await subscriptions.save(next)).toEqual({ saved: false, present: again })
    expect(await subscriptions.saveUnlessStopped(next)).toEqual({ saved: false, present: again })
    expect(await subscriptions.change(reader, NOW, () => next)).toBeUndefined()
    await subscriptions.remove(reader)
    expect(await there(again)).toEqual(again)
    const { person, series } = again
    expect(
      await subscriptions.change({ person, series }, NOW, (seen) => ({ ...seen, hour: 7, version: seen.version + 1 })),
    ).toMatchObject({ hour: 7 })
    await subscriptions.remove(again)
    await subscriptions.remove(again)
    expect(await there(again)).toBeUndefined()
  })
})

describe('a change', () => {
  const moved = (seen: Subscription, day: string): Subscription => ({
    ...seen,
    mailDays: [...(seen.mailDays ?? []), day],
    version: seen.version + 1,
  })

  test('is decided anew on what somebody else has written: none is lost', async () => {
    const reader = await stored()
    const days = ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05']
    const results = await Promise.all(days.map((day) => subscriptions.change(reader, NOW, (seen) => moved(seen, day))))
    const { mailDays = [], version } = (await there(reader)) ?? reading
    expect(mailDays.toSorted()).toEqual(days)
    expect(version).toBe(8)
    expect(results.filter((result) => result?.version === 8)).toHaveLength(1)
  })

  test('into nothing leaves it as it is', async () => {
    const reader = await stored()
    expect(await subscriptions.change(reader, NOW, () => undefined)).toEqual(reader)
    expect(await there(reader)).toEqual(reader)
  })

  test('of what is not there, or not any more, does nothing', async () => {
    const decide = vi.fn()
    expect(await subscriptions.change(fresh(), NOW, decide)).toBeUndefined()
    expect(decide).not.toHaveBeenCalled()
    const reader = await stored()
    const gone = await subscriptions.change(reader, NOW, (seen) => {
      void subscriptions.remove(reader)
      return { ...seen, version: 99 }
    })
    expect(gone).toBeUndefined()
    expect(await there(reader)).toBeUndefined()
  })

  test('that never comes to its turn gives up, and says so', async () => {
    const reader = await stored()
    let tries = 0
    const unlucky = subscriptions.change(reader, NOW, (seen) => {
      tries += 1
      return { ...seen, version: seen.version + 2 }
    })
    await expect(unlucky).rejects.toThrow('faster than it could be written')
    expect(tries).toBe(5)
  })
})

describe('a claim', () => {
  test('is had by one of fifty workers, and the others see whose it is', async () => {
    const reader = await stored()
    const claims = Array.from({ length: 50 }, (_, index) => claimOf(String(index)))
    const results = await Promise.all(claims.map((claim) => subscriptions.claim(reader, claim)))
    const winner = claims[results.findIndex(({ result }) => result === 'claimed')]
    const held = { ...reader, version: 4, claim: winner }
    expect(results.filter(({ result }) => result === 'claimed')).toEqual([{ result: 'claimed', subscription: held }])
    expect(results.filter(({ result }) => result === 'held')).toEqual(
      Array(49).fill({ result: 'held', subscription: held, claim: winner }),
    )
    expect(await there(reader)).toEqual(held)
  })

  test('takes the ring away: nobody rings for what is on its way', async () => {
    const reader = await stored(fresh({ ...reading, ring: NOW }))
    await subscriptions.claim(reader, mine)
    expect(await there(reader)).not.toHaveProperty('ring')
  })

  test.each<[string, Subscription, boolean]>([
    ['due at this moment', { ...reading, dueAt: NOW }, true],
    ['due in a moment', { ...reading, dueAt: '2026-11-24T14:00:10.001Z' }, false],
    ['whose pause is over', { ...reading, state: 'paused' }, true],
    ['whose pause is not over', { ...reading, state: 'paused', dueAt: '2026-12-01T14:00:00.000Z' }, false],
    ['who has not confirmed', { ...reading, state: 'pending' }, false],
    ['who has finished', { ...reading, state: 'finished' }, false],
    ['who has left', { ...reading, state: 'unsubscribed' }, false],
    ['who is stopped', { ...reading, state: 'suppressed' }, false],
    ['for whom nothing is due', resting, false],
  ])('of a reader %s', async (_who, state, isHad) => {
    const reader = await stored(fresh(state))
    const { result } = await subscriptions.claim(reader, mine)
    expect(result).toBe(isHad ? 'claimed' : 'not-due')
    if (!isHad) expect(await there(reader)).toEqual(reader)
  })

  test('of nobody makes nobody', async () => {
    const nobody = fresh()
    expect(await subscriptions.claim(nobody, mine)).toEqual({ result: 'not-due' })
    expect(await there(nobody)).toBeUndefined()
  })

  test('and leaving at the same moment: either nothing was claimed, or who left keeps the claim', async () => {
    for (let round = 0; round < 20; round += 1) {
      const reader = await stored()
      const [claimed, left] = await Promise.all([
        subscriptions.claim(reader, mine),
        subscriptions.change(reader, NOW, (seen) => afterEvent(seen, 'left', { now: NOW })),
      ])
      expect(left?.state).toBe('unsubscribed')
      expect((await there(reader))?.claim).toEqual(claimed.result === 'claimed' ? mine : undefined)
      expect(await subscriptions.claim(reader, claimOf('LATE'))).toEqual({ result: 'not-due' })
    }
  })

  test('that nobody answers for is taken over by one of many, and only by who looked it up', async () => {
    const reader = await stored()
    const dead = claimOf('DEAD', '2026-11-24T14:00:00.000Z')
    await subscriptions.claim(reader, dead)
    const stranger = await subscriptions.claim(reader, claimOf('STRANGER'), { instead: 'somebody else’s' })
    expect(stranger).toMatchObject({ result: 'held', claim: dead })
    const workers = Array.from({ length: 20 }, (_, index) => claimOf(String(index), LATER))
    const results = await Promise.all(
      workers.map((claim) => subscriptions.claim(reader, claim, { instead: dead.batch })),
    )
    expect(results.filter(({ result }) => result === 'claimed')).toHaveLength(1)
    expect(results.filter(({ result }) => result === 'held')).toHaveLength(19)
    expect(await there(reader)).toMatchObject({ version: 5 })
  })

  test.each(['left', 'suppressed'] as const)('is not taken over from who is %s', async (event) => {
    const reader = await stored()
    await subscriptions.claim(reader, mine)
    await subscriptions.change(reader, NOW, (seen) => afterEvent(seen, event, { now: NOW }))
    expect(await subscriptions.claim(reader, claimOf('LATE', LATER), { instead: mine.batch })).toEqual({
      result: 'not-due',
    })
    expect(await subscriptions.claim(reader, claimOf('LATE', LATER))).toEqual({ result: 'not-due' })
  })

  test('of a part that was moved to later meanwhile is not waited for', async () => {
    const at = (dueAt: string) => stored(fresh({ ...reading, claim: mine, ...due('two', dueAt) }))
    const held = await at(NOW)
    expect((await subscriptions.claim(held, claimOf('OTHER'))).result).toBe('held')
    const later = await at('2026-11-24T14:00:10.001Z')
    expect(await subscriptions.claim(later, claimOf('OTHER'))).toEqual({ result: 'not-due' })
  })

  test('of a part that is in doubt waits while its reader is asked to confirm', async () => {
    const reader = await stored(fresh({ ...reading, state: 'pending', ...due('confirm', NOW), claim: mine }))
    expect(await subscriptions.claim(reader, claimOf('LATE', LATER))).toEqual({ result: 'not-due' })
  })

  test('whose answer was lost is our own', async () => {
    const reader = await stored()
    lost = 1
    expect(await subscriptions.claim(reader, mine)).toEqual({
      result: 'claimed',
      subscription: { ...reader, version: 4, claim: mine },
    })
    const again = claimOf('AGAIN', LATER)
    lost = 1
    expect(await subscriptions.claim(reader, again, { instead: mine.batch })).toMatchObject({
      result: 'claimed',
      subscription: { version: 5, claim: again },
    })
  })

  test('does not lose what she changes before it is settled', async () => {
    const reader = await stored()
    const claimed = await subscriptions.claim(reader, mine)
    if (claimed.result !== 'claimed') return expect.unreachable()
    await subscriptions.change(reader, NOW, (seen) => ({ ...seen, hour: 18, version: seen.version + 1 }))
    await subscriptions.change(reader, NOW, (seen) => ({
      ...seen,
      mailDays: ['2026-12-01'],
      version: seen.version + 1,
    }))
    const settle = (present: Subscription) =>
      hadPart(present, 'two', {
        now: NOW,
        due: due('three', '2026-12-02T23:00:00.000Z'),
        passed: [],
        outcome: { messageId: 'message-two', at: NOW },
        expiresAt: EXPIRES,
      })
    const first = await subscriptions.save(settle(claimed.subscription))
    expect(first).toMatchObject({ saved: false, present: { hour: 18, mailDays: ['2026-12-01'], claim: mine } })
    if (first.saved || !first.present) return expect.unreachable()
    expect(await subscriptions.save(settle(first.present))).toEqual({ saved: true })
    expect(await there(reader)).toMatchObject({
      hour: 18,
      mailDays: ['2026-12-01'],
      had: ['one', 'two'],
      next: 'three',
      version: 7,
    })
  })
})

describe('what is due', () => {
  /** People who share a shard. */
  const neighbours = async (many: number): Promise<Subscription[]> => {
    const readers: Subscription[] = []
    while (readers.length < many) {
      const reader = fresh()
      if (subscriptions.shardOf(reader.person) === 'tips#3') readers.push(await stored(reader))
    }
    return readers
  }

  test('is found a page at a time, earliest first, each once, and only what is due by then', async () => {
    const readers = await neighbours(12)
    // On a day of the future, for which no other test has anything.
    const times = readers.map((_, index) => `2031-01-01T09:${String((index * 7) % 12).padStart(2, '0')}:00.000Z`)
    for (const [index, reader] of readers.entries()) {
      await subscriptions.save({ ...reader, ...due('two', times[index] ?? ''), version: 4 })
    }
    const found: { person: string; next: string; series: string }[] = []
    let from: Record<string, string> | undefined
    const sizes: number[] = []
    for (let isMore = true; isMore; ) {
      const page = await subscriptions.dueIn('tips#3', '2031-01-01T09:10:00.000Z', { from, limit: 5 })
      const mine = page.ready.filter(({ place }) => place.dueAt?.startsWith('2031'))
      sizes.push(page.ready.length)
      found.push(...mine)
      from = page.ready.at(-1)?.place ?? from
      isMore = page.isMore
      // Somebody at the border of a page is sent to meanwhile: the walk goes on from there all the same.
      const last = readers.find(({ person }) => person === mine.at(-1)?.person)
      if (last && isMore) await subscriptions.remove(last)
    }
    const expected = readers
      .map(({ person }, index) => ({ person, dueAt: times[index] ?? '' }))
      .filter(({ dueAt }) => dueAt <= '2031-01-01T09:10:00.000Z')
      .sort((a, b) => a.dueAt.localeCompare(b.dueAt))
    expect(found.map(({ person }) => person)).toEqual(expected.map(({ person }) => person))
    expect(found).toHaveLength(11)
    expect(new Set(found.map(({ series, next }) => `${series} ${next}`))).toEqual(new Set(['weekly two']))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
  })

  test('says how far it has come where there is nothing more', async () => {
    const { ready, isMore } = await subscriptions.dueIn('tips#0', '2001-01-01T00:00:00.000Z', { limit: 5 })
    expect({ ready, isMore }).toEqual({ ready: [], isMore: false })
  })

  const soon = due('three', '2026-12-01T14:00:00.000Z')
  test.each<[string, Subscription, Transition, Parameters<typeof afterEvent>[2], boolean]>([
    ['asked', { ...resting, state: 'unsubscribed' }, 'asked', { now: NOW, due: due('confirm', NOW) }, true],
    ['confirmed', { ...reading, state: 'pending' }, 'confirmed', { now: NOW, due: soon }, true],
    ['paused', reading, 'paused', { now: NOW, due: soon }, true],
    ['resumed', { ...reading, state: 'paused' }, 'resumed', { now: NOW, due: soon }, true],
    ['finished', reading, 'finished', { now: NOW }, false],
    ['recalled', { ...resting, state: 'finished' }, 'recalled', { now: NOW, due: soon }, true],
    ['left', reading, 'left', { now: NOW }, false],
    ['undone', { ...resting, state: 'unsubscribed' }, 'undone', { now: NOW, due: soon }, true],
    ['suppressed', reading, 'suppressed', { now: NOW }, false],
    ['released', { ...resting, state: 'suppressed' }, 'released', { now: NOW }, false],
  ])('holds who has %s, or not', async (_how, before, event, given, isThere) => {
    const reader = await stored(fresh(before))
    await subscriptions.change(reader, NOW, (seen) => afterEvent(seen, event, given))
    const entries = await inIndex(reader.person)
    expect(entries.map(({ next, place }) => [next, place.dueAt])).toEqual(
      isThere ? [[given.due?.next, given.due?.dueAt]] : [],
    )
  })

  test('holds who is claimed until she is settled: if her worker dies, somebody finds her', async () => {
    const reader = await stored()
    await subscriptions.claim(reader, mine)
    expect(await inIndex(reader.person)).toMatchObject([{ next: 'two', place: { dueAt: reading.dueAt } }])
  })

  test('is spread over all shards alike', async () => {
    const perShard = new Map(subscriptions.shards.map((shard) => [shard, 0]))
    const readers = Array.from({ length: 400 }, () => fresh({ ...reading, ...due('two', '2032-01-01T09:00:00.000Z') }))
    await Promise.all(readers.map(stored))
    for (const shard of subscriptions.shards) {
      const { ready } = await subscriptions.dueIn(shard, '9', { limit: 10_000 })
      perShard.set(shard, ready.filter(({ place }) => place.dueAt?.startsWith('2032')).length)
    }
    const sizes = [...perShard.values()]
    expect(sizes.reduce((sum, size) => sum + size)).toBe(400)
    expect(sizes).toHaveLength(16)
    // 25 each, more or less: a fair split is outside of this once in a million times.
    expect(Math.min(...sizes)).toBeGreaterThan(4)
    expect(Math.max(...sizes)).toBeLessThan(55)
  })
})

describe('one tip a day for who reads two series', () => {
  const day = '2026-11-24'

  test('the first one has it, and has it still when it asks again; the other one has the next', async () => {
    const person = somebody()
    expect(await subscriptions.takeDay({ person, series: 'weekly' }, day)).toBe(true)
    expect(await subscriptions.takeDay({ person, series: 'after-the-talk' }, day)).toBe(false)
    expect(await subscriptions.takeDay({ person, series: 'weekly' }, day)).toBe(true)
    expect(await subscriptions.takeDay({ person, series: 'after-the-talk' }, '2026-11-25')).toBe(true)
    expect(await subscriptions.takeDay({ person, series: 'weekly' }, '2026-11-25')).toBe(false)
  })

  test('asked for by both at once one has it', async () => {
    const person = somebody()
    const asked = Array.from({ length: 10 }, (_, index) => (index % 2 ? 'weekly' : 'after-the-talk'))
    const answers = await Promise.all(asked.map((series) => subscriptions.takeDay({ person, series }, day)))
    const winners = new Set(asked.filter((_, index) => answers[index]))
    expect(winners.size).toBe(1)
    expect(answers.filter(Boolean)).toHaveLength(5)
  })

  test('neither has a day on which workflow mail went out', async () => {
    const person = somebody()
    await base.database.send(
      new UpdateItemCommand({
        ...base.inTable(),
        Key: base.personKey(person),
        UpdateExpression: 'SET lastMailOn = :day',
        ExpressionAttributeValues: { ':day': { S: day } },
      }),
    )
    expect(await subscriptions.takeDay({ person, series: 'weekly' }, day)).toBe(false)
    expect(await subscriptions.takeDay({ person, series: 'weekly' }, '2026-11-25')).toBe(true)
  })

  test('and a day that is kept free is so in both, once and in order', async () => {
    const one = await stored(fresh({ ...reading, mailDays: ['2026-12-24'] }))
    const { mailDays: _none, ...without } = one
    const other = await stored({ ...without, series: 'after-the-talk' })
    for (let times = 0; times < 2; times += 1) await subscriptions.keepFree(one.person, '2026-12-02', NOW)
    expect(await there(one)).toMatchObject({ mailDays: ['2026-12-02', '2026-12-24'], version: 4 })
    expect(await there(other)).toMatchObject({ mailDays: ['2026-12-02'], version: 4 })
  })
})

test('a stop of all mail stops everything she reads, and says when it is deleted', async () => {
  const one = await stored(fresh({ ...reading, claim: mine }))
  await stored({ ...one, series: 'after-the-talk', state: 'unsubscribed', before: 'paused', claim: undefined as never })
  await stored({ ...one, series: 'third', state: 'pending' })
  await subscriptions.suppressAll(one.person, NOW, EXPIRES)
  const states = (await subscriptions.of(one.person, NOW)).map(({ series, state, before, expiresAt }) => [
    series,
    state,
    before,
    expiresAt,
  ])
  expect(states).toEqual([
    ['after-the-talk', 'suppressed', 'paused', EXPIRES],
    ['third', 'suppressed', 'pending', EXPIRES],
    ['weekly', 'suppressed', 'active', EXPIRES],
  ])
  expect(await inIndex(one.person)).toEqual([])
})

describe('a mail that asks to confirm', () => {
  const waiting = (person = somebody(), series = 'weekly') =>
    stored({
      ...resting,
      person,
      series,
      state: 'pending',
      had: [],
      ...due('confirm', NOW),
      ring: NOW,
      expiresAt: EXPIRES,
    })
  const claim = async (
    reader: Subscription,
    by = mine,
    confirmations: string[] | undefined = [by.at],
    person?: Person,
  ) =>
    subscriptions.claimConfirmation(reader, by, { person: person ?? (await people.find(reader.person)), confirmations })

  test('is claimed and counted in one write, which says what it cost', async () => {
    const reader = await waiting()
    calls.asked.length = 0
    expect(await claim(reader)).toBe('claimed')
    expect(unitsOf(calls.asked).at(-1)).toBeGreaterThan(0)
    const { ring: _ring, ...quiet } = reader
    expect(await there(reader)).toEqual({ ...quiet, confirming: mine, counted: 'confirm', version: 4 })
    expect((await people.find(reader.person)).confirmations).toEqual([NOW])
  })

  test('is had by one of many, for two series of one address as for one', async () => {
    const reader = await waiting()
    const other = await waiting(reader.person, 'after-the-talk')
    const person = await people.find(reader.person)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        claim(index % 2 ? reader : other, claimOf(String(index)), [NOW], person).catch((error: Error) => error.name),
      ),
    )
    expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1)
    expect((await people.find(reader.person)).confirmations).toEqual([NOW])
  })

  test('is told when another one went out since the caps were looked at', async () => {
    const reader = await waiting()
    const person = await people.find(reader.person)
    const other = await waiting(reader.person, 'after-the-talk')
    expect(await claim(reader, mine, [NOW], person)).toBe('claimed')
    expect(await claim(other, mine, [NOW], person)).toBe('raced')
    expect(await there(other)).toEqual(other)
    expect(await claim(other, mine, [NOW, LATER])).toBe('claimed')
    expect((await people.find(reader.person)).confirmations).toEqual([NOW, LATER])
  })

  test('is told so when that one went out in the same millisecond as the one before', async () => {
    const reader = await waiting()
    const others = [await waiting(reader.person, 'after-the-talk'), await waiting(reader.person, 'another')]
    await claim(reader, mine, [NOW])
    const person = await people.find(reader.person)
    const claims = []
    for (const other of others) claims.push(await claim(other, mine, [NOW, NOW], person))
    expect(claims).toEqual(['claimed', 'raced'])
    expect((await people.find(reader.person)).confirmations).toEqual([NOW, NOW])
  })

  test('goes to nobody who is gone since the caps were looked at', async () => {
    const reader = await waiting()
    const gone = { ...(await people.find(reader.person)), confirmations: ['2026-11-20T15:00:00.000Z'] }
    expect(await claim(reader, mine, [...gone.confirmations, NOW], gone)).toBe('raced')
    expect(await there(reader)).toEqual(reader)
  })

  test('that meets another write is an error, and no answer', async () => {
    const reader = await waiting()
    calls.refusal = new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    })
    await expect(
      subscriptions.claimConfirmation(reader, mine, {
        person: { id: reader.person, confirmations: [], requests: [], held: [] },
      }),
    ).rejects.toThrow('Transaction cancelled')
  })

  test('goes to nobody whose mail was stopped after the worker looked, counted or not', async () => {
    const reader = await waiting()
    const person = await people.find(reader.person)
    await people.suppress(reader.person, 'complaint', NOW)
    expect(await claim(reader, mine, [NOW], person)).toBe('suppressed')
    expect(await subscriptions.claimConfirmation(reader, mine, { person })).toBe('suppressed')
    expect(await there(reader)).toEqual(reader)
    expect((await people.find(reader.person)).confirmations).toEqual([])
  })

  test('that was counted before counts no second time', async () => {
    const reader = await waiting()
    await claim(reader)
    const dead = { ...reader, confirming: mine }
    const again = claimOf('AGAIN', LATER)
    const person = await people.find(reader.person)
    expect(await subscriptions.claimConfirmation(dead, again, { person })).toBe('claimed')
    expect(await subscriptions.claimConfirmation(dead, claimOf('LATE', LATER), { person })).toBe('not-due')
    expect((await people.find(reader.person)).confirmations).toEqual([NOW])
    expect((await there(reader))?.confirming).toEqual(again)
  })

  test.each<[string, Partial<Subscription>]>([
    ['is confirmed meanwhile', { state: 'active' }],
    ['has left meanwhile', { state: 'unsubscribed' }],
    ['is asked later', { dueAt: LATER }],
    ['is reminded by now', { next: 'remind' }],
    ['is claimed by somebody', { confirming: claimOf('OTHER') }],
  ])('goes to nobody who %s', async (_how, meanwhile) => {
    const reader = await waiting()
    await subscriptions.save({ ...reader, ...meanwhile, version: 4 })
    expect(await claim(reader)).toBe('not-due')
    expect((await people.find(reader.person)).confirmations).toEqual([])
  })

  test('goes to somebody of whose last part nobody knows yet what became of it', async () => {
    const reader = await waiting()
    const other = claimOf('OTHER')
    await subscriptions.save({ ...reader, claim: other, version: 4 })
    expect(await claim({ ...reader, claim: other })).toBe('claimed')
    expect(await there(reader)).toMatchObject({ claim: other, confirming: mine })
  })

  test('whose claim was answered into the void is claimed', async () => {
    const reader = await waiting()
    lost = 1
    expect(await claim(reader)).toBe('claimed')
    expect((await people.find(reader.person)).confirmations).toEqual([NOW])
  })
})

describe('an edition', () => {
  const first: Series = { ...weekly, id: 'kept', edition: 'one' }
  const changed: Series = { ...first, parts: [part('other')] }
  /** As another worker, who knows nothing yet. */
  const elsewhere = async () => {
    vi.resetModules()
    return import('../shared/aws/editions.ts')
  }

  test('is kept once, however many keep it, and never written over', async () => {
    const workers = await Promise.all(Array.from({ length: 5 }, elsewhere))
    await Promise.all(workers.map((worker) => worker.keep(first)))
    await (await elsewhere()).keep(changed)
    expect(await (await elsewhere()).partsOf('kept', 'one', undefined)).toEqual(first.parts)
  })

  test('is read once by a worker, and not at all while it is the current one', async () => {
    await (await elsewhere()).keep(first)
    const worker = await elsewhere()
    const spy = vi.spyOn((await import('../shared/aws/database.ts')).database, 'send')
    const parts = await worker.partsOf('kept', 'one', { ...first, edition: 'two' })
    expect(await worker.partsOf('kept', 'one', { ...first, edition: 'two' })).toBe(parts)
    expect(spy).toHaveBeenCalledTimes(1)
    expect(await worker.partsOf('kept', 'never', { ...changed, edition: 'never' })).toBe(changed.parts)
    expect(spy).toHaveBeenCalledTimes(1)
  })

  test('that was never kept is an error that names it', async () => {
    await expect(editions.partsOf('kept', 'never', undefined)).rejects.toThrow('Edition never of the series kept')
    await base.database.send(new PutItemCommand({ ...base.inTable(), Item: base.editionKey('kept', 'empty') }))
    await expect(editions.partsOf('kept', 'empty', undefined)).rejects.toThrow('Edition empty of the series kept')
  })

  /** What another worker asks the database while it does this. */
  const askedBy = async (work: (worker: typeof editions) => Promise<unknown>): Promise<string[]> => {
    const worker = await elsewhere()
    const watch = watchCalls((await import('../shared/aws/database.ts')).database)
    await work(worker)
    return watch.asked.map(({ command }) => command)
  }

  test('is looked for by each worker once, written by the first, and known from then on', async () => {
    const series = { ...first, edition: 'looked-for' }
    const keepTwice = async (worker: typeof editions) => {
      await worker.keep(series)
      await worker.keep(series)
      expect(await worker.partsOf('kept', 'looked-for', undefined)).toBe(series.parts)
    }
    expect(await askedBy(keepTwice)).toEqual(['GetItemCommand', 'PutItemCommand'])
    expect(await askedBy(keepTwice)).toEqual(['GetItemCommand'])
  })

  test('of one name is not that of another series, nor of another edition', async () => {
    const one = { ...first, edition: 'of-one', parts: [part('of-one')] }
    const other = { ...first, id: 'kept-too', edition: 'of-one', parts: [part('of-another')] }
    const next = { ...first, edition: 'of-two', parts: [part('of-two')] }
    for (const series of [one, other, next]) await editions.keep(series)
    for (const worker of [editions, await elsewhere()]) {
      for (const { id, edition, parts } of [one, other, next])
        expect(await worker.partsOf(id, edition, undefined)).toEqual(parts)
    }
  })

  test('that could not be kept is an error, and the next time it is tried again', async () => {
    const series = { ...first, edition: 'tried-again' }
    await expect(table.withoutIt(() => editions.keep(series))).rejects.toThrow('resource not found')
    const worker = await elsewhere()
    const watch = watchCalls((await import('../shared/aws/database.ts')).database)
    watch.refused = 'PutItemCommand'
    watch.refusal = Object.assign(new Error('no more writes'), { name: 'ThrottlingException' })
    await expect(worker.keep(series)).rejects.toThrow('no more writes')
    watch.refusal = Object.assign(new Error('there already'), { name: 'ConditionalCheckFailedException' })
    await worker.keep(series)
    expect(await worker.partsOf('kept', 'tried-again', undefined)).toBe(series.parts)
    vi.resetModules()
  })
})

describe('how far what is due was handed over', () => {
  test('is nowhere at first, then what was written last, as it stands at this moment', async () => {
    const handover = await import('../shared/aws/handover.ts')
    const { database } = await import('../shared/aws/database.ts')
    const watch = watchCalls(database)
    expect(await handover.read()).toEqual({ places: {} })
    const places = { 'tips#3': { pk: 'PERSON#ada', sk: 'SERIES#weekly', due: 'tips#3', dueAt: NOW } }
    await handover.remember(places, NOW)
    expect(await handover.read()).toMatchObject({ places, startedAt: NOW })
    await handover.hold(LATER)
    expect(await handover.read()).toMatchObject({ places, startedAt: NOW, holdUntil: LATER })
    await handover.remember({}, LATER)
    const last = await handover.read()
    expect(last).toMatchObject({ startedAt: LATER, holdUntil: LATER })
    expect(last.places).toEqual({})
    expect(staleReads(watch.asked)).toEqual([])
    expect(unitsOf(watch.asked)).toHaveLength(7)
  })
})

describe('a write that meets a transaction', () => {
  const met = (reason: unknown, times: number) => {
    let asked = 0
    const written = base.pastConflicts(async () => {
      asked += 1
      if (asked <= times) throw reason
      return 'written'
    })
    return written.then(
      (result) => ({ asked, result }),
      (error: unknown) => ({ asked, error }),
    )
  }
  const conflict = Object.assign(new Error('in conflict'), { name: 'TransactionConflictException' })
  const cancelled = (reasons?: { Code: string }[]) =>
    new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      ...(reasons ? { CancellationReasons: reasons } : {}),
    })
  const inConflict = cancelled([{ Code: 'None' }, { Code: 'TransactionConflict' }])

  test.each([
    ['a single one', conflict],
    ['one of a transaction', inConflict],
  ])('comes back at once, three times in all: %s', async (_which, reason) => {
    expect(await met(reason, 0)).toEqual({ asked: 1, result: 'written' })
    expect(await met(reason, 2)).toEqual({ asked: 3, result: 'written' })
    expect(await met(reason, 3)).toEqual({ asked: 3, error: reason })
  })

  test.each([
    ['another error', new Error('something else')],
    ['what is no error', { name: 'TransactionConflictException' }],
    ['a transaction whose condition did not hold', cancelled([{ Code: 'ConditionalCheckFailed' }])],
    ['a transaction that was cancelled without a word', cancelled()],
  ])('does not for %s', async (_which, reason) => {
    expect(await met(reason, 1)).toEqual({ asked: 1, error: reason })
  })
})

test('what belongs to nobody has its place in the table', () => {
  expect(base.handoverKey()).toEqual({ pk: { S: 'TIPS' }, sk: { S: 'HANDOVER' } })
  expect(base.editionKey('weekly', 'one')).toEqual({ pk: { S: 'EDITION#weekly' }, sk: { S: 'one' } })
  expect(base.counterKey('hour')).toEqual({ pk: { S: 'COUNT#hour' }, sk: { S: 'COUNT' } })
})

describe('what the database cannot do is an error, and no answer', () => {
  const person: Person = { id: 'x', confirmations: [], requests: [], held: [] }
  test.each<[string, () => Promise<unknown>]>([
    ['create', () => subscriptions.create(reading, NOW)],
    ['save', () => subscriptions.save(reading)],
    ['claim', () => subscriptions.claim(reading, mine)],
    ['claimConfirmation', () => subscriptions.claimConfirmation(reading, mine, { person })],
    ['remove', () => subscriptions.remove(reading)],
    ['saveWhileStopped', () => subscriptions.saveWhileStopped(NOW)(reading)],
    ['takeDay', () => subscriptions.takeDay(reading, '2026-11-24')],
  ])('%s', (_name, call) => expect(table.withoutIt(call)).rejects.toThrow('resource not found'))
})

describe('what it costs', () => {
  /** Somebody in the middle of our longest series, with requests under way and another series beside it. */
  const typical: Subscription = {
    ...reading,
    series: 'the-other-way-round',
    email: 'katharina.weiss@example.example',
    firstName: 'Katharina',
    timeZone: 'America/Los_Angeles',
    edition: '7fbfc693b1',
    consent: { ...consent, from: 'Zm9vYmFyYmF6cXV4cXV1eA', confirmedFrom: 'Zm9vYmFyYmF6cXV4cXV1eA' },
    had: [
      'you-ask-the-questions',
      'five-doors',
      'the-letter',
      'silence',
      'homework',
      'questions',
      'twenty-minutes',
      'x',
    ],
    reached: ['sent', 'replied', 'scheduled', 'met'],
    mailDays: Array.from({ length: 10 }, (_, index) => `2026-12-${index + 10}`),
    others: true,
    messageId: '0100019c3a5b7d2e-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
    next: 'if-it-goes-wrong',
  }

  const sizeOf = async (reader: Subscription): Promise<number> => {
    const item = (await table.items()).find(
      ({ pk, sk }) => pk?.S === `PERSON#${reader.person}` && sk?.S === `SERIES#${reader.series}`,
    )
    return sizeOfValue({ M: item })
  }
  /** By DynamoDB's rules: names and values in UTF-8; 3 bytes for a list or map, and 1 for each entry of it. */
  const sizeOfValue = (value: Record<string, unknown>): number => {
    const [[type = '', held] = []] = Object.entries(value)
    if (type === 'S') return Buffer.byteLength(held as string)
    if (type === 'N') return Math.ceil((held as string).length / 2) + 1
    if (type === 'BOOL') return 1
    if (type === 'L') return 3 + (held as Record<string, unknown>[]).reduce((sum, one) => sum + 1 + sizeOfValue(one), 0)
    return Object.entries(held as Record<string, Record<string, unknown>>).reduce(
      (sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOfValue(one),
      3,
    )
  }

  test('a part: one write unit to claim, three to settle', async () => {
    const reader = await stored(fresh(typical))
    calls.asked.length = 0
    const claimed = await subscriptions.claim(reader, mine)
    if (claimed.result !== 'claimed') return expect.unreachable()
    const size = await sizeOf(reader)
    await subscriptions.save(
      hadPart(claimed.subscription, 'if-it-goes-wrong', {
        now: NOW,
        due: due('the-last-one', '2026-12-01T17:00:00.000Z'),
        passed: [],
        outcome: { messageId: typical.messageId ?? '', at: NOW },
        expiresAt: EXPIRES,
      }),
    )
    const used = unitsOf(calls.asked)
    console.info(`An item of ${size} bytes; write units to claim and to settle: ${used.join(' and ')}`)
    expect(size).toBeLessThan(1024)
    expect(used).toEqual([1, 3])
  })

  test('finding out what is due: a read unit for more than fifty readers', async () => {
    const before = await subscriptions.dueIn('tips#7', '9', { limit: 10_000 })
    const readers: Subscription[] = []
    while (readers.length < 200) {
      const reader = fresh({ ...typical, ...due('if-it-goes-wrong', '2033-01-01T09:00:00.000Z') })
      if (subscriptions.shardOf(reader.person) === 'tips#7') readers.push(reader)
    }
    await Promise.all(readers.map(stored))
    calls.asked.length = 0
    const { ready } = await subscriptions.dueIn('tips#7', '9', { from: before.ready.at(-1)?.place, limit: 10_000 })
    const [units = 0] = unitsOf(calls.asked)
    console.info(`${ready.length} readers found for ${units} read units`)
    expect(ready).toHaveLength(200)
    expect(units).toBeLessThanOrEqual(4)
    calls.asked.length = 0
    await subscriptions.dueIn('tips#7', '2001-01-01T00:00:00.000Z', { limit: 10_000 })
    expect(unitsOf(calls.asked)).toEqual([0.5])
  })
})
