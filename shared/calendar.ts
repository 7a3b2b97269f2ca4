import * as TemporalInstant from 'temporal-polyfill/fns/Instant'
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime'
import type { CalendarSettings } from './calendar-settings.ts'
import type { Instant, LocalDate, LocalDateTime, Pause } from './request.ts'

/**
 * The only place where wall-clock time becomes an instant. Instants are milliseconds since 1970 inside and ISO strings
 * outside; a day is a whole number, days since 1970-01-01 in the person's zone. Where a clock change skips a wall time the
 * instant is the same distance later (02:30 → 03:30), where it repeats one it is the first.
 */
export type Calendar = CalendarSettings & { pauses: readonly Pause[] }

export type Day = number

const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** Nobody has this many days off in a row, pauses included: a longer search means that the calendar has no working day at all. */
const SEARCH_DAYS = 10_000

export const toMs = (instant: Instant): number => Date.parse(instant)
export const toInstant = (ms: number): Instant => new Date(ms).toISOString()

export const toDay = (date: LocalDate): Day => Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY)
export const toDate = (day: Day): LocalDate => new Date(day * DAY).toISOString().slice(0, 10)
/** ISO weekday, 1 = Monday. */
const weekdayOf = (day: Day): number => ((day + 3) % 7) + 1
const msOf = (wallTime: string): number => Number(wallTime.slice(0, 2)) * HOUR + Number(wallTime.slice(3, 5)) * MINUTE

/** A stretch of time in which a zone keeps one distance from UTC. */
type Period = { from: number; to: number; offset: number }

/** Zone rules, asked of Temporal (its functions, a third of the weight of its classes) once for each stretch: it takes microseconds to answer, and a plan asks ten times. */
const periods = new Map<string, Period[]>()

const inZone = (ms: number, timeZone: string): ZonedDateTime.Record =>
  TemporalInstant.toZonedDateTimeISO(TemporalInstant.fromEpochMilliseconds(ms), timeZone)

const periodAt = (ms: number, timeZone: string): Period => {
  const known = periods.get(timeZone) ?? []
  const found = known.find((period) => period.from <= ms && ms < period.to)
  if (found) return found
  const at = inZone(ms, timeZone)
  const period = {
    from:
      ZonedDateTime.getTimeZoneTransition(inZone(ms + 1, timeZone), 'previous')?.epochMilliseconds ??
      Number.NEGATIVE_INFINITY,
    to: ZonedDateTime.getTimeZoneTransition(at, 'next')?.epochMilliseconds ?? ms + 365 * DAY,
    offset: ZonedDateTime.offsetNanoseconds(at) / 1e6,
  }
  periods.set(timeZone, [...known, period])
  return period
}

export const dayOf = (ms: number, timeZone: string): Day => Math.floor((ms + periodAt(ms, timeZone).offset) / DAY)

/** The time of day in milliseconds since midnight, by the clock on the wall. */
const timeOf = (ms: number, timeZone: string): number => {
  const local = ms + periodAt(ms, timeZone).offset
  return local - Math.floor(local / DAY) * DAY
}

/**
 * The instant at which a clock on the wall shows `local` (milliseconds of that wall time since 1970): the rules before and
 * after are asked a day to each side, for no zone changes twice in two days. In a gap neither fits, and the rule before
 * it moves the time on; where both fit the first stands.
 */
const atWallTime = (local: number, timeZone: string): number => {
  const before = periodAt(local - DAY, timeZone)
  const after = periodAt(local + DAY, timeZone)
  const byTheRuleAfter = local - after.offset
  const byTheRuleBefore = local - before.offset
  return byTheRuleBefore >= before.to && byTheRuleAfter >= after.from ? byTheRuleAfter : byTheRuleBefore
}

/** The instant of a wall-clock time on a day. */
const at = (day: Day, wallTime: string, timeZone: string): number => atWallTime(day * DAY + msOf(wallTime), timeZone)

/** The instant of a wall-clock time; `2026-12-03T15:00` in Asia/Kathmandu. */
export const instantOf = (wallTime: LocalDateTime, timeZone: string): number =>
  at(toDay(wallTime.slice(0, 10)), wallTime.slice(11, 16), timeZone)

/** `2026-12-03T08:30:00-05:00[America/New_York]`: readable by people and machines alike. */
export const localTime = (instant: Instant, timeZone: string): string => {
  const ms = toMs(instant)
  const { offset } = periodAt(ms, timeZone)
  const distance = toInstant(Math.abs(offset)).slice(11, 16)
  return `${toInstant(ms + offset).slice(0, 19)}${offset < 0 ? '-' : '+'}${distance}[${timeZone}]`
}

export const isPaused = (day: Day, calendar: Pick<Calendar, 'pauses'>): boolean =>
  calendar.pauses.some((pause) => toDay(pause.from) <= day && (!pause.until || day < toDay(pause.until)))

/** A pause without an end: nothing can be planned. */
export const isPausedForGood = (calendar: Calendar): boolean => calendar.pauses.some((pause) => !pause.until)

const isWorkingDay = (day: Day, calendar: Calendar): boolean =>
  calendar.workingDays.includes(weekdayOf(day)) &&
  (calendar.holidays.length === 0 || !calendar.holidays.includes(toDate(day)))

/** `count` working days after `day` (before it when negative). Paused days are not counted on the way forward. */
export const addBusinessDays = (day: Day, count: number, calendar: Calendar): Day => {
  const step = count < 0 ? -1 : 1
  let reached = day
  for (let left = Math.abs(count); left > 0; ) {
    if (Math.abs(reached - day) > SEARCH_DAYS) throw new RangeError('The calendar has no working days')
    reached += step
    if (isWorkingDay(reached, calendar) && !(step > 0 && isPaused(reached, calendar))) left -= 1
  }
  return reached
}

/** That day or the next one on which mail may go out. */
export const nextMailDay = (day: Day, calendar: Calendar): Day => {
  let reached = day
  while (!isWorkingDay(reached, calendar) || isPaused(reached, calendar)) {
    if (reached - day > SEARCH_DAYS) throw new RangeError('The calendar has no working days')
    reached += 1
  }
  return reached
}

/** `days` or `months` later by the calendar, plus every paused day on the way. 31 January and a month is the end of February. */
export const addCalendarTime = (
  day: Day,
  { days = 0, months = 0 }: { days?: number; months?: number },
  calendar: Pick<Calendar, 'pauses'>,
): Day => {
  let end = (months === 0 ? day : monthsLater(day, months)) + days
  if (calendar.pauses.length > 0) {
    for (let passed = day + 1; passed <= end; passed += 1) if (isPaused(passed, calendar)) end += 1
  }
  return end
}

const monthsLater = (day: Day, months: number): Day => {
  const date = new Date(day * DAY)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth)) / DAY
}

export const slotOn = (day: Day, calendar: Calendar): number => at(day, calendar.slot, calendar.timeZone)

/** The end of the night on that day. */
export const morningOf = (day: Day, calendar: Calendar): number => at(day, calendar.quiet.to, calendar.timeZone)

/** The same instant by day; at night the next morning's slot, be it a weekend. */
export const outOfTheNight = (ms: number, { timeZone, quiet, slot }: Calendar): number => {
  const time = timeOf(ms, timeZone)
  if (time < msOf(quiet.to)) return at(dayOf(ms, timeZone), slot, timeZone)
  return time >= msOf(quiet.from) ? at(dayOf(ms, timeZone) + 1, slot, timeZone) : ms
}

export const afterHours = (ms: number, hours: number): number => ms + hours * HOUR
