import { Temporal } from 'temporal-polyfill'

/** What somebody asks of the clock, understood; or what is wrong with it. */
export type ClockRequest = { target: (now: number) => number } | { field: string; message: string }

const mostYears = 5

/** The clock was asked to go back, and never does. */
export class PastError extends Error {}

const bounded = (at: number, now: number): number => {
  if (at < now) throw new PastError(`a clock never goes back: it is ${new Date(now).toISOString()} already`)
  return at
}

const later = (now: number, duration: Temporal.Duration): number =>
  Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').add(duration).epochMilliseconds

/**
 * Reads `{ advance }` or `{ to }`. Months and days are those of the calendar in UTC. `to: "next"` is the next moment at
 * which something is due.
 * @param next asked when its turn comes. The target throws PastError for an instant that has passed.
 */
export const clockRequestOf = (
  fields: Record<string, unknown>,
  now: number,
  next: () => number | undefined,
): ClockRequest => {
  const { advance, to } = fields
  if ((advance === undefined) === (to === undefined)) {
    return {
      field: 'advance',
      message: 'give either "advance", such as "P3DT2H", or "to", such as "2026-12-01T09:00:00Z"',
    }
  }
  const latest = later(now, Temporal.Duration.from({ years: mostYears }))
  const tooFar = (field: string) => ({ field, message: `the clock moves at most ${mostYears} years at a time` })
  if (advance !== undefined) {
    const wrong = { field: 'advance', message: 'is not an ISO 8601 duration, such as "P3DT2H"' }
    if (typeof advance !== 'string') return wrong
    try {
      const duration = Temporal.Duration.from(advance.trim())
      if (duration.sign < 0) return { field: 'advance', message: 'a clock never goes back' }
      if (later(now, duration) > latest) return tooFar('advance')
      return { target: (start) => later(start, duration) }
    } catch {
      // A duration beyond what a calendar can hold is out of range as well.
      return wrong
    }
  }
  if (to === 'next') return { target: (start) => Math.max(start, next() ?? start) }
  if (typeof to !== 'string') return { field: 'to', message: 'is not an instant, such as "2026-12-01T09:00:00Z"' }
  try {
    const at = Temporal.Instant.from(to.trim()).epochMilliseconds
    if (at > latest) return tooFar('to')
    return { target: (start) => bounded(at, start) }
  } catch {
    return { field: 'to', message: 'is not an instant with a time and an offset, such as "2026-12-01T09:00:00Z"' }
  }
}
