import { localTime } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { subscriptionId } from './links.ts'
import { nextPart, type Part } from './series.ts'
import { isReading, type Subscription } from './subscription.ts'
import { isOnItsWay } from './wishes.ts'

/** A subscription with the parts that its reader gets, and what its series is called. */
export type Reading = { subscription: Subscription; parts: readonly Part[]; title: string }

/** How far she has come, as she counts it: parts that nobody gets any more do not count, unless she had them. */
export const progressOf = ({ subscription, parts }: Reading): { had: number; of: number; next: Part | undefined } => ({
  had: subscription.had.length,
  of: parts.filter(({ id, withdrawn }) => !withdrawn || subscription.had.includes(id)).length,
  next: nextPart(parts, subscription).part,
})

/** Everything that is kept about a subscription, without the secret that its links are made of. */
export const exportOfSubscription = ({ secret: _secret, person: _person, ...kept }: Subscription) => kept

/** A subscription as its reader sees it in JSON: `http.md` is the contract. */
export const readingResource = (reading: Reading, now: Instant) => {
  const { subscription, title } = reading
  const { series, state, hour, timeZone, dueAt, pausedUntil } = subscription
  const { had, of, next } = progressOf(reading)
  return {
    id: subscriptionId(subscription),
    series,
    title,
    state,
    hour,
    timeZone,
    had,
    of,
    next:
      next && dueAt && isReading(subscription)
        ? { part: next.id, title: next.title, dueAt, dueLocal: localTime(dueAt, timeZone) }
        : null,
    ...(state === 'paused' && pausedUntil ? { pausedUntil } : {}),
    ...(isOnItsWay(subscription, now) ? { onItsWay: true } : {}),
  }
}
