import { toMs } from './calendar.ts'
import { isMailName } from './mail-names.ts'
import type { Instant, LedgerMail } from './request.ts'
import { workflow } from './workflow.ts'

const MINUTE = 60_000
/** Longer than any worker lives: who claimed a mail this long ago is dead. */
const LEASE = 5 * MINUTE
/** SES events come within seconds, late ones within minutes. */
const GRACE = 10 * MINUTE
/** A mail whose answer was lost this often will not do better the next time. */
const MAX_DOUBTS = 4

export type Step = 'ring-again' | 'call-unsettled' | 'send-again' | 'give-up' | 'wait'

/** What to do about a row of the ledger that was due and has not come to an end. */
export const putRight = ({ state, at, mail, doubts = 1 }: LedgerMail, now: Instant): Step => {
  const age = toMs(now) - toMs(at)
  switch (state) {
    case 'planned':
      return 'ring-again'
    case 'claimed':
      return age > LEASE ? 'call-unsettled' : 'wait'
    case 'unsettled':
      if (age <= GRACE) return 'wait'
      return isMailName(mail) && workflow[mail].ifAmbiguous === 'send-again' && doubts < MAX_DOUBTS
        ? 'send-again'
        : 'give-up'
    default:
      return 'wait'
  }
}
