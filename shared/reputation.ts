import type { Stage } from './stage.ts'

/** What became of the mail of the last two days, over everybody. */
export type Outcomes = { sent: number; bounced: number; complained: number }

/** What still goes out: everything; no more mail that asks to confirm; nothing but the reminders that people asked for. */
export type Standing = 'good' | 'no-confirmations' | 'no-tips'

/**
 * Bounces come from addresses that nobody has confirmed, so confirmations stop first; where that does not help, tips do.
 * Too few mails say nothing.
 */
export const standing = ({ sent, bounced, complained }: Outcomes, limits: Stage['reputation']): Standing => {
  if (sent < limits.afterMails) return 'good'
  const over = Math.max(bounced / sent / limits.bounceRate, complained / sent / limits.complaintRate)
  if (over >= 2) return 'no-tips'
  return over >= 1 ? 'no-confirmations' : 'good'
}
