import { outcomesLately } from '../shared/aws/counters.ts'
import { theStage } from '../shared/aws/environment.ts'
import * as ledger from '../shared/aws/ledger.ts'
import { count } from '../shared/aws/metrics.ts'
import * as queues from '../shared/aws/queues.ts'
import { fromEvent } from '../shared/batch.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import { log } from '../shared/log.ts'
import { putRight, type Step } from '../shared/put-right.ts'
import { ratesOf } from '../shared/reputation.ts'
import type { Instant, LedgerMail } from '../shared/request.ts'

/** Alarms have this long to ring and senders to send before anybody looks after them. */
const PATIENCE = 2 * 60_000
const late: readonly Step[] = ['ring-again', 'send-again', 'give-up']

/** Anything that is due and has not come to an end is put right, and counted. A row that resists holds up none behind it. */
export const handler = fromEvent(async () => {
  const now = new Date().toISOString()
  let overdue = 0
  const counts = { 'ring-again': 0, 'call-unsettled': 0, 'send-again': 0, 'give-up': 0, wait: 0, failed: 0 }
  for await (const row of ledger.dueBefore(toInstant(toMs(now) - PATIENCE))) {
    try {
      // What SES may have is waited for, and is not late before it is known that nothing came of it.
      if (late.includes(putRight(row, now))) overdue = Math.max(overdue, (toMs(now) - toMs(row.dueAt)) / 1000)
      counts[await attendTo(row, now)] += 1
    } catch (error) {
      counts.failed += 1
      log('error', 'not-put-right', {
        requestId: row.requestId,
        because: error instanceof Error ? error.name : 'unknown',
      })
    }
  }
  const { bounces, complaints } = ratesOf(await outcomesLately(now), theStage().reputation)
  log('info', 'reconciled', counts)
  count({ MailOverdue: overdue, BounceRate: bounces, ComplaintRate: complaints })
  return counts
})

const attendTo = async (row: LedgerMail, now: Instant): Promise<Step> => {
  const step = putRight(row, now)
  if (step === 'call-unsettled' && (await ledger.unsettle(row, now))) count({ MailsUnsettled: 1 })
  if (step === 'give-up' && (await ledger.letGo(row, now))) count({ MailsSkipped: 1 }, ledger.UNKNOWN)
  if (step === 'ring-again' || (step === 'send-again' && (await ledger.sendAgain(row, now))))
    await queues.enqueue([row])
  return step
}
