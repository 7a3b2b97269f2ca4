import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { toMs } from '../calendar.ts'
import type { Person } from '../person.ts'
import type { Instant } from '../request.ts'
import { askedInVain, left, undone } from '../tips/enrolment.ts'
import { mayHappen, type Subscription } from '../tips/subscription.ts'
import { partsOf } from './parts.ts'

const inDays = (days: number, now: Instant): number => Math.floor(toMs(now) / 1000) + days * 86_400

/** When what she has left is deleted, in seconds since 1970. */
export const closesAt = (now: Instant): number => inDays(theStage().retention.closedDays, now)
/** When what has come to its end is deleted. */
export const endsAt = (now: Instant): number => inDays(theStage().retention.idleDays, now)

/**
 * She reads this series no more. Done twice it ends the same, and is left since the second time: an undo that is under way
 * takes back what it has read. The result is what stands there then.
 */
export const leave = async (subscription: Subscription, now: Instant): Promise<Subscription | undefined> => {
  const isLeft = ({ state }: Subscription): boolean => state === 'unsubscribed'
  if (!mayHappen('left', subscription.state) && !isLeft(subscription)) return subscription
  // First the refusal: whatever subscribes her by an older consent sees it from this moment on.
  await people.refuseTips(subscription.person, now)
  return subscriptions.change(subscription, now, (seen) =>
    isLeft(seen)
      ? { ...seen, version: seen.version + 1, unsubscribedAt: now }
      : left(seen, { now, endsAt: closesAt(now) }),
  )
}

const TRIES = 5

/** Nothing more is sent to this address, reminders of her talks included. */
export const stopEverything = async (id: string, now: Instant): Promise<void> => {
  let person = await people.find(id)
  for (let tries = 0; !(await people.suppress(id, 'asked', now, person)); tries += 1) {
    person = await people.find(id)
    if (person.suppressedAt && person.suppressedBecause !== 'asked') break
    if (tries === TRIES) throw new Error('A person changed faster than it could be written')
  }
  await leaveAll(await people.find(id), now)
}

/**
 * Stopped before, or twice at once: what is left now is left at that moment, by which an undo finds it. So is what an earlier stop
 * has ended whose undo was cut off, or is under way. Only while that stop stands: an undo may be faster.
 */
const leaveAll = async ({ id, suppressedAt: at, undoing = [] }: Person, now: Instant): Promise<void> => {
  if (!at) return
  await people.refuseTips(id, at, at)
  const leaves = (seen: Subscription): Subscription | undefined => {
    const isEarlier = seen.unsubscribedAt !== at && undoing.includes(seen.unsubscribedAt ?? '')
    const found = isEarlier ? { ...seen, unsubscribedAt: at } : seen
    if (found.state === 'unsubscribed') return isEarlier ? { ...found, version: seen.version + 1 } : undefined
    // What a form has asked for since the first of two stops is no question of hers.
    return askedInVain(found, { now: at, endsAt: closesAt(now) })
  }
  for (const subscription of await subscriptions.of(id, now))
    await subscriptions.change(subscription, now, leaves, subscriptions.saveWhileStopped(at))
}

/**
 * What is left to do once mail to an address is stopped, whatever stopped it: whoever wrote that may have died, and what was
 * subscribed to at that moment was not found. Done twice it ends the same.
 */
export const completeStop = async (id: string, now: Instant): Promise<void> => {
  const person = await people.find(id)
  if (person.suppressedBecause === 'asked') await leaveAll(person, now)
  else if (person.suppressedAt) await subscriptions.suppressAll(id, now, closesAt(now))
}

/**
 * Takes back that everything was stopped, with what was left by it; `false` when it was not her word that stopped it, or
 * when she has said so once more in the same moment. Without a stop there is nothing to do but to forget that she refused.
 * Written while that is there `by` whose link she says so.
 */
export const startAgain = async (person: string, now: Instant, by?: people.Hers): Promise<boolean> => {
  const seen = await people.find(person)
  const { suppressedAt, suppressedBecause, undoing = [], tipsRefusedAt = '' } = seen
  if (suppressedAt && suppressedBecause !== 'asked') return false
  // The address first: nobody reads on while mail to it is stopped. What is cut off here goes on when she asks again.
  if (suppressedAt && !(await people.release(person, seen, by))) return false
  // Also those of which an earlier undo was cut off, or overtaken by another stop.
  const undone = [...new Set([...undoing, ...(suppressedAt ? [suppressedAt] : [])])]
  for (const subscription of undone.length > 0 ? await subscriptions.of(person, now) : [])
    if (undone.includes(subscription.unsubscribedAt ?? '')) await comeBack(subscription, now)
  await people.welcomeTips(person, [...undone, tipsRefusedAt].sort().at(-1) ?? '', { undone, by })
  return true
}

/**
 * She takes back that she left this series, as it was read: not what she has left since. While mail to her is stopped, not
 * with `saveUnlessStopped`. The result is what stands there then.
 */
export const comeBack = async (
  subscription: Subscription,
  now: Instant,
  write: typeof subscriptions.saveUnlessStopped = subscriptions.saveUnlessStopped,
): Promise<Subscription | undefined> => {
  const going = { parts: await partsOf(subscription), now, endsAt: endsAt(now) }
  const back = (seen: Subscription): Subscription | undefined =>
    seen.unsubscribedAt === subscription.unsubscribedAt ? undone(seen, going) : undefined
  return subscriptions.change(subscription, now, back, write)
}
