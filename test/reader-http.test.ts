import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openBrowser } from './browser.ts'
import {
  daysOn,
  first,
  problem,
  type Reader,
  type Subscriber,
  second,
  somebody,
  subscriberAt,
  titles,
  zone,
} from './subscriber.ts'
import { begin, type Mail, openTraveller, pathIn, type Traveller, wall } from './traveller.ts'

let traveller: Traveller
let asking: Subscriber['asking']
let tipsTo: Subscriber['tipsTo']
let ask: Subscriber['ask']
let reader: Subscriber['reader']
let untilTen: Subscriber['untilTen']
let today: Subscriber['today']
beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
  ;({ asking, tipsTo, ask, reader, untilTen, today } = subscriberAt(traveller))
})
afterAll(() => traveller.close())

describe('preferences', () => {
  let ada: Reader
  beforeAll(async () => {
    ada = await reader({ firstName: 'Ada' })
  })

  test('are a resource for a client, and a page for a browser', async () => {
    await untilTen()
    const { email, preferences, get } = await reader()
    const resource = await get()
    expect(resource).toEqual({
      id: preferences.split('/')[2],
      series: first.id,
      title: first.title,
      state: 'active',
      hour: 9,
      timeZone: zone,
      had: 0,
      of: titles.length,
      next: {
        part: first.parts[0]?.id,
        title: titles[0],
        dueAt: expect.stringMatching(/T1[34]:00:00\.000Z$/),
        dueLocal: expect.stringMatching(/T09:00:00-0[45]:00\[America\/New_York\]$/),
      },
      others: [],
    })
    const page = await traveller.page(preferences)
    expect(page.status).toBe(200)
    for (const words of [email, first.title, titles[0], second.title, 'New York time'])
      expect(page.text).toContain(words)
  })

  test('a new hour and zone move what is due, of every series, and the page says so', async () => {
    await untilTen()
    const one = await reader()
    const two = await reader({ email: one.email, series: second.id })
    const changed = await two.wish({ hour: 18, timeZone: 'Asia/Calcutta', firstName: 'Ada' })
    expect(changed.status).toBe(200)
    for (const { get } of [one, two]) {
      const { hour, timeZone, next } = await get()
      expect([hour, timeZone, next.dueLocal]).toEqual([
        18,
        'Asia/Kolkata',
        expect.stringMatching(/T18:00:00\+05:30\[Asia\/Kolkata\]$/),
      ])
    }
    const back = await traveller.form(two.preferences, { hour: '7', timeZone: zone, firstName: '' })
    expect([back.status, new URL(back.headers.get('location') ?? '').pathname]).toEqual([303, two.preferences])
    expect(await one.get()).toMatchObject({ hour: 7, timeZone: zone })
    await traveller.move({ advance: 'P1D' })
    const tip = (await traveller.mails(one.email)).find(({ tags }) => tags.mail === 'tip')
    expect(wall(tip?.at ?? '', zone)).toMatch(/ 07:00$/)
    expect(tip?.text).not.toContain('Hello Ada')
  })

  test('a pause holds for so many weeks, can be changed, and ends by itself or by her word', async () => {
    await untilTen()
    const { wish, get, tips } = await reader()
    const day = await today()
    expect((await wish({ pauseWeeks: 8 })).json).toMatchObject({ state: 'paused', pausedUntil: daysOn(day, 56) })
    expect((await wish({ pauseWeeks: 1 })).json).toMatchObject({ state: 'paused', pausedUntil: daysOn(day, 7) })
    await traveller.move({ advance: 'P6DT20H' })
    expect(await tips()).toEqual([])
    await traveller.move({ advance: 'PT4H' })
    expect(await tips()).toEqual(titles.slice(0, 1))
    expect(await get()).toMatchObject({ state: 'active' })
    expect((await wish({ pauseWeeks: 52 })).json.state).toBe('paused')
    const resumed = await wish({ pauseWeeks: 0 })
    expect(resumed.json).toMatchObject({ state: 'active', next: { title: titles[1] } })
    expect(resumed.json).not.toHaveProperty('pausedUntil')
    expect((await wish({ pauseWeeks: 0 })).status).toBe(200)
    await traveller.move({ advance: 'P1D' })
    expect(await tips()).toEqual(titles.slice(0, 2))
  })

  test('the next part comes now, one for however many clicks, and the rhythm begins anew there', async () => {
    await untilTen()
    const { preferences, wish, get, tips } = await reader()
    const clicks = await Promise.all([1, 2, 3].map(() => traveller.form(preferences, { next: 'now' })))
    expect(clicks.map(({ status }) => status)).toEqual([303, 303, 303])
    await traveller.settle()
    expect(await tips()).toEqual(titles.slice(0, 1))
    expect((await wish({ next: 'now' })).json).toMatchObject({ onItsWay: true })
    expect((await traveller.page(preferences)).text).not.toContain('value="now"')
    await traveller.settle()
    expect(await tips()).toHaveLength(1)
    const { next } = await get()
    expect(next.dueLocal.slice(0, 10)).toBe(daysOn(await today(), 7))
    await traveller.move({ advance: 'PT2M' })
    await wish({ pauseWeeks: 3 })
    expect((await wish({ next: 'now' })).json).toMatchObject({ state: 'active' })
    await traveller.settle()
    expect(await tips()).toEqual(titles.slice(0, 2))
  })

  test('the next part comes now on a day that other mail has taken, too', async () => {
    const email = somebody()
    await begin(traveller, { seekerEmail: email })
    const one = await reader({ email })
    const two = await reader({ email, series: second.id })
    for (const { wish } of [one, two]) await wish({ next: 'now' })
    await traveller.settle()
    expect((await tipsTo(email)).sort()).toEqual([titles[0], second.parts[0]?.title].sort())
  })

  test('a series that has come to its end can begin again, and nothing else fits then', async () => {
    const { wish, get, tips, preferences } = await reader()
    for (const _part of titles) {
      await wish({ next: 'now' })
      await traveller.move({ advance: 'PT2M' })
    }
    expect(await tips()).toEqual(titles)
    expect(await get()).toMatchObject({ state: 'finished', had: titles.length, of: titles.length, next: null })
    for (const body of [{ next: 'now' }, { pauseWeeks: 2 }, { pauseWeeks: 0 }]) {
      const { status, json } = await wish(body)
      expect([status, json.state]).toEqual([409, 'finished'])
    }
    const page = await traveller.form(preferences, { next: 'now' })
    expect([page.status, page.text]).toEqual([409, expect.stringContaining('come to its end')])
    expect((await wish({ again: 'on' })).json).toMatchObject({ state: 'active', had: 0, next: { title: titles[0] } })
    expect((await wish({ again: true })).status).toBe(200)
    await traveller.move({ advance: 'P1DT1H' })
    expect(await tips()).toEqual([...titles, titles[0]])
  })

  test('another series begins by her word, with no further question', async () => {
    const { email, wish, get } = await reader({ firstName: 'Ada' })
    await wish({ hour: 20 })
    const { status, json } = await wish({ series: second.id })
    expect(status).toBe(200)
    expect(json.others).toMatchObject([{ series: second.id, state: 'active', hour: 20, had: 0 }])
    expect((await wish({ series: second.id })).status).toBe(200)
    expect(await asking(email)).toHaveLength(1)
    const exported = (await traveller.call(`${(await preferencesOf(email)).replace(/\/preferences$/, '')}/export`)).json
    expect(exported.subscriptions).toHaveLength(2)
    for (const { consent } of exported.subscriptions)
      expect(consent).toMatchObject({ how: 'form', wording: expect.any(String), confirmedAt: expect.any(String) })
    expect((await get()).next).not.toBeNull()
  })

  test('what she left from here begins again from here', async () => {
    const { wish, get, preferences } = await reader()
    expect((await wish({ leave: 'on' })).json).toMatchObject({ state: 'unsubscribed', next: null })
    expect((await wish({ leave: true })).status).toBe(200)
    expect((await wish({ next: 'now' })).status).toBe(409)
    expect((await traveller.page(preferences)).text).toContain(`name="series" value="${first.id}"`)
    expect((await wish({ series: first.id })).json).toMatchObject({ state: 'active' })
    expect(await get()).toMatchObject({ state: 'active', next: { title: titles[0] } })
  })

  test.each([
    [{}, ''],
    [{ leave: false }, ''],
    [{ next: 'now', pauseWeeks: 2 }, ''],
    [{ leave: 'on', series: second.id }, ''],
    [{ hour: 24 }, 'hour'],
    [{ hour: 'noon' }, 'hour'],
    [{ hour: -1 }, 'hour'],
    [{ timeZone: 'Nowhere' }, 'timeZone'],
    [{ firstName: 'x'.repeat(61) }, 'firstName'],
    [{ pauseWeeks: 53 }, 'pauseWeeks'],
    [{ pauseWeeks: 1.5 }, 'pauseWeeks'],
    [{ next: 'later' }, 'next'],
    [{ series: 'unheard-of' }, 'series'],
    [{ again: 'perhaps' }, 'again'],
    [{ state: 'active' }, 'state'],
  ])('refuse %j, and give a browser the page back', async (body, field) => {
    const before = await ada.get()
    const { status, headers, json } = await ada.wish(body)
    expect([status, headers.get('content-type')]).toEqual([422, expect.stringMatching(problem)])
    expect(json.errors).toEqual([{ field, message: expect.any(String) }])
    if (field !== 'state') {
      const strings = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))
      const page = await traveller.form(ada.preferences, strings)
      expect([page.status, page.text]).toEqual([422, expect.stringContaining('role="alert"')])
    }
    expect(await ada.get()).toEqual(before)
  })

  test.each([
    ['text/plain', 'next=now', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/json', '{', 422],
    ['application/json', JSON.stringify({ firstName: 'x'.repeat(33 * 1024) }), 413],
  ])('read no %s %.20s', async (type, body, expected) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body }
    expect((await traveller.call(ada.preferences, init)).status).toBe(expected)
  })
})

/** The link at the foot of a tip, or where a confirmation led. */
const preferencesOf = async (email: string): Promise<string> => {
  const [mail] = await asking(email)
  const { json } = await traveller.call(pathIn(mail, /\/confirm$/), { method: 'POST' })
  return new URL(json.preferences).pathname
}

describe('what is kept', () => {
  test('is given whole, without what the links are made of', async () => {
    const { email, own, wish } = await reader({ firstName: 'Ada' })
    await wish({ next: 'now' })
    await traveller.settle()
    const { status, json, text, headers } = await traveller.call(`${own}/export`)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(json.subscriptions).toEqual([
      expect.objectContaining({
        series: first.id,
        state: 'active',
        email,
        firstName: 'Ada',
        had: [first.parts[0]?.id],
        consent: expect.objectContaining({ how: 'form', askedAt: expect.any(String), confirmedAt: expect.any(String) }),
      }),
    ])
    expect(text).not.toMatch(/secret/)
  })

  test('is erased at once, of all series, and stays away; then the links lead nowhere', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email, tips: true })
    await traveller.settle()
    const one = await reader({ email, series: second.id })
    expect((await one.get()).others).toHaveLength(1)
    const page = await traveller.page(`${one.own}/erase`)
    expect([page.status, page.text.match(/<button/g)?.length]).toEqual([200, 1])
    const erased = await traveller.call(`${one.own}/erase`, { method: 'POST' })
    expect([erased.status, erased.json]).toEqual([200, { erased: true }])
    for (const link of [one.preferences, one.unsubscribe, one.confirm, `${one.own}/erase`, `${one.own}/export`])
      expect((await traveller.call(link)).status, link).toBe(404)
    expect((await traveller.call(`${one.own}/erase`, { method: 'POST' })).status).toBe(404)
    // The request is another matter, and its old tick brings nothing back.
    await request.tell('sent')
    await request.tell('replied')
    await request.tell('met')
    await traveller.move({ advance: 'P2D' })
    expect(await tipsTo(email)).toEqual([])
    const seriesOfHers = async () => {
      const { json: tables } = await traveller.call('/_local/data', { headers: { accept: 'application/json' } })
      expect(tables).toEqual([expect.objectContaining({ more: false })])
      return tables[0].items.filter(
        (item: { sk: string }) => item.sk.startsWith('SERIES#') && JSON.stringify(item).includes(email),
      )
    }
    expect(await seriesOfHers()).toEqual([])
    // Asked anew, and confirmed, she is welcome; and the old tick still brings back nothing.
    const again = await reader({ email, series: second.id })
    expect(await seriesOfHers()).toHaveLength(1)
    await request.tell('thanked')
    expect(await again.get()).toMatchObject({ state: 'active', others: [] })
  })

  test('says so to a browser', async () => {
    const { own } = await reader()
    const page = await traveller.form(`${own}/erase`, {})
    expect([page.status, page.text]).toEqual([200, expect.stringMatching(/scrambled form of the address/)])
  })
})

describe('the series on the web', () => {
  test('are pages that may be kept for a while, and JSON for a client', async () => {
    const part = first.parts[2]
    for (const [path, words] of [
      ['/series', second.title],
      [`/series/${first.id}`, titles[1]],
      [`/series/${first.id}/${part?.id}`, part?.takeaway],
    ] as const) {
      const page = await traveller.page(path)
      expect([page.status, page.headers.get('cache-control')], path).toEqual([200, 'public, max-age=300'])
      expect(page.headers.get('vary')).toBe('accept')
      expect(page.text).toContain(words)
      expect(page.text).not.toContain('noindex')
      const client = await traveller.call(path)
      expect([client.status, client.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
      expect(client.text).toContain(words)
      const head = await traveller.call(path, { method: 'HEAD' })
      expect([head.status, head.text]).toEqual([200, ''])
    }
    const { json } = await traveller.call(`/series/${first.id}`)
    expect(json).toMatchObject({ title: first.title, lead: first.lead })
    expect(json.parts.map(({ title }: { title: string }) => title)).toEqual(titles)
  })

  test('know a part by its number too', async () => {
    for (const number of [1, titles.length]) {
      const { status, headers } = await traveller.page(`/series/${first.id}/${number}`)
      expect(status).toBe(303)
      expect(new URL(headers.get('location') ?? '').pathname).toBe(`/series/${first.id}/${first.parts[number - 1]?.id}`)
    }
  })

  test.each([
    '/series/x',
    '/series/__proto__',
    `/series/${first.id}/0`,
    `/series/${first.id}/99`,
    `/series/${first.id}/1.5`,
    `/series/${first.id}/constructor`,
  ])('%s is a 404', async (path) => {
    expect((await traveller.call(path)).status).toBe(404)
    const page = await traveller.page(path)
    expect([page.status, page.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })
})

describe('links', () => {
  test('of one purpose open nothing else, and changed in any way nothing at all', async () => {
    const { own, confirm, unsubscribe, preferences } = await reader()
    const other = await reader()
    const tokenOf = (link: string) => link.split('/')[3] as string
    const id = own.split('/')[2] as string
    const links = { confirm, unsubscribe, preferences, export: `${own}/export`, erase: `${own}/erase` }
    const right: Record<string, string> = {
      confirm: tokenOf(confirm),
      unsubscribe: tokenOf(unsubscribe),
      preferences: tokenOf(preferences),
      export: tokenOf(preferences),
      erase: tokenOf(preferences),
    }
    const answers = new Set<string>()
    const expectNothing = async (path: string) => {
      for (const method of ['GET', 'POST']) {
        const init =
          method === 'POST' ? { method, headers: { 'content-type': 'application/json' }, body: '{"hour":3}' } : {}
        if (method === 'POST' && path.endsWith('/export')) continue
        const { status, json } = await traveller.call(path, init)
        expect(status, `${method} ${path}`).toBe(404)
        answers.add(JSON.stringify(json))
      }
    }
    for (const name of Object.keys(links)) {
      for (const token of new Set(Object.values(right)))
        if (token !== right[name]) await expectNothing(`/subscriptions/${id}/${token}/${name}`)
      for (const token of [
        tokenOf(other.preferences),
        'A'.repeat(22),
        'short',
        `${right[name]}A`,
        '%00',
        '%F0%9F%92%A9',
      ])
        await expectNothing(`/subscriptions/${id}/${token}/${name}`)
      for (const strange of [id.slice(1), `${id}x`, `x${id.slice(1)}`, 'x', '__proto__', id.toUpperCase()])
        await expectNothing(`/subscriptions/${strange}/${right[name]}/${name}`)
    }
    const token = right.preferences as string
    for (let index = 0; index < token.length; index += 1)
      await expectNothing(
        `/subscriptions/${id}/${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}/preferences`,
      )
    expect(answers.size).toBe(1)
    expect((await traveller.call(preferences)).json).toMatchObject({ state: 'active', hour: 9 })
  })

  test('of a request open no tips, and the other way round', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email })
    const { own, unsubscribe } = await reader({ email })
    const [, , id, token] = request.page.split('/')
    const [, , subscription, preferences] = own.split('/')
    for (const path of [
      `/subscriptions/${id}/${token}/preferences`,
      `/subscriptions/${subscription}/${token}/preferences`,
    ])
      expect((await traveller.call(path)).status).toBe(404)
    for (const path of [`/requests/${id}/${preferences}`, `/requests/${subscription}/${preferences}`])
      expect((await traveller.call(path)).status).toBe(404)
    for (const given of [token, preferences, unsubscribe.split('/')[3]]) {
      const path = `/requests/${id}/${given}/stop-everything`
      expect((await traveller.call(path, { method: 'POST' })).status).toBe(404)
    }
  })
})

test('a mail scanner that follows every link of every mail and page, with a browser that runs scripts, changes nothing', async () => {
  const asked = await ask()
  const reading = await reader({ firstName: 'Ada' })
  await reading.wish({ next: 'now' })
  await traveller.settle()
  await traveller.move({ advance: 'PT2M' })
  const gone = await reader()
  await traveller.call(gone.unsubscribe, { method: 'POST' })
  const seen = async () => [
    (await traveller.call(asked.confirm)).json,
    (await traveller.call(asked.unsubscribe)).json,
    await reading.get(),
    await gone.get(),
  ]
  const stored = async (): Promise<unknown[]> => {
    const { json: tables } = await traveller.call('/_local/data', { headers: { accept: 'application/json' } })
    expect(tables).toEqual([expect.objectContaining({ more: false })])
    return tables[0].items.filter(({ pk }: { pk: string }) => !pk.startsWith('COUNT#'))
  }
  const before = [await seen(), await stored()]
  const mails = (await Promise.all([asked, reading, gone].map(({ email }) => traveller.mails(email)))).flat()
  const links = new Set<string>()
  const header = (mail: Mail) => /^<([^>]+)>$/.exec(mail.headers['list-unsubscribe'] ?? '')?.[1] ?? ''
  for (const mail of mails) {
    const { json } = await traveller.call(`/_local/mail/${mail.id}/links`)
    for (const link of [...json, header(mail)]) if (link.startsWith(traveller.url)) links.add(link)
  }
  // And every link of the pages behind them, one step further.
  for (const link of [...links]) {
    const { text } = await traveller.page(link)
    for (const [, href = ''] of text.matchAll(/ (?:href|action)="([^"#]+)"/g)) {
      const url = new URL(href, traveller.url)
      if (url.origin === traveller.url) links.add(url.href)
    }
  }
  expect(links.size).toBeGreaterThan(12)
  for (const link of links)
    for (const method of ['GET', 'HEAD'])
      for (const accept of ['text/html', '*/*']) {
        const { status } = await traveller.call(link, { method, headers: { accept } })
        // Where a form is posted to there is nothing to get.
        expect(/\/(?:subscriptions|requests)$/.test(link) ? [404] : [200, 303], `${method} ${link}`).toContain(status)
      }
  const browser = await openBrowser()
  try {
    const tab = await (await browser.newContext()).newPage()
    for (const link of links) await tab.goto(link)
  } finally {
    await browser.close()
  }
  await traveller.settle()
  expect([await seen(), await stored()]).toEqual(before)
  for (const { email } of [asked, reading, gone])
    expect(mails.filter(({ to }) => to.includes(email))).toEqual(await traveller.mails(email))
})

test('no input whatever brings a 5xx', async () => {
  // Making the inputs takes so long that the server may give up an idle connection in the moment in which it is used again.
  const call: Traveller['call'] = (path, init) => traveller.call(path, init).catch(() => traveller.call(path, init))
  const { own, preferences, unsubscribe, confirm } = await reader()
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue(),
    fc.constantFrom(
      'now',
      'on',
      '0',
      '52',
      '9'.repeat(400),
      '\u0000',
      '{{x}}',
      'Europe/London',
      first.id,
      'a\r\nb',
      null,
    ),
  )
  const fields = [
    'email',
    'series',
    'timeZone',
    'firstName',
    'submissionId',
    'hour',
    'pauseWeeks',
    'next',
    'again',
    'leave',
  ]
  const names = fc.constantFrom(...fields, 'undo', 'website', '__proto__', 'constructor')
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(names, value, { maxKeys: 3 }))
  const types = [
    ...['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', 'text/html'],
    ...['application/json; charset=latin1', 'application/x-www-form-urlencoded; charset=x', ''],
  ]
  const encode = (given: unknown, type: string) =>
    type.includes('urlencoded') && typeof given === 'object' && given !== null
      ? new URLSearchParams(
          Object.entries(given).map(([name, text]): [string, string] => [
            name,
            typeof text === 'string' ? text.toWellFormed() : JSON.stringify(text),
          ]),
        ).toString()
      : JSON.stringify(given)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        '/subscriptions',
        preferences,
        preferences,
        unsubscribe,
        confirm,
        `${own}/export`,
        '/series',
        '/series/x/1',
      ),
      fc.constantFrom(...types),
      fc.constantFrom('text/html', 'application/json', '*/*', ',;q=,', ''),
      body,
      async (path, type, accept, given) => {
        const headers = { accept, ...(type ? { 'content-type': type } : {}) }
        const { status } = await call(path, { method: 'POST', headers, body: encode(given, type) })
        expect(status).toBeLessThan(500)
      },
    ),
    { numRuns: 600 },
  )
  const [, , id = '', token = ''] = own.split('/')
  const segment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '..',
      '%',
      '__proto__',
      id,
      token,
      'confirm',
      'unsubscribe',
      'preferences',
      'series',
      first.id,
      '1',
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('subscriptions', 'series', 'requests'),
      fc.array(segment, { maxLength: 4 }),
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
      async (start, segments, method) => {
        const path = `/${start}/${segments.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
        expect((await call(path, { method })).status).toBeLessThan(500)
      },
    ),
    { numRuns: 500 },
  )
}, 300_000)

test('nothing that a person typed, no address and no link is in the logs', async () => {
  const { own, confirm, unsubscribe, wish } = await reader({ firstName: 'CANARYfirst', email: 'CANARY@example.org' })
  await wish({ firstName: 'CANARYsecond', next: 'now' })
  await wish({ firstName: 'http://CANARY' })
  await traveller.call(`${own}x/preferences`)
  await traveller.move({ advance: 'P1DT2H' })
  await traveller.form(unsubscribe, { undo: 'CANARYundo' })
  const logged = traveller.logged()
  expect(logged).toContain(own.split('/')[2])
  expect(logged).not.toMatch(/CANARY|@example\.org/)
  for (const link of [`${own}/`, confirm, unsubscribe]) expect(logged).not.toContain(link.split('/')[3])
})
