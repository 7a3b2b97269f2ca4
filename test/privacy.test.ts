import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { inPlainWords } from '../ops/plain-error.ts'
import { fromItem, type Item } from '../shared/aws/database.ts'
import { networkOf } from '../shared/network.ts'
import { mailboxOf, personId } from '../shared/person.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { type House, openHouse } from './house.ts'

const written: string[] = []
vi.mock('../shared/aws/metrics.ts', () => ({ count: (...what: unknown[]) => void written.push(JSON.stringify(what)) }))

/** What is kept of a person, where, and until when: read from the table itself, past everything that writes and reads it. */

const AT = '2026-11-23T14:00:00Z'
/** From where the house's visitors come, unless they say otherwise. */
const VISITOR = '203.0.113.7'
const stage = stages.dev
let house: House
beforeAll(async () => {
  house = await openHouse(stage, AT)
  for (const level of ['info', 'warn', 'error', 'log', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void written.push(JSON.stringify(line)))
})
afterAll(() => house.close())
beforeEach(() => {
  vi.setSystemTime(new Date(AT))
  written.length = 0
})

const tell = async (page: string, event: string, fields: Record<string, unknown> = {}) => {
  const { statusCode, body } = await house.call('POST', `${page}/events`, { body: { event, ...fields } })
  expect([event, statusCode, body]).toEqual([event, 200, expect.any(String)])
  await house.settle()
}

/** Somebody who has done all that leaves a trace: a talk, notes, tips, and a mail that could not be delivered at first. */
const live = async (email: string, words: string) => {
  const fields = {
    seekerName: `${words} Seeker`,
    contactName: `${words} Contact`,
    introduction: `${words} introduction`,
    contactRole: `${words} role`,
    organization: `${words} organization`,
    connection: `${words} connection`,
    topic: `${words} topic`,
    tips: true,
  }
  const request = await house.begin({ seekerEmail: email, ...fields })
  await house.settle()
  expect((await house.call('POST', request.confirm)).statusCode).toBe(200)
  await house.settle()
  await tell(request.page, 'sent')
  await tell(request.page, 'replied')
  await tell(request.page, 'scheduled', { start: '2026-12-08T15:00', place: `${words} place` })
  await tell(request.page, 'rescheduled', { start: '2026-12-09T15:00' })
  await tell(request.page, 'met', {
    learned: `${words} learned`,
    promised: `${words} promised`,
    promisedBy: '2026-12-20',
    names: `${words} names`,
  })
  await tell(request.page, 'paused', { until: '2026-11-30' })
  await house.call('POST', '/subscriptions', { body: { email, firstName: words, series: 'the-other-way-round' } })
  await house.settle()
  const person = personId(email, stage.addressKey)
  const stored = (await house.items()).find(
    ({ pk, sk }) => pk?.S === `PERSON#${person}` && sk?.S === 'SERIES#the-other-way-round',
  )
  const links = subscriptionLinks('', { person, series: 'the-other-way-round', secret: stored?.secret?.S ?? '' })
  await house.call('POST', links.confirm)
  await house.call('POST', links.preferences, { body: { next: 'now' } })
  await house.settle()
  await house.functions.recordOutcome({
    detail: {
      eventType: 'Bounce',
      mail: {
        messageId: '0100018f-soft-bounce',
        destination: [email],
        tags: { request: [request.id], mail: ['draft'], occurrence: ['1'] },
      },
      bounce: {
        bounceType: 'Transient',
        bouncedRecipients: [{ emailAddress: email, diagnosticCode: `smtp; 452 ${words} is full` }],
      },
    },
  })
  const mailbox = mailboxOf(email)
  const marks = [request.id, person, words, email, ...(mailbox ? [mailbox, personId(mailbox, stage.addressKey)] : [])]
  return { ...request, person, links, words, email, marks }
}

/** Every item that is about her or her requests, or in which her address stands, in any spelling, or a hash of it. */
const itemsOf = async ({ marks }: { marks: string[] }): Promise<Item[]> =>
  (await house.items()).filter((item) => {
    const text = JSON.stringify(item).toLowerCase()
    return marks.some((mark) => text.includes(mark.toLowerCase()))
  })

const press = async (...links: string[]) => {
  for (const link of links) expect((await house.call('POST', link)).statusCode).toBe(200)
}
/** As JSON tells of it: a set is a list in order. */
const told = (item: object, except: readonly string[]): unknown =>
  JSON.parse(
    JSON.stringify(
      Object.fromEntries(Object.entries(item).filter(([name]) => !['pk', 'sk', ...except].includes(name))),
      (_name, value) => (value instanceof Set ? [...value].sort() : value),
    ),
  )

test('what a person gets when she asks for it is every attribute that is stored, of every request and series', async () => {
  const ada = await live('ada.export@example.org', 'EXPORTED')
  const more = { seekerEmail: ada.email, introduction: 'EXPORTED' }
  // Asked about, until the caps of the day are reached; the others are held for her.
  const asked = []
  for (let count = 0; count <= stage.caps.confirmationsADayOnceVerified; count += 1) {
    asked.push(await house.begin(more))
    await house.settle()
  }
  // More than are looked at together when mail is planned, which is not done here any more.
  const confirmed = []
  for (let count = 0; count < 26; count += 1) confirmed.push(await house.begin(more))
  await press(...confirmed.map(({ confirm }) => confirm))
  const stored = (await itemsOf({ marks: [...ada.marks, ...[...confirmed, ...asked].map(({ id }) => id)] })).map(
    (item) => fromItem(item) as Record<string, string>,
  )
  const ofKind = (kind: string) => stored.filter(({ sk }) => sk?.split('#')[0] === kind)
  const [person] = ofKind('PERSON') as unknown as { held: Set<string>; requests: Set<string> }[]
  const waiting = ofKind('REQUEST').filter(({ state }) => state === 'unconfirmed')
  expect(waiting.map(({ id }) => person?.held.has(id ?? '')).sort()).toEqual(expect.arrayContaining([false, true]))
  expect(ofKind('REQUEST').length - waiting.length).toBe(27)

  const { statusCode, body } = await house.call('GET', `${ada.page}/export`)
  expect(statusCode).toBe(200)
  const exported = JSON.parse(body)
  // What links are made of is not told, nor is what is said elsewhere in other words: when the last confirmation went out.
  expect(exported.person).toEqual(told(person as object, ['lastConfirmationAt']))
  const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1)
  const requests = ofKind('REQUEST').map((request) => {
    const mails = ofKind('MAIL').filter(({ requestId }) => requestId === request.id)
    return { ...(told(request, ['secret']) as { id: string }), mails: mails.map((mail) => told(mail, [])) }
  })
  const mailsById = ({ mails, ...request }: { id: string; mails: { id: string }[] }) => ({
    ...request,
    mails: mails.toSorted(byId).map(({ id: _id, ...mail }) => mail),
  })
  expect(exported.requests.map(mailsById).sort(byId)).toEqual(requests.sort(byId))
  expect(exported.subscriptions).toEqual(ofKind('SERIES').map((series) => told(series, ['secret', 'person', 'due'])))
  expect(new Set(stored.map(({ sk }) => sk?.split('#')[0]))).toEqual(new Set(['REQUEST', 'MAIL', 'PERSON', 'SERIES']))
  for (const { secret } of [ada, ...confirmed, ...asked]) expect(body).not.toContain(secret)
  // The link of the tips gives the tips and what is known of her, and leads to no request.
  const tips = JSON.parse((await house.call('GET', ada.links.export)).body)
  expect(tips.subscriptions).toEqual(exported.subscriptions)
  expect(JSON.stringify(tips)).not.toMatch(/Contact|secret/)
  // Nobody has planned their mail: the tests after this one are spared it.
  for (const { id } of confirmed) await house.remove({ pk: `REQUEST#${id}`, sk: 'REQUEST' })
})

const keysOf = (item: Item | undefined): string[] => Object.keys(item ?? {}).sort()

test('what she erases is nowhere any more but in a hash with her no', async () => {
  const ada = await live('ada.erase+talks@example.org', 'ERASED')
  // Another one, whose first letter is on the queue in the moment in which she erases.
  const second = await house.begin({ seekerEmail: ada.email, contactName: 'ERASED Second' })
  await house.settle()
  await press(second.confirm)
  await house.tell()
  expect(JSON.stringify(house.underway())).toContain(second.id)
  expect([...house.services.alarms.keys()].filter((name) => name.includes(ada.id))).not.toEqual([])
  await press(ada.links.erase, `${ada.page}/erase`, `${second.page}/erase`)
  expect(JSON.stringify(house.underway())).not.toMatch(/ERASED|example\.org/i)
  await house.settle()
  const left = await itemsOf({ marks: [...ada.marks, second.id] })
  expect(left.map(({ sk }) => sk?.S).sort()).toEqual(['COUNT', 'PERSON'])
  const [person, mailbox] = left.sort((one) => (one.sk?.S === 'PERSON' ? -1 : 1))
  expect(keysOf(person)).toEqual(['pk', 'sk', 'tipsErasedAt'])
  expect(keysOf(mailbox)).toEqual(['expiresAt', 'pk', 'seen', 'sk'])
  expect(JSON.stringify(left).replace('tipsErasedAt', '')).not.toMatch(/ERASED|example\.org|"01[0-9A-Z]{24}"/i)
  expect([...house.services.alarms.keys()].filter((name) => name.includes(ada.id))).toEqual([])
  for (const mark of [...ada.marks, second.id]) expect(JSON.stringify(house.underway())).not.toContain(mark)
  // Nor is what reaches her afterwards.
  const before = house.services.mails.length
  house.pass(60 * 24 * 30)
  await house.functions.pickTips()
  await house.settle()
  expect(house.services.mails.slice(before).filter(({ to }) => to === ada.email)).toEqual([])
})

test('who never had tips leaves nothing at all, and one request of two leaves what the other needs', async () => {
  const seekerEmail = 'ada.twice@example.org'
  const marks = [seekerEmail, personId(seekerEmail, stage.addressKey)]
  const [one, two] = [await house.begin({ seekerEmail }), await house.begin({ seekerEmail })]
  await house.settle()
  await press(one.confirm, two.confirm)
  await house.settle()
  await press(`${one.page}/erase`)
  await house.settle()
  const person = (await itemsOf({ marks })).find(({ sk }) => sk?.S === 'PERSON')
  expect(fromItem(person as Item)).toMatchObject({ verifiedAt: expect.any(String), requests: new Set([two.id]) })
  await press(`${two.page}/erase`)
  await house.settle()
  expect(await itemsOf({ marks: [...marks, one.id, two.id] })).toEqual([])
})

test('every item of a person says when it ends, unless it is a hash or goes with one that says so', async () => {
  const ada = await live('ada.ends@example.org', 'ENDING')
  const endless = (await itemsOf(ada)).filter(({ expiresAt }) => !expiresAt)
  const readsNow = (item: Item) =>
    item.sk?.S?.startsWith('SERIES#') && ['active', 'paused'].includes(item.state?.S ?? '')
  expect(endless.filter((item) => !readsNow(item)).map(({ sk }) => sk?.S?.split('#')[0])).toEqual(
    expect.arrayContaining(['PERSON']),
  )
  expect(new Set(endless.filter((item) => !readsNow(item)).map(({ sk }) => sk?.S?.split('#')[0]))).toEqual(
    new Set(['PERSON', 'MAIL']),
  )
  for (const item of endless.filter(({ sk }) => sk?.S === 'PERSON'))
    expect(JSON.stringify(item)).not.toMatch(/ENDING|example\.org/)
  // Past its time it is gone for everybody, long before the database deletes it.
  const [request] = (await itemsOf(ada)).filter(({ sk }) => sk?.S === 'REQUEST')
  const endsAt = Number(request?.expiresAt?.N) * 1000
  // She means to report back on 20 December: so long something can still come of it.
  const days = (endsAt - Date.parse('2026-12-20T00:00:00Z')) / 86_400_000
  expect(Math.floor(days)).toBeLessThanOrEqual(stage.retention.idleDays)
  expect(days).toBeGreaterThan(stage.retention.idleDays - 30)
  vi.setSystemTime(new Date(endsAt + 1000))
  for (const path of [ada.page, `${ada.page}/export`, ada.stop, ada.confirm])
    expect((await house.call('GET', path)).statusCode, path).toBe(404)
})

describe('whatever goes wrong', () => {
  test('no name, address, word or link is in any line that is logged or counted', async () => {
    const { services } = house
    const words = 'CANARY'
    const email = 'canary@example.org'
    const says = `Email address is not verified: ${email}, ${words}`
    services.troubles = [
      { status: 400, error: 'MessageRejected', message: says },
      { status: 429, error: 'TooManyRequestsException', message: says },
      { status: 400, error: 'BadRequestException', message: says },
      { status: 403, error: 'AccessDeniedException', message: says },
      { status: 500, error: 'InternalServiceErrorException', message: says },
      { cut: true },
    ]
    const refused = await house.begin({ seekerEmail: 'canary.refused@example.org', contactName: `${words} Contact` })
    await house.settle()
    const ada = await live(email, words)
    for (let minutes = 0; minutes < 5; minutes += 1) {
      house.pass(3)
      await house.settle()
    }
    expect(services.troubles).toEqual([])
    // What no function can read, and what it was not made for.
    const broken = { messageId: 'm', body: `{"requestId":"${ada.id}","mail":"${words}","occurrence":"${email}"}` }
    await house.functions.sendMail({ Records: [broken, { ...broken, body: `${words} ${email}` }] } as never)
    await house.functions.sendTips({ Records: [broken, { ...broken, body: `${words} ${email}` }] } as never)
    await house.functions.planMail({
      Records: [
        {
          dynamodb: { Keys: { pk: { S: `REQUEST#${words}` }, sk: { S: 'REQUEST' } }, NewImage: { name: { S: email } } },
        },
      ],
    } as never)
    for (const event of [
      null,
      words,
      { detail: words },
      { detail: { eventType: 'Bounce', mail: { messageId: 'm', destination: [email], tags: { request: [words] } } } },
    ])
      await house.functions.recordOutcome(event)
    for (const path of [ada.page, ada.stop, ada.confirm, ada.links.preferences])
      for (const body of [words, `{"${words}"`, JSON.stringify({ seekerName: words, email })])
        for (const method of ['GET', 'POST', 'HEAD']) await house.call(method, `${path}/${words}`, { body })
    // A database that refuses, and quotes what it was given.
    const send = vi
      .spyOn(house.database, 'send')
      .mockImplementation((() =>
        Promise.reject(Object.assign(new Error(says), { name: 'ValidationException' }))) as never)
    for (const path of [ada.page, ada.links.preferences, '/requests', '/subscriptions']) {
      const body = path.length < 20 ? { seekerName: words, email } : { event: 'closed', hour: 3 }
      for (const method of ['GET', 'POST']) await house.call(method, path, { body })
    }
    send.mockRestore()
    expect(written.length).toBeGreaterThan(30)
    const said = written.join('\n')
    for (const level of [
      'message-failed',
      'unexpected',
      'mail-refused',
      'mail-later',
      'mail-unknown',
      'event-ignored',
      ada.id,
      refused.id,
    ])
      expect(said).toContain(level)
    expect(said).not.toMatch(/CANARY|canary|@example/i)
    for (const link of [ada.page, ada.stop, ada.links.preferences, ada.links.unsubscribe, ada.links.confirm])
      expect(said).not.toContain(link.split('/')[3])
    expect(said).not.toContain(ada.confirm.slice(-22))
    // Where she was, as it came and as it is counted.
    for (const network of [VISITOR, VISITOR.split('.').slice(0, 3).join('.'), networkOf(VISITOR, stage.addressKey)])
      expect(said).not.toContain(network)
    expect(said).not.toContain(ada.secret)
  })

  test('nor is it in what a function throws, which Lambda logs and the local cloud prints', async () => {
    const words = 'POISON'
    const email = 'poison@example.org'
    const ada = await live(email, words)
    const stored = await itemsOf(ada)
    const request = stored.find(({ pk, sk }) => pk?.S === `REQUEST#${ada.id}` && sk?.S === 'REQUEST') as Item
    const reader = stored.find(({ sk }) => sk?.S?.startsWith('SERIES#')) as Item
    const mail = { requestId: ada.id, mail: 'draft', occurrence: '1' }
    const message = (body: object) => ({ Records: [{ messageId: 'm', body: JSON.stringify(body) }] })
    const asking = (path: string) => ({
      rawPath: path,
      headers: { accept: 'application/json' },
      requestContext: { http: { method: 'GET', path, sourceIp: VISITOR } },
      isBase64Encoded: false,
    })
    const events: Record<string, unknown> = {
      canary: {},
      'pick-tips': {},
      'plan-mail': { Records: [{ dynamodb: { Keys: { pk: request.pk, sk: request.sk }, NewImage: request } }] },
      reconcile: {},
      'record-outcome': {
        detail: {
          eventType: 'Bounce',
          mail: {
            messageId: 'm',
            destination: [email],
            tags: { request: [ada.id], mail: ['draft'], occurrence: ['1'] },
          },
          bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: email }] },
        },
      },
      requests: asking(ada.page),
      'send-mail': message(mail),
      'send-tips': message({ series: 'the-other-way-round', next: 'now', people: [ada.person] }),
      subscriptions: asking(ada.links.preferences),
    }
    const folder = join(import.meta.dirname, '../functions')
    expect(readdirSync(folder)).toEqual(Object.keys(events).map((name) => `${name}.ts`))
    /** Runs each of them, as Lambda does: what is thrown is written down, with what hangs on it. Answers which threw. */
    const runAll = async (): Promise<string[]> => {
      const thrown = []
      for (const [name, event] of Object.entries(events)) {
        const { handler } = await import(join(folder, `${name}.ts`))
        try {
          await handler(structuredClone(event), {})
        } catch (error) {
          const { name: errorType, message: errorMessage, stack } = error as Error
          written.push(JSON.stringify({ ...(error as object), name, errorType, errorMessage, stack }))
          thrown.push(name)
        }
      }
      return thrown
    }

    // A database that refuses, quotes what it was given, and hands over what it holds.
    const refusal = Object.assign(new Error(`${words} ${email}`), {
      name: 'ConditionalCheckFailedException',
      Item: request,
    })
    const byClockOrEvent = ['canary', 'pick-tips', 'reconcile', 'record-outcome']
    for (const name of ['ConditionalCheckFailedException', 'ValidationException']) {
      const send = vi
        .spyOn(house.database, 'send')
        .mockImplementation((() => Promise.reject(Object.assign(refusal, { name }))) as never)
      expect(byClockOrEvent).toEqual(expect.arrayContaining(await runAll()))
      send.mockRestore()
    }
    // Records in which a word stands where none can be: an error that quotes it.
    const broken = written.length
    for (const item of [request, reader]) {
      await house.write(item, 'timeZone', { S: `${words}/Zone` })
      await house.write(item, 'seeker', {
        M: { name: { S: words }, email: { S: email }, timeZone: { S: `${words}/Zone` } },
      })
      await house.write(item, 'dueAt', { S: `${words} ${email}` })
    }
    const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError(`${words} cannot be reached`))
    await runAll()
    fetching.mockRestore()
    expect(written.length).toBeGreaterThan(broken)
    const said = written.join('\n')
    for (const kind of ['ValidationException', 'RangeError', ...byClockOrEvent]) expect(said).toContain(kind)
    expect(said).not.toMatch(/POISON|poison@|@example/)
    expect(said).not.toContain(ada.secret)
    expect(said).not.toContain(VISITOR)
  })

  test.each([
    ['a zone', () => new Intl.DateTimeFormat('en', { timeZone: 'CANARY/Zone' })],
    ['a line of JSON', () => JSON.parse('CANARY')],
    ['a value', () => 'x' in ('CANARY' as never)],
    [
      'a call of AWS',
      () => {
        throw Object.assign(new Error('CANARY'), { name: 'ValidationException', $metadata: {} })
      },
    ],
  ])('nor in what a command says that fails over %s', (_what, fails) => {
    let error: unknown
    try {
      fails()
    } catch (caught) {
      error = caught
    }
    expect((error as Error).message).toContain('CANARY')
    const { name } = error as Error
    expect(inPlainWords(error)).toMatch(new RegExp(`^(A fault of ours: ${name}, at .+|AWS answered with ${name})\\.$`))
    expect(inPlainWords(error)).not.toContain('CANARY')
  })
})
