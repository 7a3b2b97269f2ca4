import * as z from 'zod/mini'
import { instantOf, toInstant, toMs } from '../../shared/calendar.ts'
import { type FieldError, integer, oneOf, readFields, zone } from '../../shared/fields.ts'
import { mayConfirm } from '../../shared/person.ts'
import type { Instant, State } from '../../shared/request.ts'
import type { Stage } from '../../shared/stage.ts'
import { asCapsAllow, wasAsked } from '../../shared/tips/confirming.ts'
import { consentWording } from '../../shared/tips/consent.ts'
import { having } from '../../shared/tips/course.ts'
import { again, asked, confirmed, left, readsOn, undone } from '../../shared/tips/enrolment.ts'
import type { Part, Series } from '../../shared/tips/series.ts'
import {
  after,
  isAlive,
  isReading,
  mayHappen,
  notYet,
  type Subscription,
  type SubscriptionState,
  type Transition,
} from '../../shared/tips/subscription.ts'
import { told } from '../../shared/tips/told.ts'
import { finished, onAnotherDay, turnNow } from '../../shared/tips/turn.ts'
import { isOnItsWay, nextNow, pausedFor, withSettings } from '../../shared/tips/wishes.ts'
import { subscriptionWords, when } from '../in-words.ts'
import { PlainError } from '../plain-error.ts'
import { type Act, type Came, openScript } from './script.ts'
import { type Answer, type Step, stepAt } from './simulation.ts'

type Going = { series: Series; parts: readonly Part[]; now: Instant; endsAt: number }

/** What a reader can do, in which states, and what it makes of the subscription. */
type Deed = {
  says: string
  /** What was typed, to be said after it. */
  more?: (given: Record<string, unknown>) => string
  in: (state: SubscriptionState) => boolean
  fields?: z.core.$ZodShape
  does: (present: Subscription, going: Going, given: Record<string, unknown>) => Subscription | undefined
}

const by =
  (event: Transition) =>
  (state: SubscriptionState): boolean =>
    mayHappen(event, state)
const reading = (state: SubscriptionState): boolean => isReading({ state })
const reached = ['sent', 'replied', 'scheduled', 'met'] as const satisfies readonly State[]

export const deeds = {
  confirmed: {
    says: 'The reader confirmed the address',
    in: by('confirmed'),
    does: (present, going) => {
      const { now } = going
      return confirmed(present, { ...going, consent: { ...present.consent, confirmedAt: now } })
    },
  },
  settings: {
    says: 'The reader changed the settings',
    in: reading,
    more: (given) =>
      `: ${Object.entries(given)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
    fields: { hour: z.optional(integer(0, 23)), timeZone: z.optional(zone) },
    does: (present, { now }, given) => withSettings(present, given, now),
  },
  paused: {
    says: 'The reader paused the series',
    in: by('paused'),
    more: ({ weeks }) => ` for ${weeks} ${weeks === 1 ? 'week' : 'weeks'}`,
    fields: { weeks: oneOf(Array.from({ length: 52 }, (_, index) => index + 1)) },
    does: (present, going, { weeks }) => pausedFor(present, Number(weeks), going),
  },
  resumed: {
    says: 'The reader ended the pause',
    in: by('resumed'),
    does: (present, going) => readsOn(present, 'resumed', going),
  },
  next: {
    says: 'The reader asked for the next part at once',
    in: reading,
    does: (present, going) => (isOnItsWay(present, going.now) ? undefined : nextNow(present, going)),
  },
  again: {
    says: 'The reader asked for all of it once more',
    in: by('again'),
    does: (present, going) => again(present, going),
  },
  left: { says: 'The reader left the series', in: by('left'), does: (present, going) => left(present, going) },
  undone: { says: 'The reader took that back', in: by('undone'), does: (present, going) => undone(present, going) },
  reached: {
    says: 'A request of the reader came this far',
    more: ({ state }) => `: ${state}`,
    in: (state) => state !== 'suppressed',
    fields: { state: z.enum(reached, { error: `Please choose one of: ${reached.join(', ')}.` }) },
    does: (present, { parts, now }, { state }) =>
      told(present, { mailDays: present.mailDays ?? [], reached: [state as State] }, parts, now),
  },
  bounced: {
    says: 'A mail came back: the mailbox is gone',
    in: by('suppressed'),
    does: (present, { now, endsAt }) => after(present, 'suppressed', { now, expiresAt: endsAt }),
  },
} as const satisfies Record<string, Deed>

const deedNamed = (event: string): Deed | undefined =>
  Object.hasOwn(deeds, event) ? deeds[event as keyof typeof deeds] : undefined

/** The mails that ask to confirm, as SES knows them. */
const asks = { confirm: 'confirm-series', remind: 'confirm-series-reminder' } as const

export const mailsOf = ({ parts }: Series): string[] => [
  ...Object.values(asks),
  ...parts.flatMap(({ id }, index) => [`part ${index + 1}`, id]),
]

type Walk = {
  stage: Stage
  series: Series
  timeZone: string
  start: string
  answers: readonly Answer[]
  /** At which parts come, 0–23; without it, that of the stage. */
  hour?: number | undefined
  subjectOf: (of: { series: Series; part: Part } | { reminder: boolean }) => string
}

const MOST_STEPS = 2000
/** SES takes a mail a moment later, and the reminder is counted from then. */
const SENDING = 1000
/** `pick-tips` looks every five minutes for what is due. */
const PICK_EVERY = 5 * 60_000

/**
 * A series as one reader gets it, from the form to the end: what is due is claimed, sent and settled as `pick-tips` and
 * `send-tips` do it. The reader has the edition of today, no other series, and no request but what `reached` tells of.
 */
export const walkSeries = ({ stage, series, timeZone, start, answers, hour, subjectOf }: Walk): Step[] => {
  const begin = instantOf(start, timeZone)
  const steps: Step[] = []
  const came: Came[] = []
  const script = openScript(answers, mailsOf(series), begin)
  let now = begin
  let confirmations: Instant[] = []
  let verifiedAt: Instant | undefined
  let present = asked(
    {
      person: 'reader',
      series,
      email: 'reader@example.org',
      timeZone,
      hour: hour ?? stage.tips.hour,
      secret: 'AAAAAAAAAAAAAAAAAAAAAA',
      consent: { wording: consentWording, how: 'form', askedAt: toInstant(now) },
      now: toInstant(now),
    },
    { withinHours: stage.tips.confirmWithinHours },
  )

  const going = (): Going => ({
    series,
    parts: series.parts,
    now: toInstant(now),
    endsAt: Math.floor(now / 1000) + stage.retention.idleDays * 86_400,
  })
  const own = () => ({ ...stage.calendar, timeZone: present.timeZone, pauses: [] })
  const note = (step: Omit<Step, 'at' | 'local' | 'state'>): void => {
    if (steps.length >= MOST_STEPS) throw new PlainError(`This does not come to an end: ${MOST_STEPS} steps so far.`)
    steps.push(stepAt(toInstant(now), present.timeZone, { ...step, state: present.state }))
  }

  /** When the worker has it: at once when somebody waits for it, else with the next round. */
  const workedOnAt = (): number | undefined => {
    const { dueAt, ring } = present
    if (!dueAt) return undefined
    return ring === dueAt ? Math.max(now, toMs(dueAt)) : Math.ceil(Math.max(now, toMs(dueAt)) / PICK_EVERY) * PICK_EVERY
  }

  const ask = (next: 'confirm' | 'remind'): void => {
    const at = toInstant(now)
    const person = { confirmations, ...(verifiedAt ? { verifiedAt } : {}), id: '', requests: [], held: [] }
    const counted = mayConfirm(person, stage.caps, at)
    if (!counted) {
      present = asCapsAllow(present, person, stage.caps, at) ?? present
      note({ kind: 'not-sent', name: asks[next], says: 'this address has had its confirmation mail already' })
      return
    }
    confirmations = counted
    present = wasAsked(present, toInstant(now + SENDING))
    came.push({ names: [asks[next]], at: now })
    const says =
      next === 'confirm'
        ? 'Somebody asked for the series with this address.'
        : 'A day later, once: it is still to be confirmed.'
    note({ kind: 'mail', name: asks[next], says, subject: subjectOf({ reminder: next === 'remind' }) })
  }

  const work = (): void => {
    const at = toInstant(now)
    const turn = turnNow(present, series.parts, { now: at, quiet: stage.calendar.quiet })
    switch (turn.becomes) {
      case 'finished':
        present = finished(present, turn, going()) ?? present
        note({ kind: 'recorded', name: 'finished', says: 'Nothing is left for this reader.' })
        break
      case 'moved': {
        const dueBefore = present.dueAt ?? at
        present = notYet(present, onAnotherDay(present, turn.part, at), { now: at })
        const due = present.dueAt ? { due: present.dueAt } : {}
        note({ kind: 'moved', name: turn.part.id, says: turn.because, dueBefore, ...due })
        break
      }
      case 'sent':
        send(turn.part, turn.wished)
    }
  }

  const send = (part: Part, isWished: boolean): void => {
    const at = toInstant(now)
    const subject = subjectOf({ series, part })
    present = having(present, { ...going(), part, outcome: { messageId: 'simulated', at } })
    const number = series.parts.indexOf(part) + 1
    came.push({ names: [part.id, `part ${number}`], at: now })
    const says = `${isWished ? 'Asked for at once. ' : ''}Part ${number} of ${series.parts.length}: ${part.takeaway}`
    note({ kind: 'mail', name: part.id, says, subject })
    if (present.state === 'finished')
      note({ kind: 'recorded', name: 'finished', says: 'That was all of it for this reader.' })
  }

  const act = ({ event, fields, where }: Act): void => {
    const refuse = (message: string): PlainError =>
      new PlainError(`${where}, ${when(toInstant(now), present.timeZone)}: ${message}`)
    const deed = deedNamed(event)
    const read = readFields(deed?.fields ?? {}, fields, 'json')
    if (!read.ok) throw refuse(inOneLine(read.errors))
    const next = deed?.in(present.state)
      ? deed.does(present, going(), read.value as Record<string, unknown>)
      : undefined
    if (!deed || (!next && !deed.in(present.state))) {
      const possible = Object.entries(deeds).filter(([, { in: allowed }]) => allowed(present.state))
      throw refuse(
        `this does not fit, for the series is “${present.state}” then: ${subscriptionWords[present.state]}. Possible would be: ${possible.map(([name]) => name).join(', ')}.`,
      )
    }
    if (!next) throw refuse('nothing would change by it.')
    present = next
    if (event === 'confirmed') verifiedAt = toInstant(now)
    const typed = Object.keys(fields).length > 0 ? { fields } : {}
    note({ kind: 'done', name: event, says: `${deed.says}${deed.more?.(fields) ?? ''}.`, ...typed })
  }

  note({ kind: 'done', name: 'asked', says: 'The form was sent in.' })
  for (;;) {
    const due = workedOnAt() ?? Number.POSITIVE_INFINITY
    const next = Math.min(due, script.nextAt(came, own()) ?? Number.POSITIVE_INFINITY)
    if (next === Number.POSITIVE_INFINITY) break
    if (!isAlive(present, toInstant(next))) break
    now = next
    if (due === next && (present.next === 'confirm' || present.next === 'remind')) ask(present.next)
    else if (due === next) work()
    else act(script.take(now, came, own()))
  }
  if (present.state === 'pending' && present.expiresAt) {
    now = present.expiresAt * 1000
    note({ kind: 'deleted', name: 'deleted', says: 'Nobody confirmed it, and it is deleted.' })
  }
  script.close(toInstant(now), timeZone, `the last thing that happened was “${steps.at(-1)?.name}”,`)
  return steps
}

const inOneLine = (errors: readonly FieldError[]): string =>
  errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' ')
