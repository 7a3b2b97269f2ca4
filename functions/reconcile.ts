import * as ledger from '../shared/aws/ledger.ts'
import * as queues from '../shared/aws/queues.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import { log } from '../shared/log.ts'
import { putRight } from '../shared/put-right.ts'

/** Alarms have this long to ring and senders to send before anybody looks after them. */
const PATIENCE = 2 * 60_000

/** Anything that is due and has not come to an end is put right, and counted. */
export const handler = async () => {
  const now = new Date().toISOString()
  const counts = { 'ring-again': 0, 'call-unsettled': 0, 'send-again': 0, 'give-up': 0, wait: 0 }
  for await (const row of ledger.dueBefore(toInstant(toMs(now) - PATIENCE))) {
    const step = putRight(row, now)
    counts[step] += 1
    if (step === 'call-unsettled') await ledger.unsettle(row, now)
    if (step === 'give-up') await ledger.skip(row, 'nobody could tell whether it was sent', now)
    if (step === 'ring-again' || (step === 'send-again' && (await ledger.sendAgain(row, now))))
      await queues.enqueue([row])
  }
  log('info', 'reconciled', counts)
  return counts
}
