import { toInstant, toMs } from '../shared/calendar.ts'
import type { MailName } from '../shared/mail-names.ts'
import { mailTitles } from '../shared/pages/words.ts'
import { mailKey } from '../shared/plan.ts'
import { putRight, type Step } from '../shared/put-right.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'
import { howLong, when } from './in-words.ts'
import type { Entry } from './story.ts'

/** What the ledger says about a mail, in words. */

/** Scheduler rings within the minute, and sending takes a moment: this late is on time. */
const ON_TIME = 90_000
const DAY = 86_400_000

export const nameInWords = (mail: { mail: MailName; occurrence: string }): string =>
  `${mailKey(mail)} “${mailTitles[mail.mail]}”`

const refused = 'the mail service refused it'

/** Why it was not sent, for reasons that say less than one would like to know. */
const reasons: Record<string, string> = {
  'its useful time had passed':
    'A mail that comes too late is worse than none: each has a time after which it is left out.',
  'more important mail took its days':
    'One mail a person a day: this one waited for a free day until it was no longer useful.',
  'mail to this address is stopped':
    'Consent is checked in the same write that takes a mail for sending. What stopped it is said above.',
  'this address has had its confirmation mail already':
    'Whoever types a stranger’s address must not make us a nuisance. It can be confirmed with the next confirmation mail.',
  [refused]: 'SES said that it will never take this mail: the address, or something in the mail, is wrong.',
  'nobody could tell whether it was sent':
    'The answer of SES was lost and no event told. It was let go rather than sent a second time.',
}

/** A row that has come to its end, as what happened. */
export const finished = (row: LedgerMail, zone: string, now: Instant): Entry => {
  const { state, at, dueAt, latestAt, sentAt = at, messageId, reason, attempts, merged = [] } = row
  if (state === 'skipped') {
    // A mail that never had a row has one of this moment only.
    const wasPlanned = latestAt !== dueAt
    return {
      at,
      mail: mailKey(row),
      state,
      tone: reason === undefined || reason === refused ? 'bad' : 'plain',
      says: `${nameInWords(row)} was not sent: ${reason ?? 'nobody wrote down why'}.`,
      details: [
        ...(wasPlanned ? [`It was due ${when(dueAt, zone)}, and worth sending until ${when(latestAt, zone)}.`] : []),
        ...(reason && Object.hasOwn(reasons, reason) ? [reasons[reason] ?? ''] : []),
      ],
    }
  }
  const late = toMs(sentAt) - toMs(dueAt)
  const isLate = late > ON_TIME
  return {
    at: sentAt,
    mail: mailKey(row),
    state,
    tone: state === 'bounced' || state === 'complained' ? 'bad' : isLate ? 'late' : 'good',
    says: `${nameInWords(row)} was sent ${isLate ? `${howLong(late)} late` : 'on time'}${outcomes[state]?.(when(at, zone)) ?? '.'}`,
    details: [
      `Told the seeker: ${workflow[row.mail].why}`,
      ...(isLate ? [`It was due ${when(dueAt, zone)}.`] : []),
      ...(attempts > 1 ? [triesInWords(row)] : []),
      ...(merged.length > 0 ? [`A part of it: ${merged.map(nameInWords).join(', ')}.`] : []),
      ...(messageId ? [`SES knows it as ${messageId}.`] : []),
      ...(state === 'sent' && toMs(now) - toMs(sentAt) > DAY
        ? ['Nothing has been heard of it since, neither that it arrived nor that it bounced.']
        : []),
    ],
  }
}

const triesInWords = ({ attempts, doubts = 0 }: LedgerMail): string =>
  doubts > 0
    ? `It took ${attempts} tries: ${doubts === 1 ? 'once' : `${doubts} times`} the answer of SES was lost, and nothing said that SES had taken it: the reader may have two of it.`
    : `It took ${attempts} tries: before, SES would not take it, or the seeker changed the request at that moment (the log of send-mail says which).`

const outcomes: Partial<Record<LedgerMail['state'], (at: string) => string>> = {
  sent: () => '; SES has taken it.',
  delivered: () => ', and the reader’s mail server has taken it.',
  bounced: (at) => `, and came back as undeliverable (SES said so ${at}).`,
  complained: (at) => `, and the reader reported it as unwanted (SES said so ${at}).`,
}

const steps: Partial<Record<Step, string>> = {
  'call-unsettled': 'it is then taken for lost in doubt: SES may have it or not',
  'send-again': 'it is then sent again, since of this mail two are better than none',
  'give-up': 'it is then let go, since of this mail none is better than two',
}

/** What `reconcile` will make of a row that hangs, and from when on; nothing while that is not foreseeable. */
export const willBe = (row: LedgerMail, now: Instant): { at: Instant; step: Step } | undefined => {
  for (let second = 0; second < 7200; second += 1) {
    const at = toInstant(toMs(row.at) + second * 1000)
    const step = putRight(row, at)
    if (step !== 'wait') return { at: at < now ? now : at, step }
  }
  return undefined
}

/** A row that somebody works on, or did. */
export const hanging = (row: LedgerMail, zone: string, now: Instant): Entry => {
  const { state, at, dueAt, attempts, doubts = 1 } = row
  const after = willBe(row, now)
  const next = after
    ? `If nothing is heard until ${when(after.at, zone)}, the next run of reconcile, which comes every 15 minutes, decides: ${steps[after.step] ?? after.step}.`
    : 'Nothing more is done about it by itself.'
  return {
    at,
    mail: mailKey(row),
    state,
    tone: state === 'unsettled' ? 'late' : 'plain',
    says:
      state === 'unsettled'
        ? `${nameInWords(row)} is in doubt: it was handed to SES, and the answer was lost.`
        : `${nameInWords(row)} is being sent: a worker took it ${howLong(toMs(now) - toMs(at))} ago.`,
    details: [
      `Told the seeker: ${workflow[row.mail].why}`,
      `It was due ${when(dueAt, zone)}; this is try ${attempts}${doubts > 1 ? `, and its answer was lost ${doubts} times` : ''}.`,
      ...(state === 'unsettled'
        ? ['SES cannot be asked. If it took the mail it reports so by itself, mostly within seconds, and all is well.']
        : []),
      next,
    ],
  }
}

/** Why a mail that is neither planned nor written down does not come. */
export const whyNot = (mail: MailName, request: InterviewRequest): string => {
  const row: Row = workflow[mail]
  if (!row.while.includes(request.state))
    return `It comes only while the request is ${row.while.join(' or ')}, and this one is ${request.state}.`
  if (row.when && !row.when(request)) return conditions[mail] ?? 'The request does not ask for it.'
  if (row.lane === 'nudge' && request.pauses.some(({ until }) => !until))
    return 'The seeker has paused the mail without naming a day on which it begins again.'
  return 'What it is counted from has not happened yet, or it belongs to a round that is over.'
}

const conditions: Partial<Record<MailName, string>> = {
  'follow-up': 'The seeker chose to send no follow-up.',
  'follow-up-2': 'The seeker chose to send fewer follow-ups than two.',
  'follow-up-3': 'The seeker chose to send fewer follow-ups than three.',
  debrief: 'The seeker has written down already what came of the talk.',
  refer: 'The seeker was given no name; with one it would come.',
  pointer: 'The seeker was given a name: then “refer” comes instead.',
  gratitude: 'It comes only when the seeker closes the request as having got there, after a talk.',
}
