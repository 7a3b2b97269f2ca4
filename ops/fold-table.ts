import { fromItem, type Item } from '../shared/aws/database.ts'
import { fromStored as requestOf } from '../shared/aws/requests.ts'
import { fromStored as subscriptionOf } from '../shared/aws/subscriptions.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import { sortKeys } from '../shared/names.ts'
import type { Person, Suppressed } from '../shared/person.ts'
import type { Instant, LedgerMail } from '../shared/request.ts'
import { isAlive, isReading } from '../shared/tips/subscription.ts'

const DAY = 86_400_000
/** As long as the alarms wait. */
const MAIL_OVERDUE = 15 * 60_000
const TIPS_OVERDUE = 3_600_000

export type Counts = Record<string, number>

/** What is in the table, counted from what is there and from nothing else. */
export type Folded = {
  requests: Counts
  /** By what became of them in the last seven days. */
  mails: Counts
  skippedBecause: Counts
  /** Mails that are planned: later, now, and for longer than a quarter of an hour. */
  waiting: { later: number; dueNow: number; overdue: number }
  subscriptions: Record<string, Counts>
  tips: { later: number; dueNow: number; overdue: number }
  people: { known: number; stopped: Counts; refusedTips: number }
}

const add = (counts: Counts, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1
}

const wait = (counts: Folded['waiting'], dueAt: Instant, now: Instant, patience: number): void => {
  const late = toMs(now) - toMs(dueAt)
  counts[late < 0 ? 'later' : late > patience ? 'overdue' : 'dueNow'] += 1
}

/** Takes partitions one after the other; `counts` grows with each. */
export const folding = (now: Instant) => {
  const since = toInstant(toMs(now) - 7 * DAY)
  const counts: Folded = {
    requests: {},
    mails: {},
    skippedBecause: {},
    waiting: { later: 0, dueNow: 0, overdue: 0 },
    subscriptions: {},
    tips: { later: 0, dueNow: 0, overdue: 0 },
    people: { known: 0, stopped: { bounce: 0, complaint: 0, asked: 0 }, refusedTips: 0 },
  }
  const takeRequest = (item: Item): void => {
    const request = requestOf(item)
    // Past its time it is gone, however long the database takes to delete it.
    if (request.expiresAt > toMs(now) / 1000) add(counts.requests, request.state)
  }
  const takeMail = (item: Item): void => {
    const { state, at, dueAt, reason } = fromItem(item) as unknown as LedgerMail
    if (at >= since) add(counts.mails, state)
    if (state === 'skipped' && at >= since) add(counts.skippedBecause, reason ?? 'unknown')
    if (state === 'planned') wait(counts.waiting, dueAt, now, MAIL_OVERDUE)
  }
  const takePerson = (item: Item): void => {
    const { suppressedAt, suppressedBecause, tipsRefusedAt, tipsErasedAt } = fromItem(item) as Partial<Person>
    counts.people.known += 1
    if (suppressedAt) add(counts.people.stopped, (suppressedBecause ?? 'asked') satisfies Suppressed)
    if (tipsRefusedAt || tipsErasedAt) counts.people.refusedTips += 1
  }
  const takeSubscription = (item: Item): void => {
    const subscription = subscriptionOf(item)
    if (!isAlive(subscription, now)) return
    const { series, state, dueAt } = subscription
    counts.subscriptions[series] ??= {}
    add(counts.subscriptions[series], state)
    if (dueAt && (isReading(subscription) || state === 'pending')) wait(counts.tips, dueAt, now, TIPS_OVERDUE)
  }
  const take = (item: Item): void => {
    const sk = item.sk?.S ?? ''
    if (sk === sortKeys.request) takeRequest(item)
    else if (sk.startsWith(sortKeys.mail)) takeMail(item)
    else if (sk === sortKeys.person) takePerson(item)
    else if (sk.startsWith(sortKeys.series)) takeSubscription(item)
  }
  return { counts, take: (items: readonly Item[]): void => items.forEach(take) }
}
