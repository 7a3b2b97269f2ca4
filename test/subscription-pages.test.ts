import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import fc from 'fast-check'
import type { Browser, BrowserContextOptions, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenFor } from '../shared/capability.ts'
import type { Page } from '../shared/pages/page.ts'
import { preferencesPage } from '../shared/pages/preferences.ts'
import { subscribePage } from '../shared/pages/subscription.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { preferenceFields, readPreferences, readSubscribing } from '../shared/tips/subscribe.ts'
import { subscriptionStates } from '../shared/tips/subscription.ts'
import { openBrowser } from './browser.ts'
import { contents, readAloud, sha256, validator } from './page-kit.ts'
import { stage } from './people.ts'
import { ada, weekly } from './readers.ts'
import { gallery, now, origin, states } from './tip-gallery.ts'

const pages = Object.entries(gallery)
const pageNamed = (name: string): string => (gallery[name] as Page).html

/** Pages that bring a script along: those with the form, whose zone it guesses. */
const withScript = ['tips, form again', 'tips, too many']
const listed = ['all series']
const allowed = ['/', '#', 'mailto:', 'data:image/svg+xml,', `${origin}/`]

const targetsIn = (html: string): string[] =>
  [...html.matchAll(/ (?:href|src|action|srcset|poster|formaction)="([^"]*)"/g)].map(([, url]) => url as string)

describe.each(pages)('the page "%s"', (name, { html, contentSecurityPolicy }) => {
  it('is valid HTML, every control with its label', async () => {
    const report = await validator.validateString(html)
    expect(
      report.results.flatMap(({ messages }) => messages.map(({ message, selector }) => `${message} at ${selector}`)),
    ).toEqual([])
  })

  it('lets in nothing but its own style and script, and points nowhere but to itself', () => {
    const scripts = contents(html, 'script')
    expect(scripts.length > 0).toBe(withScript.includes(name))
    for (const inline of [...scripts, ...contents(html, 'style')])
      expect(contentSecurityPolicy).toContain(sha256(inline))
    expect(contentSecurityPolicy).toMatch(
      /^default-src 'none'; .*form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(html).not.toMatch(/<[^>]+ (style|on[a-z]+)=/)
    expect(targetsIn(html).filter((url) => !allowed.some((start) => url.startsWith(start)))).toEqual([])
  })

  it('says what it is, and stays out of search engines unless it is public', () => {
    for (const once of ['<h1', '<main id="main"', '<title>', 'href="#main"']) expect(html.split(once)).toHaveLength(2)
    expect(html.includes('<meta name="robots" content="noindex">')).toBe(!listed.includes(name))
  })

  it('reads as it was approved', async () => {
    await expect(readAloud(html)).toMatchFileSnapshot(`golden/pages/${name.replace(/[^a-z0-9]+/gi, '-')}.txt`)
  })
})

describe('what stands behind a link', () => {
  const tokens = (html: string): string[] =>
    (['confirm', 'unsubscribe', 'preferences'] as const).filter((purpose) =>
      html.includes(tokenFor(ada.secret, purpose)),
    )

  it.each([
    ['tips, confirm', ['confirm']],
    ['tips, unsubscribe', ['unsubscribe']],
    ['tips, unsubscribe, never confirmed', ['unsubscribe']],
    ['tips, left', ['unsubscribe']],
    ['tips, left, never confirmed', ['unsubscribe']],
    ['tips, everything stopped', ['unsubscribe']],
    ['tips, goes on', []],
    ['tips, goes on, to be confirmed', []],
    ['tips, inbox', []],
    ['tips, erased', []],
  ])('“%s” opens %j and nothing more', (name, purposes) => expect(tokens(pageNamed(name))).toEqual(purposes))

  it.each(['tips, unsubscribe', 'tips, left', 'tips, everything stopped', 'tips, goes on'])(
    '“%s”, which a mail provider may read, says nothing of who reads it',
    (name) => expect(pageNamed(name)).not.toMatch(/ada@example|Ada\b/),
  )

  it('is one form with one button where it asks to confirm or to leave', () => {
    for (const name of [
      'tips, confirm',
      'tips, unsubscribe',
      'tips, unsubscribe, never confirmed',
      'tips, left since',
    ]) {
      expect(pageNamed(name).match(/<form/g), name).toHaveLength(1)
      expect(pageNamed(name).match(/<button/g), name).toHaveLength(1)
    }
  })

  it('is nothing that anybody typed where the address is not confirmed', () => {
    expect(pageNamed('tips, confirm')).not.toMatch(/ada@example|Ada\b/)
  })
})

describe('the page of preferences', () => {
  it('is tested in every state there is', () => {
    expect(new Set(Object.values(states).map(({ state }) => state))).toEqual(new Set(subscriptionStates))
  })

  const offers = (name: string): string[] => [
    ...new Set(
      [
        ...pageNamed(`preferences, ${name}`).matchAll(
          /<(?:button|input|select)[^>]* name="(\w+)"(?:[^>]* value="(now|0|on)")?/g,
        ),
      ]
        .map(([, field, value]) => (value === '0' ? 'resume' : (field as string)))
        .filter((field) => !['hour', 'timeZone', 'firstName'].includes(field)),
    ),
  ]

  it.each([
    ['before the first part', ['next', 'pauseWeeks', 'leave']],
    ['active', ['next', 'pauseWeeks', 'leave']],
    ['on its way', ['pauseWeeks', 'leave']],
    ['just sent', ['pauseWeeks', 'leave']],
    ['paused', ['resume', 'next', 'pauseWeeks', 'leave']],
    ['finished', ['again']],
    ['unsubscribed', ['series']],
    ['pending', ['leave']],
    ['suppressed', []],
    ['stopped by her', ['undo']],
    ['more to read', ['next', 'pauseWeeks', 'leave', 'series']],
  ])('offers what can be done: %s', (name, fields) => expect(offers(name)).toEqual(fields))

  it('offers every field that its form reads', () => {
    const all = Object.keys(gallery).flatMap((name) =>
      [...pageNamed(name).matchAll(/<(?:button|input|select)[^>]* name="(\w+)"/g)].map(([, field]) => field),
    )
    expect(all).toEqual(expect.arrayContaining(preferenceFields))
  })

  it('says how far she has come, what is next, when by her clock, and why it may move', () => {
    const words = readAloud(pageNamed('preferences, active'))
    expect(words).toContain('1 of 3 so far.')
    expect(words).toContain('Next: On two, on Tuesday, 24 November 2026, 09:00, New York time.')
    expect(words).toContain('It comes a day later if a mail for one of your own interviews goes to you that day.')
  })

  it('names every hour so that nobody takes noon for midnight', () => {
    const html = pageNamed('preferences, active')
    expect(html.match(/<option value="\d+"/g)).toHaveLength(24)
    for (const words of ['00:00, midnight', '12:00, noon', '09:00 in the morning', '23:00 at night'])
      expect(html).toContain(words)
    expect(html).toMatch(/<option value="9" selected/)
  })
})

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</textarea></select></title></style><x-hostile>',
  'javascript:alert(1)',
  '{{7*7}}<%= 7 %>',
  '<!--',
]

const tagsOf = (html: string): string[] =>
  (html.replace(/<(style|script)>.*?<\/\1>/gs, '').match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'))

/** Whatever people type, wherever it is shown. */
const pagesWith = (text: string): Page[] => {
  const subscription = { ...ada, email: text, firstName: text, timeZone: ada.timeZone }
  const own = { subscription, parts: weekly.parts, title: text, links: subscriptionLinks(origin, ada) }
  const values = Object.fromEntries([...preferenceFields, 'email', 'website'].map((name) => [name, text]))
  const errors = [...preferenceFields, 'email', '', text].map((field) => ({ field, message: text }))
  const offered = [{ id: 'more', title: text, lead: text }]
  return [
    preferencesPage({ stage, own, others: [own], offered, now, notice: text, problem: { errors, values } }),
    subscribePage({ stage, series: undefined, values, errors }),
  ]
}

describe('what people type stays text', () => {
  const ours = new Set(pagesWith('plain').flatMap(({ html }) => tagsOf(html)))
  const foreign = (text: string): string[] =>
    pagesWith(text)
      .flatMap(({ html }) => tagsOf(html))
      .filter((tag) => !ours.has(tag))

  it.each(hostile)('%s', (text) => expect(foreign(text)).toEqual([]))

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
      'onload',
      '--',
      '!',
      '\ud800',
    )
    fc.assert(
      fc.property(fc.string({ unit: piece, minLength: 1, maxLength: 12 }), (text) => foreign(text).length === 0),
      {
        numRuns: 60,
      },
    )
  })
})

describe('in a browser', () => {
  let browser: Browser
  let server: Server
  const posted: { path: string; fields: Record<string, string> }[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const path = decodeURIComponent(request.url ?? '')
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.method === 'POST') posted.push({ path, fields: Object.fromEntries(new URLSearchParams(body)) })
      const page = gallery[path.slice(1)] ?? (gallery['tips, erased'] as Page)
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': page.contentSecurityPolicy,
          'referrer-policy': 'no-referrer',
        })
        .end(page.html)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    browser = await openBrowser(`--host-resolver-rules=MAP chats.example.org:80 127.0.0.1:${port}`)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const opened = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 800 }, ...options })
    context.setDefaultTimeout(5000)
    const tab = await context.newPage()
    tab.on('console', (message) => complaints.push(message.text()))
    tab.on('pageerror', (error) => complaints.push(error.message))
    return tab
  }
  const show = (tab: Tab, name: string) => tab.goto(`${origin}/${encodeURIComponent(name)}`)
  const unfold = (tab: Tab) => tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
  // Four hundred zones are alike, and take axe longer than all the rest.
  const thinOut = (tab: Tab) =>
    tab.evaluate("for (const o of document.querySelectorAll('optgroup option:not(:checked)')) o.remove()")

  // The other pages are made of the same pieces.
  const toExamine = [
    ...[
      'tips, form again',
      'tips, inbox',
      'tips, confirm',
      'tips, confirmed',
      'tips, left',
      'tips, erase',
      'all series',
    ],
    ...['of two series', 'paused', 'more to read', 'stopped by her', 'refused', 'not now'].map(
      (name) => `preferences, ${name}`,
    ),
  ]
  // What depends on the width or the colours; the rest is the same at every look, and examined at the first.
  const rulesOfTheLook = ['color-contrast', 'link-in-text-block', 'target-size']

  it.each([
    [390, 'light', false],
    [1180, 'dark', true],
  ] as const)(
    'has nothing that axe finds fault with, at %i pixels in %s',
    async (width, colorScheme, again) => {
      const tab = await opened({ viewport: { width, height: 800 }, colorScheme })
      for (const name of toExamine) {
        await show(tab, name)
        await unfold(tab)
        await thinOut(tab)
        const axe = new AxeBuilder({ page: tab }).setLegacyMode(true)
        const { violations } = await (again ? axe.withRules(rulesOfTheLook) : axe).analyze()
        expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
          [],
        )
      }
      await tab.context().close()
    },
    60_000,
  )

  it('fits a phone of 320 pixels, with every button high enough for a thumb', async () => {
    const tab = await opened({ viewport: { width: 320, height: 640 } })
    for (const [name] of pages) {
      await show(tab, name)
      await unfold(tab)
      const { wide, low } = await tab.evaluate<{ wide: number; low: string[] }>(`({
        wide: document.documentElement.scrollWidth,
        low: [...document.querySelectorAll('button, .button, summary, input:not([type=hidden],[tabindex]), select')]
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      })`)
      expect({ name, wide, low }).toEqual({ name, wide: 320, low: [] })
    }
    await tab.context().close()
  })

  it('sends with every button of the preferences, without script, what we read', async () => {
    const tab = await opened({ javaScriptEnabled: false })
    const wishes = new Set<string>()
    for (const name of ['active', 'paused', 'finished', 'unsubscribed', 'more to read']) {
      await show(tab, `preferences, ${name}`)
      const buttons = await tab.locator('main button').count()
      for (let index = 0; index < buttons; index += 1) {
        await show(tab, `preferences, ${name}`)
        const button = tab.locator('main button').nth(index)
        const fold = button.locator('xpath=ancestor::details/summary')
        if ((await fold.count()) > 0) await fold.click()
        await button.click()
        await tab.waitForURL(/preferences$/)
        const { fields = {} } = posted.at(-1) ?? {}
        const read = readPreferences(fields, 'form', ['weekly', 'evenings'])
        expect({ name, fields, ok: read.ok }).toMatchObject({ ok: true })
        for (const field of Object.keys(fields)) wishes.add(field)
      }
    }
    expect([...wishes].sort()).toEqual([...preferenceFields].sort())
    await tab.context().close()
  })

  it('sends a form that was refused again, with the zone put right', async () => {
    const tab = await opened({ timezoneId: 'Asia/Kathmandu' })
    await show(tab, 'tips, form again')
    await tab.getByRole('alert').getByRole('link').first().click()
    await tab.keyboard.press('Control+A')
    await tab.keyboard.type('ada@example.org')
    await tab.getByLabel('Your first name').fill('Ada')
    await tab.getByRole('button', { name: 'Send me the tips' }).click()
    await tab.waitForURL(/subscriptions$/)
    const { path, fields } = posted.at(-1) ?? {}
    expect(path).toBe('/subscriptions')
    expect(readSubscribing(fields, 'form', ['weekly'])).toMatchObject({
      ok: true,
      value: { email: 'ada@example.org', firstName: 'Ada', series: 'weekly', timeZone: 'Asia/Kathmandu' },
    })
    await tab.context().close()
  })

  it('never complains', () => expect(complaints).toEqual([]))
})
