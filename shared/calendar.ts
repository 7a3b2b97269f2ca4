import { Temporal } from 'temporal-polyfill'
import type { CalendarSettings } from './calendar-settings.ts'
import type { Instant, LocalDateTime, Pause } from './request.ts'

/**
 * The only place where wall-clock time becomes an instant. Dates are `Temporal.PlainDate` in the person's zone, instants
 * are milliseconds since 1970 inside and ISO strings outside. Where a clock change skips a wall time the instant is the
 * same distance later (02:30 → 03:30), where it repeats one it is the first.
 */
export type Calendar = CalendarSettings & { pauses: readonly Pause[] }

type Day = Temporal.PlainDate

const HOUR = 3_600_000
/** Nobody has this many days off in a row: a longer search means that the calendar has no working day at all. */
const SEARCH_DAYS = 1000

export const toMs = (instant: Instant): number => Date.parse(instant)
export const toInstant = (ms: number): Instant => new Date(ms).toISOString()

export const dayOf = (ms: number, timeZone: string): Day =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate()

/** The instant of a wall-clock time; `2026-12-03T15:00` in Asia/Kathmandu. Throws a RangeError for a date that does not exist. */
export const instantOf = (wallTime: LocalDateTime, timeZone: string): number =>
  Temporal.PlainDateTime.from(wallTime, { overflow: 'reject' }).toZonedDateTime(timeZone).epochMilliseconds

/** `2026-12-03T08:30:00-05:00[America/New_York]`: readable by people and machines alike. */
export const localTime = (instant: Instant, timeZone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toString({ smallestUnit: 'second' })

const times = new Map<string, Temporal.PlainTime>()
const at = (day: Day, wallTime: string, timeZone: string): number => {
  let time = times.get(wallTime)
  if (!time) {
    time = Temporal.PlainTime.from(wallTime)
    times.set(wallTime, time)
  }
  return day.toPlainDateTime(time).toZonedDateTime(timeZone).epochMilliseconds
}

export const isPaused = (day: Day, calendar: Calendar): boolean => {
  if (calendar.pauses.length === 0) return false
  const date = day.toString()
  return calendar.pauses.some((pause) => pause.from <= date && (!pause.until || date < pause.until))
}

/** A pause without an end that has begun: nothing can be planned. */
export const isPausedForGood = (calendar: Calendar): boolean => calendar.pauses.some((pause) => !pause.until)

const isWorkingDay = (day: Day, calendar: Calendar): boolean =>
  calendar.workingDays.includes(day.dayOfWeek) &&
  (calendar.holidays.length === 0 || !calendar.holidays.includes(day.toString()))

/** `count` working days after `day` (before it when negative). Paused days are not counted on the way forward. */
export const addBusinessDays = (day: Day, count: number, calendar: Calendar): Day => {
  const step = count < 0 ? -1 : 1
  // The common calendar, no days off and no pause, in integers: Temporal dates cost microseconds each.
  const plain = calendar.holidays.length === 0 && calendar.pauses.length === 0
  let weekday = day.dayOfWeek
  let moved = 0
  for (let left = Math.abs(count); left > 0; ) {
    if (Math.abs(moved) > SEARCH_DAYS) throw new RangeError('The calendar has no working days')
    moved += step
    weekday = ((weekday - 1 + step + 7) % 7) + 1
    if (!calendar.workingDays.includes(weekday)) continue
    if (!plain) {
      const candidate = day.add({ days: moved })
      if (!isWorkingDay(candidate, calendar) || (step > 0 && isPaused(candidate, calendar))) continue
    }
    left -= 1
  }
  return moved === 0 ? day : day.add({ days: moved })
}

/** That day or the next one on which mail may go out. */
export const nextMailDay = (day: Day, calendar: Calendar): Day => {
  let candidate = day
  for (let moved = 0; !isWorkingDay(candidate, calendar) || isPaused(candidate, calendar); moved += 1) {
    if (moved > SEARCH_DAYS) throw new RangeError('The calendar has no working days')
    candidate = candidate.add({ days: 1 })
  }
  return candidate
}

/** `days` or `months` later by the calendar, plus every paused day on the way. */
export const addCalendarTime = (day: Day, span: { days?: number; months?: number }, calendar: Calendar): Day => {
  let end = day.add(span)
  for (let date = day.add({ days: 1 }); calendar.pauses.length > 0 && Temporal.PlainDate.compare(date, end) <= 0; ) {
    if (isPaused(date, calendar)) end = end.add({ days: 1 })
    date = date.add({ days: 1 })
  }
  return end
}

export const slotOn = (day: Day, calendar: Calendar): number => at(day, calendar.slot, calendar.timeZone)

/** The end of the night on that day. */
export const morningOf = (day: Day, calendar: Calendar): number => at(day, calendar.quiet.to, calendar.timeZone)

/** The same instant by day; at night the next morning's slot, be it a weekend. */
export const outOfTheNight = (ms: number, calendar: Calendar): number => {
  const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(calendar.timeZone)
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' })
  if (time < calendar.quiet.to) return slotOn(local.toPlainDate(), calendar)
  return time >= calendar.quiet.from ? slotOn(local.toPlainDate().add({ days: 1 }), calendar) : ms
}

export const afterHours = (ms: number, hours: number): number => ms + hours * HOUR
