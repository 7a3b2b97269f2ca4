import { hasNames } from './drafts/names-given.ts'
import type { MailName } from './mail-names.ts'
import type { InterviewRequest, State } from './request.ts'

/** What a wait is counted from: the latest of these events in the history, or the meeting's start or end, or the day a deferral ends. */
export type Anchor = { event: readonly string[] } | 'meeting-start' | 'meeting-end' | 'deferred-until' | 'promised-by'

/**
 * How long after the anchor. Business days are counted in the seeker's working week and land on the slot; negative ones
 * come before the anchor. `atOnce` is an answer to something the seeker just did.
 */
export type Wait =
  | { atOnce: true }
  | { hours: number }
  | { businessDays: number }
  | { days: number }
  | { months: number }
  | { nextWorkingMorning: true }

/**
 * `answer`: the seeker did something a minute ago, it goes at any hour. `meeting`: bound to the hour of the meeting, moves
 * earlier rather than later. `nudge`: everything else; at most one a day for a person, never at night or on a day off.
 */
export type Lane = 'answer' | 'meeting' | 'nudge'

export type Row = {
  while: readonly State[]
  /** A further condition on the request. */
  when?: (request: InterviewRequest) => boolean
  from: Anchor
  /** One wait for each time the mail comes round, counted from the same anchor. */
  waits: readonly Wait[] | ((request: InterviewRequest) => readonly Wait[])
  lane: Lane
  /** Who goes first when two want the same day: the higher. */
  priority: number
  /** For how long after it was due it is still worth getting; a mail that has to do with the meeting may be worth it until the meeting starts. */
  lateBy: { hours: number } | { days: number } | 'meeting-start'
  /** When a more important mail takes its day: become a part of that mail, or wait for another day. */
  crowded: 'merge' | 'move'
  /** When nobody knows whether SES took it, even after the grace time. */
  ifAmbiguous: 'send-again' | 'let-go'
  /** What the sending itself changes, recorded by `plan-mail` when the ledger says sent. */
  leadsTo?: 'rested' | 'taken-up-again'
  /** For the seeker's page: why this comes. */
  why: string
}

const everyReminder = { lane: 'nudge', crowded: 'move', ifAmbiguous: 'send-again' } as const
const everyAnswer = { lane: 'answer', crowded: 'move', ifAmbiguous: 'send-again' } as const
const everyMeetingMail = { lane: 'meeting', crowded: 'merge', ifAmbiguous: 'send-again' } as const

const wasSent = { event: ['sent', 'taken-up-again'] } as const
const lastContact = { event: ['thanked', 'kept-in-touch'] } as const

/** Working days from one message to the next, and from the last one to letting it rest. */
const FOLLOW_UP_EVERY = 7
const REST_AFTER = 5

/** The days after "sent" on which the k-th follow-up is due. */
const followUpAfter = (k: number) => [{ businessDays: FOLLOW_UP_EVERY * k }] as const

const helped = (request: InterviewRequest): boolean => request.history.some((entry) => entry.event === 'met')
const landed = (request: InterviewRequest): boolean =>
  request.history.findLast((entry) => entry.event === 'closed')?.landed === true

/** The journey, one row a mail. Adding a mail is adding its name, a row here and a component in `shared/mail/`. */
export const workflow = {
  confirm: {
    ...everyAnswer,
    while: ['unconfirmed'],
    from: { event: ['requested'] },
    waits: [{ atOnce: true }],
    priority: 100,
    lateBy: { hours: 24 },
    why: 'You sent in the form, and we make sure that the address is yours.',
  },
  draft: {
    ...everyAnswer,
    while: ['drafted'],
    from: { event: ['confirmed'] },
    waits: [{ atOnce: true }],
    priority: 90,
    lateBy: { days: 7 },
    why: 'Your first message, ready to be made your own.',
  },
  'draft-reminder': {
    ...everyReminder,
    while: ['drafted'],
    from: { event: ['confirmed'] },
    waits: [{ businessDays: 2 }, { businessDays: 7 }],
    priority: 50,
    lateBy: { days: 4 },
    why: 'The draft has not been sent yet: a shorter way to begin.',
  },
  widen: {
    ...everyReminder,
    while: ['sent'],
    from: { event: ['sent'] },
    waits: [{ businessDays: 3 }],
    priority: 35,
    lateBy: { days: 3 },
    why: 'Three working days without an answer: time to think of a second person, not to chase the first.',
  },
  'follow-up': {
    ...everyReminder,
    while: ['sent'],
    when: (request) => request.followUps >= 1,
    from: wasSent,
    waits: followUpAfter(1),
    priority: 60,
    lateBy: { days: 5 },
    why: 'Seven working days without an answer: one friendly follow-up.',
  },
  'follow-up-2': {
    ...everyReminder,
    while: ['sent'],
    when: (request) => request.followUps >= 2,
    from: wasSent,
    waits: followUpAfter(2),
    priority: 60,
    lateBy: { days: 5 },
    why: 'Another seven working days: the second follow-up you chose to send.',
  },
  'follow-up-3': {
    ...everyReminder,
    while: ['sent'],
    when: (request) => request.followUps >= 3,
    from: wasSent,
    waits: followUpAfter(3),
    priority: 60,
    lateBy: { days: 5 },
    why: 'Another seven working days: the third and last follow-up.',
  },
  'let-rest': {
    ...everyReminder,
    while: ['sent'],
    // Counted anew when it is woken: a request that waits has to come to an end by itself.
    from: { event: ['sent', 'taken-up-again', 'reopened'] },
    waits: ({ followUps }) => [
      { businessDays: followUps === 0 ? FOLLOW_UP_EVERY : FOLLOW_UP_EVERY * followUps + REST_AFTER },
    ],
    priority: 55,
    lateBy: { days: 400 },
    leadsTo: 'rested',
    why: 'Still quiet: we put this one to rest, kindly, and look at who is next.',
  },
  arrange: {
    ...everyAnswer,
    while: ['replied'],
    from: { event: ['replied', 'cancelled', 'not-met'] },
    waits: [{ atOnce: true }],
    priority: 92,
    lateBy: { days: 3 },
    why: 'They answered: a reply that offers times.',
  },
  'arrange-reminder': {
    ...everyReminder,
    while: ['replied'],
    from: { event: ['replied', 'cancelled', 'not-met'] },
    waits: [{ businessDays: 2 }],
    priority: 58,
    lateBy: { days: 5 },
    why: 'No date has been set yet: the same reply, or a later time.',
  },
  invitation: {
    ...everyAnswer,
    while: ['scheduled'],
    from: { event: ['scheduled', 'rescheduled'] },
    waits: [{ atOnce: true }],
    priority: 95,
    lateBy: 'meeting-start',
    why: 'The date is set: the calendar entry, and a note that confirms it.',
  },
  prepare: {
    ...everyMeetingMail,
    while: ['scheduled'],
    from: 'meeting-start',
    waits: [{ businessDays: -3 }],
    priority: 82,
    lateBy: 'meeting-start',
    why: 'Three working days before you talk: questions in order, and what to read.',
  },
  'day-before': {
    ...everyMeetingMail,
    while: ['scheduled'],
    from: 'meeting-start',
    waits: [{ businessDays: -1 }],
    priority: 80,
    lateBy: 'meeting-start',
    why: 'The working day before you talk: place, time and your questions on one sheet.',
  },
  thank: {
    lane: 'meeting',
    crowded: 'move',
    ifAmbiguous: 'send-again',
    while: ['scheduled', 'met'],
    from: 'meeting-end',
    waits: [{ hours: 2 }],
    priority: 85,
    lateBy: { days: 3 },
    why: 'Two hours after you talked: did it happen, and a thank-you while it is fresh.',
  },
  'thank-reminder': {
    ...everyReminder,
    while: ['scheduled', 'met'],
    from: 'meeting-end',
    waits: [{ nextWorkingMorning: true }],
    priority: 68,
    lateBy: { days: 4 },
    why: 'The next working morning: the last good moment for the thank-you.',
  },
  debrief: {
    ...everyReminder,
    crowded: 'merge',
    while: ['met'],
    when: (request) => !request.outcome?.learned,
    from: 'meeting-end',
    waits: [{ businessDays: 1 }],
    priority: 30,
    lateBy: { days: 7 },
    why: 'A working day later: four questions that keep what you learned.',
  },
  refer: {
    ...everyReminder,
    while: ['thanked'],
    when: hasNames,
    from: { event: ['thanked'] },
    waits: [{ businessDays: 3 }],
    priority: 45,
    lateBy: { days: 14 },
    why: 'You were given a name: how to ask for the introduction.',
  },
  pointer: {
    ...everyReminder,
    while: ['thanked'],
    when: (request) => !hasNames(request),
    from: { event: ['thanked'] },
    waits: [{ businessDays: 5 }],
    priority: 40,
    lateBy: { days: 14 },
    why: 'A week after the thank-you: asking, if you like, who else to learn from.',
  },
  'close-the-loop': {
    ...everyReminder,
    while: ['thanked', 'in-touch'],
    // Who was in touch since has told it then, unless a day was set for it.
    when: ({ state, outcome }) => state === 'thanked' || outcome?.promisedBy !== undefined,
    from: 'promised-by',
    waits: [{ days: 14 }],
    priority: 44,
    lateBy: { days: 14 },
    why: 'Time to tell them what you did with their advice.',
  },
  'keep-in-touch': {
    ...everyReminder,
    ifAmbiguous: 'let-go',
    while: ['thanked', 'in-touch'],
    from: lastContact,
    waits: [{ months: 1 }, { months: 4 }],
    priority: 20,
    lateBy: { days: 14 },
    why: 'A while since you were last in touch: three reasons to write.',
  },
  'pause-contact': {
    ...everyReminder,
    ifAmbiguous: 'let-go',
    while: ['thanked', 'in-touch'],
    from: lastContact,
    waits: [{ months: 5 }],
    priority: 15,
    lateBy: { days: 30 },
    why: 'Two nudges went by: we stop here, and say how to start again.',
  },
  resume: {
    ...everyReminder,
    while: ['deferred'],
    from: 'deferred-until',
    waits: [{ days: 0 }],
    priority: 70,
    lateBy: { days: 800 },
    leadsTo: 'taken-up-again',
    why: 'The day they asked you to come back: the thread, and a new note.',
  },
  gratitude: {
    ...everyAnswer,
    while: ['closed'],
    when: (request) => landed(request) && helped(request),
    from: { event: ['closed'] },
    waits: [{ atOnce: true }],
    priority: 91,
    lateBy: { days: 14 },
    why: 'You got where you wanted to go: a word to the one who helped.',
  },
} as const satisfies Record<MailName, Row>
