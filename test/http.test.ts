import fc from 'fast-check'
import type { Browser } from 'playwright-core'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { adasForm, begin, type Mail, openTraveller, pathIn, type Traveller } from './traveller.ts'

let traveller: Traveller
beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
})
afterAll(() => traveller.close())

let count = 0
const somebody = () => {
  count += 1
  return `reader-${count}@example.org`
}
const strings = (form: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(form).map(([name, value]) => [name, String(value)]))
const formOf = (changes: Record<string, unknown> = {}) => ({ ...adasForm, seekerEmail: somebody(), ...changes })

describe('POST /requests', () => {
  test('answers 202 with the id and the state', async () => {
    const { status, json } = await traveller.json('/requests', formOf())
    expect(status).toBe(202)
    expect(json).toEqual({ id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/), state: 'unconfirmed' })
  })

  test('sends a browser on to a page that says to look in the inbox', async () => {
    const { status, headers } = await traveller.form('/requests', strings(formOf()))
    expect(status).toBe(303)
    const page = await traveller.page(headers.get('location') ?? '')
    expect(page.status).toBe(200)
    expect(page.text).toMatch(/inbox/i)
  })

  test('takes a plain form of somebody’s blog, without an Accept that names HTML', async () => {
    const { status } = await traveller.form('/requests', strings(formOf()), {
      accept: '*/*',
      origin: 'https://blog.example',
    })
    expect(status).toBe(202)
  })

  test('says the same of an address that is known, suppressed or capped', async () => {
    const seekerEmail = somebody()
    const shape = async (fields: Record<string, unknown>) => {
      const { status, json, headers } = await traveller.json('/requests', formOf(fields))
      return { status, keys: Object.keys(json), state: json.state, type: headers.get('content-type') }
    }
    const fresh = await shape({ seekerEmail })
    await traveller.settle()
    expect(await shape({ seekerEmail })).toEqual(fresh)
    expect(await shape({ seekerEmail: 'bounce@simulator.amazonses.com' })).toEqual(fresh)
    await traveller.settle()
    expect(await shape({ seekerEmail: 'bounce@simulator.amazonses.com' })).toEqual(fresh)
  })

  test.each([
    ['a submissionId', (id: string) => ({ body: { submissionId: id }, headers: {} })],
    ['an Idempotency-Key', (id: string) => ({ body: {}, headers: { 'idempotency-key': id } })],
  ])('with %s sent twice stores once and answers as before', async (_what, once) => {
    const seekerEmail = somebody()
    const { body, headers } = once(`form-${seekerEmail}`)
    const first = await traveller.json('/requests', formOf({ seekerEmail, ...body }), headers)
    const second = await traveller.json('/requests', formOf({ seekerEmail, ...body }), headers)
    expect(second.json).toEqual(first.json)
    await traveller.settle()
    expect(await traveller.mails(seekerEmail)).toHaveLength(1)
  })

  test('refuses bad fields with RFC 9457 and each field named', async () => {
    const { status, headers, json } = await traveller.json(
      '/requests',
      formOf({ seekerName: '', minutes: 25, source: 'alumni', connection: '' }),
    )
    expect(status).toBe(422)
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(json).toMatchObject({ status: 422, title: expect.any(String) })
    expect(json.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'connection',
      'minutes',
      'seekerName',
    ])
  })

  test('gives a browser its form back with what was typed and the words beside it', async () => {
    const { status, text } = await traveller.form(
      '/requests',
      strings(formOf({ topic: '', contactName: 'Grace <b>"Hopper"</b>' })),
    )
    expect(status).toBe(422)
    expect(text).toContain('Grace &lt;b&gt;&quot;Hopper&quot;&lt;/b&gt;')
    expect(text).not.toContain('<b>"Hopper"')
    expect(text).toMatch(/aria-invalid="true"/)
  })

  test.each([
    ['text/plain', 'hello', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/xml', '<a/>', 415],
    ['application/json', '{', 422],
    ['application/json', '[]', 422],
    ['application/json', '"x"', 422],
    ['application/json', 'null', 422],
    ['application/json', '{"__proto__":{"admin":true}}', 422],
    ['application/json', '{"unheard":"of"}', 422],
  ])('%s %s is answered with a problem', async (type, body, expected) => {
    const { status, headers } = await traveller.call('/requests', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    expect(status).toBe(expected)
    expect(headers.get('content-type')).toMatch(/problem\+json/)
  })

  test('without a content type is 415, and above 32 KiB 413', async () => {
    const bare = await traveller.call('/requests', { method: 'POST', body: new Uint8Array([123, 125]) })
    expect(bare.status).toBe(415)
    const large = await traveller.json('/requests', formOf({ topic: 'x'.repeat(33 * 1024) }))
    expect(large.status).toBe(413)
    expect((await traveller.form('/requests', { ...strings(formOf()), topic: 'ü'.repeat(12 * 1024) })).status).toBe(413)
  })

  test('a machine that fills in the field nobody sees is answered as everybody, and nothing is kept', async () => {
    const seekerEmail = somebody()
    const { status } = await traveller.form('/requests', {
      ...strings(formOf({ seekerEmail })),
      website: 'http://spam.example',
    })
    expect(status).toBe(303)
    await traveller.settle()
    expect(await traveller.mails(seekerEmail)).toEqual([])
  })
})

describe('confirming', () => {
  test('is a page with one button and one form, and the mail says nothing that somebody typed', async () => {
    const form = formOf({
      contactName: 'CANARYcontact',
      seekerName: 'CANARYseeker',
      topic: 'CANARYtopic',
      introduction: 'CANARYintro',
      organization: 'CANARYorg',
      connection: 'CANARYlink',
    })
    await traveller.json('/requests', form)
    await traveller.settle()
    const [mail] = await traveller.mails(form.seekerEmail)
    expect(`${mail?.subject}${mail?.text}${mail?.html}${JSON.stringify(mail?.headers)}`).not.toContain('CANARY')
    const page = await traveller.page(pathIn(mail, /^\/confirm\//))
    expect(page.status).toBe(200)
    expect(page.text.match(/<button/g)).toHaveLength(1)
    expect(page.text.match(/<form/g)).toHaveLength(1)
    expect(page.text).not.toContain('CANARY')
  })

  test('a second time says the same and changes nothing', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const before = await request.get()
    const [confirm] = await traveller.mails(seekerEmail)
    const again = await traveller.form(pathIn(confirm, /^\/confirm\//), {})
    expect(again.status).toBe(200)
    expect(await request.get()).toEqual(before)
    expect(await traveller.mails(seekerEmail)).toHaveLength(2)
  })

  test('offers the other requests of the same sitting, each with its own button', async () => {
    const seekerEmail = somebody()
    for (const contactName of ['Grace Hopper', 'Jean Bartik'])
      await traveller.json('/requests', formOf({ seekerEmail, contactName }))
    await traveller.settle()
    const confirmations = await traveller.mails(seekerEmail)
    expect(confirmations).toHaveLength(1)
    const page = await traveller.form(pathIn(confirmations[0], /^\/confirm\//), {})
    const other = /\/confirm\/[A-Za-z0-9_-]{48}/.exec(page.text)?.[0]
    expect(page.text).toMatch(/Jean Bartik|Grace Hopper/)
    expect(other).toBeDefined()
    expect((await traveller.form(other ?? '', {})).status).toBe(200)
    await traveller.settle()
    expect((await traveller.mails(seekerEmail)).map((mail) => mail.tags.mail)).toEqual(['confirm', 'draft', 'draft'])
  })

  test('more than sixty in a minute wait for the next minutes, and none is lost', async () => {
    const now = Date.parse((await traveller.call('/_local/clock')).json.now)
    await traveller.move({ to: new Date((Math.floor(now / 60_000) + 1) * 60_000).toISOString() })
    const forms = Array.from({ length: 75 }, () => formOf())
    const before = (await traveller.mails()).length
    for (const form of forms) await traveller.json('/requests', form)
    await traveller.settle()
    expect((await traveller.mails()).length - before).toBe(60)
    await traveller.move({ advance: 'PT10M' })
    expect((await traveller.mails()).length - before).toBe(75)
  })

  test('an address gets one confirmation a day and three ever, and the request is gone after seven days', async () => {
    const seekerEmail = somebody()
    const forms = async (times: number) => {
      for (let n = 0; n < times; n += 1)
        expect((await traveller.json('/requests', formOf({ seekerEmail }))).status).toBe(202)
      await traveller.settle()
      return (await traveller.mails(seekerEmail)).length
    }
    const seen = [await forms(5)]
    for (let day = 0; day < 5; day += 1) {
      await traveller.move({ advance: 'P1DT1M' })
      seen.push(await forms(2))
    }
    expect(seen).toEqual([1, 2, 3, 3, 3, 3])
    const [first] = await traveller.mails(seekerEmail)
    const link = pathIn(first, /^\/confirm\//)
    expect((await traveller.page(link)).status).toBe(200)
    await traveller.move({ advance: 'P2D' })
    expect((await traveller.page(link)).status).toBe(404)
    expect((await traveller.call(link, { method: 'POST' })).status).toBe(404)
  })
})

describe('a request', () => {
  test('is a page for a browser and a resource for a client', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const { json, headers } = await traveller.call(request.page)
    expect(json).toEqual({
      id: request.id,
      state: 'drafted',
      version: 2,
      contact: {
        name: 'Grace Hopper',
        role: 'Head of compilers',
        organization: 'Navy Computing',
        source: 'event',
        connection: 'we talked after your keynote in Boston',
      },
      meeting: null,
      history: [
        { event: 'requested', at: expect.any(String) },
        { event: 'confirmed', at: expect.any(String) },
      ],
      nextMails: [
        expect.objectContaining({
          mail: 'draft-reminder',
          dueAt: expect.any(String),
          dueLocal: expect.stringContaining('T08:30:00'),
          why: expect.any(String),
        }),
        expect.anything(),
      ],
    })
    expect(headers.get('cache-control')).toBe('no-store')
    const page = await traveller.page(request.page)
    expect(page.status).toBe(200)
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/)
    expect(page.text).toContain('Grace')
  })

  test('records an event: 200 with the resource for a client, 303 back to the page for a browser', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    expect(await request.tell('sent')).toMatchObject({ status: 200, json: { state: 'sent', version: 3 } })
    const replied = await traveller.form(`${request.page}/events`, { event: 'replied' })
    expect([replied.status, new URL(replied.headers.get('location') ?? '').pathname]).toEqual([303, request.page])
    // Twice the same click: the page again, and nothing has happened twice.
    expect((await traveller.form(`${request.page}/events`, { event: 'replied' })).status).toBe(303)
    expect((await request.get()).version).toBe(4)
  })

  test('says 409 with its state for an event that does not fit, to browser and client', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    expect(await request.tell('thanked')).toMatchObject({ status: 409, json: { state: 'drafted', status: 409 } })
    const page = await traveller.form(`${request.page}/events`, { event: 'thanked' })
    expect(page.status).toBe(409)
    expect(page.headers.get('content-type')).toMatch(/text\/html/)
  })

  test.each([
    [{ event: 'scheduled' }, 'start'],
    [{ event: 'scheduled', start: 'tomorrow' }, 'start'],
    [{ event: 'nonsense' }, 'event'],
    [{}, 'event'],
    [{ event: 'confirmed' }, 'event'],
    [{ event: 'sent', surprise: 1 }, 'surprise'],
    [{ event: ['sent'] }, 'event'],
  ])('says 422 for %j', async (body, field) => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const { status, json } = await traveller.json(`${request.page}/events`, body)
    expect(status).toBe(422)
    expect(json.errors).toEqual([{ field, message: expect.any(String) }])
    const page = await traveller.form(`${request.page}/events`, strings(body))
    expect([200, 303, 422]).toContain(page.status)
  })

  test('takes one of two clicks in the same moment', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => traveller.json(`${request.page}/events`, { event: 'sent' })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7)
    expect((await request.get()).version).toBe(3)
  })

  test('gives its draft as text, and as a message for a mail program', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const text = await traveller.call(`${request.page}/drafts/draft`)
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text.text).toMatch(/^Subject: [^\n]+\n\n\S/)
    const eml = await traveller.call(`${request.page}/drafts/draft`, { headers: { accept: 'message/rfc822' } })
    expect(eml.headers.get('content-type')).toBe('message/rfc822')
    const parsed = await PostalMime.parse(eml.text)
    expect(text.text).toBe(`Subject: ${parsed.subject}\n\n${parsed.text?.replaceAll('\r\n', '\n')}`)
    for (const name of ['nonsense', 'confirm', '__proto__'])
      expect((await traveller.call(`${request.page}/drafts/${name}`)).status).toBe(404)
  })

  test('keeps its draft in every state after the confirmation', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const story = [
      ['sent'],
      ['replied'],
      ['scheduled', { start: '2027-06-08T15:00' }],
      ['met', { learned: 'Much.' }],
      ['thanked'],
      ['kept-in-touch'],
      ['closed'],
    ] as const
    for (const [event, fields] of story) {
      expect((await request.tell(event, fields)).status).toBe(200)
      expect((await traveller.call(`${request.page}/drafts/draft`)).text).toMatch(/^Subject: /)
    }
  })

  test('asks back instead of inventing when there is nothing to say to this person', async () => {
    const request = await begin(traveller, {
      seekerEmail: somebody(),
      source: 'cold',
      contactRole: undefined,
      connection: undefined,
    })
    const { status, json } = await traveller.call(`${request.page}/drafts/draft`)
    expect(status).toBe(409)
    expect(json.errors.map(({ field }: { field: string }) => field)).toContain('connection')
    const answered = await request.tell('revised', { connection: 'your article on tests that tell stories' })
    expect(answered.status).toBe(200)
    expect((await traveller.call(`${request.page}/drafts/draft`)).text).toMatch(/^Subject: /)
  })

  test('has a calendar entry once there is a meeting, and none before', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    expect((await traveller.call(`${request.page}/calendar.ics`)).status).toBe(404)
    await request.tell('scheduled', { start: '2027-06-08T15:00', place: 'Café, 2nd floor; ring twice' })
    const { headers, text } = await traveller.call(`${request.page}/calendar.ics`)
    expect(headers.get('content-type')).toMatch(/^text\/calendar/)
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/)
    expect(text).toContain('METHOD:PUBLISH')
    await request.tell('cancelled')
    expect((await traveller.call(`${request.page}/calendar.ics`)).text).toContain('METHOD:CANCEL')
  })

  test('gives everything that is kept, and no secret', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const { status, json, text } = await traveller.call(`${request.page}/export`)
    expect(status).toBe(200)
    expect(json.requests[0]).toMatchObject({
      id: request.id,
      seeker: { email: seekerEmail },
      mails: [{ id: 'confirm#0' }, { id: 'draft#1' }, {}, {}],
    })
    expect(text).not.toContain('secret')
  })

  test('is erased at once, with all that was planned', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const schedules = async () =>
      (await traveller.call('/_local/schedules')).json.filter(({ name }: { name: string }) => name.includes(request.id))
        .length
    expect(await schedules()).toBe(2)
    expect((await traveller.call(`${request.page}/erase`, { method: 'POST' })).status).toBe(200)
    expect((await traveller.call(request.page)).status).toBe(404)
    await traveller.settle()
    expect(await schedules()).toBe(0)
    await traveller.move({ advance: 'P30D' })
    expect(await traveller.mails(seekerEmail)).toEqual([])
    expect((await traveller.call(`${request.page}/erase`, { method: 'POST' })).status).toBe(404)
    const kept = await traveller.call('/_local/data', { headers: { accept: 'application/json' } })
    expect(kept.json).toEqual([expect.objectContaining({ more: false, items: expect.any(Array) })])
    expect(kept.json[0].items.length).toBeGreaterThan(0)
    expect(kept.text).not.toContain(request.id)
  })

  test('erased in the moment after another change leaves no alarm behind', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    await request.tell('sent')
    await Promise.all([
      traveller.json(`${request.page}/events`, { event: 'declined' }),
      traveller.call(`${request.page}/erase`, { method: 'POST' }),
    ])
    await traveller.call(`${request.page}/erase`, { method: 'POST' })
    await traveller.settle()
    const { json: schedules } = await traveller.call('/_local/schedules')
    expect(schedules.filter(({ name }: { name: string }) => name.includes(request.id))).toEqual([])
  })
})

describe('the stop link', () => {
  test.each([
    ['an empty body', {}],
    [
      'urlencoded one-click',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' },
    ],
    [
      'multipart one-click',
      {
        body: (() => {
          const data = new FormData()
          data.set('List-Unsubscribe', 'One-Click')
          return data
        })(),
      },
    ],
    ['a JSON content type and nothing else', { headers: { 'content-type': 'application/json' } }],
    [
      'JSON that takes nothing back',
      { headers: { 'content-type': 'application/json' }, body: '{"List-Unsubscribe":"One-Click","undo":false}' },
    ],
    ['JSON that is none', { headers: { 'content-type': 'application/json' }, body: '{"undo":' }],
  ])('stops the mail of this request with %s, without a redirect, as often as it is pressed', async (_what, init) => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const [, draft] = await traveller.mails(seekerEmail)
    expect(draft?.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
    const stop = new URL(/^<([^>]+)>$/.exec(draft?.headers['list-unsubscribe'] ?? '')?.[1] ?? '').pathname
    for (const _press of [1, 2]) expect((await traveller.call(stop, { method: 'POST', ...init })).status).toBe(200)
    // Said once more it is one version on, by which whoever takes it back at that moment sees it.
    expect(await request.get()).toMatchObject({ state: 'closed', version: 4, nextMails: [] })
    const page = await traveller.page(stop)
    expect(page.status).toBe(200)
    expect((await traveller.form(stop, { undo: '1' })).status).toBe(200)
    expect(await request.get()).toMatchObject({ state: 'drafted' })
    expect((await traveller.json(stop, {})).json).toEqual({ state: 'closed' })
    expect((await traveller.json(stop, { undo: true })).json).toEqual({ state: 'drafted' })
  })

  test('opens nothing but itself', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const [, draft] = await traveller.mails(seekerEmail)
    const stop = pathIn(draft, /\/stop$/)
    expect((await traveller.call(stop.replace(/\/stop$/, ''))).status).toBe(404)
    expect((await traveller.call(`${request.page}/stop`)).status).toBe(404)
    const page = await traveller.form(stop, {})
    expect(page.text).not.toContain(request.page)
  })
})

describe('links that are not ours', () => {
  test('all get the same answer', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const [, , id, token] = request.page.split('/') as [string, string, string, string]
    const changed = token.startsWith('A') ? `B${token.slice(1)}` : `A${token.slice(1)}`
    const paths = [
      `/requests/${id}/${changed}`,
      `/requests/${id.replace(/.$/, id.endsWith('0') ? '1' : '0')}/${token}`,
      `/requests/${id}/short`,
      `/requests/x/${token}`,
      `/requests/${id}/${token}%00`,
      `/requests/${id}/..%2f..%2f`,
      '/confirm/nothing',
      `/confirm/${id}${token}`,
      '/confirm/%F0%9F%92%A9',
      '/nowhere',
      '/requests',
      `/requests/${id}`,
    ]
    const answers = new Set<string>()
    for (const path of paths) {
      const { status, json } = await traveller.call(path)
      expect(status, path).toBe(404)
      answers.add(JSON.stringify(json))
    }
    expect(answers.size).toBe(1)
    expect((await traveller.page('/nowhere')).headers.get('content-type')).toMatch(/text\/html/)
  })
})

test('GET / is the form, GET /health says ok, HEAD is GET without a body', async () => {
  const home = await traveller.page('/')
  expect(home.status).toBe(200)
  for (const field of Object.keys(adasForm)) expect(home.text, field).toContain(`name="${field}"`)
  expect((await traveller.call('/health')).json).toEqual({ ok: true })
  const head = await traveller.call('/', { method: 'HEAD' })
  expect([head.status, head.text]).toEqual([200, ''])
})

describe('a mail scanner that follows every link, with GET, HEAD and a browser that runs scripts', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  /** Opens every link of these mails, that of the one-click header too; answers how many different ones there were. */
  const scan = async (mails: Mail[]): Promise<number> => {
    const tab = await (await browser.newContext()).newPage()
    const links = new Set<string>()
    for (const mail of mails) {
      const { json } = await traveller.call(`/_local/mail/${mail.id}/links`)
      const header = /^<([^>]+)>$/.exec(mail.headers['list-unsubscribe'] ?? '')?.[1]
      for (const link of [...json, header]) if (link.startsWith(traveller.url)) links.add(link)
    }
    for (const link of links) {
      for (const method of ['GET', 'HEAD']) {
        expect((await traveller.call(link, { method, headers: { accept: 'text/html' } })).status, link).toBe(200)
      }
      // A calendar entry is a download, which a navigation calls an error.
      await tab.goto(link).catch((error: Error) => {
        if (!/Download is starting|ERR_ABORTED/.test(error.message)) throw error
      })
    }
    await traveller.settle()
    return links.size
  }

  /** All that is kept, but what is counted. */
  const stored = async (): Promise<unknown[]> => {
    const { json: tables } = await traveller.call('/_local/data', { headers: { accept: 'application/json' } })
    expect(tables).toEqual([expect.objectContaining({ more: false })])
    return tables[0].items.filter(({ pk }: { pk: string }) => !pk.startsWith('COUNT#'))
  }

  test('confirms nothing and stops nothing', async () => {
    const form = formOf()
    await traveller.json('/requests', form)
    await traveller.settle()
    const mails = await traveller.mails(form.seekerEmail)
    expect(await scan(mails)).toBeGreaterThanOrEqual(2)
    const confirm = await traveller.call(pathIn(mails[0], /^\/confirm\//))
    expect(confirm.json).toEqual({ confirmed: false })
    expect(await traveller.mails(form.seekerEmail)).toHaveLength(1)
  })

  test('changes nothing in the life of a request', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    await request.tell('sent')
    await traveller.move({ advance: 'P12D' })
    await request.tell('replied')
    const now = Date.parse((await traveller.call('/_local/clock')).json.now)
    await request.tell('scheduled', { start: `${new Date(now + 9 * 86_400_000).toISOString().slice(0, 10)}T15:00` })
    await traveller.move({ advance: 'P11D' })
    const mails = await traveller.mails(seekerEmail)
    expect(mails.map((mail) => mail.tags.mail)).toEqual(
      expect.arrayContaining([
        'confirm',
        'draft',
        'widen',
        'follow-up',
        'arrange',
        'invitation',
        'prepare',
        'day-before',
        'thank',
      ]),
    )
    const before = [await request.get(), await stored()]
    expect(await scan(mails)).toBeGreaterThan(10)
    expect([await request.get(), await stored()]).toEqual(before)
    expect(await traveller.mails(seekerEmail)).toHaveLength(mails.length)
  }, 300_000)
})

test('no input whatever brings a 5xx', async () => {
  const request = await begin(traveller, { seekerEmail: somebody() })
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue(),
    fc.constantFrom(
      '2026-12-08T15:00',
      '2027-01-01',
      'a\r\nb',
      '\u0000',
      '{{x}}',
      "'; DROP TABLE",
      '../../etc/passwd',
      '9'.repeat(400),
    ),
  )
  const names = [
    ...Object.keys(adasForm),
    'event',
    'start',
    'until',
    'at',
    'learned',
    'minutes',
    'place',
    '__proto__',
    'constructor',
    'tips',
    'submissionId',
  ]
  const body = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...names), value),
    fc
      .record({
        event: fc.constantFrom('sent', 'scheduled', 'deferred', 'paused', 'met', 'revised', 'closed', 'reopened'),
      })
      .chain((event) => fc.dictionary(fc.constantFrom(...names), value).map((more) => ({ ...more, ...event }))),
  )
  const paths = ['/requests', `${request.page}/events`, '/confirm/x', `${request.page}/erase/x`, '/']
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'text/html',
    'application/json; charset=latin1',
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
      fc.constantFrom(...paths),
      fc.constantFrom(...types),
      fc.constantFrom('text/html', 'application/json', '*/*', ',;q=,', ''),
      body,
      async (path, type, accept, given) => {
        const { status } = await traveller.call(path, {
          method: 'POST',
          headers: { 'content-type': type, accept },
          body: encode(given, type),
        })
        expect(status).toBeLessThan(500)
      },
    ),
    { numRuns: 1500 },
  )
  const segment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('..', '%00', '%', '__proto__', request.id, 'events', 'drafts', 'draft', 'stop'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { maxLength: 6 }),
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
      async (segments, method) => {
        const path = `/x/../${segments.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
        const { status } = await traveller.call(path, { method })
        expect(status).toBeLessThan(500)
      },
    ),
    { numRuns: 1000 },
  )
})

test('nothing that a person typed and no link is in the logs', async () => {
  const form = formOf({ seekerName: 'CANARYseeker', contactName: 'CANARYcontact', topic: 'CANARYtopic' })
  const request = await begin(traveller, form)
  await request.tell('sent')
  await request.tell('replied')
  await request.tell('met', { learned: 'CANARYlearned' })
  await traveller.call(`${request.page}x`)
  await traveller.move({ advance: 'P1D' })
  const logged = traveller.logged()
  expect(logged).toContain(request.id)
  expect(logged).not.toMatch(/CANARY|@example\.org/)
  expect(logged).not.toContain(request.page.split('/').at(-1))
})
