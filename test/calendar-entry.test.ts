import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { type CalendarEntry, calendarEntry } from '../shared/calendar-entry.ts'
import type { InterviewRequest, Meeting } from '../shared/request.ts'

const meeting: Meeting = {
  start: '2026-12-03T10:00',
  timeZone: 'Asia/Kathmandu',
  minutes: 20,
  startsAt: '2026-12-03T04:15:00.000Z',
  endsAt: '2026-12-03T04:35:00.000Z',
  sequence: 0,
  status: 'on',
  since: 4,
}

const ada: InterviewRequest = {
  id: '01JDGZ5V7Q0000000000000ADA',
  person: 'ada',
  state: 'scheduled',
  version: 5,
  seeker: { name: 'Ada Lovelace', email: 'ada@example.org', introduction: 'a nurse', timeZone: 'Europe/London' },
  contact: {
    name: 'Grace Hopper',
    role: 'Head of Data',
    organization: 'Leeds General',
    source: 'event',
    connection: 'PyCon',
  },
  goal: 'explore-career',
  topic: 'data work',
  minutes: 20,
  channel: 'email',
  followUps: 1,
  tips: false,
  secret: 'AAAAAAAAAAAAAAAAAAAAAA',
  history: [],
  meeting,
  pauses: [],
  expiresAt: 0,
}

const circumstances = {
  now: '2026-11-23T08:00:00.000Z',
  pageUrl: 'https://talks.example.org/requests/01JDGZ5V7Q0000000000000ADA/AAAAAAAAAAAAAAAAAAAAAA',
}

const entryOf = (changes: Partial<Meeting> = {}, name = 'Grace Hopper'): CalendarEntry => {
  const entry = calendarEntry(
    { ...ada, contact: { ...ada.contact, name }, meeting: { ...meeting, ...changes } },
    circumstances,
  )
  if (!entry) throw new Error('There is a meeting, and no entry')
  return entry
}

const parsed = ({ content }: CalendarEntry) => {
  const calendar = new ICAL.Component(ICAL.parse(content) as never[])
  const events = calendar.getAllSubcomponents('vevent')
  const [event] = events
  if (!event) throw new Error('The calendar is empty')
  const value = (name: string): unknown => event.getFirstPropertyValue(name)
  return {
    calendar,
    events,
    event,
    value,
    text: (name: string) => String(value(name)),
    alarms: event.getAllSubcomponents('valarm'),
  }
}

describe('the calendar entry', () => {
  test('is, octet for octet', () => {
    expect(entryOf({ place: 'Café Nero, 2nd floor; ask for “Ada”' }).content.split('\r\n')).toMatchInlineSnapshot(`
      [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//informational-interviews//calendar entry//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:01JDGZ5V7Q0000000000000ADA@informational-interviews",
        "SEQUENCE:0",
        "DTSTAMP:20261123T080000Z",
        "DTSTART:20261203T041500Z",
        "DTEND:20261203T043500Z",
        "SUMMARY:Talk with Grace Hopper",
        "LOCATION:Café Nero\\, 2nd floor\\; ask for “Ada”",
        "DESCRIPTION:Your questions\\, your notes\\, or a new time: https://talks.exa",
        " mple.org/requests/01JDGZ5V7Q0000000000000ADA/AAAAAAAAAAAAAAAAAAAAAA",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-P1D",
        "DESCRIPTION:Talk with Grace Hopper",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT30M",
        "DESCRIPTION:Talk with Grace Hopper",
        "END:VALARM",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ]
    `)
  })

  test('called off is, octet for octet', () => {
    expect(entryOf({ status: 'cancelled', sequence: 3 }).content.split('\r\n')).toMatchInlineSnapshot(`
      [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//informational-interviews//calendar entry//EN",
        "METHOD:CANCEL",
        "BEGIN:VEVENT",
        "UID:01JDGZ5V7Q0000000000000ADA@informational-interviews",
        "SEQUENCE:3",
        "DTSTAMP:20261123T080000Z",
        "DTSTART:20261203T041500Z",
        "DTEND:20261203T043500Z",
        "SUMMARY:Talk with Grace Hopper",
        "DESCRIPTION:Called off. What comes next: https://talks.example.org/request",
        " s/01JDGZ5V7Q0000000000000ADA/AAAAAAAAAAAAAAAAAAAAAA",
        "STATUS:CANCELLED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ]
    `)
  })

  test('holds one event at the instants of the meeting, in UTC', () => {
    const { events, calendar, event, value } = parsed(entryOf())
    expect(events).toHaveLength(1)
    expect(calendar.getFirstPropertyValue('method')).toBe('PUBLISH')
    expect(entryOf().content).toMatch(/\r\nDTSTART:20261203T041500Z\r\nDTEND:20261203T043500Z\r\n/)
    expect(new ICAL.Event(event).startDate.toJSDate().toISOString()).toBe(meeting.startsAt)
    expect(String(value('dtstamp'))).toBe('2026-11-23T08:00:00Z')
  })

  test('keeps its UID and counts up its SEQUENCE when the meeting moves', () => {
    const before = parsed(entryOf())
    const after = parsed(
      entryOf({ sequence: 1, startsAt: '2026-12-04T04:15:00.000Z', endsAt: '2026-12-04T04:35:00.000Z' }),
    )
    expect(after.text('uid')).toBe(before.text('uid'))
    expect([before.value('sequence'), after.value('sequence')]).toEqual([0, 1])
  })

  test('takes itself out when the meeting is called off', () => {
    const entry = entryOf({ status: 'cancelled', sequence: 2 })
    const { calendar, value, text, alarms } = parsed(entry)
    expect([entry.filename, entryOf().filename]).toEqual(['talk-called-off.ics', 'talk.ics'])
    expect(entry.contentType).toBe('text/calendar; charset=UTF-8; method=CANCEL')
    expect(calendar.getFirstPropertyValue('method')).toBe('CANCEL')
    expect(text('status')).toBe('CANCELLED')
    expect(value('sequence')).toBe(2)
    expect(text('uid')).toBe(parsed(entryOf()).text('uid'))
    expect(alarms).toEqual([])
  })

  test('rings a day and half an hour before', () => {
    expect(parsed(entryOf()).alarms.map((alarm) => String(alarm.getFirstPropertyValue('trigger')))).toEqual([
      '-P1D',
      '-PT30M',
    ])
  })

  test('names the contact and nothing else about them, and invites nobody', () => {
    const { content } = entryOf()
    expect(parsed(entryOf()).text('summary')).toBe('Talk with Grace Hopper')
    expect(parsed(entryOf({}, 'Prof. JOSÉ GARCÍA LÓPEZ')).text('summary')).toBe('Talk with Prof. José García López')
    expect(parsed(entryOf({}, 'JEAN DUPONT')).text('summary')).toBe('Talk with Jean Dupont')
    expect(content).not.toMatch(/ATTENDEE|ORGANIZER|mailto|Leeds General|Head of Data|ada@example/)
  })

  test('leads back to the page', () => {
    expect(parsed(entryOf()).text('description')).toContain(circumstances.pageUrl)
  })

  test('has a link to click where the place is one', () => {
    const link = parsed(entryOf({ place: 'https://meet.example.org/a?b=c,d;e' }))
    expect(link.text('url')).toBe('https://meet.example.org/a?b=c%2Cd%3Be')
    expect(link.text('location')).toBe('https://meet.example.org/a?b=c,d;e')
    const room = parsed(entryOf({ place: 'Room 4, https://example.org' }))
    expect(room.value('url')).toBeNull()
    expect(room.text('location')).toBe('Room 4, https://example.org')
    expect(parsed(entryOf()).value('location')).toBeNull()
  })

  test('is not there without a meeting', () => {
    const { meeting: _meeting, ...unplanned } = ada
    expect(calendarEntry(unplanned, circumstances)).toBeUndefined()
  })

  test.each([
    ['in the place', { place: 'Nero\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM' }, 'Grace Hopper'],
    ['in a link', { place: 'https://example.org/\r\nATTENDEE:mailto:eve@example.org' }, 'Grace Hopper'],
    ['by a lone CR', { place: 'Nero\rEND:VEVENT' }, 'Grace Hopper'],
    ['by other line ends', { place: 'Nero\u2028BEGIN:VALARM\u2029\u0085\u000b\u000cEND:VALARM' }, 'Grace Hopper'],
    ['by an escape', { place: 'Nero\\nBEGIN:VALARM\\' }, 'Grace Hopper'],
    ['in the name', {}, 'Grace\r\nATTENDEE:mailto:eve@example.org'],
    ['by a bidi override', {}, 'Grace \u202eHopper'],
  ] as const)('cannot be broken into %s', (_how, changes, name) => {
    const { event, events, alarms } = parsed(entryOf(changes, name))
    expect(events).toHaveLength(1)
    expect(alarms).toHaveLength(2)
    expect(event.getAllProperties('attendee')).toEqual([])
    expect(
      event
        .getAllProperties()
        .map((property) => property.name)
        .sort(),
    ).toEqual(
      [
        'description',
        'dtend',
        'dtstamp',
        'dtstart',
        'sequence',
        'status',
        'summary',
        'uid',
        ...('place' in changes ? ['location'] : []),
      ].sort(),
    )
  })

  test('holds lines of at most 75 octets that end with CRLF, and gives back every text, whatever is typed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'BEGIN:VALARM',
            '\r\n',
            '\n',
            '\r',
            '\\',
            ';',
            ',',
            '"',
            ' ',
            'é',
            '数据',
            '👩‍🚀',
            'X'.repeat(80),
            'https://x.org/?a=',
            ':',
          ),
          { maxLength: 20 },
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, text, fc.constantFrom('on', 'cancelled'), (place, name, status) => {
        const entry = entryOf({ place, status }, name)
        expect(entry.content.endsWith('\r\n')).toBe(true)
        for (const line of entry.content.slice(0, -2).split('\r\n')) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
          expect(line).not.toMatch(/[\r\n]/)
          expect(line.isWellFormed()).toBe(true)
          expect(line).not.toBe('')
        }
        const { events, alarms, value } = parsed(entry)
        expect(events).toHaveLength(1)
        expect(alarms).toHaveLength(status === 'on' ? 2 : 0)
        const location = value('location')
        if (location !== null)
          expect(place.normalize('NFC').replace(/[^\p{L}\p{N}]/gu, '')).toBe(
            String(location).replace(/[^\p{L}\p{N}]/gu, ''),
          )
      }),
      { numRuns: 1500 },
    )
  })
})
