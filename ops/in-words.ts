import { toMs } from '../shared/calendar.ts'
import { offsetInWords } from '../shared/drafts/notes.ts'
import { clockOf } from '../shared/pages/dates.ts'
import type { Suppressed } from '../shared/person.ts'
import type { HistoryEntry, Instant, State } from '../shared/request.ts'
import type { SubscriptionState } from '../shared/tips/subscription.ts'

/** What is in the table, for somebody who has not read the code. */

const inZone = (options: Intl.DateTimeFormatOptions) => (instant: Instant, timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(toMs(instant)).replace(/\bSept\b/, 'Sep')

const date = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const

/** `Tue, 1 Dec 2026` where they are. */
export const dayOn = inZone(date)
/** `09:12` where they are. */
export const clockAt = inZone({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
/** `Tue, 1 Dec 2026, 09:12` where they are. */
export const when = (instant: Instant, timeZone: string): string =>
  `${dayOn(instant, timeZone)}, ${clockAt(instant, timeZone)}`
/** `Tue, 1 Dec 2026` of a calendar date. */
export const dateInWords = (day: string): string => dayOn(`${day}T12:00:00.000Z`, 'UTC')

/** `New York time (GMT-5)`. */
export const zoneInWords = (timeZone: string, at: Instant): string => {
  const [name, offset] = [clockOf(timeZone), offsetInWords(timeZone, at)]
  return offset && offset !== name ? `${name} (${offset})` : name
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

/** `40 s`, `12 min`, `3 h 5 min`, `2 days 4 h`; `0 s` for less than one. */
export const howLong = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? plural(hours / 24, 'day') : `${plural(Math.floor(hours / 24), 'day')} ${hours % 24} h`
}

/** `1 mail`, `2 mails`, `1,200 mails`. */
export const many = (count: number, thing: string): string =>
  `${new Intl.NumberFormat('en').format(count)} ${thing}${count === 1 ? '' : 's'}`

export const stateWords = {
  unconfirmed: 'the form was sent in, and nobody has confirmed the address for it',
  drafted: 'the first message is ready, and the seeker has not said that it went out',
  sent: 'the seeker has written to the contact, and waits for an answer',
  replied: 'the contact has answered, and no date is set',
  scheduled: 'a date is set',
  met: 'they have talked, and the seeker has not said thanks yet',
  thanked: 'the seeker has said thanks',
  'in-touch': 'they are in touch',
  'no-response': 'nobody answered, and it was put to rest',
  declined: 'the contact said no',
  deferred: 'the contact asked to come back later',
  closed: 'the seeker has closed it: nothing more is sent for it',
} as const satisfies Record<State, string>

export const subscriptionWords = {
  pending: 'asked for, and not confirmed yet',
  active: 'she reads it',
  paused: 'paused by her',
  finished: 'she has had all of it that is for her',
  unsubscribed: 'she has left it',
  suppressed: 'ended, since mail to the address is stopped',
} as const satisfies Record<SubscriptionState, string>

export const stopWords = {
  bounce: 'mail to it bounced',
  complaint: 'the reader reported a mail as unwanted',
  asked: 'its owner asked for that',
} as const satisfies Record<Suppressed, string>

const eventWords: Record<string, string> = {
  requested: 'The form was sent in',
  confirmed: 'The seeker confirmed the address',
  sent: 'The seeker said: I have written to them',
  replied: 'The seeker said: they answered',
  scheduled: 'The seeker set a date',
  rescheduled: 'The seeker moved the date',
  cancelled: 'The date was called off',
  met: 'The seeker said: we talked',
  'not-met': 'The seeker said: the talk did not happen',
  thanked: 'The seeker said: I have thanked them',
  'kept-in-touch': 'The seeker said: we were in touch',
  declined: 'The seeker said: they declined',
  deferred: 'The seeker said: they asked me to come back later',
  paused: 'The seeker paused the mail',
  resumed: 'The seeker ended the pause',
  closed: 'The seeker closed it',
  reopened: 'The seeker opened it again',
  revised: 'The seeker changed the details',
  rested: 'It was put to rest, since nobody answered',
  'taken-up-again': 'It was taken up again',
}

/** One line of the history in short. */
export const eventTitle = ({ event }: HistoryEntry): string =>
  Object.hasOwn(eventWords, event) ? (eventWords[event] ?? '') : `An event called ${event}`

/** One line of the history, without what anybody typed. */
export const eventInWords = (entry: HistoryEntry, zone: string): string => {
  const { on, until, start, timeZone, landed } = entry
  const more = [
    typeof on === 'string' ? `on ${when(on, zone)}` : '',
    typeof until === 'string' ? `until ${dateInWords(until)}` : '',
    typeof start === 'string' && typeof timeZone === 'string'
      ? `${dateInWords(start.slice(0, 10))}, ${start.slice(11, 16)}, ${clockOf(timeZone)}`
      : '',
    landed === true ? 'since they found what they were looking for' : '',
  ].filter(Boolean)
  return `${eventTitle(entry)}${more.length > 0 ? `: ${more.join(', ')}` : ''}.`
}
