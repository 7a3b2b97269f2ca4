import type { Alarm } from '../shared/aws/alarms.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import { scheduleName } from '../shared/mail-due.ts'
import type { MailName } from '../shared/mail-names.ts'
import { mayConfirm, type Person } from '../shared/person.ts'
import { type File, mailKey, type Plan, type PlannedMail, plan } from '../shared/plan.ts'
import type { Standing } from '../shared/reputation.ts'
import { type Instant, isFinal, type LedgerMail } from '../shared/request.ts'
import { skippedRow } from '../shared/skipped-row.ts'
import type { Stage } from '../shared/stage.ts'
import { subscriptionId } from '../shared/tips/links.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import { eventInWords, eventTitle, howLong, many, stateWords, stopWords, when, zoneInWords } from './in-words.ts'
import { finished, hanging, nameInWords, whyNot } from './mail-words.ts'
import { type Entry, inOrder, type Story } from './story.ts'

/** Everything that bears on the mails of one request, read at one moment. */
export type RequestFacts = {
  now: Instant
  stage: Pick<Stage, 'caps' | 'calendar'>
  file: File
  person: Person
  files: readonly File[]
  alarms: readonly Alarm[]
  subscriptions: readonly Subscription[]
  /** Whether SES takes workflow mail. */
  isSending: boolean
  standing: Standing
}

export type About = { mail?: MailName | undefined; occurrence?: string | undefined; withNames?: boolean | undefined }

/** Why mails of a request went out, or did not: all of them, or the one that is asked for. */
export const requestStory = (facts: RequestFacts, about: About = {}): Story => {
  const { file, now } = facts
  const { request } = file
  const zone = request.seeker.timeZone
  const isAsked = ({ mail, occurrence }: { mail: string; occurrence: string }): boolean =>
    about.mail === undefined ||
    (mail === about.mail && (about.occurrence === undefined || occurrence === about.occurrence))
  const planned = plan(facts.files, facts.stage.calendar, now)
  const rows = file.mails.filter(isAsked)
  const past = rows
    .filter(({ state }) => isFinal(state))
    .map((row) => withBounce(finished(row, zone, now), row, facts.person))
  const hangs = rows.filter(({ state }) => state === 'claimed' || state === 'unsettled')
  const events = request.history.map(
    (entry): Entry => ({ at: entry.at, says: eventInWords(entry, zone), tone: 'plain', details: [] }),
  )
  const coming = [...comingMails(facts, planned), ...leftOver(facts, planned)].filter((entry) => isAsked(entry.of))
  const nowhere = about.mail !== undefined && rows.length === 0 && coming.length === 0
  return {
    title: about.mail
      ? `Mail ${about.mail}${about.occurrence ? `#${about.occurrence}` : ''} of request ${request.id}`
      : `Request ${request.id}`,
    about: [
      ...(about.withNames
        ? [`${request.seeker.name} would like to talk with ${request.contact.name}, ${request.contact.organization}.`]
        : []),
      `Its state is ${request.state}: ${stateWords[request.state]}.`,
      ...(nowhere && about.mail
        ? [`This mail was not sent and is not planned. ${notPlanned(about.mail, facts, planned)}`]
        : []),
      ...personLines(facts),
      ...obstacles(facts),
      `Times are ${zoneInWords(zone, now)}; it is ${when(now, zone)}.`,
    ],
    sections: [
      { title: 'What happened', entries: inOrder([...events, ...past]) },
      { title: 'On its way', entries: inOrder(hangs.map((row) => hanging(row, zone, now))) },
      {
        title: 'What comes',
        entries: inOrder(coming.map(({ of: _of, ...entry }) => entry)),
        none: about.mail ? '' : nothingComes(facts),
      },
    ],
  }
}

/** A bounce says something about the address, or only about that day. */
const withBounce = (entry: Entry, { state, at }: LedgerMail, { suppressedAt, suppressedBecause }: Person): Entry => {
  if (state !== 'bounced' && state !== 'complained') return entry
  const stopped = suppressedAt !== undefined && suppressedBecause !== 'asked' && suppressedAt <= at
  const says = stopped
    ? 'Since then nothing is sent to this address. Is it right after all: `npm run ops -- unsuppress --email <address>`.'
    : 'It stopped nothing: it was for a passing reason, or because of a setting of ours (the log says “policy-bounce”), or somebody has lifted the stop.'
  return { ...entry, details: [...entry.details, says] }
}

const nothingComes = ({ file: { request } }: RequestFacts): string =>
  request.pauses.some(({ until }) => !until)
    ? 'Nothing is planned: the seeker has paused the mail until further notice.'
    : 'Nothing is planned, until something else happens.'

const notPlanned = (mail: MailName, { file }: RequestFacts, { mails, dropped }: Plan): string => {
  const holder = mails.find(
    ({ requestId, merged }) => requestId === file.request.id && merged.some((part) => part.mail === mail),
  )
  if (holder) return `It comes as a part of ${nameInWords(holder)}.`
  const reason = dropped.find((drop) => drop.requestId === file.request.id && drop.mail === mail)?.reason
  return reason ? `It was left out: ${reason}.` : whyNot(mail, file.request)
}

/** The person behind it, by what bears on mail to her. */
const personLines = ({ person, file, files, subscriptions, stage, now }: RequestFacts): string[] => {
  const zone = file.request.seeker.timeZone
  const { suppressedAt, suppressedBecause, verifiedAt, softBounces = 0, confirmations, held } = person
  const others = files.length - 1
  return [
    suppressedAt
      ? `Nothing is sent to the person ${person.id}: mail to this address is stopped since ${when(suppressedAt, zone)}, since ${stopWords[suppressedBecause ?? 'asked']}.`
      : `The person is ${person.id}, and mail may go to her.`,
    verifiedAt
      ? `The address is confirmed since ${when(verifiedAt, zone)}.`
      : `Nobody has confirmed the address yet: ${many(confirmations.length, 'confirmation mail')} of the ${stage.caps.confirmationsEver} that it may get ever.`,
    ...(suppressedAt || mayConfirm(person, stage.caps, now)
      ? []
      : [`It gets no confirmation mail ${nextConfirmation(person, stage.caps, now, zone)}.`]),
    ...(softBounces > 0
      ? [`${many(softBounces, 'mail')} in a row could not be delivered for a passing reason; the fifth stops all mail.`]
      : []),
    ...(others > 0
      ? [
          `She has ${many(others, 'other request')}, and gets one reminder a day over all of them: ${files.flatMap(({ request: { id } }) => (id === file.request.id ? [] : [id])).join(', ')}.`,
        ]
      : []),
    ...(held.includes(file.request.id)
      ? [
          'Its own confirmation mail was held back by the caps: it can be confirmed together with another request of hers.',
        ]
      : []),
    ...subscriptions.map(
      (one) => `She ${one.state === 'active' ? 'reads' : 'has'} the tips ${subscriptionId(one)} (${one.state}).`,
    ),
  ]
}

const nextConfirmation = (person: Person, caps: Stage['caps'], now: Instant, zone: string): string => {
  for (let hour = 1; hour <= 24 * 7; hour += 1) {
    const at = toInstant(toMs(now) + hour * 3_600_000)
    if (mayConfirm(person, caps, at)) return `before ${when(at, zone)}`
  }
  return 'any more'
}

/** What holds up everybody's mail at this moment. */
const obstacles = ({ isSending, standing, file }: RequestFacts): string[] => [
  ...(isSending
    ? []
    : ['Sending of all workflow mail is paused: `npm run ops -- resume-sending --workflow` ends that.']),
  ...(standing !== 'good' && file.request.state === 'unconfirmed'
    ? ['Confirmation mails are stopped for everybody: too many addresses bounce or complain.']
    : []),
]

type Coming = Entry & { of: { mail: string; occurrence: string } }

const comingMails = (facts: RequestFacts, planned: Plan): Coming[] =>
  planned.mails
    .filter(({ requestId }) => requestId === facts.file.request.id)
    .filter((mail) => !facts.file.mails.some((row) => mailKey(row) === mailKey(mail) && row.state !== 'planned'))
    .map((mail) => coming(mail, facts))

const coming = (mail: PlannedMail, facts: RequestFacts): Coming => {
  const { file, now } = facts
  const zone = file.request.seeker.timeZone
  const row = file.mails.find((known) => mailKey(known) === mailKey(mail))
  const late = row ? toMs(now) - toMs(row.dueAt) : 0
  const isLate = late > 60_000
  return {
    of: mail,
    at: isLate && row && mail.dueAt <= now ? row.dueAt : mail.dueAt,
    mail: mailKey(mail),
    state: 'planned',
    tone: isLate || !row ? 'late' : 'plain',
    says: `${nameInWords(mail)}${isLate ? ` is ${howLong(late)} late` : ''}`,
    details: [
      `Tells the seeker: ${mail.why}`,
      ...movedLines(mail, facts),
      ...plannedLines(row, facts),
      ...(mail.merged.length > 0 ? [`A part of it: ${mail.merged.map((part) => nameInWords(part)).join(', ')}.`] : []),
      ...(isLate ? lateLines(mail, row, facts) : [alarmLine(mail, facts)]),
      `It is worth sending until ${when(mail.latestAt, zone)}.`,
    ],
  }
}

/** When the row was written, and after what. */
const plannedLines = (row: LedgerMail | undefined, { file: { request } }: RequestFacts): string[] => {
  if (!row) {
    return [
      `The ledger has no row for it: plan-mail has not come to the last change. Should that last minutes: \`npm run ops -- replan ${request.id}\`.`,
    ]
  }
  const at = when(row.at, request.seeker.timeZone)
  if (row.attempts > 0) return [`It was returned to the queue last on ${at}.`]
  const cause = request.history.findLast((entry) => entry.at <= row.at)
  const follows = cause && toMs(row.at) - toMs(cause.at) < 120_000
  return [follows ? `Planned on ${at}, after “${eventTitle(cause)}”.` : `Planned, or moved last, on ${at}.`]
}

/** Alone it would have come on another day. */
const movedLines = (mail: PlannedMail, { file, files, stage, now }: RequestFacts): string[] => {
  const { request, mails } = file
  const every = plan(files, stage.calendar, now)
  const others = [...mails, ...every.mails, ...every.dropped]
    .filter((other) => !('requestId' in other) || other.requestId === request.id)
    .filter((other) => mailKey(other) !== mailKey(mail))
    .map(({ mail: name, occurrence }) => skippedRow({ requestId: request.id, mail: name, occurrence }, '', now))
  const alone = plan([{ request, mails: others }], stage.calendar, now).mails.find(
    (one) => mailKey(one) === mailKey(mail),
  )
  if (!alone || alone.dueAt === mail.dueAt) return []
  return [
    `Moved from ${when(alone.dueAt, request.seeker.timeZone)}: another mail has that day, and she gets one reminder a day.`,
  ]
}

const alarmLine = (mail: PlannedMail, { alarms, file, now }: RequestFacts): string => {
  const zone = file.request.seeker.timeZone
  const alarm = alarms.find(({ name }) => name === scheduleName(mail))
  if (alarm && Math.abs(toMs(alarm.at) - toMs(mail.dueAt)) < 1000) return 'Its timer is set.'
  if (alarm) return `Its timer is still set for ${when(alarm.at, zone)}: it is looked at anew then.`
  if (!file.mails.some((row) => mailKey(row) === mailKey(mail)))
    return 'It has no timer either: nothing sends it as it is.'
  if (toMs(mail.dueAt) - toMs(now) < 120_000) return 'It has been handed to the mail queue.'
  return 'It has no timer: reconcile, which runs every 15 minutes, hands it over when it is due.'
}

const lateLines = (
  mail: PlannedMail,
  row: LedgerMail | undefined,
  { file, now, isSending }: RequestFacts,
): string[] => {
  const zone = file.request.seeker.timeZone
  const tries = row?.attempts ?? 0
  return [
    `It was due ${when(row?.dueAt ?? mail.dueAt, zone)}.`,
    ...(tries > 0
      ? [
          `${tries === 1 ? 'One try' : `${tries} tries`} so far: SES would not take it, and it was returned to the queue. \`npm run preflight\` looks at what SES has against it.`,
        ]
      : []),
    ...(tries === 0 && isSending
      ? [
          'Nobody has tried to send it: its timer did not ring, or the workers fail (`npm run ops -- dead-letters list`).',
        ]
      : []),
    mail.dueAt > now
      ? `It goes out ${when(mail.dueAt, zone)}: no reminder comes at night or on a day off.`
      : 'It comes back from the queue every three minutes, and reconcile, which runs every 15 minutes, hands it over anew.',
  ]
}

/** What the ledger or Scheduler still hold, and the plan does not. */
const leftOver = ({ file, alarms, now }: RequestFacts, planned: Plan): Coming[] => {
  const wanted = new Set(planned.mails.filter(({ requestId }) => requestId === file.request.id).map(mailKey))
  const rows = file.mails.filter((row) => row.state === 'planned' && !wanted.has(mailKey(row)))
  const names = new Set([...file.mails.map(scheduleName), ...planned.mails.map(scheduleName)])
  const reasonOf = (row: LedgerMail): string =>
    planned.dropped.find((drop) => mailKey(drop) === mailKey(row))?.reason ?? whyNot(row.mail, file.request)
  return [
    ...rows.map(
      (row): Coming => ({
        of: row,
        at: row.dueAt,
        mail: mailKey(row),
        state: 'planned',
        tone: 'plain',
        says: `${nameInWords(row)} stands in the ledger, and will not be sent: ${reasonOf(row)}`,
        details: [
          row.dueAt > now
            ? 'It is taken out when it falls due, or when something else happens.'
            : 'The next run of reconcile takes it out.',
        ],
      }),
    ),
    ...alarms
      .filter(({ name }) => !names.has(name))
      .map(
        ({ name, at }): Coming => ({
          of: { mail: '', occurrence: '' },
          at,
          tone: 'plain',
          says: `A timer is set for ${name.slice(file.request.id.length + 1)}, which is not planned any more: nothing is sent then.`,
          details: [],
        }),
      ),
  ]
}
