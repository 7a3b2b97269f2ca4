import { instantOf, toInstant, toMs } from '../../shared/calendar.ts'
import { allowedEvents, decide, type EventName, isEventName, record } from '../../shared/events.ts'
import type { MailDue } from '../../shared/mail-due.ts'
import { mailNames } from '../../shared/mail-names.ts'
import { newRequest } from '../../shared/new-request.ts'
import type { Suppressed } from '../../shared/person.ts'
import { calendarOf, type File, mailKey, type PlannedMail, plan } from '../../shared/plan.ts'
import { lessonOf, movedOn } from '../../shared/replanning.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../../shared/request.ts'
import { whenRung } from '../../shared/ring.ts'
import { mergedRows, skippedRow } from '../../shared/skipped-row.ts'
import type { Stage } from '../../shared/stage.ts'
import { readSubmission } from '../../shared/submission.ts'
import { eventInWords, stateWords, when } from '../in-words.ts'
import { PlainError } from '../plain-error.ts'
import { type Act, type Came, openScript } from './script.ts'
import { type Answer, type Step, stepAt } from './simulation.ts'

/** What can happen to a request and is no event of the seeker's page. */
export const beyondThePage = {
  confirmed: 'The seeker confirmed the address',
  'stopped-everything': 'The seeker stopped all mail to the address',
  bounced: 'A mail came back: the mailbox is gone',
  complained: 'The seeker reported a mail as unwanted',
} as const satisfies Record<string, string>

const stops: Record<string, Suppressed> = { 'stopped-everything': 'asked', bounced: 'bounce', complained: 'complaint' }

/** Ada, who hopes to talk with Grace. */
const form = {
  seekerName: 'Ada Lovelace',
  seekerEmail: 'ada@example.org',
  introduction: 'a mathematician moving into computing',
  contactName: 'Grace Hopper',
  contactRole: 'Head of compilers',
  organization: 'Navy Computing',
  source: 'event',
  connection: 'we talked after your keynote in Boston',
  goal: 'explore-career',
  topic: 'compiler work',
}

export type RenderSubject = (context: {
  request: InterviewRequest
  mail: PlannedMail
  upcoming: readonly PlannedMail[]
  now: Instant
}) => string

type Walk = {
  stage: Stage
  timeZone: string
  /** On the wall there. */
  start: string
  answers: readonly Answer[]
  followUps?: number | undefined
  subjectOf: RenderSubject
}

/** A journey without an end is none: so many steps is more than a year of anything. */
const MOST_STEPS = 2000
/** The safety net looks every 15 minutes for what should have gone two minutes ago. */
const NET_EVERY = 15 * 60_000
const NET_AFTER = 2 * 60_000

/**
 * A request from its form to its end: each change plans it anew, each alarm asks what becomes of its mail, and each mail that
 * goes out is settled, as `plan-mail` and `send-mail` do it. Every mail service answers at once.
 */
export const walkRequest = ({ stage, timeZone, start, answers, followUps, subjectOf }: Walk): Step[] => {
  const { calendar, retention } = stage
  const begin = instantOf(start, timeZone)
  const steps: Step[] = []
  const came: Came[] = []
  const rows = new Map<string, LedgerMail>()
  const alarms = new Map<string, number>()
  const script = openScript(answers, mailNames, begin)
  let request = begun({ timeZone, followUps }, stage, toInstant(begin))
  let stopped: Suppressed | undefined
  let now = begin

  const note = (step: Omit<Step, 'at' | 'local' | 'state'>): void => {
    if (steps.length >= MOST_STEPS) throw new PlainError(`This does not come to an end: ${MOST_STEPS} steps so far.`)
    steps.push(stepAt(toInstant(now), request.seeker.timeZone, { ...step, state: request.state }))
  }
  const file = (): File => ({ request, mails: [...rows.values()] })
  const own = () => calendarOf(request, calendar)

  /** As `plan-mail` after every change. */
  const learn = (): void => {
    const at = toInstant(now)
    const { planned, withdrawn, skipped, dropped } = lessonOf(plan([file()], calendar, at), file(), [file()])
    for (const { mail, isNew, moved } of planned) {
      if (!moved) continue
      const before = rows.get(mailKey(mail))
      const { merged: _parts, lane: _lane, why: _why, ...ids } = mail
      rows.set(mailKey(mail), { attempts: 0, ...before, ...ids, state: 'planned', at })
      alarms.set(mailKey(mail), Math.max(now, toMs(mail.dueAt)))
      if (isNew || !before) continue
      note({ kind: 'moved', name: mail.mail, says: mail.why, due: mail.dueAt, dueBefore: before.dueAt })
    }
    for (const row of withdrawn) {
      rows.delete(mailKey(row))
      alarms.delete(mailKey(row))
      const whole = planned.find(({ mail }) => mail.merged.some((part) => mailKey(part) === mailKey(row)))
      const says = whole
        ? `It becomes a part of “${whole.mail.mail}”.`
        : 'What has just happened leaves no reason for it.'
      note({ kind: 'taken-back', name: row.mail, says, due: row.dueAt })
    }
    for (const { row, reason } of skipped) skip(row, reason)
    for (const drop of dropped) if (!rows.has(mailKey(drop))) skip(drop, drop.reason)
  }
  const skip = (mail: MailDue & { dueAt?: Instant }, reason: string): void => {
    rows.set(mailKey(mail), skippedRow(mail, reason, toInstant(now)))
    alarms.delete(mailKey(mail))
    note({ kind: 'not-sent', name: mail.mail, says: reason, ...(mail.dueAt ? { due: mail.dueAt } : {}) })
  }

  /** As `send-mail` when an alarm rings. */
  const ring = (row: LedgerMail): void => {
    const at = toInstant(now)
    alarms.delete(mailKey(row))
    const rung = whenRung(row, { file: file(), files: [file()] }, calendar, at)
    switch (rung.becomes) {
      case 'withdrawn':
        rows.delete(mailKey(row))
        note({ kind: 'taken-back', name: row.mail, says: 'Nothing asks for it any more.', due: row.dueAt })
        break
      case 'skipped':
        skip(row, rung.reason)
        break
      case 'postponed':
        rows.set(mailKey(row), { ...row, dueAt: rung.mail.dueAt, latestAt: rung.mail.latestAt, at })
        alarms.set(mailKey(row), Math.ceil((toMs(rung.mail.dueAt) + NET_AFTER) / NET_EVERY) * NET_EVERY)
        note({ kind: 'moved', name: row.mail, says: rung.mail.why, due: rung.mail.dueAt, dueBefore: row.dueAt })
        break
      case 'sent':
        if (stopped) skip(row, 'mail to this address is stopped')
        else send(rung.mail, row, rung.upcoming)
    }
  }
  const send = (mail: PlannedMail, row: LedgerMail, upcoming: readonly PlannedMail[]): void => {
    const at = toInstant(now)
    const subject = subjectOf({ request, mail, upcoming, now: at })
    rows.set(mailKey(mail), { ...row, state: 'sent', attempts: row.attempts + 1, at, sentAt: at, merged: mail.merged })
    for (const part of mergedRows(mail, at)) {
      rows.set(mailKey(part), part)
      alarms.delete(mailKey(part))
    }
    const includes = mail.merged.map((part) => part.mail)
    came.push({ names: [mail.mail, ...includes], at: now })
    note({ kind: 'mail', name: mail.mail, says: mail.why, subject, ...(includes.length > 0 ? { includes } : {}) })
    const next = movedOn(request, mail, { calendar, retention, now: at })
    if (!next) return
    request = next
    const entry = request.history.at(-1)
    if (entry) note({ kind: 'recorded', name: entry.event, says: eventInWords(entry, own().timeZone) })
    learn()
  }

  const act = ({ event, fields, where }: Act): void => {
    const at = toInstant(now)
    const refuse = (message: string): PlainError => new PlainError(`${where}, ${when(at, own().timeZone)}: ${message}`)
    const stop = stops[event]
    if (stop) {
      stopped = stop
      note({ kind: 'done', name: event, says: `${beyondThePage[event as keyof typeof beyondThePage]}.` })
      return
    }
    const next =
      event === 'confirmed' ? record(request, event, { now: at, retention }) : after(event, fields, at, refuse)
    if (!next) throw refuse(doesNotFit(request))
    request = next
    const entry = request.history.at(-1)
    if (entry) note({ kind: 'done', name: event, says: eventInWords(entry, own().timeZone), ...typed(fields) })
    learn()
  }
  const after = (
    event: string,
    fields: Record<string, unknown>,
    at: Instant,
    refuse: (message: string) => PlainError,
  ): InterviewRequest | undefined => {
    if (!isEventName(event)) return undefined
    const decision = decide(request, event, { body: fields, from: 'json' }, { now: at, retention })
    if (decision.ok) return decision.request
    if (decision.why === 'state') return undefined
    throw refuse(decision.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' '))
  }

  note({ kind: 'done', name: 'requested', says: 'The form was sent in.' })
  learn()
  for (;;) {
    const due = [...alarms].sort(([, a], [, b]) => a - b)[0]
    const asks = script.nextAt(came, own())
    const next = Math.min(due?.[1] ?? Number.POSITIVE_INFINITY, asks ?? Number.POSITIVE_INFINITY)
    if (next === Number.POSITIVE_INFINITY) break
    if (next >= request.expiresAt * 1000) {
      now = request.expiresAt * 1000
      note({ kind: 'deleted', name: 'deleted', says: 'The request is deleted: its time is over.' })
      for (const row of rows.values()) {
        if (!alarms.has(mailKey(row))) continue
        note({ kind: 'not-sent', name: row.mail, says: 'the request is deleted by then', due: row.dueAt })
      }
      script.close(toInstant(now), timeZone, 'the request was deleted')
      return steps
    }
    now = next
    const row = due && due[1] === next ? rows.get(due[0]) : undefined
    if (row) ring(row)
    else act(script.take(now, came, own()))
  }
  script.close(toInstant(now), timeZone, `the last thing that happened was ${steps.at(-1)?.name ?? 'nothing'},`)
  return steps
}

const typed = (fields: Record<string, unknown>) => (Object.keys(fields).length > 0 ? { fields } : {})

const begun = (
  given: { timeZone: string; followUps?: number | undefined },
  stage: Stage,
  now: Instant,
): InterviewRequest => {
  const { timeZone, followUps } = given
  const read = readSubmission({ ...form, timeZone, ...(followUps === undefined ? {} : { followUps }) }, 'json')
  if (!read.ok) throw new PlainError(read.errors.map(({ field, message }) => `${field}: ${message}`).join(' '))
  return newRequest(read.value, {
    id: '00000000000000000000000ADA',
    secret: 'AAAAAAAAAAAAAAAAAAAAAA',
    person: 'ada',
    now,
    timeZone,
    tipsConsent: { wording: '', from: '' },
    retention: stage.retention,
  })
}

const doesNotFit = ({ state, history }: InterviewRequest): string => {
  const canConfirm = !history.some(({ event }) => event === 'confirmed')
  const allowed: (EventName | keyof typeof beyondThePage)[] = [
    ...(canConfirm ? (['confirmed'] as const) : []),
    ...allowedEvents(state),
    ...(['stopped-everything', 'bounced', 'complained'] as const),
  ]
  return `this does not fit, for the request is “${state}” then: ${stateWords[state]}. Possible would be: ${allowed.join(', ')}.`
}
