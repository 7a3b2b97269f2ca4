import type { Stage } from './stage.ts'

type Limits = Stage['reputation']

/** What became of the mail of the last two days, over everybody. */
export type Outcomes = { sent: number; bounced: number; complained: number }

/** What still goes out: everything; no more mail that asks to confirm; nothing but the reminders that people asked for. */
export type Standing = 'good' | 'no-confirmations' | 'no-tips'

/** Of each mail sent, between 0 and 1. Too few mails say nothing: then both are 0. */
export const ratesOf = ({ sent, bounced, complained }: Outcomes, { afterMails }: Pick<Limits, 'afterMails'>) =>
  sent < afterMails ? { bounces: 0, complaints: 0 } : { bounces: bounced / sent, complaints: complained / sent }

/** Bounces come from addresses that nobody has confirmed, so confirmations stop first; where that does not help, tips do. */
export const standing = (outcomes: Outcomes, limits: Limits): Standing => {
  const { bounces, complaints } = ratesOf(outcomes, limits)
  const over = Math.max(bounces / limits.bounceRate, complaints / limits.complaintRate)
  if (over >= 2) return 'no-tips'
  return over >= 1 ? 'no-confirmations' : 'good'
}
