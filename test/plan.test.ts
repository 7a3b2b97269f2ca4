import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localTime, toMs } from '../shared/calendar.ts'
import { allowedEvents } from '../shared/events.ts'
import { mailNames } from '../shared/mail-names.ts'
import { mailKey, occurrenceOf, plan } from '../shared/plan.ts'
import { type InterviewRequest, type LedgerMail, states } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'
import { ada, confirmed, fileOf, having, inZone, row, settings } from './people.ts'

/** The plan as people read it: `mail at its local time`. */
const planned = (request: InterviewRequest, now: string, mails: LedgerMail[] = []) =>
  plan([fileOf(request, mails)], settings, now).mails.map(
    ({ mail, merged, dueAt }) =>
      `${[mail, ...merged.map((part) => part.mail)].join('+')} ${localTime(dueAt, request.seeker.timeZone).slice(0, 16)}`,
  )

const MONDAY = '2026-11-23T15:00:00.000Z'
const YEARS_AGO = '2020-01-01T00:00:00.000Z'
const sent = having(confirmed, ['sent', MONDAY])
const replied = having(sent, ['replied', '2026-11-25T15:00:00.000Z'])
const scheduled = having(replied, [
  'scheduled',
  '2026-11-25T16:00:00.000Z',
  { start: '2026-12-08T15:00', place: 'Café Central' },
])
const met = having(scheduled, ['met', '2026-12-08T20:30:00.000Z', {}])
const thanked = having(met, ['thanked', '2026-12-08T23:00:00.000Z'])

describe('the table of mails', () => {
  test('an unconfirmed request is only asked to confirm its address', () => {
    expect(planned(ada, '2026-11-23T14:00:01.000Z')).toEqual(['confirm 2026-11-23T09:00'])
  })

  test('a request from a crowded network is asked an hour or more later', () => {
    const crowded = {
      ...ada,
      history: [{ event: 'requested', at: '2026-11-23T14:00:00.000Z', on: '2026-11-23T16:00:00.000Z' }],
    }
    expect(planned(crowded, '2026-11-23T14:00:01.000Z')).toEqual(['confirm 2026-11-23T11:00'])
  })

  test('drafted: the draft at once, two reminders after 2 and 7 working days', () => {
    expect(planned(confirmed, '2026-11-23T14:01:01.000Z')).toEqual([
      'draft 2026-11-23T09:01',
      'draft-reminder 2026-11-25T08:30',
      'draft-reminder 2026-12-02T08:30',
    ])
  })

  test('sent: widen after 3, follow up after 7, let it rest 5 working days later', () => {
    expect(planned(sent, MONDAY)).toEqual([
      'widen 2026-11-26T08:30',
      'follow-up 2026-12-02T08:30',
      'let-rest 2026-12-09T08:30',
    ])
  })

  test.each([
    [0, ['widen 2026-11-26T08:30', 'let-rest 2026-12-02T08:30']],
    [
      2,
      [
        'widen 2026-11-26T08:30',
        'follow-up 2026-12-02T08:30',
        'follow-up-2 2026-12-11T08:30',
        'let-rest 2026-12-18T08:30',
      ],
    ],
    [
      3,
      [
        'widen 2026-11-26T08:30',
        'follow-up 2026-12-02T08:30',
        'follow-up-2 2026-12-11T08:30',
        'follow-up-3 2026-12-22T08:30',
        'let-rest 2026-12-29T08:30',
      ],
    ],
  ])('sent with %i follow-ups', (followUps, expected) =>
    expect(planned({ ...sent, followUps }, MONDAY)).toEqual(expected),
  )

  test('replied: a reply at once, a reminder after 2 working days, and nothing of the silence before', () => {
    expect(planned(replied, '2026-11-25T15:00:01.000Z')).toEqual([
      'arrange 2026-11-25T10:00',
      'arrange-reminder 2026-11-27T08:30',
    ])
  })

  test('scheduled: the entry at once, preparation 3 and 1 working days before, thanks 2 hours after and the next morning', () => {
    expect(planned(scheduled, '2026-11-25T16:00:01.000Z')).toEqual([
      'invitation 2026-11-25T11:00',
      'prepare 2026-12-03T08:30',
      'day-before 2026-12-07T08:30',
      'thank 2026-12-08T17:20',
      'thank-reminder 2026-12-09T08:00',
    ])
  })

  test('a meeting tomorrow: entry, preparation and last sheet become one mail', () => {
    const soon = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-11-26T15:00' }])
    expect(planned(soon, '2026-11-25T16:00:01.000Z')).toEqual([
      'invitation+prepare+day-before 2026-11-25T11:00',
      'thank 2026-11-26T17:20',
      'thank-reminder 2026-11-27T08:00',
    ])
  })

  test('each of several waits is an occurrence of its own, counted from one', () => {
    const { mails } = plan([fileOf(confirmed)], settings, '2026-11-23T14:01:01.000Z')
    expect(mails.map(mailKey)).toEqual(['draft#1', 'draft-reminder#1-1', 'draft-reminder#1-2'])
  })

  test('an occurrence is the place of its event in the history, and none before that', () => {
    expect(occurrenceOf('let-rest', sent, settings)).toBe('2')
    expect(occurrenceOf('let-rest', confirmed, settings)).toBeUndefined()
  })

  test('so they do on a day that has seen mail already', () => {
    const soon = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-11-26T15:00' }])
    const ledger = [row(soon, 'arrange', '3', '2026-11-25T15:00:02.000Z')]
    expect(planned(soon, '2026-11-25T16:00:01.000Z', ledger)[0]).toBe('invitation+prepare+day-before 2026-11-25T11:00')
  })

  test('preparation for a Monday comes before the weekend', () => {
    const monday = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-07T10:00' }])
    expect(
      planned(monday, '2026-11-25T16:00:01.000Z', [row(monday, 'invitation', '4', '2026-11-25T16:00:02.000Z')]),
    ).toEqual([
      'prepare 2026-12-02T08:30',
      'day-before 2026-12-04T08:30',
      'thank 2026-12-07T12:20',
      'thank-reminder 2026-12-08T08:00',
    ])
  })

  test.each([
    ['an afternoon: two hours after it ended', '2026-12-08T15:00', 'thank 2026-12-08T17:20'],
    ['a late evening: the next morning', '2026-12-08T19:30', 'thank 2026-12-09T08:30'],
    [
      'a late Friday: Saturday morning, for thanks do not wait for Monday',
      '2026-12-11T20:00',
      'thank 2026-12-12T08:30',
    ],
    ['a Saturday noon: the same day', '2026-12-12T12:00', 'thank 2026-12-12T14:20'],
  ])('thanks for %s', (_case, start, expected) => {
    const meeting = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start }])
    expect(planned(meeting, '2026-11-25T16:00:01.000Z').find((line) => line.startsWith('thank '))).toBe(expected)
  })

  test('after a Thursday evening the thank-you comes on Friday, and its reminder on Monday', () => {
    const evening = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-10T19:30' }])
    const ledger = ['invitation', 'prepare', 'day-before'].map((mail) =>
      row(evening, mail as 'prepare', '4', '2026-11-25T16:00:02.000Z'),
    )
    expect(planned(evening, '2026-12-10T20:00:00.000Z', ledger)).toEqual([
      'thank 2026-12-11T08:30',
      'thank-reminder 2026-12-14T08:30',
    ])
  })

  test('a rescheduled meeting gets a new entry, and preparation for the new day', () => {
    const moved = having(scheduled, ['rescheduled', '2026-12-04T15:00:00.000Z', { start: '2026-12-17T11:00' }])
    const ledger = [
      row(moved, 'invitation', '4', '2026-11-25T16:00:02.000Z'),
      row(moved, 'prepare', '4', '2026-12-03T13:30:00.000Z'),
    ]
    expect(planned(moved, '2026-12-04T15:00:01.000Z', ledger)).toEqual([
      'invitation 2026-12-04T10:00',
      'prepare 2026-12-14T08:30',
      'day-before 2026-12-16T08:30',
      'thank 2026-12-17T13:20',
      'thank-reminder 2026-12-18T08:00',
    ])
  })

  test('a cancelled meeting leaves nothing of its mails, and brings the reply that finds a new time', () => {
    const cancelled = having(scheduled, ['cancelled', '2026-12-01T15:00:00.000Z'])
    expect(planned(cancelled, '2026-12-01T15:00:01.000Z')).toEqual([
      'arrange 2026-12-01T10:00',
      'arrange-reminder 2026-12-03T08:30',
    ])
  })

  test('met: the thank-you two hours having, the last call next morning with the debrief in it', () => {
    expect(planned(met, '2026-12-08T20:30:01.000Z')).toEqual([
      'thank 2026-12-08T17:20',
      'thank-reminder+debrief 2026-12-09T08:00',
    ])
  })

  test('met with what was learned: no debrief', () => {
    const told = having(scheduled, ['met', '2026-12-08T20:30:00.000Z', { learned: 'Tests first.' }])
    expect(planned(told, '2026-12-08T20:30:01.000Z')).toEqual([
      'thank 2026-12-08T17:20',
      'thank-reminder 2026-12-09T08:00',
    ])
  })

  test('met without a date in the calendar: the thank-you two hours after saying so', () => {
    const unplanned = having(replied, ['met', '2026-11-30T15:00:00.000Z'])
    expect(planned(unplanned, '2026-11-30T15:00:01.000Z')[0]).toBe('thank 2026-11-30T12:00')
  })

  test('thanked, no names given: one pointer, the advice, then a light touch that ends by itself', () => {
    expect(planned(thanked, '2026-12-08T23:00:01.000Z')).toEqual([
      'pointer 2026-12-15T08:30',
      'close-the-loop 2026-12-22T08:30',
      'keep-in-touch 2027-01-08T08:30',
      'keep-in-touch 2027-04-08T08:30',
      'pause-contact 2027-05-10T08:30',
    ])
  })

  test('thanked, with names and a promised day', () => {
    const told = having(
      scheduled,
      [
        'met',
        '2026-12-08T20:30:00.000Z',
        { names: 'Jean Bartik', promised: 'Read the manual', promisedBy: '2027-01-12' },
      ],
      ['thanked', '2026-12-08T23:00:00.000Z'],
    )
    expect(planned(told, '2026-12-08T23:00:01.000Z').slice(0, 3)).toEqual([
      'refer 2026-12-11T08:30',
      'keep-in-touch 2027-01-08T08:30',
      'close-the-loop 2027-01-12T08:30',
    ])
  })

  test.each([
    ['Jean Bartik', 'refer'],
    ['none yet', 'pointer'],
    ['nobody', 'pointer'],
    ['', 'pointer'],
  ])('thanked, and who else they named: “%s”', (names, mail) => {
    const told = having(
      scheduled,
      ['met', '2026-12-08T20:30:00.000Z', { names }],
      ['thanked', '2026-12-08T23:00:00.000Z'],
    )
    expect(planned(told, '2026-12-08T23:00:01.000Z')[0]).toMatch(new RegExp(`^${mail} `))
  })

  test('who was in touch since is not asked to tell what came of it, unless a day was set for that', () => {
    const story = (outcome: Record<string, unknown>) =>
      having(
        scheduled,
        ['met', '2026-12-08T20:30:00.000Z', outcome],
        ['thanked', '2026-12-08T23:00:00.000Z'],
        ['kept-in-touch', '2026-12-15T17:00:00.000Z'],
      )
    const loop = (outcome: Record<string, unknown>) =>
      planned(story(outcome), '2026-12-15T17:00:01.000Z').filter((mail) => mail.startsWith('close-the-loop'))
    expect(loop({})).toEqual([])
    expect(loop({ promised: 'Read it', promisedBy: '2027-01-12' })).toEqual(['close-the-loop 2027-01-12T08:30'])
  })

  test('every contact restarts the timer', () => {
    const touched = having(thanked, ['kept-in-touch', '2027-01-20T15:00:00.000Z'])
    const ledger = [row(touched, 'close-the-loop', '6', '2026-12-22T13:30:00.000Z')]
    expect(planned(touched, '2027-01-20T15:00:01.000Z', ledger)).toEqual([
      'keep-in-touch 2027-02-22T08:30',
      'keep-in-touch 2027-05-20T08:30',
      'pause-contact 2027-06-21T08:30',
    ])
  })

  test('deferred: one mail on the day itself, on the working day after when it is a day off', () => {
    const later = having(sent, ['deferred', '2026-11-25T15:00:00.000Z', { until: '2027-01-09' }])
    expect(planned(later, '2026-11-25T15:00:01.000Z')).toEqual(['resume 2027-01-11T08:30'])
  })

  test('closed because she landed where she wanted: a word of gratitude, if they ever met', () => {
    const landed = (request: InterviewRequest) =>
      having(request, ['closed', '2027-01-20T15:00:00.000Z', { landed: true }])
    expect(planned(landed(thanked), '2027-01-20T15:00:01.000Z')).toEqual(['gratitude 2027-01-20T10:00'])
    expect(planned(landed(sent), '2027-01-20T15:00:01.000Z')).toEqual([])
  })

  test.each(['declined', 'closed'] as const)('%s: silence', (event) => {
    expect(planned(having(sent, [event, '2026-11-25T15:00:00.000Z']), '2026-11-25T15:00:01.000Z')).toEqual([])
  })

  test('every mail has a row that some state reads', () => {
    for (const mail of mailNames) expect(workflow[mail].while.length, mail).toBeGreaterThan(0)
  })
})

describe('time that has passed', () => {
  test('a step whose useful time is over is dropped, with the reason', () => {
    const late = having(confirmed, ['sent', '2026-12-10T15:00:00.000Z', { at: '2026-11-23' }])
    const { mails, dropped } = plan([fileOf(late)], settings, '2026-12-10T15:00:00.000Z')
    expect(dropped.map(({ mail, reason }) => `${mail}: ${reason}`)).toEqual([
      'widen: its useful time had passed',
      'follow-up: its useful time had passed',
    ])
    expect(mails.map(({ mail }) => mail)).toEqual(['let-rest'])
  })

  test('an overdue reminder goes out by day only, and on a working day', () => {
    const overdue = (now: string) => planned(sent, now, [row(sent, 'widen', '2', '2026-11-26T13:30:00.000Z')])[0]
    expect(overdue('2026-12-02T19:00:00.000Z')).toBe('follow-up 2026-12-02T14:00')
    expect(overdue('2026-12-03T03:00:00.000Z')).toBe('follow-up 2026-12-03T08:30')
    expect(overdue('2026-12-05T15:00:00.000Z')).toBe('follow-up 2026-12-07T08:30')
  })

  test.each([
    ['of this minute is on time', '2026-11-26T13:31:00.000Z', '2026-11-26T13:30:00.000Z'],
    ['of the minute before is overdue', '2026-11-26T13:31:00.001Z', '2026-11-26T13:31:00.001Z'],
    ['goes out to the last millisecond of its useful time', '2026-11-29T13:30:00.000Z', undefined],
  ])('a reminder %s', (_, now, dueAt) => {
    const { mails } = plan([fileOf(sent)], settings, now)
    expect(mails.find(({ mail }) => mail === 'widen')?.dueAt).toBe(dueAt)
  })

  test('its useful time ends with its last millisecond', () => {
    // Sent on a Wednesday: widen on Monday, useful until the Thursday after at the same hour.
    const wednesday = having(confirmed, ['sent', '2026-12-02T15:00:00.000Z'])
    const followUps = [row(wednesday, 'draft', '1', '2026-11-23T14:01:02.000Z')]
    expect(planned(wednesday, '2026-12-10T13:30:00.000Z', followUps)).toContain('widen 2026-12-10T08:30')
    expect(planned(wednesday, '2026-12-10T13:30:00.001Z', followUps).join()).not.toContain('widen')
  })

  test('an overdue reminder of a Friday night waits for Monday', () => {
    const late = having(confirmed, ['sent', '2026-12-05T03:00:00.000Z', { at: '2026-11-25' }])
    expect(planned(late, '2026-12-05T03:00:00.000Z')[0]).toBe('follow-up 2026-12-07T08:30')
  })

  test('preparation that an outage held up does not come at night', () => {
    const ledger = [row(scheduled, 'invitation', '4', '2026-11-25T16:00:02.000Z')]
    expect(planned(scheduled, '2026-12-04T08:00:00.000Z', ledger)[0]).toBe('prepare 2026-12-04T08:30')
  })

  test('nor does a thank-you', () => {
    expect(planned(scheduled, '2026-12-09T08:00:00.000Z')[0]).toBe('thank 2026-12-09T08:30')
  })

  test('preparation for a meeting that was set too late for it comes at once, also at night', () => {
    const late = having(replied, ['scheduled', '2026-12-08T04:00:00.000Z', { start: '2026-12-08T15:00' }])
    const ledger = [row(late, 'invitation', '4', '2026-12-08T04:00:01.000Z')]
    expect(planned(late, '2026-12-08T04:00:02.000Z', ledger)).toEqual([
      'prepare+day-before 2026-12-07T23:00',
      'thank 2026-12-08T17:20',
      'thank-reminder 2026-12-09T08:00',
    ])
  })

  test('what was held up until the night before an early meeting comes in that night', () => {
    const early = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-08T06:00' }])
    const ledger = [
      row(early, 'invitation', '4', '2026-11-25T16:00:02.000Z'),
      row(early, 'prepare', '4', '2026-12-03T13:30:02.000Z'),
    ]
    expect(planned(early, '2026-12-08T09:00:00.000Z', ledger)[0]).toBe('day-before 2026-12-08T04:00')
    // Before the slot of that day it is no longer of use at half past eight, when they talk at half past eight.
    const atTheSlot = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-08T08:30' }])
    expect(planned(atTheSlot, '2026-12-08T09:00:00.000Z', ledger)[0]).toBe('day-before 2026-12-08T04:00')
    const later = having(replied, ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-08T09:00' }])
    expect(planned(later, '2026-12-08T09:00:00.000Z', ledger)[0]).toBe('day-before 2026-12-08T08:30')
  })

  test('they met before the day in the calendar: the thank-you counts from then', () => {
    const early = having(scheduled, ['met', '2026-12-02T20:00:00.000Z'])
    expect(planned(early, '2026-12-02T20:00:01.000Z')[0]).toBe('thank 2026-12-02T17:00')
  })

  test('a request that is woken from its rest comes to rest again', () => {
    const rested = {
      ...sent,
      state: 'no-response' as const,
      history: [...sent.history, { event: 'rested', at: '2026-12-09T13:30:00.000Z', was: 'sent' }],
    }
    const woken = having(rested, ['reopened', '2027-01-11T15:00:00.000Z'])
    const ledger = [row(woken, 'let-rest', '2', '2026-12-09T13:30:00.000Z')]
    expect(planned(woken, '2027-01-11T15:00:01.000Z', ledger)).toEqual(['let-rest 2027-01-27T08:30'])
  })

  test('pauses of years end, and nothing breaks on the way', () => {
    const long = having(
      sent,
      ['paused', '2026-11-24T15:00:00.000Z', { until: '2028-11-01' }],
      ['paused', '2027-10-01T15:00:00.000Z', { until: '2029-09-25' }],
    )
    expect(planned(long, '2027-10-01T15:00:01.000Z')[0]).toBe('widen 2029-09-27T08:30')
  })

  test('no mail about a meeting that has begun', () => {
    const { mails, dropped } = plan([fileOf(scheduled)], settings, '2026-12-08T20:05:00.000Z')
    expect(mails.map(({ mail }) => mail)).toEqual(['thank', 'thank-reminder'])
    expect(dropped.map(({ mail }) => mail)).toEqual(['invitation', 'prepare', 'day-before'])
  })
})

describe('one mail a day', () => {
  const second = { ...having({ ...confirmed, id: '01JDADA00000000000000000BB' }, ['sent', MONDAY]), followUps: 1 }

  test('of two that are as important and as late the order is the same, whichever is looked at first', () => {
    const day = '2026-12-02T15:00:00.000Z'
    const files = ['01JDA', '01JDB', '01JDC'].map((id) => fileOf({ ...sent, id }))
    const times = (order: typeof files) =>
      plan(order, settings, day)
        .mails.filter(({ mail }) => mail === 'follow-up')
        .map(({ requestId, occurrence, dueAt }) => `${requestId} ${occurrence} ${dueAt}`)
        .sort()
    const [a = expect.unreachable(), b = expect.unreachable(), c = expect.unreachable()] = files
    const [first, ...rest] = times(files)
    expect(first).toMatch(/^01JDA .* 2026-12-02/)
    expect(rest.filter((time) => time.includes(' 2026-12-02'))).toEqual([])
    for (const order of [
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ])
      expect(times(order)).toEqual(times(files))
  })

  test('two requests of one person share her days, the more important first', () => {
    const files = [fileOf(sent), fileOf({ ...second, followUps: 0 })]
    const lines = plan(files, settings, MONDAY).mails.map(
      ({ mail, dueAt, requestId }) => `${requestId.slice(-2)} ${mail} ${dueAt.slice(0, 10)}`,
    )
    expect(lines).toEqual([
      'AA widen 2026-11-26',
      'BB widen 2026-11-27',
      'AA follow-up 2026-12-02',
      'BB let-rest 2026-12-03',
      'AA let-rest 2026-12-09',
    ])
  })

  test('what is overdue takes the day on which it goes out, while it is on its way as well', () => {
    const back = having(confirmed, ['closed', '2026-11-23T14:02:00.000Z'], ['reopened', '2026-11-25T15:00:00.000Z'])
    const lines = ['draft 2026-11-23T09:01', 'draft-reminder 2026-11-26T08:30', 'draft-reminder 2026-12-02T08:30']
    expect(planned(back, '2026-11-25T15:00:01.000Z')).toEqual(lines)
    const onItsWay = row(back, 'draft', '1', '2026-11-25T15:00:02.000Z', 'claimed')
    expect(planned(back, '2026-11-25T15:00:03.000Z', [onItsWay])).toEqual(lines)
    const gone = row(back, 'draft', '1', '2026-11-25T15:00:04.000Z', 'sent')
    expect(planned(back, '2026-11-25T15:00:05.000Z', [gone])).toEqual(lines.slice(1))
  })

  test('a reminder waits when something went out that day', () => {
    const busy = [row(sent, 'draft', '1', '2026-11-26T13:00:00.000Z')]
    expect(planned(sent, '2026-11-26T13:05:00.000Z', busy)[0]).toBe('widen 2026-11-27T08:30')
  })

  describe('also when nothing else is waiting', () => {
    const later = having(sent, ['deferred', '2026-11-25T15:00:00.000Z', { until: '2027-01-11' }])
    const now = '2027-01-11T13:05:00.000Z'

    test.each<[string, string, LedgerMail]>([
      ['went out today', '2027-01-12', row(later, 'widen', '2', '2027-01-11T13:00:00.000Z')],
      ['has come back today', '2027-01-12', row(later, 'widen', '2', '2027-01-11T13:00:00.000Z', 'bounced')],
      ['went out two days ago', '2027-01-11', row(later, 'widen', '2', '2027-01-09T13:00:00.000Z')],
      [
        'went out two days ago and was heard of today',
        '2027-01-11',
        { ...row(later, 'widen', '2', '2027-01-11T13:00:00.000Z'), sentAt: '2027-01-09T12:00:00.000Z' },
      ],
      ['was skipped today', '2027-01-11', row(later, 'widen', '2', '2027-01-11T13:00:00.000Z', 'skipped')],
      ['is on its way', '2027-01-11', row(later, 'widen', '2', '2027-01-11T13:00:00.000Z', 'claimed')],
    ])('a mail that %s: the next one on %s', (_, day, mail) => {
      const quiet = row(later, 'draft', '1', '2026-11-23T14:01:02.000Z')
      expect(planned(later, now, [mail])).toEqual([`resume ${day}T08:30`])
      // Whatever else the ledger holds, and whichever request it belongs to.
      expect(planned(later, now, [quiet, mail])).toEqual([`resume ${day}T08:30`])
      const { mails } = plan([fileOf({ ...ada, state: 'closed' }), fileOf(later, [quiet, mail])], settings, now)
      expect(mails.map(({ dueAt }) => dueAt.slice(0, 10))).toEqual([day])
    })
  })

  /** A request of hers that went out on this day. */
  const another = (id: string, sentAt: string, followUps: InterviewRequest['followUps'] = 1) =>
    having({ ...confirmed, id: `01JDADA00000000000000000${id}`, followUps }, ['sent', sentAt])
  const days = (requests: InterviewRequest[], now: string) => {
    const { mails, dropped } = plan(
      requests.map((request) => fileOf(request)),
      settings,
      now,
    )
    return {
      mails: mails.map(({ mail, dueAt, requestId }) => `${dueAt.slice(0, 10)} ${requestId.slice(-2)} ${mail}`),
      dropped: dropped.map(({ mail, requestId, reason }) => `${requestId.slice(-2)} ${mail}: ${reason}`),
    }
  }

  test('of two the more important keeps the day, whichever was asked for first', () => {
    const [older, newer] = [another('BB', MONDAY), another('CC', '2026-11-27T15:00:00.000Z')]
    for (const files of [
      [older, newer],
      [newer, older],
    ])
      expect(days(files, '2026-11-29T15:00:00.000Z').mails.slice(0, 2)).toEqual([
        '2026-12-02 BB follow-up',
        '2026-12-03 CC widen',
      ])
  })

  test('of two that matter alike the earlier one has the first free day', () => {
    const busy = another('BB', MONDAY)
    // Widen of the one falls on the follow-up of `busy`; widen of the other on the day after that.
    const [first, second] = [another('CC', '2026-11-27T15:00:00.000Z'), another('DD', '2026-11-30T15:00:00.000Z')]
    for (const files of [
      [busy, first, second],
      [second, first, busy],
    ])
      expect(days(files, '2026-11-30T16:00:00.000Z').mails.slice(0, 3)).toEqual([
        '2026-12-02 BB follow-up',
        '2026-12-03 CC widen',
        '2026-12-04 DD widen',
      ])
  })

  test('of three on one day the last waits for the third', () => {
    const files = [another('CC', '2026-11-27T15:00:00.000Z', 0), another('BB', MONDAY), another('DD', MONDAY)]
    expect(days(files, '2026-11-29T15:00:00.000Z').mails.slice(0, 3)).toEqual([
      '2026-12-02 BB follow-up',
      '2026-12-03 DD follow-up',
      '2026-12-04 CC widen',
    ])
  })

  test('what finds no free day in its useful time is left out, with the reason', () => {
    const crowd = (sentAt: string) => ['BB', 'CC', 'DD'].map((id) => another(id, sentAt))
    // Follow-ups on Wednesday, Thursday and Friday; widen of the Wednesday is of use until Saturday.
    const onWednesday = [...crowd(MONDAY), another('FF', '2026-11-27T15:00:00.000Z')]
    expect(days(onWednesday, '2026-11-29T15:00:00.000Z').dropped.filter((line) => line.startsWith('FF'))).toEqual([
      'FF widen: more important mail took its days',
    ])
    // On Monday, Tuesday and Wednesday; widen of the Monday is of use up to the slot of Thursday.
    const onMonday = [...crowd('2026-11-25T15:00:00.000Z'), another('FF', '2026-12-02T15:00:00.000Z')]
    const { mails, dropped } = days(onMonday, '2026-12-05T15:00:00.000Z')
    expect(mails.filter((line) => line.includes('FF widen'))).toEqual(['2026-12-10 FF widen'])
    expect(dropped.filter((line) => line.startsWith('FF'))).toEqual([])
  })

  test('a part of another mail is what belongs to the same request only', () => {
    const ledger = ['thank', 'thank-reminder'].map((mail) =>
      row(met, mail as LedgerMail['mail'], '4', '2026-12-08T21:00:00.000Z'),
    )
    const busy = another('BB', '2026-11-30T15:00:00.000Z')
    const { mails } = plan([fileOf(met, ledger), fileOf(busy)], settings, '2026-12-08T21:00:01.000Z')
    expect(mails.slice(0, 2).map(({ mail, dueAt, merged }) => [mail, dueAt.slice(0, 10), merged.length])).toEqual([
      ['follow-up', '2026-12-09', 0],
      ['debrief', '2026-12-10', 0],
    ])
  })

  test.each(['claimed', 'unsettled'] as const)(
    'a mail that is %s keeps its day, and takes nothing along any more',
    (state) => {
      const ledger = [
        row(met, 'thank', '4', '2026-12-08T21:00:00.000Z'),
        row(met, 'thank-reminder', '4', '2026-12-09T13:00:00.000Z', 'planned'),
      ]
      const days = (rows: LedgerMail[]) =>
        plan([fileOf(met, rows)], settings, '2026-12-09T13:00:05.000Z').mails.map(({ mail, dueAt, merged }) =>
          [dueAt.slice(0, 10), mail, ...merged.map((part) => part.mail)].join(' '),
        )
      expect(days(ledger)).toEqual(['2026-12-09 thank-reminder debrief'])
      expect(days([...ledger.slice(0, 1), { ...(ledger[1] as LedgerMail), state }])).toEqual([
        '2026-12-09 thank-reminder',
        '2026-12-10 debrief',
      ])
    },
  )

  test('a mail that is on its way is no part of another one', () => {
    const rows = [
      row(met, 'thank', '4', '2026-12-08T21:00:00.000Z'),
      row(met, 'debrief', '4', '2026-12-09T13:00:00.000Z', 'claimed'),
    ]
    const { mails } = plan([fileOf(met, rows)], settings, '2026-12-09T13:00:05.000Z')
    expect(mails.map(({ mail, merged }) => [mail, merged])).toEqual([
      ['debrief', []],
      ['thank-reminder', []],
    ])
  })

  test('a lesser mail is taken along by the first that has the day, whatever else goes out on it', () => {
    const other = having(
      { ...confirmed, id: '01JDADA00000000000000000BB' },
      ['sent', MONDAY],
      ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-14T15:00' }],
    )
    const { mails } = plan(
      [fileOf(met), fileOf(other, [row(other, 'invitation', '3', '2026-11-25T16:00:01.000Z')])],
      settings,
      '2026-12-09T15:00:00.000Z',
    )
    expect(mails.slice(0, 3).map(({ mail, merged }) => [mail, ...merged.map((part) => part.mail)].join('+'))).toEqual([
      'thank+debrief',
      'prepare',
      'thank-reminder',
    ])
  })

  test('of two in the same minute the more important comes first', () => {
    const at = (id: string, start: string) =>
      having({ ...confirmed, id: `01JDADA00000000000000000${id}` }, [
        'scheduled',
        '2026-11-25T16:00:00.000Z',
        { start },
      ])
    const files = [at('BB', '2026-12-08T15:00'), at('CC', '2026-12-10T15:00')]
    for (const given of [files, files.toReversed()])
      expect(days(given, '2026-12-05T15:00:00.000Z').mails.filter((line) => line.startsWith('2026-12-07'))).toEqual([
        '2026-12-07 CC prepare',
        '2026-12-07 BB day-before',
      ])
    const three = [...files, at('DD', '2026-12-10T15:00')]
    for (const given of [three, three.toReversed()])
      expect(
        days(given, '2026-12-05T15:00:00.000Z')
          .mails.filter((line) => line.startsWith('2026-12-07'))
          .at(-1),
      ).toBe('2026-12-07 BB day-before')
  })

  test('what is bound to the meeting is not held back', () => {
    const busy = [row(second, 'widen', '2', '2026-12-07T13:00:00.000Z')]
    const { mails } = plan(
      [
        fileOf(scheduled, [
          row(scheduled, 'invitation', '4', '2026-11-25T16:00:02.000Z'),
          row(scheduled, 'prepare', '4', '2026-12-03T13:30:00.000Z'),
        ]),
        fileOf(second, busy),
      ],
      settings,
      '2026-12-07T13:10:00.000Z',
    )
    expect(mails.find(({ mail }) => mail === 'day-before')?.dueAt).toBe('2026-12-07T13:30:00.000Z')
  })
})

describe('a pause', () => {
  test('shifts every reminder by its working days', () => {
    const paused = having(sent, ['paused', '2026-11-24T15:00:00.000Z', { until: '2026-12-01' }])
    expect(planned(paused, '2026-11-24T15:00:01.000Z')).toEqual([
      'widen 2026-12-03T08:30',
      'follow-up 2026-12-09T08:30',
      'let-rest 2026-12-16T08:30',
    ])
  })

  test('without an end stops the reminders until it is resumed, and nothing is overdue then', () => {
    const paused = having(sent, ['paused', '2026-11-24T15:00:00.000Z'])
    expect(planned(paused, '2026-12-24T15:00:00.000Z')).toEqual([])
    const resumed = having(paused, ['resumed', '2027-01-11T15:00:00.000Z'])
    expect(planned(resumed, '2027-01-11T15:00:01.000Z')[0]).toBe('widen 2027-01-13T08:30')
  })

  test('without an end does not touch it either', () => {
    const paused = having(scheduled, ['paused', '2026-11-26T15:00:00.000Z'])
    const ledger = [row(scheduled, 'invitation', '4', '2026-11-25T16:00:02.000Z')]
    expect(planned(paused, '2026-11-26T15:00:01.000Z', ledger)).toEqual([
      'prepare 2026-12-03T08:30',
      'day-before 2026-12-07T08:30',
      'thank 2026-12-08T17:20',
    ])
  })

  test('does not touch what is bound to the meeting', () => {
    const paused = having(scheduled, ['paused', '2026-11-26T15:00:00.000Z', { until: '2026-12-20' }])
    expect(
      planned(paused, '2026-11-26T15:00:01.000Z', [
        row(scheduled, 'invitation', '4', '2026-11-25T16:00:02.000Z'),
      ]).slice(0, 2),
    ).toEqual(['prepare 2026-12-03T08:30', 'day-before 2026-12-07T08:30'])
  })
})

describe.each([
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
  'Pacific/Auckland',
])('in %s', (timeZone) => {
  test('every reminder comes at the slot of a working day, over a year of both clock changes', () => {
    for (let month = 1; month <= 12; month += 1) {
      const start = `2027-${String(month).padStart(2, '0')}-10T03:00:00.000Z`
      const mine = inZone({ ...confirmed, history: [{ event: 'confirmed', at: start }], followUps: 3 }, timeZone)
      const { mails } = plan([fileOf(having(mine, ['sent', start]))], settings, start)
      expect(mails).toHaveLength(5)
      for (const { dueAt } of mails) {
        const local = localTime(dueAt, timeZone)
        expect(local.slice(11, 16)).toBe('08:30')
        expect([1, 2, 3, 4, 5]).toContain(((new Date(`${local.slice(0, 10)}T00:00Z`).getUTCDay() + 6) % 7) + 1)
      }
    }
  })
})

describe('whatever happens', () => {
  /** Any story that the states allow, told at random. */
  const story = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 20 * 24 })), { maxLength: 12 })
  const tell = (steps: [number, number][], request: InterviewRequest) => {
    let present = request
    let now = toMs(MONDAY)
    for (const [choice, hours] of steps) {
      now += hours * 3_600_000
      const at = new Date(now).toISOString()
      const allowed = allowedEvents(present.state).filter((event) => event !== 'revised')
      const event = allowed[choice % allowed.length]
      if (!event) continue
      const day = new Date(now + 9 * 86_400_000).toISOString().slice(0, 10)
      const fields = {
        deferred: { until: day },
        scheduled: { start: `${day}T15:00` },
        rescheduled: { start: `${day}T10:00` },
      }
      present = having(present, [event, at, fields[event as keyof typeof fields] ?? {}])
    }
    return { present, now: new Date(now).toISOString() }
  }

  test('reminders never share a day, never come at night, and nothing is planned past its useful time', () => {
    fc.assert(
      fc.property(story, fc.constantFrom('America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati'), (steps, zone) => {
        const { present, now } = tell(steps as [number, number][], inZone(confirmed, zone))
        const { mails } = plan([fileOf(present)], settings, now)
        const days = mails
          .filter(({ lane }) => lane === 'nudge')
          .map(({ dueAt }) => localTime(dueAt, zone).slice(0, 10))
        expect(new Set(days).size).toBe(days.length)
        for (const { mail, dueAt, latestAt, lane } of mails) {
          expect(dueAt <= latestAt, mail).toBe(true)
          const time = localTime(dueAt, zone).slice(11, 16)
          if (lane !== 'answer' && dueAt > now) expect(time >= '08:00' && time < '21:00', `${mail} ${time}`).toBe(true)
        }
        expect(new Set(mails.map(mailKey)).size).toBe(mails.length)
      }),
      { numRuns: 400 },
    )
  })

  test('what the ledger calls final is never planned again', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { present, now } = tell(steps as [number, number][], confirmed)
        const wanted = (mails: LedgerMail[]) =>
          plan([fileOf(present, mails)], settings, now).mails.flatMap(({ mail, occurrence, merged }) => [
            { mail, occurrence },
            ...merged,
          ])
        const done = wanted([])
        // A mail that had given way to one of these may come now; they themselves do not.
        const again = wanted(done.map(({ mail, occurrence }) => row(present, mail, occurrence, YEARS_AGO)))
        expect(again.filter((one) => done.some((other) => mailKey(other) === mailKey(one)))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  test('no mail is read in a state that its row does not name', () => {
    for (const state of states) {
      const { mails } = plan(
        [fileOf({ ...thanked, state, deferredUntil: '2027-01-04' })],
        settings,
        '2026-12-08T23:00:01.000Z',
      )
      for (const { mail } of mails) expect((workflow[mail] as Row).while, `${mail} in ${state}`).toContain(state)
    }
  })
})
