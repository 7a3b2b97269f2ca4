import { toInstant, toMs } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { toConfirm } from './enrolment.ts'
import { notYet, type Subscription } from './subscription.ts'

/** What becomes of a subscription while it waits to be confirmed. */

const DAY = 24 * 3_600_000

/** When it is deleted unless somebody confirms it, in milliseconds. */
export const endOf = ({ expiresAt = 0 }: Subscription): number => expiresAt * 1000

/** The mail that asked went out: one reminder a day later, then silence. */
export const wasAsked = (present: Subscription, now: Instant): Subscription => {
  const remindAt = toMs(now) + DAY
  if (present.next !== 'confirm' || remindAt >= endOf(present)) return resting(present)
  return waitingFor(present, 'remind', remindAt, now)
}

export const waitingFor = (present: Subscription, next: 'confirm' | 'remind', at: number, now: Instant): Subscription =>
  notYet(present, toConfirm(next, toInstant(at)), { now })

/** Nothing more is due: it is confirmed with the link that it has, or deleted. */
export const resting = (present: Subscription): Subscription => {
  const { next: _next, dueAt: _at, dueOn: _on, ring: _ring, claim: _claim, tries: _tries, ...rest } = present
  return { ...rest, version: present.version + 1 }
}
