import { addCalendarTime, dayOf, instantOf, toDate, toDay, toInstant, toMs } from '../calendar.ts'
import type { CalendarSettings } from '../calendar-settings.ts'
import type { Instant, LocalDate } from '../request.ts'
import type { Delay } from './series.ts'
import type { Subscription } from './subscription.ts'

/** When parts come: by the reader's own calendar and clock, on any day of the week. */

/**
 * Days of workflow mail further ahead than this are not told to what she reads, so that it stays small: but when the request
 * changes again, or at last when the mail goes out. In milliseconds.
 */
export const TOLD_AHEAD = 45 * 86_400_000

type Reader = Pick<Subscription, 'timeZone' | 'hour' | 'mailDays'>
type Moment = { dueOn: LocalDate; dueAt: Instant }

const HOUR = 3_600_000
/** A part this much later than its hour is late. */
const LATE = 3 * HOUR

/** Her hour on a day. Where a clock change skips that hour it is the next one, where it repeats it the first. */
const hourOn = (day: number, { timeZone, hour }: Reader): number =>
  instantOf(`${toDate(day)}T${String(hour).padStart(2, '0')}:00`, timeZone)

const today = (now: Instant, timeZone: string): number => dayOf(toMs(now), timeZone)

/** The local day, which is how days with workflow mail are written down. */
export const localDay = (now: Instant, { timeZone }: Pick<Reader, 'timeZone'>): LocalDate =>
  toDate(today(now, timeZone))

/** That day or the first one after it on which no workflow mail goes to her. */
const freeDay = (day: number, reader: Reader): number => {
  const { mailDays = [], timeZone } = reader
  let free = day
  // The day on which it comes: where clocks change at midnight, 23:00 may be the next one.
  while (mailDays.length > 0 && mailDays.includes(toDate(dayOf(hourOn(free, reader), timeZone)))) free += 1
  return free
}

const on = (dueOn: number, day: number, reader: Reader): Moment => ({
  dueOn: toDate(dueOn),
  dueAt: toInstant(hourOn(freeDay(day, reader), reader)),
})

// A pause of a request is no pause of the tips.
const later = (day: number, delay: Delay): number => addCalendarTime(day, delay, { pauses: [] })

/** The first part: her next hour that is still to come, after the delay. */
export const firstDue = (reader: Reader, delay: Delay, now: Instant): Moment => {
  const day = later(today(now, reader.timeZone), delay)
  const open = hourOn(day, reader) > toMs(now) ? day : day + 1
  return on(open, open, reader)
}

/**
 * After a part: the delay counts from the day that the rhythm gave to it, so that Tuesdays stay Tuesdays when one of them
 * was taken. Never on the same day.
 */
export const dueAfter = (reader: Reader, dueOn: LocalDate, delay: Delay, now: Instant): Moment => {
  const tomorrow = today(now, reader.timeZone) + 1
  const day = later(toDay(dueOn), delay)
  return day >= tomorrow ? on(day, day, reader) : on(tomorrow, tomorrow, reader)
}

/** The next day that is free, with the same place in the rhythm. */
export const anotherDay = (reader: Reader, dueOn: LocalDate, now: Instant): Moment => {
  const { dueAt } = on(toDay(dueOn), today(now, reader.timeZone) + 1, reader)
  return { dueOn, dueAt }
}

/** The hour was changed: the same day at the new hour, or the next one where that has passed. */
export const atNewHour = (reader: Reader, { dueOn, dueAt }: Moment, now: Instant): Moment => {
  const day = dayOf(toMs(dueAt), reader.timeZone)
  const moved = on(toDay(dueOn), day, reader)
  return toMs(moved.dueAt) > toMs(now) ? moved : anotherDay(reader, dueOn, now)
}

/** When a pause of `weeks` ends: her hour, as many weeks from today. The rhythm begins anew there. */
export const afterPause = (reader: Reader, weeks: number, now: Instant): Moment => {
  const day = today(now, reader.timeZone) + weeks * 7
  return on(day, day, reader)
}

/** Late, and in the night: what should have come at her hour does not come at 2 in the morning instead. */
export const isTooLate = (
  reader: Reader,
  dueAt: Instant,
  now: Instant,
  { from, to }: CalendarSettings['quiet'],
): boolean => {
  if (toMs(now) - toMs(dueAt) < LATE) return false
  const day = today(now, reader.timeZone)
  const wall = (time: string): number => instantOf(`${toDate(day)}T${time}`, reader.timeZone)
  return toMs(now) < wall(to) || toMs(now) >= wall(from)
}
