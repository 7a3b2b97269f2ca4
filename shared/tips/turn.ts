import type { CalendarSettings } from '../calendar-settings.ts'
import type { Instant } from '../request.ts'
import { anotherDay, isTooLate, localDay } from './rhythm.ts'
import { nextPart, type Part } from './series.ts'
import { after, type Due, type Subscription } from './subscription.ts'

/** What becomes of what is due for a reader, at the moment at which she is claimed. */
export type TurnNow =
  /** Nothing is left for her. */
  | { becomes: 'finished'; passed: string[] }
  /** Today is not her day. */
  | { becomes: 'moved'; part: Part; because: 'late' | 'workflow mail' }
  /** `wished`: she asked for it at this moment, and it comes whatever else does. */
  | { becomes: 'sent'; part: Part; wished: boolean }

export const turnNow = (
  subscription: Subscription,
  parts: readonly Part[],
  { now, quiet }: { now: Instant; quiet: CalendarSettings['quiet'] },
): TurnNow => {
  const { part, passed } = nextPart(parts, subscription)
  if (!part) return { becomes: 'finished', passed }
  const { dueAt = now, mailDays = [], wished } = subscription
  if (wished === dueAt) return { becomes: 'sent', part, wished: true }
  if (isTooLate(subscription, dueAt, now, quiet)) return { becomes: 'moved', part, because: 'late' }
  if (mailDays.includes(localDay(now, subscription))) return { becomes: 'moved', part, because: 'workflow mail' }
  return { becomes: 'sent', part, wished: false }
}

/** She has had all that is for her. `endsAt`, in seconds since 1970, is when the subscription is deleted. */
export const finished = (
  present: Subscription,
  { passed }: { passed: string[] },
  { now, endsAt }: { now: Instant; endsAt: number },
): Subscription | undefined => after({ ...present, passed }, 'finished', { now, expiresAt: endsAt })

/** The next day that is free. */
export const onAnotherDay = (subscription: Subscription, part: Pick<Part, 'id'>, now: Instant): Due => ({
  next: part.id,
  ...anotherDay(subscription, subscription.dueOn ?? localDay(now, subscription), now),
})
