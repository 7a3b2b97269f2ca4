import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import fc from 'fast-check'
import type { Browser, BrowserContextOptions, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedEvents, decide, type EventName, events } from '../shared/events.ts'
import { linksOf } from '../shared/links.ts'
import { confirmedPage, confirmPage } from '../shared/pages/confirm.ts'
import { erasedPage, erasePage } from '../shared/pages/erase.ts'
import { errorPage } from '../shared/pages/error.ts'
import { eventPage } from '../shared/pages/event.ts'
import { formPage, lookInYourInboxPage } from '../shared/pages/form.ts'
import type { Page } from '../shared/pages/page.ts'
import { requestPage } from '../shared/pages/request.ts'
import { partPage, seriesPage } from '../shared/pages/series.ts'
import { stopPage, stoppedPage } from '../shared/pages/stop.ts'
import { subscribePage } from '../shared/pages/subscription.ts'
import { plan } from '../shared/plan.ts'
import {
  channels,
  goals,
  type Instant,
  type InterviewRequest,
  type LedgerMail,
  sources,
  states,
} from '../shared/request.ts'
import { honeypot, readSubmission } from '../shared/submission.ts'
import type { Series } from '../shared/tips/series.ts'
import { allZones } from '../shared/zone.ts'
import { openBrowser } from './browser.ts'
import { contents, readAloud, sha256, validator } from './page-kit.ts'
import { ada, confirmed, fileOf, having, inZone, row, settings, stage } from './people.ts'
import { fixtureSeries, partNamed, seriesOf } from './tips.ts'

const origin = 'http://chats.example.org'

// One journey, a day or two from step to step; `now` is the morning after the last of them.
const sent = having(confirmed, ['sent', '2026-11-24T15:00:00.000Z'])
const replied = having(sent, ['replied', '2026-12-01T15:00:00.000Z'])
const scheduled = having(replied, [
  'scheduled',
  '2026-12-02T15:00:00.000Z',
  { start: '2026-12-10T15:00', timeZone: 'Europe/London', minutes: 30, place: 'https://meet.example.org/ada' },
])
const met = having(scheduled, [
  'met',
  '2026-12-10T18:00:00.000Z',
  { learned: 'start with the linker', promised: 'send her my notes', promisedBy: '2027-01-15', names: 'Jean Bartik' },
])
const thanked = having(met, ['thanked', '2026-12-10T19:00:00.000Z'])
const inTouch = having(thanked, ['kept-in-touch', '2027-01-20T15:00:00.000Z'])

const mailed = [
  row(ada, 'confirm', '0', '2026-11-23T14:00:10.000Z', 'delivered'),
  row(confirmed, 'draft', '1', '2026-11-23T14:01:20.000Z', 'delivered'),
]

type Scene = { request: InterviewRequest; now: Instant; mails?: LedgerMail[] }

/** A request in every state, and in the turns that look different. */
const scenes: Record<string, Scene> = {
  unconfirmed: { request: ada, now: '2026-11-23T14:05:00.000Z' },
  drafted: { request: confirmed, now: '2026-11-23T14:05:00.000Z', mails: mailed },
  'drafted, on LinkedIn': { request: { ...confirmed, channel: 'linkedin' }, now: '2026-11-23T14:05:00.000Z' },
  'drafted, by phone': { request: { ...confirmed, channel: 'phone' }, now: '2026-11-23T14:05:00.000Z' },
  'drafted, too little said': {
    request: { ...confirmed, contact: { ...confirmed.contact, source: 'cold', connection: '' }, topic: 'a job' },
    now: '2026-11-23T14:05:00.000Z',
  },
  sent: { request: sent, now: '2026-11-26T15:00:00.000Z', mails: mailed },
  'sent, with a follow-up': {
    request: sent,
    now: '2026-12-04T15:00:00.000Z',
    mails: [
      ...mailed,
      {
        ...row(sent, 'widen', '2', '2026-11-28T13:30:00.000Z', 'skipped'),
        reason: 'more important mail took its days',
      },
      row(sent, 'follow-up', '2', '2026-12-03T13:30:00.000Z', 'delivered'),
    ],
  },
  'sent, paused': {
    request: having(sent, ['paused', '2026-11-25T15:00:00.000Z', { until: '2027-01-04' }]),
    now: '2026-11-26T15:00:00.000Z',
    mails: mailed,
  },
  replied: { request: replied, now: '2026-12-01T15:05:00.000Z', mails: mailed },
  scheduled: { request: scheduled, now: '2026-12-03T15:00:00.000Z', mails: mailed },
  'scheduled, talk over': { request: scheduled, now: '2026-12-10T18:00:00.000Z', mails: mailed },
  met: { request: met, now: '2026-12-10T18:05:00.000Z', mails: mailed },
  thanked: { request: thanked, now: '2026-12-11T15:00:00.000Z', mails: mailed },
  'in-touch': { request: inTouch, now: '2027-01-21T15:00:00.000Z', mails: mailed },
  'no-response': {
    request: {
      ...sent,
      state: 'no-response',
      history: [...sent.history, { event: 'rested', at: '2026-12-14T13:30:00.000Z', was: 'sent' }],
    },
    now: '2026-12-15T15:00:00.000Z',
    mails: mailed,
  },
  declined: { request: having(sent, ['declined', '2026-11-30T15:00:00.000Z']), now: '2026-12-01T15:00:00.000Z' },
  deferred: {
    request: having(sent, ['deferred', '2026-11-30T15:00:00.000Z', { until: '2027-03-01' }]),
    now: '2026-12-01T15:00:00.000Z',
  },
  closed: { request: having(sent, ['closed', '2026-11-30T15:00:00.000Z']), now: '2026-12-01T15:00:00.000Z' },
  'closed, with what was looked for': {
    request: having(thanked, ['closed', '2027-02-01T15:00:00.000Z', { landed: true }]),
    now: '2027-02-01T15:05:00.000Z',
    mails: mailed,
  },
  'in Arabic': {
    request: inZone(
      {
        ...confirmed,
        contact: { ...confirmed.contact, name: 'ليلى حداد', role: 'مديرة البيانات', organization: 'مستشفى الجامعة' },
        seeker: { ...confirmed.seeker, name: 'نور' },
      },
      'Asia/Kathmandu',
    ),
    now: '2026-11-23T14:05:00.000Z',
  },
}

const plannedOf = ({ request, now, mails = [] }: Scene) => plan([fileOf(request, mails)], settings, now).mails

const shown = ({ request, now, mails = [] }: Scene, more: Partial<Parameters<typeof requestPage>[0]> = {}): Page =>
  requestPage({
    stage,
    request,
    mails,
    planned: plannedOf({ request, now, mails }),
    links: linksOf(origin, request),
    now,
    ...more,
  })

const refused = {
  seekerName: 'Ada "the first" <b>Lovelace</b>',
  seekerEmail: 'ada at example',
  introduction: '',
  contactName: 'Grace Hopper',
  organization: 'Navy Computing',
  source: 'referral',
  goal: 'skills',
  topic: 'compiler work',
  minutes: '30',
  channel: 'phone',
  followUps: '0',
  tips: 'on',
  timeZone: 'Asia/Kathmandu',
}
const refusals = [
  { field: 'seekerEmail', message: 'This does not look like a mail address, such as ada@example.org.' },
  { field: 'introduction', message: 'Please fill in who you are, in one clause.' },
  { field: 'connection', message: 'Please say what links the two of you: the letter begins with it.' },
  { field: '', message: 'Please send it again in a while.' },
]

const links = linksOf(origin, sent)

/** Every page there is, by what it shows. */
const gallery: Record<string, Page> = {
  form: formPage({ stage, submissionId: 'b2f5' }),
  'form, again': formPage({ stage, submissionId: 'b2f5', values: refused, errors: refusals }),
  series: seriesPage({ stage, series: fixtureSeries }),
  'series, with others': seriesPage({
    stage,
    series: fixtureSeries,
    others: [seriesOf('after-the-talk', 'After the talk')],
  }),
  part: partPage({ stage, series: fixtureSeries, part: partNamed('the-letter') }),
  'part, the first': partPage({ stage, series: fixtureSeries, part: partNamed('you-ask') }),
  inbox: lookInYourInboxPage({ stage }),
  confirm: confirmPage({ stage, action: linksOf(origin, ada).confirm }),
  'confirm, with the tips': confirmPage({ stage, action: linksOf(origin, ada).confirm, tips: true }),
  confirmed: confirmedPage({ stage, links, already: false, others: [] }),
  'confirmed, with the tips': confirmedPage({ stage, links, already: false, others: [], tips: true }),
  'confirmed, while all mail is stopped': confirmedPage({
    stage,
    links,
    already: false,
    others: [],
    tips: true,
    standstill: 'asked',
  }),
  'confirmed, again, with others': confirmedPage({
    stage,
    links,
    already: true,
    others: [
      { contactName: 'Jean Bartik', action: `${origin}/confirm/jean` },
      { contactName: 'Kathleen Antonelli', action: `${origin}/confirm/kathleen` },
    ],
  }),
  ...Object.fromEntries(Object.entries(scenes).map(([name, scene]) => [`request, ${name}`, shown(scene)])),
  'request, a date refused': shown(scenes.replied as Scene, {
    problem: {
      event: 'scheduled',
      errors: [{ field: 'start', message: 'This time has passed. If you have met already, choose “We met”.' }],
      values: { start: '2026-11-01T10:00', timeZone: 'Europe/London', minutes: '30', place: 'Café <Central>' },
    },
    notice: 'Mail to this address is stopped: it came back to us, or was reported as unwanted.',
  }),
  'event, replied': eventPage({ stage, request: sent, event: 'replied', links, allowed: true }),
  'event, scheduled': eventPage({ stage, request: replied, event: 'scheduled', links, allowed: true }),
  'event, met': eventPage({ stage, request: scheduled, event: 'met', links, allowed: true }),
  'event, too late': eventPage({ stage, request: replied, event: 'replied', links, allowed: false }),
  'event, too late with words': eventPage({
    stage,
    request: replied,
    event: 'met',
    links,
    allowed: false,
    problem: {
      event: 'met',
      errors: [],
      values: { learned: 'Start with the billing data.\nNot with charts.', names: '' },
    },
  }),
  stop: stopPage({ stage, request: sent, action: links.stop }),
  stopped: stoppedPage({ stage, request: sent, action: links.stop, stopped: true }),
  'stop, everything stopped': stopPage({ stage, request: sent, action: links.stop, everything: true }),
  'stopped, undone': stoppedPage({ stage, request: sent, action: links.stop, stopped: false }),
  'stopped, undone, while all mail is stopped': stoppedPage({
    stage,
    request: sent,
    action: links.stop,
    stopped: false,
    standstill: 'for good',
  }),
  erase: erasePage({ stage, links }),
  erased: erasedPage({ stage }),
  'error 404': errorPage({
    stage,
    status: 404,
    title: 'There is nothing here',
    detail: 'The link may be incomplete, or what it led to was deleted.',
  }),
  'error 409': errorPage({
    stage,
    status: 409,
    title: 'This draft needs one more thing from you',
    detail: 'Please answer on the page of the request.',
    errors: [{ field: 'connection', message: 'What links the two of you?' }],
  }),
}

// The last one is where the editor of the part links to.
const origins = ['/', '#', 'mailto:', 'data:image/svg+xml,', `${origin}/`, 'https://example.com/praise?']

/** Anybody may find them. */
const listed = (name: string): boolean => name === 'form' || /^(series|part)\b/.test(name)

/** Each page as a test of its own, so that a failure names it. */
const pages = Object.entries(gallery)

/** The tags of a page in order, with what stands in their attributes left out: what a typed text can never change. */
const tagsOf = (html: string): string[] =>
  (html.replace(/<(style|script)>.*?<\/\1>/gs, '').match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'))

/** The events that the forms of a page can post. */
const eventsOn = (html: string): string[] =>
  [...html.matchAll(/name="event" value="([^"]+)"/g)].map(([, event]) => event as string)

describe.each(pages)('the page "%s"', (name, { html, contentSecurityPolicy }) => {
  it('is valid HTML, every control with its label', async () => {
    const report = await validator.validateString(html)
    expect(
      report.results.flatMap(({ messages }) => messages.map(({ message, selector }) => `${message} at ${selector}`)),
    ).toEqual([])
  })

  it('says what it is: language, one headline, one main part, a way past the top', () => {
    expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en" dir="ltr">/)
    for (const once of ['<h1', '<main id="main"', '<header', '<footer', '<title>', 'href="#main"', 'name="viewport"']) {
      expect(html.split(once)).toHaveLength(2)
    }
  })

  it('lets in nothing but its own style and script, named by their hashes', () => {
    const scripts = contents(html, 'script')
    const styles = contents(html, 'style')
    expect(styles).toHaveLength(1)
    expect(contentSecurityPolicy).toBe(
      [
        "default-src 'none'",
        `style-src ${styles.map(sha256).join(' ')}`,
        'img-src data:',
        ...(scripts.length > 0 ? [`script-src ${scripts.map(sha256).join(' ')}`] : []),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    )
    expect(html).not.toMatch(/<[^>]+ (style|on[a-z]+)=/)
    expect(scripts.length > 0).toBe(name.startsWith('form') || listed(name))
  })

  it('points nowhere but to itself', () => {
    const targets = [...html.matchAll(/ (?:href|src|action|srcset|poster|formaction)="([^"]*)"/g)].map(
      ([, url]) => url as string,
    )
    expect(targets.length).toBeGreaterThan(2)
    expect(targets.filter((url) => !origins.some((allowed) => url.startsWith(allowed)))).toEqual([])
    expect(contents(html, 'style').join()).not.toMatch(/url\(|@import/)
  })

  it('is kept out of search engines, but for the first page and the series', () => {
    expect(html.includes('<meta name="robots" content="noindex">')).toBe(!listed(name))
  })

  it('reads as it was approved', async () => {
    await expect(readAloud(html)).toMatchFileSnapshot(`golden/pages/${name.replace(/[^a-z0-9]+/gi, '-')}.txt`)
  })
})

describe('the page of a request', () => {
  it.each(Object.entries(scenes))(
    'offers every event that the state allows and that would change something: %s',
    (name, scene) => {
      const allowed = allowedEvents(scene.request.state)
      const pointless = [scene.request.state === 'closed' ? 'closed' : '', name.includes('paused') ? '' : 'resumed']
      expect([...new Set(eventsOn(shown(scene).html))].sort()).toEqual(
        allowed.filter((event) => !pointless.includes(event)).sort(),
      )
    },
  )

  it('is tested in every state there is', () => {
    expect(new Set(Object.values(scenes).map(({ request }) => request.state))).toEqual(new Set(states))
  })

  it('names every mail that will come, with its day, hour, clock and reason', () => {
    for (const scene of Object.values(scenes)) {
      const { html } = shown(scene)
      for (const mail of plannedOf(scene)) {
        expect(html).toContain(mail.why)
        if (mail.dueAt > scene.now) expect(html).toContain(`<time datetime="${mail.dueAt}">`)
      }
    }
    expect(shown(scenes.sent as Scene).html).toContain('Thursday, 3 December 2026, 08:30, New York time')
    expect(shown(scenes['in Arabic'] as Scene).html).toContain('08:30, Kathmandu time')
  })

  it('says of every mail what became of it, and why one was not sent', () => {
    const { html } = shown(scenes['sent, with a follow-up'] as Scene)
    expect(html).toContain('We sent you: A friendly follow-up')
    expect(html).toContain('Not sent: A second person to ask (more important mail took its days)')
  })

  it('gives the time of the talk on both clocks, and the calendar entry', () => {
    const { html } = shown(scenes.scheduled as Scene)
    expect(html).toContain('15:00</time> to 15:30, London time')
    expect(html).toContain('Thursday, 10 December 2026, 10:00, New York time')
    expect(html).toContain(`href="${linksOf(origin, scheduled).calendar}"`)
  })

  it('offers the draft as text and in a mail program, without an address', () => {
    const { html } = shown(scenes.drafted as Scene)
    expect(html).toContain(`href="${linksOf(origin, confirmed).draft('draft')}"`)
    expect(html).toMatch(/href="mailto:\?subject=[^"&]+&amp;body=[^"&]+"/)
  })

  it('shows no letter while it has to ask, and asks for that alone', () => {
    const { html } = shown(scenes['drafted, too little said'] as Scene)
    expect(html).not.toContain('class="letter"')
    expect(html).toMatch(/id="ask-(topic|connection)"/)
    expect(html).not.toContain('id="ask-seekerName"')
  })

  it('opens the form that was refused, with what was typed and the message beside the field', () => {
    const { html } = gallery['request, a date refused'] as Page
    expect(html).toContain('href="#scheduled-start"')
    expect(html).toMatch(
      /id="scheduled-start"[^>]*value="2026-11-01T10:00"[^>]*aria-describedby="scheduled-start-error" aria-invalid="true"/,
    )
    expect(html).toContain('value="Café &lt;Central&gt;"')
  })

  it('says when everything is deleted', () => {
    const request = { ...confirmed, expiresAt: Date.parse('2027-05-29T03:00:00Z') / 1000 }
    expect(shown({ request, now: '2026-11-30T15:00:00.000Z' }).html).toContain('deleted on Friday, 28 May 2027')
  })

  it('survives an entry in the history that it has never heard of', () => {
    const request = {
      ...confirmed,
      history: [...confirmed.history, { event: 'constructor', at: '2026-11-23T15:00:00.000Z' }],
    }
    expect(shown({ request, now: '2026-11-23T15:05:00.000Z' }).html).toContain('Something was noted')
  })
})

describe('the form', () => {
  it('has a field for everything that a request is made of, and the trap', () => {
    const [html = ''] = /<form class="long".*?<\/form>/s.exec((gallery.form as Page).html) ?? []
    const names = new Set([...html.matchAll(/<(?:input|select|textarea)[^>]* name="([^"]+)"/g)].map(([, name]) => name))
    expect(names).toEqual(
      new Set([
        ...[
          'seekerName',
          'seekerEmail',
          'timeZone',
          'introduction',
          'contactName',
          'contactRole',
          'organization',
          'source',
        ],
        ...['connection', 'goal', 'topic', 'minutes', 'channel', 'followUps', 'tips', 'submissionId', honeypot],
      ]),
    )
  })

  it('knows every source, goal, channel and zone', () => {
    const { html } = gallery.form as Page
    for (const value of [...sources, ...goals, ...channels, ...allZones()]) expect(html).toContain(`value="${value}"`)
    for (const source of sources) expect(html).toContain(`class="for-${source}"`)
    for (const source of sources) expect(contents(html, 'style')[0]).toContain(`.for-${source}`)
    expect(html).toMatch(/<option selected value="America\/New_York">New York</)
  })

  it('keeps everything that was typed, and says beside each field what is wrong with it', () => {
    const { html } = gallery['form, again'] as Page
    expect(html).toContain('value="Ada &quot;the first&quot; &lt;b&gt;Lovelace&lt;/b&gt;"')
    expect(html).toContain('<option selected value="Asia/Kathmandu">')
    expect(html).not.toMatch(/<select[^>]* data-guess/)
    for (const chosen of [
      'id="source-referral"',
      'id="goal-skills"',
      'id="channel-phone"',
      'id="followUps"',
      'id="tips"',
    ]) {
      expect(html).toMatch(new RegExp(`${chosen}[^>]* checked`))
    }
    for (const { field, message } of refusals) {
      if (field) expect(html).toMatch(new RegExp(`<a href="#${field}">${message}</a>`))
      if (field) expect(html).toMatch(new RegExp(`id="${field}-error"><span class="unseen">Error: </span>${message}`))
    }
  })
})

describe('what was typed and not taken', () => {
  const shownFor = (values: Record<string, string>) =>
    errorPage({ stage, status: 503, title: 'x', detail: 'y', values }).html

  it('is shown to be copied, and nothing that was pressed or came with the page', () => {
    const html = shownFor({
      event: 'met',
      learned: 'Start with <b>bills</b>',
      undo: 'on',
      submissionId: 'abc',
      minutes: '20',
    })
    expect(html).toContain('Start with &lt;b&gt;bills&lt;/b&gt;')
    expect(html).not.toMatch(/>(met|on|abc|20)</)
  })

  it('is not spoken of where it is nothing', () => {
    for (const values of [{}, { undo: 'on' }, { 'List-Unsubscribe': 'One-Click' }, { learned: ' ' }])
      expect(shownFor(values)).not.toContain('What you typed')
  })

  it('has a place for every field that the forms of events have people write in', () => {
    const names = Object.values(events).flatMap(({ fields }) => Object.keys(fields))
    const chosen = ['timeZone', 'minutes', 'channel', 'followUps', 'landed']
    for (const name of new Set(names.filter((field) => !chosen.includes(field))))
      expect(shownFor({ [name]: `words of ${name}` }), name).toContain(`words of ${name}`)
  })
})

describe('a zone that is in no list', () => {
  it('stays chosen, whether it is one or not', () => {
    for (const timeZone of ['Etc/GMT+5', 'Mars/"Olympus"']) {
      const { html } = formPage({ stage, submissionId: 'x', values: { timeZone } })
      const escaped = timeZone.replaceAll('"', '&quot;')
      expect(html).toContain(`<option selected value="${escaped}">${escaped}</option>`)
      expect(html.match(/<option selected/g)).toHaveLength(1)
    }
  })

  it('and that nobody can see is not sent again once it was refused', () => {
    const refusedZone = [{ field: 'timeZone', message: 'We do not know this time zone.' }]
    const values = { timeZone: 'undefined' }
    const { html } = subscribePage({ stage, series: undefined, values, errors: refusedZone })
    expect(html).toContain('name="timeZone" value="America/New_York" data-guess>')
    const kept = subscribePage({ stage, series: undefined, values: { timeZone: 'Asia/Kathmandu' }, errors: [] })
    expect(kept.html).toContain('name="timeZone" value="Asia/Kathmandu">')
  })
})

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '" autofocus onfocus="alert(1)',
  '</textarea><x-hostile>',
  '</title><x-hostile>',
  '</select><x-hostile>',
  '</style><x-hostile>',
  'javascript:alert(1)',
  '&lt;x-hostile&gt;',
  '{{7*7}}<%= 7 %>',
  '<!--',
  ']]>',
  '\u202e<x-hostile>',
]

/** A series of which an editor wrote every word so. */
const inWords = (text: string): Series => ({
  ...fixtureSeries,
  ...{ title: text, lead: text, intro: [{ p: [text] }] },
  parts: fixtureSeries.parts.map((part) => ({
    ...part,
    ...{ title: text, takeaway: text, action: { label: text, to: `/${text}` } },
    body: [
      { p: [text, { strong: [text] }, { em: [text] }, { link: `/${text}`, of: [text] }] },
      { heading: text },
      { list: [[text]] },
      { quote: [[text]] },
    ],
  })),
})

/** Whatever people type, wherever it is shown. */
const pagesWith = (text: string): Page[] => {
  const request: InterviewRequest = {
    ...having(scheduled, ['rescheduled', '2026-12-02T16:00:00.000Z', { start: '2026-12-11T15:00' }]),
    seeker: { ...ada.seeker, name: text, introduction: text },
    contact: { ...ada.contact, name: text, role: text, organization: text, connection: text },
    topic: text,
    outcome: { learned: text, promised: text, names: text },
  }
  const meeting = request.meeting && { ...request.meeting, place: text }
  const typedIn = Object.fromEntries(
    ['', 'at', 'learned', 'start', 'place', 'timeZone', 'minutes', ...Object.keys(refused)].map((name) => [name, text]),
  )
  const errors = [...Object.keys(refused), '', text].map((field) => ({ field, message: text }))
  const now = '2026-12-03T15:00:00.000Z'
  return [
    ...states.map((state) =>
      shown(
        {
          request: {
            ...request,
            state,
            history: [...request.history, { event: text, at: now }],
            ...(meeting ? { meeting } : {}),
          },
          now,
          mails: [{ ...row(request, 'thank', '1', now, 'skipped'), reason: text }],
        },
        { notice: text, problem: { event: allowedEvents(state)[0] ?? 'closed', errors, values: typedIn } },
      ),
    ),
    formPage({ stage, submissionId: text, values: typedIn, errors }),
    seriesPage({ stage, series: inWords(text), others: [inWords(text)] }),
    ...inWords(text).parts.map((part) => partPage({ stage, series: inWords(text), part })),
    confirmPage({ stage, action: `${origin}/confirm/${encodeURIComponent(text.toWellFormed())}` }),
    confirmedPage({ stage, links, already: false, others: [{ contactName: text, action: origin }] }),
    ...(['sent', 'scheduled', 'met', 'revised', 'deferred'] as const).map((event) =>
      eventPage({ stage, request, event, links, allowed: true, problem: { event, errors, values: typedIn } }),
    ),
    eventPage({
      stage,
      request,
      event: 'met',
      links,
      allowed: false,
      problem: { event: 'met', errors, values: typedIn },
    }),
    stopPage({ stage, request, action: links.stop }),
    stoppedPage({ stage, request, action: links.stop, stopped: true }),
    errorPage({ stage, status: 422, title: text, detail: text, errors }),
  ]
}

describe('what people type stays text', () => {
  const ours = new Set([
    ...pages.flatMap(([, { html }]) => tagsOf(html)),
    ...pagesWith('plain').flatMap(({ html }) => tagsOf(html)),
  ])
  const foreignTags = (text: string): string[] =>
    pagesWith(text)
      .flatMap(({ html }) => tagsOf(html))
      .filter((tag) => !ours.has(tag))

  it.each(hostile)('%s', (text) => {
    expect(foreignTags(text)).toEqual([])
    for (const { html } of pagesWith(text)) if (text.includes('<')) expect(html.includes(text)).toBe(false)
  })

  it('whatever it is', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '/',
      '=',
      ' ',
      '\n',
      '`',
      'x-hostile',
      'script',
      'onload',
      '--',
      '!',
      'ä',
      '\u2028',
      '\ud800',
    )
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 12 }), (text) => {
        expect(foreignTags(text)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

/** A field of a form that has to be filled in, by the type of its control. */
const anAnswer: Record<string, string> = {
  date: '2027-06-01',
  'datetime-local': '2027-06-01T15:00',
  text: 'compilers',
  number: '25',
}

describe('in a browser', () => {
  let browser: Browser
  let server: Server
  /** What was posted, latest last. */
  const posted: { path: string; fields: Record<string, string> }[] = []
  const complaints: string[] = []
  const asked: string[] = []

  const answer: RequestListener = async (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    asked.push(`${request.method} ${path}`)
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.method === 'POST') posted.push({ path, fields: Object.fromEntries(new URLSearchParams(body)) })
    const page = gallery[path.slice(1)] ?? (gallery.erased as Page)
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': page.contentSecurityPolicy,
        'referrer-policy': 'no-referrer',
      })
      .end(page.html)
  }

  beforeAll(async () => {
    server = createServer(answer)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    browser = await openBrowser(`--host-resolver-rules=MAP chats.example.org:80 127.0.0.1:${port}`)
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const opened = async (name: string, options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 375, height: 740 }, ...options })
    context.setDefaultTimeout(5000)
    const tab = await context.newPage()
    tab.on('console', (message) => complaints.push(`${name}: ${message.text()}`))
    tab.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`))
    await show(tab, name)
    return tab
  }
  const show = (tab: Tab, name: string) => tab.goto(`${origin}/${encodeURIComponent(name)}`)
  const unfold = (tab: Tab) => tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
  // Four hundred zones are alike, and take axe longer than all the rest.
  const thinOut = (tab: Tab) =>
    tab.evaluate("for (const o of document.querySelectorAll('option:nth-child(n+2):not(:checked)')) o.remove()")

  // What depends on the width or the colours; the rest is the same at every look, and examined at the first.
  const rulesOfTheLook = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']
  const looks = [
    [375, 'light'],
    [375, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const
  const toExamine = [
    'form',
    'form, again',
    'confirmed, again, with others',
    'event, met',
    'event, too late with words',
    'confirmed, while all mail is stopped',
    'error 409',
    'request, a date refused',
  ]
  const statesToExamine = ['drafted', 'sent, with a follow-up', 'scheduled', 'thanked', 'closed', 'in Arabic'].map(
    (name) => `request, ${name}`,
  )

  const examine = async (names: readonly string[], [width, colorScheme]: (typeof looks)[number]) => {
    const tab = await opened('form', { viewport: { width, height: 800 }, colorScheme })
    for (const name of names) {
      await show(tab, name)
      await unfold(tab)
      await thinOut(tab)
      const first = width === 375 && colorScheme === 'light'
      const axe = new AxeBuilder({ page: tab }).setLegacyMode(true)
      const { violations } = await (first ? axe : axe.withRules(rulesOfTheLook)).analyze()
      expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    }
    await tab.context().close()
  }

  it.each(looks)('has nothing that axe finds fault with, at %i pixels in %s', async (...look) => {
    await examine([...toExamine, ...statesToExamine], look)
  })

  it.each(looks)('has nothing of the tips that axe finds fault with, at %i pixels in %s', async (...look) => {
    await examine(['series, with others', 'part'], look)
  })

  it('fits a phone of 320 pixels, with every button high enough for a thumb, and asks for nothing else', async () => {
    const tab = await opened('form', { viewport: { width: 320, height: 640 } })
    asked.length = 0
    for (const [name] of pages) {
      await show(tab, name)
      await unfold(tab)
      const { wide, low } = await tab.evaluate<{ wide: number; low: string[] }>(`({
        wide: document.documentElement.scrollWidth,
        low: [...document.querySelectorAll('button, .button, summary, input:not([type=hidden],[type=radio],[type=checkbox],[tabindex]), select, .option, .tick')]
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      })`)
      expect({ name, wide, low }).toEqual({ name, wide: 320, low: [] })
    }
    expect(asked).toEqual(pages.map(([name]) => `GET /${name}`))
    await tab.context().close()
  })

  it('is filled in with the keyboard alone, from top to bottom', async () => {
    const tab = await opened('form')
    const stops: string[] = []
    const focused = () =>
      tab.evaluate<string>(
        "document.activeElement.id || document.activeElement.textContent.trim().replace(/\\s+/g, ' ')",
      )
    const typed: Record<string, string> = {
      seekerName: 'Ada Lovelace',
      seekerEmail: 'ada@example.org',
      introduction: 'a mathematician',
      timeZone: 'Kathm',
      contactName: 'Grace Hopper',
      contactRole: 'Head of compilers',
      organization: 'Navy',
      connection: 'we met in Boston',
      topic: 'compilers',
    }
    posted.length = 0
    for (let presses = 0; presses < 40 && stops.at(-1) !== 'Get my draft'; presses += 1) {
      await tab.keyboard.press('Tab')
      const stop = await focused()
      stops.push(stop)
      if (typed[stop]) await tab.keyboard.type(typed[stop])
      if (stop === 'source') await tab.keyboard.press('ArrowUp')
      if (stop === 'goal') await tab.keyboard.press('Space')
      if (stop === 'tips') await tab.keyboard.press('Space')
    }
    expect(stops).toEqual([
      ...['Skip to the content', 'Coffee Chats', 'Straight to the form', 'What a draft reads like'],
      ...[
        'seekerName',
        'seekerEmail',
        'introduction',
        'timeZone',
        'contactName',
        'contactRole',
        'organization',
        'source',
      ],
      ...['connection', 'goal', 'topic', 'channel', 'minutes-20', 'followUps-1', 'tips', 'Get my draft'],
    ])
    await Promise.all([tab.waitForURL(/requests$/), tab.keyboard.press('Enter')])
    expect(posted.at(-1)?.path).toBe('/requests')
    const read = readSubmission(posted.at(-1)?.fields, 'form')
    expect(read).toMatchObject({
      ok: true,
      value: { source: 'cold', goal: 'explore-career', timeZone: 'Asia/Kathmandu', tips: true },
    })
    await tab.context().close()
  })

  it.each([
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Pacific/Kiritimati', 'Pacific/Kiritimati'],
    ['Australia/Lord_Howe', 'Australia/Lord_Howe'],
  ])('chooses the zone of the browser: %s', async (timezoneId, zone) => {
    const tab = await opened('form', { timezoneId })
    expect(await tab.locator('#timeZone').inputValue()).toBe(zone)
    await show(tab, 'form, again')
    expect(await tab.locator('#timeZone').inputValue()).toBe('Asia/Kathmandu')
    // What nobody sees takes the name that the browser has for it.
    for (const page of ['form', 'series', 'part']) {
      await show(tab, page)
      expect(await tab.locator('input[name=timeZone]').inputValue()).toBe(timezoneId)
    }
    await tab.context().close()
  })

  it.each([undefined, 'Etc/Unknown'])('leaves the zone as it is where the browser says %s', async (zone) => {
    const tab = await opened('form')
    await tab.addInitScript(
      `Intl.DateTimeFormat.prototype.resolvedOptions = () => (${JSON.stringify({ timeZone: zone })})`,
    )
    await tab.reload()
    expect(await tab.locator('#timeZone').inputValue()).toBe('America/New_York')
    expect(await tab.locator('input[name=timeZone]').inputValue()).toBe('America/New_York')
    await tab.context().close()
  })

  it.each(['form', 'series', 'part'])('posts a subscription without script: %s', async (name) => {
    const tab = await opened(name, { javaScriptEnabled: false })
    await tab.locator('#subscribe-email').fill('ada@example.org')
    await tab.getByLabel('Your first name').fill('Ada')
    await tab.getByRole('button', { name: 'Send me the tips' }).click()
    await tab.waitForURL(/subscriptions$/)
    expect(posted.at(-1)).toEqual({
      path: '/subscriptions',
      fields: {
        email: 'ada@example.org',
        firstName: 'Ada',
        timeZone: 'America/New_York',
        website: '',
        ...(name === 'form' ? {} : { series: fixtureSeries.id }),
      },
    })
    await tab.context().close()
  })

  it('says what to write for the source that was chosen, and all of it before', async () => {
    const tab = await opened('form', { javaScriptEnabled: false })
    expect(await tab.locator('.per-source li:visible').count()).toBe(sources.length)
    await tab.getByLabel('I found them on LinkedIn').check()
    expect(await tab.locator('.per-source li:visible').getAttribute('class')).toBe('for-linkedin')
    await tab.context().close()
  })

  it('goes from the list of errors to the field', async () => {
    const tab = await opened('form, again', { javaScriptEnabled: false })
    await tab.getByRole('alert').getByRole('link').nth(2).click()
    await tab.keyboard.type('we met')
    expect(await tab.locator('#connection').inputValue()).toBe('we met')
    await tab.context().close()
  })

  it('posts a request without script that we would take', async () => {
    const tab = await opened('form', { javaScriptEnabled: false })
    posted.length = 0
    await tab.getByRole('button', { name: 'Get my draft' }).click()
    expect(posted).toEqual([])
    await tab.getByLabel('Your name').fill('Ada')
    await tab.locator('#seekerEmail').fill('ada@example.org')
    await tab.getByLabel('Who you are').fill('a mathematician')
    await tab.getByLabel('Their name', { exact: true }).fill('Grace Hopper')
    await tab.getByLabel('Where they work').fill('Navy')
    await tab.getByLabel('We met at an event').check()
    await tab.getByLabel('What links the two of you').fill('your keynote')
    await tab.getByLabel('Learn which skills count').check()
    await tab.getByLabel('What you want to find out about').fill('compilers')
    await tab.getByRole('button', { name: 'Get my draft' }).click()
    await tab.waitForURL(/requests$/)
    expect(posted[0]?.fields).toEqual({
      ...{ submissionId: 'b2f5', seekerName: 'Ada', seekerEmail: 'ada@example.org', introduction: 'a mathematician' },
      ...{
        timeZone: 'America/New_York',
        contactName: 'Grace Hopper',
        contactRole: '',
        organization: 'Navy',
        source: 'event',
      },
      ...{
        connection: 'your keynote',
        goal: 'skills',
        topic: 'compilers',
        channel: 'email',
        minutes: '20',
        followUps: '1',
        website: '',
      },
    })
    expect(readSubmission(posted[0]?.fields, 'form').ok).toBe(true)
    await tab.context().close()
  })

  it('posts every event without script, and each is taken', async () => {
    const tab = await opened('form', { javaScriptEnabled: false })
    const forms = tab.locator('main form')
    const tried = new Set<string>()
    for (const [name, scene] of Object.entries(scenes)) {
      // The same event is the same form in every state, but for the one that asks what a draft lacks.
      const untried = (shown(scene).html.match(/<form.*?<\/form>/gs) ?? []).map((form) => eventsOn(form)[0] as string)
      for (const [index, event] of untried.entries()) {
        if (tried.has(event) && !name.endsWith('too little said')) continue
        tried.add(event)
        await show(tab, `request, ${name}`)
        const form = forms.nth(index)
        if (!(await form.isVisible())) await form.locator('xpath=ancestor::details/summary').click()
        for (const control of await form.locator('input:required:not([type=radio])').all()) {
          if (!(await control.inputValue())) {
            await control.fill(anAnswer[(await control.getAttribute('type')) ?? 'text'] ?? '')
          }
        }
        await form.getByRole('button').click()
        await tab.waitForURL(/events$/)
        const { event: sentEvent, ...fields } = posted.at(-1)?.fields ?? {}
        expect(sentEvent).toBe(event)
        const decision = decide(
          scene.request,
          event as EventName,
          { body: fields, from: 'form' },
          { now: scene.now, retention: stage.retention },
        )
        expect({ event, decision }).toMatchObject({ event, decision: { ok: true } })
      }
    }
    expect([...tried].sort()).toEqual(Object.keys(events).sort())
    await tab.context().close()
  })

  it('never complains', () => {
    expect(complaints).toEqual([])
  })
})
