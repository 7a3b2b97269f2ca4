import { describe, expect, test } from 'vitest'
import type { Subscription } from '../shared/tips/subscription.ts'
import { isOnItsWay, nextNow, pausedFor, withSettings } from '../shared/tips/wishes.ts'
import { ada, resting, weekly } from './readers.ts'

const { parts } = weekly
const MINUTE = 60_000
// A Monday morning in New York, the day before her second part is due.
const NOW = '2026-11-23T15:00:00.000Z'
const ago = (ms: number) => new Date(Date.parse(NOW) - ms).toISOString()
const batch = '01JDBATCH00000000000000000'
const paused: Subscription = {
  ...ada,
  state: 'paused',
  dueOn: '2026-12-08',
  dueAt: '2026-12-08T14:00:00.000Z',
  pausedUntil: '2026-12-08',
}
const all = parts.map(({ id }) => id)

describe('a part is on its way to her', () => {
  const { sentAt: _long, ...quiet } = ada
  test.each([
    ['a part was claimed less than ten minutes ago', { claim: { at: ago(10 * MINUTE - 1), batch } }, true],
    ['the claim is ten minutes old', { claim: { at: ago(10 * MINUTE), batch } }, false],
    ['it rang less than a minute ago', { ring: ago(MINUTE - 1) }, true],
    ['it rang a minute ago', { ring: ago(MINUTE) }, false],
    ['one was sent less than a minute ago', { sentAt: ago(MINUTE - 1) }, true],
    ['one was sent a minute ago', { sentAt: ago(MINUTE) }, false],
    ['nothing of that is known', {}, false],
  ])('%s', (_case, known, expected) => {
    expect(isOnItsWay({ ...quiet, ...known }, NOW)).toBe(expected)
  })
})

describe('the next part at once', () => {
  test('is due now, on the day that it is where she is', () => {
    const night = '2026-11-24T02:00:00.000Z'
    expect(nextNow(ada, { parts, now: night })).toEqual({
      ...ada,
      next: 'two',
      dueAt: night,
      dueOn: '2026-11-23',
      ring: night,
      wished: night,
      version: ada.version + 1,
    })
  })

  test('ends a pause', () => {
    expect(nextNow(paused, { parts, now: NOW })).toEqual({
      ...ada,
      dueAt: NOW,
      dueOn: '2026-11-23',
      ring: NOW,
      wished: NOW,
      version: ada.version + 1,
    })
  })

  test.each([
    ['who has had all', { ...ada, had: all }],
    ['whose address is not confirmed', { ...resting, state: 'pending' }],
    ['who has left', { ...resting, state: 'unsubscribed' }],
    ['whose mail is stopped', { ...resting, state: 'suppressed' }],
    ['who was at the end before one more came', { ...resting, state: 'finished' }],
  ] as [string, Subscription][])('is nothing for a reader %s', (_who, reader) => {
    expect(nextNow(reader, { parts, now: NOW })).toBeUndefined()
  })
})

describe('a pause', () => {
  test('lasts so many weeks from today, and then it goes on with what is next', () => {
    expect(pausedFor(ada, 2, { parts, now: NOW })).toEqual({
      ...ada,
      state: 'paused',
      next: 'two',
      dueAt: '2026-12-07T14:00:00.000Z',
      dueOn: '2026-12-07',
      pausedUntil: '2026-12-07',
      version: ada.version + 1,
    })
  })

  test('brings nothing sooner than it would have come, pressed once or twice', () => {
    const monthly = { ...ada, dueOn: '2026-12-24', dueAt: '2026-12-24T14:00:00.000Z' }
    const once = pausedFor(monthly, 1, { parts, now: NOW })
    expect(once).toMatchObject({
      state: 'paused',
      dueOn: monthly.dueOn,
      dueAt: monthly.dueAt,
      pausedUntil: '2026-11-30',
    })
    expect(once && pausedFor(once, 2, { parts, now: NOW })).toMatchObject({
      dueAt: monthly.dueAt,
      pausedUntil: '2026-12-07',
    })
    expect(once && pausedFor(once, 10, { parts, now: NOW })).toMatchObject({
      dueOn: '2027-02-01',
      pausedUntil: '2027-02-01',
    })
  })

  test('that ends on the day to which a part had moved begins the rhythm anew on that day', () => {
    const moved = { ...ada, dueOn: '2026-11-29', dueAt: '2026-11-30T14:00:00.000Z' }
    expect(pausedFor(moved, 1, { parts, now: NOW })).toMatchObject({ dueOn: '2026-11-30', dueAt: moved.dueAt })
  })

  test('can be made longer or shorter', () => {
    expect(pausedFor(paused, 1, { parts, now: NOW })).toMatchObject({
      state: 'paused',
      pausedUntil: '2026-11-30',
      dueAt: '2026-11-30T14:00:00.000Z',
    })
  })

  test.each([
    ['keeps its name', { ...ada, had: all }, 'two'],
    ['has one where there was none', { ...resting, had: all }, 'end'],
  ] as [string, Subscription, string][])(
    'with nothing left ends in due time: what is due %s',
    (_what, reader, next) => {
      expect(pausedFor(reader, 1, { parts, now: NOW })).toMatchObject({ next, pausedUntil: '2026-11-30' })
    },
  )

  test.each(['pending', 'finished', 'unsubscribed', 'suppressed'] as const)('is none for who is %s', (state) => {
    expect(pausedFor({ ...resting, state }, 1, { parts, now: NOW })).toBeUndefined()
  })
})

describe('her settings', () => {
  const zone = 'Pacific/Auckland'
  const version = ada.version + 1

  test('are as they were where nothing is said, or the same', () => {
    expect(withSettings(ada, {}, NOW)).toBeUndefined()
    expect(withSettings(ada, { hour: ada.hour, timeZone: ada.timeZone, firstName: 'Ada' }, NOW)).toBeUndefined()
    const { firstName: _none, ...nameless } = ada
    expect(withSettings(nameless, {}, NOW)).toBeUndefined()
    expect(withSettings(nameless, { firstName: '' }, NOW)).toBeUndefined()
  })

  test('a name moves nothing, and an empty one is none', () => {
    expect(withSettings(ada, { firstName: 'Augusta' }, NOW)).toEqual({ ...ada, firstName: 'Augusta', version })
    const { firstName: _gone, ...nameless } = ada
    expect(withSettings(ada, { firstName: '' }, NOW)).toEqual({ ...nameless, version })
  })

  test('an hour or a zone moves what is due, and no other thing', () => {
    expect(withSettings(ada, { hour: 18 }, NOW)).toEqual({
      ...ada,
      hour: 18,
      dueAt: '2026-11-24T23:00:00.000Z',
      version,
    })
    expect(withSettings(ada, { timeZone: zone }, NOW)).toMatchObject({
      hour: ada.hour,
      timeZone: zone,
      dueAt: '2026-11-24T20:00:00.000Z',
      dueOn: '2026-11-24',
    })
  })

  test.each([
    ['what is overdue stays due', ada, '2026-11-24T14:00:01.000Z'],
    ['what is due at this moment stays due', ada, '2026-11-24T14:00:00.000Z'],
    ['the mail that asks to confirm has no hour', { ...ada, state: 'pending' }, NOW],
    ['nothing becomes due where nothing is', { ...resting, state: 'active' }, NOW],
  ] as [string, Subscription, string][])('%s', (_case, reader, now) => {
    expect(withSettings(reader, { hour: 18 }, now)).toEqual({ ...reader, hour: 18, version })
  })
})
