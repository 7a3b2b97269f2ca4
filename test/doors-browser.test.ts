import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { byPreference, matchRoute } from '../local/gateway.ts'
import { requestRoutes, subscriptionRoutes } from '../shared/routes.ts'
import { openBrowser } from './browser.ts'
import { adasForm, openTraveller, pathIn, type Traveller } from './traveller.ts'

/** Somebody who walks through all pages in a browser, by their own links and buttons: what leaves it, and what stays in it. */

let traveller: Traveller
let browser: Browser
let context: BrowserContext
let tab: Tab
/** What the browser has asked for, with the headers as they left it. */
const asked: { method: string; url: string; headers: Promise<Record<string, string>> }[] = []
/** What it had to complain of: refused by a policy, failed in a script. */
const complaints: string[] = []
/** What another site has got. */
const elsewhere: IncomingHttpHeaders[] = []
const other = createServer(({ headers }, response) => {
  elsewhere.push(headers)
  response.writeHead(200, { 'content-type': 'text/html' }).end('<title>elsewhere</title>')
})

beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  browser = await openBrowser()
  context = await browser.newContext()
  context.on('request', (request) =>
    asked.push({ method: request.method(), url: request.url(), headers: request.allHeaders() }),
  )
  context.on('console', (message) => complaints.push(message.text()))
  context.on('weberror', (error) => complaints.push(error.error().message))
  tab = await context.newPage()
})
afterAll(async () => {
  await browser?.close()
  other.close()
  await traveller.close()
})

/** What is kept in the browser for this page, which a text or file of somebody may not even ask, and where its reader came from. */
const looked = `(async () => ({
  referrer: document.referrer,
  ...(self.origin === 'null' ? {} : {
    cookie: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }),
}))()`
const nothing = { referrer: '', cookie: '', local: 0, session: 0, databases: 0, caches: 0, workers: 0 }

/** Does what opens another page, and looks at that. */
const to = async (act: () => Promise<unknown>): Promise<string> => {
  await Promise.all([tab.waitForEvent('load'), act()])
  const { pathname } = new URL(tab.url())
  const sandboxed = /\/drafts\//.test(pathname)
  expect([pathname, await tab.evaluate(looked)]).toEqual([pathname, sandboxed ? { referrer: '' } : nothing])
  return pathname
}
const openMail = async (seeker: string, mail: string, link: RegExp) => {
  await traveller.settle()
  const sent = (await traveller.mails(seeker)).findLast(({ tags }) => tags.mail === mail)
  return to(() => tab.goto(traveller.url + pathIn(sent, link)))
}
const unfold = () => tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
/** Clicks on the first link with this attribute. */
const follow = (link: string) => to(() => tab.locator(`main a[${link}]`).first().click())
/** Fills in the first form that posts there and has these fields, and presses its button. */
const send = async (action: string, fields: Record<string, unknown> = {}) => {
  await unfold()
  const holds = Object.entries(fields).map(([name, value]) =>
    name === 'event' ? `:has([name="event"][value="${value}"])` : `:has([name="${name}"])`,
  )
  const form = tab.locator(`form[action${action}]${holds.join('')}`).first()
  await form.evaluate(
    (node, given) => {
      type Form = { noValidate: boolean; elements: { namedItem: (name: string) => { value: string } } }
      const { elements } = Object.assign(node as unknown as Form, { noValidate: true })
      for (const [name, value] of given) elements.namedItem(name).value = value
    },
    Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
  )
  return to(() => form.locator('button').first().click())
}
const download = async (link: string) => {
  const [got] = await Promise.all([tab.waitForEvent('download'), tab.locator(`main a[${link}]`).first().click()])
  return got.suggestedFilename()
}

const routes = [...requestRoutes, ...subscriptionRoutes].filter(({ method }) => method !== 'HEAD')
const sorted = byPreference(routes.map((route) => ({ ...route, fn: '', timeoutMs: 0 })))
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

test('a walk through every page asks nobody but us, tells nobody where it came from, and leaves nothing behind', async () => {
  const ada = adasForm.seekerEmail
  const { seekerEmail: email, ...rest } = adasForm

  // The tips, before and after the confirmation.
  await to(() => tab.goto(`${traveller.url}/series`))
  await follow('href^="/series/"')
  await follow('href^="/series/the-other-way-round/"')
  await follow('rel="next"')
  await to(() => tab.goBack())
  await to(() => tab.goto(`${traveller.url}/`))
  expect(await send('="/subscriptions"', { email })).toBe('/subscriptions/inbox')
  await openMail(ada, 'confirm-series', /\/confirm$/)
  await send('$="/confirm"')
  await follow('href$="/preferences"')
  const preferences = tab.url()
  await send('$="/preferences"', { firstName: 'Ada' })
  await follow('href$="/export"')
  await to(() => tab.goBack())
  await follow('href^="/series/"')
  await openMail(ada, 'confirm-series', /\/unsubscribe$/)
  await send('$="/unsubscribe"')
  await send('$="/unsubscribe"', { everything: 'on' })
  await send('$="/unsubscribe"', { undo: 'on' })

  // A request, from the form to the talk.
  await to(() => tab.goto(`${traveller.url}/health`))
  await to(() => tab.goto(`${traveller.url}/`))
  expect(await send('="/requests"', { ...rest, seekerEmail: email, contactName: '' })).toBe('/requests')
  expect(await send('="/requests"', { ...rest, seekerEmail: email })).toBe('/requests/inbox')
  await openMail(ada, 'confirm', /^\/confirm\//)
  await send('^="http"')
  const page = await follow('href*="/requests/"')
  await follow('href*="/drafts/"')
  await to(() => tab.goBack())
  await follow('href$="/export"')
  await openMail(ada, 'draft', /\/events\/sent$/)
  expect(await send('$="/events"', { event: 'sent' })).toBe(page)
  await send('$="/events"', { event: 'scheduled', start: '2001-01-01T15:00' })
  await send('$="/events"', { event: 'scheduled', start: '2026-12-08T15:00' })
  expect(await download('href$="/calendar.ics"')).toMatch(/\.ics$/)

  // Out again, by every door.
  await follow('href$="/stop"')
  await send('$="/stop"')
  await send('$="/stop-everything"')
  await send('$="/stop-everything"', { undo: 'on' })
  await to(() => tab.goto(traveller.url + page))

  // To another site, from a page whose address is a secret.
  const site = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
  await tab.evaluate(
    `document.querySelector('main').insertAdjacentHTML('beforeend', '<a href="${site}">elsewhere</a>')`,
  )
  await follow(`href="${site}"`)
  expect(elsewhere.length).toBeGreaterThan(0)
  for (const headers of elsewhere) expect(headers).not.toHaveProperty('referer')
  await to(() => tab.goBack())

  await follow('href$="/erase"')
  await send('$="/erase"')
  await to(() => tab.goto(traveller.url + page))
  await follow('href="/"')
  await to(() => tab.goto(preferences))
  await follow('href$="/erase"')
  await send('$="/erase"')

  const ours = asked.filter(({ url }) => new URL(url).origin === traveller.url)
  expect(asked.filter((request) => !ours.includes(request)).map(({ url }) => url)).toEqual([site])
  const walked = ours.flatMap(({ method, url }) => matchRoute(sorted, method, new URL(url).pathname)?.route ?? [])
  // A page that is new is to be walked to here.
  expect([...new Set(walked.map(nameOf))].sort()).toEqual(routes.map(nameOf).sort())
  for (const { url, headers } of asked) {
    const { referer, cookie } = await headers
    expect({ url, referer, cookie }).toEqual({ url })
  }
  expect(await context.storageState({ indexedDB: true })).toEqual({ cookies: [], origins: [] })
  expect(context.serviceWorkers()).toEqual([])
  // A page that says no is told of as well.
  expect(complaints.filter((text) => !/^Failed to load resource: .* status of 4\d\d/.test(text))).toEqual([])
}, 300_000)
