import { describe, expect, test } from 'vitest'
import { draftNames } from '../shared/drafts.ts'
import { decide, type EventName, isAllowed, record } from '../shared/events.ts'
import { linksOf } from '../shared/links.ts'
import { scissors } from '../shared/mail/blocks.tsx'
import { colours, pairs } from '../shared/mail/colours.ts'
import { slotsFrom, whenIn } from '../shared/mail/dates.ts'
import { factsOf } from '../shared/mail/facts.tsx'
import { type MailContext, renderMail } from '../shared/mail/render.tsx'
import { timeBudget } from '../shared/mail/sheet.tsx'
import { type MailName, mailNames } from '../shared/mail-names.ts'
import { plan } from '../shared/plan.ts'
import { type Instant, type InterviewRequest, type LedgerMail, type State, states } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'
import { faultsOf, hrefsOf, inksOf, levelsOf, paragraphsOf, pretty, strangersIn, tagsOf, wordsIn } from './mail-html.ts'
import { ada, stage } from './people.ts'

const publicUrl = 'https://chats.example.org'

type Told = [event: EventName | 'confirmed', at: Instant, body?: Record<string, unknown>]

/**
 * A request lived through: every mail that the plan sends, in the context in which it goes out. What the seeker tells us
 * happens at its time, and every mail before it.
 */
const journey = (start: InterviewRequest, told: Told[], until: Instant): MailContext[] => {
  let request = start
  let now = request.history[0]?.at ?? ''
  const ledger: LedgerMail[] = []
  const sent: MailContext[] = []
  const events = [...told]
  for (;;) {
    const [event] = events
    const planned = plan([{ request, mails: ledger }], stage.calendar, now).mails
    const [first] = planned
    if (first && first.dueAt <= (event?.[1] ?? until)) {
      if (first.dueAt > now) now = first.dueAt
      const merged = first.merged.map(({ mail }) => mail)
      sent.push({ stage, publicUrl, now, request, mail: first.mail, merged, upcoming: planned.slice(1) })
      for (const { mail, occurrence } of [first, ...first.merged]) {
        ledger.push({
          requestId: request.id,
          mail,
          occurrence,
          state: 'sent',
          dueAt: now,
          latestAt: now,
          attempts: 1,
          at: now,
        })
      }
      const row = workflow[first.mail] as Row
      if (row.leadsTo) request = record(request, row.leadsTo, { now, retention: stage.retention }) ?? request
    } else if (event) {
      events.shift()
      const [name, at, body = {}] = event
      now = at
      if (name === 'confirmed') {
        request = record(request, name, { now, retention: stage.retention }) ?? request
        continue
      }
      const decision = decide(request, name, { body, from: 'json' }, { now, retention: stage.retention })
      if (!decision.ok) throw new Error(`${name} at ${at} in ${request.state}: ${JSON.stringify(decision)}`)
      request = decision.request
    } else {
      return sent
    }
  }
}

/** Tenzin: on LinkedIn, in Kathmandu, sent by a friend, with a CV to be read and three follow-ups to send. */
const tenzin: InterviewRequest = {
  ...ada,
  id: '01JDTENZ0000000000000000NN',
  secret: 'BBBBBBBBBBBBBBBBBBBBBB',
  seeker: {
    name: 'Tenzin Dolma',
    email: 'tenzin@example.org',
    introduction: 'Final-year hydrology student',
    timeZone: 'Asia/Kathmandu',
  },
  contact: {
    name: 'Dr. María Núñez',
    organization: 'the Mountain Water Institute',
    source: 'referral',
    connection: 'Pasang Lama, my thesis supervisor, gave me your name',
  },
  goal: 'resume-feedback',
  topic: 'flood forecasting',
  minutes: 30,
  channel: 'linkedin',
  followUps: 3,
}

const outcome = {
  learned: 'start with the billing data of a small river, not with the model',
  promised: 'to try her exercise on the upper valley',
  promisedBy: '2027-02-01',
  names: 'Sunita Rai at the weather office; perhaps also her colleague who does the radar',
}

const journeys = (person: InterviewRequest) => {
  const asked: Told[] = [['confirmed', '2026-11-23T14:01:00.000Z']]
  const sent: Told[] = [...asked, ['sent', '2026-12-04T15:00:00.000Z']]
  const replied: Told[] = [...sent, ['replied', '2026-12-07T15:00:00.000Z']]
  const scheduled: Told[] = [
    ...replied,
    [
      'scheduled',
      '2026-12-09T15:20:00.000Z',
      person === ada
        ? { start: '2026-12-17T15:00', place: 'The café on the ground floor, 12 Pine Street' }
        : { start: '2026-12-17T09:00', timeZone: 'Europe/Madrid', place: 'https://meet.example.com/rio' },
    ],
  ]
  const met: Told[] = [...scheduled, ['met', '2026-12-18T20:00:00.000Z', person === ada ? {} : outcome]]
  const thanked: Told[] = [...met, ['thanked', '2026-12-19T16:00:00.000Z']]
  return {
    quiet: journey(person, sent, '2027-02-01T00:00:00.000Z'),
    met: journey(person, thanked, '2027-07-01T00:00:00.000Z'),
    landed: journey(
      person,
      [...thanked, ['closed', '2027-01-20T16:00:00.000Z', { landed: true }]],
      '2027-02-01T00:00:00.000Z',
    ),
    later: journey(
      person,
      [...sent, ['deferred', '2026-12-08T15:00:00.000Z', { until: '2027-01-11' }]],
      '2027-01-12T00:00:00.000Z',
    ),
    'called-off': journey(
      person,
      [...scheduled, ['cancelled', '2026-12-10T15:00:00.000Z']],
      '2026-12-10T16:00:00.000Z',
    ),
    soon: journey(
      person,
      [
        ...replied,
        ['scheduled', '2026-12-08T16:00:00.000Z', { start: '2026-12-09T11:00' }],
        ['met', '2026-12-09T17:00:00.000Z'],
      ],
      '2026-12-11T16:00:00.000Z',
    ),
    'by-chance': journey(
      person,
      [...replied, ['met', '2026-12-07T20:00:00.000Z', person === ada ? {} : outcome]],
      '2026-12-07T23:30:00.000Z',
    ),
    moved: journey(
      person,
      [...scheduled, ['rescheduled', '2026-12-10T15:00:00.000Z', { start: '2026-12-22T10:30' }]],
      '2026-12-10T16:00:00.000Z',
    ),
  }
}

const people = { ada, tenzin } as const

const toldFirst: Told[] = [['confirmed', '2026-11-23T14:01:00.000Z']]

/** What a journey does not show: other channels, scripts, and too little to write from. */
const variants: Record<string, MailContext> = {
  'draft.by-phone': firstMail({
    channel: 'phone',
    contact: { ...ada.contact, source: 'target-company', connection: 'your team page' },
  }),
  'draft.asked-back': firstMail({ contact: { name: 'Grace Hopper', organization: 'Navy Computing', source: 'cold' } }),
  'draft-reminder.asked-back': firstMail(
    { contact: { name: 'Grace Hopper', organization: 'Navy Computing', source: 'cold' } },
    'draft-reminder',
  ),
  'draft.right-to-left': firstMail({
    seeker: { ...ada.seeker, name: 'ליאת כהן', introduction: 'סטודנטית לביולוגיה' },
    contact: { name: 'ليلى حداد', organization: 'مختبر البحر', source: 'alumni', connection: 'درسنا في جامعة حيفا' },
    topic: 'أحياء البحر',
  }),
}

const lived = (person: InterviewRequest, mail: MailName): MailContext => {
  const found = journeys(person).met.find((context) => context.mail === mail)
  if (!found) throw new Error(`No ${mail} in the journey`)
  return found
}

variants['prepare+day-before'] = { ...lived(tenzin, 'prepare'), merged: ['day-before'] }
variants['thank+debrief'] = {
  ...lived(ada, 'thank'),
  merged: ['debrief'],
  request: { ...lived(ada, 'thank').request, state: 'met' },
}
variants['confirm.with-the-tips'] = firstMail({ tips: true }, 'confirm')
variants['draft.with-a-privacy-page'] = {
  ...firstMail({}),
  stage: { ...stage, brand: { ...stage.brand, privacyUrl: `${publicUrl}/privacy` } },
}

const phone = {
  channel: 'phone',
  contact: { ...ada.contact, source: 'target-company', connection: 'your team page' },
} as const satisfies Partial<InterviewRequest>
variants['draft-reminder.by-phone'] = firstMail(phone, 'draft-reminder')
variants['draft-reminder.by-phone.last'] = lastOf(toldFirst, 'draft-reminder', { ...ada, ...phone })

/** The last mail of that name in a story. */
function lastOf(told: Told[], wanted: MailName, person: InterviewRequest = ada, until?: Instant): MailContext {
  const found = journey(person, told, until ?? '2026-12-31T00:00:00.000Z').findLast(({ mail }) => mail === wanted)
  if (!found) throw new Error(`No ${wanted} in the journey`)
  return found
}

const dated: Told[] = [
  ...toldFirst,
  ['sent', '2026-11-24T15:00:00.000Z'],
  ['replied', '2026-11-25T15:00:00.000Z'],
  ['scheduled', '2026-11-30T15:00:00.000Z', { start: '2026-12-10T11:00', timeZone: 'Europe/Paris' }],
]
variants['invitation.new-date'] = lastOf(
  [
    ...dated,
    ['cancelled', '2026-12-01T15:00:00.000Z'],
    ['scheduled', '2026-12-02T15:00:00.000Z', { start: '2026-12-14T11:00' }],
  ],
  'invitation',
)
const onTheLine: InterviewRequest = {
  ...ada,
  seeker: { ...ada.seeker, timeZone: 'Pacific/Kiritimati' },
  contact: { ...ada.contact, name: 'HOPPER, GRACE' },
}
variants['invitation.another-day-for-her'] = lastOf(dated, 'invitation', onTheLine)
variants['day-before.another-day-for-her'] = lastOf(dated, 'day-before', onTheLine)
// Eight in the evening: the mail two hours later would come at night.
const evening: Told[] = [...dated.slice(0, 3), ['scheduled', '2026-11-30T15:00:00.000Z', { start: '2026-12-09T20:00' }]]
variants['thank.next-morning'] = lastOf(evening, 'thank')
variants['thank-reminder.day-after'] = lastOf(evening, 'thank-reminder')
variants['thank.late'] = {
  ...lastOf([...evening, ['met', '2026-12-10T02:00:00.000Z']], 'thank'),
  now: '2026-12-11T13:30:00.000Z',
}

function firstMail(changes: Partial<InterviewRequest>, wanted: MailName = 'draft'): MailContext {
  const found = journey({ ...ada, ...changes }, toldFirst, '2026-12-10T00:00:00.000Z').find(
    ({ mail }) => mail === wanted,
  )
  if (!found) throw new Error(`No ${wanted} in the journey`)
  return found
}

/** Every different mail of every journey, by name. */
const goldensOf = (person: InterviewRequest): [string, MailContext][] => {
  const found = new Map<string, MailContext>()
  const rendered = new Set<string>()
  for (const [story, mails] of Object.entries(journeys(person))) {
    for (const context of mails) {
      const reading = JSON.stringify(renderMail(context))
      if (rendered.has(reading)) continue
      rendered.add(reading)
      const plain = [context.mail, ...context.merged].join('+')
      const name = story === 'quiet' || story === 'met' ? plain : `${plain}.${story}`
      found.set(found.has(name) ? `${name}.again` : name, context)
    }
  }
  return [...found]
}

const goldens: [string, MailContext][] = [
  ...Object.entries(people).flatMap(([person, request]) =>
    goldensOf(request).map(([name, context]): [string, MailContext] => [`${person}/${name}`, context]),
  ),
  ...Object.entries(variants).map(([name, context]): [string, MailContext] => [`others/${name}`, context]),
]

describe('read as they were approved:', () => {
  test.each(goldens)('%s', async (name, context) => {
    const mail = renderMail(context)
    const head = [`Subject: ${mail.subject}`, ...mail.headers.map(({ name, value }) => `${name}: ${value}`)]
    const attached = mail.attachments.map(({ filename, contentType }) => `[${filename}, ${contentType}]`)
    await expect([...head, ...attached, '', mail.text].join('\n')).toMatchFileSnapshot(`golden/mails/${name}.txt`)
    await expect(pretty(mail.html)).toMatchFileSnapshot(`golden/mails/${name}.html`)
  })
})

test('every mail of the workflow is among the golden ones', () => {
  const seen = new Set(goldens.flatMap(([, { mail, merged }]) => [mail, ...merged]))
  expect(mailNames.filter((name) => !seen.has(name))).toEqual([])
})

const withoutLetters = (text: string): string =>
  text.replace(new RegExp(`${scissors.from}[^]*?${scissors.to}`, 'g'), '')

describe.each(goldens)('%s', (_name, context) => {
  const mail = renderMail(context)
  const tags = tagsOf(mail.html)

  test('is a valid document in English, said twice', async () => {
    expect(await faultsOf(mail.html)).toEqual([])
    const [html] = tags
    const first = tags[tags.findIndex(({ name }) => name === 'body') + 1]
    for (const tag of [html, first]) expect(tag?.attributes).toMatchObject({ lang: 'en', dir: 'ltr' })
    expect(mail.html.startsWith('<!DOCTYPE html>')).toBe(true)
  })

  test('has one h1, and headings that skip no level', () => {
    const levels = levelsOf(mail.html)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect(levels[0]).toBe(1)
    levels.forEach((level, at) => {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1)
    })
  })

  test('holds nothing but text and links to its own house', () => {
    expect(strangersIn(mail.html)).toEqual([])
    expect(hrefsOf(mail.html).filter((href) => !href.startsWith(`${publicUrl}/`))).toEqual([])
    expect(mail.html).not.toMatch(/url\(|@import|src=/)
    expect(tags.filter(({ name, attributes }) => name === 'table' && attributes.role !== 'presentation')).toEqual([])
  })

  test('says all of it in plain text as well', () => {
    for (const href of hrefsOf(mail.html)) expect(mail.text).toContain(href)
    const lines = withoutLetters(mail.text).split('\n')
    expect(lines.filter((line) => line.length > 78 && !/^[\s-]*https?:\/\/\S+$/.test(line))).toEqual([])
    expect(mail.text).not.toMatch(/<[a-z]|&[a-z]+;|undefined|null|\[object/)
    expect(mail.text).toContain(stage.brand.postalAddress)
    // Every word of the HTML that is not in a letter: the two parts come from one tree.
    const said = wordsIn(mail.text.replace(/^\s*https:\/\/chats\.example\.org\S+$/gm, ' '))
    for (const paragraph of paragraphsOf(mail.html)) {
      const [before = ''] = paragraph.split(' To copy it select the text')
      expect(said).toContain(before)
    }
  })

  test('offers no answer that the request would refuse', () => {
    const row = workflow[context.mail] as Row
    const state = row.leadsTo
      ? (record(context.request, row.leadsTo, { now: context.now, retention: stage.retention })?.state ??
        context.request.state)
      : context.request.state
    const offered = hrefsOf(mail.html).flatMap((href) => /\/events\/([a-z-]+)$/.exec(href)?.[1] ?? [])
    expect(offered.filter((event) => !isAllowed(event as EventName, state))).toEqual([])
  })

  test('has at most one button', () => {
    expect(tags.filter(({ attributes }) => attributes.class?.includes('ground-button')).length).toBeLessThanOrEqual(1)
  })

  test('carries headers that SES and RFC 8058 accept', () => {
    const { stop } = linksOf(publicUrl, context.request)
    expect(mail.headers).toEqual([
      { name: 'List-Unsubscribe', value: `<${stop}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
      { name: 'Auto-Submitted', value: 'auto-generated' },
      { name: 'X-Auto-Response-Suppress', value: 'All' },
    ])
    for (const { name, value } of mail.headers) {
      expect(name).toMatch(/^[!-9;-@A-~]{1,126}$/)
      expect(value).toMatch(/^[ -~]{1,995}$/)
    }
  })

  test('brings the calendar entry once, where there is one to bring', () => {
    const brings = [context.mail, ...context.merged].some((name) => ['invitation', 'prepare'].includes(name))
    const calledOff = context.mail === 'arrange' && context.request.meeting?.status === 'cancelled'
    expect(mail.attachments).toHaveLength(brings || calledOff ? 1 : 0)
  })

  test('paints text only in pairs that were measured', () => {
    expect([...inksOf(mail.html)].filter((colour) => !pairs.some(([text]) => text === colour))).toEqual([])
  })
})

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test.each(
  pairs.flatMap(([text, ground]) => (['light', 'dark'] as const).map((scheme) => [text, ground, scheme] as const)),
)('%s on %s can be read in the %s', (text, ground, scheme) => {
  const [high = 0, low = 0] = [colours[scheme][text], colours[scheme][ground]].map(luminance).sort((a, b) => b - a)
  expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5)
})

/** One mail of each name. */
const oneOfEach = mailNames.map((name) => {
  const found = goldens.find(([, { mail, merged }]) => mail === name || merged.includes(name))
  if (!found) throw new Error(name)
  return [name, { ...found[1], mail: name, merged: [] }] as [string, MailContext]
})

const withText = (context: MailContext, text: (field: string) => string, contactName: string): MailContext => ({
  ...context,
  request: {
    ...context.request,
    seeker: {
      ...context.request.seeker,
      name: text('Seeker'),
      introduction: text('Introduction'),
      email: 'canary-address@example.org',
    },
    contact: {
      ...context.request.contact,
      name: contactName,
      role: text('Role'),
      organization: text('Organization'),
      connection: text('Connection'),
    },
    topic: text('Topic'),
    ...(context.request.meeting ? { meeting: { ...context.request.meeting, place: text('Place') } } : {}),
    outcome: { ...context.request.outcome, learned: text('Learned'), promised: text('Promised'), names: text('Names') },
  },
})

describe.each(oneOfEach)('the envelope of %s', (name, context) => {
  test('carries the first name of the contact at most', () => {
    const { subject, html } = renderMail(withText(context, (field) => `Canary${field}`, 'Grace CanarySurname'))
    expect(subject).not.toContain('Canary')
    const preview = /data-skip-in-text="true">(.*?)<div>/s.exec(html)?.[1] ?? 'missing'
    expect(preview.length).toBeGreaterThan(20)
    expect(preview).not.toContain('Canary')
    expect(subject.length).toBeLessThanOrEqual(60)
    if (name === 'confirm') expect(subject).not.toContain('Grace')
  })

  test('stays one line, whatever the name', () => {
    for (const contactName of [
      'Grace\r\nBcc: victim@example.org',
      '\u202eecarG\u0000',
      'x'.repeat(100),
      '\ud800',
      '<script>alert(1)</script>',
      '{{name}}',
    ]) {
      const { subject } = renderMail(withText(context, () => 'x', contactName))
      expect(subject).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,120}$/u)
      expect(subject.isWellFormed()).toBe(true)
    }
  })
})

test('before the address is confirmed, nothing that was typed goes out', () => {
  const context = oneOfEach.find(([name]) => name === 'confirm')?.[1] as MailContext
  const other = renderMail(
    withText(
      { ...context, request: { ...context.request, goal: 'culture', channel: 'phone' } },
      (field) => `Canary${field}`,
      'Canary',
    ),
  )
  expect(other).toEqual(renderMail(context))
  expect(JSON.stringify(other).replace(/https:[^\s"<>\\]+/g, '')).not.toMatch(
    /canary|ada|lovelace|grace|hopper|compiler/i,
  )
})

const hostile = [
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '</pre></p></td></table><a href="https://evil.example">free</a>',
  '"><svg/onload=alert(1)> {{x}} $\u007by} <%= z %>',
  'line\r\nSubject: other\r\n\r\n<b>body</b>',
  '\u202egnp.exe\u202c \u2066x\u2069 \ufeff\u200b\u0000\u0007',
  'W'.repeat(200),
  '&lt;b&gt; &amp; <!-- --> ]]> <![CDATA[',
  '𝔘𝔫𝔦 🧑🏽‍🚀 \ud83d ok',
]

describe.each(oneOfEach)('%s takes hostile text as text', (_name, context) => {
  test.each(hostile)('%s', (text) => {
    const mail = renderMail(
      withText(context, (field) => `${field} ${text}`.slice(0, 290), `Grace ${text}`.slice(0, 100)),
    )
    expect(strangersIn(mail.html)).toEqual([])
    expect(hrefsOf(mail.html).filter((href) => !href.startsWith(`${publicUrl}/`))).toEqual([])
    expect(mail.html).not.toMatch(/<!--(?!\[if mso\])/)
    expect(mail.html.isWellFormed() && mail.text.isWellFormed()).toBe(true)
    expect(mail.text).not.toMatch(/[^\P{Cc}\n]/u)
  })
})

test('what is missing is asked for, and no letter is invented', () => {
  const mail = renderMail(variants['draft.asked-back'] as MailContext)
  expect(mail.subject).toBe('One question before you write to Grace')
  expect(mail.text).not.toContain(scissors.from)
  expect(hrefsOf(mail.html).filter((href) => href.includes('/events/') || href.includes('/drafts/'))).toEqual([])
})

test('a letter in the text part is the letter, ready to be copied', () => {
  for (const [, context] of goldens) {
    const { text } = renderMail(context)
    for (const [, letter = ''] of text.matchAll(new RegExp(`${scissors.from}\n\n([^]*?)\n\n${scissors.to}`, 'g'))) {
      const drafts = draftNames.map((name) => factsOf(context).draft(name)).filter((draft) => draft.kind === 'draft')
      expect(
        drafts.flatMap(({ body, alternative }) => [body, alternative?.body ?? '']).map((body) => body.trim()),
      ).toContain(letter)
    }
  }
})

describe('the minutes of a talk', () => {
  test.each([5, 9, 10, 15, 20, 30, 45, 60, 480])('%i are filled without a gap', (minutes) => {
    const budget = timeBudget(minutes)
    expect(budget[0]?.from).toBe(0)
    expect(budget.at(-1)?.to).toBe(minutes)
    budget.forEach(({ from, to }, at) => {
      expect(to).toBeGreaterThan(from)
      if (at > 0) expect(from).toBe(budget[at - 1]?.to)
    })
  })
})

describe('the times that are offered', () => {
  test.each(['America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati'])(
    'are working hours in %s',
    (timeZone) => {
      const calendar = { ...stage.calendar, timeZone, pauses: [] }
      for (let day = 0; day < 400; day += 1) {
        const now = new Date(Date.UTC(2026, 10, 23, 3) + day * 86_400_000).toISOString()
        const slots = slotsFrom(now, calendar)
        expect(slots).toHaveLength(3)
        expect(slots.toSorted()).toEqual(slots)
        for (const slot of slots) {
          expect(slot > now).toBe(true)
          expect(whenIn(slot, timeZone)).toMatch(/^(?:Mon|Tues|Wednes|Thurs|Fri)day, \d+ \w+ \d{4}, 1[04]:00, \w/)
        }
      }
    },
  )
})

/** One context for each state in which a mail can find a request. */
const oneOfEachState = states.map((state): [State, MailContext] => {
  const lived = goldens.find(([, { request }]) => request.state === state)?.[1]
  const thanked = goldens.find(([, { request }]) => request.state === 'thanked')?.[1] as MailContext
  return [state, lived ?? { ...thanked, request: { ...thanked.request, state } }]
})

describe.each(oneOfEachState)('while %s and paused without an end', (_state, context) => {
  const pauses = [{ from: '2026-11-23' }]
  test.each(mailNames)('%s can be written', (mail) => {
    const request = { ...context.request, pauses }
    expect(renderMail({ ...context, mail, merged: [], request }).text).toContain(stage.brand.postalAddress)
  })
})

test('a pause moves no time that is offered to somebody else', () => {
  const calendar = { ...stage.calendar, timeZone: 'America/New_York' }
  const now = '2026-11-23T15:00:00.000Z'
  const open = slotsFrom(now, { ...calendar, pauses: [] })
  expect(slotsFrom(now, { ...calendar, pauses: [{ from: '2026-11-23' }] })).toEqual(open)
  expect(slotsFrom(now, { ...calendar, pauses: [{ from: '2026-11-23', until: '2027-01-04' }] })).toEqual(open)
})

const variant = (name: string) => renderMail(variants[name] as MailContext)
/** The text part as one line, for what runs over a line end. */
const said = ({ text }: { text: string }): string => text.replace(/\s+/g, ' ')

test('every mail about a request says in full whom it is about, and only the confirmation does not', () => {
  for (const [, context] of oneOfEach) {
    const { contact } = context.request
    const line = `It is about your request to ${contact.name}, ${contact.organization}.`
    expect(said(renderMail(context)).includes(line)).toBe(context.mail !== 'confirm')
  }
})

test('after a talk was called off, the entry comes back; when it moved, it moves', () => {
  const again = said(variant('invitation.new-date'))
  expect(again).toContain('the talk is back in your calendar')
  expect(again).not.toMatch(/moves|has changed\. /)
  const moved = journeys(ada).moved.findLast(({ mail }) => mail === 'invitation') as MailContext
  expect(said(renderMail(moved))).toContain('the entry in your calendar moves')
})

test('a day is the seeker’s own, and the body names both', () => {
  const { subject, text } = variant('invitation.another-day-for-her')
  expect(subject).toBe('Friday, 11 December 2026: your talk with Grace')
  expect(text).toContain('Friday, with Grace')
  expect(text).toContain('With: Grace Hopper')
  expect(said({ text })).toContain('Day: Friday, 11 December 2026 for you (Thursday, 10 December 2026, by Paris time)')
  expect(variant('day-before.another-day-for-her').subject).toBe('Friday: you and Grace')
})

describe('the reminder of the first message', () => {
  const reminders = (changes: Partial<InterviewRequest>) =>
    journey({ ...ada, ...changes }, toldFirst, '2026-12-31T00:00:00.000Z')
      .filter(({ mail }) => mail !== 'confirm')
      .map(renderMail)

  test('names LinkedIn where it brings a note for it', () => {
    const [first, ...later] = reminders({})
    expect(said(first as never)).toContain('a shorter version for LinkedIn, if the message is still with you')
    expect(later).toHaveLength(2)
    for (const mail of later) expect(said(mail)).toContain('The small version, for LinkedIn')
  })

  test('on LinkedIn it calls nothing shorter: it is the note of the first mail', () => {
    const mails = reminders({ channel: 'linkedin' })
    expect(mails).toHaveLength(3)
    for (const mail of mails) expect(`${mail.subject} ${said(mail)}`).not.toMatch(/shorter|small version/)
  })

  test('by telephone it brings no note for LinkedIn', () => {
    const [first, ...later] = reminders(phone)
    expect(said(first as never)).toContain('a smaller way to begin, if you have not called')
    expect(later).toHaveLength(2)
    for (const { subject, text } of later) {
      expect(`${subject} ${text}`).not.toMatch(/LinkedIn|connect|message/)
      expect(text).toContain('I called:')
    }
  })

  test('while a question is open there is nothing shorter to announce', () => {
    const mails = reminders({ contact: { name: 'Grace Hopper', organization: 'Navy Computing', source: 'cold' } })
    expect(mails).toHaveLength(3)
    for (const mail of mails) expect(`${mail.subject} ${said(mail)}`).not.toMatch(/shorter|smaller|small version/)
    expect(said(mails[0] as never)).toContain('the same question, if it is still open')
  })
})

test('thanks are called fresh for a day, and still good after it', () => {
  expect(said(variant('thank.next-morning'))).not.toContain('Two hours after')
  expect(said(variant('thank.next-morning'))).toContain('while it is fresh')
  for (const name of ['thank.late', 'thank-reminder.day-after']) {
    const mail = variant(name)
    expect(`${mail.subject} ${said(mail)} ${mail.html}`).toContain('still good today')
    expect(`${mail.subject} ${said(mail)} ${mail.html}`).not.toMatch(/fresh|last good moment|Two hours/)
  }
})

test('nothing is to be chased where no follow-up is to come', () => {
  const mail = journey(
    { ...ada, followUps: 0 },
    [...toldFirst, ['sent', '2026-12-04T15:00:00.000Z']],
    '2026-12-31T00:00:00.000Z',
  ).find(({ mail }) => mail === 'widen') as MailContext
  expect(said(renderMail(mail))).toContain('Please do not chase it.')
})

test('the second nudge is another mail, and neither quotes a promise whose day is past', () => {
  const nudges = journeys(tenzin).met.filter(({ mail }) => mail === 'keep-in-touch')
  const [first, second] = nudges.map(renderMail)
  expect(first?.subject).not.toBe(second?.subject)
  const quoted = (context: MailContext, promisedBy: string) =>
    renderMail({
      ...context,
      request: { ...context.request, outcome: { ...context.request.outcome, promisedBy } },
    }).text.includes('You noted:')
  expect(nudges.map((context) => quoted(context, '2026-12-30'))).toEqual([false, false])
  expect(nudges.map((context) => quoted(context, '2027-12-30'))).toEqual([true, true])
})

test('what was put off comes back on the day the seeker chose, whoever asked for it', () => {
  const resume = journeys(ada).later.find(({ mail }) => mail === 'resume') as MailContext
  expect(said(renderMail(resume))).not.toContain('asked you to')
  expect(said(renderMail(resume))).toContain('the day you chose to come back to it')
})
