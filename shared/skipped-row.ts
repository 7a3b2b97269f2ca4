import type { MailDue } from './mail-due.ts'
import type { PlannedMail } from './plan.ts'
import type { Instant, LedgerMail } from './request.ts'

/** The last row of a mail that nobody got, with the reason for the seeker's page. */
export const skippedRow = ({ requestId, mail, occurrence }: MailDue, reason: string, now: Instant): LedgerMail => ({
  requestId,
  mail,
  occurrence,
  state: 'skipped',
  dueAt: now,
  latestAt: now,
  attempts: 0,
  at: now,
  reason,
})

/** Why nobody gets by itself what another mail takes along. */
export const partOf = ({ mail }: MailDue): string => `part of “${mail}”`

/** The rows of what becomes a part of a mail when that is claimed. */
export const mergedRows = (mail: PlannedMail, now: Instant): LedgerMail[] =>
  mail.merged.map((part) => skippedRow({ ...mail, ...part }, partOf(mail), now))
