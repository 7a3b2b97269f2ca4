import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import { instantOf, localTime, toDate, toDay, toInstant, toMs } from '../shared/calendar.ts'
import { afterPause, anotherDay, atNewHour, dueAfter, firstDue, isTooLate, localDay } from '../shared/tips/rhythm.ts'
import { allZones } from '../shared/zone.ts'
import { settings } from './people.ts'

type Reader = Parameters<typeof firstDue>[0]
type Moment = ReturnType<typeof firstDue>

const ada: Reader = { timeZone: 'America/New_York', hour: 9 }
const days = (count: number) => ({ days: count, months: 0 })
const months = (count: number) => ({ days: 0, months: count })
const weekly = days(7)

/** A wall-clock time in her zone as an instant. */
const at = (wallTime: string, { timeZone } = ada) => toInstant(instantOf(wallTime, timeZone))
/** What a moment is to her: the day of the rhythm where it is another one, and the wall-clock time. */
const seen = ({ dueOn, dueAt }: Moment, { timeZone }: Pick<Reader, 'timeZone'> = ada) => {
  const wall = localTime(dueAt, timeZone).slice(0, 16)
  return wall.startsWith(dueOn) ? wall : `${dueOn} on ${wall}`
}
const wallDay = ({ dueAt }: Moment, { timeZone }: Reader) => localTime(dueAt, timeZone).slice(0, 10)
const plus = (instant: string, minutes: number) => toInstant(toMs(instant) + minutes * 60_000)
const known = new Map<string, string>()
/** The rule, as somebody else has written it down: a skipped time comes as much later, of a repeated one the first. */
const byTemporal = (date: string, { timeZone, hour }: Reader): string => {
  const name = `${date} ${hour} ${timeZone}`
  const at = known.get(name) ?? toInstant(temporalAt(date, hour, timeZone))
  known.set(name, at)
  return at
}
const temporalAt = (date: string, hour: number, timeZone: string): number =>
  Temporal.PlainDate.from(date).toPlainDateTime({ hour }).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds
/** Her hour on that day; or that of the day before, whose last hour a change of the clock may have moved into this one. */
const hoursOn = (date: string, reader: Reader) => [byTemporal(date, reader), byTemporal(later(date, -1), reader)]
const weekday = (date: string) => toDay(date) % 7
const later = (date: string, count: number) => toDate(toDay(date) + count)

describe('the first part', () => {
  test.each([
    ['before her hour comes today', '2026-11-24T08:59', days(0), {}, '2026-11-24T09:00'],
    ['at her hour comes tomorrow', '2026-11-24T09:00', days(0), {}, '2026-11-25T09:00'],
    ['in the night comes the same day', '2026-11-24T00:05', days(0), {}, '2026-11-24T09:00'],
    ['on a Saturday comes on it: tips know no weekend', '2026-11-28T08:00', days(0), {}, '2026-11-28T09:00'],
    ['with a delay waits that many days', '2026-11-24T08:00', days(3), {}, '2026-11-27T09:00'],
    ['with a delay waits for the hour of that day', '2026-11-24T20:00', days(3), {}, '2026-11-27T09:00'],
    ['a month on is on that day', '2026-11-24T20:00', months(1), {}, '2026-12-24T09:00'],
    ['at midnight is the start of tomorrow', '2026-11-24T20:00', days(0), { hour: 0 }, '2026-11-25T00:00'],
    [
      'on a day with workflow mail comes on the next free one, and that day is forgotten',
      '2026-11-24T08:00',
      days(0),
      { mailDays: ['2026-11-24', '2026-11-25'] },
      '2026-11-24 on 2026-11-26T09:00',
    ],
  ])('asked for %s', (_case, now, delay, reader, expected) => {
    expect(seen(firstDue({ ...ada, ...reader }, delay, at(now)))).toBe(expected)
  })

  test('is today or tomorrow where she is, not where we are', () => {
    // It is Monday evening in New York, and Tuesday morning in Auckland.
    const now = '2026-11-24T00:30:00.000Z'
    const auckland = { timeZone: 'Pacific/Auckland', hour: 15 }
    expect(seen(firstDue(auckland, days(0), now), auckland)).toBe('2026-11-24T15:00')
    expect(seen(firstDue({ ...ada, hour: 22 }, days(0), now))).toBe('2026-11-23T22:00')
    expect([localDay(now, auckland), localDay(now, ada)]).toEqual(['2026-11-24', '2026-11-23'])
  })
})

describe('the next part', () => {
  test.each([
    ['a week later', '2026-11-24', weekly, '2026-11-24T09:01', {}, '2026-12-01T09:00'],
    ['the next day', '2026-11-24', days(1), '2026-11-24T09:01', {}, '2026-11-25T09:00'],
    ['never on the same day', '2026-11-24', days(0), '2026-11-24T00:01', { hour: 0 }, '2026-11-25T00:00'],
    ['a month after 31 January', '2027-01-31', months(1), '2027-01-31T09:01', {}, '2027-02-28T09:00'],
    ['a month after 31 January of a leap year', '2028-01-31', months(1), '2028-01-31T09:01', {}, '2028-02-29T09:00'],
    ['a month after 28 February', '2027-02-28', months(1), '2027-02-28T09:01', {}, '2027-03-28T09:00'],
    ['a month and three days', '2026-11-30', { days: 3, months: 1 }, '2026-11-30T09:01', {}, '2027-01-02T09:00'],
    ['over the end of a year', '2026-12-29', weekly, '2026-12-29T09:01', {}, '2027-01-05T09:00'],
    [
      'after one that came on Thursday because of mail is on Tuesday again',
      '2026-11-24',
      weekly,
      '2026-11-26T09:01',
      {},
      '2026-12-01T09:00',
    ],
    [
      'on a day with mail comes the day after, in the place of that day',
      '2026-11-24',
      weekly,
      '2026-11-24T09:01',
      { mailDays: ['2026-12-01'] },
      '2026-12-01 on 2026-12-02T09:00',
    ],
    [
      'sent after midnight counts from its own day',
      '2026-11-24',
      weekly,
      '2026-11-25T00:10',
      { hour: 23 },
      '2026-12-01T23:00',
    ],
    [
      'sent after midnight leaves that day alone',
      '2026-11-24',
      days(1),
      '2026-11-25T00:10',
      { hour: 23 },
      '2026-11-26T23:00',
    ],
    [
      'long after all was stopped comes tomorrow, and the rhythm begins anew',
      '2026-11-03',
      weekly,
      '2026-11-24T10:00',
      {},
      '2026-11-25T09:00',
    ],
  ])('%s', (_case, dueOn, delay, now, reader, expected) => {
    expect(seen(dueAfter({ ...ada, ...reader }, dueOn, delay, at(now)))).toBe(expected)
  })
})

/** Zones with a change of clocks, or a day that never was, and the first day under each new rule. */
const changes = {
  'Pacific/Auckland': ['2026-09-27', '2027-04-04'],
  'America/Los_Angeles': ['2026-11-01', '2027-03-14'],
  'Europe/London': ['2026-10-25', '2027-03-28'],
  'Asia/Kathmandu': ['2026-10-25'],
  'Australia/Lord_Howe': ['2026-10-04', '2027-04-04'],
  // From 29 to 31 December in one night; and a summer time of its last years.
  'Pacific/Apia': ['2011-12-31', '2020-09-27', '2021-04-04'],
  // These change at midnight.
  'Africa/Cairo': ['2027-04-30', '2026-10-30'],
  'America/Havana': ['2027-03-14', '2026-11-01'],
} as const

describe.each(Object.entries(changes))('over the changes of the clock in %s', (timeZone, dates) => {
  test.each([...Array(24).keys()])('a weekly series at %i o’clock stays on its weekday and at its hour', (hour) => {
    const reader = { timeZone, hour }
    for (const change of dates) {
      for (let start = -18; start <= -12; start += 1) {
        let now = plus(byTemporal(later(change, start), reader), -90)
        const first = firstDue(reader, days(0), now)
        const received = new Set<string>()
        let moment = first
        for (let count = 0; count < 5; count += 1) {
          expect(weekday(moment.dueOn)).toBe(weekday(first.dueOn))
          expect(moment.dueOn).toBe(later(first.dueOn, 7 * count))
          expect(moment.dueAt).toBe(byTemporal(moment.dueOn, reader))
          expect(received).not.toContain(wallDay(moment, reader))
          received.add(wallDay(moment, reader))
          now = plus(moment.dueAt, 4)
          moment = dueAfter(reader, moment.dueOn, weekly, now)
        }
      }
    }
  })

  test.each([...Array(24).keys()])('a daily series at %i o’clock comes once on every day there is', (hour) => {
    const reader = { timeZone, hour }
    for (const change of dates) {
      let moment = firstDue(reader, days(0), plus(byTemporal(later(change, -4), reader), -90))
      const received: string[] = []
      for (let count = 0; count < 8; count += 1) {
        received.push(wallDay(moment, reader))
        moment = dueAfter(reader, moment.dueOn, days(1), plus(moment.dueAt, 4))
      }
      const skipped = change === '2011-12-31' ? ['2011-12-30'] : []
      const expected = [...Array(9).keys()].map((count) => later(change, count - 4))
      expect(received).toEqual(expected.filter((day) => !skipped.includes(day)).slice(0, 8))
    }
  })
})

describe('on the night of the change', () => {
  test.each([
    ['an hour that is skipped', 'America/Los_Angeles', 2, '2027-03-14', '2027-03-14T03:00:00-07:00'],
    ['an hour that comes twice', 'America/Los_Angeles', 1, '2026-11-01', '2026-11-01T01:00:00-07:00'],
    ['half an hour that is skipped', 'Australia/Lord_Howe', 2, '2026-10-04', '2026-10-04T02:30:00+11:00'],
    ['a midnight that is skipped', 'America/Havana', 0, '2027-03-14', '2027-03-14T01:00:00-04:00'],
    ['a midnight that comes twice', 'America/Havana', 0, '2026-11-01', '2026-11-01T00:00:00-04:00'],
    ['a last hour that is skipped', 'America/Scoresbysund', 23, '2027-03-27', '2027-03-28T00:00:00-01:00'],
    ['a day that never was', 'Pacific/Apia', 9, '2011-12-30', '2011-12-31T09:00:00+14:00'],
  ])('%s', (_case, timeZone, hour, day, expected) => {
    const reader = { timeZone, hour }
    const { dueAt } = dueAfter(reader, later(day, -7), weekly, plus(byTemporal(later(day, -7), reader), 1))
    expect(localTime(dueAt, timeZone)).toBe(`${expected}[${timeZone}]`)
  })
})

test.each([
  ['America/Scoresbysund', 23, '2027-03-27', '2027-03-28', '2027-03-29T23:00'],
  ['Pacific/Apia', 9, '2011-12-30', '2011-12-31', '2012-01-01T09:00'],
])('in %s a clock change moves no part onto a day with mail', (timeZone, hour, day, mailDay, expected) => {
  const reader = { timeZone, hour, mailDays: [mailDay] }
  const now = plus(byTemporal(later(day, -7), reader), 1)
  expect(seen(dueAfter(reader, later(day, -7), weekly, now), reader)).toBe(`${day} on ${expected}`)
})

describe('whatever the zone, the hour, the delays, the mail of the workflow and the lateness', () => {
  const reader = fc.record({
    timeZone: fc.constantFrom(...allZones()),
    hour: fc.integer({ min: 0, max: 23 }),
    mailDays: fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 25 })
      .map((set) => set.map((day) => later('2027-02-20', day)).sort()),
  })
  const delay = fc.record({ days: fc.integer({ min: 0, max: 10 }), months: fc.integer({ min: 0, max: 2 }) })
  const now = fc.integer({ min: 0, max: 60 * 24 * 45 }).map((minutes) => plus('2027-02-15T00:00:00.000Z', minutes))
  const check = <Args extends [unknown, ...unknown[]]>(property: fc.IProperty<Args>) =>
    fc.assert(property, { numRuns: 500, seed: 20270314 })

  test('parts come on different days, none with mail on it, each at the hour of its day', () => {
    const late = fc.integer({ min: 0, max: 300 })
    check(
      fc.property(reader, now, fc.array(fc.tuple(delay, late), { minLength: 6, maxLength: 6 }), (ada, start, parts) => {
        let moment = firstDue(ada, parts[0]?.[0] ?? weekly, start)
        expect(moment.dueAt > start).toBe(true)
        let last = ''
        for (const [delay, late] of parts) {
          const day = wallDay(moment, ada)
          expect(day > last).toBe(true)
          expect(ada.mailDays).not.toContain(day)
          expect(moment.dueOn <= day).toBe(true)
          expect(hoursOn(day, ada)).toContain(moment.dueAt)
          const sentAt = plus(moment.dueAt, late)
          last = localDay(sentAt, ada)
          const next = dueAfter(ada, moment.dueOn, delay, sentAt)
          expect(next.dueOn >= later(last, 1) || next.dueOn === moment.dueOn).toBe(true)
          moment = next
        }
      }),
    )
  })

  test('the first part comes at the first hour of hers after the delay that is free', () => {
    check(
      fc.property(reader, now, delay, (ada, now, delay) => {
        const { dueOn, dueAt } = firstDue(ada, delay, now)
        const earliest = Temporal.PlainDate.from(localDay(now, ada))
          .add({ months: delay.months })
          .add({ days: delay.days })
        for (let day = earliest.toString(); day < wallDay({ dueOn, dueAt }, ada); day = later(day, 1)) {
          expect(ada.mailDays.includes(day) || byTemporal(day, ada) <= now).toBe(true)
        }
      }),
    )
  })

  test('another day is a later one that is free, with the same place in the rhythm', () => {
    check(
      fc.property(reader, now, (ada, now) => {
        const dueOn = localDay(now, ada)
        const moved = anotherDay(ada, dueOn, now)
        const day = wallDay(moved, ada)
        expect(moved.dueOn).toBe(dueOn)
        expect(day > dueOn).toBe(true)
        expect(ada.mailDays).not.toContain(day)
        expect(hoursOn(day, ada)).toContain(moved.dueAt)
      }),
    )
  })

  test('a new hour is still to come, and changes the day only where it has passed', () => {
    check(
      fc.property(reader, now, fc.integer({ min: 0, max: 23 }), (ada, now, before) => {
        const moment = firstDue({ ...ada, hour: before }, days(0), now)
        const moved = atNewHour(ada, moment, now)
        expect(moved.dueOn).toBe(moment.dueOn)
        expect(moved.dueAt > now).toBe(true)
        expect(ada.mailDays).not.toContain(wallDay(moved, ada))
        const [then, since] = [wallDay(moment, ada), wallDay(moved, ada)]
        if (byTemporal(then, ada) > now) expect(since).toBe(then)
        else expect(since > then).toBe(true)
      }),
    )
  })

  test('a pause ends at her hour, as many weeks from today', () => {
    check(
      fc.property(reader, now, fc.integer({ min: 1, max: 26 }), (ada, now, weeks) => {
        const moment = afterPause(ada, weeks, now)
        expect(moment.dueOn).toBe(later(localDay(now, ada), 7 * weeks))
        expect(hoursOn(wallDay(moment, ada), ada)).toContain(moment.dueAt)
        expect(ada.mailDays).not.toContain(wallDay(moment, ada))
      }),
    )
  })
})

describe('a new hour', () => {
  const tuesday = { dueOn: '2026-11-24', dueAt: at('2026-11-24T09:00') }
  test.each([
    ['later on the day is on it', 18, '2026-11-24T07:00', '2026-11-24T18:00'],
    ['earlier on the day is on it', 8, '2026-11-24T07:00', '2026-11-24T08:00'],
    [
      'that has passed is tomorrow’s, and the day keeps its place',
      6,
      '2026-11-24T07:00',
      '2026-11-24 on 2026-11-25T06:00',
    ],
    ['that is this very minute is tomorrow’s', 7, '2026-11-24T07:00', '2026-11-24 on 2026-11-25T07:00'],
    ['chosen days before is on the day', 6, '2026-11-22T07:00', '2026-11-24T06:00'],
  ])('%s', (_case, hour, now, expected) => {
    expect(seen(atNewHour({ ...ada, hour }, tuesday, at(now)))).toBe(expected)
  })

  test('of a part that was moved is on the day it was moved to', () => {
    const moved = { dueOn: '2026-11-24', dueAt: at('2026-11-26T09:00') }
    expect(seen(atNewHour({ ...ada, hour: 18 }, moved, at('2026-11-24T20:00')))).toBe('2026-11-24 on 2026-11-26T18:00')
  })
})

describe('a pause of weeks', () => {
  test.each([
    [1, '2026-11-24T22:00', {}, '2026-12-01T09:00'],
    [2, '2026-11-24T08:00', {}, '2026-12-08T09:00'],
    [16, '2026-11-24T08:00', {}, '2027-03-16T09:00'],
    [1, '2026-11-24T08:00', { mailDays: ['2026-12-01'] }, '2026-12-01 on 2026-12-02T09:00'],
  ])('of %i from %s', (weeks, now, reader, expected) => {
    expect(seen(afterPause({ ...ada, ...reader }, weeks, at(now)))).toBe(expected)
  })
})

describe('what is late', () => {
  test.each<[string, hour: number, now: string, tooLate: boolean]>([
    ['by minutes comes', 9, '2026-11-24T09:04', false],
    ['by hours of the day comes', 9, '2026-11-24T20:59', false],
    ['until night waits', 9, '2026-11-24T21:00', true],
    ['until the night is far waits', 9, '2026-11-25T02:00', true],
    ['until the end of the night waits', 9, '2026-11-25T07:59', true],
    ['until the next morning comes', 9, '2026-11-25T08:00', false],
    ['by less than three hours comes even at night, which is the hour she chose', 23, '2026-11-25T01:59', false],
    ['by three hours of the night waits', 23, '2026-11-25T02:00', true],
    ['at an hour of the night that she chose comes', 3, '2026-11-24T03:02', false],
  ])('%s', (_case, hour, now, tooLate) => {
    const reader = { ...ada, hour }
    expect(isTooLate(reader, byTemporal('2026-11-24', reader), at(now), settings.quiet)).toBe(tooLate)
  })

  test('is so by her clock, also on the night that clocks change', () => {
    const auckland = { timeZone: 'Pacific/Auckland', hour: 17 }
    const dueAt = byTemporal('2026-09-26', auckland)
    expect(isTooLate(auckland, dueAt, at('2026-09-26T20:30', { ...ada, ...auckland }), settings.quiet)).toBe(false)
    expect(isTooLate(auckland, dueAt, at('2026-09-27T03:30', { ...ada, ...auckland }), settings.quiet)).toBe(true)
    expect(isTooLate(auckland, dueAt, at('2026-09-27T08:00', { ...ada, ...auckland }), settings.quiet)).toBe(false)
  })
})
