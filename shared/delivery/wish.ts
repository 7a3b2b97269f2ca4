import * as editions from '../aws/editions.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import type { Person } from '../person.ts'
import type { Instant } from '../request.ts'
import { consentWording } from '../tips/consent.ts'
import { again, readsOn } from '../tips/enrolment.ts'
import { nextPart } from '../tips/series.ts'
import type { Preferences } from '../tips/subscribe.ts'
import { isReading, mayHappen, type Subscription, type SubscriptionState } from '../tips/subscription.ts'
import { isOnItsWay, nextNow, pausedFor, withSettings } from '../tips/wishes.ts'
import { enrol } from './enrol.ts'
import { putInStep } from './in-step.ts'
import { endsAt, leave } from './leave.ts'
import { partsOf, seriesNamed } from './parts.ts'

type Wisher = { own: Subscription; person: Person; now: Instant /** Hashed. */; network: string }

/** Does what a reader asked for on her page; the result is why not, in words for her, and then nothing has changed. */
export const fulfil = async (wish: Preferences, wisher: Wisher): Promise<string | undefined> => {
  const refusal = await reasonNot(wish, wisher)
  if (refusal) return refusal
  await change(wish, wisher)
  const isAsWished = await act(wish, wisher)
  return isAsWished ? undefined : 'It changed in the same moment. Please look again.'
}

/** Why it cannot be; nothing when it can, or is so already. */
const reasonNot = async (wish: Preferences, { own, person }: Wisher): Promise<string | undefined> => {
  const { pauseWeeks, next, series } = wish
  const { state } = own
  if (!(pauseWeeks !== undefined || next || wish.again || series || wish.leave)) return undefined
  if (person.suppressedAt || state === 'suppressed') return 'Nothing is sent to your address at the moment.'
  if (series && (state === 'pending' || own.consent.confirmedAt === undefined)) return notUnderWay.pending
  if (series === own.series && state === 'unsubscribed')
    return nextPart(await partsOf(own), own).part ? undefined : notUnderWay.finished
  if (series || wish.leave) return undefined
  if (wish.again) {
    const isUnread = state === 'active' && own.had.length === 0
    return state === 'finished' || isUnread ? undefined : 'This series has not come to its end.'
  }
  if (state === 'pending' || state === 'finished' || state === 'unsubscribed') return notUnderWay[state]
  return next && !nextPart(await partsOf(own), own).part ? notUnderWay.finished : undefined
}

const notUnderWay = {
  pending: 'Please confirm your address first.',
  finished: 'This series has come to its end.',
  unsubscribed: 'You have left this series.',
}

/** Hour, zone and name are hers, and the same for all that she reads. */
const change = async ({ hour, timeZone, firstName }: Preferences, { own, now }: Wisher): Promise<void> => {
  if (hour === undefined && timeZone === undefined && firstName === undefined) return
  for (const subscription of await subscriptions.of(own.person, now))
    await subscriptions.change(subscription, now, (seen) => withSettings(seen, { hour, timeZone, firstName }, now))
}

/** `false` when somebody else was faster, and it does not fit any more. */
const act = async (wish: Preferences, wisher: Wisher): Promise<boolean> => {
  const { own, now } = wisher
  const { pauseWeeks } = wish
  const isNow = (present: Subscription | undefined, ...states: SubscriptionState[]): boolean =>
    present !== undefined && states.includes(present.state)
  if (wish.leave) return isNow(await leave(own, now), 'unsubscribed')
  if (wish.series) return begin(wish.series, wisher)
  const going = { parts: await partsOf(own), now, endsAt: endsAt(now) }
  const decide = (decision: (seen: Subscription) => Subscription | undefined) =>
    subscriptions.change(own, now, decision)
  if (wish.again) {
    const series = seriesNamed(own.series)
    if (series) await editions.keep(series)
    const once = (seen: Subscription) =>
      mayHappen('again', seen.state) ? again(seen, { ...going, series }) : undefined
    return isNow(await decide(once), 'active', 'finished')
  }
  if (wish.next) {
    // One on its way is enough, however often the button is pressed.
    const present = await decide((seen) => (isOnItsWay(seen, now) ? undefined : nextNow(seen, going)))
    return present !== undefined && isReading(present)
  }
  if (pauseWeeks === undefined) return true
  if (pauseWeeks > 0) return isNow(await decide((seen) => pausedFor(seen, pauseWeeks, going)), 'paused')
  const resume = (seen: Subscription) =>
    mayHappen('resumed', seen.state) ? readsOn(seen, 'resumed', going) : undefined
  return isNow(await decide(resume), 'active', 'finished')
}

/** Another series, or one that she has left, by her word of this moment. */
const begin = async (id: string, { own, person, now, network }: Wisher): Promise<boolean> => {
  const series = seriesNamed(id)
  if (!series) return false
  const consent = {
    wording: consentWording,
    how: 'form' as const,
    askedAt: now,
    from: network,
    // The link came to her mailbox: it proves what a mail that asks to confirm would prove.
    confirmedAt: now,
    confirmedFrom: network,
  }
  const { email, firstName, timeZone, hour } = own
  const result = await enrol(person, { email, firstName, timeZone, hour }, series, consent, now)
  if (result === 'enrolled' || result === 'enrolled-again') await putInStep(own.person, now)
  if (result !== 'unchanged') return result !== 'refused'
  const present = await subscriptions.find({ person: own.person, series: id }, now)
  return present !== undefined && isReading(present)
}
