import ical, { ICalAlarmType, ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import { nameOf, tidy } from './drafts/clauses.ts'
import type { Instant, InterviewRequest } from './request.ts'

export type CalendarEntry = {
  filename: string
  /** Its `method` is that of the content, as RFC 6047 asks. */
  contentType: `text/calendar; charset=UTF-8; method=${'PUBLISH' | 'CANCEL'}`
  /** Lines of at most 75 octets that end with CRLF. */
  content: string
}

const DAY = 24 * 60 * 60
const HALF_HOUR = 30 * 60

/**
 * A place that is nothing but a web address can be clicked. The library escapes a URL as if it were text, so what it
 * would put a backslash before is percent-encoded first: the same address, spelt without them.
 */
const addressIn = (place: string): string | undefined => {
  const found = /^https?:\/\/\S+$/i.exec(place)?.[0]
  return found && URL.canParse(found) ? new URL(found).href.replace(/[,;\\]/g, encodeURIComponent) : undefined
}

/**
 * The meeting for the seeker's own calendar, as it stands now: the same entry each time (its UID is the request's), a
 * higher SEQUENCE when it moved, and taken out again when it was called off. It invites nobody: there is no ATTENDEE
 * and no ORGANIZER in it, so no calendar writes to the contact. Nothing when the request never had a meeting.
 */
export const calendarEntry = (
  { id, contact, meeting }: InterviewRequest,
  { now, pageUrl }: { now: Instant; pageUrl: string },
): CalendarEntry | undefined => {
  if (!meeting) return undefined
  const cancelled = meeting.status === 'cancelled'
  const method = cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH
  const place = tidy(meeting.place ?? '')
  const url = addressIn(place)
  const calendar = ical({ prodId: '//informational-interviews//calendar entry//EN', method })
  const event = calendar.createEvent({
    id: `${id}@informational-interviews`,
    sequence: meeting.sequence,
    stamp: new Date(now),
    start: new Date(meeting.startsAt),
    end: new Date(meeting.endsAt),
    summary: `Talk with ${nameOf(contact.name)}`,
    description: cancelled
      ? `Called off. What comes next: ${pageUrl}`
      : `Your questions, your notes, or a new time: ${pageUrl}`,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    ...(place === '' ? {} : { location: place }),
    ...(url === undefined ? {} : { url }),
  })
  if (!cancelled) {
    for (const trigger of [DAY, HALF_HOUR]) event.createAlarm({ type: ICalAlarmType.display, trigger })
  }
  return {
    filename: cancelled ? 'talk-called-off.ics' : 'talk.ics',
    contentType: `text/calendar; charset=UTF-8; method=${method}`,
    content: calendar.toString().replace(/(?:\r\n)*$/, '\r\n'),
  }
}
