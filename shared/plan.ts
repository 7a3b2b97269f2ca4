import {
  addBusinessDays,
  addCalendarTime,
  afterHours,
  type Calendar,
  DAY,
  type Day,
  dayOf,
  instantOf,
  isPausedForGood,
  morningOf,
  nextMailDay,
  outOfTheNight,
  slotOn,
  toInstant,
  toMs,
} from './calendar.ts'
import type { CalendarSettings } from './calendar-settings.ts'
import { type MailName, mailNames } from './mail-names.ts'
import { type Instant, type InterviewRequest, isFinal, type LedgerMail } from './request.ts'
import { type Anchor, type Lane, type Row, type Wait, workflow } from './workflow.ts'

/** A request with its rows of the send ledger. */
export type File = { request: InterviewRequest; mails: readonly LedgerMail[] }

/** A mail that ought to go out, and has not. */
export type PlannedMail = {
  requestId: string
  mail: MailName
  occurrence: string
  dueAt: Instant
  /** After this it is no longer worth getting. */
  latestAt: Instant
  lane: Lane
  /** Lesser mails of the same day that become a part of this one. */
  merged: { mail: MailName; occurrence: string }[]
  why: string
}

/** A mail that would have been due, and will not go out. */
export type DroppedMail = { requestId: string; mail: MailName; occurrence: string; reason: string }

export type Plan = { mails: PlannedMail[]; dropped: DroppedMail[] }

/** The occurrence that the request asks for at this moment: an older one says nothing about it any more. */
export const occurrenceOf = (
  mail: MailName,
  request: InterviewRequest,
  settings: CalendarSettings,
): string | undefined => anchorOf(workflow[mail].from, request, calendarOf(request, settings))?.index.toString()

/** `inHand`: somebody is sending it, or waits to hear what became of it. */
type Wish = PlannedMail & { due: number; latest: number; row: Row; calendar: Calendar; inHand: boolean }

/** Scheduler rings within the minute: a mail of this minute is on time. */
const MINUTE = 60_000
const HOUR = 3_600_000
/** A mail sent longer ago than this cannot have gone out on any day that is still to come, in any zone. */
const RECENT = 2 * DAY

/** The name of a ledger row within its request: no mail can exist twice under it. */
export const mailKey = (mail: { mail: string; occurrence: string }): string => `${mail.mail}#${mail.occurrence}`

/**
 * What is to become a part of a mail, as mails that are due a minute after it: not when they would be by themselves, which
 * is how the ledger tells the one from the other.
 */
export const partsOf = (mail: PlannedMail): PlannedMail[] =>
  mail.merged.map((part) => ({ ...mail, ...part, dueAt: toInstant(toMs(mail.dueAt) + MINUTE), merged: [] }))

export const calendarOf = (request: InterviewRequest, settings: CalendarSettings): Calendar => ({
  ...settings,
  timeZone: request.seeker.timeZone,
  pauses: request.pauses,
})

/**
 * What will still be sent for this person, and when: a pure function of her requests, their ledgers and the clock. The
 * scheduler, the sender, the seeker's page and the simulator all read this one function. Earliest first.
 */
export const plan = (files: readonly File[], settings: CalendarSettings, now: Instant): Plan => {
  const nowMs = toMs(now)
  const dropped: DroppedMail[] = []
  const wishes: Wish[] = []
  for (const file of files) collectWishes(file, calendarOf(file.request, settings), nowMs, wishes, dropped)
  const mails = oneADay(wishes, files, nowMs, dropped)
  return {
    // They come in the order of their priority, which stands among what is due at once.
    mails: mails.sort((a, b) => a.due - b.due).map(published),
    dropped,
  }
}

const published = ({ requestId, mail, occurrence, dueAt, latestAt, lane, merged, why }: Wish): PlannedMail => ({
  requestId,
  mail,
  occurrence,
  dueAt,
  latestAt,
  lane,
  merged,
  why,
})

const rows = mailNames.map((mail) => [mail, workflow[mail] as Row] as const)
const rowsWhile = new Map<string, (typeof rows)[number][]>()
for (const entry of rows) {
  for (const state of entry[1].while) rowsWhile.set(state, [...(rowsWhile.get(state) ?? []), entry])
}

const collectWishes = (
  { request, mails }: File,
  calendar: Calendar,
  now: number,
  wishes: Wish[],
  dropped: DroppedMail[],
): void => {
  const forGood = isPausedForGood(calendar)
  for (const [mail, row] of rowsWhile.get(request.state) ?? []) {
    if (row.when && !row.when(request)) continue
    if (forGood && row.lane === 'nudge') continue
    const anchor = anchorOf(row.from, request, calendar)
    if (!anchor) continue
    const waits = typeof row.waits === 'function' ? row.waits(request) : row.waits
    for (const [index, wait] of waits.entries()) {
      const occurrence = waits.length === 1 ? `${anchor.index}` : `${anchor.index}-${index + 1}`
      const known = mails.find((entry) => entry.mail === mail && entry.occurrence === occurrence)
      if (known && isFinal(known.state)) continue
      const scheduled = 'atOnce' in wait ? anchor.ms : scheduledFor(wait, anchor, calendar)
      const latest = latestOf(row, scheduled, request)
      const inTime = 'atOnce' in wait || scheduled >= now - MINUTE
      const due = inTime ? scheduled : overdue(row, anchor, scheduled, request, calendar, now)
      if (now > latest || due > latest) {
        dropped.push({ requestId: request.id, mail, occurrence, reason: 'its useful time had passed' })
        continue
      }
      wishes.push({
        requestId: request.id,
        mail,
        occurrence,
        dueAt: toInstant(due),
        latestAt: toInstant(latest),
        lane: row.lane,
        merged: [],
        why: row.why,
        due,
        latest,
        row,
        calendar,
        inHand: known !== undefined && known.state !== 'planned',
      })
    }
  }
}

type Moment = { ms: number; index: number; exactDay?: boolean }

const lastEntry = (request: InterviewRequest, events: readonly string[]): Moment | undefined => {
  const index = request.history.findLastIndex((entry) => events.includes(entry.event))
  const entry = request.history[index]
  return entry && { ms: toMs(typeof entry.on === 'string' ? entry.on : entry.at), index }
}

const anchorOf = (from: Anchor, request: InterviewRequest, calendar: Calendar): Moment | undefined => {
  if (typeof from === 'object') return lastEntry(request, from.event)
  const { meeting, deferredUntil, outcome } = request
  switch (from) {
    case 'meeting-start':
      return meeting && { ms: toMs(meeting.startsAt), index: meeting.since }
    case 'meeting-end': {
      const met = lastEntry(request, ['met'])
      if (meeting?.status !== 'on') return met
      // They met earlier than it says in the calendar.
      const end = toMs(meeting.endsAt)
      return { ms: met ? Math.min(met.ms, end) : end, index: meeting.since }
    }
    case 'deferred-until': {
      const deferred = lastEntry(request, ['deferred'])
      return deferred && deferredUntil ? onDay(deferredUntil, deferred, calendar) : undefined
    }
    case 'promised-by': {
      const thanked = lastEntry(request, ['thanked'])
      return thanked && outcome?.promisedBy ? onDay(outcome.promisedBy, thanked, calendar) : thanked
    }
  }
}

/** A day that the seeker named: the mail comes on that very day, not some days after it. */
const onDay = (date: string, asked: Moment, calendar: Calendar): Moment => ({
  ms: instantOf(`${date}T${calendar.slot}`, calendar.timeZone),
  index: asked.index,
  exactDay: true,
})

/** As soon as decency allows. What has to do with the meeting may come on a day off, a nudge may not. */
const overdue = (
  row: Row,
  anchor: Moment,
  scheduled: number,
  { history }: InterviewRequest,
  calendar: Calendar,
  now: number,
): number => {
  const byDay = outOfTheNight(now, calendar)
  if (row.lane === 'meeting') {
    // The meeting was set so late that its preparation is an answer to that click; or it begins before the night is over.
    const asked = toMs(history[anchor.index]?.at ?? '')
    return asked > scheduled || (now < anchor.ms && byDay >= anchor.ms) ? now : byDay
  }
  const today = dayOf(now, calendar.timeZone)
  if (byDay === now && nextMailDay(today, calendar) === today) return now
  return slotOn(nextMailDay(dayOf(byDay, calendar.timeZone), calendar), calendar)
}

const scheduledFor = (wait: Exclude<Wait, { atOnce: true }>, anchor: Moment, calendar: Calendar): number => {
  if ('hours' in wait) return outOfTheNight(afterHours(anchor.ms, wait.hours), calendar)
  const from = dayOf(anchor.ms, calendar.timeZone)
  if ('businessDays' in wait) return slotOn(addBusinessDays(from, wait.businessDays, calendar), calendar)
  if ('nextWorkingMorning' in wait) return morningOf(addBusinessDays(from, 1, calendar), calendar)
  const day = anchor.exactDay ? from : addCalendarTime(from, wait, calendar)
  return slotOn(nextMailDay(day, calendar), calendar)
}

const latestOf = ({ lateBy }: Row, scheduled: number, request: InterviewRequest): number => {
  if (lateBy === 'meeting-start') return request.meeting ? toMs(request.meeting.startsAt) : scheduled
  return scheduled + ('hours' in lateBy ? lateBy.hours * HOUR : lateBy.days * DAY)
}

/** Anything that went out in the last two days: it may have taken a day that a nudge would want. */
const sentLately = (mail: LedgerMail, now: number): boolean =>
  mail.state !== 'skipped' && isFinal(mail.state) && now - toMs(mail.sentAt ?? mail.at) < RECENT

/** What is on its way has its day already. Two workers, each with its own request first, come to the same order. */
const byRank = (a: Wish, b: Wish): number =>
  Number(b.inHand) - Number(a.inHand) ||
  b.row.priority - a.row.priority ||
  a.due - b.due ||
  a.requestId.localeCompare(b.requestId)

/**
 * One mail a person a day: the more important keeps the day; a lesser one becomes a part of it, or waits for the next
 * free working day. Answers and mails bound to a meeting are never held back.
 */
const oneADay = (wishes: Wish[], files: readonly File[], now: number, dropped: DroppedMail[]): Wish[] => {
  /** Who has the day; nobody of these where something went out already. */
  const days = new Map<Day, Wish | undefined>()
  for (const { request, mails } of files) {
    for (const mail of mails) {
      if (sentLately(mail, now)) days.set(dayOf(toMs(mail.sentAt ?? mail.at), request.seeker.timeZone), undefined)
    }
  }
  const kept: Wish[] = []
  for (const wish of wishes.sort(byRank)) {
    // What is overdue takes the day on which it goes out.
    let day = dayOf(Math.max(wish.due, now), wish.calendar.timeZone)
    const holder = days.get(day)
    // Not with the thank-you of that day, though, what was for the meeting before it; and not with what is gone already.
    const waits = holder && !holder.inHand && holder.requestId === wish.requestId && holder.due <= wish.latest
    if (waits && wish.row.crowded === 'merge' && !wish.inHand) {
      holder.merged.push({ mail: wish.mail, occurrence: wish.occurrence })
      continue
    }
    if (days.has(day) && wish.lane === 'nudge') {
      do day = nextMailDay(day + 1, wish.calendar)
      while (days.has(day))
      wish.due = slotOn(day, wish.calendar)
      wish.dueAt = toInstant(wish.due)
      if (wish.due > wish.latest) {
        const { requestId, mail, occurrence } = wish
        dropped.push({ requestId, mail, occurrence, reason: 'more important mail took its days' })
        continue
      }
    }
    kept.push(wish)
    // What goes out on a day that has seen mail already can still take lesser ones along.
    if (!days.get(day)) days.set(day, wish)
  }
  return kept
}
