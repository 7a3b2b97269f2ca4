import { toInstant, toMs } from '../calendar.ts'
import type { Person } from '../person.ts'
import type { Instant } from '../request.ts'
import type { Stage } from '../stage.ts'
import { toConfirm } from './enrolment.ts'
import type { Subscription } from './subscription.ts'

/** What becomes of a subscription while it waits to be confirmed. */

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** When it is deleted unless somebody confirms it, in milliseconds. */
const endOf = ({ expiresAt = 0 }: Subscription): number => expiresAt * 1000

/** The mail that asked went out: one reminder a day later, then silence. */
export const wasAsked = (present: Subscription, now: Instant): Subscription => {
  const remindAt = toMs(now) + DAY
  if (present.next !== 'confirm' || remindAt >= endOf(present)) return resting(present)
  return waitingFor(present, 'remind', remindAt)
}

const waitingFor = (present: Subscription, next: 'confirm' | 'remind', at: number): Subscription => ({
  ...resting(present),
  ...toConfirm(next, toInstant(at)),
})

/** Nothing more is due: it is confirmed with the link that it has, or deleted. */
export const resting = (present: Subscription): Subscription => {
  const { next: _next, dueAt: _at, dueOn: _on, ring: _ring, confirming: _claim, ...rest } = present
  return { ...rest, version: present.version + 1 }
}

/** The same mail, at another time; where it is deleted before that nothing more is due. */
export const waiting = (present: Subscription, at: number): Subscription | undefined => {
  if (present.state !== 'pending' || (present.next !== 'confirm' && present.next !== 'remind')) return undefined
  return at < endOf(present) ? waitingFor(present, present.next, at) : resting(present)
}

/** The caps of the address say no: once a day is over they may say yes. A reminder is not worth waiting for. */
export const asCapsAllow = (
  present: Subscription,
  { confirmations, verifiedAt }: Pick<Person, 'confirmations' | 'verifiedAt'>,
  { confirmationEveryHours, confirmationsEver }: Stage['caps'],
  now: Instant,
): Subscription | undefined => {
  if (present.next === 'remind' || (!verifiedAt && confirmations.length >= confirmationsEver)) return resting(present)
  return waiting(present, toMs(confirmations.at(-1) ?? now) + confirmationEveryHours * HOUR)
}
