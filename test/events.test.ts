import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allowedEvents,
  decide,
  type EventName,
  events,
  isEventName,
  isRepeated,
  MAX_HISTORY,
  record,
} from '../shared/events.ts'
import { type InterviewRequest, type State, states } from '../shared/request.ts'
import { confirmed, having, inZone, stage } from './people.ts'

const NOW = '2026-12-01T15:00:00.000Z'
const options = { now: NOW, retention: stage.retention }
const tell = (
  request: InterviewRequest,
  event: EventName,
  body: Record<string, unknown> = {},
  from: 'form' | 'json' = 'json',
) => decide(request, event, { body, from }, options)

/** What each event needs to be accepted. */
const fields: Partial<Record<EventName, Record<string, unknown>>> = {
  scheduled: { start: '2026-12-08T15:00' },
  rescheduled: { start: '2026-12-09T10:00', place: 'by phone' },
  deferred: { until: '2027-01-11' },
  revised: { topic: 'another topic' },
}

/** The table of `http.md`: which states an event is allowed in, and what it makes of them. */
const contract: Record<EventName, Partial<Record<State, State>>> = {
  sent: { drafted: 'sent' },
  replied: { sent: 'replied', 'no-response': 'replied' },
  scheduled: { drafted: 'scheduled', sent: 'scheduled', replied: 'scheduled', 'no-response': 'scheduled' },
  rescheduled: { scheduled: 'scheduled' },
  cancelled: { scheduled: 'replied' },
  met: { scheduled: 'met', replied: 'met' },
  'not-met': { scheduled: 'replied' },
  thanked: { met: 'thanked' },
  'kept-in-touch': { thanked: 'in-touch', 'in-touch': 'in-touch' },
  declined: { sent: 'declined', replied: 'declined' },
  deferred: { sent: 'deferred', replied: 'deferred' },
  'taken-up-again': { deferred: 'sent' },
  paused: Object.fromEntries(open().map((state) => [state, state])),
  resumed: Object.fromEntries(open().map((state) => [state, state])),
  closed: Object.fromEntries(states.map((state) => [state, 'closed'])),
  reopened: { closed: 'sent', 'no-response': 'sent', declined: 'sent' },
  revised: Object.fromEntries(open().map((state) => [state, state])),
}
function open(): State[] {
  return ['drafted', 'sent', 'replied', 'scheduled', 'met', 'thanked', 'in-touch', 'deferred']
}

/** A request in that state, as far as deciding goes; it was `sent` before it was left. */
const inState = (state: State): InterviewRequest => ({
  ...confirmed,
  state,
  history: [
    ...confirmed.history,
    { event: state === 'no-response' ? 'rested' : state === 'declined' ? 'declined' : 'closed', at: NOW, was: 'sent' },
  ],
})

describe.each(Object.keys(events) as EventName[])('%s', (event) => {
  test.each(states)('in the state %s', (state) => {
    const decision = tell(inState(state), event, fields[event])
    const expected = contract[event][state]
    if (!expected) return expect(decision).toEqual({ ok: false, why: 'state' })
    expect(decision.ok && decision.request.state).toBe(expected)
  })

  test('writes one line of history and the next version, or nothing at all', () => {
    for (const state of states) {
      const request = inState(state)
      const decision = tell(request, event, fields[event])
      if (!decision.ok) continue
      expect(decision.request.version).toBe(request.version + 1)
      if (event === 'closed' && state === 'closed') continue
      expect(decision.request.history.slice(0, -1)).toEqual(request.history)
      expect(decision.request.history.at(-1)).toMatchObject({ event, at: NOW })
    }
  })

  test('refuses a field it does not have from JSON, and ignores it from a form', () => {
    const state = states.find((candidate) => contract[event][candidate])
    if (!state) return expect.unreachable()
    const odd = { ...fields[event], nonsense: 'x' }
    expect(tell(inState(state), event, odd)).toMatchObject({ why: 'fields', errors: [{ field: 'nonsense' }] })
    expect(tell(inState(state), event, odd, 'form').ok).toBe(true)
  })
})

const scheduled = having(confirmed, ['scheduled', NOW, { start: '2026-12-08T15:00', place: 'Café Central' }])

describe('a meeting', () => {
  test('is kept as it was said and as an instant', () => {
    const kathmandu = having(inZone(confirmed, 'Asia/Kathmandu'), ['scheduled', NOW, { start: '2026-12-08T15:00' }])
    expect(kathmandu.meeting).toMatchObject({
      start: '2026-12-08T15:00',
      timeZone: 'Asia/Kathmandu',
      minutes: 20,
      startsAt: '2026-12-08T09:15:00.000Z',
      endsAt: '2026-12-08T09:35:00.000Z',
      sequence: 0,
      status: 'on',
    })
  })

  test('can be in another zone than the seeker', () => {
    const there = having(confirmed, [
      'scheduled',
      NOW,
      { start: '2026-12-08T15:00', timeZone: 'Europe/Kiev', minutes: '45' },
    ])
    expect(there.meeting).toMatchObject({ timeZone: 'Europe/Kyiv', minutes: 45, startsAt: '2026-12-08T13:00:00.000Z' })
  })

  test('keeps its place when it is moved, and counts each change of its calendar entry', () => {
    const story = having(
      scheduled,
      ['rescheduled', NOW, { start: '2026-12-09T10:00' }],
      ['cancelled', NOW],
      ['scheduled', NOW, { start: '2026-12-15T10:00', place: 'by phone' }],
    )
    expect(story.meeting).toMatchObject({ sequence: 3, status: 'on', place: 'by phone', start: '2026-12-15T10:00' })
    expect(having(scheduled, ['rescheduled', NOW, { start: '2026-12-09T10:00' }]).meeting).toMatchObject({
      place: 'Café Central',
      sequence: 1,
    })
  })

  test('is the same talk while its time is, and another once that has changed', () => {
    const { since } = scheduled.meeting ?? {}
    const of = (more: Record<string, unknown>) => having(scheduled, ['rescheduled', NOW, more]).meeting
    expect(of({ start: '2026-12-08T15:00', place: 'by phone' })).toMatchObject({
      since,
      sequence: 1,
      place: 'by phone',
    })
    expect(of({ start: '2026-12-08T16:00' })?.since).toBe(scheduled.history.length)
    expect(of({ start: '2026-12-08T15:00', timeZone: 'Asia/Kathmandu' })?.since).toBe(scheduled.history.length)
    const again = having(scheduled, ['cancelled', NOW], ['scheduled', NOW, { start: '2026-12-08T15:00' }])
    expect(again.meeting?.since).toBe(scheduled.history.length + 1)
  })

  test('forgets its place when that is emptied, and does not take over the one of a talk that was called off', () => {
    const moved = { start: '2026-12-09T10:00', place: '' }
    for (const from of ['form', 'json'] as const) {
      const decision = tell(scheduled, 'rescheduled', moved, from)
      expect(decision.ok && decision.request.meeting).not.toHaveProperty('place')
    }
    const again = having(scheduled, ['cancelled', NOW], ['scheduled', NOW, { start: '2026-12-15T10:00' }])
    expect(again.meeting).not.toHaveProperty('place')
    expect(again.history.at(-1)).not.toHaveProperty('place')
  })

  test.each([
    ['in the past', { start: '2026-12-01T09:00' }, 'start'],
    ['on a day that does not exist', { start: '2027-02-30T09:00' }, 'start'],
    ['without a time', { start: '2026-12-08' }, 'start'],
    ['far in the future', { start: '2036-12-08T10:00' }, 'start'],
    ['nowhere on Earth', { start: '2026-12-08T10:00', timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['of no length', { start: '2026-12-08T10:00', minutes: 0 }, 'minutes'],
    ['at a place with a line break', { start: '2026-12-08T10:00', place: 'here\r\nBEGIN:VALARM' }, 'place'],
    ['without a start', {}, 'start'],
  ])('%s is refused with the field', (_case, body, field) => {
    expect(tell(confirmed, 'scheduled', body)).toMatchObject({ ok: false, why: 'fields', errors: [{ field }] })
  })
})

describe('the day it was sent', () => {
  test.each([
    ['a day', '2026-11-30', '2026-11-30T14:00:00.000Z'],
    ['today, before nine in the morning, is now', '2026-12-01', '2026-12-01T14:00:00.000Z'],
    ['a wall-clock time', '2026-11-30T10:15', '2026-11-30T15:15:00.000Z'],
    ['an instant', '2026-11-30T10:15:00Z', '2026-11-30T10:15:00.000Z'],
  ])('can be %s', (_case, at, on) =>
    expect(having(confirmed, ['sent', NOW, { at }]).history.at(-1)).toMatchObject({ event: 'sent', on }),
  )

  test.each([
    ['in a zone to the east', '2026-11-30T10:15:00+05:45', '2026-11-30T04:30:00.000Z'],
    [
      'in a zone to the west, with parts of a second',
      '2026-11-30T10:15:00.123456789-05:00',
      '2026-11-30T15:15:00.123Z',
    ],
    ['without seconds', '2026-11-30T10:15Z', '2026-11-30T10:15:00.000Z'],
    ['a wall-clock time with seconds, as some browsers say it', '2026-11-30T10:15:00', '2026-11-30T15:15:00.000Z'],
    ['at most a day ahead, for clocks of the other side of the world: it is now', '2026-12-02T15:00:00Z', NOW],
    ['at most a year and a day ago', '2025-11-30T15:00:00Z', '2025-11-30T15:00:00.000Z'],
  ])('can be an instant %s', (_case, at, on) =>
    expect(having(confirmed, ['sent', NOW, { at }]).history.at(-1)).toMatchObject({ event: 'sent', on }),
  )

  const noDay = 'Please give the day you sent it, such as 2027-03-31.'
  const toCome = 'This day is still to come.'
  const longAgo = 'This is more than a year ago.'
  test.each([
    ['2027-01-01', toCome],
    ['2026-12-02T15:00:00.001Z', toCome],
    ['2020-01-01', longAgo],
    ['2025-11-30T14:59:59.999Z', longAgo],
    ['yesterday', noDay],
    ['2026-02-30', noDay],
    ['99999-01-01T00:00:00Z', noDay],
    ['+002026-11-30T10:15:00Z', noDay],
    ['2026-11-30T10:15:00Z and more', noDay],
    ['on 2026-11-30T10:15:00Z', noDay],
    ['2026-11-30T10:15:00.Z', noDay],
    ['2026-11-30T10:15:00.xZ', noDay],
    ['2026-11-30T10:15:00*05:00', noDay],
    ['2026-11-30T10:15:00+x5:00', noDay],
    ['2026-11-30T10:15:00+05', noDay],
  ])('cannot be %s', (at, message) =>
    expect(tell(confirmed, 'sent', { at })).toEqual({ ok: false, why: 'fields', errors: [{ field: 'at', message }] }),
  )
})

describe('what is refused says why', () => {
  const replied = having(confirmed, ['sent', NOW], ['replied', NOW])
  test.each<[EventName, Record<string, unknown>, string, string]>([
    ['met', { promisedBy: '2026-12-01' }, 'promisedBy', 'Please choose a day after today.'],
    ['met', { promisedBy: '2028-12-02' }, 'promisedBy', 'Please choose a day within the next two years.'],
    ['deferred', { until: '2026-12-01' }, 'until', 'Please choose a day after today.'],
    ['deferred', { until: '2028-12-02' }, 'until', 'Please choose a day within the next two years.'],
    ['paused', { until: '2026-12-01' }, 'until', 'Please choose a day after today.'],
    [
      'scheduled',
      { start: '2026-12-01T10:00' },
      'start',
      'This time has passed. If you have met already, choose “We met”.',
    ],
    ['scheduled', { start: '2028-12-02T10:00' }, 'start', 'Please choose a day within the next two years.'],
    ['revised', {}, '', 'Please change at least one field.'],
  ])('%s with %j', (event, body, field, message) =>
    expect(tell(replied, event, body)).toEqual({ ok: false, why: 'fields', errors: [{ field, message }] }),
  )

  test('two years are two years', () => {
    expect(tell(replied, 'deferred', { until: '2028-12-01' }).ok).toBe(true)
    expect(tell(replied, 'scheduled', { start: '2028-12-01T10:00' }).ok).toBe(true)
  })

  test('a story without end may be closed, and nothing else', () => {
    const long = { ...replied, history: Array.from({ length: MAX_HISTORY }, () => ({ event: 'paused', at: NOW })) }
    const message = 'This request has a very long history. Please close it and start a new one.'
    expect(tell(long, 'scheduled', { start: '2026-12-08T15:00' })).toEqual({
      ok: false,
      why: 'fields',
      errors: [{ field: 'event', message }],
    })
    expect(tell(long, 'closed')).toMatchObject({ ok: true, request: { state: 'closed' } })
    const almost = { ...long, history: long.history.slice(1) }
    expect(tell(almost, 'scheduled', { start: '2026-12-08T15:00' }).ok).toBe(true)
  })

  test('an event is one of the table, and not what every object has', () => {
    for (const event of Object.keys(events)) expect(isEventName(event)).toBe(true)
    for (const odd of ['', 'toString', '__proto__', 'confirmed', undefined, null, 7, {}, ['sent']])
      expect(isEventName(odd)).toBe(false)
  })
})

test('what came of a meeting is kept as it was said, and nothing that is empty', () => {
  const all = { learned: 'Much.', promised: 'To read it.', promisedBy: '2026-12-20', names: 'Jean' }
  expect(having(scheduled, ['met', NOW, all]).outcome).toEqual(all)
  expect(having(scheduled, ['met', NOW, { learned: ' ', promised: ' ', names: ' ' }]).outcome).toEqual({})
  expect(having(scheduled, ['met', NOW]).outcome).toEqual({})
})

test('a meeting that is called off is so in the calendar as well', () => {
  for (const event of ['cancelled', 'not-met'] as const)
    expect(having(scheduled, [event, NOW]).meeting).toEqual({ ...scheduled.meeting, status: 'cancelled', sequence: 1 })
})

describe('coming back', () => {
  const sent = having(confirmed, ['sent', NOW])

  test('to where it was before it was closed', () => {
    expect(having(scheduled, ['closed', NOW], ['reopened', NOW])).toMatchObject({ state: 'scheduled' })
    expect(having(sent, ['replied', NOW], ['declined', NOW], ['reopened', NOW])).toMatchObject({ state: 'replied' })
  })

  test('from being closed while it rested: to its rest, and from there to where it was', () => {
    const rested = record(sent, 'rested', options)
    if (!rested) return expect.unreachable()
    const reopened = having(rested, ['closed', NOW], ['reopened', NOW])
    expect(reopened.state).toBe('no-response')
    expect(having(reopened, ['reopened', NOW]).state).toBe('sent')
    const declined = having(sent, ['declined', NOW], ['closed', NOW], ['reopened', NOW])
    expect(declined.state).toBe('declined')
    expect(having(declined, ['reopened', NOW]).state).toBe('sent')
  })

  test('after the day to write again has passed: to that day, which brings its mail late', () => {
    const later = having(sent, ['deferred', NOW, { until: '2026-12-10' }], ['closed', NOW])
    expect(having(later, ['reopened', '2026-12-20T15:00:00.000Z']).state).toBe('deferred')
    expect(having(later, ['reopened', '2026-12-05T15:00:00.000Z']).state).toBe('deferred')
  })

  test('what is closed can be closed again, and nothing changes but the version, by which an undo sees it', () => {
    const closed = having(sent, ['closed', NOW])
    expect(tell(closed, 'closed')).toEqual({ ok: true, request: { ...closed, version: closed.version + 1 } })
  })

  test('what a link has closed can be told the reason of afterwards', () => {
    const closed = having(sent, ['closed', NOW])
    const told = tell(closed, 'closed', { landed: 'on' }, 'form')
    if (!told.ok) return expect.unreachable()
    expect(told.request.history).toEqual([...sent.history, { event: 'closed', at: NOW, was: 'sent', landed: true }])
    expect(tell(told.request, 'closed')).toMatchObject({ request: { history: told.request.history } })
  })
})

describe('pressed once more', () => {
  const meeting = { start: '2026-12-08T15:00', place: 'Café Central' }
  const outcome = { learned: 'Much.' }
  const sent = having(confirmed, ['sent', NOW, { at: '2026-11-30' }])
  const later = having(sent, ['deferred', NOW, { until: '2026-12-10' }])
  const met = having(scheduled, ['met', NOW, outcome])
  const held = having(confirmed, ['scheduled', NOW, meeting])

  test.each<[string, InterviewRequest, EventName, Record<string, unknown>, boolean]>([
    ['as it was', met, 'met', outcome, true],
    ['with nothing in it', met, 'met', { learned: '', names: '' }, true],
    ['with more in it', met, 'met', { ...outcome, names: 'Jean' }, false],
    ['with other words', met, 'met', { learned: 'Little.' }, false],
    ['the same date', held, 'scheduled', meeting, true],
    ['another date', held, 'scheduled', { ...meeting, start: '2026-12-09T15:00' }, false],
    ['a date that is over', held, 'scheduled', { start: '2020-12-08T15:00' }, false],
    ['another place', held, 'scheduled', { ...meeting, place: 'by phone' }, false],
    ['the same day', later, 'deferred', { until: '2026-12-10' }, true],
    ['another day', later, 'deferred', { until: '2026-12-11' }, false],
    ['sent on the same day', sent, 'sent', { at: '2026-11-30' }, true],
    ['sent on another day', sent, 'sent', { at: '2026-11-29' }, false],
    ['what cannot be read', met, 'met', { promisedBy: 'soon' }, false],
    ['another event', met, 'replied', {}, false],
    ['before anything has been told', { ...confirmed, history: [] }, 'sent', {}, false],
  ])('%s', (_case, request, event, body, isSame) =>
    expect(isRepeated(request, event, { body, from: 'form' }, NOW)).toBe(isSame),
  )
})

describe('a pause', () => {
  const day = (date: string) => `${date}T15:00:00.000Z`

  test('lasts until its day, and a second one takes its place', () => {
    const paused = having(
      confirmed,
      ['paused', day('2026-12-01'), { until: '2026-12-20' }],
      ['paused', day('2026-12-05'), { until: '2026-12-10' }],
    )
    expect(paused.pauses).toEqual([
      { from: '2026-12-01', until: '2026-12-05' },
      { from: '2026-12-05', until: '2026-12-10' },
    ])
  })

  test('resumed on the day it began never was', () => {
    expect(having(confirmed, ['paused', NOW], ['resumed', NOW]).pauses).toEqual([])
  })

  test('is told in the history with its end, if it has one', () => {
    expect(having(confirmed, ['paused', NOW, { until: '2026-12-20' }]).history.at(-1)).toEqual({
      event: 'paused',
      at: NOW,
      until: '2026-12-20',
    })
    expect(having(confirmed, ['paused', NOW]).history.at(-1)).toEqual({ event: 'paused', at: NOW })
  })

  test('that is over stays as it was when another one begins or ends', () => {
    const over = { from: '2026-11-01', until: '2026-11-10' }
    const past = { ...confirmed, pauses: [over] }
    expect(having(past, ['paused', NOW]).pauses).toEqual([over, { from: '2026-12-01' }])
    expect(having(past, ['resumed', NOW]).pauses).toEqual([over])
    const today = { from: '2026-11-20', until: '2026-12-01' }
    expect(having({ ...confirmed, pauses: [today] }, ['resumed', NOW]).pauses).toEqual([today])
  })

  test.each(['2026-12-01', '2020-01-01', '2040-01-01', 'soon'])('cannot last until %s', (until) =>
    expect(tell(confirmed, 'paused', { until })).toMatchObject({ ok: false, errors: [{ field: 'until' }] }),
  )
})

describe('a revision', () => {
  test('changes what it names and nothing else', () => {
    const revised = having(confirmed, [
      'revised',
      NOW,
      { connection: 'we met at the fair', minutes: 30, timeZone: 'Asia/Katmandu' },
    ])
    expect(revised.contact).toEqual({ ...confirmed.contact, connection: 'we met at the fair' })
    expect(revised.seeker).toEqual({ ...confirmed.seeker, timeZone: 'Asia/Kathmandu' })
    expect(revised.minutes).toBe(30)
    expect(revised.history.at(-1)).toMatchObject({ fields: ['connection', 'minutes', 'timeZone'] })
  })

  test('tells of what was given, and not of what was not', () => {
    const revised = tell(confirmed, 'revised', { topic: 'another', organization: undefined })
    expect(revised.ok && revised.request.history.at(-1)).toMatchObject({ fields: ['topic'] })
    expect(revised.ok && revised.request.contact).toEqual(confirmed.contact)
  })

  test('takes away what need not be there, where its field was emptied', () => {
    const cold = {
      ...confirmed,
      contact: { ...confirmed.contact, source: 'cold' as const, role: 'a', connection: 'b' },
    }
    const { role: _role, connection: _connection, ...bare } = cold.contact
    for (const from of ['form', 'json'] as const) {
      const decision = tell(cold, 'revised', { contactRole: '', connection: '' }, from)
      expect(decision.ok && decision.request.contact).toEqual(bare)
      expect(decision.ok && decision.request.history.at(-1)).toMatchObject({ fields: ['contactRole', 'connection'] })
    }
    expect(tell(cold, 'revised', { contactRole: null, topic: 'x' })).toMatchObject({
      request: { contact: { ...bare, connection: 'b' }, topic: 'x' },
    })
    // What has to be there stays as it is, and what was not there is not taken away.
    expect(tell(cold, 'revised', { topic: '', seekerName: '' }, 'form')).toMatchObject({ why: 'fields' })
    const without = { ...cold, contact: bare }
    expect(tell(without, 'revised', { contactRole: '', connection: '' }, 'form')).toMatchObject({ why: 'fields' })
    const referred = { ...cold, contact: { ...cold.contact, source: 'referral' as const } }
    expect(tell(referred, 'revised', { connection: '' }, 'form')).toMatchObject({ errors: [{ field: 'connection' }] })
  })

  test('of nothing is refused', () => expect(tell(confirmed, 'revised')).toMatchObject({ ok: false, why: 'fields' }))
})

test('a request that was stopped before it was confirmed is kept no longer for that', () => {
  const unconfirmed = {
    ...confirmed,
    state: 'unconfirmed' as const,
    history: confirmed.history.slice(0, 1),
    expiresAt: 1_800_000_000,
  }
  const stopped = having(unconfirmed, ['closed', NOW])
  expect(stopped.expiresAt).toBe(unconfirmed.expiresAt)
  expect(record(stopped, 'confirmed', options)?.state).toBe('drafted')
  expect(record(having(confirmed, ['closed', NOW]), 'confirmed', options)).toBeUndefined()
})

test('how long a request is kept depends on whether something can still come of it', () => {
  const days = (request: InterviewRequest) => Math.round((request.expiresAt - Date.parse(NOW) / 1000) / 86_400)
  expect(days(having(confirmed, ['sent', NOW]))).toBe(365)
  expect(days(having(confirmed, ['closed', NOW]))).toBe(180)
  const inAYear = '2027-12-01'
  const sent = having(confirmed, ['sent', NOW])
  expect(days(having(sent, ['deferred', NOW, { until: inAYear }]))).toBeGreaterThan(700)
  expect(days(having(sent, ['scheduled', NOW, { start: `${inAYear}T15:00` }]))).toBeGreaterThan(700)
  expect(days(having(sent, ['paused', NOW, { until: inAYear }]))).toBeGreaterThan(700)
})

test('no body whatever makes a decision throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(events) as EventName[])),
      fc.constantFrom(...states),
      fc.jsonValue(),
      fc.constantFrom('form', 'json'),
      (event, state, body, from) => {
        const decision = tell(inState(state), event, body as never, from as 'form')
        if (decision.ok) expect(allowedEvents(state)).toContain(event)
      },
    ),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(events) as EventName[])),
      fc.dictionary(
        fc.constantFrom(
          'at',
          'start',
          'until',
          'timeZone',
          'minutes',
          'place',
          'learned',
          'landed',
          '__proto__',
          'event',
        ),
        fc.oneof(fc.string(), fc.integer(), fc.constantFrom('2026-12-08T15:00', '2027-01-01')),
      ),
      (event, body) => void tell(inState(Object.keys(contract[event])[0] as State), event, body),
    ),
    { numRuns: 2000 },
  )
})
