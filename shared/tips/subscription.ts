import { toMs } from '../calendar.ts'
import type { Instant, LocalDate, State } from '../request.ts'

/** One person's reading of one series. */
export const subscriptionStates = ['pending', 'active', 'paused', 'finished', 'unsubscribed', 'suppressed'] as const
export type SubscriptionState = (typeof subscriptionStates)[number]

/** What proves that she asked for it. */
export type Consent = {
  /** Which words she agreed to (`shared/tips/consent.ts`); of an import, what the file says. */
  wording: string
  how: 'form' | 'request' | 'import' | 'series'
  askedAt: Instant
  /** The network the form came from, hashed. */
  from?: string
  confirmedAt?: Instant
  confirmedFrom?: string
}

/** A worker's claim: while it stands nobody else sends. `batch` is a tag on the mail, echoed by SES. */
export type Claim = { at: Instant; batch: string }

export type Subscription = {
  /** Hash of the address. */
  person: string
  series: string
  state: SubscriptionState
  /** Counts every write. */
  version: number
  email: string
  firstName?: string
  timeZone: string
  /** Local hour at which parts come, 0–23. */
  hour: number
  /** 128 random bits that the links are derived from. */
  secret: string
  /** The edition of the series that she began with. */
  edition: string
  consent: Consent
  /** Ids of the parts she had, oldest first. */
  had: string[]
  /** Parts that were not for her when their turn came. */
  passed?: readonly string[]
  /** How far her requests have come. */
  reached?: State[]
  /** What is due next: a part, or one of the mails that ask to confirm. A hint, by which readers are put together. */
  next?: string
  /** When `next` is due. In the index of what is due while `due` is set. */
  dueAt?: Instant
  due?: string
  /** The day that the rhythm gives to `next`, whatever day it comes on in the end. */
  dueOn?: LocalDate
  /** Somebody waits for it at this moment. */
  ring?: Instant
  /** She asked for a part at this moment. What is due then comes on that day, whatever else does. */
  wished?: Instant
  /** On a part. It stays until it is known what became of that part, also where she leaves and asks anew meanwhile. */
  claim?: Claim
  /** On the mail that asks to confirm. */
  confirming?: Claim
  /** The last mail that asks to confirm which was counted for the caps of the address. */
  counted?: string
  /** How often in a row it could not be sent. */
  tries?: number
  /** Local days on which workflow mail goes to her. */
  mailDays?: LocalDate[]
  /** She reads another series too: they share her days. */
  others?: boolean
  pausedUntil?: LocalDate
  /** When she left, and what an undo brings back. */
  unsubscribedAt?: Instant
  before?: SubscriptionState
  sentAt?: Instant
  messageId?: string
  /** The last part of which nobody can tell whether it arrived, or that SES refused. */
  failed?: string
  /** When it is deleted, in seconds since 1970: what is not confirmed, and what is over. */
  expiresAt?: number
}

/** What can happen to a subscription, in which states, and what it becomes. The table of the diagram in docs/states.md. */
export const transitions = {
  /** The form, for an address that left before: it has to be confirmed anew. */
  asked: { from: ['unsubscribed'], to: 'pending' },
  confirmed: { from: ['pending'], to: 'active' },
  /** By the one confirmation of a request, by an import, or by a series that begins by itself. */
  enrolled: { from: ['pending', 'unsubscribed'], to: 'active' },
  paused: { from: ['active', 'paused'], to: 'paused' },
  resumed: { from: ['paused'], to: 'active' },
  finished: { from: ['active', 'paused'], to: 'finished' },
  /** A part that was not for her before has become hers. */
  recalled: { from: ['finished'], to: 'active' },
  again: { from: ['finished'], to: 'active' },
  left: { from: ['pending', 'active', 'paused', 'finished'], to: 'unsubscribed' },
  /** `to` is the state before, whichever that was. */
  undone: { from: ['unsubscribed'], to: 'active' },
  suppressed: { from: ['pending', 'active', 'paused', 'finished', 'unsubscribed'], to: 'suppressed' },
  /** Mail to the address may go out again: a stop that the reader has taken back. */
  released: { from: ['suppressed'], to: 'unsubscribed' },
} as const satisfies Record<string, { from: readonly SubscriptionState[]; to: SubscriptionState }>
export type Transition = keyof typeof transitions

export const mayHappen = (event: Transition, state: SubscriptionState): boolean =>
  (transitions[event].from as readonly SubscriptionState[]).includes(state)

/** What is due, or nothing: a subscription has all of this or none. */
export type Due = { next: string; dueAt: Instant; dueOn: LocalDate; ring?: Instant }

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
const without = <K extends keyof Subscription>(subscription: Subscription, ...keys: K[]) => {
  const rest = { ...subscription }
  for (const key of keys) delete rest[key]
  return rest as Without<Subscription, K>
}

/** Nothing is due any more. */
const resting = (subscription: Subscription) => without(subscription, 'next', 'dueAt', 'dueOn', 'due', 'ring', 'tries')

/**
 * What the subscription is after an event, one version on; nothing where the table does not allow it. `due` is what is
 * due from then on, for the events after which something is.
 */
export const after = (
  subscription: Subscription,
  event: Transition,
  given: { now: Instant; due?: Due; consent?: Consent; edition?: string; pausedUntil?: LocalDate; expiresAt?: number },
): Subscription | undefined => {
  if (!mayHappen(event, subscription.state)) return undefined
  const { now, due, consent, edition, pausedUntil, expiresAt } = given
  const state = event === 'undone' ? (subscription.before ?? 'active') : transitions[event].to
  const base = { ...without(resting(subscription), 'expiresAt'), version: subscription.version + 1, state }
  const going = { ...base, ...(due ?? {}) }
  const ending = { ...base, ...(expiresAt ? { expiresAt } : {}) }
  switch (event) {
    case 'asked':
      return {
        // What an undo would bring back stays: the form may be somebody else's.
        ...without(going, 'counted', 'confirming'),
        ...(consent ? { consent } : {}),
        ...(expiresAt ? { expiresAt } : {}),
      }
    case 'confirmed':
    case 'enrolled':
      return {
        ...without(going, 'before', 'unsubscribedAt', 'pausedUntil', 'confirming'),
        ...(consent ? { consent } : {}),
        // Who has had nothing yet begins with the words of today.
        ...(edition && subscription.had.length === 0 ? { edition } : {}),
      }
    case 'paused':
      return { ...going, ...(pausedUntil ? { pausedUntil } : {}) }
    case 'resumed':
      return without(going, 'pausedUntil')
    case 'recalled':
      return going
    case 'again':
      return { ...without(going, 'passed'), had: [], ...(edition ? { edition } : {}) }
    case 'left':
      return { ...ending, unsubscribedAt: now, before: subscription.state }
    case 'undone':
      return {
        ...without(going, 'before', 'unsubscribedAt'),
        // What waits to be confirmed, and what is over, is deleted in its time.
        ...((state === 'pending' || state === 'finished') && expiresAt ? { expiresAt } : {}),
      }
    case 'finished':
      return without(ending, 'pausedUntil', 'claim')
    case 'suppressed':
      return subscription.state === 'unsubscribed' ? ending : { ...ending, before: subscription.state }
    case 'released':
      return { ...ending, unsubscribedAt: now, before: subscription.before ?? 'active' }
  }
}

/** A subscription past its time is gone, however long the database takes to delete it. */
export const isAlive = (subscription: Subscription, now: Instant): boolean =>
  subscription.expiresAt === undefined || subscription.expiresAt > toMs(now) / 1000

/** A part she had, or that is let go of: what is due next, or the end. `outcome` says which. */
export const hadPart = (
  subscription: Subscription,
  part: string,
  given: {
    now: Instant
    due: Due | undefined
    passed: readonly string[]
    outcome: { messageId: string; at: Instant } | 'failed'
    /** When a subscription that has come to its end is deleted. */
    expiresAt: number
  },
): Subscription => {
  const { now, due, passed, outcome, expiresAt } = given
  const had: Subscription = {
    ...without(isReading(subscription) ? resting(subscription) : subscription, 'claim', 'passed', 'failed', 'wished'),
    had: subscription.had.includes(part) ? subscription.had : [...subscription.had, part],
    version: subscription.version + 1,
    ...(passed.length > 0 ? { passed: [...passed] } : {}),
    ...(outcome === 'failed' ? { failed: part } : { messageId: outcome.messageId, sentAt: outcome.at }),
  }
  // She may have left while it was on its way, or been stopped, and have asked to read it anew.
  if (!isReading(subscription)) return had
  if (!due) return after({ ...had, version: subscription.version }, 'finished', { now, expiresAt }) ?? had
  const { state, dueAt, dueOn } = subscription
  // Paused while it was on its way: the pause stands. A pause that is over ends with the part that comes after it.
  if (state === 'paused' && dueAt && dueOn && dueAt > now) return { ...had, next: due.next, dueAt, dueOn }
  return { ...without(had, 'pausedUntil'), state: 'active', ...due }
}

export const isReading = ({ state }: Pick<Subscription, 'state'>): boolean => state === 'active' || state === 'paused'

/** A part that was not sent, and is tried again at `due`: at once, or on another day. What she has done meanwhile stands. */
export const notYet = (
  subscription: Subscription,
  due: Due,
  { now, failedOnce = false }: { now: Instant; failedOnce?: boolean },
): Subscription => {
  const { state, dueAt, tries = 0 } = subscription
  const counted = failedOnce ? tries + 1 : tries
  const pausedMeanwhile = state === 'paused' && dueAt !== undefined && dueAt > now
  const waits = isReading(subscription) && !pausedMeanwhile
  return {
    ...without(waits ? resting(subscription) : subscription, 'claim'),
    ...(counted > 0 ? { tries: counted } : {}),
    version: subscription.version + 1,
    ...(waits ? due : {}),
  }
}
