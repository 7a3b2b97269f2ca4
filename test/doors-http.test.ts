import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { personId } from '../shared/person.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { hostile, hostileEmail, taken } from './hostile.ts'
import { type Answer, type House, openHouse, type Sent } from './house.ts'
import { adasForm } from './traveller.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/** The functions behind the API, asked past the gateway: it may hand over more than a browser or a test server would. */

const AT = '2026-11-23T14:00:00Z'
const stage = stages.dev
let house: House
/** Everything that was logged. */
let logged = ''
beforeAll(async () => {
  house = await openHouse(stage, AT)
  for (const level of ['info', 'warn', 'error', 'log'] as const)
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => {
      logged += `${JSON.stringify(line)}\n`
    })
})
afterAll(() => house.close())
beforeEach(() => {
  logged = ''
})

let count = 0
const somebody = () => {
  count += 1
  return `door-${count}@example.org`
}
const keyOf = (email: string) => personId(email, stage.addressKey)
const confirm = ({ confirm: link }: { confirm: string }) => house.call('POST', link)
/** A request that is confirmed. */
const begin = async (fields: Record<string, unknown> = {}) => {
  const request = await house.begin({ seekerEmail: somebody(), ...fields })
  expect((await confirm(request)).statusCode).toBe(200)
  return request
}
const subscribed = async (email: string) => {
  await house.call('POST', '/subscriptions', { body: { email } })
  const item = (await house.items()).find(
    ({ pk, sk }) => pk?.S === `PERSON#${keyOf(email)}` && sk?.S?.startsWith('SERIES#'),
  )
  const links = subscriptionLinks('', {
    person: keyOf(email),
    series: item?.series?.S ?? '',
    secret: item?.secret?.S ?? '',
  })
  expect((await house.call('POST', links.confirm)).statusCode).toBe(200)
  return links
}

const stored = async () => new Map((await house.items()).map((item) => [`${item.pk?.S} ${item.sk?.S}`, item]))

describe('the link of a request', () => {
  test('changed in any byte, cut short, made longer or used for another purpose opens nothing', async () => {
    const request = await begin()
    const other = await begin()
    const tokens = {
      confirm: request.confirm.slice('/confirm/'.length),
      page: request.page.split('/')[3] as string,
      stop: request.stop.split('/')[3] as string,
    }
    const doors: Record<keyof typeof tokens, (token: string) => string[]> = {
      confirm: (token) => [`/confirm/${token}`],
      page: (token) =>
        ['', '/events', '/events/sent', '/export', '/erase', '/drafts/draft', '/calendar.ics'].map(
          (end) => `/requests/${request.id}/${token}${end}`,
        ),
      stop: (token) => [`/requests/${request.id}/${token}/stop`, `/requests/${request.id}/${token}/stop-everything`],
    }
    const before = await stored()
    const answers = new Set<string>()
    const knock = async (paths: string[]) => {
      for (const path of paths)
        for (const method of ['GET', 'POST']) {
          const { statusCode, body } = await house.call(method, path, { body: { event: 'closed' } })
          expect([path, statusCode]).toEqual([path, 404])
          answers.add(body)
        }
    }
    for (const [name, right] of Object.entries(tokens) as [keyof typeof tokens, string][]) {
      for (let at = 0; at < right.length; at += 1) {
        const changed = `${right.slice(0, at)}${right[at] === 'A' ? 'B' : 'A'}${right.slice(at + 1)}`
        await knock(doors[name](changed).slice(0, 1))
      }
      for (const token of [
        right.slice(1),
        right.slice(0, -1),
        `${right}A`,
        right.toLowerCase(),
        'A'.repeat(22),
        '__proto__',
        '%00',
        `${right}%00`,
        `${right}=`,
      ])
        await knock(doors[name](token))
      // The right token of another door, and of another request.
      for (const [purpose, token] of Object.entries(tokens)) {
        if (purpose === name) continue
        await knock(doors[name](token))
        if (name === 'confirm') await knock(doors.confirm(request.id + token))
        if (purpose === 'confirm') await knock(doors[name](token.slice(26)))
      }
      await knock(doors[name](other.page.split('/')[3] as string))
    }
    expect(answers.size).toBe(1)
    expect(await stored()).toEqual(before)
    expect(logged).toBe('')
  })

  test('is over when the request is, for every purpose', async () => {
    const unconfirmed = await house.begin({ seekerEmail: somebody() })
    const erased = await begin()
    await house.call('POST', `${erased.page}/erase`)
    const { page, stop, confirm: link } = erased
    const doors = {
      GET: [page, stop, link, `${page}/export`, `${page}/events/sent`, `${page}/drafts/draft`, `${page}/erase`],
      POST: [`${page}/events`, `${page}/erase`, stop, link, stop.replace('/stop', '/stop-everything')],
    }
    for (const [method, paths] of Object.entries(doors))
      for (const path of paths)
        expect((await house.call(method, path, { body: { event: 'sent' } })).statusCode, `${method} ${path}`).toBe(404)
    expect((await house.call('GET', unconfirmed.confirm)).statusCode).toBe(200)
    vi.setSystemTime(new Date(Date.parse(AT) + (stage.retention.unconfirmedDays * 86_400 + 1) * 1000))
    for (const path of [unconfirmed.confirm, unconfirmed.page, unconfirmed.stop])
      for (const method of ['GET', 'POST'])
        expect((await house.call(method, path)).statusCode, `${method} ${path}`).toBe(404)
    vi.setSystemTime(new Date(AT))
  })

  test('pressed eight times at once confirms once, and eight times again changes nothing', async () => {
    const request = await house.begin({ seekerEmail: somebody() })
    const press = () => Promise.all(Array.from({ length: 8 }, () => confirm(request)))
    expect(new Set((await press()).map(({ statusCode, body }) => statusCode + body)).size).toBe(1)
    const stored = async () =>
      (await house.items()).find(({ pk, sk }) => pk?.S === `REQUEST#${request.id}` && sk?.S === 'REQUEST')
    const before = await stored()
    expect([before?.state?.S, before?.version?.N]).toEqual(['drafted', '2'])
    await press()
    expect(await stored()).toEqual(before)
  })
})

describe('who uses this', () => {
  test('cannot be asked: bytes of the answer and work of the database are the same for every address', async () => {
    const people: Record<string, string> = Object.fromEntries(
      ['unknown', 'asked', 'confirmed', 'reading', 'paused', 'left', 'stopped', 'bounced', 'complained', 'erased'].map(
        (name) => [name, `${name}@example.org`],
      ),
    )
    const { find, suppress } = await import('../shared/aws/people.ts')
    await house.begin({ seekerEmail: people.asked })
    await begin({ seekerEmail: people.confirmed })
    await subscribed(people.reading as string)
    const paused = await subscribed(people.paused as string)
    expect((await house.call('POST', paused.preferences, { body: { pauseWeeks: 2 } })).statusCode).toBe(200)
    const left = await subscribed(people.left as string)
    expect((await house.call('POST', left.unsubscribe)).statusCode).toBe(200)
    const stopped = await subscribed(people.stopped as string)
    const everything = { body: 'everything=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect((await house.call('POST', stopped.unsubscribe, everything)).statusCode).toBe(200)
    await suppress(keyOf(people.bounced as string), 'bounce', house.now())
    await suppress(keyOf(people.complained as string), 'complaint', house.now())
    const erased = await subscribed(people.erased as string)
    expect((await house.call('POST', erased.erase)).statusCode).toBe(200)
    // Each of them is what she is called.
    const items = await house.items()
    const states = (email: string) =>
      items
        .filter(({ email: to, seeker }) => to?.S === email || seeker?.M?.email?.S === email)
        .map(({ state }) => state?.S ?? '')
    const known: Record<string, [states: string[], suppressed: boolean]> = {}
    for (const [who, email] of Object.entries(people))
      known[who] = [states(email), (await find(keyOf(email))).suppressedAt !== undefined]
    expect(known).toEqual({
      unknown: [[], false],
      asked: [['unconfirmed'], false],
      confirmed: [['drafted'], false],
      reading: [['active'], false],
      paused: [['paused'], false],
      left: [['unsubscribed'], false],
      stopped: [['unsubscribed'], true],
      bounced: [[], true],
      complained: [[], true],
      erased: [[], false],
    })
    expect((await find(keyOf(people.erased as string))).tipsErasedAt).toBeDefined()
    const seen = async (email: string, sent: (email: string) => [string, Sent]) => {
      const [path, init] = sent(email)
      house.commands.length = 0
      const { statusCode, headers, body } = await house.call('POST', path, init)
      return JSON.stringify([statusCode, headers, body.replace(/"id":"[0-9A-Z]{26}"/, '"id":"…"'), house.commands])
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
    const doors: Record<string, (email: string) => [string, Sent]> = {
      'request, JSON': (email) => ['/requests', { body: { ...adasForm, seekerEmail: email } }],
      'request, form': (email) => [
        '/requests',
        { headers: form, body: new URLSearchParams({ ...adasForm, followUps: '1', seekerEmail: email }).toString() },
      ],
      'tips, JSON': (email) => ['/subscriptions', { body: { email } }],
      'tips, form': (email) => ['/subscriptions', { headers: form, body: `email=${encodeURIComponent(email)}` }],
    }
    for (const [door, sent] of Object.entries(doors)) {
      await seen('warm-up@example.org', sent)
      const expected = await seen(`never-heard-of-${door.length}@example.org`, sent)
      expect(JSON.parse(expected)[3].length, door).toBeGreaterThan(0)
      for (const [who, email] of Object.entries(people))
        expect([door, who, await seen(email, sent)]).toEqual([door, who, expected])
    }
  })
})

describe('another site', () => {
  test('is told that it may read nothing, and asks in vain whether it may', async () => {
    const { page } = await begin()
    const origin = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const ask = { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
    const answers = [
      await house.call('OPTIONS', '/requests', { headers: ask }),
      await house.call('OPTIONS', `${page}/events`, { headers: ask }),
      await house.call('OPTIONS', '/subscriptions', { headers: ask }),
      await house.call('GET', page, { headers: origin }),
      await house.call('GET', `${page}/export`, { headers: origin }),
      await house.call('POST', '/requests', { headers: origin, body: adasForm }),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 200, 200, 202])
    for (const { headers } of answers)
      expect(Object.keys(headers).filter((name) => /^access-control/i.test(name))).toEqual([])
  })

  test('gets no cookie set and finds none read: there is nothing that a browser would add by itself', async () => {
    const { page } = await begin()
    for (const path of ['/', page, '/series', '/nowhere']) {
      const answer = await house.call('GET', path, {
        headers: { cookie: 'session=1', authorization: 'Basic eA==', accept: 'text/html' },
      })
      expect(answer).not.toHaveProperty('cookies')
      expect(Object.keys(answer.headers)).not.toContain('set-cookie')
      expect(answer).toEqual({
        ...(await house.call('GET', path, { headers: { accept: 'text/html' } })),
        body: expect.any(String),
      })
    }
  })

  test('can post text/plain, which needs no leave of ours, and is refused where a body counts', async () => {
    const { page } = await begin()
    for (const path of ['/requests', `${page}/events`, '/subscriptions'])
      for (const type of ['text/plain', 'multipart/form-data; boundary=b', 'text/json-not', ''])
        expect(
          (await house.call('POST', path, { headers: { 'content-type': type }, body: JSON.stringify(adasForm) }))
            .statusCode,
          `${type} ${path}`,
        ).toBe(415)
  })

  test('is never where an answer sends a browser, whatever names the host', async () => {
    const { page, stop } = await begin()
    const names = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.example',
      referer: 'https://evil.example',
      accept: 'text/html',
    }
    const form = { ...names, 'content-type': 'application/x-www-form-urlencoded' }
    const more = '?next=https://evil.example&url=//evil.example&return=/\\evil.example'
    const answers = [
      await house.call('POST', '/requests', {
        headers: form,
        body: new URLSearchParams({ ...adasForm, followUps: '1', next: '//evil.example' }).toString(),
      }),
      await house.call('POST', '/subscriptions', { headers: form, body: `email=${somebody()}&next=//evil.example` }),
      await house.call('POST', `${page}/events`, { headers: form, body: 'event=sent&next=//evil.example' }),
      await house.call('GET', '/series/the-other-way-round/1', { headers: names }),
      await house.call('GET', '//evil.example', { headers: names }),
      await house.call('GET', '//evil.example/..', { headers: names }),
      await house.call('GET', '/\\evil.example', { headers: names }),
      await house.call('GET', `/requests/inbox${more}`, { headers: names }),
      await house.call('GET', page, { headers: names }),
      await house.call('GET', stop, { headers: names }),
    ]
    expect(answers.filter(({ statusCode }) => statusCode === 303)).toHaveLength(4)
    for (const { headers, body } of answers) {
      if (headers.location) expect(headers.location.startsWith('https://chats.example.org/')).toBe(true)
      expect(body).not.toContain('evil.example')
    }
  })
})

describe('input that no browser sends', () => {
  /** What every answer promises, whatever it answers: each promise that this one breaks. */
  const broken = ({ statusCode, headers, body }: Answer): string[] => {
    const type = headers['content-type'] ?? ''
    const isJson = /json/.test(type)
    const problem = isJson && statusCode >= 400 ? (JSON.parse(body) as Record<string, unknown>) : undefined
    const promises: Record<string, boolean> = {
      'no 5xx': statusCode < 500,
      'a body that is text': typeof body === 'string',
      'headers that are headers': Object.values(headers).every((value) => /^[\t -~]*$/.test(value)),
      'no guess at its kind': headers['x-content-type-options'] === 'nosniff',
      'no address handed on': headers['referrer-policy'] === 'no-referrer',
      'a kind, or a place to go': statusCode === 303 ? body === '' && !type : type !== '',
      'a place of ours':
        statusCode !== 303 || /^(?:https:\/\/chats\.example\.org)?\/(?!\/)/.test(headers.location ?? ''),
      'a page that is whole, and closed to others':
        !type.startsWith('text/html') ||
        (/^<!doctype html>.*<\/html>\s*$/is.test(body) &&
          /default-src 'none'/.test(headers['content-security-policy'] ?? '')),
      'JSON that can be read': !isJson || JSON.parse(body) !== undefined,
      'a problem that says what and why':
        !problem ||
        (type.startsWith('application/problem+json') &&
          problem.status === statusCode &&
          [problem.title, problem.detail].every((text) => typeof text === 'string' && text !== '')),
      'which fields, where it is them': !problem || statusCode !== 422 || Array.isArray(problem.errors),
      'when to come again': statusCode !== 429 || Number(headers['retry-after']) > 0,
    }
    return Object.keys(promises).filter((promise) => !promises[promise])
  }

  test.each([
    ['an array as deep as fits', '['.repeat(16_000) + ']'.repeat(16_000)],
    ['an object as deep as fits', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['a prototype', JSON.stringify({ ...adasForm }).replace('{', '{"__proto__":{"tips":true,"state":"drafted"},')],
    ['a constructor', JSON.stringify({ ...adasForm, constructor: { prototype: { polluted: 1 } } })],
    ['the same key twice', JSON.stringify(adasForm).replace('{', '{"seekerEmail":"other@example.org",')],
    ['numbers beyond all bounds', '{"minutes":1e999,"followUps":-0,"seekerName":1e400}'],
    ['half a character', '{"seekerName":"\\ud800"}'],
    ['a null byte', '{"seekerName":"\\u0000"}'],
    ['something behind the end', '{} {}'],
    ['a byte order mark', `\ufeff${JSON.stringify(adasForm)}`],
    ['nothing', ''],
    ['null', 'null'],
  ])('%s is refused or taken, and pollutes nothing', async (_what, body) => {
    const { page } = await begin()
    for (const path of ['/requests', '/subscriptions', `${page}/events`, `${page}/erase/x`])
      for (const type of ['application/json', 'application/problem+json', 'application/x-www-form-urlencoded'])
        for (const accept of ['text/html', 'application/json']) {
          const answer = await house.call('POST', path, { headers: { 'content-type': type, accept }, body })
          expect(broken(answer), `${path} ${type}: ${answer.statusCode}`).toEqual([])
        }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).tips).toBeUndefined()
    expect(logged).not.toContain('unexpected')
  })

  const fields = (more: string) =>
    `${new URLSearchParams({ ...adasForm, followUps: '1', seekerEmail: somebody() })}${more}`

  test.each([
    ['__proto__[polluted]=1'],
    ['constructor[prototype][polluted]=1'],
    ['__proto__=drafted'],
    ['__proto__[state]=drafted'],
    ['__proto__.state=drafted'],
    ['seekerName[__proto__][state]=drafted'],
  ])('a form with %s is stored as one without', async (more) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const names = Object.getOwnPropertyNames(Object.prototype)
    const before = await stored()
    for (const sent of [more, more.replaceAll('[', '%5B').replaceAll(']', '%5D')]) {
      const { statusCode } = await house.call('POST', '/requests', { headers, body: fields(`&${sent}`) })
      expect(statusCode, sent).toBe(202)
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names)
    const added = [...(await stored())].filter(([key]) => !before.has(key) && key.endsWith(' REQUEST'))
    expect(added.map(([, { state }]) => state?.S)).toEqual(['unconfirmed', 'unconfirmed'])
    expect(JSON.stringify(added)).not.toMatch(/__proto__|polluted|constructor/)
  })

  test('JSON that brings a state in its prototype stores no such state', async () => {
    const names = Object.getOwnPropertyNames(Object.prototype)
    const { page } = await begin()
    const before = await stored()
    const own = '{"__proto__":{"state":"met","tips":true},'
    const body = JSON.stringify({ ...adasForm, seekerEmail: somebody() }).replace('{', own)
    const { statusCode } = await house.call('POST', '/requests', {
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(statusCode).toBe(422)
    const event = JSON.stringify({ event: 'replied' }).replace('{', own)
    const told = await house.call('POST', `${page}/events`, {
      headers: { 'content-type': 'application/json' },
      body: event,
    })
    expect([409, 422]).toContain(told.statusCode)
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names)
    expect([...(await stored())].filter(([key]) => !before.has(key) && key.endsWith(' REQUEST'))).toEqual([])
    expect((await stored()).get(`REQUEST#${page.split('/')[2]} REQUEST`)).toEqual(
      before.get(`REQUEST#${page.split('/')[2]} REQUEST`),
    )
  })

  test('a page has one spelling: any other is the one 404, and changes nothing', async () => {
    const { page, stop, confirm: link } = await begin()
    const tips = await subscribed(somebody())
    const spellings = (path: string) => [
      `/${path}`,
      path.replace(/^(\/\w+)\//, '$1//'),
      path.replace(/^(\/\w+)\//, '$1/./'),
      `/.${path}`,
      `/x/..${path}`,
      `/%2e%2e${path}`,
      `/x/%2e%2e${path}`,
      path.replace(/\/([^/]*)$/, '%2f$1'),
      path.replace(/\/([^/]*)$/, '%5c$1'),
      `/${path.slice(1, 2).toUpperCase()}${path.slice(2)}`,
      ...[';x', ';x=1', '%2f', '%00', '%20', '\\', '/.', '/..', '/%2e', '//', '.'].map((end) => path + end),
    ]
    const before = await stored()
    const answers = new Set<string>()
    for (const path of [page, `${page}/export`, `${page}/erase`, link, stop, tips.preferences, tips.unsubscribe])
      for (const method of ['GET', 'POST'])
        for (const spelt of spellings(path)) {
          const { statusCode, body } = await house.call(method, spelt, { body: {} })
          expect([method, spelt, statusCode]).toEqual([method, spelt, 404])
          answers.add(body)
        }
    expect(answers.size).toBe(1)
    expect(await stored()).toEqual(before)
    // But for one slash at the end, which makes no other page.
    for (const path of [page, tips.preferences])
      expect(JSON.parse((await house.call('GET', `${path}/`)).body)).toEqual(
        JSON.parse((await house.call('GET', path)).body),
      )
  })

  test('a body of more than 32 KiB is refused before it is read, in base64 as well', async () => {
    const long = JSON.stringify({ ...adasForm, topic: 'x'.repeat(33 * 1024) })
    for (const more of [{ body: long }, { body: Buffer.from(long).toString('base64'), isBase64Encoded: true }])
      expect(
        (await house.call('POST', '/requests', { headers: { 'content-type': 'application/json' }, ...more }))
          .statusCode,
      ).toBe(413)
    const fits = Buffer.from(JSON.stringify({ ...adasForm, seekerEmail: somebody() })).toString('base64')
    const sent = { headers: { 'content-type': 'application/json' }, body: fits, isBase64Encoded: true }
    expect((await house.call('POST', '/requests', sent)).statusCode).toBe(202)
  })

  test('whatever path, method, header and body there is, every answer keeps what answers promise, and only a POST changes anything', {
    timeout: 120_000,
  }, async () => {
    const { id, page, stop, confirm: link } = await begin()
    const tips = await subscribed(somebody())
    const segment = fc.oneof(
      fc.constantFrom(
        '',
        '..',
        '.',
        '%2e%2e',
        '%2f',
        '%00',
        '%',
        '%E0%A4%A',
        '\\',
        '%5c',
        ';a=b',
        '__proto__',
        'constructor',
        'toString',
        'proxy',
      ),
      fc.constantFrom(
        id,
        ...page.split('/'),
        ...stop.split('/'),
        ...link.split('/'),
        ...tips.preferences.split('/'),
        'events',
        'drafts',
        'series',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('x'.repeat(8000), '/'.repeat(3000), 'é', '💩', '\u202e'),
    )
    const path = fc.oneof(
      { weight: 3, arbitrary: fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          '/requests',
          '/subscriptions',
          page,
          stop,
          link,
          `${page}/events`,
          `${page}/export`,
          ...Object.values(tips),
        ),
      },
    )
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...Object.values(hostile)))
    const headers = fc.dictionary(
      fc.constantFrom(
        'accept',
        'content-type',
        'idempotency-key',
        'cookie',
        'host',
        'origin',
        'content-length',
        'transfer-encoding',
        'x-http-method-override',
        '__proto__',
        'range',
        'expect',
      ),
      fc.oneof(
        text,
        fc.constantFrom(
          'application/json',
          'application/x-www-form-urlencoded',
          'text/html',
          '*/*;q=0',
          'text/html;q=NaN',
        ),
      ),
    )
    const body = fc.oneof(
      text,
      fc.json(),
      fc
        .dictionary(fc.constantFrom('event', 'undo', 'email', 'everything', ...Object.keys(adasForm)), text)
        .map((fields) => JSON.stringify(fields)),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'GET',
          'POST',
          'HEAD',
          'PUT',
          'DELETE',
          'PATCH',
          'OPTIONS',
          'TRACE',
          'CONNECT',
          'PURGE',
          'get',
          '',
        ),
        path,
        headers,
        fc.option(body),
        fc.boolean(),
        async (method, to, given, sent, isBase64Encoded) => {
          house.commands.length = 0
          const answer = await house.call(method || 'QUERY', to, {
            headers: given,
            ...(sent === null ? {} : { body: sent }),
            isBase64Encoded,
          })
          expect(broken(answer), `${method} ${to}: ${answer.statusCode} ${JSON.stringify(answer.headers)}`).toEqual([])
          // Who only looks changes nothing: a scanner, a preview, a prefetch.
          const written = house.commands.filter((command) => !/^(?:Get|Query)/.test(command))
          expect(method === 'POST' ? [] : written, `${method} ${to}`).toEqual([])
        },
      ),
      { numRuns: 800 },
    )
    expect(logged).not.toContain('unexpected')
  })
})

test('whatever is typed, a mail goes to the address of who typed it, and to nobody else', {
  timeout: 300_000,
}, async () => {
  await house.settle()
  // Who has asked before gets what she is due, whoever types what.
  const due = new Set((await house.items()).map(({ email, seeker }) => email?.S ?? seeker?.M?.email?.S))
  const single = 'POST /v2/email/outbound-emails'
  const bulk = 'POST /v2/email/outbound-bulk-emails'
  for (const [at, [kind, text]] of Object.entries(hostile).entries()) {
    house.pass(2)
    house.services.calls.length = 0
    const seekerEmail = hostileEmail.replace('@', `${at}@`)
    const more = { sourceIp: `198.51.100.${at}` }
    const request = await house.begin({ ...taken(() => text).form, seekerEmail }, more)
    await house.call('POST', '/subscriptions', { body: { email: seekerEmail, firstName: text.slice(0, 60) }, ...more })
    await house.call('POST', '/subscriptions', { body: { email: seekerEmail }, ...more })
    await house.settle()
    expect((await confirm(request)).statusCode, kind).toBe(200)
    await house.settle()
    const entries = house.services
      .asked(bulk)
      .flatMap(({ BulkEmailEntries }) => BulkEmailEntries as unknown as { Destination: object }[])
    const destinations = [...house.services.asked(single), ...entries]
      .map(({ Destination }) => Destination as { ToAddresses: string[] })
      .filter(({ ToAddresses }) => !ToAddresses.every((address) => due.has(address)))
    // The mail that asks to confirm, and the first letter at least.
    expect(destinations.length, kind).toBeGreaterThanOrEqual(2)
    expect(destinations, kind).toEqual(destinations.map(() => ({ ToAddresses: [seekerEmail] })))
  }
})
