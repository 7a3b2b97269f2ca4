import type { CalendarSettings } from './calendar-settings.ts'
import { type Retention, record } from './events.ts'
import type { MailDue } from './mail-due.ts'
import { type DroppedMail, type File, mailKey, occurrenceOf, type Plan, type PlannedMail, partsOf } from './plan.ts'
import { type Instant, type InterviewRequest, isFinal, type LedgerMail } from './request.ts'
import { type Row, workflow } from './workflow.ts'

/** What a ledger has to learn from a new plan. */
export type Lesson = {
  /** `moved`: the ledger knows another time for it, or none. `isPart`: it goes out with another one, and has no alarm of its own. */
  planned: { mail: PlannedMail; isNew: boolean; moved: boolean; isPart: boolean }[]
  withdrawn: LedgerMail[]
  skipped: { row: LedgerMail; reason: string }[]
  /** Mails that may never have had a row, and never will go out. */
  dropped: DroppedMail[]
}

/**
 * What the ledger has to learn from the plan of a person's `files`, once `file` has changed: new and moved mails of all of
 * them, and what has become of the others of this one.
 */
export const lessonOf = ({ mails, dropped }: Plan, file: File, files: readonly File[]): Lesson => {
  const id = file.request.id
  // A part has its row as well: what becomes of the mail that is to take it along is not known before that is claimed.
  const all = mails.flatMap((mail) => [mail, ...partsOf(mail)])
  const planned = all.flatMap((mail) => {
    const owner = files.find(({ request }) => request.id === mail.requestId) ?? file
    const row = owner.mails.find((known) => mailKey(known) === mailKey(mail))
    // Somebody is sending it at this moment, or waits to hear what became of it.
    if (row && row.state !== 'planned') return []
    return [{ mail, isNew: !row, moved: row?.dueAt !== mail.dueAt, isPart: !mails.includes(mail) }]
  })
  const wanted = new Set(all.filter(({ requestId }) => requestId === id).map(mailKey))
  const own = dropped.filter(({ requestId }) => requestId === id)
  const left = file.mails.filter((row) => row.state === 'planned' && !wanted.has(mailKey(row)))
  const reasonFor = (row: LedgerMail) => own.find((drop) => mailKey(drop) === mailKey(row))?.reason
  const known = new Set(file.mails.filter((row) => isFinal(row.state)).map(mailKey))
  return {
    planned,
    withdrawn: left.filter((row) => !reasonFor(row)),
    skipped: left.flatMap((row) => {
      const reason = reasonFor(row)
      return reason ? [{ row, reason }] : []
    }),
    dropped: own.filter((drop) => !known.has(mailKey(drop))),
  }
}

/** The request after a mail of it was sent, where that moves it on; else nothing. */
export const movedOn = (
  request: InterviewRequest,
  { mail, occurrence }: Pick<MailDue, 'mail' | 'occurrence'>,
  { calendar, retention, now }: { calendar: CalendarSettings; retention: Retention; now: Instant },
): InterviewRequest | undefined => {
  const { leadsTo } = workflow[mail] as Row
  // A record that comes late may tell of a round that is long over.
  if (!leadsTo || occurrenceOf(mail, request, calendar) !== occurrence) return undefined
  return record(request, leadsTo, { now, retention })
}
