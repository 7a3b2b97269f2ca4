import { toInstant, toMs } from '../shared/calendar.ts'
import type { Person } from '../shared/person.ts'
import type { Standing } from '../shared/reputation.ts'
import type { Instant } from '../shared/request.ts'
import type { Stage } from '../shared/stage.ts'
import { subscriptionId } from '../shared/tips/links.ts'
import { localDay } from '../shared/tips/rhythm.ts'
import { nextPart, type Part } from '../shared/tips/series.ts'
import { isReading, type Subscription } from '../shared/tips/subscription.ts'
import { isConfirmation } from '../shared/tips/tip-due.ts'
import { dateInWords, howLong, many, stopWords, subscriptionWords, when, zoneInWords } from './in-words.ts'
import { type Entry, inOrder, type Story } from './story.ts'

/** Everything that bears on what one reader of a series gets, read at one moment. */
export type SubscriptionFacts = {
  now: Instant
  stage: Pick<Stage, 'caps'>
  subscription: Subscription
  person: Person
  /** The parts for her, in order. */
  parts: readonly Part[]
  title: string
  /** Whether SES takes tips. */
  isSending: boolean
  standing: Standing
  /** Nothing is handed over before. */
  holdUntil?: Instant
  /** While she is claimed: what the log says that SES has taken under that claim. */
  taken?: string | null
}

/** As long as a claim stands before it is looked up (`shared/delivery/tips.ts`). */
const GRACE = 10 * 60_000

const ways = {
  form: 'by the form',
  request: 'by a tick in the form of a request',
  import: 'by an import',
  series: 'by reading another series',
} as const satisfies Record<Subscription['consent']['how'], string>

/** Why parts came, or did not, and what comes next. */
export const subscriptionStory = (facts: SubscriptionFacts, { withNames = false } = {}): Story => {
  const { subscription, title, now } = facts
  const { state, timeZone, hour, firstName } = subscription
  return {
    title: `Subscription ${subscriptionId(subscription)}`,
    about: [
      `It is for the series “${title}”${withNames && firstName ? `, read by ${firstName}` : ''}, and ${state}: ${subscriptionWords[state]}.`,
      `Parts come at ${String(hour).padStart(2, '0')}:00 by her clock.`,
      ...consentLines(facts),
      ...personLines(facts),
      ...progressLines(facts),
      ...obstacles(facts),
      `Times are ${zoneInWords(timeZone, now)}; it is ${when(now, timeZone)}.`,
    ],
    sections: [
      { title: 'What happened', entries: inOrder(past(facts)) },
      { title: 'On its way', entries: onItsWay(facts) },
      { title: 'What comes', entries: coming(facts), none: nothingComes(facts) },
    ],
  }
}

const consentLines = ({ subscription: { consent, timeZone } }: SubscriptionFacts): string[] => [
  `She asked for it ${ways[consent.how]} on ${when(consent.askedAt, timeZone)}, agreeing to the words “${consent.wording}”${
    consent.confirmedAt
      ? `, and confirmed that on ${when(consent.confirmedAt, timeZone)}`
      : ', and has not confirmed that yet'
  }.`,
]

const personLines = ({ person, subscription: { timeZone } }: SubscriptionFacts): string[] => {
  const { suppressedAt, suppressedBecause, softBounces = 0 } = person
  const tipsRefusedAt = [person.tipsRefusedAt ?? '', person.tipsErasedAt ?? ''].sort().at(-1)
  return [
    suppressedAt
      ? `Nothing is sent to the person ${person.id}: mail to this address is stopped since ${when(suppressedAt, timeZone)}, since ${stopWords[suppressedBecause ?? 'asked']}.`
      : `The person is ${person.id}, and mail may go to her.`,
    ...(tipsRefusedAt
      ? [`She has refused tips on ${when(tipsRefusedAt, timeZone)}: only a younger consent subscribes her again.`]
      : []),
    ...(softBounces > 0
      ? [`${many(softBounces, 'mail')} in a row could not be delivered for a passing reason; the fifth stops all mail.`]
      : []),
  ]
}

const titled = (parts: readonly Part[], id: string): string => {
  const part = parts.find((one) => one.id === id)
  return part ? `${id} “${part.title}”` : id
}

const progressLines = ({ subscription, parts }: SubscriptionFacts): string[] => {
  const { had, passed = [], failed, expiresAt, timeZone } = subscription
  return [
    had.length > 0 ? `She has had ${many(had.length, 'part')}: ${had.join(', ')}.` : 'She has had no part yet.',
    ...(passed.length > 0 ? [`Not for her when their turn came, and kept for later: ${passed.join(', ')}.`] : []),
    ...(failed
      ? [
          `Part ${titled(parts, failed)} was let go of: SES refused it, or it failed five times for reasons that nobody knows.`,
        ]
      : []),
    ...(expiresAt
      ? [`All of it is deleted on ${when(toInstant(expiresAt * 1000), timeZone)}, unless something happens.`]
      : []),
  ]
}

/** What holds up everybody's tips at this moment. */
const obstacles = ({
  isSending,
  standing,
  holdUntil = '',
  now,
  subscription: { timeZone },
}: SubscriptionFacts): string[] => [
  ...(isSending ? [] : ['Sending of all tips is paused: `npm run ops -- resume-sending --tips` ends that.']),
  ...(holdUntil > now
    ? [
        `No tips are handed over${holdUntil.startsWith('9999') ? ', until somebody ends that' : ` before ${when(holdUntil, timeZone)}`}: SES takes none, or somebody paused them.`,
      ]
    : []),
  ...(standing === 'no-tips' ? ['No tips go out to anybody: too many mails bounce, or readers complain.'] : []),
]

const past = ({ subscription, parts }: SubscriptionFacts): Entry[] => {
  const { consent, sentAt, messageId, had, failed, unsubscribedAt } = subscription
  const entry = (at: Instant, says: string, tone: Entry['tone'] = 'plain', details: string[] = []): Entry => ({
    at,
    says,
    tone,
    details,
  })
  const last = had.at(-1)
  return [
    entry(consent.askedAt, `She asked for it ${ways[consent.how]}.`),
    ...(consent.confirmedAt ? [entry(consent.confirmedAt, 'She confirmed it: parts come from now on.')] : []),
    ...(sentAt && last
      ? [
          entry(
            sentAt,
            last === failed
              ? 'SES took the part before that one.'
              : `Part ${titled(parts, last)} was sent; SES has taken it.`,
            'good',
            messageId ? [`SES knows it as ${messageId}.`] : [],
          ),
        ]
      : []),
    ...(unsubscribedAt ? [entry(unsubscribedAt, 'She left, or everything was stopped.')] : []),
  ]
}

const onItsWay = ({ subscription, parts, taken, now }: SubscriptionFacts): Entry[] => {
  const { claim, next = '', timeZone, tries = 0 } = subscription
  if (!claim) return []
  const { part } = nextPart(parts, subscription)
  const lookUpAt = toInstant(toMs(claim.at) + GRACE)
  const what = isConfirmation(next)
    ? 'the mail that asks to confirm'
    : part
      ? `part ${titled(parts, part.id)}`
      : 'a part'
  return [
    {
      at: claim.at,
      tone: now > lookUpAt ? 'bad' : 'plain',
      says: `A worker has taken her for ${what}, ${howLong(toMs(now) - toMs(claim.at))} ago, and has not said what became of it.`,
      details: [
        `Its claim is ${claim.batch}.${tries > 0 ? ` It has failed ${tries === 1 ? 'once' : `${tries} times`} before.` : ''}`,
        taken
          ? `SES has taken it, as ${taken}: it is written down when she is due the next time, and not sent again.`
          : 'Nothing in the log says that SES has taken it.',
        now > lookUpAt
          ? 'It has stood for ten minutes: the next worker that meets her looks it up, and sends what SES has not taken.'
          : `Nobody else touches it before ${when(lookUpAt, timeZone)}; then it is looked up, and sent if SES has not taken it.`,
      ],
    },
  ]
}

const coming = (facts: SubscriptionFacts): Entry[] => {
  const { subscription, parts, now } = facts
  const { dueAt, next = '', timeZone, state } = subscription
  if (!dueAt || !(isReading(subscription) || state === 'pending')) return []
  const { part } = nextPart(parts, subscription)
  const late = toMs(now) - toMs(dueAt)
  const isLate = late > 60_000
  const what = isConfirmation(next)
    ? next === 'confirm'
      ? 'The mail that asks to confirm'
      : 'The one reminder to confirm'
    : part
      ? `Part ${titled(parts, part.id)}`
      : 'The end: nothing is left for her'
  return [
    {
      at: dueAt,
      state: 'planned',
      mail: isConfirmation(next) ? next : (part?.id ?? 'end'),
      tone: late > 3_600_000 ? 'bad' : 'plain',
      says: `${what}${isLate ? ` has been due for ${howLong(late)}` : ''}`,
      details: [
        ...movedLines(subscription),
        ...(state === 'paused' && subscription.pausedUntil
          ? [`She paused it until ${dateInWords(subscription.pausedUntil)}.`]
          : []),
        ...(subscription.others ? ['She reads another series too: of all tips one comes a day.'] : []),
        ...(isLate
          ? [
              'Pick-tips, which runs every five minutes, hands over what is due, as fast as SES takes it. What is late at night waits for the next day.',
            ]
          : [`It comes within five minutes of ${when(dueAt, timeZone)}.`]),
      ],
    },
  ]
}

/** Why it comes on another day than the rhythm would have it. */
const movedLines = (subscription: Subscription): string[] => {
  const { dueAt, dueOn, mailDays = [], timeZone } = subscription
  if (!dueAt || !dueOn || isConfirmation(subscription.next ?? '')) return []
  const day = localDay(dueAt, subscription)
  const taken = mailDays.filter((one) => one >= dueOn && one < day)
  const told =
    mailDays.length > 0
      ? [`Days with reminders of her talks, which tips keep away from: ${mailDays.map(dateInWords).join('; ')}.`]
      : []
  if (day === dueOn) return told
  const because =
    taken.length > 0
      ? `${many(taken.length, 'day')} before it ${taken.length === 1 ? 'has' : 'have'} a reminder of a talk of hers`
      : 'that day was taken, or over'
  return [
    `By its rhythm it would come on ${dateInWords(dueOn)}; it comes on ${dateInWords(day)} (${timeZone}): ${because}.`,
    ...told,
  ]
}

const nothingComes = ({ subscription: { state } }: SubscriptionFacts): string =>
  ({
    pending: 'Nothing: she has the link to confirm with, and nobody asks again.',
    active: 'Nothing is due. That should not be: every reader has a next part, or an end.',
    paused: 'Nothing is due. That should not be: a pause has an end.',
    finished:
      'Nothing: she has had all of it. A part that is added later comes to her by itself only if it waited for her.',
    unsubscribed: 'Nothing: she has left.',
    suppressed: 'Nothing: mail to this address is stopped.',
  })[state]
