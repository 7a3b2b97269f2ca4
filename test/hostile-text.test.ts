import fc from 'fast-check'
import ICAL from 'ical.js'
import PostalMime, { type Email } from 'postal-mime'
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { calendarEntry } from '../shared/calendar-entry.ts'
import { compose, type DraftName, draftNames } from '../shared/drafts.ts'
import { toEml } from '../shared/eml.ts'
import { decide, type EventName, events, record } from '../shared/events.ts'
import { linksOf } from '../shared/links.ts'
import { type RenderedMail, renderMail } from '../shared/mail/render.tsx'
import { renderConfirmSeries, renderTip, type TipTemplate } from '../shared/mail/tip.tsx'
import { type MailName, mailNames } from '../shared/mail-names.ts'
import { newRequest } from '../shared/new-request.ts'
import { plan } from '../shared/plan.ts'
import type { Instant, InterviewRequest } from '../shared/request.ts'
import { editable, readSubmission } from '../shared/submission.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { confirmValues, fill, tipValues } from '../shared/tips/values.ts'
import { cut, hostile, hostileEmail, taken, texts } from './hostile.ts'
import { hrefsOf, tagsOf } from './mail-html.ts'
import { ada, stage } from './people.ts'
import { part, ada as reader, weekly } from './readers.ts'
import { adasForm } from './traveller.ts'

/** What is typed goes the whole way: through the form and the events, into every mail, and out of it as a mail program reads it. */

const publicUrl = 'https://chats.example.org'
const { retention } = stage
type Step = [event: EventName, at: Instant, fields?: Record<string, unknown>]

/** The life of a request, once with every event that takes text; what is refused is told without it. `fields` took the text; `only` one may. */
const livesOf = (
  text: string | ((field: string) => string),
  only?: readonly string[],
): { lives: InterviewRequest[]; fields: string[] } => {
  const of = typeof text === 'string' ? () => text : text
  const { form, fields } = taken(of, only)
  const read = readSubmission(form, 'json')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  const { id, secret, person } = ada
  const now = '2026-11-23T14:00:00.000Z'
  const given = { id, secret, person, now, timeZone: 'America/New_York', retention }
  const asked = newRequest(read.value, { ...given, tipsConsent: { wording: 'w', from: 'f' } })
  const confirmed = record(asked, 'confirmed', { now: '2026-11-23T14:01:00.000Z', retention })
  if (!confirmed) throw new Error('Not confirmed')
  const story: Step[] = [
    ['revised', '2026-11-23T14:30:00.000Z', { topic: cut(of('revised.topic'), 'topic') }],
    ['sent', '2026-11-23T15:00:00.000Z'],
    ['replied', '2026-11-24T15:00:00.000Z'],
    [
      'scheduled',
      '2026-11-25T15:00:00.000Z',
      { start: '2026-12-08T15:00', place: cut(of('scheduled.place'), 'place') },
    ],
    [
      'rescheduled',
      '2026-11-26T15:00:00.000Z',
      { start: '2026-12-09T15:00', place: of('rescheduled.place').slice(0, 10) },
    ],
    [
      'met',
      '2026-12-09T21:00:00.000Z',
      { learned: of('met.learned'), promised: of('met.promised'), names: of('met.names') },
    ],
    ['thanked', '2026-12-10T15:00:00.000Z'],
  ]
  const lives = [asked, confirmed]
  for (const [event, at, told = {}] of story) {
    const present = lives.at(-1) as InterviewRequest
    const known = Object.keys(events[event].fields)
    // One field after the other, so that one that is refused takes no other along.
    const body: Record<string, unknown> = 'start' in told ? { start: told.start } : {}
    for (const [name, value] of Object.entries(told)) {
      if (name !== 'start' && only?.includes(`${event}.${name}`) === false) continue
      if (!known.includes(name)) throw new Error(`${event} has no ${name}`)
      if (decide(present, event, { body: { ...body, [name]: value }, from: 'json' }, { now: at, retention }).ok)
        body[name] = value
      if (name in body && name !== 'start') fields.push(`${event}.${name}`)
    }
    const decision = decide(present, event, { body, from: 'json' }, { now: at, retention })
    if (decision.ok) lives.push(decision.request)
    else if (event !== 'revised') throw new Error(`${event} was refused: ${JSON.stringify(decision)}`)
  }
  return { lives, fields }
}

/** The worst that could become of it on the way: put together as text, with nothing escaped. */
const wire = (
  { subject, html, text, headers, attachments = [] }: Omit<RenderedMail, 'attachments'> & Partial<RenderedMail>,
  to: string,
): string => {
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

/** What comes in one mail where it falls due together, as it often does. */
const merged: { [mail in MailName]?: MailName[] } = { prepare: ['day-before'], thank: ['debrief', 'refer'] }

/** Every mail in the moments of this life, as it arrives, or `only` those. */
const mailsOf = async (lives: readonly InterviewRequest[], only: readonly MailName[] = mailNames): Promise<Seen[]> => {
  const seen: Seen[] = []
  // One of each kind is enough: what a mail says follows from what was typed, and not from when.
  for (const request of lives.filter(({ state }, at) => state !== lives[at + 1]?.state && !quick.includes(state))) {
    const now = request.history.at(-1)?.at ?? ''
    const upcoming = plan([{ request, mails: [] }], stage.calendar, now).mails
    for (const mailName of only) {
      if ((mailName === 'confirm') !== (request.state === 'unconfirmed')) continue
      for (const others of [[], merged[mailName] ?? []].slice(0, merged[mailName] ? 2 : 1)) {
        const rendered = renderMail({ stage, publicUrl, now, request, mail: mailName, merged: others, upcoming })
        const mail = await PostalMime.parse(wire(rendered, request.seeker.email))
        seen.push({ name: `${[mailName, ...others].join('+')} while ${request.state}`, request, rendered, mail, now })
      }
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

const { lives: plainLives } = livesOf('a plain answer')
const plain = await mailsOf(plainLives)
const known = {
  elements: new Set(plain.flatMap(({ rendered }) => elements(rendered.html))),
  links: new Set(plain.flatMap(({ rendered }) => hrefsOf(rendered.html))),
}
const headerNames = ({ headers }: Email): string[] => headers.map(({ key }) => key)

/** Characters that nobody sees, but for the two joiners, which names are written with. */
const UNSEEN = /(?![\u200c\u200d])\p{Cf}/u
/** Without what keeps the first words of the body out of the preview: that is our own. */
const withoutPadding = (html: string): string => html.replace(/(?:\u00a0\u200c\u200b\u200d\u200e\u200f\ufeff)+/g, '')

const expectNothingMore = async (
  text: string,
  { mails, drafts = draftNames }: { mails?: readonly MailName[]; drafts?: readonly DraftName[] } = {},
): Promise<Seen[]> => {
  const { lives } = livesOf(text)
  const seen = await mailsOf(lives, mails)
  for (const { name, request, rendered, mail, now } of seen) {
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
    expect(withoutPadding(rendered.html) + rendered.text, name).not.toMatch(UNSEEN)
    for (const { content } of rendered.attachments) expect(content, name).not.toMatch(UNSEEN)
    const entry = calendarEntry(request, { now, pageUrl: linksOf(publicUrl, request).page })
    const plainEntry = same && calendarEntry(same.request, { now, pageUrl: linksOf(publicUrl, request).page })
    if (entry && plainEntry) {
      expect(entry.content, name).not.toMatch(UNSEEN)
      // A place that was refused is none.
      const own = propertiesOf(entry.content)
      expect(
        propertiesOf(plainEntry.content).filter((property) => property !== 'vevent.location' || own.includes(property)),
        name,
      ).toEqual(own)
    }
  }
  for (const request of lives)
    for (const draft of drafts) {
      const composed = compose(draft, request)
      if (composed.kind !== 'draft') continue
      expect(composed.subject + composed.body + composed.alternative?.body, draft).not.toMatch(UNSEEN)
      const { headers, to, subject, text: body } = await PostalMime.parse(toEml(composed))
      expect(
        headers.map(({ key }) => key),
        draft,
      ).toEqual(['subject', 'x-unsent', 'mime-version', 'content-type', 'content-transfer-encoding'])
      expect(to, draft).toBeUndefined()
      expect(body?.replaceAll('\r\n', '\n').trim(), draft).toBe(composed.body.trim())
      expect(subject, draft).toBe(composed.subject)
    }
  return seen
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
  expect(new Set(plain.flatMap(({ name }) => name.split(' ')[0]?.split('+') ?? []))).toEqual(new Set(mailNames))
  expect(plain.filter(({ name }) => name.includes('+')).length).toBeGreaterThan(1)
  expect(plain.filter(({ mail }) => mail.attachments.length > 0).length).toBeGreaterThan(2)
})

/** Every mail where none of the text was taken. */
const refused = new Map((await mailsOf(livesOf('\u0000').lives)).map(({ name, rendered }) => [name, rendered.text]))

/** Fields of the form and of events, by what they take. */
const [oneLine, severalLines] = [
  [...texts, 'revised.topic', 'scheduled.place', 'rescheduled.place'],
  ['met.learned', 'met.promised', 'met.names'],
]

describe('whatever is typed into any field', () => {
  test.each(Object.entries(hostile))('%s adds nothing to any mail, draft or calendar entry', async (_kind, text) => {
    const seen = await expectNothingMore(text)
    // What was taken is in a mail, and what was not is in none.
    const isSaid = seen.some(({ name, rendered }) => rendered.text !== refused.get(name))
    expect(isSaid).toBe(livesOf(text).fields.length > 0)
  })

  test('is taken by the fields that can hold it, so that it has been in the mails', () => {
    const named = Object.fromEntries(
      Object.entries(hostile).map(([kind, text]) => {
        const { fields } = livesOf(text)
        const missing = [...oneLine, ...severalLines].filter((field) => !fields.includes(field))
        return [
          kind,
          fields.length < 7 ? fields.join(', ') : missing.length === 0 ? 'all' : `all but ${missing.join(', ')}`,
        ]
      }),
    )
    expect(named).toMatchInlineSnapshot(`
      {
        "addressInWords": "all but seekerName, contactName",
        "addresses": "all but seekerName, contactName",
        "attribute": "all",
        "bareFeed": "met.learned, met.promised, met.names",
        "bidi": "",
        "brokenCharacters": "",
        "calendar": "all but seekerName, contactName",
        "calendarFeed": "met.learned, met.promised, met.names",
        "closing": "all but seekerName, contactName",
        "controls": "",
        "encoded": "all but seekerName, contactName",
        "entities": "all",
        "formula": "all but seekerName, contactName",
        "headers": "met.learned, met.promised, met.names",
        "long": "all",
        "lookalikes": "all but seekerName, contactName",
        "manyMarks": "all",
        "markdown": "all but seekerName, contactName",
        "marks": "all",
        "otherScheme": "all but seekerName, contactName",
        "prototype": "all",
        "tags": "all",
        "template": "all",
        "unicodeFeed": "",
        "unseen": "all",
      }
    `)
  })

  test('and no event takes words in another field', () => {
    const words = Object.entries(events).flatMap(([event, { fields }]) =>
      Object.entries(fields)
        .filter(([, schema]) => z.safeParse(schema, 'Quokka words').success)
        .map(([name]) => `${event}.${name}`),
    )
    // When it went out is read as a time. What is revised are fields of the form.
    const others = ['sent.at', ...texts.map((field) => `revised.${field}`)]
    expect(words.filter((field) => !others.includes(field)).toSorted()).toEqual(
      [...oneLine, ...severalLines].filter((field) => field.includes('.') && !others.includes(field)).toSorted(),
    )
  })

  test('and what a field holds is in a mail, from each of them', async () => {
    // Of two that say the same thing the later one alone would be seen.
    const later = ['revised.topic', 'rescheduled.place']
    const fields = [...oneLine, ...severalLines]
    const said = async (some: readonly string[]) => {
      const { lives } = livesOf((field) => `Quokka${String.fromCharCode(97 + fields.indexOf(field))}`, some)
      return JSON.stringify((await mailsOf(lives)).map(({ mail }) => mail.text)).match(/Quokka./g)
    }
    const words = [
      ...((await said(fields.filter((field) => !later.includes(field)))) ?? []),
      ...((await said(later)) ?? []),
    ]
    expect(fields.filter((_, at) => !words.includes(`Quokka${String.fromCharCode(97 + at)}`))).toEqual([])
  })

  test('nor does any mixture of it', { timeout: 120_000 }, async () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(hostile).map((text) => text.slice(0, 80))),
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '\r\n',
        '\n',
        ':',
        ';',
        ',',
        '\\',
        '{{',
        '}}',
        'a ',
        ' ',
        '\u00ad',
        '\u200f',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...mailNames),
        fc.constantFrom(...draftNames),
        async (pieces, mail, draft) =>
          void (await expectNothingMore(pieces.join(''), { mails: [mail], drafts: [draft] })),
      ),
      { numRuns: 120 },
    )
  })
})

describe('a tip, and the mail that asks to confirm it', () => {
  const links = subscriptionLinks(publicUrl, reader)
  const series = renderTip({ stage, publicUrl, series: weekly, part: part('two') })
  const asking = renderConfirmSeries({ stage, publicUrl, reminder: false })
  const reminding = renderConfirmSeries({ stage, publicUrl, reminder: true })
  const list = [
    { name: 'List-Unsubscribe', value: `<${links.unsubscribe}>` },
    { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
  ]
  const arrived = async (template: TipTemplate, values: Record<string, string>) => {
    const filled = fill(template, values)
    const mail = await PostalMime.parse(wire({ ...filled, headers: [...filled.headers, ...list] }, hostileEmail))
    return { filled, mail }
  }
  const tipFor = (firstName: string) => arrived(series, tipValues({ firstName, place: 'Part 2 of 3', ...links }))

  test.each(Object.entries(hostile))('get nothing more by %s as a first name', async (_kind, text) => {
    const [nameless, hello] = [await tipFor(''), await tipFor(cut(text, 'seekerName').slice(0, 60))]
    expect(headerNames(hello.mail)).toEqual(headerNames(nameless.mail))
    expect(hello.mail.subject).toBe(nameless.mail.subject)
    expect(hello.mail.to?.map(({ address }) => address)).toEqual([hostileEmail])
    expect([hello.mail.cc, hello.mail.bcc, hello.mail.attachments]).toEqual([undefined, undefined, []])
    expect(elements(hello.filled.html)).toEqual(elements(nameless.filled.html))
    expect(hrefsOf(hello.filled.html)).toEqual(hrefsOf(nameless.filled.html))
    expect(hello.mail.text?.trim()).toBe(hello.filled.text.trim())
    expect(withoutPadding(hello.filled.html) + hello.filled.text).not.toMatch(UNSEEN)
    const greeting = /^Hello.*$/m
    expect(hello.filled.text.replace(greeting, '')).toBe(nameless.filled.text.replace(greeting, ''))
  })

  test('arrive as they were written, to the reader alone', async () => {
    const confirming = confirmValues({ confirm: links.confirm, unsubscribe: links.unsubscribe })
    const [tip, asked, reminded] = [
      await tipFor('Ada'),
      await arrived(asking, confirming),
      await arrived(reminding, confirming),
    ]
    expect(reminded.mail.subject).not.toBe(asked.mail.subject)
    for (const { mail, filled } of [tip, asked, reminded]) {
      expect(mail.to?.map(({ address }) => address)).toEqual([hostileEmail])
      expect([mail.cc, mail.bcc, mail.attachments]).toEqual([undefined, undefined, []])
      expect([mail.subject, mail.text?.trim()]).toEqual([filled.subject, filled.text.trim()])
      expect(headerNames(mail)).toContain('list-unsubscribe')
    }
    expect((await tipFor('Ada')).filled.text).toContain('Hello Ada,')
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
