import { randomBytes } from 'node:crypto'
import { setting, theStage } from '../aws/environment.ts'
import * as handover from '../aws/handover.ts'
import { count } from '../aws/metrics.ts'
import { enqueueTips } from '../aws/queues.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import type { TakenTip } from '../aws/taken-tips.ts'
import { type Copy, type Fate, transports } from '../aws/tip-mail.ts'
import { toInstant, toMs } from '../calendar.ts'
import { log } from '../log.ts'
import { renderTip, type TipTemplate } from '../mail/tip.tsx'
import { tipTags } from '../names.ts'
import type { Instant } from '../request.ts'
import { newRequestId } from '../request-id.ts'
import { having } from '../tips/course.ts'
import { subscriptionId, subscriptionLinks } from '../tips/links.ts'
import { localDay } from '../tips/rhythm.ts'
import { nextPart, type Part, type Series } from '../tips/series.ts'
import { type Claim, type Due, notYet, type Subscription } from '../tips/subscription.ts'
import type { TipsDue } from '../tips/tip-due.ts'
import { finished, onAnotherDay, turnNow } from '../tips/turn.ts'
import { tipValues } from '../tips/values.ts'
import { nextNow } from '../tips/wishes.ts'
import { partsOf, seriesNamed } from './parts.ts'

/** Longer than any worker lives, and than SES takes to tell what it took. */
export const GRACE = 10 * 60_000
/** What could not be sent this often, for reasons that nobody knows, is let go of. */
const MOST_TRIES = 5

/** A reader who was claimed, with what she gets. */
type Turn = { subscription: Subscription; parts: readonly Part[]; part: Part }

export const newClaim = (at: Instant): Claim => ({ at, batch: newRequestId(toMs(at), randomBytes(16)) })

/** Claims each reader, sends those who are to get the same words together, and settles each by what became of hers. */
export const sendTips = async ({ series: id, people }: TipsDue, now: Instant): Promise<void> => {
  const claim = newClaim(now)
  const series = seriesNamed(id)
  const claimed = await claimAll(
    [...new Set(people)].map((person) => ({ person, series: id })),
    claim,
  )
  if (!series) {
    log('error', 'series-unknown', { series: id, readers: people.length })
    // Else they would stand first in the line for good, and whoever is behind them get nothing.
    return void (await Promise.all(claimed.map((subscription) => putOff(subscription, now))))
  }
  const turns = await Promise.all(claimed.map((subscription) => turnOf(subscription, now)))
  const again: string[] = []
  for (const [part, together] of Map.groupBy(
    turns.filter((turn) => turn !== undefined),
    (turn) => turn.part,
  )) {
    const fates = await transports[theStage().tips.transport](
      templateOf(series, part),
      together.map((turn) => copyFor(turn, claim)),
      theStage().sender,
    )
    const at = new Date().toISOString()
    await Promise.all(together.map((turn, index) => settle(turn, fates[index], at)))
    again.push(
      ...together.filter((_, index) => fates[index]?.result === 'soon').map((turn) => turn.subscription.person),
    )
    report(series, part, claim, fates)
    await holdBack(fates, at)
  }
  // One to three minutes, so that not all who were too fast come back at once.
  if (again.length > 0)
    await enqueueTips([
      { series: id, next: 'again', people: again, delaySeconds: 60 + Math.floor(Math.random() * 120) },
    ])
}

/** Those whom this worker has now. What somebody else held too long is looked up first: SES may have taken it. */
const claimAll = async (keys: readonly { person: string; series: string }[], claim: Claim): Promise<Subscription[]> => {
  const results = await Promise.all(keys.map((key) => subscriptions.claim(key, claim)))
  const claimed = results.flatMap((one) => (one.result === 'claimed' ? [one.subscription] : []))
  const forgotten = results.flatMap((one) =>
    one.result === 'held' && toMs(claim.at) - toMs(one.claim.at) > GRACE ? [{ ...one }] : [],
  )
  for (const [batch, held] of Map.groupBy(forgotten, (one) => one.claim.batch)) {
    const [first] = held
    if (!first) continue
    const taken = await lookUp(first.claim)
    for (const { subscription } of held) {
      const tip = taken.get(subscriptionId(subscription))
      if (!tip || !(await settleTaken(subscription, tip, claim.at))) {
        const retaken = await subscriptions.claim(subscription, claim, { instead: batch })
        if (retaken.result === 'claimed') claimed.push(retaken.subscription)
      }
    }
    log('warn', 'tips-looked-up', { batch, readers: held.length, taken: taken.size })
  }
  return claimed
}

/** Loaded when the first answer is lost: nobody else waits for it at the start. */
export const lookUp = async (claim: Claim): Promise<Map<string, TakenTip>> =>
  (await import('../aws/taken-tips.ts')).takenUnder(claim)

/** What this reader gets now; nothing when it is not her day, or when there is nothing more for her. */
const turnOf = async (subscription: Subscription, now: Instant): Promise<Turn | undefined> => {
  const parts = await partsOf(subscription).catch(unknownParts)
  if (!parts) {
    log('error', 'parts-unknown', { subscription: subscriptionId(subscription), edition: subscription.edition })
    return void (await putOff(subscription, now))
  }
  const turn = turnNow(subscription, parts, { now, quiet: theStage().calendar.quiet })
  switch (turn.becomes) {
    case 'finished':
      await rewrite(subscription, (present) => finished(present, turn, { now, endsAt: endOf(now) }))
      return undefined
    case 'moved':
      return void (await move(subscription, turn, now))
  }
  const { part } = turn
  // Her own word counts for more. If the day is free it is taken now.
  const isFree = !subscription.others || (await subscriptions.takeDay(subscription, localDay(now, subscription)))
  if (isFree || turn.wished) return { subscription, parts, part }
  return void (await move(subscription, { part, because: 'another mail' }, now))
}

const move = async (
  subscription: Subscription,
  { part, because }: { part: Part; because: string },
  now: Instant,
): Promise<void> => {
  await rewrite(subscription, (present) => notYet(present, onAnotherDay(present, part, now), { now }))
  log('info', 'tip-moved', { subscription: subscriptionId(subscription), because })
}

/** Nobody can tell what she is to get: somebody has to look, and tomorrow it is tried again. */
const putOff = (subscription: Subscription, now: Instant): Promise<void> =>
  rewrite(subscription, (present) =>
    notYet(present, onAnotherDay(present, { id: present.next ?? 'unknown' }, now), { now }),
  )

/** What the database cannot answer at this moment it can in the next: only our own error is about this reader. */
const unknownParts = (error: unknown): undefined => {
  if (error instanceof Error && error.name === 'Error') return undefined
  throw error
}

const templates = new Map<Part, TipTemplate>()
const templateOf = (series: Series, part: Part): TipTemplate => {
  const known = templates.get(part)
  if (known) return known
  const template = renderTip({ stage: theStage(), publicUrl: setting('publicUrl'), series, part })
  templates.set(part, template)
  return template
}

const copyFor = ({ subscription, parts, part }: Turn, { batch }: Claim): Copy => {
  const links = subscriptionLinks(setting('publicUrl'), subscription)
  const inAll = parts.filter(({ id, withdrawn }) => !withdrawn || subscription.had.includes(id))
  return {
    to: subscription.email,
    values: tipValues({
      firstName: subscription.firstName,
      place: `Part ${inAll.indexOf(part) + 1} of ${inAll.length}`,
      unsubscribe: links.unsubscribe,
      preferences: links.preferences,
    }),
    headers: oneClick(links.unsubscribe),
    tags: {
      [tipTags.mail]: 'tip',
      [tipTags.subscription]: subscriptionId(subscription),
      [tipTags.part]: part.id,
      [tipTags.batch]: batch,
      [tipTags.count]: String(subscription.had.length + 1),
    },
  }
}

/** RFC 8058: what a mailbox's own "unsubscribe" button uses. */
export const oneClick = (link: string): Copy['headers'] => [
  { name: 'List-Unsubscribe', value: `<${link}>` },
  { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
]

/** What became of one reader's copy, written down. One whose answer was lost stays claimed until it is looked up. */
const settle = async ({ subscription, parts, part }: Turn, fate: Fate | undefined, now: Instant): Promise<void> => {
  if (!fate || fate.result === 'unknown') return
  const gaveUp = fate.result === 'refused' || (fate.result === 'failed' && (subscription.tries ?? 0) + 1 >= MOST_TRIES)
  const course = { part, parts, now, endsAt: endOf(now) }
  await rewrite(subscription, (present) => {
    if (fate.result === 'sent') return having(present, { ...course, outcome: { messageId: fate.messageId, at: now } })
    if (gaveUp) return having(present, { ...course, outcome: 'failed' })
    return notYet(present, dueNow(present, part, now), { now, failedOnce: fate.result === 'failed' })
  })
}

/** The same moment as before: it is overdue, and handed over again with what is due. */
const dueNow = ({ dueAt, dueOn }: Subscription, part: Part, now: Instant): Due => ({
  next: part.id,
  dueAt: dueAt ?? now,
  dueOn: dueOn ?? now.slice(0, 10),
})

/** SES has taken it: she had the part. `false` when there is none of hers that it could have been. */
const settleTaken = async (
  subscription: Subscription,
  { messageId, part: named }: TakenTip,
  now: Instant,
): Promise<boolean> => {
  const parts = await partsOf(subscription)
  // What comes next today need not be what came next then: parts are withdrawn, added, and become hers.
  const part = named ? parts.find(({ id }) => id === named) : nextPart(parts, subscription).part
  if (part)
    await rewrite(subscription, (present) => {
      const had = having(present, { part, parts, outcome: { messageId, at: now }, now, endsAt: endOf(now) })
      const { wished, dueAt, claim } = present
      // She has asked for the next one since: that it is another than she thought takes nothing from it.
      const asksForMore = wished !== undefined && wished === dueAt && wished > (claim?.at ?? '')
      const next = asksForMore ? nextNow(had, { parts, now }) : undefined
      return next ? { ...next, version: had.version } : had
    })
  return part !== undefined
}

const endOf = (now: Instant): number => Math.floor(toMs(now) / 1000) + theStage().retention.idleDays * 86_400

/** Writes what follows from the claim; decided anew when she has changed something meanwhile, unless the claim is gone. */
const rewrite = async (
  claimed: Subscription,
  decide: (present: Subscription) => Subscription | undefined,
): Promise<void> => {
  let present: Subscription | undefined = claimed
  while (present && present.claim?.batch === claimed.claim?.batch) {
    const next = decide(present)
    if (!next) return
    const result = await subscriptions.save(next)
    if (result.saved) return
    present = result.present
  }
}

/** Nothing more is handed over for a while, where nothing more would be taken. */
const holdBack = async (fates: readonly Fate[], now: Instant): Promise<void> => {
  const minutes = Math.max(0, ...fates.map(({ result }) => (result === 'later' ? 60 : result === 'halted' ? 15 : 0)))
  if (minutes > 0) await handover.hold(toInstant(toMs(now) + minutes * 60_000))
}

const report = (series: Series, part: Part, { batch }: Claim, fates: readonly Fate[]): void => {
  const counts = Object.fromEntries(
    [...Map.groupBy(fates, ({ result }) => result)].map(([result, some]) => [result, some.length]),
  )
  count({ TipsSent: counts.sent ?? 0, TipsRefused: (counts.refused ?? 0) + (counts.halted ?? 0) })
  const halted = fates.find(({ result }) => result === 'halted' || result === 'refused')
  log(halted ? 'error' : 'info', 'tips-sent', {
    series: series.id,
    part: part.id,
    batch,
    ...counts,
    ...(halted && 'because' in halted ? { because: halted.because } : {}),
  })
}
