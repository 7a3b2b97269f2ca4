import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { confirmToken, opens, readConfirmToken, tokenFor } from '../shared/capability.ts'
import { toEml } from '../shared/eml.ts'
import { wantsHtml } from '../shared/http.ts'
import { scheduleName } from '../shared/mail-due.ts'
import { mailNames } from '../shared/mail-names.ts'
import { tipTags } from '../shared/names.ts'
import { networkOf } from '../shared/network.ts'
import { hasRefused, mailboxOf, mayConfirm, type Person, personId } from '../shared/person.ts'
import { putRight } from '../shared/put-right.ts'
import { ratesOf, standing } from '../shared/reputation.ts'
import { firstName, isFinal, isOfEarlier, type LedgerMail } from '../shared/request.ts'
import { idOfSubmission, isRequestId, newRequestId } from '../shared/request-id.ts'
import { readSesEvent } from '../shared/ses-event.ts'
import { mergedRows } from '../shared/skipped-row.ts'
import { ada, row, stage } from './people.ts'

test.each([
  [true, '2026-11-23T13:59:59.999Z', undefined],
  [false, '2026-11-23T14:00:00.000Z', undefined],
  [false, '2026-11-23T14:00:00.001Z', undefined],
  [true, '2026-11-23T15:00:00.000Z', '2026-11-23T13:59:59.999Z'],
  [false, '2026-11-23T13:00:00.000Z', '2026-11-23T14:00:00.000Z'],
])(
  'that a row is of an earlier request of the same id is %s: touched at %s, claimed for one of %s',
  (is, at, since) => {
    const one = row(ada, 'confirm', '0', at)
    expect(isOfEarlier(since === undefined ? one : { ...one, since: Date.parse(since) }, ada)).toBe(is)
  },
)

describe('a link', () => {
  test('of one purpose opens no other', () => {
    const purposes = ['page', 'confirm', 'stop', 'unsubscribe', 'preferences'] as const
    for (const made of purposes) {
      for (const asked of purposes)
        expect(opens(ada.secret, asked, tokenFor(ada.secret, made)), `${made} as ${asked}`).toBe(made === asked)
    }
  })

  test('with any character changed opens nothing', () => {
    const token = tokenFor(ada.secret, 'page')
    for (let index = 0; index < token.length; index += 1) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
      expect(opens(ada.secret, 'page', changed)).toBe(false)
    }
    for (const odd of ['', token.slice(1), `${token}A`, `${token.slice(1)}é`, '../../../../../etc/pas'])
      expect(opens(ada.secret, 'page', odd)).toBe(false)
  })

  test('to confirm carries the id of its request', () => {
    const read = readConfirmToken(confirmToken(ada))
    expect(read?.id).toBe(ada.id)
    expect(read && opens(ada.secret, 'confirm', read.token)).toBe(true)
    for (const odd of ['', 'x', 'x'.repeat(47), `${'x'.repeat(47)}/`]) expect(readConfirmToken(odd)).toBeUndefined()
  })
})

describe('the id of a submission', () => {
  test('is the same each time, and another for another person', () => {
    const id = idOfSubmission('form-1', 'ada@example.org')
    expect(isRequestId(id)).toBe(true)
    expect(idOfSubmission('form-1', 'ADA@example.org')).toBe(id)
    expect(idOfSubmission('form-1', 'eve@example.org')).not.toBe(id)
    expect(idOfSubmission('form-2', 'ada@example.org')).not.toBe(id)
    // Made another way, a form that is sent again after a deployment would be stored twice.
    expect(id).toBe('10E36FFT914NMPZDX8KRAQ7DB8')
  })
})

test('a new id is a ULID: it sorts by age and carries its random bits', () => {
  expect(newRequestId(1469918176385, new Uint8Array(16))).toBe('01ARYZ6S410000000000000000')
  expect(newRequestId(1469918176385, new Uint8Array(16).fill(255))).toBe(`01ARYZ6S41${'Z'.repeat(16)}`)
  expect(isRequestId(newRequestId(Date.parse('9999-01-01T00:00:00Z'), new Uint8Array(16)))).toBe(true)
})

test('a schedule has a name that Scheduler takes, for every mail', () => {
  for (const mail of mailNames) {
    expect(scheduleName({ requestId: ada.id, mail, occurrence: '199-2' })).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/)
  }
})

describe('a network', () => {
  const same = (a: string, b: string) => networkOf(a, 'key') === networkOf(b, 'key')
  test.each([
    ['203.0.113.7', '203.0.113.200', true],
    ['203.0.113.7', '203.0.114.7', false],
    ['2001:db8:1:2::1', '2001:db8:1:ffff::9', true],
    ['2001:db8:1::1', '2001:db8:2::1', false],
    ['2001:DB8:A::1', '2001:db8:a:2::1', true],
    ['2001:db8:1::', '2001:db:81::', false],
    ['1::2:3:4:5:6:7', '1:0:2:3:4:5:6:7', true],
    ['1::2:3:4:5:6:7', '1::', false],
    ['1.23.4.5', '12.3.4.5', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
  ])('of %s is that of %s: %s', (a, b, expected) => expect(same(a, b)).toBe(expected))

  test('is no address, and none without the key', () => {
    expect(networkOf('203.0.113.7', 'key')).toMatch(/^[\w-]{16}$/)
    expect(networkOf('203.0.113.7', 'key')).not.toBe(networkOf('203.0.113.7', 'other key'))
  })
})

describe('a person', () => {
  test('is the same however the address is written, and unknown without the key', () => {
    expect(personId('Ada@Example.org', 'key')).toBe(personId('ada@example.org', 'key'))
    expect(personId('ada@example.org', 'key')).not.toBe(personId('ada@example.org', 'other key'))
    // Another way to make it would forget everybody who is stored, and who asked for no more mail.
    expect(personId('ada@example.org', 'key')).toBe('5-j3jUK0FgNp3Hl-Z-sEEw')
  })

  const known = (confirmations: string[], verifiedAt?: string): Person => ({
    id: 'x',
    confirmations,
    requests: [],
    held: [],
    ...(verifiedAt ? { verifiedAt } : {}),
  })
  const long = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z']
  const anHourAgo = '2026-12-01T11:00:00.000Z'
  const aDayAgo = '2026-11-30T12:00:00.000Z'
  const NOW = '2026-12-01T12:00:00.000Z'
  /** What is written down when one more may go. */
  test.each([
    ['nobody yet', known([]), [NOW]],
    ['asked an hour ago', known([anHourAgo]), undefined],
    ['asked a day ago', known([aDayAgo]), [aDayAgo, NOW]],
    ['asked three times, long ago', known(long), undefined],
    ['confirmed, asked an hour ago', known([anHourAgo], anHourAgo), [anHourAgo, NOW]],
    ['confirmed, asked five times today', known(Array(5).fill(anHourAgo), anHourAgo), undefined],
    ['confirmed, asked five times a day ago and longer', known([...long, ...Array(5).fill(aDayAgo)], anHourAgo), [NOW]],
  ])('%s', (_case, person, written) => expect(mayConfirm(person, stage.caps, NOW)).toEqual(written))

  test.each([
    ['ada@example.org', undefined],
    ['a.da@example.org', undefined],
    ['ada+jobs@example.org', 'ada@example.org'],
    ['Ada+Jobs+More@Example.org', 'ada@example.org'],
    ['a.d.a@gmail.com', 'ada@gmail.com'],
    ['A.da+x@googlemail.com', 'ada@gmail.com'],
    ['ada@googlemail.com', 'ada@gmail.com'],
    ['ada@gmail.com', undefined],
    ['a.da@constructor', undefined],
    ['ADA@example.org', undefined],
    ['no address', 'no address@'],
  ])('%s has its mail in %s', (address, mailbox) => expect(mailboxOf(address)).toBe(mailbox))

  const [before, then, after] = ['2026-11-23T14:59:59.999Z', '2026-11-23T15:00:00.000Z', '2026-11-23T15:00:00.001Z']
  test.each([
    [{}, false],
    [{ tipsRefusedAt: before }, false],
    [{ tipsRefusedAt: then }, true],
    [{ tipsRefusedAt: after }, true],
    [{ tipsErasedAt: before }, false],
    [{ tipsErasedAt: then }, true],
    [{ tipsErasedAt: after }, true],
    [{ tipsRefusedAt: after, tipsErasedAt: before }, true],
    [{ tipsRefusedAt: before, tipsErasedAt: after }, true],
  ])('with %j tips are refused: %s', (person, isRefused) => expect(hasRefused(person, then)).toBe(isRefused))
})

describe('what became of the mail of two days', () => {
  const limits = { bounceRate: 0.02, complaintRate: 0.0008, afterMails: 100 }
  test.each([
    [{ sent: 99, bounced: 99, complained: 99 }, 'good'],
    [{ sent: 100, bounced: 1, complained: 0 }, 'good'],
    [{ sent: 100, bounced: 2, complained: 0 }, 'no-confirmations'],
    [{ sent: 1000, bounced: 39, complained: 0 }, 'no-confirmations'],
    [{ sent: 100, bounced: 4, complained: 0 }, 'no-tips'],
    [{ sent: 10_000, bounced: 0, complained: 7 }, 'good'],
    [{ sent: 10_000, bounced: 0, complained: 8 }, 'no-confirmations'],
    [{ sent: 10_000, bounced: 0, complained: 16 }, 'no-tips'],
  ])('%j is %s', (outcomes, expected) => expect(standing(outcomes, limits)).toBe(expected))

  test('is told of each mail, and not of a few', () => {
    expect(ratesOf({ sent: 200, bounced: 4, complained: 1 }, limits)).toEqual({ bounces: 0.02, complaints: 0.005 })
    expect(ratesOf({ sent: 99, bounced: 4, complained: 1 }, limits)).toEqual({ bounces: 0, complaints: 0 })
  })
})

test('a row that has come to its end is not one that waits, is claimed or in doubt', () => {
  const ends: Record<LedgerMail['state'], boolean> = {
    planned: false,
    claimed: false,
    unsettled: false,
    sent: true,
    delivered: true,
    bounced: true,
    complained: true,
    skipped: true,
  }
  for (const [state, isEnd] of Object.entries(ends)) expect(isFinal(state as LedgerMail['state']), state).toBe(isEnd)
})

test('what became a part of a mail is written down as that', () => {
  const now = '2026-12-01T12:00:00.000Z'
  const planned = { ...row(ada, 'invitation', '4', now), lane: 'answer' as const, merged: [], why: '' }
  const merged = [{ mail: 'prepare' as const, occurrence: '4' }]
  const part = { ...row(ada, 'prepare', '4', now, 'skipped'), attempts: 0, reason: 'part of “invitation”' }
  expect(mergedRows({ ...planned, merged }, now)).toEqual([part])
})

describe('a row that was due and has no end', () => {
  const at = (state: Parameters<typeof row>[4], mail: Parameters<typeof row>[1] = 'follow-up') =>
    row(ada, mail, '2', '2026-12-01T12:00:00.000Z', state)
  test.each([
    ['planned: its alarm is rung again', at('planned'), '2026-12-01T12:03:00.000Z', 'ring-again'],
    ['claimed a minute ago: somebody is at it', at('claimed'), '2026-12-01T12:01:00.000Z', 'wait'],
    ['claimed six minutes ago: whoever it was is dead', at('claimed'), '2026-12-01T12:06:00.000Z', 'call-unsettled'],
    ['claimed five minutes ago: the last moment', at('claimed'), '2026-12-01T12:05:00.000Z', 'wait'],
    ['unsettled for ten minutes: the event may still come', at('unsettled'), '2026-12-01T12:10:00.000Z', 'wait'],
    ['unsettled for eleven: sent again', at('unsettled'), '2026-12-01T12:11:00.000Z', 'send-again'],
    ['unsettled, of a kind that is let go', at('unsettled', 'keep-in-touch'), '2026-12-01T12:11:00.000Z', 'give-up'],
    ['unsettled for the fourth time', { ...at('unsettled'), doubts: 4 }, '2026-12-01T12:11:00.000Z', 'give-up'],
    ['sent: nothing', at('sent'), '2026-12-01T13:00:00.000Z', 'wait'],
  ] as const)('%s', (_case, entry, now, step) => expect(putRight(entry, now)).toBe(step))
})

describe('an SES event', () => {
  const event = (eventType: string, more: object = {}) => ({
    source: 'aws.ses',
    'detail-type': 'whatever',
    detail: {
      eventType,
      mail: { messageId: 'm-1', tags: { mail: ['draft'], request: [ada.id], occurrence: ['1'], 'ses:caller': ['x'] } },
      ...more,
    },
  })
  const to = (diagnosticCode?: string) => [
    { emailAddress: 'ada@example.org', ...(diagnosticCode ? { diagnosticCode } : {}) },
  ]

  test.each([
    ['Send', {}, { outcome: 'sent' }],
    ['Delivery', {}, { outcome: 'delivered' }],
    [
      'Bounce',
      { bounce: { bounceType: 'Permanent', bouncedRecipients: to('smtp; 550 5.1.1 unknown') } },
      { outcome: 'bounced', suppress: 'bounce', recipients: ['ada@example.org'] },
    ],
    [
      'Bounce',
      { bounce: { bounceType: 'Transient', bouncedRecipients: to() } },
      { outcome: 'bounced', forOperator: false },
    ],
    [
      'Bounce',
      { bounce: { bounceType: 'Permanent', bouncedRecipients: to('550 5.7.515 Access denied') } },
      { outcome: 'bounced', forOperator: true },
    ],
    ['Complaint', { complaint: { complainedRecipients: to() } }, { outcome: 'complained', suppress: 'complaint' }],
    ['Reject', {}, { outcome: 'bounced' }],
  ])('%s %j', (type, more, expected) => {
    const seen = readSesEvent(event(type, more))
    expect(seen).toMatchObject({
      about: { mail: { requestId: ada.id, mail: 'draft', occurrence: '1' } },
      messageId: 'm-1',
      ...expected,
    })
    expect(seen?.suppress).toBe((expected as { suppress?: string }).suppress)
  })

  test.each([
    ['1795442400000', 1_795_442_400_000],
    ['1', 1],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['Infinity', undefined],
    ['then', undefined],
    ['', undefined],
  ])('says when the request of its mail was sent in, if that is a time: %j', (told, since) => {
    const seen = event('Send')
    Object.assign(seen.detail.mail.tags, { since: [told] })
    const mail = { requestId: ada.id, mail: 'draft', occurrence: '1' }
    expect(readSesEvent(seen)?.about).toEqual(since === undefined ? { mail } : { mail, since })
  })

  test('about a mail that went out says nothing more than that', () => {
    const seen = event('Delivery')
    Object.assign(seen.detail.mail, { destination: ['ada@example.org'] })
    expect(readSesEvent(seen)).toEqual({
      about: { mail: { requestId: ada.id, mail: 'draft', occurrence: '1' } },
      outcome: 'delivered',
      messageId: 'm-1',
      recipients: ['ada@example.org'],
      soft: false,
      forOperator: false,
    })
  })

  test.each<[string, object, boolean]>([
    ['Delivery', {}, false],
    ['Bounce', { bounce: { bounceType: 'Transient', bouncedRecipients: to('452 4.2.2 full') } }, true],
    ['Bounce', { bounce: { bounceType: 'Undetermined', bouncedRecipients: [] } }, true],
    ['Bounce', { bounce: { bounceType: 'Permanent', bouncedRecipients: to('550 5.1.1 unknown') } }, false],
    ['Bounce', { bounce: { bounceType: 'Transient', bouncedRecipients: to('550 5.7.26 DMARC') } }, false],
    ['Complaint', { complaint: { complainedRecipients: to() } }, false],
  ])('%s %j may arrive another time: %s', (type, more, soft) =>
    expect(readSesEvent(event(type, more))?.soft).toBe(soft),
  )

  test('in which one of two is refused for what we are is the operator’s', () => {
    const bouncedRecipients = [...to('550 5.1.1 unknown'), ...to('550 5.7.1 refused')]
    const seen = readSesEvent(event('Bounce', { bounce: { bounceType: 'Permanent', bouncedRecipients } }))
    expect(seen).toMatchObject({ forOperator: true, soft: false })
    expect(seen).not.toHaveProperty('suppress')
  })

  test.each([
    ['4', 4],
    ['', 0],
    ['many', 0],
    ['-4', 0],
    ['4.5', 0],
    ['1e99', 0],
  ])('about a tip names its reader and the part; with it she had %j: %i', (told, count) => {
    const seen = event('Send')
    const tags = {
      [tipTags.subscription]: ['AdaLovelaceHash0000000-weekly'],
      [tipTags.part]: ['two'],
      [tipTags.count]: [told],
    }
    Object.assign(seen.detail.mail, { tags })
    expect(readSesEvent(seen)?.about).toEqual({
      tip: { person: 'AdaLovelaceHash0000000', series: 'weekly' },
      part: 'two',
      count,
    })
    Object.assign(seen.detail.mail, { tags: { [tipTags.subscription]: tags[tipTags.subscription] } })
    expect(readSesEvent(seen)?.about).toMatchObject({ part: '', count: 0 })
  })

  test.each([
    undefined,
    null,
    {},
    event('Open'),
    { detail: { eventType: 'Send', mail: { messageId: 'x', tags: {} } } },
  ])('that is none of ours is ignored: %j', (odd) => expect(readSesEvent(odd)).toBeUndefined())
})

describe('what a client wants', () => {
  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['application/json', false],
    ['*/*', false],
    ['', false],
    ['text/html;q=0.1, application/json', false],
    ['text/html;q=0', false],
    ['application/json, text/html', true],
    ['TEXT/HTML', true],
  ])('%j is a browser: %s', (accept, browser) => expect(wantsHtml(accept)).toBe(browser))
})

describe('a draft as a message', () => {
  test('is read by a mail program as it was written', async () => {
    const draft = {
      subject: `Frage zu „Übersetzerbau“ ${'und mehr davon '.repeat(6)}👩‍💻`,
      body: 'Liebe Grace,\n\nзелёный чай?\n'.repeat(20),
    }
    const parsed = await PostalMime.parse(toEml(draft))
    expect(parsed.subject).toBe(draft.subject)
    expect(parsed.text?.replaceAll('\r\n', '\n').trim()).toBe(draft.body.trim())
    for (const line of toEml(draft).split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
  })

  test('has its subject as it is where that is ASCII, on one line, and a body that may be empty', () => {
    expect(toEml({ subject: 'A question\r\nfor you', body: '' })).toBe(
      [
        'Subject: A question for you',
        'X-Unsent: 1',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: base64',
        '',
        '',
      ].join('\r\n'),
    )
  })

  test.each([
    ['王'.repeat(13), 1],
    ['王'.repeat(14), 2],
    ['é', 1],
  ])('has in %s as many encoded words as it needs: %i', (subject, many) =>
    expect(toEml({ subject, body: 'x' }).match(/=\?UTF-8\?B\?[^?]+\?=/g)).toHaveLength(many),
  )

  test.each(['one\ntwo\n', 'one\r\ntwo\r\n'])('ends each line of %j as mail does', (body) => {
    const [, encoded = ''] = toEml({ subject: 'x', body }).split('\r\n\r\n')
    expect(Buffer.from(encoded, 'base64').toString()).toBe('one\r\ntwo\r\n')
  })
})

test.each([
  ['Grace Hopper', 'Grace'],
  ['Dr. Grace Hopper', 'Grace'],
  ['dr grace hopper', 'Grace'],
  ['Prof. Dr. Grace Hopper', 'Grace'],
  ['Prof. JOSÉ GARCÍA LÓPEZ', 'José'],
  ['JEAN DUPONT', 'Jean'],
  ['Ms. Lee', 'Ms. Lee'],
  ['PROF. LEE', 'Prof. Lee'],
  ['Ms. de la Cruz', 'Ms. de la Cruz'],
  ['Dr. Al Gore', 'Al'],
  ['王小明', '王小明'],
  ['Dr.', 'Dr.'],
])('%s is called %s', (name, first) => expect(firstName(name)).toBe(first))
