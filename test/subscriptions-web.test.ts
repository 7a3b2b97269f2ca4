import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { personId } from '../shared/person.ts'
import { newRequestId } from '../shared/request-id.ts'
import { undone } from '../shared/tips/enrolment.ts'
import { library } from '../shared/tips/library.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import { isOnItsWay, nextNow, pausedFor, withSettings } from '../shared/tips/wishes.ts'
import { confirmed, stage } from './people.ts'
import { ada, resting, weekly } from './readers.ts'
import { first } from './subscriber.ts'
import { openTable } from './table.ts'

/** What cannot be seen from outside: the work behind an answer, and what happens between two writes. */

type Answer = { statusCode: number; headers: Record<string, string>; body: string }

let table: Awaited<ReturnType<typeof openTable>>
let subscriptions: typeof import('../shared/aws/subscriptions.ts')
let people: typeof import('../shared/aws/people.ts')
let post: (path: string, route: string, body: object | string, parameters?: Record<string, string>) => Promise<Answer>
/** Commands sent to the database since it was emptied. */
const sent: string[] = []
/** Done once, before the next command of this name leaves. */
let meanwhile: { before: string; work: () => Promise<unknown> } | undefined

beforeAll(async () => {
  process.env.STAGE = stageJson(stage)
  process.env.PUBLIC_URL = 'http://chats.example.org'
  table = await openTable()
  subscriptions = await import('../shared/aws/subscriptions.ts')
  people = await import('../shared/aws/people.ts')
  const { database } = await import('../shared/aws/database.ts')
  database.middlewareStack.add(
    (next, context) => async (args) => {
      const { commandName = '' } = context as { commandName?: string }
      sent.push(commandName)
      if (meanwhile?.before === commandName) {
        const { work } = meanwhile
        meanwhile = undefined
        await work()
      }
      return next(args)
    },
    { step: 'initialize' },
  )
  const { handler } = await import('../functions/subscriptions.ts')
  post = (path, route, body, pathParameters = {}) =>
    (handler as unknown as (event: unknown, context: unknown) => Promise<Answer>)(
      {
        version: '2.0',
        routeKey: `POST ${route}`,
        rawPath: path,
        headers: {
          'content-type': typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json',
          accept: 'application/json',
        },
        requestContext: { http: { method: 'POST', path, sourceIp: '203.0.113.7' } },
        pathParameters,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        isBase64Encoded: false,
      },
      {},
    )
})
afterAll(() => table.close())

const now = () => new Date().toISOString()
const inAYear = () => Math.floor(Date.now() / 1000) + 365 * 86_400
const ask = (email: string) => post('/subscriptions', '/subscriptions', { email })
const keyOf = (email: string) => ({ person: personId(email, stage.addressKey), series: first.id })
const stored = async (email: string): Promise<Subscription> => {
  const found = await subscriptions.find(keyOf(email), now())
  if (!found) throw new Error(`${email} has no subscription`)
  return found
}
const press = async (email: string, what: 'confirm' | 'unsubscribe' | 'preferences', body: object | string = '') => {
  const link = new URL(subscriptionLinks('http://chats.example.org', await stored(email))[what])
  const [, , id = '', token = ''] = link.pathname.split('/')
  return post(link.pathname, `/subscriptions/{id}/{token}/${what}`, body, { id, token })
}
const erase = async (email: string) => {
  const link = new URL(subscriptionLinks('http://chats.example.org', await stored(email)).erase)
  const [, , id = '', token = ''] = link.pathname.split('/')
  return post(link.pathname, '/subscriptions/{id}/{token}/erase', '', { id, token })
}

describe('the work behind the form', () => {
  test('is the same whatever is known about the address', async () => {
    await ask('warm-up@example.org')
    const work = async (email: string) => {
      sent.length = 0
      const { statusCode, body } = await ask(email)
      return JSON.stringify([statusCode, body, sent])
    }
    const seen = { new: await work('new@example.org'), asked: await work('new@example.org') }
    await ask('reading@example.org')
    await press('reading@example.org', 'confirm')
    await ask('paused@example.org')
    await press('paused@example.org', 'confirm')
    await press('paused@example.org', 'preferences', { pauseWeeks: 2 })
    await ask('gone@example.org')
    await press('gone@example.org', 'confirm')
    await press('gone@example.org', 'unsubscribe')
    await ask('stopped@example.org')
    await subscriptions.suppressAll(keyOf('stopped@example.org').person, now(), inAYear())
    await people.suppress(personId('unheard@example.org', stage.addressKey), 'complaint', now())
    const known: Record<string, string> = {}
    for (const name of ['reading', 'paused', 'gone', 'stopped', 'unheard'])
      known[name] = await work(`${name}@example.org`)
    expect(seen.new).toContain('"PutItemCommand"')
    for (const [name, what] of Object.entries({ ...seen, ...known }))
      expect({ name, what }).toEqual({ name, what: seen.new })
    expect(await stored('gone@example.org')).toMatchObject({
      state: 'pending',
      next: 'confirm',
      ring: expect.any(String),
    })
  })
})

/** A request of the same person, and its link that stops everything. */
const throughRequest = async (email: string) => {
  const requests = await import('../shared/aws/requests.ts')
  const { tokenFor } = await import('../shared/capability.ts')
  const id = newRequestId(Date.now(), randomBytes(16))
  const own = { ...confirmed, id, person: keyOf(email).person, seeker: { ...confirmed.seeker, email } }
  await requests.create(own)
  const token = tokenFor(own.secret, 'stop')
  const path = `/requests/${id}/${token}/stop-everything`
  return {
    stop: (body: string) => post(path, '/requests/{id}/{token}/stop-everything', body, { id, token }),
  }
}

describe('who stops everything at the moment at which she takes an earlier stop back', () => {
  test.each(['looks for what to bring back', 'brings it back'])(
    'gets nothing more, though it comes in the middle of that: before it %s',
    async (moment) => {
      const email = `both-${moment.length}@example.org`
      await ask(email)
      await press(email, 'confirm')
      expect(JSON.parse((await press(email, 'unsubscribe', 'everything=on')).body)).toEqual({
        state: 'unsubscribed',
      })
      let stopped: Answer | undefined
      const again = async () => {
        stopped = await press(email, 'unsubscribe', 'everything=on')
      }
      // The first transaction frees the address.
      const second = async () => {
        meanwhile = { before: 'TransactWriteItemsCommand', work: again }
      }
      meanwhile = moment.startsWith('looks')
        ? { before: 'QueryCommand', work: again }
        : { before: 'TransactWriteItemsCommand', work: second }
      const back = await press(email, 'unsubscribe', 'undo=on')
      expect(back.statusCode).toBe(200)
      expect([back.body, stopped?.body].map((body = '') => JSON.parse(body).state)).toEqual([
        'unsubscribed',
        'unsubscribed',
      ])
      expect((await people.find(keyOf(email).person)).suppressedAt).toBeDefined()
      expect((await stored(email)).state).toBe('unsubscribed')
      await press(email, 'unsubscribe', 'undo=on')
      expect((await stored(email)).state).toBe('active')
    },
  )
})

describe('her last word', () => {
  const minute = (): void => void vi.setSystemTime(Date.now() + 60_000)
  const personOf = (email: string) => people.find(keyOf(email).person)
  const readerOf = ({ email, timeZone, hour }: Subscription) => ({ email, timeZone, hour })
  const reads = async (email: string): Promise<Subscription> => {
    await ask(email)
    await press(email, 'confirm')
    minute()
    return stored(email)
  }
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  test.each(['erase', 'leave'] as const)(
    'to %s stands against a series that is about to begin by itself',
    async (what) => {
      const { enrol } = await import('../shared/delivery/enrol.ts')
      const email = `begins-${what}@example.org`
      const reader = await reads(email)
      const next = library.find(({ starts }) => starts) ?? expect.unreachable()
      const begin = async () =>
        enrol(await personOf(email), readerOf(reader), next, { ...reader.consent, how: 'series' }, now())
      const says = async () => void (await (what === 'erase' ? erase(email) : press(email, 'unsubscribe')))
      meanwhile = { before: 'TransactWriteItemsCommand', work: says }
      expect(await begin()).toBe('refused')
      expect((await subscriptions.of(reader.person, now())).map(({ series }) => series)).not.toContain(next.id)
      // By a word of hers that is younger it begins.
      minute()
      const consent = { ...reader.consent, confirmedAt: now() }
      expect(await enrol(await personOf(email), readerOf(reader), next, consent, now())).toBe('enrolled')
    },
  )

  test('to stop everything stands against an older one that was long on its way, and so does taking it back', async () => {
    const { stopEverything } = await import('../shared/delivery/leave.ts')
    const email = 'hanging@example.org'
    const { person } = await reads(email)
    // Read before she stops, takes it back, and stops again; written after that.
    const seen = await personOf(email)
    await press(email, 'unsubscribe', 'everything=on')
    await press(email, 'unsubscribe', 'undo=on')
    expect(await people.suppress(person, 'asked', now(), seen)).toBe(false)
    expect(await personOf(email)).not.toHaveProperty('suppressedAt')
    // Two at once: the one that was slower says it once more.
    meanwhile = { before: 'UpdateItemCommand', work: () => stopEverything(person, now()) }
    await stopEverything(person, now())
    expect(await personOf(email)).toMatchObject({ suppressedAt: now(), suppressedBecause: 'asked', stops: 3 })
  })

  test('to stop everything finds what an undo has not brought back that was cut off', async () => {
    const email = 'cut-off@example.org'
    await reads(email)
    await press(email, 'unsubscribe', 'everything=on')
    minute()
    await people.release(keyOf(email).person, await personOf(email))
    minute()
    await press(email, 'unsubscribe', 'everything=on')
    minute()
    const { stop } = await throughRequest(email)
    expect((await stop('undo=on')).statusCode).toBe(200)
    expect((await stored(email)).state).toBe('active')
    expect(await personOf(email)).not.toHaveProperty('undoing')
  })

  test('to stop everything, said once more, keeps what the first stop has ended, though a form has asked since', async () => {
    const email = 'asked-between@example.org'
    await reads(email)
    const { stop } = await throughRequest(email)
    for (const isCutOff of [false, true]) {
      await stop('everything=on')
      minute()
      if (isCutOff) await people.release(keyOf(email).person, await personOf(email))
      await ask(email)
      expect(await stored(email)).toMatchObject({ state: 'pending', before: 'active' })
      minute()
      await stop('everything=on')
      expect(await stored(email)).toMatchObject({ state: 'unsubscribed', before: 'active' })
      minute()
      await stop('undo=on')
      expect((await stored(email)).state).toBe('active')
    }
  })

  test('to stop everything stands against an undo that was overtaken, with all that this one was bringing back', async () => {
    const email = 'overtaken@example.org'
    await reads(email)
    const { stop } = await throughRequest(email)
    await stop('everything=on')
    minute()
    // It is stopped anew when the address is free, and its worker dies.
    meanwhile = {
      before: 'QueryCommand',
      work: async () => {
        meanwhile = {
          before: 'QueryCommand',
          work: async () => void (await people.suppress(keyOf(email).person, 'asked', now())),
        }
      },
    }
    const { completeStop } = await import('../shared/delivery/leave.ts')
    await stop('undo=on')
    await completeStop(keyOf(email).person, now())
    expect((await stored(email)).state).toBe('unsubscribed')
    minute()
    await stop('undo=on')
    expect((await stored(email)).state).toBe('active')
  })

  test('to take a stop back stands against what completes that stop, and is slow', async () => {
    const { completeStop } = await import('../shared/delivery/leave.ts')
    const email = 'slow-stop@example.org'
    const { person } = await reads(email)
    await press(email, 'unsubscribe', 'everything=on')
    minute()
    meanwhile = { before: 'QueryCommand', work: async () => void (await press(email, 'unsubscribe', 'undo=on')) }
    await completeStop(person, now())
    expect((await stored(email)).state).toBe('active')
    await press(email, 'unsubscribe', 'everything=on')
    meanwhile = { before: 'UpdateItemCommand', work: async () => void (await press(email, 'unsubscribe', 'undo=on')) }
    await completeStop(person, now())
    expect(await personOf(email)).not.toHaveProperty('tipsRefusedAt')
  })

  test('to have the tips erased is taken back by no undo of something else', async () => {
    const { enrol } = await import('../shared/delivery/enrol.ts')
    const email = 'erased-for-good@example.org'
    const reader = await reads(email)
    const { stop } = await throughRequest(email)
    await erase(email)
    minute()
    for (const body of ['everything=on', 'undo=on', 'undo=on']) expect((await stop(body)).statusCode).toBe(200)
    expect(await personOf(email)).toMatchObject({ tipsErasedAt: expect.any(String) })
    const [series = expect.unreachable()] = library
    expect(await enrol(await personOf(email), readerOf(reader), series, reader.consent, now())).toBe('refused')
    expect(await subscriptions.createUnlessRefused({ ...reader, version: 1 }, now())).toEqual({
      saved: false,
      stopped: true,
    })
  })

  test('stands against an older consent that would take up again what she has left', async () => {
    const { enrol } = await import('../shared/delivery/enrol.ts')
    const email = 'again@example.org'
    const reader = await reads(email)
    await press(email, 'unsubscribe')
    minute()
    const [series = expect.unreachable()] = library
    const consent = { ...reader.consent, confirmedAt: now() }
    minute()
    // The first write finds what is there, the second would take it up. She leaves another series before that.
    const says = () => people.refuseTips(reader.person, now())
    const second = async () => {
      meanwhile = { before: 'TransactWriteItemsCommand', work: says }
    }
    meanwhile = { before: 'TransactWriteItemsCommand', work: second }
    expect(await enrol(await personOf(email), readerOf(reader), series, consent, now())).toBe('unchanged')
    expect((await stored(email)).state).toBe('unsubscribed')
  })

  test('to stop everything stands against a confirmation that is under way, also where the form is sent in again', async () => {
    const email = 'confirming@example.org'
    await ask(email)
    const says = async () => {
      await press(email, 'unsubscribe', 'everything=on')
      await ask(email)
    }
    meanwhile = { before: 'QueryCommand', work: says }
    const { statusCode, body } = await press(email, 'confirm')
    expect([statusCode, JSON.parse(body)]).toMatchObject([409, { title: 'Mail to this address is stopped' }])
    expect(await personOf(email)).toHaveProperty('suppressedAt')
    expect((await stored(email)).state).toBe('pending')
  })

  test('to stop everything stands against an earlier undo that is late', async () => {
    const email = 'late-undo@example.org'
    await reads(email)
    await press(email, 'unsubscribe', 'everything=on')
    minute()
    const says = async () => {
      await press(email, 'unsubscribe', 'undo=on')
      minute()
      await press(email, 'unsubscribe', 'everything=on')
    }
    meanwhile = { before: 'TransactWriteItemsCommand', work: says }
    expect((await press(email, 'unsubscribe', 'undo=on')).statusCode).toBe(409)
    expect(await personOf(email)).toMatchObject({
      suppressedAt: now(),
      suppressedBecause: 'asked',
      tipsRefusedAt: now(),
    })
    expect((await stored(email)).state).toBe('unsubscribed')
  })

  test('to leave stands against an earlier undo that is late', async () => {
    const email = 'left-again@example.org'
    await reads(email)
    await press(email, 'unsubscribe')
    minute()
    const says = async () => {
      await press(email, 'unsubscribe', 'undo=on')
      minute()
      await press(email, 'unsubscribe')
    }
    meanwhile = { before: 'TransactWriteItemsCommand', work: says }
    expect(JSON.parse((await press(email, 'unsubscribe', 'undo=on')).body)).toMatchObject({ state: 'unsubscribed' })
    expect(await stored(email)).toMatchObject({ state: 'unsubscribed', unsubscribedAt: now() })
    expect((await personOf(email)).tipsRefusedAt).toBe(now())
  })

  test('to leave, said once more, stands against an undo that is under way', async () => {
    const email = 'left-twice@example.org'
    await reads(email)
    await press(email, 'unsubscribe')
    minute()
    const says = async () => {
      minute()
      await press(email, 'unsubscribe')
    }
    meanwhile = { before: 'TransactWriteItemsCommand', work: says }
    expect(JSON.parse((await press(email, 'unsubscribe', 'undo=on')).body)).toMatchObject({ state: 'unsubscribed' })
    expect(await stored(email)).toMatchObject({ state: 'unsubscribed', unsubscribedAt: now() })
    expect((await personOf(email)).tipsRefusedAt).toBe(now())
    // Pressed when that is over, it takes her back.
    expect(JSON.parse((await press(email, 'unsubscribe', 'undo=on')).body)).toMatchObject({ state: 'active' })
  })
})

describe('who leaves while a part is on its way', () => {
  test('keeps the claim of whoever sends it, and what is settled then brings nothing more', async () => {
    const email = 'midflight@example.org'
    await ask(email)
    await press(email, 'confirm')
    await press(email, 'preferences', { next: 'now' })
    const claim = { at: now(), batch: 'batch-1' }
    expect((await subscriptions.claim(keyOf(email), claim)).result).toBe('claimed')
    await press(email, 'unsubscribe')
    expect(await stored(email)).toMatchObject({ state: 'unsubscribed', claim, before: 'active' })
    expect((await subscriptions.claim(keyOf(email), { at: now(), batch: 'batch-2' })).result).not.toBe('claimed')
    expect((await people.find(keyOf(email).person)).tipsRefusedAt).toBeDefined()
  })

  test('and asks for the next part gets that one, and not two', async () => {
    const email = 'inflight@example.org'
    await ask(email)
    await press(email, 'confirm')
    await press(email, 'preferences', { next: 'now' })
    await subscriptions.claim(keyOf(email), { at: now(), batch: 'batch-1' })
    const { version } = await stored(email)
    const answer = await press(email, 'preferences', { next: 'now' })
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ onItsWay: true })])
    expect((await stored(email)).version).toBe(version)
  })
})

test('what is never confirmed is deleted when it would have been, whether she says no or not', async () => {
  const email = 'never@example.org'
  await ask(email)
  const { expiresAt } = await stored(email)
  await press(email, 'unsubscribe')
  expect(await stored(email)).toMatchObject({ state: 'unsubscribed', before: 'pending', expiresAt })
  const reading = 'left@example.org'
  await ask(reading)
  await press(reading, 'confirm')
  await press(reading, 'unsubscribe')
  const days = ((await stored(reading)).expiresAt ?? 0) - Date.now() / 1000
  expect(Math.round(days / 86_400)).toBe(stage.retention.closedDays)
})

test('eight answers to one question at once are one, and the consent says when and from where', async () => {
  const email = 'eight@example.org'
  await ask(email)
  const answers = await Promise.all(Array.from({ length: 8 }, () => press(email, 'confirm')))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200))
  const { consent, state } = await stored(email)
  expect(state).toBe('active')
  expect(consent).toEqual({
    wording: expect.any(String),
    how: 'form',
    askedAt: expect.any(String),
    from: expect.stringMatching(/^[\w-]{16}$/),
    confirmedAt: expect.any(String),
    confirmedFrom: expect.stringMatching(/^[\w-]{16}$/),
  })
})

describe('a wish', () => {
  const at = '2026-11-23T15:00:00.000Z'
  const going = { parts: weekly.parts, now: at, endsAt: 2_000_000_000 }
  const made = (next: Subscription | undefined): Subscription => {
    if (!next) throw new Error('Nothing came of it')
    return next
  }

  test('for the next part is one while it is in flight, and for a minute after', () => {
    const wished = made(nextNow(ada, going))
    expect(wished).toMatchObject({ next: 'two', dueAt: at, dueOn: '2026-11-23', ring: at, wished: at })
    expect(isOnItsWay(wished, '2026-11-23T15:00:59.000Z')).toBe(true)
    expect(isOnItsWay(wished, '2026-11-23T15:01:00.000Z')).toBe(false)
    const claimed: Subscription = { ...ada, claim: { at, batch: 'b' } }
    expect(isOnItsWay(claimed, '2026-11-23T15:09:59.000Z')).toBe(true)
    expect(isOnItsWay(claimed, '2026-11-23T15:10:00.000Z')).toBe(false)
  })

  test('for another hour moves what is to come, and not what is due already', () => {
    expect(withSettings(ada, { hour: 18 }, at)).toMatchObject({ hour: 18, dueAt: '2026-11-24T23:00:00.000Z' })
    const overdue = { ...ada, dueAt: '2026-11-23T14:59:00.000Z' }
    expect(withSettings(overdue, { hour: 18 }, at)).toMatchObject({ hour: 18, dueAt: overdue.dueAt })
    const pending: Subscription = { ...ada, state: 'pending', next: 'confirm' }
    expect(withSettings(pending, { timeZone: 'Asia/Tokyo' }, at)).toMatchObject({ dueAt: ada.dueAt })
    expect(withSettings(ada, { hour: ada.hour, timeZone: ada.timeZone, firstName: 'Ada' }, at)).toBeUndefined()
    expect(withSettings(ada, { firstName: '' }, at)).not.toHaveProperty('firstName')
  })

  test('to come back brings back a pause with its end, and an end with nothing due', () => {
    const paused = made(pausedFor(ada, 3, going))
    const gone = made(afterEvent(paused, 'left', { now: at, expiresAt: 1 }))
    expect(undone(gone, { ...going, now: '2026-11-25T15:00:00.000Z' })).toMatchObject({
      state: 'paused',
      pausedUntil: '2026-12-14',
      dueAt: '2026-12-14T14:00:00.000Z',
    })
    expect(undone(gone, { ...going, now: '2026-12-20T15:00:00.000Z' })).toMatchObject({
      state: 'paused',
      dueAt: '2026-12-21T14:00:00.000Z',
    })
    const over: Subscription = { ...resting, state: 'finished', had: ['one', 'two', 'three'] }
    const left = made(afterEvent(over, 'left', { now: at, expiresAt: 1 }))
    const back = made(undone(left, going))
    expect(back).toMatchObject({ state: 'finished', expiresAt: going.endsAt })
    expect(back).not.toHaveProperty('dueAt')
  })

  test('to come back after all that was left is withdrawn is the end', () => {
    const gone = made(afterEvent(ada, 'left', { now: at, expiresAt: 1 }))
    const parts = weekly.parts.map((part) => (part.id === 'one' ? part : { ...part, withdrawn: true as const }))
    const back = made(undone(gone, { ...going, parts }))
    expect([back.state, back.version]).toEqual(['finished', gone.version + 1])
  })
})
