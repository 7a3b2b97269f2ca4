import { toDay, toInstant, toMs } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { dueAfter, firstDue, localDay } from './rhythm.ts'
import { nextPart, type Part, type Series } from './series.ts'
import { after, type Consent, type Due, type Subscription, type Transition } from './subscription.ts'

/** How somebody comes to read a series, leaves it, and comes back. */

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
  const reader = blank(asking)
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
  // Who left, and was asked for anew by whoever typed her address, has left all the same.
  if ((present.unsubscribedAt ?? '') >= confirmedAt) return undefined
  const { due, passed } = begin(present, present.had.length > 0 ? parts : series.parts, now)
  if (!due) return undefined
  const next = after(present, 'enrolled', { now, consent, edition: series.edition, due })
  return next && (passed.length > 0 ? { ...next, passed } : next)
}

/** How a series goes on for her. `endsAt`, in seconds since 1970, is when it is deleted should nothing be left to come. */
export type Going = { parts: readonly Part[]; now: Instant; endsAt: number }

/** She reads on after this event: what is due first, or the end where nothing is left for her. */
export const readsOn = (
  present: Subscription,
  event: Transition,
  { parts, now, endsAt }: Going,
  given: { consent?: Consent; edition?: string } = {},
): Subscription | undefined => {
  const { due, passed } = begin(present, parts, now)
  const next = after(present, event, { ...given, now, ...(due ? { due } : {}) })
  if (!next) return undefined
  const reading = passed.length > 0 ? { ...next, passed } : next
  if (due) return reading
  const over = after(reading, 'finished', { now, expiresAt: endsAt })
  return over && { ...over, version: next.version }
}

const fromTheStart = ({ passed: _passed, ...rest }: Subscription): Subscription => ({ ...rest, had: [] })

/** The link in the mail was used. Who has had all of it, and asked for it all the same, begins anew. */
export const confirmed = (
  present: Subscription,
  { consent, series, ...going }: Going & { consent: Consent; series: Series | undefined },
): Subscription | undefined => {
  const reader = begin(present, going.parts, going.now).due ? present : fromTheStart(present)
  // Who has had nothing yet begins with the words of today.
  const parts = reader.had.length === 0 && series ? series.parts : going.parts
  return readsOn(reader, 'confirmed', { ...going, parts }, { consent, ...(series ? { edition: series.edition } : {}) })
}

/** All of it once more, in the words of today. */
export const again = (
  present: Subscription,
  { series, ...going }: Going & { series: Series | undefined },
): Subscription | undefined =>
  readsOn(
    fromTheStart(present),
    'again',
    { ...going, parts: series?.parts ?? going.parts },
    series ? { edition: series.edition } : {},
  )

/** She leaves. What she never confirmed is deleted when it would have been deleted anyway. */
export const left = (present: Subscription, { now, endsAt }: Omit<Going, 'parts'>): Subscription | undefined => {
  const expiresAt = present.state === 'pending' ? Math.min(present.expiresAt ?? endsAt, endsAt) : endsAt
  return after(present, 'left', { now, expiresAt })
}

const WAIT = 10 * 60_000
const asks = (now: Instant, later: boolean): Due =>
  later ? toConfirm('confirm', toInstant(toMs(now) + WAIT)) : toConfirm('confirm', now, true)

/**
 * Asked for while all mail was stopped by her word of the moment `now`: nobody could ask her. An undo of that finds it, and with it
 * what the stop has ended, if it is that; the question otherwise.
 */
export const askedInVain = (present: Subscription, going: Omit<Going, 'parts'>): Subscription | undefined => {
  const { before } = present.unsubscribedAt === going.now ? present : {}
  const next = left(present, going)
  return next && before ? { ...next, before, expiresAt: going.endsAt } : next
}

/** She was gone for a moment, perhaps: what she reads next comes no sooner after the last part than it would have come. */
const inHerRhythm = (back: Subscription | undefined, { parts, now }: Going): Subscription | undefined => {
  const part = back && nextPart(parts, back).part
  if (!part || back.sentAt === undefined || back.dueAt === undefined) return back
  const moment = dueAfter(back, localDay(back.sentAt, back), part.delay, now)
  return moment.dueAt > back.dueAt ? { ...back, ...moment } : back
}

/** She takes back that she left, or that she stopped everything: it is again what it was, whatever was asked by a form since. */
export const undone = (stopped: Subscription, going: Going): Subscription | undefined => {
  const { now, endsAt } = going
  const released = stopped.state === 'suppressed' ? after(stopped, 'released', { now }) : stopped
  if (!released) return undefined
  const state = released.state === 'pending' ? 'unsubscribed' : released.state
  const present: Subscription = { ...released, state, version: stopped.version }
  switch (present.before) {
    case undefined:
      return undefined
    case 'pending':
      return after(present, 'undone', {
        now,
        expiresAt: stopped.expiresAt ?? endsAt,
        // The mail that asked is in her inbox, and nobody asks again; unless it had not been claimed yet. Where a bounce had
        // stopped all mail the address comes last: she is asked when it is free.
        ...(present.counted ? {} : { due: asks(now, stopped.state === 'suppressed') }),
      })
    case 'finished':
      return after(present, 'undone', { now, expiresAt: endsAt })
    default: {
      const back = inHerRhythm(readsOn(present, 'undone', going), going)
      const daysOff = toDay(present.pausedUntil ?? now.slice(0, 10)) - toDay(localDay(now, present))
      const pauses = back?.state === 'paused' && daysOff > 0
      return pauses ? { ...back, ...firstDue(back, { days: daysOff, months: 0 }, now) } : back
    }
  }
}
