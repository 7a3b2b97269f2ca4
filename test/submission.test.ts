import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mailAddress } from '../shared/fields.ts'
import { newRequest } from '../shared/new-request.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { connectionRequired, isMachine, readSubmission } from '../shared/submission.ts'
import { texts } from './hostile.ts'
import { stage } from './people.ts'

const form = {
  seekerName: 'Ada Lovelace',
  seekerEmail: 'ada@example.org',
  introduction: 'a mathematician moving into computing',
  contactName: 'Grace Hopper',
  organization: 'Navy Computing',
  source: 'cold',
  goal: 'explore-career',
  topic: 'compiler work',
}
const fieldsRefused = (changes: Record<string, unknown>, from: 'form' | 'json' = 'json') => {
  const read = readSubmission({ ...form, ...changes }, from)
  return read.ok ? [] : read.errors.map(({ field }) => field)
}

describe('the form', () => {
  test('fills in what was left open', () => {
    expect(readSubmission(form, 'json')).toMatchObject({
      ok: true,
      value: { minutes: 20, channel: 'email', followUps: 1, tips: false },
    })
  })

  test('reads the same from a browser, where everything is text and empty fields come along', () => {
    const typed = {
      ...form,
      minutes: '15',
      followUps: '0',
      tips: 'on',
      contactRole: '',
      connection: '',
      timeZone: 'Asia/Katmandu',
      submissionId: '',
    }
    expect(readSubmission(typed, 'form')).toMatchObject({
      ok: true,
      value: { minutes: 15, followUps: 0, tips: true, timeZone: 'Asia/Kathmandu' },
    })
  })

  test.each(Object.keys(form))('asks for %s when it is missing', (field) => {
    expect(fieldsRefused({ [field]: undefined })).toEqual([field])
    expect(fieldsRefused({ [field]: '' }, 'form')).toEqual([field])
    expect(fieldsRefused({ [field]: '   ' }, 'form')).toEqual([field])
  })

  test.each(connectionRequired)('asks for the connection of the source %s', (source) => {
    expect(fieldsRefused({ source })).toEqual(['connection'])
    expect(fieldsRefused({ source, connection: 'we share a school' })).toEqual([])
    const { errors = [] } = readSubmission({ ...form, source }, 'json') as { errors?: { message: string }[] }
    expect(errors[0]?.message).toContain('what links the two of you')
  })

  test.each([
    ['seekerName', 100],
    ['introduction', 200],
    ['contactName', 100],
    ['contactRole', 100],
    ['organization', 150],
    ['connection', 300],
    ['topic', 150],
  ])('%s takes %i characters and not one more, in any script', (field, max) => {
    for (const character of ['a', 'ß', '試', '👩']) {
      expect(fieldsRefused({ [field]: character.repeat(max) })).toEqual([])
      expect(fieldsRefused({ [field]: character.repeat(max + 1) })).toEqual([field])
    }
  })

  test.each([
    ['a line break', 'a\nb'],
    ['a carriage return', 'a\rBcc: x@example.org'],
    ['a null', 'a\u0000b'],
    ['an escape', 'a\u001b[31m'],
    ['a bidi override', 'a\u202Eb'],
    ['a bidi isolate', 'a\u2066b'],
    ['a line separator', 'a\u2028b'],
    ['half a character', 'a\ud800b'],
    ['a delete', 'a\u007fb'],
  ])('refuses %s in a field of one line', (_what, value) => {
    for (const field of texts) expect(fieldsRefused({ [field]: value }), field).toEqual([field])
  })

  test('keeps what was typed as it was typed', () => {
    const odd = '  <b>Grace</b> & “Co” — {{x}} '
    const read = readSubmission({ ...form, organization: odd, contactName: 'غريس هوبر' }, 'json')
    expect(read.ok && [read.value.organization, read.value.contactName]).toEqual([odd, 'غريس هوبر'])
  })

  test.each([
    'http://evil.example',
    'Grace www.evil.example',
    'WWW evil',
    'evil.example/login',
    'evil.example',
    'Evil.Example',
    'see a.EVIL.example',
    't.co/x',
    'T.Co/x',
    'grace@evil.example',
    'evil。example',
    'ev\u00adil.ex\u200bample',
  ])('refuses %s as a name', (name) => {
    expect(fieldsRefused({ contactName: name, seekerName: name }).sort()).toEqual(['contactName', 'seekerName'])
  })

  test.each([
    'St. John',
    'J.R.R. Tolkien',
    'J.Smith',
    'St.John Rivers',
    'Dr.Grace',
    'É.Dupont-J.R.Smith',
    'Jobs & Co.',
    'Grace Hopper, M.Sc., Ph.D.',
    'Grace Hopper (she/her)',
    'O’Neil/Smith: <b>Grace</b> {{x}}',
    'Agent 007',
    'می\u200cنا',
    'غريس هوبر\u200f',
  ])('takes %s as a name', (name) => {
    expect(fieldsRefused({ contactName: name, seekerName: name })).toEqual([])
  })

  test.each(['\u200b', '\u200f\u061c', '\ufeff \u00ad'])(
    'takes %j, which nobody sees, for a field left empty',
    (value) => {
      for (const field of ['seekerName', 'contactName', 'topic']) {
        const { errors = [] } = readSubmission({ ...form, [field]: value }, 'json') as {
          errors?: { message: string }[]
        }
        expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/^Please fill in/)])
      }
    },
  )

  test.each([
    ['minutes', 25],
    ['minutes', 'twenty'],
    ['followUps', 4],
    ['followUps', -1],
    ['followUps', 1.5],
    ['channel', 'pigeon'],
    ['source', 'friend'],
    ['goal', ''],
    ['timeZone', 'Mars/Olympus'],
    ['tips', 'perhaps'],
    ['seekerName', 7],
    ['seekerEmail', ['a@example.org', 'b@example.org']],
  ])('refuses %s = %j', (field, value) => expect(fieldsRefused({ [field]: value })).toEqual([field]))

  test('refuses what it does not know from JSON, and ignores it from a form', () => {
    expect(fieldsRefused({ contactEmail: 'grace@example.org' })).toEqual(['contactEmail'])
    expect(fieldsRefused({ contactEmail: 'grace@example.org' }, 'form')).toEqual([])
  })

  test('names a wrong field once, though it is asked for twice', () => {
    expect(fieldsRefused({ source: 'alumni', connection: 0 })).toEqual(['connection'])
    expect(fieldsRefused({ source: 'alumni', connection: false, topic: '' }).sort()).toEqual(['connection', 'topic'])
  })

  test('names every wrong field at once', () => {
    expect(fieldsRefused({ seekerName: '', topic: 'x'.repeat(151), minutes: 7, source: 'alumni' }).sort()).toEqual([
      'connection',
      'minutes',
      'seekerName',
      'topic',
    ])
  })

  test.each([null, [], 'text', 7, true])('is not %j', (body) => expect(readSubmission(body, 'json').ok).toBe(false))

  test('recognises a machine by the field that nobody sees', () => {
    expect(isMachine({ ...form, website: 'http://spam.example' })).toBe(true)
    expect(isMachine({ ...form, website: '' })).toBe(false)
    for (const body of [undefined, null, '', 'website']) expect(isMachine(body)).toBe(false)
  })

  test('never throws, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.dictionary(
            fc.constantFrom(...Object.keys(form), 'minutes', 'timeZone', 'tips', '__proto__'),
            fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          ),
        ),
        fc.constantFrom('form', 'json'),
        (body, from) => {
          const read = readSubmission(body, from as 'form')
          if (!read.ok) for (const { message } of read.errors) expect(message).toMatch(/\.$/)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('a form becomes a request', () => {
  const given = {
    id: '01JDADA00000000000000000AA',
    secret: 'AAAAAAAAAAAAAAAAAAAAAA',
    person: 'ada-lovelace-hash',
    now: '2026-11-23T14:00:00.900Z',
    timeZone: 'Europe/London',
    tipsConsent: { wording: 'request-2026-11', from: 'network-hash' },
    retention: stage.retention,
  }
  const become = (fields: Record<string, unknown>, more = {}) => {
    const read = readSubmission({ ...form, ...fields }, 'json')
    return read.ok ? newRequest(read.value, { ...given, ...more }) : expect.unreachable()
  }
  const bare: InterviewRequest = {
    id: given.id,
    person: given.person,
    state: 'unconfirmed',
    version: 1,
    seeker: {
      name: form.seekerName,
      email: form.seekerEmail,
      introduction: form.introduction,
      timeZone: given.timeZone,
    },
    contact: { name: form.contactName, organization: form.organization, source: 'cold' },
    goal: 'explore-career',
    topic: form.topic,
    minutes: 20,
    channel: 'email',
    followUps: 1,
    tips: false,
    secret: given.secret,
    history: [{ event: 'requested', at: given.now }],
    pauses: [],
    // Seven days, in whole seconds since 1970.
    expiresAt: Date.parse('2026-11-30T14:00:00.000Z') / 1000,
  }

  test('that holds what was typed, and no field for what was not', () => {
    expect(become({})).toEqual(bare)
    const { seeker, contact } = bare
    const fields = { contactRole: 'Head of compilers', connection: 'your keynote', timeZone: 'America/New_York' }
    expect(become(fields)).toEqual({
      ...bare,
      seeker: { ...seeker, timeZone: fields.timeZone },
      contact: { ...contact, role: fields.contactRole, connection: fields.connection },
    })
  })

  test('with the consent to the tips where they were ticked', () => {
    expect(become({ tips: true })).toEqual({ ...bare, tips: true, tipsConsent: given.tipsConsent })
  })

  test('that asks for its address later where the network is crowded', () => {
    const confirmAfter = '2026-11-23T16:00:00.000Z'
    expect(become({}, { confirmAfter })).toEqual({
      ...bare,
      history: [{ event: 'requested', at: given.now, on: confirmAfter }],
    })
  })
})

describe('a mail address', () => {
  /** 252 characters: with one before the @ it is as long as an address may be. */
  const longDomain = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}`

  test.each([
    ['ada@example.org', 'ada@example.org'],
    [' ada@Example.ORG ', 'ada@example.org'],
    ['Ada.Lovelace+jobs@example.org', 'Ada.Lovelace+jobs@example.org'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ["o'brien@example.org", "o'brien@example.org"],
    ['bounce@simulator.amazonses.com', 'bounce@simulator.amazonses.com'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
    [`a@${longDomain}`, `a@${longDomain}`],
  ])('%s is kept as %s', (typed, kept) => expect(mailAddress(typed)).toBe(kept))

  test.each([
    '',
    'ada',
    'ada.example.org',
    'ada@',
    '@example.org',
    'ada@example',
    'ada@@example.org',
    'ada@exa mple.org',
    'ada lovelace@example.org',
    '.ada@example.org',
    'ada.@example.org',
    'a..b@example.org',
    'adä@example.org',
    'ada@-example.org',
    'ada@example.org\r\nBcc: x@example.org',
    'ada@example.org,eve@example.org',
    '"ada"@example.org',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    `${'a'.repeat(65)}@example.org`,
    `ab@${longDomain}`,
    `ada@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`,
    'ada@example.org>',
    '<ada@example.org>',
  ])('%j is none', (typed) => expect(mailAddress(typed)).toBeUndefined())
})
