import {
  addBusinessDays,
  addCalendarTime,
  type Calendar,
  dayOf,
  instantOf,
  localTime,
  toDate,
  toInstant,
} from '../../shared/calendar.ts'
import { dateTime } from '../../shared/fields.ts'
import type { LocalDate, LocalDateTime } from '../../shared/request.ts'
import { PlainError } from '../plain-error.ts'

/** When somebody does something: a time on the wall, or so long after a mail, or after what was done before. */
export type Moment = { wall: LocalDateTime } | { after?: string; count: number; unit: Unit; time?: string | undefined }

type Unit = keyof typeof units

/** By the calendar and the clock of whoever does it; minutes and hours are time that passes. */
const units = {
  minutes: { of: ['minute', 'minutes', 'min'] },
  hours: { of: ['hour', 'hours', 'h'] },
  'working days': { of: ['working day', 'working days', 'wd'] },
  days: { of: ['day', 'days', 'd'] },
  weeks: { of: ['week', 'weeks', 'w'] },
  months: { of: ['month', 'months'] },
} as const satisfies Record<string, { of: readonly string[] }>

export const momentsInWords = `  on draft                              as soon as that mail comes
  on follow-up + 2 working days         so long after it came, at the same hour
  on follow-up + 2 wd at 10:00          so long after it came, at that hour
  + 3 days at 14:00                     after what was done before
  2026-12-14T09:00                      at that time, by the clock of the seeker`

const RELATIVE =
  /^(?:on (?<after>[a-z0-9-]+(?: \d+)?)\s*)?(?:\+\s*(?<count>\d{1,4})\s*(?<unit>(?:working )?[a-z]+)\s*)?(?:at\s*)?(?<time>\d\d:\d\d)?$/

/** Throws a PlainError for what is no moment; `mails` are the names that can stand after “on”. */
export const readMoment = (text: string, mails: readonly string[]): Moment => {
  const given = text.trim().replace(/\s+/g, ' ')
  if (dateTime.safeParse(given).success) return { wall: given.slice(0, 16) }
  const { after, count, unit, time } = RELATIVE.exec(given)?.groups ?? {}
  if (!after && !count && !time) throw new PlainError(`“${text}” is no moment. It can be:\n${momentsInWords}`)
  if (after && !mails.includes(after)) {
    throw new PlainError(`“${text}”: no mail is called ${after}. There are: ${mails.join(', ')}.`)
  }
  const named = unit ? unitNamed(unit) : 'days'
  if (!named) {
    throw new PlainError(`“${text}”: ${unit} is no length of time. There are: ${Object.keys(units).join(', ')}.`)
  }
  if (time && !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw new PlainError(`“${text}”: ${time} is no time of day.`)
  if (time && (named === 'minutes' || named === 'hours')) {
    throw new PlainError(`“${text}”: so many ${named} later is a time already. Leave out “at ${time}”, or count days.`)
  }
  return { ...(after ? { after } : {}), count: Number(count ?? 0), unit: named, time }
}

const unitNamed = (word: string): Unit | undefined =>
  (Object.keys(units) as Unit[]).find((unit) => (units[unit].of as readonly string[]).includes(word))

/** In milliseconds since 1970. `from` is when the mail came that it names, or what was done before. */
export const instantAt = (moment: Moment, from: number, calendar: Calendar): number => {
  const { timeZone } = calendar
  if ('wall' in moment) return instantOf(moment.wall, timeZone)
  const { count, unit, time } = moment
  if (unit === 'minutes') return from + count * 60_000
  if (unit === 'hours') return from + count * 3_600_000
  if (count === 0 && !time) return from
  const today = dayOf(from, timeZone)
  const wall = time ?? localTime(toInstant(from), timeZone).slice(11, 16)
  const at = (day: number): number => instantOf(`${toDate(day)}T${wall}`, timeZone)
  // “At 18:00” is the next time that a clock shows it.
  if (count === 0) return at(today) < from ? at(today + 1) : at(today)
  return at(later(today, count, unit, calendar))
}

const later = (day: number, count: number, unit: Unit, calendar: Calendar): number => {
  if (unit === 'working days') return addBusinessDays(day, count, { ...calendar, pauses: [] })
  const by = { days: { days: count }, weeks: { days: count * 7 }, months: { months: count } } as const
  return addCalendarTime(day, by[unit as keyof typeof by], { pauses: [] })
}

/** Fields that say when something is, and may say it from the moment at which they are given. */
const fieldsWithTime = { start: 'minute', until: 'day', promisedBy: 'day', at: 'day' } as const

/** What is typed on a page, with its moments made into dates. */
export const withDates = (
  fields: Readonly<Record<string, unknown>>,
  now: number,
  calendar: Calendar,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, dated(name, value, now, calendar)]))

const dated = (name: string, value: unknown, now: number, calendar: Calendar): unknown => {
  const kind = (fieldsWithTime as Record<string, 'minute' | 'day' | undefined>)[name]
  if (!kind || typeof value !== 'string' || !value.trim().startsWith('+')) return value
  const local = localTime(toInstant(instantAt(readMoment(value, []), now, calendar)), calendar.timeZone)
  return kind === 'minute' ? (local.slice(0, 16) as LocalDateTime) : (local.slice(0, 10) as LocalDate)
}
