import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import { dayOf, instantOf, toDate, toInstant, toMs } from './calendar.ts'
import { date, dateTime, type FieldError, integer, line, readFields, text, tick, zone } from './fields.ts'
import {
  type HistoryEntry,
  type Instant,
  type InterviewRequest,
  type Meeting,
  type Pause,
  type State,
  states,
} from './request.ts'
import { connectionMissing, connectionRequired, editable } from './submission.ts'

/** States in which something can still come of a request. */
export const openStates = [
  'drafted',
  'sent',
  'replied',
  'scheduled',
  'met',
  'thanked',
  'in-touch',
  'deferred',
] as const satisfies readonly State[]

const note = z.optional(text(2000))
const meetingFields = {
  start: dateTime,
  timeZone: z.optional(zone),
  minutes: z.optional(integer(5, 480)),
  place: z.optional(line(300, 'the place')),
}

/** `same`: the state stays. `before`: the state that the request had before it was closed, declined or put to rest. */
type EventRow = {
  in: readonly State[] | 'any'
  becomes: State | 'same' | 'before'
  fields: z.core.$ZodShape
}

/** What a seeker can tell us, as data; `http.md` is the contract. Nothing else changes a request. */
export const events = {
  sent: { in: ['drafted'], becomes: 'sent', fields: { at: z.optional(z.string()) } },
  replied: { in: ['sent', 'no-response'], becomes: 'replied', fields: {} },
  scheduled: { in: ['drafted', 'sent', 'replied', 'no-response'], becomes: 'scheduled', fields: meetingFields },
  rescheduled: { in: ['scheduled'], becomes: 'scheduled', fields: meetingFields },
  cancelled: { in: ['scheduled'], becomes: 'replied', fields: {} },
  met: {
    in: ['scheduled', 'replied'],
    becomes: 'met',
    fields: { learned: note, promised: note, promisedBy: z.optional(date), names: note },
  },
  'not-met': { in: ['scheduled'], becomes: 'replied', fields: {} },
  thanked: { in: ['met'], becomes: 'thanked', fields: {} },
  'kept-in-touch': { in: ['thanked', 'in-touch'], becomes: 'in-touch', fields: {} },
  declined: { in: ['sent', 'replied'], becomes: 'declined', fields: {} },
  deferred: { in: ['sent', 'replied'], becomes: 'deferred', fields: { until: date } },
  // Also recorded by ourselves, when the day has come.
  'taken-up-again': { in: ['deferred'], becomes: 'sent', fields: {} },
  paused: { in: openStates, becomes: 'same', fields: { until: z.optional(date) } },
  resumed: { in: openStates, becomes: 'same', fields: {} },
  closed: { in: 'any', becomes: 'closed', fields: { landed: z.optional(tick) } },
  reopened: { in: ['closed', 'no-response', 'declined'], becomes: 'before', fields: {} },
  revised: {
    in: openStates,
    becomes: 'same',
    fields: Object.fromEntries(
      Object.entries(editable).map(([name, schema]) => [name, z.optional(schema as z.ZodMiniType)]),
    ) as { [Name in keyof typeof editable]: z.ZodMiniOptional<(typeof editable)[Name]> },
  },
} as const satisfies Record<string, EventRow>

export type EventName = keyof typeof events

/** What the system itself records; the first two nobody can post. */
export type SystemEvent = 'confirmed' | 'rested' | 'taken-up-again'

const systemEvents = {
  // Also after a stop by the link of that first mail: the button is a clearer word than a scanner's click.
  confirmed: { in: ['unconfirmed', 'closed'], becomes: 'drafted' },
  rested: { in: ['sent'], becomes: 'no-response' },
  'taken-up-again': events['taken-up-again'],
} as const satisfies Record<SystemEvent, { in: readonly State[]; becomes: State }>

export const isEventName = (name: unknown): name is EventName => typeof name === 'string' && Object.hasOwn(events, name)

export const isAllowed = (event: EventName, state: State): boolean => statesFor(event).includes(state)

/** The states in which the database accepts what this event makes. */
export const statesFor = (event: EventName): readonly State[] => {
  const allowed = events[event].in
  return allowed === 'any' ? states : allowed
}

/** Every event that the state allows, in the order of the table. */
export const allowedEvents = (state: State): EventName[] =>
  (Object.keys(events) as EventName[]).filter((event) => isAllowed(event, state))

/** How long an item is kept, in days; `unconfirmed`, `closed` and `idle` as in the stage. */
export type Retention = { unconfirmedDays: number; closedDays: number; idleDays: number }

export type Decision =
  | { ok: true; request: InterviewRequest }
  | { ok: false; why: 'state' }
  | { ok: false; why: 'fields'; errors: FieldError[] }

/** A history beyond this has stopped being a story: the request is asked to start afresh. */
export const MAX_HISTORY = 200

/**
 * What an event makes of a request: the next version, or why not. Pure: time comes in as `now`. The database refuses the
 * write if the state or version it was decided on is no longer the one it holds.
 */
export const decide = (
  request: InterviewRequest,
  event: EventName,
  given: { body: unknown; from: 'form' | 'json' },
  { now, retention }: { now: Instant; retention: Retention },
): Decision => {
  if (!isAllowed(event, request.state)) return { ok: false, why: 'state' }
  const read = readFields(events[event].fields, given.body, given.from)
  if (!read.ok) return { ok: false, why: 'fields', errors: read.errors }
  if (request.history.length >= MAX_HISTORY && event !== 'closed') {
    return refuse('event', 'This request has a very long history. Please close it and start a new one.')
  }
  const { landed } = read.value as { landed?: boolean }
  // Said once more: who is taking it back at this moment is told by the version, and does not.
  if (event === 'closed' && request.state === 'closed') {
    return { ok: true, request: { ...(landed ? withLanding(request) : request), version: request.version + 1 } }
  }
  const change = changes[event](request, read.value as never, now, emptied(given.body))
  if ('errors' in change) return { ok: false, why: 'fields', errors: change.errors }
  return { ok: true, request: advance(request, event, change, { now, retention }) }
}

/** It was closed by the link of a mail, say, and only now she tells why. */
const withLanding = (request: InterviewRequest): InterviewRequest => {
  const last = request.history.findLastIndex(({ event }) => event === 'closed')
  return {
    ...request,
    history: request.history.map((entry, index) => (index === last ? { ...entry, landed: true } : entry)),
  }
}

/**
 * Whether the event that was last recorded says the same: pressed twice, and nothing in it that is not kept. Pure.
 */
export const isRepeated = (
  request: InterviewRequest,
  event: EventName,
  given: { body: unknown; from: 'form' | 'json' },
  now: Instant,
): boolean => {
  const last = request.history.at(-1)
  const read = readFields(events[event].fields, given.body, given.from)
  if (last?.event !== event || !read.ok) return false
  if (Object.keys(read.value).length === 0) return true
  const change = changes[event](request, read.value as never, now, emptied(given.body))
  if ('errors' in change) return false
  const { outcome = request.outcome } = change.set ?? {}
  return isDeepStrictEqual([{ ...last, ...change.entry }, outcome], [last, request.outcome])
}

/** The next version after something the system itself saw; nothing when the state has moved on meanwhile. */
export const record = (
  request: InterviewRequest,
  event: SystemEvent,
  { now, retention }: { now: Instant; retention: Retention },
): InterviewRequest | undefined =>
  (systemEvents[event].in as readonly State[]).includes(request.state) &&
  !(event === 'confirmed' && wasConfirmed(request))
    ? advance(request, event, {}, { now, retention })
    : undefined

/** What an event changes beside the state, and what its line in the history carries. */
type Change = { set?: Partial<InterviewRequest>; entry?: Record<string, unknown> } | { errors: FieldError[] }

const refuse = (field: string, message: string): Decision => ({
  ok: false,
  why: 'fields',
  errors: [{ field, message }],
})
const wrong = (field: string, message: string): Change => ({ errors: [{ field, message }] })

const advance = (
  request: InterviewRequest,
  event: EventName | SystemEvent,
  change: Exclude<Change, { errors: FieldError[] }>,
  { now, retention }: { now: Instant; retention: Retention },
): InterviewRequest => {
  const becomes =
    event in systemEvents ? systemEvents[event as SystemEvent].becomes : events[event as EventName].becomes
  const state = becomes === 'same' ? request.state : becomes === 'before' ? stateBefore(request) : becomes
  const entry: HistoryEntry = {
    event,
    at: now,
    ...(Object.values(departures).includes(event) ? { was: request.state } : {}),
    ...change.entry,
  }
  const next: InterviewRequest = {
    ...request,
    ...change.set,
    state,
    version: request.version + 1,
    history: [...request.history, entry],
    expiresAt: 0,
  }
  return { ...next, expiresAt: wasConfirmed(next) ? keptUntil(next, now, retention) : request.expiresAt }
}

/** Whether the address was ever confirmed for this request. */
export const wasConfirmed = (request: InterviewRequest): boolean =>
  request.history.some((entry) => entry.event === 'confirmed')

/** Epoch seconds, for the database's time to live: so long after now, and after every day the seeker has named. */
const keptUntil = (request: InterviewRequest, now: Instant, retention: Retention): number => {
  const isOver = (['closed', 'declined', 'no-response'] satisfies State[] as State[]).includes(request.state)
  const days = isOver ? retention.closedDays : retention.idleDays
  const { meeting, deferredUntil, outcome, pauses } = request
  const named = isOver ? [] : [meeting?.endsAt, deferredUntil, outcome?.promisedBy, ...pauses.map(({ until }) => until)]
  const last = Math.max(toMs(now), ...named.filter((date) => date !== undefined).map(toMs))
  return Math.floor(last / 1000) + days * 86_400
}

/** The event that led to a state from which one can come back. */
const departures: Partial<Record<State, string>> = { closed: 'closed', declined: 'declined', 'no-response': 'rested' }

const stateBefore = ({ state, history }: InterviewRequest): State =>
  (history.findLast((entry) => entry.event === departures[state])?.was ?? 'drafted') as State

const today = (request: InterviewRequest, now: Instant): string => toDate(dayOf(toMs(now), request.seeker.timeZone))

const inTwoYears = (now: Instant): string => toInstant(toMs(now) + 731 * 86_400_000).slice(0, 10)

const futureDate = (field: string, day: string, request: InterviewRequest, now: Instant): Change | undefined => {
  if (day <= today(request, now)) return wrong(field, 'Please choose a day after today.')
  return day > inTwoYears(now) ? wrong(field, 'Please choose a day within the next two years.') : undefined
}

type Given<E extends EventName> = z.output<z.ZodMiniObject<(typeof events)[E]['fields']>>
const nothing = (): Change => ({})

/** The fields that came with nothing in them: where that is no answer but the wish to have none. */
const emptied = (body: unknown): ReadonlySet<string> =>
  new Set(Object.entries(body ?? {}).flatMap(([name, value]) => (value === '' || value === null ? [name] : [])))

type Decide<E extends EventName> = (
  request: InterviewRequest,
  given: Given<E>,
  now: Instant,
  emptied: ReadonlySet<string>,
) => Change

const changes: { [E in EventName]: Decide<E> } = {
  sent: (request, { at }, now) => {
    if (at === undefined) return {}
    const on = whenSent(at, request)
    if (on === undefined) return wrong('at', 'Please give the day you sent it, such as 2027-03-31.')
    if (on > toMs(now) + 86_400_000) return wrong('at', 'This day is still to come.')
    if (on < toMs(now) - 366 * 86_400_000) return wrong('at', 'This is more than a year ago.')
    return { entry: { on: toInstant(Math.min(on, toMs(now))) } }
  },
  replied: nothing,
  scheduled: (request, given, now) => setMeeting(request, given, now, given.place),
  rescheduled: (request, given, now, emptied) =>
    setMeeting(request, given, now, given.place ?? (emptied.has('place') ? undefined : request.meeting?.place)),
  cancelled: callOff,
  'not-met': callOff,
  met: (request, { learned, promised, promisedBy, names }, now) => {
    const problem = promisedBy && futureDate('promisedBy', promisedBy, request, now)
    if (problem) return problem
    const outcome = {
      ...(learned?.trim() ? { learned } : {}),
      ...(promised?.trim() ? { promised } : {}),
      ...(promisedBy ? { promisedBy } : {}),
      ...(names?.trim() ? { names } : {}),
    }
    return { set: { outcome } }
  },
  thanked: nothing,
  'kept-in-touch': nothing,
  declined: nothing,
  deferred: (request, { until }, now) =>
    futureDate('until', until, request, now) ?? { set: { deferredUntil: until }, entry: { until } },
  'taken-up-again': nothing,
  paused: (request, { until }, now) => {
    const problem = until && futureDate('until', until, request, now)
    if (problem) return problem
    const pause: Pause = { from: today(request, now), ...(until ? { until } : {}) }
    return { set: { pauses: [...endPause(request, now), pause] }, entry: until ? { until } : {} }
  },
  resumed: (request, _given, now) => ({ set: { pauses: endPause(request, now) } }),
  closed: (_request, { landed }) => ({ entry: landed ? { landed } : {} }),
  reopened: nothing,
  revised: (request, given, _now, emptied) => {
    const { seekerName, introduction, timeZone, contactName, contactRole, organization, connection, ...rest } = given
    const { role, connection: link, ...contact } = request.contact
    const removed = [
      ...(role && emptied.has('contactRole') ? ['contactRole'] : []),
      ...(link && emptied.has('connection') ? ['connection'] : []),
    ]
    if (removed.includes('connection') && connectionRequired.includes(contact.source))
      return wrong('connection', connectionMissing)
    const changed = [...Object.keys(given), ...removed]
    if (changed.length === 0) return wrong('', 'Please change at least one field.')
    const keep = (name: string, value: string | undefined) => (removed.includes(name) ? undefined : value)
    return {
      set: {
        ...defined(rest),
        seeker: { ...request.seeker, ...defined({ name: seekerName, introduction, timeZone }) },
        contact: {
          ...contact,
          ...defined({
            name: contactName,
            role: contactRole ?? keep('contactRole', role),
            organization,
            connection: connection ?? keep('connection', link),
          }),
        },
      },
      entry: { fields: changed },
    }
  },
}

const defined = <T extends Record<string, unknown>>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** A day means the morning of that day, in the seeker's zone; an instant is taken as it is. */
const whenSent = (at: string, request: InterviewRequest): number | undefined => {
  if (date.safeParse(at).success) return instantOf(`${at}T09:00`, request.seeker.timeZone)
  if (dateTime.safeParse(at).success) return instantOf(at, request.seeker.timeZone)
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(at) ? Date.parse(at) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** Today is the first day on which mail comes again. A pause that began today never was. */
const endPause = (request: InterviewRequest, now: Instant): Pause[] => {
  const day = today(request, now)
  return request.pauses
    .map((pause) => (!pause.until || pause.until > day ? { ...pause, until: day } : pause))
    .filter((pause) => pause.from < (pause.until ?? '9999'))
}

function setMeeting(
  request: InterviewRequest,
  given: Given<'scheduled'>,
  now: Instant,
  place: string | undefined,
): Change {
  const timeZone = given.timeZone ?? request.meeting?.timeZone ?? request.seeker.timeZone
  const start = given.start.slice(0, 16)
  const startsAt = instantOf(start, timeZone)
  if (startsAt <= toMs(now)) return wrong('start', 'This time has passed. If you have met already, choose “We met”.')
  if (start.slice(0, 10) > inTwoYears(now)) return wrong('start', 'Please choose a day within the next two years.')
  const minutes = given.minutes ?? request.meeting?.minutes ?? request.minutes
  const { meeting: before } = request
  // Another place, say: what has been said for that time need not be said again.
  const isSameTime = before?.status === 'on' && before.startsAt === toInstant(startsAt)
  const meeting: Meeting = {
    start,
    timeZone,
    minutes,
    ...(place ? { place } : {}),
    startsAt: toInstant(startsAt),
    endsAt: toInstant(startsAt + minutes * 60_000),
    sequence: (request.meeting?.sequence ?? -1) + 1,
    status: 'on',
    since: isSameTime ? before.since : request.history.length,
  }
  return { set: { meeting }, entry: { start, timeZone, minutes, ...(place ? { place } : {}) } }
}

function callOff(request: InterviewRequest): Change {
  const { meeting } = request
  return meeting ? { set: { meeting: { ...meeting, status: 'cancelled', sequence: meeting.sequence + 1 } } } : {}
}
