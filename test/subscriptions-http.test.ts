import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { changeStage } from './change-functions.ts'
import {
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
import { begin, openTraveller, pathIn, type Traveller, wall } from './traveller.ts'

let traveller: Traveller
let asking: Subscriber['asking']
let tipsTo: Subscriber['tipsTo']
let ask: Subscriber['ask']
let reader: Subscriber['reader']
let untilTen: Subscriber['untilTen']
beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
  ;({ asking, tipsTo, ask, reader, untilTen } = subscriberAt(traveller))
})
afterAll(() => traveller.close())

describe('POST /subscriptions', () => {
  test('answers 202 and asks the address, once, in words that nobody typed', async () => {
    const email = somebody()
    const { status, json, headers } = await traveller.json('/subscriptions', { email, firstName: 'CANARYfirst' })
    expect([status, json]).toEqual([202, { state: 'pending' }])
    expect(headers.get('cache-control')).toBe('no-store')
    await traveller.settle()
    const mails = await traveller.mails(email)
    expect(mails.map(({ tags }) => tags.mail)).toEqual(['confirm-series'])
    expect(`${mails[0]?.subject}${mails[0]?.html}${mails[0]?.text}`).not.toContain('CANARY')
  })

  test('sends a browser on to a page that says to look in the inbox', async () => {
    const email = somebody()
    const { status, headers } = await traveller.form('/subscriptions', {
      email,
      timeZone: 'Asia/Calcutta',
      website: '',
    })
    const location = headers.get('location') ?? ''
    expect([status, new URL(location).pathname]).toEqual([303, '/subscriptions/inbox'])
    const page = await traveller.page(location)
    expect([page.status, page.text]).toEqual([200, expect.stringMatching(/inbox/i)])
    await traveller.settle()
    expect(await asking(email)).toHaveLength(1)
  })

  test('takes a plain form of somebody’s blog', async () => {
    const answer = await traveller.form(
      '/subscriptions',
      { email: somebody() },
      { accept: '*/*', origin: 'https://a.example' },
    )
    expect(answer.status).toBe(202)
  })

  test('takes the first series if none is named, and knows the others', async () => {
    expect((await ask()).confirm).toContain(`-${first.id}/`)
    expect((await ask({ series: second.id })).confirm).toContain(`-${second.id}/`)
  })

  test('writes the zone as it is called today', async () => {
    const { get } = await reader({ timeZone: 'Asia/Calcutta' })
    expect(await get()).toMatchObject({ timeZone: 'Asia/Kolkata' })
    expect(await (await reader()).get()).toMatchObject({ timeZone: zone })
  })

  test.each([
    [{ email: 'nobody' }, 'email'],
    [{ email: '' }, 'email'],
    [{ series: 'unheard-of' }, 'series'],
    [{ series: '__proto__' }, 'series'],
    [{ timeZone: 'Moon/Sea_of_Tranquility' }, 'timeZone'],
    [{ timeZone: '+05:00' }, 'timeZone'],
    [{ firstName: 'x'.repeat(61) }, 'firstName'],
    [{ firstName: 'Ada\nBcc: eve@example.org' }, 'firstName'],
    [{ firstName: 'www.example.com' }, 'firstName'],
    [{ firstName: ['Ada'] }, 'firstName'],
    [{ surprise: 1 }, 'surprise'],
  ])('refuses %j with RFC 9457, the field named', async (fields, field) => {
    const { status, headers, json } = await traveller.json('/subscriptions', { email: somebody(), ...fields })
    expect([status, headers.get('content-type')]).toEqual([422, expect.stringMatching(problem)])
    expect(json.errors).toEqual([{ field, message: expect.any(String) }])
  })

  test('gives a browser its form back with what it typed, and takes it once it is put right', async () => {
    const typed = { email: 'ada "at" <example>', firstName: 'Ada', timeZone: 'Moon/Sea', series: second.id }
    const { status, text, headers } = await traveller.form('/subscriptions', typed)
    expect(status).toBe(422)
    expect(text).toContain('value="ada &quot;at&quot; &lt;example&gt;"')
    expect(text).toContain(`name="series" value="${second.id}"`)
    expect(text).toMatch(/aria-invalid="true"/)
    expect(headers.get('content-security-policy')).toMatch(/form-action 'self'/)
    const hidden = Object.fromEntries(
      [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    )
    const again = await traveller.form('/subscriptions', { ...hidden, email: somebody(), firstName: 'Ada' })
    expect(again.status).toBe(303)
  })

  test.each([
    ['text/plain', 'hello', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/json', '{', 422],
    ['application/json', '[]', 422],
    ['application/json', '{"__proto__":{"admin":true}}', 422],
    ['application/json', JSON.stringify({ email: 'x'.repeat(33 * 1024) }), 413],
  ])('%s %.20s is answered with a problem', async (type, body, expected) => {
    const answer = await traveller.call('/subscriptions', { method: 'POST', headers: { 'content-type': type }, body })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([expected, expect.stringMatching(problem)])
  })

  test('a machine that fills in the field nobody sees is answered as everybody, and nothing is kept', async () => {
    const email = somebody()
    expect((await traveller.form('/subscriptions', { email, website: 'http://spam.example' })).status).toBe(303)
    await traveller.settle()
    expect(await traveller.mails(email)).toEqual([])
  })

  test('says the same of an address that is new, asked, reading, gone, erased, stopped or bouncing', async () => {
    const answers = new Set<string>()
    const note = async (email: string) => {
      for (const accept of ['application/json', 'text/html']) {
        const body = new URLSearchParams({ email })
        const answer = await traveller.call('/subscriptions', { method: 'POST', headers: { accept }, body })
        const headers = [...answer.headers].filter(([name]) => name !== 'date')
        answers.add(JSON.stringify([accept, answer.status, answer.text, headers]))
      }
    }
    const asked = await ask()
    const reading = await reader()
    const gone = await reader()
    await traveller.call(gone.unsubscribe, { method: 'POST' })
    const erased = await reader()
    await traveller.call(`${erased.own}/erase`, { method: 'POST' })
    const stopped = await reader()
    await traveller.form(stopped.unsubscribe, { everything: 'on' })
    const bouncing = 'bounce@simulator.amazonses.com'
    await traveller.json('/subscriptions', { email: bouncing })
    await traveller.settle()
    for (const { email } of [{ email: somebody() }, asked, reading, gone, erased, stopped, { email: bouncing }])
      await note(email)
    expect(answers.size).toBe(2)
    const before = (await traveller.mails(stopped.email)).length
    await traveller.settle()
    expect(await traveller.mails(stopped.email)).toHaveLength(before)
    expect(await asking(bouncing)).toHaveLength(1)
  })

  test('asked for again by whoever reads it changes nothing', async () => {
    const { email, get, wish } = await reader({ firstName: 'Ada' })
    await wish({ pauseWeeks: 2 })
    const before = await get()
    await traveller.json('/subscriptions', { email, firstName: 'Eve', timeZone: 'Asia/Tokyo' })
    await traveller.settle()
    expect(await get()).toEqual(before)
    expect(await asking(email)).toHaveLength(1)
  })

  test('somebody who left is asked anew, and goes on where she was once she confirms', async () => {
    const { email, wish, unsubscribe, tips, get, confirm } = await reader()
    await wish({ next: 'now' })
    await traveller.settle()
    expect(await tips()).toEqual(titles.slice(0, 1))
    await traveller.call(unsubscribe, { method: 'POST' })
    await traveller.move({ advance: 'P1DT1H' })
    await traveller.json('/subscriptions', { email })
    await traveller.settle()
    expect(await asking(email)).toHaveLength(2)
    expect(await get()).toMatchObject({ state: 'pending', had: 1, next: null })
    expect((await traveller.call(confirm, { method: 'POST' })).json.state).toBe('active')
    expect(await get()).toMatchObject({ state: 'active', had: 1, next: { title: titles[1] } })
  })
})

describe('a crowded network', () => {
  let folder = ''
  let crowd: Traveller
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interviews-crowd-'))
    cpSync(inject('assembly'), folder, { recursive: true })
    changeStage(folder, (stage) => {
      const { caps, ...rest } = JSON.parse(stage)
      return JSON.stringify({ ...rest, caps: { ...caps, requestsFromANetworkAnHour: 2, refuseFromANetworkAnHour: 5 } })
    })
    crowd = await openTraveller('2026-11-23T14:10:00Z', folder)
  })
  afterAll(async () => {
    await crowd.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is asked over the hours after, with the same answer; a very crowded one is told to come back', async () => {
    const emails = Array.from({ length: 5 }, () => somebody())
    for (const email of emails) {
      const { status, json } = await crowd.json('/subscriptions', { email })
      expect([status, json]).toEqual([202, { state: 'pending' }])
    }
    await crowd.settle()
    const asked = async () => {
      const all = await Promise.all(emails.map(async (email) => (await crowd.mails(email)).length))
      return all.join('')
    }
    expect(await asked()).toBe('11000')
    const refused = await crowd.json('/subscriptions', { email: somebody() })
    expect([refused.status, refused.json.status]).toEqual([429, 429])
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(2000)
    expect(wait).toBeLessThanOrEqual(3000)
    const page = await crowd.form('/subscriptions', { email: 'ada@example.org' })
    expect(page.status).toBe(429)
    // The clock of the cloud goes on meanwhile.
    const left = Number(page.headers.get('retry-after'))
    expect(left).toBeLessThanOrEqual(wait)
    expect(left).toBeGreaterThan(wait - 120)
    expect(page.text).toContain('value="ada@example.org"')
    await crowd.move({ to: '2026-11-23T15:06:00Z' })
    expect(await asked()).toBe('11110')
    await crowd.move({ to: '2026-11-23T16:06:00Z' })
    expect(await asked()).toBe('11111')
    expect((await crowd.json('/subscriptions', { email: somebody() })).status).toBe(202)
  })
})

describe('confirming', () => {
  test('is a page with one button; then the tips begin, and the page says when', async () => {
    await untilTen()
    const { email, confirm } = await ask()
    const page = await traveller.page(confirm)
    expect([page.status, page.text.match(/<button/g)?.length]).toEqual([200, 1])
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.text).not.toContain(email)
    expect((await traveller.call(confirm)).json).toEqual({ confirmed: false })
    const done = await traveller.form(confirm, {})
    expect(done.status).toBe(200)
    expect(done.text).toContain(titles[0])
    expect(done.text).toMatch(/<time datetime="[^"]+T1[34]:00:00\.000Z">\w+day, \d+ \w+ \d{4}, 09:00, New York time</)
    expect(done.text).toMatch(/href="[^"]+\/preferences"/)
    expect((await traveller.call(confirm)).json).toEqual({ confirmed: true })
    expect(await tipsTo(email)).toEqual([])
    await traveller.move({ advance: 'P1D' })
    expect(await tipsTo(email)).toEqual(titles.slice(0, 1))
  })

  test('a second time says the same and changes nothing, whatever she has chosen since', async () => {
    const { confirm, get, wish } = await reader()
    for (const body of [{}, { pauseWeeks: 3 }]) {
      if (Object.keys(body).length > 0) await wish(body)
      const before = await get()
      const { status, json } = await traveller.call(confirm, { method: 'POST' })
      expect([status, json.state]).toEqual([200, before.state])
      const page = await traveller.form(confirm, {})
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('confirmed before')])
      expect((await traveller.page(confirm)).status).toBe(200)
      expect(await get()).toEqual(before)
    }
  })

  test('after she has left begins nothing, and says so with the way back', async () => {
    const { confirm, unsubscribe, get } = await reader()
    await traveller.call(unsubscribe, { method: 'POST' })
    const { status, json } = await traveller.call(confirm, { method: 'POST' })
    expect([status, json]).toEqual([409, expect.objectContaining({ state: 'unsubscribed' })])
    const page = await traveller.form(confirm, {})
    expect(page.status).toBe(409)
    expect((await traveller.page(confirm)).status).toBe(200)
    expect(await get()).toMatchObject({ state: 'unsubscribed' })
    const undo = /action="([^"]+)"/.exec(page.text)?.[1] ?? ''
    expect((await traveller.form(undo, { undo: 'on' })).status).toBe(200)
    expect(await get()).toMatchObject({ state: 'active' })
  })

  test('is over after 72 hours, with one reminder before that', async () => {
    const { email, confirm, unsubscribe } = await ask()
    await traveller.move({ advance: 'P1DT1H' })
    expect((await asking(email)).map(({ tags }) => tags.mail)).toEqual(['confirm-series', 'confirm-series-reminder'])
    expect((await traveller.call(confirm)).status).toBe(200)
    await traveller.move({ advance: 'P2D' })
    expect(await asking(email)).toHaveLength(2)
    for (const link of [confirm, unsubscribe])
      for (const method of ['GET', 'POST']) expect((await traveller.call(link, { method })).status).toBe(404)
  })

  test('pressed eight times at once begins once', async () => {
    const { email, confirm } = await ask()
    const answers = await Promise.all(Array.from({ length: 8 }, () => traveller.call(confirm, { method: 'POST' })))
    expect(answers.map(({ status, json }) => [status, json.state])).toEqual(Array(8).fill([200, 'active']))
    await traveller.move({ advance: 'P1DT1H' })
    expect(await tipsTo(email)).toHaveLength(1)
  })

  test('of a second series takes the hour of the first, and never two parts come on one day', async () => {
    await untilTen()
    const one = await reader()
    await one.wish({ hour: 17, timeZone: 'Europe/London' })
    const two = await reader({ email: one.email, series: second.id })
    expect(await two.get()).toMatchObject({ hour: 17, timeZone: 'Europe/London' })
    expect((await two.get()).others.map(({ series }: { series: string }) => series)).toEqual([first.id])
    await traveller.move({ advance: 'P10D' })
    const days = (await traveller.mails(one.email))
      .filter(({ tags }) => tags.mail === 'tip')
      .map(({ at }) => wall(at, 'Europe/London'))
    expect(days.length).toBeGreaterThanOrEqual(4)
    expect(new Set(days.map((day) => day.slice(0, 14))).size).toBe(days.length)
    expect(days.every((day) => day.endsWith('17:00'))).toBe(true)
  })

  test('keeps the tips off the days on which mail for her own interview comes, from the first day on', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email })
    await request.tell('sent')
    const { nextMails } = await request.get()
    const day = nextMails[0].dueLocal.slice(0, 10)
    await traveller.move({ to: new Date(Date.parse(`${day}T16:00:00Z`) - 86_400_000).toISOString() })
    const { get } = await reader({ email })
    await traveller.move({ advance: 'P1DT4H' })
    const mails = (await traveller.mails(email)).filter(({ at }) => wall(at, zone).slice(4, 14) === day)
    expect(mails.map(({ tags }) => tags.mail)).toEqual([nextMails[0].mail])
    expect(await get()).toMatchObject({ had: 0 })
    await traveller.move({ advance: 'P1D' })
    expect(await get()).toMatchObject({ had: 1 })
  })
})

const asJson = { 'content-type': 'application/json' }
const oneClicks: [string, RequestInit][] = [
  ['no body', {}],
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
  ['text/plain', { headers: { 'content-type': 'text/plain' }, body: 'undo=on' }],
  ['JSON', { headers: asJson, body: '{"List-Unsubscribe":"One-Click"}' }],
  ['JSON that takes nothing back', { headers: asJson, body: '{"undo":false,"everything":false}' }],
  ['JSON that is no object', { headers: asJson, body: 'null' }],
  ['JSON that is none', { headers: asJson, body: '{"undo":true' }],
  ['JSON with a prototype in it', { headers: asJson, body: '{"__proto__":{"undo":true}}' }],
  ['bytes without a type', { body: new Uint8Array([255, 0, 10]) }],
  ['a type that is none', { headers: { 'content-type': ';;' }, body: 'x' }],
]

describe('unsubscribing', () => {
  const left: Reader['tips'][] = []

  test.each(oneClicks)(
    'with %s ends it at once, without a redirect, as often as it is pressed',
    async (_what, init) => {
      const { unsubscribe, get, tips } = await reader()
      for (const _press of [1, 2]) {
        const { status, json } = await traveller.call(unsubscribe, { method: 'POST', ...init })
        expect([status, json]).toEqual([200, { state: 'unsubscribed' }])
      }
      expect(await get()).toMatchObject({ state: 'unsubscribed', next: null })
      left.push(tips)
    },
  )

  test('is the link of the header, and heard: none of them gets anything more', async () => {
    const { email, wish, tips } = await reader()
    await wish({ next: 'now' })
    await traveller.settle()
    const mail = (await traveller.mails(email)).find(({ tags }) => tags.mail === 'tip')
    expect(mail?.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
    const link = new URL(/^<([^>]+)>$/.exec(mail?.headers['list-unsubscribe'] ?? '')?.[1] ?? '').pathname
    expect((await traveller.call(link, { method: 'POST' })).status).toBe(200)
    await traveller.move({ advance: 'P8D' })
    expect(await tips()).toHaveLength(1)
    for (const before of left) expect(await before()).toEqual([])
  })

  test('by its page takes one button, and says what still comes', async () => {
    const { email, unsubscribe, get } = await reader()
    const page = await traveller.page(unsubscribe)
    expect([page.status, page.text.match(/<button/g)?.length]).toEqual([200, 1])
    expect(page.text).not.toContain(email)
    expect(await get()).toMatchObject({ state: 'active' })
    const left = await traveller.form(unsubscribe, {})
    expect(left.status).toBe(200)
    expect(left.text).toMatch(/What still comes.*interviews.*undo|undo.*What still comes.*interviews/s)
    expect(left.text).toMatch(/pause/)
    expect(await get()).toMatchObject({ state: 'unsubscribed' })
    expect((await traveller.page(unsubscribe)).text).toContain('You are unsubscribed')
    expect((await traveller.call(unsubscribe)).json).toEqual({ state: 'unsubscribed' })
  })

  test('is taken back: it goes on where it was, with the part that was next', async () => {
    await untilTen()
    const { unsubscribe, wish, get, tips } = await reader()
    await wish({ next: 'now' })
    await traveller.settle()
    await traveller.call(unsubscribe, { method: 'POST' })
    const page = await traveller.form(unsubscribe, { undo: 'on' })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(titles[1] ?? '')])
    expect(await get()).toMatchObject({ state: 'active', had: 1, next: { title: titles[1] } })
    const again = await traveller.call(unsubscribe, { method: 'POST', body: new URLSearchParams({ undo: 'on' }) })
    expect([again.status, again.json]).toEqual([200, { state: 'active' }])
    // In its rhythm: a week after the last part, and no sooner.
    await traveller.move({ advance: 'P6D' })
    expect(await tips()).toEqual(titles.slice(0, 1))
    await traveller.move({ advance: 'P1D' })
    expect(await tips()).toEqual(titles.slice(0, 2))
  })

  test('in a pause, taken back, is the pause again', async () => {
    const { unsubscribe, wish, get } = await reader()
    await wish({ pauseWeeks: 4 })
    const before = await get()
    await traveller.call(unsubscribe, { method: 'POST' })
    await traveller.form(unsubscribe, { undo: 'on' })
    expect(await get()).toEqual(before)
  })

  test('before it was confirmed ends the questions, and undone waits for the link that was sent', async () => {
    const { email, confirm, unsubscribe } = await ask()
    const page = await traveller.page(unsubscribe)
    expect(page.text).toContain('nobody confirmed')
    expect((await traveller.call(unsubscribe, { method: 'POST' })).json).toEqual({ state: 'unsubscribed' })
    expect((await traveller.call(confirm, { method: 'POST' })).status).toBe(409)
    expect((await traveller.form(unsubscribe, { undo: 'on' })).text).not.toMatch(/\/confirm"/)
    await traveller.move({ advance: 'P2D' })
    expect(await asking(email)).toHaveLength(1)
    expect((await traveller.call(confirm, { method: 'POST' })).json.state).toBe('active')
  })

  test('from one series leaves the other, and the mail for her interviews, alone', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email })
    const one = await reader({ email })
    const two = await reader({ email, series: second.id })
    await traveller.call(one.unsubscribe, { method: 'POST' })
    expect(await two.get()).toMatchObject({ state: 'active', others: [{ state: 'unsubscribed' }] })
    expect((await request.get()).nextMails.length).toBeGreaterThan(0)
    const before = (await traveller.mails(email)).length
    await traveller.move({ advance: 'P5D' })
    const since = (await traveller.mails(email)).slice(before).map(({ tags }) => tags.series ?? tags.mail)
    expect(since).toEqual(expect.arrayContaining(['tip', 'draft-reminder']))
  })

  test('is not undone by a request that ticked the tips before she left', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email, tips: true })
    await traveller.move({ advance: 'P1DT2H' })
    const [tip] = (await traveller.mails(email)).filter(({ tags }) => tags.mail === 'tip')
    await traveller.call(pathIn(tip, /\/unsubscribe$/), { method: 'POST' })
    await request.tell('sent')
    await request.tell('replied')
    await traveller.move({ advance: 'P8D' })
    expect(await tipsTo(email)).toHaveLength(1)
  })
})

describe('stopping everything', () => {
  test('ends every series and the mail for her interviews; taken back, all of it goes on', async () => {
    const email = somebody()
    const request = await begin(traveller, { seekerEmail: email })
    await request.tell('sent')
    const one = await reader({ email })
    const two = await reader({ email, series: second.id })
    const answer = await traveller.call(one.unsubscribe, {
      method: 'POST',
      body: new URLSearchParams({ everything: 'on' }),
    })
    expect([answer.status, answer.json]).toEqual([200, { state: 'unsubscribed' }])
    expect((await traveller.page(one.unsubscribe)).text).toContain('Everything is stopped')
    expect(await two.get()).toMatchObject({ state: 'unsubscribed' })
    expect((await request.get()).nextMails).toEqual([])
    expect((await traveller.page(request.page)).text).toContain('You have stopped all mail')
    expect((await traveller.page(one.preferences)).text).toContain('You have stopped all mail')
    const before = (await traveller.mails(email)).length
    await traveller.json('/subscriptions', { email, series: second.id })
    await traveller.move({ advance: 'P3D' })
    expect(await traveller.mails(email)).toHaveLength(before)

    const back = await traveller.form(one.unsubscribe, { undo: 'on' })
    expect(back.status).toBe(200)
    expect(await one.get()).toMatchObject({ state: 'active' })
    await traveller.move({ advance: 'P9D' })
    const since = (await traveller.mails(email)).slice(before).map(({ tags }) => tags.mail)
    expect(since).toEqual(expect.arrayContaining(['tip', 'follow-up']))
  })

  test('brings back with an undo what it has ended, and not what was left before it', async () => {
    const email = somebody()
    const one = await reader({ email })
    const two = await reader({ email, series: second.id })
    await traveller.call(one.unsubscribe, { method: 'POST' })
    await traveller.settle()
    await traveller.form(two.unsubscribe, { everything: 'on' })
    await traveller.form(two.unsubscribe, { undo: 'on' })
    expect(await two.get()).toMatchObject({ state: 'active', others: [{ series: first.id, state: 'unsubscribed' }] })
  })

  test('works from the stop link of a request too, which leads to the way back as well', async () => {
    const email = somebody()
    await begin(traveller, { seekerEmail: email })
    const { get } = await reader({ email })
    const draft = (await traveller.mails(email)).find(({ tags }) => tags.mail === 'draft')
    const stop = pathIn(draft, /\/stop$/)
    const everything = `${stop}-everything`
    const stopped = await traveller.form(stop, {})
    expect(stopped.text).toContain(`${everything}"`)
    expect(await get()).toMatchObject({ state: 'active' })
    const page = await traveller.form(everything, {})
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Everything is stopped')])
    expect(await get()).toMatchObject({ state: 'unsubscribed' })
    const later = await traveller.page(stop)
    expect([later.status, later.text]).toEqual([200, expect.stringContaining(`${everything}"`)])
    for (const undo of [new URLSearchParams({ undo: 'on' }), { undo: true }]) {
      const init = undo instanceof URLSearchParams ? { body: undo } : { headers: asJson, body: JSON.stringify(undo) }
      const back = await traveller.call(everything, { method: 'POST', ...init })
      expect([back.status, back.json]).toEqual([200, { everything: false }])
      expect(await get()).toMatchObject({ state: 'active' })
      expect((await traveller.call(everything, { method: 'POST' })).json).toEqual({ everything: true })
    }
    expect((await traveller.call(everything.replace(/.$/, '!'), { method: 'POST' })).status).toBe(404)
  })

  test('by a bounce or a complaint is no word of hers: the link takes nothing back, and still says 200 to one click', async () => {
    const email = 'complaint@simulator.amazonses.com'
    await traveller.json('/subscriptions', { email })
    await traveller.settle()
    const [mail] = await asking(email)
    const unsubscribe = pathIn(mail, /\/unsubscribe$/)
    expect((await traveller.call(unsubscribe, { method: 'POST' })).json).toEqual({ state: 'suppressed' })
    const undo = await traveller.call(unsubscribe, { method: 'POST', body: new URLSearchParams({ undo: 'on' }) })
    expect([undo.status, undo.json.state]).toEqual([409, 'suppressed'])
    expect((await traveller.call(pathIn(mail, /\/confirm$/), { method: 'POST' })).status).toBe(409)
    expect((await traveller.page(unsubscribe)).text).toContain('Nothing comes any more')
    expect((await traveller.page(pathIn(mail, /\/confirm$/))).status).toBe(200)
  })
})
