import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Stage } from '../shared/stage.ts'
import {
  base,
  counters,
  delivery,
  handover,
  now,
  pass,
  pickTips,
  reader,
  readers,
  received,
  run,
  said,
  services,
  store,
  subscriptions,
  there,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { stage } from './people.ts'
import { weekly } from './readers.ts'

// The series of this build are those that a test puts there.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
const counted: object[] = []
vi.mock('../shared/aws/metrics.ts', () => ({ count: (values: object) => void counted.push(values) }))
beforeEach(() => {
  counted.length = 0
})

describe('handing over', () => {
  const messages = () => services.queued.filter(({ queue }) => queue === 'tips')
  const handed = () => messages().flatMap(({ body }) => body.people as string[])
  const quota = (changes: Partial<(typeof services)['account']['SendQuota']>) =>
    Object.assign(services.account.SendQuota, changes)

  test('puts together whom the same part is due for, as many as SES takes in a second, and spreads them', async () => {
    await store(...readers(40))
    expect(await pickTips()).toEqual({ readers: 40, messages: 3 })
    expect(messages().map(({ body }) => (body.people as string[]).length)).toEqual([14, 14, 12])
    // Ten a second: fourteen every 1.4 s.
    expect(messages().map(({ delaySeconds }) => delaySeconds)).toEqual([0, 1, 2])
    expect(new Set(handed()).size).toBe(40)
    expect(messages()[0]?.body).toMatchObject({ series: 'weekly', next: 'two' })
  })

  test('writes nothing about a reader, and asks for nobody who is not due', async () => {
    const all = await store(...readers(3), reader('later', { dueAt: '2026-11-24T14:00:31.000Z' }))
    await pickTips()
    expect(handed()).toHaveLength(3)
    for (const one of all) expect((await there(one)).version).toBe(one.version)
  })

  test('keeps parts and series apart: a message is one call', async () => {
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    await store(
      ...readers(2),
      ...['a', 'b'].map((name) => reader(name, { next: 'three', had: ['one', 'two'] })),
      reader('c', { series: 'second', edition: 'second-1' }),
    )
    await pickTips()
    const kinds = messages().map(({ body }) => `${body.series} ${body.next} ${(body.people as string[]).length}`)
    expect(kinds.sort()).toEqual(['second two 1', 'weekly three 2', 'weekly two 2'])
  })

  test.each<[string, { MaxSendRate: number }, Partial<Stage['tips']>, object]>([
    ['the sandbox', { MaxSendRate: 1 }, {}, { perSecond: 1, together: 1, secondsApart: 1 }],
    ['a new account', { MaxSendRate: 14 }, {}, { perSecond: 10, together: 14, secondsApart: 1.4 }],
    ['a large one', { MaxSendRate: 200 }, { mailsPerSecond: 200 }, { perSecond: 200, together: 50, secondsApart: 1 }],
    [
      'a large one with more calls',
      { MaxSendRate: 200 },
      { mailsPerSecond: 200, bulkCallsPerSecond: 10 },
      { perSecond: 200, together: 50, secondsApart: 0.25 },
    ],
    [
      'one call a reader',
      { MaxSendRate: 200 },
      { mailsPerSecond: 200, transport: 'single' },
      { perSecond: 200, together: 50, secondsApart: 0.25 },
    ],
    ['less than one a second', { MaxSendRate: 0.5 }, {}, { perSecond: 0.5, together: 1, secondsApart: 2 }],
  ])('keeps the pace of %s', (_who, { MaxSendRate }, tips, expected) => {
    const account = { perSecond: MaxSendRate, leftToday: 1e9, maySend: true }
    const pace = delivery.paceOf({ tips: { ...stage.tips, ...tips } as Stage['tips'] }, account)
    expect(pace).toEqual(expected)
    // Never faster than either limit, and no call for more than a second’s worth.
    expect(pace.together / pace.secondsApart).toBeLessThanOrEqual(pace.perSecond + 1e-9)
    expect(pace.together).toBeLessThanOrEqual(Math.max(1, MaxSendRate))
  })

  test('hands over no more than is sent until the next run', async () => {
    quota({ MaxSendRate: 0.1 })
    await store(...readers(40))
    // One in ten seconds, for five minutes.
    expect(await pickTips()).toEqual({ readers: 30, messages: 30 })
    expect(messages().map(({ delaySeconds }) => delaySeconds)).toEqual(
      Array.from({ length: 30 }, (_, index) => index * 10),
    )
  })

  test('lets what waits already go first: room is less, and delays begin behind it', async () => {
    quota({ MaxSendRate: 0.1 })
    await store(...readers(40))
    services.depth = { tips: 10 }
    expect(await pickTips()).toMatchObject({ readers: 20 })
    expect(messages()[0]?.delaySeconds).toBe(100)
    expect(messages().at(-1)?.delaySeconds).toBe(290)
  })

  test.each([
    [{ tips: 30 }, 0],
    [{ mail: 12 }, 18],
    [{ tips: 10, mail: 12 }, 8],
    [{ mail: 5000 }, 0],
  ])('with %j in the queues there is room for %i: reminders of meetings go first', async (depth, room) => {
    quota({ MaxSendRate: 0.1 })
    await store(...readers(40))
    services.depth = depth
    expect(await pickTips()).toMatchObject({ readers: room, ...(room ? {} : { because: 'the queue is full' }) })
  })

  test.each([
    [{ Max24HourSend: 100, SentLast24Hours: 80 }, 18],
    [{ Max24HourSend: 100, SentLast24Hours: 100 }, 0],
    [{ Max24HourSend: 100, SentLast24Hours: 120 }, 0],
    [{ Max24HourSend: 100, SentLast24Hours: 95 }, 4],
    [{ Max24HourSend: -1, SentLast24Hours: 1e6 }, 40],
  ])('with a quota of %j it hands over %i: a tenth of the day is left to the workflow', async (day, room) => {
    quota(day)
    await store(...readers(40))
    expect(await pickTips()).toMatchObject({ readers: room })
    expect(new Set(handed()).size).toBe(room)
  })

  test('goes on where it stopped while the queue holds something', async () => {
    quota({ Max24HourSend: 20 })
    const all = await store(...readers(40))
    await pickTips()
    const first = handed()
    expect(first).toHaveLength(18)
    services.depth = { tips: 1 }
    quota({ Max24HourSend: 35 })
    pass(5)
    await pickTips()
    const second = handed().slice(18)
    expect(second.length).toBeGreaterThan(10)
    expect(second.filter((person) => first.includes(person))).toEqual([])
    pass(5)
    await pickTips()
    expect(new Set(handed())).toEqual(new Set(all.map(({ person }) => person)))
  })

  test('begins anew with the oldest once the queue is empty: what was lost on the way is found', async () => {
    quota({ Max24HourSend: 20 })
    await store(...readers(40))
    await pickTips()
    const first = handed()
    // The messages are gone, and nobody was sent to.
    services.queued.length = 0
    pass(5)
    await pickTips()
    expect(handed().sort()).toEqual(first.sort())
  })

  test('begins anew after an hour, though the queue was never empty', async () => {
    quota({ Max24HourSend: 50 })
    await store(...readers(17))
    await pickTips()
    services.queued.length = 0
    services.depth = { tips: 1 }
    for (let minutes = 5; minutes < 60; minutes += 5) {
      pass(5)
      await pickTips()
      expect(handed()).toEqual([])
    }
    pass(5)
    await pickTips()
    expect(handed()).toHaveLength(17)
  })

  test('stops after a minute, and goes on with the next run', async () => {
    quota({ MaxSendRate: 200, Max24HourSend: -1 })
    await store(...readers(60))
    // Pages of one, of a database that takes twenty seconds for each.
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => clock)
    const dueIn = vi.spyOn(base.database, 'send')
    const send = dueIn.getMockImplementation()
    expect(send).toBeUndefined()
    const original = base.database.constructor.prototype.send
    dueIn.mockImplementation(function (this: unknown, command: { input: { IndexName?: string; Limit?: number } }) {
      if (command.input.IndexName) {
        command.input.Limit = 1
        clock += 2_000
      }
      return original.call(base.database, command)
    } as never)
    await pickTips()
    const first = handed().length
    // Two rounds through sixteen shards are 64 s.
    expect(first).toBeGreaterThan(16)
    expect(first).toBeLessThanOrEqual(32)
    services.depth = { tips: 1 }
    for (let runs = 0; runs < 6; runs += 1) await pickTips()
    expect(new Set(handed()).size).toBe(60)
    expect(handed()).toHaveLength(60)
  })

  test('goes on without a shard that cannot be read, fails for all to see, and finds its readers the next time', async () => {
    const all = await store(...readers(40))
    const shard = subscriptions.shardOf(all[0]?.person ?? '')
    const there = all.filter(({ person }) => subscriptions.shardOf(person) === shard).map(({ person }) => person)
    const broken = vi.spyOn(base.database, 'send')
    const original = base.database.constructor.prototype.send
    broken.mockImplementation(((command: { input: { ExpressionAttributeValues?: Record<string, AttributeValue> } }) =>
      command.input.ExpressionAttributeValues?.[':shard']?.S === shard
        ? Promise.reject(new Error('this part of the index is away'))
        : original.call(base.database, command)) as never)
    await expect(pickTips()).rejects.toThrow('this part of the index is away')
    const first = handed()
    expect(new Set(first)).toEqual(new Set(all.map(({ person }) => person).filter((person) => !there.includes(person))))
    broken.mockRestore()
    services.depth = { tips: 1 }
    pass(5)
    await pickTips()
    expect(handed().slice(first.length).sort()).toEqual(there.sort())
  })

  test.each([
    ['SES does not send for this account', () => Object.assign(services.account, { SendingEnabled: false })],
    ['bounces or complaints', () => counters.countOutcomes({ sent: 1000, bounced: 40 }, now())],
    ['bounces or complaints', () => counters.countOutcomes({ sent: 10_000, complained: 16 }, now())],
    ['SES takes nothing at the moment', () => handover.hold('2026-11-24T14:00:31.000Z')],
  ])('hands nobody over where %s', async (because, spoil) => {
    await store(reader())
    await spoil()
    expect(await pickTips()).toEqual({ readers: 0, messages: 0, because })
    expect(services.queued).toEqual([])
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'tips-stopped', because }))
    expect(counted).toEqual([{ TipsStopped: 1 }])
  })

  const used = 'the quota of the day is used up'
  const later = '2026-11-24T14:00:31.000Z'
  const rows: {
    what: string
    sent: number
    because: string
    stops: boolean
    dueAt?: string
    depth?: { tips?: number; mail?: number }
  }[] = [
    { what: 'the quota is used up, and somebody is due', sent: 1000, because: used, stops: true },
    { what: 'what is left of it is for the workflow alone', sent: 999, because: used, stops: true },
    {
      what: 'it is used up, and the queue is full as well',
      sent: 1000,
      because: used,
      stops: true,
      depth: { tips: 4000 },
    },
    { what: 'it is used up, and nobody is due', sent: 1000, because: used, stops: false, dueAt: later },
    { what: 'our own queue is full', sent: 0, because: 'the queue is full', stops: false, depth: { tips: 4000 } },
    {
      what: 'what waits takes the rest of it',
      sent: 900,
      because: 'the queue is full',
      stops: false,
      depth: { tips: 10 },
    },
  ]
  test.each(rows)(
    'where $what, says “$because” and is heard of: $stops',
    async ({ sent, because, stops, dueAt, depth }) => {
      quota({ Max24HourSend: 1000, SentLast24Hours: sent })
      await store(reader('ada', dueAt ? { dueAt } : {}))
      if (depth) services.depth = depth
      expect(await pickTips()).toEqual({ readers: 0, messages: 0, because })
      expect(counted).toEqual(stops ? [{ TipsStopped: 1 }] : [])
      expect(said.filter(({ level }) => level === 'error').map((line) => line.because)).toEqual(stops ? [because] : [])
    },
  )

  const DAY = 86_400
  test.each([
    { what: 'who is due since yesterday and who is due now', dueAt: '2026-11-23T14:00:30.000Z', late: DAY },
    { what: 'two who are due now', dueAt: '2026-11-24T14:00:00.000Z', late: 30 },
  ])('of $what it says how late the oldest is: $late s', async ({ dueAt, late }) => {
    await store(reader('ada', { dueAt }), ...readers(20, { dueAt: '2026-11-24T14:00:00.000Z' }))
    await pickTips()
    expect(counted).toEqual([{ TipsHandedOver: 21, TipsLate: late }])
  })

  test('a walk that goes on from where the last one stopped does not see the oldest, and says nothing of it', async () => {
    quota({ MaxSendRate: 0.1 })
    await store(...readers(40))
    await pickTips()
    services.depth = { tips: 10 }
    pass(5)
    await pickTips()
    expect(counted).toEqual([{ TipsHandedOver: 30, TipsLate: expect.any(Number) }, { TipsHandedOver: 10 }])
  })

  test('of nobody nothing is counted', async () => {
    await pickTips()
    expect(counted).toEqual([])
  })

  test('where the quota is used up an entry of each shard is looked at, until one is due', async () => {
    quota({ Max24HourSend: 1000, SentLast24Hours: 1000 })
    const [one] = await store(reader())
    const asked = vi.spyOn(base.database, 'send')
    await pickTips()
    const looks = asked.mock.calls.flatMap(([{ input }]) => ('IndexName' in input ? [input] : []))
    const shards = looks.map((input) => (input as QueryCommandInput).ExpressionAttributeValues?.[':shard']?.S)
    expect(shards.at(-1)).toBe(subscriptions.shardOf(one?.person ?? ''))
    expect(shards).toEqual(subscriptions.shards.slice(0, shards.length))
    expect(new Set(looks.map((input) => (input as QueryCommandInput).Limit))).toEqual(new Set([1]))
  })

  test('goes on where only confirmations are stopped', async () => {
    await counters.countOutcomes({ sent: 1000, bounced: 30 }, now())
    await store(reader())
    await run()
    expect(received()).toEqual(['ada two'])
  })

  test('counts tips as sent, and what asks to confirm only when it is', async () => {
    await store(...readers(3), reader('x', { state: 'pending', next: 'confirm', expiresAt: 1_900_000_000 }))
    await pickTips()
    expect(await counters.outcomesLately(now())).toMatchObject({ sent: 3 })
  })

  test('is done when nothing is due', async () => {
    expect(await pickTips()).toEqual({ readers: 0, messages: 0 })
    expect(services.queued).toEqual([])
  })
})
