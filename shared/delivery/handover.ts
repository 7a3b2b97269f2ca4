import { countOutcomes, outcomesLately } from '../aws/counters.ts'
import { theStage } from '../aws/environment.ts'
import * as handover from '../aws/handover.ts'
import { count } from '../aws/metrics.ts'
import { depthOf, enqueueTips } from '../aws/queues.ts'
import { type Quota, quota } from '../aws/quota.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { toMs } from '../calendar.ts'
import { log } from '../log.ts'
import { standing } from '../reputation.ts'
import type { Instant } from '../request.ts'
import type { Stage } from '../stage.ts'
import { isConfirmation, MOST_READERS, type TipsDue } from '../tips/tip-due.ts'

/** How often it is called, and how long it may take: what is left is there the next time. */
const PERIOD_SECONDS = 300
const MOST_MILLISECONDS = 60_000
const PAGE = 1_000
const MOST_MINUTES_ON = 60
const startedAgo = (startedAt: Instant, now: Instant): number =>
  startedAt ? (toMs(now) - toMs(startedAt)) / 60_000 : Number.POSITIVE_INFINITY

/**
 * How fast tips go out: a second, and in one message. A call of SendBulkEmail for more readers than SES takes in a second
 * might fail for some of them.
 */
export const paceOf = (
  { tips }: Pick<Stage, 'tips'>,
  account: Quota,
): { perSecond: number; together: number; secondsApart: number } => {
  const perSecond = Math.max(0.1, Math.min(tips.mailsPerSecond, account.perSecond))
  const together = Math.max(1, Math.min(MOST_READERS, Math.floor(account.perSecond)))
  const apart = together / perSecond
  return {
    perSecond,
    together,
    secondsApart: tips.transport === 'bulk' ? Math.max(apart, 1 / tips.bulkCallsPerSecond) : apart,
  }
}

/** A part of the day's quota is left to the mail that people asked for this minute. */
const LEFT_TO_WORKFLOW = 0.1

/** An entry of one shard after the other, until there is one. */
const isAnyDue = async (now: Instant): Promise<boolean> => {
  for (const shard of subscriptions.shards) {
    const { ready } = await subscriptions.dueIn(shard, now, { limit: 1 })
    if (ready.length > 0) return true
  }
  return false
}

export type HandedOver = { readers: number; messages: number; because?: string }

/**
 * Hands what is due to the queue, spread over the time until the next run, and no more than can be sent until then.
 * Nothing is written about a reader here: what was handed over twice is claimed once. Where the last run has stopped it
 * goes on while the queue still holds what was handed over; once the queue is empty it begins anew with the oldest, which
 * finds whatever was lost on the way. So it does after an hour in which the queue was never found empty: there is always
 * somebody who rings.
 */
export const handOver = async (now: Instant): Promise<HandedOver> => {
  const [{ places, startedAt: before = '', holdUntil = '' }, account, waiting, workflow, outcomes] = await Promise.all([
    handover.read(),
    quota(),
    depthOf('tipsQueueUrl'),
    depthOf('mailQueueUrl'),
    outcomesLately(now),
  ])
  const stop = (because: string): HandedOver => {
    log('error', 'tips-stopped', { because })
    count({ TipsStopped: 1 })
    return { readers: 0, messages: 0, because }
  }
  if (!account.maySend) return stop('SES does not send for this account')
  if (standing(outcomes, theStage().reputation) === 'no-tips') return stop('bounces or complaints')
  if (holdUntil > now) return stop('SES takes nothing at the moment')

  const leftToTips = account.leftToday * (1 - LEFT_TO_WORKFLOW)
  if (leftToTips < 1) {
    const because = 'the quota of the day is used up'
    return (await isAnyDue(now)) ? stop(because) : { readers: 0, messages: 0, because }
  }

  const pace = paceOf(theStage(), account)
  // Whatever waits goes first: the tips of the last run, and above all the workflow mail.
  const room = Math.floor(
    Math.min(
      Math.floor(PERIOD_SECONDS / pace.secondsApart) * pace.together - waiting * pace.together - workflow,
      leftToTips - waiting * pace.together,
    ),
  )
  if (room <= 0) return { readers: 0, messages: 0, because: 'the queue is full' }

  const began = performance.now()
  const isOver = (): boolean => performance.now() - began > MOST_MILLISECONDS
  const goesOn = waiting > 0 && startedAgo(before, now) < MOST_MINUTES_ON
  const startedAt = goesOn ? before : now
  const reached: handover.Handover['places'] = goesOn ? { ...places } : {}
  const groups = new Map<string, TipsDue>()
  const full: (TipsDue & { delaySeconds: number })[] = []
  let [readers, messages, tips] = [0, 0, 0]
  const hand = async (group: TipsDue): Promise<void> => {
    // Behind those that wait already.
    full.push({ ...group, delaySeconds: Math.min(900, Math.floor((waiting + messages) * pace.secondsApart)) })
    messages += 1
    if (full.length === 10) await enqueueTips(full.splice(0))
  }

  // Of each shard it comes first where a walk begins; one that goes on does not see it, and does so for an hour at most.
  let oldest = now
  let open = [...subscriptions.shards]
  let failed: PromiseRejectedResult | undefined
  // A page of each shard at a time, so that none waits for the others; one that cannot be read holds up none of them.
  while (open.length > 0 && readers < room && !isOver()) {
    const limit = Math.min(PAGE, Math.ceil((room - readers) / open.length))
    const answers = await Promise.allSettled(
      open.map(async (shard) => ({
        shard,
        ...(await subscriptions.dueIn(shard, now, { from: reached[shard], limit })),
      })),
    )
    const pages = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    failed ??= answers.find((one) => one.status === 'rejected')
    for (const { shard, ready: found } of pages) {
      if (!goesOn && found[0] && found[0].dueAt < oldest) oldest = found[0].dueAt
      const ready = found.slice(0, room - readers)
      for (const { series, next, person } of ready) {
        const name = `${series} ${next}`
        const group = groups.get(name) ?? { series, next, people: [] }
        group.people.push(person)
        if (!isConfirmation(next)) tips += 1
        groups.set(name, group)
        if (group.people.length === pace.together) {
          groups.delete(name)
          await hand(group)
        }
      }
      readers += ready.length
      const last = ready.at(-1)
      if (last) reached[shard] = last.place
    }
    open = pages.filter(({ isMore }) => isMore).map(({ shard }) => shard)
  }
  for (const group of groups.values()) await hand(group)
  if (full.length > 0) await enqueueTips(full)
  if (readers > 0) {
    await handover.remember(reached, startedAt)
    // What asks to confirm is counted when it was sent.
    await countOutcomes({ sent: tips }, now)
  }
  log('info', 'handed-over', { readers, messages, waiting })
  if (readers > 0) {
    count({ TipsHandedOver: readers, ...(goesOn ? {} : { TipsLate: (toMs(now) - toMs(oldest)) / 1000 }) })
  }
  // Its readers are found the next time. That it failed is to be seen all the same.
  if (failed) throw failed.reason
  return { readers, messages }
}
