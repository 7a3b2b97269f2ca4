import fc from 'fast-check'
import ICAL from 'ical.js'
import PostalMime, { type Email } from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { calendarEntry } from '../shared/calendar-entry.ts'
import { compose, draftNames } from '../shared/drafts.ts'
import { toEml } from '../shared/eml.ts'
import { decide, type EventName, events, record } from '../shared/events.ts'
import { linksOf } from '../shared/links.ts'
import { type RenderedMail, renderMail } from '../shared/mail/render.tsx'
import { mailNames } from '../shared/mail-names.ts'
import { newRequest } from '../shared/new-request.ts'
import { plan } from '../shared/plan.ts'
import type { Instant, InterviewRequest } from '../shared/request.ts'
import { editable, readSubmission } from '../shared/submission.ts'
import { hostile } from './hostile.ts'
import { hrefsOf, tagsOf } from './mail-html.ts'
import { ada, stage } from './people.ts'
import { adasForm } from './traveller.ts'

/** What is typed goes the whole way: through the form and the events, into every mail, and out of it as a mail program reads it. */

const publicUrl = 'https://chats.example.org'
const { retention } = stage
const texts = [
  'seekerName',
  'introduction',
  'contactName',
  'contactRole',
  'organization',
  'connection',
  'topic',
] as const

/** Of these fields those that are taken with this text; the others as Ada fills them in. */
const taken = (text: string): typeof adasForm => {
  let form = adasForm
  for (const field of texts) {
    const cut = [...text]
      .slice(0, { seekerName: 100, contactName: 100, contactRole: 100 }[field as string] ?? 150)
      .join('')
    const tried = { ...form, [field]: cut }
    if (readSubmission(tried, 'json').ok) form = tried
  }
  return form
}

type Step = [event: EventName, at: Instant, fields?: Record<string, unknown>]

/** The life of a request, once with every event that takes text; what is refused is told without it. */
const livesOf = (text: string): InterviewRequest[] => {
  const read = readSubmission(taken(text), 'json')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  const { id, secret, person } = ada
  const now = '2026-11-23T14:00:00.000Z'
  const given = { id, secret, person, now, timeZone: 'America/New_York', retention }
  const asked = newRequest(read.value, { ...given, tipsConsent: { wording: 'w', from: 'f' } })
  const confirmed = record(asked, 'confirmed', { now: '2026-11-23T14:01:00.000Z', retention })
  if (!confirmed) throw new Error('Not confirmed')
  const place = [...text].slice(0, 300).join('')
  const story: Step[] = [
    ['revised', '2026-11-23T14:30:00.000Z', { topic: [...text].slice(0, 150).join('') }],
    ['sent', '2026-11-23T15:00:00.000Z'],
    ['replied', '2026-11-24T15:00:00.000Z'],
    ['scheduled', '2026-11-25T15:00:00.000Z', { start: '2026-12-08T15:00', place }],
    ['rescheduled', '2026-11-26T15:00:00.000Z', { start: '2026-12-09T15:00', place: text.slice(0, 10) }],
    ['met', '2026-12-09T21:00:00.000Z', { learned: text, promised: text, names: text }],
    ['thanked', '2026-12-10T15:00:00.000Z'],
  ]
  const lives = [asked, confirmed]
  for (const [event, at, fields = {}] of story) {
    const present = lives.at(-1) as InterviewRequest
    const known = Object.keys(events[event].fields)
    // One field after the other, so that one that is refused takes no other along.
    const body: Record<string, unknown> = 'start' in fields ? { start: fields.start } : {}
    for (const [name, value] of Object.entries(fields)) {
      if (!known.includes(name)) throw new Error(`${event} has no ${name}`)
      if (decide(present, event, { body: { ...body, [name]: value }, from: 'json' }, { now: at, retention }).ok)
        body[name] = value
    }
    const decision = decide(present, event, { body, from: 'json' }, { now: at, retention })
    if (decision.ok) lives.push(decision.request)
    else if (event !== 'revised') throw new Error(`${event} was refused: ${JSON.stringify(decision)}`)
  }
  return lives
}

/** The worst that could become of it on the way: put together as text, with nothing escaped. */
const wire = ({ subject, html, text, headers, attachments }: RenderedMail, to: string): string => {
  const part = (boundary: string, head: string[], content: string): string[] => [
    `--${boundary}`,
    ...head,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(content).toString('base64'),
  ]
  return [
    'From: "Coffee Chats" <assistant@dev.example.org>',
    `To: ${to}`,
    `Subject: ${subject}`,
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    ...part('inner', ['Content-Type: text/plain; charset=utf-8'], text),
    ...part('inner', ['Content-Type: text/html; charset=utf-8'], html),
    '--inner--',
    ...attachments.flatMap(({ filename, contentType, content }) =>
      part(
        'outer',
        [`Content-Type: ${contentType}`, `Content-Disposition: attachment; filename="${filename}"`],
        content,
      ),
    ),
    '--outer--',
    '',
  ].join('\r\n')
}

type Seen = { name: string; request: InterviewRequest; rendered: RenderedMail; mail: Email; now: Instant }

/** States in which nothing stands that does not stand in a later one too. */
const quick: readonly string[] = ['sent', 'replied', 'met']

/** Every mail in the moments of this life, as it arrives. */
const mailsOf = async (lives: readonly InterviewRequest[]): Promise<Seen[]> => {
  const seen: Seen[] = []
  // One of each kind is enough: what a mail says follows from what was typed, and not from when.
  for (const request of lives.filter(({ state }, at) => state !== lives[at + 1]?.state && !quick.includes(state))) {
    const now = request.history.at(-1)?.at ?? ''
    const upcoming = plan([{ request, mails: [] }], stage.calendar, now).mails
    for (const name of mailNames) {
      if ((name === 'confirm') !== (request.state === 'unconfirmed')) continue
      const rendered = renderMail({ stage, publicUrl, now, request, mail: name, merged: [], upcoming })
      const mail = await PostalMime.parse(wire(rendered, request.seeker.email))
      seen.push({ name: `${name} while ${request.state}`, request, rendered, mail, now })
    }
  }
  return seen
}

const elements = (html: string): string[] =>
  tagsOf(html).map(({ name, attributes: { href: _href, ...rest } }) => `${name} ${JSON.stringify(rest)}`)

const propertiesOf = (content: string): string[] => {
  const calendar = new ICAL.Component(ICAL.parse(content))
  const inside = (component: ICAL.Component, depth: number): string[] => [
    ...component.getAllProperties().map(({ name }) => `${component.name}.${name}`),
    ...(depth > 3 ? [] : component.getAllSubcomponents().flatMap((part) => [part.name, ...inside(part, depth + 1)])),
  ]
  return inside(calendar, 0).sort()
}

const plainLives = livesOf('a plain answer')
const plain = await mailsOf(plainLives)
const known = {
  elements: new Set(plain.flatMap(({ rendered }) => elements(rendered.html))),
  links: new Set(plain.flatMap(({ rendered }) => hrefsOf(rendered.html))),
}
const headerNames = ({ headers }: Email): string[] => headers.map(({ key }) => key)

const expectNothingMore = async (text: string): Promise<void> => {
  const lives = livesOf(text)
  for (const { name, request, rendered, mail, now } of await mailsOf(lives)) {
    const same = plain.find((other) => other.name === name)
    // No header more, nobody more, nothing attached more.
    expect(headerNames(mail), name).toEqual(headerNames(same?.mail as Email))
    expect(
      mail.to?.map(({ address }) => address),
      name,
    ).toEqual([request.seeker.email])
    expect([mail.cc, mail.bcc, mail.replyTo], name).toEqual([undefined, undefined, undefined])
    expect(mail.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual(
      same?.mail.attachments.map(({ filename, mimeType }) => [filename, mimeType]),
    )
    expect(rendered.headers, name).toEqual(same?.rendered.headers)
    // It arrives as it was written, and a subject is no place for a link.
    expect(mail.text?.trim(), name).toBe(rendered.text.trim())
    expect(mail.html?.trim(), name).toBe(rendered.html.trim())
    expect(rendered.subject, name).not.toMatch(/https?:|www\.|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/iu)
    // No element and no attribute that no mail has, and no link but ours.
    expect(
      elements(rendered.html).filter((element) => !known.elements.has(element)),
      name,
    ).toEqual([])
    expect(
      hrefsOf(rendered.html).filter((href) => !isOurs(href)),
      name,
    ).toEqual([])
    expect(rendered.html + rendered.text, name).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
    const entry = calendarEntry(request, { now, pageUrl: linksOf(publicUrl, request).page })
    const plainEntry = same && calendarEntry(same.request, { now, pageUrl: linksOf(publicUrl, request).page })
    if (entry && plainEntry) {
      // A place that was refused is none.
      const own = propertiesOf(entry.content)
      expect(
        propertiesOf(plainEntry.content).filter((property) => property !== 'vevent.location' || own.includes(property)),
        name,
      ).toEqual(own)
    }
  }
  for (const request of lives)
    for (const draft of draftNames) {
      const composed = compose(draft, request)
      if (composed.kind !== 'draft') continue
      const { headers, to, text: body } = await PostalMime.parse(toEml(composed))
      expect(
        headers.map(({ key }) => key),
        draft,
      ).toEqual(['subject', 'x-unsent', 'mime-version', 'content-type', 'content-transfer-encoding'])
      expect(to, draft).toBeUndefined()
      expect(body?.replaceAll('\r\n', '\n').trim(), draft).toBe(composed.body.trim())
    }
}

/** Of the house, and one that the same request leads to with plain text. */
const isOurs = (href: string): boolean => known.links.has(href) || linksOfAda.has(href)
const linksOfAda = new Set(
  Object.values(linksOf(publicUrl, ada)).flatMap((link) =>
    typeof link === 'string'
      ? [link]
      : [...Object.keys(events), ...draftNames].map((name) => (link as (of: never) => string)(name as never)),
  ),
)

test('the plain life has every field that takes text, and every mail', () => {
  expect(
    Object.keys(editable).filter((field) => !['minutes', 'channel', 'followUps', 'timeZone'].includes(field)),
  ).toEqual([...texts])
  expect(plainLives).toHaveLength(9)
  const text = JSON.stringify(plainLives.at(-1))
  expect(text.match(/a plain answer/g)?.length).toBeGreaterThanOrEqual(11)
  expect(new Set(plain.map(({ name }) => name.split(' ')[0]))).toEqual(new Set(mailNames))
  expect(plain.filter(({ mail }) => mail.attachments.length > 0).length).toBeGreaterThan(2)
})

describe('whatever is typed into any field', () => {
  test.each(Object.entries(hostile))('%s adds nothing to any mail, draft or calendar entry', async (_kind, text) => {
    await expectNothingMore(text)
  })

  test('nor does any mixture of it', { timeout: 120_000 }, async () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(hostile).map((text) => text.slice(0, 80))),
      fc.constantFrom('<', '>', '"', "'", '&', '\r\n', '\n', ':', ';', ',', '\\', '{{', '}}', 'a ', ' '),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => expectNothingMore(pieces.join(''))),
      { numRuns: 6 },
    )
  })
})

test('a name takes no link, and no field of one line a second one', () => {
  for (const text of [
    hostile.addressInWords,
    hostile.otherScheme.replace('javascript:', 'https://'),
    hostile.headers,
    hostile.bareFeed,
    hostile.unicodeFeed,
    hostile.bidi,
    hostile.controls,
    hostile.brokenCharacters,
  ])
    for (const field of ['seekerName', 'contactName'])
      expect(readSubmission({ ...adasForm, [field]: text.slice(0, 90) }, 'json').ok, `${field} ${text}`).toBe(false)
})
