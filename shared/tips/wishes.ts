import { toMs } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { afterPause, atNewHour, localDay } from './rhythm.ts'
import { nextPart, type Part } from './series.ts'
import { after, isReading, type Subscription } from './subscription.ts'

/** What a reader can change about how a series comes, each as the next version; nothing where nothing is to change. */

type Reading = { parts: readonly Part[]; now: Instant }

const MINUTE = 60_000
/** A claim that is older has been forgotten by whoever made it. */
const IN_FLIGHT = 10 * MINUTE

/** A part is on its way to her, or has left a moment ago: asking for one more would bring two. */
export const isOnItsWay = ({ claim, ring, sentAt }: Subscription, now: Instant): boolean => {
  const isWithin = (at: Instant | undefined, period: number): boolean =>
    at !== undefined && toMs(now) - toMs(at) < period
  return isWithin(claim?.at, IN_FLIGHT) || isWithin(ring, MINUTE) || isWithin(sentAt, MINUTE)
}

/** The next part at once, on whatever day. A pause ends with it, and the rhythm begins anew today. */
export const nextNow = (present: Subscription, { parts, now }: Reading): Subscription | undefined => {
  const { part } = nextPart(parts, present)
  if (!part || !isReading(present)) return undefined
  const due = { next: part.id, dueAt: now, dueOn: localDay(now, present), ring: now }
  const next =
    present.state === 'paused'
      ? after(present, 'resumed', { now, due })
      : { ...present, ...due, version: present.version + 1 }
  return next && { ...next, wished: now }
}

/** Nothing for so many weeks; then it goes on by itself, and no sooner than it would have come without a pause. */
export const pausedFor = (present: Subscription, weeks: number, { parts, now }: Reading): Subscription | undefined => {
  const { part } = nextPart(parts, present)
  const { dueAt = now, dueOn = '', pausedUntil = '' } = present
  const pause = afterPause(present, weeks, now)
  // What is due by the end of a pause is due by nothing else.
  const isOfTheRhythm = present.state === 'active' || pausedUntil < dueOn
  const moment = isOfTheRhythm && dueAt > pause.dueAt ? { dueOn, dueAt } : pause
  // Where nothing is left the worker finds that out, and ends it.
  const due = { next: part?.id ?? present.next ?? 'end', ...moment }
  return after(present, 'paused', { now, due, pausedUntil: pause.dueOn })
}

/** Her hour, her zone, her name; an empty name is none. What is due moves to the new hour, unless it is overdue already. */
export const withSettings = (
  present: Subscription,
  settings: { hour?: number | undefined; timeZone?: string | undefined; firstName?: string | undefined },
  now: Instant,
): Subscription | undefined => {
  const { hour = present.hour, timeZone = present.timeZone, firstName = present.firstName ?? '' } = settings
  const { firstName: _before, ...rest } = present
  const moves = hour !== present.hour || timeZone !== present.timeZone
  if (!moves && firstName === (present.firstName ?? '')) return undefined
  const next = { ...rest, ...(firstName ? { firstName } : {}), hour, timeZone, version: present.version + 1 }
  const { dueAt, dueOn } = present
  const isAhead = isReading(present) && dueAt !== undefined && dueOn !== undefined && dueAt > now
  return moves && isAhead ? { ...next, ...atNewHour(next, { dueOn, dueAt }, now) } : next
}
