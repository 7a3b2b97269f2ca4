import { countOutcomes } from '../shared/aws/counters.ts'
import { theStage } from '../shared/aws/environment.ts'
import * as ledger from '../shared/aws/ledger.ts'
import { count } from '../shared/aws/metrics.ts'
import * as people from '../shared/aws/people.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { fromEvent } from '../shared/batch.ts'
import { toMs } from '../shared/calendar.ts'
import { log } from '../shared/log.ts'
import { personId } from '../shared/person.ts'
import { readSesEvent, type SeenOutcome } from '../shared/ses-event.ts'
import { subscriptionId } from '../shared/tips/links.ts'

/** So many transient bounces in a row, and nobody reads that mailbox any more. */
const SOFT_BOUNCES = 5

/** What became of a mail: the ledger learns it, and an address that bounced for good or complained gets no more. */
export const handler = fromEvent(async (event: unknown): Promise<void> => {
  const now = new Date().toISOString()
  const seen = readSesEvent(event)
  if (!seen) return log('info', 'event-ignored')
  const { about, outcome, messageId, recipients } = seen
  const known = recipients.map((address) => personId(address, theStage().addressKey))
  // First the person: no other mail of hers may be claimed from this moment on.
  const suppress = seen.suppress ?? (seen.soft && (await isWornOut(seen, known)) ? 'bounce' : undefined)
  if (suppress) {
    const expiresAt = Math.floor(toMs(now) / 1000) + theStage().retention.closedDays * 86_400
    await Promise.all(known.map((id) => people.suppress(id, suppress, now)))
    await Promise.all(known.map((id) => subscriptions.suppressAll(id, now, expiresAt)))
  }
  if ('mail' in about) await ledger.recordOutcome(about.mail, outcome, { messageId, since: about.since }, now)
  if (outcome === 'delivered') await Promise.all(known.map((id) => people.forgetSoftBounces(id)))
  await countOutcomes(
    {
      sent: 'mail' in about && outcome === 'sent' ? 1 : 0,
      bounced: seen.suppress === 'bounce' ? 1 : 0,
      complained: seen.suppress === 'complaint' ? 1 : 0,
    },
    now,
  )
  const ids =
    'mail' in about
      ? { requestId: about.mail.requestId, mail: about.mail.mail }
      : { subscription: subscriptionId(about.tip), part: about.part }
  if (seen.forOperator) log('error', 'policy-bounce', { ...ids, messageId })
  count({
    ...(outcome === 'bounced' ? { Bounces: 1 } : {}),
    ...(outcome === 'complained' ? { Complaints: 1 } : {}),
    ...(seen.forOperator ? { PolicyBounces: 1 } : {}),
  })
  log('info', `mail-${outcome}`, { ...ids, messageId })
})

/** One more in a row, and one too many. Nobody tells us of tips that arrive: a row of them has no gap in its count. */
const isWornOut = async ({ about, messageId }: SeenOutcome, known: readonly string[]): Promise<boolean> => {
  const bounced =
    'mail' in about
      ? { requestId: about.mail.requestId }
      : { series: about.tip.series, ...(about.count > 0 ? { part: about.count } : {}) }
  const counts = await Promise.all(known.map((id) => people.countSoftBounce(id, messageId, bounced)))
  return counts.some((count) => count >= SOFT_BOUNCES)
}
