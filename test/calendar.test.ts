import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import {
  addBusinessDays,
  addCalendarTime,
  type Calendar,
  dayOf,
  instantOf,
  localTime,
  nextMailDay,
  outOfTheNight,
  slotOn,
  toDate,
  toDay,
  toInstant,
  toMs,
} from '../shared/calendar.ts'
import { allZones, canonicalZone } from '../shared/zone.ts'
import { settings } from './people.ts'

const calendar = (changes: Partial<Calendar> = {}): Calendar => ({ ...settings, pauses: [], ...changes })
const onDay = (date: string, changes?: Partial<Calendar>) =>
  localTime(toInstant(slotOn(toDay(date), calendar(changes))), calendar(changes).timeZone)

describe('the send slot', () => {
  test.each([
    [
      'New York, the day clocks go forward',
      'America/New_York',
      '2027-03-14',
      '2027-03-14T08:30:00-04:00[America/New_York]',
    ],
    [
      'New York, the day clocks go back',
      'America/New_York',
      '2026-11-01',
      '2026-11-01T08:30:00-05:00[America/New_York]',
    ],
    [
      'Kathmandu, at a quarter to the hour',
      'Asia/Kathmandu',
      '2026-12-01',
      '2026-12-01T08:30:00+05:45[Asia/Kathmandu]',
    ],
    [
      'Lord Howe, which changes by half an hour',
      'Australia/Lord_Howe',
      '2027-04-04',
      '2027-04-04T08:30:00+10:30[Australia/Lord_Howe]',
    ],
    ['Lord Howe in its summer', 'Australia/Lord_Howe', '2026-12-01', '2026-12-01T08:30:00+11:00[Australia/Lord_Howe]'],
    [
      'Kiritimati, first to see the day',
      'Pacific/Kiritimati',
      '2026-12-01',
      '2026-12-01T08:30:00+14:00[Pacific/Kiritimati]',
    ],
    [
      'Casablanca, in the month of Ramadan',
      'Africa/Casablanca',
      '2027-02-15',
      '2027-02-15T08:30:00+00:00[Africa/Casablanca]',
    ],
  ])('is half past eight on the wall in %s', (_where, timeZone, date, expected) => {
    expect(onDay(date, { timeZone })).toBe(expected)
  })

  test('in the hour that a clock change skips moves on by the same distance', () => {
    expect(onDay('2027-03-14', { slot: '02:30' })).toBe('2027-03-14T03:30:00-04:00[America/New_York]')
  })

  test('in the hour that a clock change repeats is the first of the two', () => {
    expect(onDay('2026-11-01', { slot: '01:30' })).toBe('2026-11-01T01:30:00-04:00[America/New_York]')
  })

  test('is what Temporal says, in every zone and on every day of two years', () => {
    const zones = allZones()
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 20700, max: 21430 }),
        fc.integer({ min: 0, max: 23 }),
        (timeZone, day, hour) => {
          const slot = `${String(hour).padStart(2, '0')}:30`
          const expected = Temporal.PlainDateTime.from(`${toDate(day)}T${slot}`).toZonedDateTime(
            timeZone,
          ).epochMilliseconds
          expect(slotOn(day, calendar({ timeZone, slot }))).toBe(expected)
          expect(toDate(dayOf(expected, timeZone))).toBe(
            Temporal.Instant.fromEpochMilliseconds(expected).toZonedDateTimeISO(timeZone).toPlainDate().toString(),
          )
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('business days', () => {
  test.each([
    ['over a weekend', '2026-11-26', 3, {}, '2026-12-01'],
    ['from a Saturday', '2026-11-28', 1, {}, '2026-11-30'],
    ['over a holiday', '2026-12-23', 2, { holidays: ['2026-12-25'] }, '2026-12-28'],
    ['backwards over a weekend', '2026-12-01', -3, {}, '2026-11-26'],
    ['in a week from Sunday to Thursday', '2026-11-26', 1, { workingDays: [7, 1, 2, 3, 4] }, '2026-11-29'],
    ['where Friday and Sunday are off', '2026-11-26', 1, { workingDays: [1, 2, 3, 4, 6] }, '2026-11-28'],
    [
      'without the days of a pause',
      '2026-11-23',
      3,
      { pauses: [{ from: '2026-11-24', until: '2026-12-01' }] },
      '2026-12-03',
    ],
    ['none', '2026-11-23', 0, {}, '2026-11-23'],
  ])('are counted %s', (_case, from, count, changes, expected) => {
    expect(toDate(addBusinessDays(toDay(from), count, calendar(changes)))).toBe(expected)
  })

  test('cannot be counted in a week without working days', () => {
    expect(() => addBusinessDays(0, 1, calendar({ workingDays: [] }))).toThrow('no working days')
    expect(() => nextMailDay(0, calendar({ workingDays: [] }))).toThrow('no working days')
  })
})

describe('calendar time', () => {
  test.each([
    ['a month after 31 January is the end of February', '2027-01-31', { months: 1 }, {}, '2027-02-28'],
    ['four months from October end in the next year', '2026-10-31', { months: 4 }, {}, '2027-02-28'],
    ['fourteen days', '2026-11-23', { days: 14 }, {}, '2026-12-07'],
    [
      'fourteen days with a week of pause in them',
      '2026-11-23',
      { days: 14 },
      { pauses: [{ from: '2026-11-25', until: '2026-12-02' }] },
      '2026-12-14',
    ],
    [
      'a pause that ends with the first day changes nothing',
      '2026-11-23',
      { days: 7 },
      { pauses: [{ from: '2026-11-22', until: '2026-11-24' }] },
      '2026-11-30',
    ],
    [
      'a pause of the last day moves it on',
      '2026-11-23',
      { days: 7 },
      { pauses: [{ from: '2026-11-30', until: '2026-12-01' }] },
      '2026-12-01',
    ],
    [
      'a pause that begins later changes nothing',
      '2026-11-23',
      { days: 2 },
      { pauses: [{ from: '2026-11-26', until: '2026-12-02' }] },
      '2026-11-25',
    ],
  ])('%s', (_case, from, span, changes, expected) => {
    expect(toDate(addCalendarTime(toDay(from), span, calendar(changes)))).toBe(expected)
  })

  test('months are what Temporal makes of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 15000, max: 30000 }), fc.integer({ min: 1, max: 30 }), (day, months) => {
        const expected = Temporal.PlainDate.from(toDate(day)).add({ months }).toString()
        expect(toDate(addCalendarTime(day, { months }, calendar()))).toBe(expected)
      }),
    )
  })
})

describe('the night', () => {
  test.each([
    ['an hour in the day stays', '2026-11-24T15:00', '2026-11-24T15:00'],
    ['20:59 is still day', '2026-11-24T20:59', '2026-11-24T20:59'],
    ['21:00 waits for the next morning', '2026-11-24T21:00', '2026-11-25T08:30'],
    ['an hour after midnight waits for this morning', '2026-11-24T01:00', '2026-11-24T08:30'],
    ['08:00 is day again', '2026-11-24T08:00', '2026-11-24T08:00'],
    ['a Friday night waits for Saturday, not for Monday', '2026-11-27T22:00', '2026-11-28T08:30'],
  ])('%s', (_case, from, expected) => {
    const moved = outOfTheNight(instantOf(from, 'Asia/Kathmandu'), calendar({ timeZone: 'Asia/Kathmandu' }))
    expect(toInstant(moved)).toBe(toInstant(instantOf(expected, 'Asia/Kathmandu')))
  })
})

describe('zone names', () => {
  test.each([
    ['Asia/Katmandu', 'Asia/Kathmandu'],
    ['Asia/Kathmandu', 'Asia/Kathmandu'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['US/Eastern', 'America/New_York'],
    ['asia/calcutta', 'Asia/Kolkata'],
    ['Australia/LHI', 'Australia/Lord_Howe'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['Pacific/Kiritimati', 'Pacific/Kiritimati'],
    ['EST5EDT', 'America/New_York'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['ROK', 'Asia/Seoul'],
    ['HST', 'Pacific/Honolulu'],
  ])('%s is canonically %s', (typed, canonical) => expect(canonicalZone(typed)).toBe(canonical))

  test.each(['+05:00', '', 'Mars/Olympus', 'America/New York', '../etc/passwd', '\u0000'])('%j is no zone', (typed) =>
    expect(canonicalZone(typed)).toBeUndefined(),
  )

  // What ICU takes for them is Dhaka, Kolkata, Anchorage, and a zone of its own.
  test.each(['BST', 'IST', 'ast', 'CST', 'SystemV/AST4', 'Etc/Unknown', 'undefined'])(
    '%s is no zone of IANA',
    (typed) => expect(canonicalZone(typed)).toBeUndefined(),
  )

  test('the canonical name of a zone is its own canonical name, and tells the same time', () => {
    for (const zone of allZones()) {
      expect(canonicalZone(zone)).toBe(zone)
      expect(toMs('2026-12-01T00:00:00Z')).toBe(
        instantOf(localTime('2026-12-01T00:00:00.000Z', zone).slice(0, 16), zone),
      )
    }
  })
})
