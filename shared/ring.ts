import { toMs } from './calendar.ts'
import type { CalendarSettings } from './calendar-settings.ts'
import type { MailDue } from './mail-due.ts'
import { type File, mailKey, type PlannedMail, partsOf, plan } from './plan.ts'
import type { Instant, LedgerMail } from './request.ts'

/** Scheduler rings anywhere within the minute: this early is on time. */
const EARLY = 60_000

/** What becomes of a mail when its alarm rings. */
export type Rung =
  /** The plan holds it no longer, and nobody has to be told why. */
  | { becomes: 'withdrawn' }
  | { becomes: 'skipped'; reason: string }
  /** It was moved while the alarm of its old time was on its way, or goes out as a part of another one. */
  | { becomes: 'postponed'; mail: PlannedMail; row?: LedgerMail | undefined }
  /** `upcoming` is all that the plan holds, this mail too. */
  | { becomes: 'sent'; mail: PlannedMail; row?: LedgerMail | undefined; upcoming: PlannedMail[] }

/** Only what the plan still holds at this moment goes out. `file` is one of `files`, those of its person. */
export const whenRung = (
  due: MailDue,
  { file, files }: { file: File; files: readonly File[] },
  settings: CalendarSettings,
  now: Instant,
): Rung => {
  const { mails, dropped } = plan(files, settings, now)
  const isThis = (mail: MailDue) => mail.requestId === due.requestId && mailKey(mail) === mailKey(due)
  const planned = mails.find(isThis)
  const row = file.mails.find((known) => mailKey(known) === mailKey(due))
  if (!planned) {
    const part = mails.flatMap(partsOf).find(isThis)
    if (part) return { becomes: 'postponed', mail: part, row }
    const reason = dropped.find(isThis)?.reason
    return reason ? { becomes: 'skipped', reason } : { becomes: 'withdrawn' }
  }
  // What it took along when it was claimed before it takes along again.
  const mail = { ...planned, merged: uniqueParts([...(row?.merged ?? []), ...planned.merged]) }
  return toMs(mail.dueAt) > toMs(now) + EARLY
    ? { becomes: 'postponed', mail, row }
    : { becomes: 'sent', mail, row, upcoming: mails }
}

const uniqueParts = (parts: PlannedMail['merged']): PlannedMail['merged'] => [
  ...new Map(parts.map((part) => [mailKey(part), part])).values(),
]
