import {
  addBusinessDays,
  addCalendarTime,
  type Calendar,
  dayOf,
  instantOf,
  toDate,
  toInstant,
  toMs,
} from '../calendar.ts'
import { offsetInWords, zoneInWords } from '../drafts/notes.ts'
import type { Instant } from '../request.ts'

/** Every date is written out, with its weekday, and every time with the zone it is meant in. */

const parts = (instant: Instant, timeZone: string, options: Intl.DateTimeFormatOptions): Record<string, string> =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options })
      .formatToParts(new Date(toMs(instant)))
      .map(({ type, value }) => [type, value]),
  )

/** `Thursday, 3 December 2026` in that zone. */
export const dayIn = (instant: Instant, timeZone: string): string => {
  const { weekday, day, month, year } = parts(instant, timeZone, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  return `${weekday}, ${day} ${month} ${year}`
}

/** `Thursday` in that zone. */
export const weekdayIn = (instant: Instant, timeZone: string): string =>
  parts(instant, timeZone, { weekday: 'long' }).weekday ?? ''

/** `10:00 am`, `15:00 (3:00 pm)`: the clock as the letters write it, and for those who count to twelve. */
export const clockIn = (instant: Instant, timeZone: string): string => {
  const { hour = '0', minute = '00' } = parts(instant, timeZone, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const h = Number(hour)
  if (h === 12 && minute === '00') return '12:00 noon'
  if (h >= 1 && h < 13) return `${h}:${minute} ${h < 12 ? 'am' : 'pm'}`
  return `${hour}:${minute} (${h % 12 || 12}:${minute} ${h < 12 ? 'am' : 'pm'})`
}

/** `New York time (GMT-5)`, as the clocks there stand at that instant. */
export const zoneIn = (instant: Instant, timeZone: string): string => {
  const name = zoneInWords(timeZone)
  const offset = offsetInWords(timeZone, instant)
  return offset && offset !== name ? `${name} (${offset})` : name
}

/** `Thursday, 3 December 2026, 15:00, New York time (GMT-5)`: a line to propose a time in. */
export const whenIn = (instant: Instant, timeZone: string): string => {
  const { hour, minute } = parts(instant, timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return `${dayIn(instant, timeZone)}, ${hour}:${minute}, ${zoneIn(instant, timeZone)}`
}

const SLOT_HOURS = ['10:00', '14:00', '10:00'] as const

/**
 * Three times to offer: the third, fourth and sixth working day from now, in the morning and early afternoon of the
 * seeker's zone. Near enough to keep the thread warm, and far enough for an answer to arrive. A pause holds back our mail
 * and not the talk: it is not looked at.
 */
export const slotsFrom = (now: Instant, calendar: Calendar): Instant[] => {
  const today = dayOf(toMs(now), calendar.timeZone)
  const open = { ...calendar, pauses: [] }
  return [3, 4, 6].map((days, at) =>
    toInstant(instantOf(`${toDate(addBusinessDays(today, days, open))}T${SLOT_HOURS[at]}`, calendar.timeZone)),
  )
}

/** The calendar as it looks on that day: a pause without an end has lasted until then, and who knows how long it will. */
const asOf = (day: number, calendar: Calendar): Calendar => ({
  ...calendar,
  pauses: calendar.pauses.map((pause) => ({ ...pause, until: pause.until ?? toDate(day + 1) })),
})

/** Working days from one instant to another, paused ones left out, at most `most`. */
export const businessDaysBetween = (from: Instant, to: Instant, calendar: Calendar, most: number): number => {
  const start = dayOf(toMs(from), calendar.timeZone)
  const end = dayOf(toMs(to), calendar.timeZone)
  const known = asOf(end, calendar)
  for (let days = 1; days <= most; days += 1) {
    if (addBusinessDays(start, days, known) > end) return days - 1
  }
  return most
}

/** Whether so many days have passed between the two, paused ones left out. */
export const haveDaysPassed = (days: number, from: Instant, to: Instant, calendar: Calendar): boolean => {
  const start = dayOf(toMs(from), calendar.timeZone)
  const end = dayOf(toMs(to), calendar.timeZone)
  return addCalendarTime(start, { days }, asOf(end, calendar)) <= end
}
