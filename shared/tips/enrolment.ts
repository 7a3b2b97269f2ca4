import { toMs } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { firstDue } from './rhythm.ts'
import { nextPart, type Part, type Series } from './series.ts'
import { after, type Consent, type Due, mayHappen, type Subscription } from './subscription.ts'

/** How somebody comes to read a series. */

type Asking = {
  person: string
  series: Series
  email: string
  firstName?: string | undefined
  timeZone: string
  hour: number
  secret: string
  consent: Consent
  now: Instant
}

const blank = ({ person, series, email, firstName, timeZone, hour, secret, consent }: Asking) => ({
  person,
  series: series.id,
  version: 1,
  email,
  ...(firstName ? { firstName } : {}),
  timeZone,
  hour,
  secret,
  edition: series.edition,
  consent,
  had: [],
})

const HOUR = 3_600_000
const secondsIn = (now: Instant, hours: number): number => Math.floor((toMs(now) + hours * HOUR) / 1000)

/** Asked for by a form: it waits for the address to be confirmed. `askAt` is when it may be asked, now if not later. */
export const asked = (
  asking: Asking,
  { withinHours, askAt = asking.now }: { withinHours: number; askAt?: Instant | undefined },
): Subscription => ({
  ...blank(asking),
  state: 'pending',
  ...toConfirm('confirm', askAt, askAt === asking.now),
  expiresAt: secondsIn(askAt, withinHours),
})

/** The mail that asks to confirm. */
export const toConfirm = (next: 'confirm' | 'remind', dueAt: Instant, atOnce = false): Due => ({
  next,
  dueAt,
  dueOn: dueAt.slice(0, 10),
  ...(atOnce ? { ring: dueAt } : {}),
})

/** What is due first for a reader who begins, or who comes back. */
export const begin = (
  reader: Pick<Subscription, 'timeZone' | 'hour' | 'mailDays' | 'had' | 'passed' | 'reached'>,
  parts: readonly Part[],
  now: Instant,
): { due: Due | undefined; passed: string[] } => {
  const { part, passed: skipped } = nextPart(parts, reader)
  // One that she was passed over for stays written down until she has had it.
  const passed = [...new Set([...(reader.passed ?? []), ...skipped])]
  // Who comes back in the middle has waited long enough.
  const delay = reader.had.length === 0 && part ? part.delay : { days: 0, months: 0 }
  return { due: part && { next: part.id, ...firstDue(reader, delay, now) }, passed }
}

/** Enrolled with a consent that is confirmed already. Where no part is for her yet it waits at the end to be recalled. */
export const enrolled = (asking: Asking): Subscription => {
  const reader: Subscription = { ...blank(asking), state: 'active' }
  const { due, passed } = begin(reader, asking.series.parts, asking.now)
  return { ...reader, state: due ? 'active' : 'finished', ...(passed.length > 0 ? { passed } : {}), ...due }
}

/**
 * The same for somebody who has a subscription already: what she reads goes on as it is, what she left before this consent
 * begins again where it was. Nothing where nothing changes, so that a consent that is told of twice counts once.
 */
export const enrolledAgain = (
  present: Subscription,
  { consent, series, now }: Pick<Asking, 'consent' | 'series' | 'now'>,
  parts: readonly Part[],
): Subscription | undefined => {
  const { confirmedAt = '' } = consent
  if (!mayHappen('enrolled', present.state)) return undefined
  // Who left, and was asked for anew by whoever typed her address, has left all the same.
  if ((present.unsubscribedAt ?? '') >= confirmedAt) return undefined
  const { due, passed } = begin(present, present.had.length > 0 ? parts : series.parts, now)
  if (!due) return undefined
  const next = after(present, 'enrolled', { now, consent, edition: series.edition, due })
  return next && (passed.length > 0 ? { ...next, passed } : next)
}
