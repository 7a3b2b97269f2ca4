import { html } from 'hono/html'
import type { Instant, LocalDate } from '../request.ts'
import type { Markup } from './page.ts'

/** Dates as people say them: the weekday first, the month as a word, and whose clock it is. */

const formats = new Map<string, Intl.DateTimeFormat>()
const format = (timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${timeZone} ${Object.entries(options).join()}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', { timeZone, ...options })
  formats.set(key, made)
  return made
}

const day = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const

/** "Asia/Kathmandu" is Kathmandu time; UTC stays UTC. */
export const clockOf = (timeZone: string): string =>
  timeZone.includes('/') ? `${timeZone.slice(timeZone.lastIndexOf('/') + 1).replaceAll('_', ' ')} time` : timeZone

/** "Thursday 3 December 2026" of a calendar date. */
export const dayInWords = (date: LocalDate): string => format('UTC', day).format(Date.parse(`${date}T12:00Z`))

/** "Thursday 3 December 2026" where the person is. */
export const dayOfInstant = (instant: Instant | number, timeZone: string): string =>
  format(timeZone, day).format(typeof instant === 'number' ? instant : Date.parse(instant))

/** "15:00" where the person is. */
export const hourOf = (instant: Instant, timeZone: string): string =>
  format(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(Date.parse(instant))

/** "Thu 3 Dec 2026, 15:00": for a list that says whose clock it is. */
export const shortMoment = (instant: Instant, timeZone: string): Markup =>
  html`<time datetime="${instant}">${format(timeZone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(Date.parse(instant))}, ${hourOf(instant, timeZone)}</time>`

/** "Thursday 3 December 2026, 15:00, London time". */
export const moment = (instant: Instant, timeZone: string): Markup =>
  html`<time datetime="${instant}">${dayOfInstant(instant, timeZone)}, ${hourOf(instant, timeZone)}, ${clockOf(timeZone)}</time>`
