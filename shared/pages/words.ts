import { html } from 'hono/html'
import { dayOf, isPaused, toMs } from '../calendar.ts'
import type { DraftName } from '../drafts.ts'
import type { MailName } from '../mail-names.ts'
import { calendarOf } from '../plan.ts'
import type { Channel, Goal, HistoryEntry, Instant, InterviewRequest, Source } from '../request.ts'
import type { Stage } from '../stage.ts'
import { clockOf, dayInWords, dayOfInstant } from './dates.ts'
import { type Markup, typed } from './page.ts'

/** Each mail as a seeker would call it, in the list of what came and what will come; most are named for the text they bring. */
export const mailTitles = {
  confirm: 'The link that confirms your address',
  draft: 'Your first message',
  'draft-reminder': 'A smaller first step',
  widen: 'A second person to ask',
  'follow-up': 'A friendly follow-up',
  'follow-up-2': 'The second follow-up',
  'follow-up-3': 'The last follow-up',
  'let-rest': 'A closing note, if you like',
  arrange: 'An answer that finds a date',
  'arrange-reminder': 'A word on the date',
  invitation: 'Your calendar entry',
  prepare: 'Your questions',
  'day-before': 'The sheet for your talk',
  thank: 'A thank-you',
  'thank-reminder': 'The thank-you, if it is still to do',
  debrief: 'A look back at the talk',
  refer: 'A way to the person they named',
  pointer: 'A way to one more name',
  'close-the-loop': 'A note on what came of it',
  'keep-in-touch': 'A reason to write again',
  'pause-contact': 'A quiet end',
  resume: 'A note to pick up the thread',
  gratitude: 'A word of thanks',
} as const satisfies Record<MailName, string>

/** Above each text that the seeker can send. */
export const draftTitle = (name: DraftName, channel: Channel): string => {
  switch (name) {
    case 'draft':
      return { email: mailTitles.draft, linkedin: 'Your message, once they accept', phone: 'What to say on the phone' }[
        channel
      ]
    case 'draft-short':
      return channel === 'linkedin'
        ? 'The note with your invitation'
        : 'The same, short enough for a LinkedIn invitation'
    case 'invitation':
      return 'A note that confirms the date'
    case 'day-before':
      return 'A line for the day before'
    default:
      return mailTitles[name]
  }
}

/** How the seeker found the person, and what the first line of the letter then needs from them. */
export const sourceWords = {
  'own-network': ['Somebody I know', 'where you know each other from, and when you last spoke'],
  referral: ['Somebody gave me their name', 'who that was, once they agreed that you say so'],
  alumni: ['We went to the same school', 'the school, and one more thing you share: course, year, club'],
  association: ['We are in the same association', 'the association, or the talk or meeting where you came across them'],
  event: ['We met at an event', 'the event, and what you talked about'],
  linkedin: ['I found them on LinkedIn', 'the post or the step in their career that caught you'],
  'target-company': ['They work where I would like to', 'how you got their name, and what their team does'],
  cold: ['I read or heard something of theirs', 'which article or talk, and what you took from it'],
} as const satisfies Record<Source, readonly [label: string, write: string]>

export const goalWords = {
  'explore-career': 'See what a career is really like',
  culture: 'Understand how an organisation ticks',
  skills: 'Learn which skills count',
  'hidden-market': 'Hear how people get in',
  'resume-feedback': 'See how my background reads',
  referrals: 'Find more people to learn from',
  'career-change': 'Think through a change of career',
  confidence: 'Get used to such conversations',
} as const satisfies Record<Goal, string>

export const isPausedNow = (request: InterviewRequest, stage: Stage, now: Instant): boolean =>
  isPaused(dayOf(toMs(now), request.seeker.timeZone), calendarOf(request, stage.calendar))

/** The day on which mail comes again, if the seeker named one. */
export const pausedUntil = (request: InterviewRequest): string | undefined => request.pauses.at(-1)?.until

/** How far the journey has come: a talk goes through these, with its side exits told in words. */
export const milestones = ['Draft', 'Sent', 'Answer', 'Date', 'Talk', 'Thanks', 'In touch'] as const

/** The milestone where the request stands; nothing for one that has left the road. */
export const milestoneOf = (request: InterviewRequest): number | undefined =>
  ({
    unconfirmed: undefined,
    drafted: 0,
    sent: 1,
    replied: 2,
    scheduled: 3,
    met: 4,
    thanked: 5,
    'in-touch': 6,
    deferred: 1,
    'no-response': undefined,
    declined: undefined,
    closed: undefined,
  })[request.state]

type Wording = (name: Markup, entry: HistoryEntry, timeZone: string) => Markup | string

const dayIn = (entry: HistoryEntry, key: string): string =>
  typeof entry[key] === 'string' ? ` ${dayInWords(entry[key] as string)}` : ''

const dateSet = (entry: HistoryEntry): string => {
  const { start, timeZone } = entry
  if (typeof start !== 'string' || typeof timeZone !== 'string') return ''
  return `: ${dayInWords(start.slice(0, 10))}, ${start.slice(11, 16)}, ${clockOf(timeZone)}`
}

const historyWords: Record<string, Wording> = {
  requested: () => 'You sent in the form',
  confirmed: () => 'You confirmed your address',
  sent: (name, { on }, timeZone) =>
    html`You wrote to ${name}${typeof on === 'string' ? `, on ${dayOfInstant(on, timeZone)}` : ''}`,
  replied: (name) => html`${name} answered`,
  scheduled: (_name, entry) => `You set a date${dateSet(entry)}`,
  rescheduled: (_name, entry) => `You moved the date${dateSet(entry)}`,
  cancelled: () => 'The date was called off',
  met: (name) => html`You talked with ${name}`,
  'not-met': () => 'The talk did not happen that day',
  thanked: (name) => html`You thanked ${name}`,
  'kept-in-touch': (name) => html`You and ${name} were in touch`,
  declined: (name) => html`${name} could not make it happen`,
  deferred: (name, entry) =>
    html`${name} asked you to come back${dayIn(entry, 'until') && ` on${dayIn(entry, 'until')}`}`,
  paused: (_name, entry) => `You paused the mail${dayIn(entry, 'until') && ` until${dayIn(entry, 'until')}`}`,
  resumed: () => 'You started the mail again',
  closed: (_name, { landed }) => (landed ? 'You found what you were looking for, and closed this' : 'You closed this'),
  reopened: () => 'You opened this again',
  revised: () => 'You changed the details',
  rested: () => 'We put this to rest',
  'taken-up-again': () => 'You took it up again',
}

/** One line of the history. An entry that a later version of us wrote is still a line. */
export const inWords = (entry: HistoryEntry, name: string, timeZone: string): Markup | string =>
  Object.hasOwn(historyWords, entry.event)
    ? (historyWords[entry.event]?.(typed(name), entry, timeZone) ?? '')
    : 'Something was noted'
