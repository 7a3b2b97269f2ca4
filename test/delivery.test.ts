import { type AttributeValue, DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { toDay, toInstant, toMs } from '../shared/calendar.ts'
import { personId } from '../shared/person.ts'
import { plan } from '../shared/plan.ts'
import type { Instant, InterviewRequest } from '../shared/request.ts'
import type { Stage } from '../shared/stage.ts'
import { asked, toConfirm, confirmed as whoConfirmed } from '../shared/tips/enrolment.ts'
import { subscriptionId, subscriptionLinks } from '../shared/tips/links.ts'
import { readSeries } from '../shared/tips/markdown.ts'
import type { Part, Series } from '../shared/tips/series.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import { confirmed, having, inZone, settings, stage, ada as unconfirmed } from './people.ts'
import { consent, due, part, ada as reading, resting, weekly } from './readers.ts'
import { openServices } from './services.ts'
import { openTable } from './table.ts'

/** The series of this build: what an editor deploys is put in here. */
const library = vi.hoisted((): Series[] => [])
vi.mock('../shared/tips/library.ts', () => ({ library }))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/** Tuesday, half a minute past nine in New York. */
const NOW = '2026-11-24T14:00:30.000Z'
const at = (instant: Instant) => void vi.setSystemTime(new Date(instant))
const now = (): Instant => new Date().toISOString()
const pass = (minutes: number) => at(toInstant(Date.now() + minutes * 60_000))

let table: Awaited<ReturnType<typeof openTable>>
let services: Awaited<ReturnType<typeof openServices>>
let subscriptions: typeof import('../shared/aws/subscriptions.ts')
let people: typeof import('../shared/aws/people.ts')
let requests: typeof import('../shared/aws/requests.ts')
let counters: typeof import('../shared/aws/counters.ts')
let editions: typeof import('../shared/aws/editions.ts')
let handover: typeof import('../shared/aws/handover.ts')
let base: typeof import('../shared/aws/database.ts')
let inStep: typeof import('../shared/delivery/in-step.ts')
let files: typeof import('../shared/aws/files.ts')
let delivery: typeof import('../shared/delivery/handover.ts')
let sendTips: typeof import('../functions/send-tips.ts').handler
let pickTips: typeof import('../functions/pick-tips.ts').handler
let recordOutcome: typeof import('../functions/record-outcome.ts').handler
let planMail: typeof import('../functions/plan-mail.ts').handler
let limits: (typeof stage)['reputation']

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) })
  table = await openTable()
  services = await openServices()
  process.env.STAGE = stageJson(stage)
  subscriptions = await import('../shared/aws/subscriptions.ts')
  people = await import('../shared/aws/people.ts')
  requests = await import('../shared/aws/requests.ts')
  counters = await import('../shared/aws/counters.ts')
  editions = await import('../shared/aws/editions.ts')
  handover = await import('../shared/aws/handover.ts')
  base = await import('../shared/aws/database.ts')
  inStep = await import('../shared/delivery/in-step.ts')
  files = await import('../shared/aws/files.ts')
  delivery = await import('../shared/delivery/handover.ts')
  sendTips = (await import('../functions/send-tips.ts')).handler
  pickTips = (await import('../functions/pick-tips.ts')).handler
  recordOutcome = (await import('../functions/record-outcome.ts')).handler
  planMail = (await import('../functions/plan-mail.ts')).handler
  limits = (await import('../shared/aws/environment.ts')).theStage().reputation
})
afterAll(async () => {
  vi.useRealTimers()
  await services.close()
  await table.close()
})

/** What was logged: events with their ids. */
const said: Record<string, unknown>[] = []
beforeEach(async () => {
  vi.restoreAllMocks()
  said.length = 0
  Object.assign(limits, stage.reputation)
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: object) => void said.push({ level, ...line }))
  }
  at(NOW)
  services.forget()
  library.splice(0, library.length, weekly)
  await Promise.all(
    (await table.items()).map(({ pk, sk }) =>
      base.database.send(new DeleteItemCommand({ TableName: 'requests', Key: { pk, sk } as never })),
    ),
  )
})

/** Ada, or somebody of another name, who reads the same. */
const reader = (name = 'ada', more: Partial<Subscription> = {}): Subscription => ({
  ...reading,
  email: `${name}@example.org`,
  person: personId(`${name}@example.org`, stage.addressKey),
  firstName: name[0]?.toUpperCase() + name.slice(1),
  ...more,
})
const readers = (many: number, more: Partial<Subscription> = {}) =>
  Array.from({ length: many }, (_, index) => reader(`reader-${index}`, more))
const store = async (...all: Subscription[]) => {
  for (const one of all) expect(await subscriptions.create(one, now())).toBe(true)
  return all
}
const there = async ({ person, series }: Subscription): Promise<Subscription> => {
  const found = await subscriptions.find({ person, series }, now())
  if (!found) throw new Error(`Nobody is there: ${person}`)
  return found
}

/** Runs the worker on one message. */
const work = async (body: object) => {
  const Records = [{ messageId: 'm1', body: JSON.stringify(body) }]
  const { batchItemFailures } = await sendTips({ Records } as never)
  return batchItemFailures.length === 0
}
const deliver = (...to: Subscription[]) =>
  work({ series: to[0]?.series, next: to[0]?.next ?? 'two', people: to.map(({ person }) => person) })
/** Everything that waits in the queue of the tips, in its order; what comes of it waits for the next time. */
const drain = async () => {
  const waiting = services.queued.splice(0)
  for (const { queue, body } of waiting) if (queue === 'tips') expect(await work(body)).toBe(true)
  return waiting.length
}
/** One run of the clockwork: what is due is handed over, and worked on. */
const run = async () => {
  const handed = await pickTips()
  await drain()
  return handed
}
const received = () => services.mails.map(({ to, tags }) => `${to.split('@')[0]} ${tags.part}`)
const sends = () => services.calls.filter(({ what }) => what.includes('outbound')).length
const waits = async (one: Subscription) => {
  const { dueAt, claim, tries } = await there(one)
  return { dueAt, isClaimed: claim !== undefined, tries: tries ?? 0 }
}

describe('a part that is due', () => {
  test('is sent to those for whom it is, in one call, and each is written down', async () => {
    const [ada, bea] = await store(reader('ada'), reader('bea', { firstName: undefined as never }))
    await run()
    expect(received().sort()).toEqual(['ada two', 'bea two'])
    expect(sends()).toBe(1)
    expect(await there(ada as Subscription)).toEqual({
      ...ada,
      version: 5,
      had: ['one', 'two'],
      messageId: services.mails.find(({ to }) => to === 'ada@example.org')?.messageId,
      sentAt: NOW,
      ...due('three', '2026-12-01T14:00:00.000Z'),
    })
    expect((await there(bea as Subscription)).had).toEqual(['one', 'two'])
  })

  test('is a mail of her own: her name, her place, her links, and the tags that come back with its events', async () => {
    const ada = reader('ada')
    await store(ada)
    await run()
    const { text, html, subject, tags, headers, to } = services.mails[0] ?? expect.unreachable()
    const { unsubscribe, preferences } = subscriptionLinks('https://chats.example.org', ada)
    expect({ to, subject }).toEqual({ to: 'ada@example.org', subject: 'On two' })
    for (const said of ['Hello Ada,', 'Part 2 of 3', unsubscribe, preferences]) {
      expect(text).toContain(said)
      expect(html).toContain(said)
    }
    expect(headers).toContainEqual({ name: 'List-Unsubscribe', value: `<${unsubscribe}>` })
    expect(tags).toEqual({
      mail: 'tip',
      subscription: subscriptionId(ada),
      part: 'two',
      batch: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      count: '2',
    })
  })

  test('that was handed over three times, or named twice in one message, is sent once', async () => {
    const [ada] = await store(reader())
    const message = { series: 'weekly', next: 'two', people: [ada?.person, ada?.person] }
    await Promise.all([work(message), work(message), work(message)])
    await work(message)
    expect(received()).toEqual(['ada two'])
  })

  test('ends the series where it is the last, and begins no other by itself', async () => {
    const [ada] = await store(reader('ada', { had: ['one', 'two'], next: 'three' }))
    await run()
    const over = await there(ada as Subscription)
    expect(over).toMatchObject({ state: 'finished', had: ['one', 'two', 'three'] })
    expect(over.expiresAt).toBe(Math.floor(toMs(NOW) / 1000) + stage.retention.idleDays * 86_400)
    expect(over).not.toHaveProperty('dueAt')
    expect(await pickTips()).toMatchObject({ readers: 0 })
  })

  test('where nothing is left for her ends the series without a mail', async () => {
    const [ada] = await store(reader('ada', { had: ['one', 'two', 'three'], next: 'end' }))
    await run()
    expect(sends()).toBe(0)
    expect(await there(ada as Subscription)).toMatchObject({ state: 'finished', had: ['one', 'two', 'three'] })
  })

  test('goes to nobody who left, paused or was stopped between the handing over and the sending', async () => {
    const [ada, bea, cleo, dora] = await store(...['ada', 'bea', 'cleo', 'dora'].map((name) => reader(name)))
    await pickTips()
    await subscriptions.change(ada as Subscription, now(), (seen) => afterEvent(seen, 'left', { now: now() }))
    const pause = { ...due('two', '2026-12-08T14:00:00.000Z') }
    await subscriptions.change(bea as Subscription, now(), (seen) =>
      afterEvent(seen, 'paused', { now: now(), due: pause }),
    )
    await people.suppress(cleo?.person ?? '', 'complaint', now())
    await subscriptions.suppressAll(cleo?.person ?? '', now(), 1_900_000_000)
    await drain()
    expect(received()).toEqual(['dora two'])
    expect((await there(bea as Subscription)).dueAt).toBe(pause.dueAt)
    expect((await there(dora as Subscription)).had).toContain('two')
  })

  test.each<[string, (seen: Subscription) => Subscription | undefined, Partial<Subscription>]>([
    ['leaves', (seen) => afterEvent(seen, 'left', { now: NOW }), { state: 'unsubscribed', before: 'active' }],
    ['is stopped', (seen) => afterEvent(seen, 'suppressed', { now: NOW }), { state: 'suppressed' }],
    [
      'pauses',
      (seen) => afterEvent(seen, 'paused', { now: NOW, due: due('two', '2026-12-08T14:00:00.000Z') }),
      { state: 'paused', next: 'three', dueAt: '2026-12-08T14:00:00.000Z' },
    ],
    [
      'chooses another hour',
      (seen) => ({ ...seen, hour: 18, version: seen.version + 1 }),
      { state: 'active', hour: 18, next: 'three', dueAt: '2026-12-01T23:00:00.000Z' },
    ],
  ])('who %s while it is on its way has had it, and it is as she wished', async (_what, change, expected) => {
    const [ada] = await store(reader())
    services.meanwhile = () => subscriptions.change(ada as Subscription, now(), change)
    await run()
    expect(await there(ada as Subscription)).toMatchObject({ ...expected, had: ['one', 'two'] })
    expect(await there(ada as Subscription)).not.toHaveProperty('claim')
    if (!expected.dueAt) expect(await there(ada as Subscription)).not.toHaveProperty('dueAt')
  })

  test('whose worker was so slow that another has settled it is not settled once more', async () => {
    const [ada] = await store(reader())
    let settled: Subscription | undefined
    services.meanwhile = async () => {
      pass(11)
      const { claim } = await there(ada as Subscription)
      services.noted.push({
        at: Date.now(),
        line: `${claim?.batch} ${subscriptionId(ada as Subscription)} message-noted`,
      })
      await deliver(ada as Subscription)
      settled = await there(ada as Subscription)
    }
    await deliver(ada as Subscription)
    expect(settled).toMatchObject({ had: ['one', 'two'], messageId: 'message-noted' })
    expect(await there(ada as Subscription)).toEqual(settled)
  })

  test('that is late until night waits for her hour of the next day, and keeps its place', async () => {
    const [ada] = await store(reader())
    at('2026-11-25T07:00:00.000Z')
    await run()
    expect(sends()).toBe(0)
    expect(await there(ada as Subscription)).toMatchObject({ dueAt: '2026-11-26T14:00:00.000Z', dueOn: '2026-11-24' })
    at('2026-11-26T14:00:30.000Z')
    await run()
    expect(received()).toEqual(['ada two'])
    expect(await there(ada as Subscription)).toMatchObject({ dueAt: '2026-12-01T14:00:00.000Z' })
  })
})

describe('an answer of SES that is no', () => {
  test('because it is too fast: they are let go of, come again after one to three minutes, and get it once', async () => {
    const [ada, bea, cleo] = await store(...['ada', 'bea', 'cleo'].map((name) => reader(name)))
    const message = { series: 'weekly', next: 'two', people: [ada, bea, cleo].map((one) => one?.person) }
    services.statuses.push([{ Status: 'SUCCESS' }, { Status: 'ACCOUNT_THROTTLED' }, { Status: 'TRANSIENT_FAILURE' }])
    await work(message)
    expect(await waits(bea as Subscription)).toEqual({ dueAt: reading.dueAt, isClaimed: false, tries: 0 })
    expect(services.queued.map(({ body }) => body)).toEqual([
      { series: 'weekly', next: 'again', people: [bea?.person, cleo?.person] },
    ])
    pass(3)
    await drain()
    await work(message)
    expect(received().sort()).toEqual(['ada two', 'bea two', 'cleo two'])
  })

  test('because it is too fast: not all come back in the same second', async () => {
    const [ada] = await store(reader())
    const delays: number[] = []
    for (const random of [0, 0.5, 0.999999]) {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      services.troubles.push({ status: 429, error: 'TooManyRequestsException' })
      await deliver(ada as Subscription)
      delays.push(services.queued.pop()?.delaySeconds ?? 0)
    }
    expect(delays).toEqual([60, 120, 179])
    expect(await waits(ada as Subscription)).toMatchObject({ isClaimed: false, tries: 0 })
  })

  test('for one of fifty: the other 49 have it', async () => {
    const fifty = await store(...readers(50))
    services.statuses.push(fifty.map((_, index) => (index === 20 ? { Status: 'FAILED' } : { Status: 'SUCCESS' })))
    await deliver(...fifty)
    const after = await Promise.all(fifty.map(there))
    expect(after.filter(({ had }) => had.includes('two'))).toHaveLength(49)
    expect(after[20]).toMatchObject({ had: ['one'], tries: 1, dueAt: reading.dueAt })
    expect(after[20]).not.toHaveProperty('claim')
    expect(sends()).toBe(1)
    expect(services.queued).toEqual([])
  })

  test('for no reason that anybody knows, five times: it is let go of, and the next part comes in its time', async () => {
    const [ada] = await store(reader())
    for (let tries = 1; tries <= 5; tries += 1) {
      expect((await there(ada as Subscription)).had).toEqual(['one'])
      services.statuses.push([{ Status: 'FAILED' }])
      await run()
      pass(5)
    }
    expect(services.mails).toEqual([])
    expect(await there(ada as Subscription)).toMatchObject({
      had: ['one', 'two'],
      failed: 'two',
      ...due('three', '2026-12-01T14:00:00.000Z'),
    })
    expect(await there(ada as Subscription)).not.toHaveProperty('tries')
    at('2026-12-01T14:00:30.000Z')
    await run()
    expect(received()).toEqual(['ada three'])
  })

  test('four times, and then yes: it has it, and the count begins anew', async () => {
    const [ada] = await store(reader())
    for (let tries = 1; tries <= 4; tries += 1) {
      services.statuses.push([{ Status: 'FAILED' }])
      await run()
    }
    await run()
    expect(received()).toEqual(['ada two'])
    expect(await there(ada as Subscription)).not.toHaveProperty('tries')
    expect(await there(ada as Subscription)).not.toHaveProperty('failed')
  })

  test('for good: it is let go of at once', async () => {
    const [ada, bea] = await store(reader('ada'), reader('bea'))
    services.statuses.push([{ Status: 'MESSAGE_REJECTED' }, { Status: 'SUCCESS' }])
    await deliver(ada as Subscription, bea as Subscription)
    expect(await there(ada as Subscription)).toMatchObject({ failed: 'two', next: 'three' })
    expect(received()).toEqual(['bea two'])
  })

  test.each([
    ['ACCOUNT_SENDING_PAUSED', 15],
    ['ACCOUNT_DAILY_QUOTA_EXCEEDED', 60],
  ])('for everybody, %s: nobody loses the part, and nothing is handed over for %i minutes', async (status, minutes) => {
    const [ada] = await store(reader())
    services.statuses.push([{ Status: status }])
    await run()
    expect(await waits(ada as Subscription)).toEqual({ dueAt: reading.dueAt, isClaimed: false, tries: 0 })
    expect(services.queued).toEqual([])
    const told = { readers: 0, because: 'SES takes nothing at the moment' }
    expect(await pickTips()).toMatchObject(told)
    pass(minutes - 1)
    expect(await pickTips()).toMatchObject(told)
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'tips-stopped' }))
    pass(1)
    await run()
    expect(received()).toEqual(['ada two'])
  })
})

describe('an answer of SES that is lost', () => {
  /** What the rule writes into the log when SES tells of a mail that it has taken. */
  const note = (...names: string[]) => {
    for (const { to, tags, messageId } of services.mails) {
      const isMeant = names.length === 0 || names.some((name) => to.startsWith(name))
      const line = `${tags.batch} ${tags.subscription} ${messageId} ${tags.part}`
      if (isMeant) services.noted.push({ at: Date.now(), line })
    }
  }
  /** As the lines were before they named the part. */
  const forgetParts = () => {
    for (const noted of services.noted) noted.line = noted.line.split(' ').slice(0, 3).join(' ')
  }
  const lose = async (...all: Subscription[]) => {
    services.forgets = 1
    await deliver(...all)
    return all
  }

  test('nobody is sent to again within ten minutes, however often she is handed over', async () => {
    const [ada] = await lose(...(await store(reader())))
    for (let minute = 0; minute < 10; minute += 1) {
      pass(1)
      await run()
    }
    expect(sends()).toBe(1)
    expect(services.asked('Logs_20140328.FilterLogEvents')).toEqual([])
    expect(await waits(ada as Subscription)).toMatchObject({ isClaimed: true })
  })

  test('then it is looked up: who is noted had it, and gets no second one', async () => {
    const all = await lose(...(await store(...readers(7))))
    pass(1)
    note()
    const [{ tags: { batch = '' } = {} } = {}] = services.mails
    pass(10)
    await run()
    expect(sends()).toBe(1)
    for (const [index, one] of all.entries()) {
      const { messageId } = services.mails[index] ?? expect.unreachable()
      expect(await there(one)).toMatchObject({
        had: ['one', 'two'],
        messageId,
        ...due('three', '2026-12-01T14:00:00.000Z'),
      })
      expect(await there(one)).not.toHaveProperty('claim')
    }
    // One question for all of them, with as many pages as it takes, about the time in which it can have happened.
    const questions = services.asked('Logs_20140328.FilterLogEvents') as unknown as Record<string, unknown>[]
    expect(questions).toHaveLength(4)
    expect(questions[0]).toMatchObject({
      logGroupName: '/aws/events/taken-tips',
      filterPattern: `"${batch}"`,
      startTime: toMs(NOW) - 60_000,
    })
    expect(questions[0]?.endTime).toBeGreaterThanOrEqual(toMs(NOW) + 10 * 60_000)
  })

  test('who has asked for the next one before that was known gets it', async () => {
    const [ada] = await lose(...(await store(reader())))
    if (!ada) return expect.unreachable()
    note()
    pass(11)
    const { nextNow } = await import('../shared/tips/wishes.ts')
    const parts = weekly.parts
    await subscriptions.change(ada, now(), (seen) => nextNow(seen, { parts, now: now() }))
    pass(1)
    await run()
    expect(await there(ada)).toMatchObject({ had: ['one', 'two'], next: 'three', dueAt: now(), wished: now() })
    await run()
    expect(received()).toEqual(['ada two', 'ada three'])
  })

  test('who is not noted is sent to, once', async () => {
    const [ada, bea] = await store(reader('ada'), reader('bea'))
    services.troubles.push({ cut: true })
    await deliver(ada as Subscription, bea as Subscription)
    expect(services.mails).toEqual([])
    pass(11)
    await run()
    await run()
    pass(30)
    await run()
    expect(received().sort()).toEqual(['ada two', 'bea two'])
  })

  test('of those in one call each is decided by herself', async () => {
    const [ada, bea] = await lose(...(await store(reader('ada'), reader('bea'))))
    note('ada')
    pass(11)
    await run()
    // Bea’s note was lost as well: hers is the one that comes twice.
    expect(received()).toEqual(['ada two', 'bea two', 'bea two'])
    expect((await there(ada as Subscription)).had).toEqual(['one', 'two'])
    expect((await there(bea as Subscription)).had).toEqual(['one', 'two'])
  })

  test('who leaves, asks anew by the form and confirms, before anybody has looked, had it and gets no second one', async () => {
    const [ada] = await lose(...(await store(reader())))
    note()
    const change = (decide: (seen: Subscription) => Subscription | undefined) =>
      subscriptions.change(ada as Subscription, now(), decide)
    pass(1)
    await change((seen) => afterEvent(seen, 'left', { now: now(), expiresAt: toMs(now()) / 1000 + 86_400 }))
    const soon = { due: toConfirm('confirm', now(), true), expiresAt: toMs(now()) / 1000 + 86_400 }
    await change((seen) => afterEvent(seen, 'asked', { now: now(), ...soon }))
    await run()
    expect(received()).toEqual(['ada two', 'ada confirm'])
    const going = { series: weekly, parts: weekly.parts, now: now(), endsAt: toMs(now()) / 1000 + 86_400 }
    await change((seen) => whoConfirmed(seen, { ...going, consent }))
    const { messageId } = services.mails[0] ?? expect.unreachable()
    for (let day = 0; day < 2; day += 1) {
      pass(24 * 60)
      await run()
    }
    expect(received()).toEqual(['ada two', 'ada confirm'])
    expect(await there(ada as Subscription)).toMatchObject({
      state: 'active',
      had: ['one', 'two'],
      messageId,
      next: 'three',
    })
    expect(await there(ada as Subscription)).not.toHaveProperty('claim')
  })

  test('a worker that died before it sent is found the same way', async () => {
    const [ada] = await store(reader())
    const claim = { at: NOW, batch: '01JDDEAD0000000000000000AA' }
    await subscriptions.claim(ada as Subscription, claim)
    pass(11)
    const message = { series: 'weekly', next: 'two', people: [ada?.person] }
    await Promise.all([work(message), work(message), work(message)])
    expect(received()).toEqual(['ada two'])
  })

  test('it is the part that was sent, whatever comes next for her by now', async () => {
    const [ada, bea] = await lose(...(await store(reader('ada'), reader('bea'))))
    note()
    library.splice(0, 1, { ...weekly, edition: 'weekly-b', parts: weekly.parts.map(withdrawnIf('two')) })
    await editions.keep(weekly)
    pass(11)
    await run()
    for (const reader of [ada, bea] as Subscription[])
      expect(await there(reader)).toMatchObject({ had: ['one', 'two'], next: 'three', messageId: expect.any(String) })
    expect(sends()).toBe(1)
  })

  test('where the line does not say which part it is the one that comes next', async () => {
    const [ada] = await lose(...(await store(reader())))
    note()
    forgetParts()
    pass(11)
    await run()
    expect(await there(ada as Subscription)).toMatchObject({ had: ['one', 'two'], next: 'three' })
    expect(sends()).toBe(1)
  })

  test.each([
    ['that she had, though it is sent no more', true, ['one', 'two', 'three']],
    ['that nobody can name is no answer to anything', false, ['one', 'two']],
  ])('a last part %s: the series ends', async (_what, isNamed, had) => {
    const [ada] = await lose(...(await store(reader('ada', { had: ['one', 'two'], next: 'three' }))))
    note()
    if (!isNamed) forgetParts()
    library.splice(0, 1, { ...weekly, edition: 'weekly-w', parts: weekly.parts.map(withdrawnIf('three')) })
    await editions.keep(weekly)
    pass(11)
    await run()
    expect(await there(ada as Subscription)).toMatchObject({ state: 'finished', had })
    expect(sends()).toBe(1)
  })

  test('while the log cannot be asked nobody is sent to', async () => {
    await lose(...(await store(reader())))
    pass(11)
    process.env.TAKEN_TIPS = ''
    try {
      await pickTips()
      const [{ body = {} } = {}] = services.queued.splice(0)
      expect(await work(body)).toBe(false)
    } finally {
      process.env.TAKEN_TIPS = '/aws/events/taken-tips'
    }
    expect(sends()).toBe(1)
  })

  test('who left while nobody knew gets nothing more, and goes on with what she had when she comes back', async () => {
    const [ada] = await lose(...(await store(reader())))
    note()
    await subscriptions.change(ada as Subscription, now(), (seen) => afterEvent(seen, 'left', { now: now() }))
    pass(11)
    await deliver(ada as Subscription)
    expect(sends()).toBe(1)
    await subscriptions.change(ada as Subscription, now(), (seen) =>
      afterEvent(seen, 'enrolled', { now: now(), due: due('two', now()) }),
    )
    await run()
    expect(sends()).toBe(1)
    expect(await there(ada as Subscription)).toMatchObject({ had: ['one', 'two'], next: 'three' })
  })
})

const withdrawnIf =
  (id: string) =>
  (one: Part): Part =>
    one.id === id ? { ...one, withdrawn: true } : one

describe('days', () => {
  test('a part on a day with workflow mail comes on the next free one, and her weekday stays', async () => {
    const [ada] = await store(reader('ada', { mailDays: ['2026-11-24', '2026-11-25'] }))
    await run()
    expect(sends()).toBe(0)
    expect(await there(ada as Subscription)).toMatchObject({ dueAt: '2026-11-26T14:00:00.000Z', dueOn: '2026-11-24' })
    at('2026-11-26T14:00:30.000Z')
    await run()
    expect(received()).toEqual(['ada two'])
    expect(await there(ada as Subscription)).toMatchObject(due('three', '2026-12-01T14:00:00.000Z'))
  })

  test('it is her day: in Auckland it is Wednesday already', async () => {
    const auckland = { timeZone: 'Pacific/Auckland', hour: 3, ...due('two', '2026-11-24T14:00:00.000Z') }
    await store(
      reader('ada', { ...auckland, mailDays: ['2026-11-25'] }),
      reader('bea', { ...auckland, mailDays: ['2026-11-24'] }),
    )
    await run()
    expect(received()).toEqual(['bea two'])
  })

  test('who reads two series gets one part a day', async () => {
    const second: Series = { ...weekly, id: 'second', edition: 'second-1' }
    library.push(second)
    const ada = reader('ada', { others: true })
    await store(ada, { ...ada, series: 'second', edition: 'second-1' })
    await run()
    expect(sends()).toBe(1)
    await run()
    expect(sends()).toBe(1)
    const states = (await subscriptions.of(ada.person, now())).map(({ dueAt }) => dueAt)
    expect(states.toSorted()).toEqual(['2026-11-25T14:00:00.000Z', '2026-12-01T14:00:00.000Z'])
    at('2026-11-25T14:00:30.000Z')
    await run()
    expect(sends()).toBe(2)
    expect(new Set(services.mails.map(({ tags }) => tags.subscription)).size).toBe(2)
  })

  test('a throttled part keeps the day it has taken', async () => {
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const ada = reader('ada', { others: true })
    const other = { ...ada, series: 'second', edition: 'second-1' }
    await store(ada, other)
    services.troubles.push({ status: 429, error: 'TooManyRequestsException' })
    await deliver(ada)
    await deliver(other)
    expect(sends()).toBe(1)
    await drain()
    expect(services.mails.map(({ tags }) => tags.subscription)).toEqual([subscriptionId(ada)])
  })

  test('a part that she asked for at this moment comes whatever else does, and takes the day', async () => {
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const ada = reader('ada', { others: true, mailDays: ['2026-11-24'], wished: NOW, dueAt: NOW, ring: NOW })
    const other = { ...ada, series: 'second', edition: 'second-1', mailDays: [] }
    const { wished: _wished, ring: _ring, ...second } = { ...other, dueAt: reading.dueAt as string }
    await store(ada, second)
    await deliver(ada)
    await deliver(second)
    expect(services.mails.map(({ tags }) => tags.subscription)).toEqual([subscriptionId(ada)])
    expect(await there(ada)).not.toHaveProperty('wished')
  })
})

describe('a new edition while she is in the middle', () => {
  const changed = (edition: string, parts: Part[]) => {
    library.splice(0, 1, { ...weekly, edition, parts })
  }
  const [one, two, three] = weekly.parts as [Part, Part, Part]
  /** Sends her all that is due, week after week. */
  const allOf = async (): Promise<string[]> => {
    for (let week = 0; week < 6; week += 1) {
      await run()
      pass(7 * 24 * 60)
    }
    return services.mails.map(({ text, tags }) => `${tags.part}: ${/About (.+)\./.exec(text)?.[1]}`)
  }
  const pinned = (edition: string) => reader('ada', { edition })
  beforeEach(async () => {
    await editions.keep({ ...weekly, edition: 'then' })
  })

  test('the words are those she began with, and a reader who begins now gets those of now', async () => {
    changed('now', [one, { ...two, body: [{ p: ['About new words.'] }] }, three])
    await store(pinned('then'), reader('bea', { edition: 'now' }))
    await run()
    expect(services.mails.map(({ to, text }) => `${to} ${/About (.+)\./.exec(text)?.[1]}`).sort()).toEqual([
      'ada@example.org two',
      'bea@example.org new words',
    ])
  })

  test('what reads the same in both goes to readers of both in one call', async () => {
    changed('now', [structuredClone(one), structuredClone(two), { ...three, body: [{ p: ['About new words.'] }] }])
    await store(pinned('then'), reader('bea', { edition: 'now' }))
    await run()
    expect(sends()).toBe(1)
    expect(received()).toHaveLength(2)
  })

  test('what was added behind her comes in its place, what was added before her does not', async () => {
    changed('now', [part('zero'), one, two, part('two-and-a-half'), three, part('four')])
    await store(pinned('then'))
    expect(await allOf()).toEqual(['two: two', 'two-and-a-half: two-and-a-half', 'three: three', 'four: four'])
    expect(services.mails.at(0)?.text).toContain('Part 3 of 6')
  })

  test('what was corrected comes as it reads now, what was withdrawn does not come', async () => {
    changed('now', [
      one,
      { ...two, withdrawn: true },
      { ...three, correction: 'a date', body: [{ p: ['About the truth.'] }] },
    ])
    await store(pinned('then'))
    expect(await allOf()).toEqual(['three: the truth'])
  })

  test('a changed order changes nothing for her, and what is gone from it she still gets', async () => {
    changed('now', [three, one])
    await store(pinned('then'))
    expect(await allOf()).toEqual(['two: two', 'three: three'])
  })

  test('an edition that nobody kept holds up its reader and nobody else, and is tried every day', async () => {
    changed('now', [one, two, three])
    const [lost, bea] = await store(pinned('lost'), reader('bea', { edition: 'now' }))
    expect(await deliver(lost as Subscription, bea as Subscription)).toBe(true)
    expect(received()).toEqual(['bea two'])
    expect(await there(lost as Subscription)).toMatchObject({ had: ['one'], dueAt: '2026-11-25T14:00:00.000Z' })
    expect(await there(lost as Subscription)).not.toHaveProperty('claim')
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'parts-unknown' }))
    await editions.keep({ ...weekly, edition: 'lost' })
    at('2026-11-25T14:00:30.000Z')
    await run()
    expect(received()).toEqual(['bea two', 'ada two'])
  })

  test('readers of a series that is gone stand in nobody’s way, and go on should it come back', async () => {
    const gone = readers(30, { series: 'gone', edition: 'then' })
    const [ada] = await store(reader('ada', { dueAt: NOW }), ...gone)
    // Room for eighteen: the oldest are those of the series that is gone.
    services.account.SendQuota.Max24HourSend = 20
    for (let runs = 0; runs < 3; runs += 1) {
      await run()
      pass(5)
    }
    expect(received()).toEqual(['ada two'])
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'series-unknown', series: 'gone' }))
    expect(await there(gone[0] as Subscription)).toMatchObject({ state: 'active', dueAt: '2026-11-25T14:00:00.000Z' })
    library.push({ ...weekly, id: 'gone', edition: 'then' })
    at('2026-11-25T14:00:30.000Z')
    services.account.SendQuota.Max24HourSend = 50_000
    await run()
    expect((await there(gone[0] as Subscription)).had).toEqual(['one', 'two'])
    expect((await there(ada as Subscription)).had).toEqual(['one', 'two'])
  })
})

describe('parts that are only for some', () => {
  const only: Series = {
    ...weekly,
    edition: 'only',
    parts: [part('one'), part('met', { only: 'met' }), part('two'), part('sent', { only: 'sent' }), part('three')],
  }
  beforeEach(() => void library.splice(0, 1, only))
  const tell = (one: Subscription, reached: Subscription['reached']) =>
    subscriptions.change(one, now(), (seen) => ({ ...seen, reached: reached ?? [], version: seen.version + 1 }))

  test('are passed over, and come as soon as they are hers', async () => {
    const [ada] = await store(reader('ada', { edition: 'only', had: ['one'], next: 'met' }))
    await run()
    expect(received()).toEqual(['ada two'])
    expect((await there(ada as Subscription)).passed).toEqual(['met'])
    await tell(ada as Subscription, ['sent', 'met'])
    for (const day of ['2026-12-01', '2026-12-08', '2026-12-15', '2026-12-22']) {
      at(`${day}T14:00:30.000Z`)
      await run()
    }
    expect(received()).toEqual(['ada two', 'ada met', 'ada sent', 'ada three'])
    expect((await there(ada as Subscription)).state).toBe('finished')
  })
})

describe('a mail that asks to confirm', () => {
  const confirmations = () =>
    services.mails.map(({ to, tags }) => `${to.split('@')[0]} ${tags.mail?.replace('confirm-series', 'asked')}`)
  /** Somebody fills in the form. */
  const ask = async (name = 'ada', more: Partial<Parameters<typeof asked>[0]> = {}) => {
    const { had: _had, state: _state, consent: _consent, ...who } = reader(name)
    const { confirmedAt: _at, ...unproven } = { ...consent, askedAt: now() }
    const asking = { ...who, series: weekly, consent: unproven, now: now(), ...more }
    const [waiting] = await store(asked(asking, { withinHours: stage.tips.confirmWithinHours }))
    return waiting as Subscription
  }
  /** What the stream tells `plan-mail` when it was stored. */
  const ring = async (one: Subscription) => {
    const image = (await table.items()).find(
      ({ sk, pk }) => sk?.S === `SERIES#${one.series}` && String(pk?.S).includes(one.person),
    )
    const record = { dynamodb: { Keys: { pk: image?.pk, sk: image?.sk }, NewImage: image, SequenceNumber: '1' } }
    expect(await planMail({ Records: [record] } as never)).toEqual({ batchItemFailures: [] })
  }
  const askAndSend = async (name = 'ada', more: Partial<Parameters<typeof asked>[0]> = {}) => {
    const waiting = await ask(name, more)
    await ring(waiting)
    await drain()
    return waiting
  }

  test('goes out at once, says nothing that anybody typed, and is counted for the address', async () => {
    const ada = await askAndSend('ada', { firstName: 'Buy now at evil.example' })
    expect(confirmations()).toEqual(['ada asked'])
    const { text, html, subject, headers, tags } = services.mails[0] ?? expect.unreachable()
    const { confirm, unsubscribe } = subscriptionLinks('https://chats.example.org', ada)
    for (const link of [confirm, unsubscribe]) {
      expect(text).toContain(link)
      expect(html).toContain(link)
    }
    expect(`${text}${html}${subject}${JSON.stringify(headers)}`).not.toMatch(/evil|Buy now/)
    expect(headers).toContainEqual({ name: 'List-Unsubscribe', value: `<${unsubscribe}>` })
    expect(tags).toMatchObject({ mail: 'confirm-series', subscription: subscriptionId(ada), part: 'confirm' })
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
    expect(await counters.outcomesLately(now())).toMatchObject({ sent: 1 })
  })

  test('comes a second time a day later, and never again', async () => {
    const ada = await askAndSend()
    pass(24 * 60 - 1)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    pass(2)
    await run()
    expect(confirmations()).toEqual(['ada asked', 'ada asked-reminder'])
    for (let hours = 0; hours < 46; hours += 2) {
      await run()
      pass(120)
    }
    expect(confirmations()).toHaveLength(2)
    expect(await there(ada)).not.toHaveProperty('dueAt')
    at(toInstant(toMs(NOW) + 72 * 3_600_000))
    expect(await subscriptions.find(ada, now())).toBeUndefined()
  })

  test('is not repeated where there would be no time left to press the button', async () => {
    const ada = await ask()
    await subscriptions.change(ada, now(), (seen) => ({
      ...seen,
      expiresAt: Math.floor(Date.now() / 1000) + 24 * 3600,
      version: seen.version + 1,
    }))
    await run()
    expect(await there(ada)).not.toHaveProperty('dueAt')
  })

  test.each(['confirmed', 'left', 'suppressed'] as const)('goes to nobody who is %s meanwhile', async (event) => {
    const ada = await ask()
    await subscriptions.change(ada, now(), (seen) =>
      afterEvent(seen, event, {
        now: now(),
        ...(event === 'confirmed' ? { due: due('one', '2026-12-01T14:00:00.000Z') } : {}),
      }),
    )
    await work({ series: 'weekly', next: 'confirm', people: [ada.person] })
    expect(sends()).toBe(0)
    if (event === 'confirmed') expect(await there(ada)).toMatchObject({ dueAt: '2026-12-01T14:00:00.000Z' })
  })

  test('rung for, handed over and delivered twice at once goes out once', async () => {
    const ada = await ask()
    const message = { series: 'weekly', next: 'confirm', people: [ada.person] }
    await Promise.all([work(message), work(message), work(message)])
    await work(message)
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('waits a day where the address has had one, and three is the end', async () => {
    library.push(...['b', 'c', 'd'].map((id) => ({ ...weekly, id, edition: id })))
    await askAndSend()
    pass(60)
    const second = await askAndSend('ada', { series: library[1] as Series })
    expect(confirmations()).toHaveLength(1)
    expect((await there(second)).dueAt).toBe('2026-11-25T14:00:30.000Z')
    await people.find(second.person)
    // A day later the first one’s reminder is due as well: one of the two goes out.
    at('2026-11-25T14:01:00.000Z')
    await run()
    expect(confirmations()).toHaveLength(2)
    at('2026-11-26T14:02:00.000Z')
    await run()
    at('2026-11-27T14:03:00.000Z')
    await run()
    expect(confirmations()).toHaveLength(3)
    const fourth = await askAndSend('ada', { series: library[3] as Series })
    expect(confirmations()).toHaveLength(3)
    expect(await there(fourth)).toMatchObject({ state: 'pending' })
    expect(await there(fourth)).not.toHaveProperty('dueAt')
  })

  test('waits where a confirmed address has had its five of the day, and comes the day after', async () => {
    const ada = reader()
    const times = [1, 2, 3, 4, 5].map((minutes) => toInstant(toMs(NOW) - minutes * 60_000)).reverse()
    await base.database.send(
      new UpdateItemCommand({
        TableName: 'requests',
        Key: base.personKey(ada.person),
        UpdateExpression: 'SET verifiedAt = :first, confirmations = :times, lastConfirmationAt = :last',
        ExpressionAttributeValues: base.toItem({ ':first': times[0], ':times': times, ':last': times[4] }) as Record<
          string,
          AttributeValue
        >,
      }),
    )
    const waiting = await askAndSend()
    expect(sends()).toBe(0)
    expect((await there(waiting)).dueAt).toBe(toInstant(toMs(NOW) + 24 * 3_600_000 - 60_000))
    pass(24 * 60)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('waits two minutes where too many go out in this one', async () => {
    for (let count = 0; count < stage.caps.confirmationsAMinute; count += 1) await counters.countConfirmation(now())
    const ada = await askAndSend()
    expect(sends()).toBe(0)
    expect(await there(ada)).toMatchObject({ next: 'confirm', dueAt: toInstant(toMs(NOW) + 120_000) })
    expect((await people.find(ada.person)).confirmations).toEqual([])
    pass(2)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('that SES does not take waits, and is not counted twice for the address', async () => {
    services.troubles.push({ status: 429, error: 'TooManyRequestsException' })
    const ada = await askAndSend()
    expect(await there(ada)).toMatchObject({ dueAt: toInstant(toMs(NOW) + 120_000) })
    pass(2)
    services.troubles.push({ status: 400, error: 'SendingPausedException' })
    await run()
    expect(await there(ada)).toMatchObject({ dueAt: toInstant(toMs(NOW) + 32 * 60_000) })
    pass(31)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
  })

  test('whose answer was lost is looked up after ten minutes: taken, it is not repeated before its day', async () => {
    services.forgets = 1
    const ada = await askAndSend()
    pass(9)
    await run()
    expect(sends()).toBe(1)
    const [{ tags, messageId } = expect.unreachable()] = services.mails
    services.noted.push({ at: Date.now(), line: `${tags.batch} ${tags.subscription} ${messageId}` })
    pass(2)
    await run()
    expect(sends()).toBe(1)
    expect(await there(ada)).toMatchObject({ next: 'remind' })
    expect(await counters.outcomesLately(now())).toMatchObject({ sent: 1 })
  })

  test('whose answer was lost and that was not taken is sent, and counted once for the address', async () => {
    services.troubles.push({ cut: true })
    const ada = await askAndSend()
    pass(11)
    await run()
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
  })

  test('that SES will never take is the end of it', async () => {
    services.troubles.push({ status: 400, error: 'BadRequestException' })
    const ada = await askAndSend()
    pass(60)
    await run()
    expect(sends()).toBe(1)
    expect(await there(ada)).not.toHaveProperty('dueAt')
  })

  test('for a stopped address is none, and says so', async () => {
    const ada = await ask()
    await people.suppress(ada.person, 'bounce', now())
    await run()
    expect(sends()).toBe(0)
    expect((await there(ada)).state).toBe('suppressed')
  })

  test('for an address that is stopped by her own word waits for her to take that back', async () => {
    const { startAgain, stopEverything } = await import('../shared/delivery/leave.ts')
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const [reads] = await store(reader('ada', { series: 'second', edition: 'second-1' }))
    if (!reads) return expect.unreachable()
    await stopEverything(reads.person, now())
    pass(1)
    const waiting = await ask('ada')
    await run()
    expect(sends()).toBe(0)
    expect(await there(waiting)).toMatchObject({ state: 'unsubscribed', before: 'pending', unsubscribedAt: NOW })
    // As if a form had asked for what she reads, too.
    const asked = await subscriptions.change(reads, now(), (seen) =>
      afterEvent(seen, 'asked', { now: now(), expiresAt: toMs(now()) / 1000 + 99, due: due('confirm', now()) }),
    )
    expect(asked?.state).toBe('pending')
    await run()
    expect(await there(reads)).toMatchObject({ state: 'unsubscribed', before: 'active', unsubscribedAt: NOW })
    pass(1)
    expect(await startAgain(reads.person, now(), { series: 'second' })).toBe(true)
    expect((await there(reads)).state).toBe('active')
    await ring(await there(waiting))
    await drain()
    expect(confirmations()).toContain('ada asked')
    expect((await there(waiting)).state).toBe('pending')
  })

  test('waits a minute where the stop was taken back in the same moment', async () => {
    const ada = await ask()
    const claim = vi.spyOn(subscriptions, 'claimConfirmation').mockResolvedValueOnce('suppressed')
    await run()
    claim.mockRestore()
    expect(sends()).toBe(0)
    pass(1)
    await run()
    expect(sends()).toBe(1)
    expect((await there(ada)).state).toBe('pending')
  })

  test('with which something goes wrong holds up none behind it', async () => {
    const [ada, bea] = [await ask('ada'), await ask('bea')]
    const find = subscriptions.find
    const broken = vi.spyOn(base.database, 'send')
    broken.mockImplementationOnce(() => Promise.reject(new Error('the database is away')) as never)
    expect(await work({ series: 'weekly', next: 'confirm', people: [ada.person, bea.person] })).toBe(false)
    expect(confirmations()).toEqual(['bea asked'])
    expect(await find(ada, now())).toMatchObject({ next: 'confirm' })
  })

  test('stops for an hour, all of them, once too many have bounced', async () => {
    Object.assign(limits, { afterMails: 20, bounceRate: 0.1 })
    // A flood of made-up addresses, each of which rings for its mail.
    for (let index = 0; index < limits.afterMails; index += 1) await askAndSend(`invented-${index}`)
    expect(confirmations()).toHaveLength(limits.afterMails)
    for (let index = 0; index < limits.afterMails * limits.bounceRate; index += 1)
      await bounceOf(services.mails[index]?.to ?? '')
    const ada = await askAndSend()
    expect(confirmations()).toHaveLength(limits.afterMails)
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'confirmations-stopped' }))
    expect((await there(ada)).dueAt).toBe(toInstant(toMs(NOW) + 3_600_000))
  })
})

/** An event of SES about a mail of hers. */
const tell = (
  eventType: string,
  to: string,
  more: {
    bounceType?: string
    diagnosticCode?: string
    part?: string
    count?: number
    messageId?: string
    series?: string
  } = {},
) => {
  const { bounceType = 'Permanent', diagnosticCode = 'smtp; 550 5.1.1 user unknown', count, messageId } = more
  const person = personId(to, stage.addressKey)
  const about = [{ emailAddress: to, diagnosticCode }]
  return recordOutcome({
    detail: {
      eventType,
      mail: {
        messageId: messageId ?? `${eventType}-${to}-${count ?? 0}`,
        destination: [to],
        tags: {
          subscription: [`${person}-${more.series ?? 'weekly'}`],
          part: [more.part ?? 'two'],
          ...(count === undefined ? {} : { count: [String(count)] }),
        },
      },
      ...(eventType === 'Bounce' ? { bounce: { bounceType, bouncedRecipients: about } } : {}),
      ...(eventType === 'Complaint' ? { complaint: { complainedRecipients: about } } : {}),
    },
  })
}
const bounceOf = (to: string) => tell('Bounce', to)
const softly = (to: string, count: number, more = {}) =>
  tell('Bounce', to, { bounceType: 'Transient', diagnosticCode: 'smtp; 452 4.2.2 mailbox full', count, ...more })

describe('what became of a mail', () => {
  const stopped = async (one: Subscription) => (await people.find(one.person)).suppressedBecause

  test.each([
    ['Bounce', 'bounce'],
    ['Complaint', 'complaint'],
  ])('%s: nothing of all that she reads goes out any more', async (eventType, because) => {
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const ada = reader()
    const [, second, bea] = await store(ada, { ...ada, series: 'second', edition: 'second-1' }, reader('bea'))
    await tell(eventType, 'ada@example.org')
    expect(await stopped(ada)).toBe(because)
    for (const one of [ada, second as Subscription]) {
      const { state, expiresAt } = await there(one)
      expect({ state, expiresAt }).toEqual({
        state: 'suppressed',
        expiresAt: Math.floor(toMs(NOW) / 1000) + stage.retention.closedDays * 86_400,
      })
    }
    await run()
    expect(received()).toEqual(['bea two'])
    expect((await there(bea as Subscription)).state).toBe('active')
  })

  test('a bounce because of us stops nobody, and is told to who runs this', async () => {
    const [ada] = await store(reader())
    await tell('Bounce', 'ada@example.org', { diagnosticCode: 'smtp; 550 5.7.515 Access denied' })
    await tell('Bounce', 'ada@example.org', {
      bounceType: 'Transient',
      diagnosticCode: '451 5.7.1 greylisted',
      count: 2,
    })
    expect(await stopped(ada as Subscription)).toBeUndefined()
    expect((await people.find(ada?.person ?? '')).softBounces).toBeUndefined()
    expect((await there(ada as Subscription)).state).toBe('active')
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'policy-bounce' }))
    expect(await counters.outcomesLately(now())).toMatchObject({ bounced: 0 })
  })

  test('five soft bounces in a row are one for good', async () => {
    const [ada] = await store(reader())
    for (const count of [3, 4, 5, 6]) await softly('ada@example.org', count)
    expect(await stopped(ada as Subscription)).toBeUndefined()
    await softly('ada@example.org', 7)
    expect(await stopped(ada as Subscription)).toBe('bounce')
    expect((await there(ada as Subscription)).state).toBe('suppressed')
  })

  test('with one between them that arrived they are none', async () => {
    const [ada] = await store(reader())
    for (const count of [1, 2, 3, 4, 6, 7, 8, 9]) await softly('ada@example.org', count)
    expect(await stopped(ada as Subscription)).toBeUndefined()
    await softly('ada@example.org', 10)
    expect(await stopped(ada as Subscription)).toBe('bounce')
  })

  test('one that is told of twice is one', async () => {
    const [ada] = await store(reader())
    for (let times = 0; times < 9; times += 1) await softly('ada@example.org', 3)
    expect((await people.find(ada?.person ?? '')).softBounces).toBe(1)
  })

  test('a mail of the workflow that arrived breaks the row', async () => {
    const [ada] = await store(reader())
    for (const count of [1, 2, 3, 4]) await softly('ada@example.org', count)
    await recordOutcome({
      detail: {
        eventType: 'Delivery',
        mail: {
          messageId: 'd1',
          destination: ['Ada@Example.org'],
          tags: { request: [confirmed.id], mail: ['draft'], occurrence: ['1'] },
        },
      },
    })
    await softly('ada@example.org', 5)
    expect(await stopped(ada as Subscription)).toBeUndefined()
  })

  test('a gap is one in the parts of its own series, of who reads two', async () => {
    const own = reader()
    const [ada] = await store(own, { ...own, series: 'second' })
    // Of each series every second part arrived.
    const bounced = [4, 5, 6, 7, 8, 9, 10, 11]
    for (const count of bounced) await softly('ada@example.org', count, { series: count % 2 ? 'second' : 'weekly' })
    expect(await stopped(ada as Subscription)).toBeUndefined()
    // And from now on none.
    for (const count of [12, 13, 14]) {
      for (const series of ['second', 'weekly'])
        await softly('ada@example.org', count, { series, messageId: `${series}-${count}` })
    }
    expect(await stopped(ada as Subscription)).toBe('bounce')
  })

  test('counts for our reputation: mail of the workflow, permanent bounces and complaints', async () => {
    const workflow = (eventType: string, more = {}) =>
      recordOutcome({
        detail: {
          eventType,
          mail: {
            messageId: eventType,
            destination: ['x@example.org'],
            tags: { request: [confirmed.id], mail: ['draft'], occurrence: ['1'] },
          },
          ...more,
        },
      })
    await workflow('Send')
    await workflow('Delivery')
    await bounceOf('bea@example.org')
    await tell('Complaint', 'cleo@example.org')
    await softly('dora@example.org', 1)
    expect(await counters.outcomesLately(now())).toEqual({ sent: 1, bounced: 1, complained: 1 })
    pass(24 * 60)
    expect(await counters.outcomesLately(now())).toEqual({ sent: 1, bounced: 1, complained: 1 })
    pass(24 * 60)
    expect(await counters.outcomesLately(now())).toEqual({ sent: 0, bounced: 0, complained: 0 })
  })

  test.each([
    [
      'of somebody else’s mail',
      { detail: { eventType: 'Bounce', mail: { messageId: 'x', destination: [], tags: {} } } },
    ],
    ['that is none', { nonsense: true }],
    [
      'of a kind that says nothing about a mail',
      { detail: { eventType: 'Open', mail: { messageId: 'x', tags: { subscription: [`${reading.person}-weekly`] } } } },
    ],
  ])('an event %s changes nothing', async (_what, event) => {
    await recordOutcome(event)
    expect(await table.items()).toEqual([])
  })

  test('a stop for good is not made one of her own word by her asking for it later, nor the other way round', async () => {
    const [ada, bea] = [reader('ada'), reader('bea')]
    await people.suppress(ada.person, 'bounce', NOW)
    await people.suppress(ada.person, 'asked', '2026-11-25T00:00:00.000Z')
    expect(await people.find(ada.person)).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'bounce' })
    await people.suppress(bea.person, 'asked', NOW)
    await people.suppress(bea.person, 'complaint', '2026-11-25T00:00:00.000Z')
    expect(await people.find(bea.person)).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'complaint' })
    expect(await people.release(bea.person, await people.find(bea.person))).toBe(false)
  })

  test('a stop that is taken back half way is taken back when she asks again, and she reads nothing in between', async () => {
    const { leave, startAgain, stopEverything } = await import('../shared/delivery/leave.ts')
    const [ada] = [reader('ada')]
    await store(ada)
    await stopEverything(ada.person, NOW)
    const stateOf = async () => (await subscriptions.find(ada, NOW))?.state
    // What dies after its first write.
    expect(await people.release(ada.person, await people.find(ada.person))).toBe(true)
    expect(await stateOf()).toBe('unsubscribed')
    expect(await startAgain(ada.person, NOW)).toBe(true)
    expect(await stateOf()).toBe('active')
    expect(await people.find(ada.person)).not.toHaveProperty('takenBack')
    // What she leaves by herself is not brought back by that.
    await stopEverything(ada.person, NOW)
    await startAgain(ada.person, NOW)
    const again = await subscriptions.find(ada, NOW)
    if (again) await leave(again, '2026-11-25T00:00:00.000Z')
    expect(await startAgain(ada.person, NOW)).toBe(true)
    expect(await stateOf()).toBe('unsubscribed')
  })
})

describe('a stop whose worker died after its first write', () => {
  /** What the stream tells of: mail to somebody is stopped from now on. */
  const tell = async (...people: Subscription[]) => {
    const Records = people.map(({ person }) => ({
      eventName: 'MODIFY',
      dynamodb: { Keys: { pk: { S: `PERSON#${person}` }, sk: { S: 'PERSON' } }, NewImage: {} },
    }))
    expect(await planMail({ Records } as never)).toEqual({ batchItemFailures: [] })
  }

  test.each([
    ['asked', 'unsubscribed'],
    ['bounce', 'suppressed'],
    ['complaint', 'suppressed'],
  ] as const)('is completed by the stream: %s', async (because, state) => {
    const [ada, other, bea] = await store(reader(), reader('ada', { series: 'after-the-talk' }), reader('bea'))
    if (!ada || !other || !bea) return expect.unreachable()
    await people.suppress(ada.person, because, now())
    pass(1)
    await tell(ada, bea)
    for (const one of [ada, other]) expect(await there(one)).toMatchObject({ state, before: 'active' })
    expect(await there(bea)).toEqual(bea)
    await run()
    expect(received()).toEqual(['bea two'])
    if (because !== 'asked') return
    // By this an undo finds what was stopped, whoever has written it.
    expect(await there(ada)).toMatchObject({ unsubscribedAt: NOW })
    expect((await people.find(ada.person)).tipsRefusedAt).toBe(NOW)
    const before = await there(ada)
    pass(1)
    await tell(ada)
    expect(await there(ada)).toEqual(before)
  })

  test('and that was taken back before the stream told of it stops nothing', async () => {
    const [ada] = await store(reader())
    if (!ada) return expect.unreachable()
    await people.suppress(ada.person, 'asked', now())
    await people.release(ada.person, await people.find(ada.person))
    await tell(ada)
    expect(await there(ada)).toEqual(ada)
  })
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

describe('in step with her requests', () => {
  const AT = '2026-11-24T15:00:00.000Z'
  const follows: Series = { ...weekly, id: 'after-the-talk', edition: 'follows', starts: 'met' }
  let count = 0
  /** Her request, confirmed with the tick for the tips, and known to the database. */
  const request = async (more: Partial<InterviewRequest> = {}, story: Parameters<typeof having>[1][] = []) => {
    count += 1
    const own: InterviewRequest = {
      ...having(confirmed, ...story),
      id: `01JDTIPS00000000000000${String(count).padStart(4, '0')}`,
      person: reader().person,
      tips: true,
      tipsConsent: { wording: 'tips-2026-11', from: 'network-hash' },
      ...more,
    }
    await requests.create(own)
    await people.hold(own.person, own.id)
    await people.verify(own.person, own.id, now())
    return own
  }
  /** As `plan-mail` does it at each change. */
  const replan = async (own: InterviewRequest) => {
    const loaded = (await files.load(own.id, now())) ?? expect.unreachable()
    await inStep.keepInStep(loaded, plan(loaded.files, settings, now()).mails, now())
  }
  const mine = () => subscriptions.of(reader().person, now())
  const leave = (one: Subscription) =>
    subscriptions.change(one, now(), (seen) => afterEvent(seen, 'left', { now: now() }))
  beforeEach(() => at(AT))

  test('the tick enrols her once, with the one confirmation as its proof', async () => {
    const own = await request()
    await replan(own)
    const [subscription, ...others] = await mine()
    expect(others).toEqual([])
    expect(subscription).toMatchObject({
      series: 'weekly',
      state: 'active',
      email: 'ada@example.org',
      firstName: 'Ada',
      timeZone: 'America/New_York',
      hour: stage.tips.hour,
      edition: 'weekly-1',
      had: [],
      next: 'one',
      consent: {
        how: 'request',
        wording: 'tips-2026-11',
        askedAt: own.history[0]?.at,
        from: 'network-hash',
        confirmedAt: own.history[1]?.at,
      },
    })
    await replan(own)
    await replan(own)
    expect(await mine()).toEqual([subscription])
  })

  test.each<[string, Partial<InterviewRequest>]>([
    ['without the tick', { tips: false }],
    ['before it is confirmed', { history: unconfirmed.history, state: 'unconfirmed' }],
  ])('nobody is enrolled %s', async (_when, more) => {
    await replan(await request(more))
    expect(await mine()).toEqual([])
  })

  test('who has left is not enrolled again by the same tick, and is by a younger one', async () => {
    const own = await request()
    await replan(own)
    await leave((await mine())[0] as Subscription)
    pass(60)
    await replan(own)
    expect((await mine())[0]?.state).toBe('unsubscribed')
    const confirmedAt = now()
    const younger = await request({ history: [...unconfirmed.history, { event: 'confirmed', at: confirmedAt }] })
    await replan(own)
    expect((await mine())[0]?.state).toBe('unsubscribed')
    await replan(younger)
    expect((await mine())[0]).toMatchObject({ state: 'active', consent: { confirmedAt } })
  })

  test('who has had everything erased is not enrolled by what she agreed to before', async () => {
    const own = await request()
    await replan(own)
    await people.eraseTips(own.person, now())
    for (const one of await mine()) await subscriptions.remove(one)
    await replan(own)
    expect(await mine()).toEqual([])
  })

  test('who read it to the end a year ago is not begun with anew by the tick of then', async () => {
    const own = await request({ expiresAt: 2_000_000_000 })
    await replan(own)
    const [subscription] = await mine()
    await subscriptions.remove(subscription as Subscription)
    pass(60 * 24 * 500)
    await replan(own)
    expect(await mine()).toEqual([])
  })

  test('a stopped address is not enrolled, also where the stop came in the same moment', async () => {
    const own = await request()
    await people.suppress(own.person, 'complaint', now())
    await replan(own)
    expect(await mine()).toEqual([])
    const bea = await request({ person: reader('bea').person })
    const loaded = (await files.load(bea.id, now())) ?? expect.unreachable()
    await people.suppress(bea.person, 'complaint', now())
    await inStep.keepInStep(loaded, [], now())
    expect(await subscriptions.of(bea.person, now())).toEqual([])
  })

  test('a subscription that waits to be confirmed is confirmed by the tick of a request', async () => {
    const { had: _had, state: _state, ...who } = reader()
    await store(asked({ ...who, series: weekly, now: AT }, { withinHours: 72 }))
    await replan(await request())
    expect((await mine())[0]).toMatchObject({ state: 'active', next: 'one', consent: { how: 'request' } })
    expect((await mine())[0]).not.toHaveProperty('expiresAt')
    expect((await mine())[0]).not.toHaveProperty('others')
  })

  test('and shares her days with what she reads already', async () => {
    const { had: _had, state: _state, ...who } = reader()
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const second = reader('ada', { series: 'second', edition: 'second-1' })
    await store(asked({ ...who, series: weekly, now: AT }, { withinHours: 72 }), second)
    await replan(await request())
    const reads = (await mine()).filter(({ state }) => state === 'active')
    expect(reads.map(({ series, others }) => [series, others])).toEqual(reads.map(({ series }) => [series, true]))
    expect(reads).toHaveLength(2)
  })

  test('her days of mail are known to what she reads, by her calendar, and change with the plan', async () => {
    const own = await request()
    await store(reader())
    await replan(own)
    const planned = plan([{ request: own, mails: [] }], settings, AT).mails
    expect(planned.map(({ mail }) => mail)).toEqual(['draft', 'draft-reminder', 'draft-reminder'])
    expect((await mine())[0]?.mailDays).toEqual(['2026-11-24', '2026-11-25', '2026-12-02'])
    const { version } = (await mine())[0] as Subscription
    await replan(own)
    expect((await mine())[0]?.version).toBe(version)
    const closed = { ...having(own, ['closed', now()]), version: own.version + 1 }
    expect(await requests.save(closed, ['drafted'])).toBe(true)
    await replan(closed)
    expect((await mine())[0]).not.toHaveProperty('mailDays')
  })

  test('the days are those where she is', async () => {
    await store(reader())
    await replan(await request({ tips: false, seeker: inZone(confirmed, 'Pacific/Auckland').seeker }))
    // The draft of this moment: it is Wednesday already.
    expect((await mine())[0]?.mailDays?.[0]).toBe('2026-11-25')
  })

  test('days further ahead than six weeks are told when they come nearer', async () => {
    const deferred = await request({}, [
      ['sent', '2026-11-24T14:30:00.000Z'],
      ['deferred', '2026-11-24T14:40:00.000Z', { until: '2027-02-01' }],
    ])
    await store(reader())
    await replan(deferred)
    const days = (await mine())[0]?.mailDays ?? []
    expect(days).not.toContain('2027-02-01')
    at('2027-01-04T15:00:00.000Z')
    await replan(deferred)
    expect((await mine())[0]?.mailDays).toContain('2027-02-01')
    expect(toDay('2027-02-01') - toDay('2027-01-04')).toBeLessThan(45)
  })

  const met: Parameters<typeof having>[1][] = [
    ['scheduled', '2026-11-23T15:00:00.000Z', { start: '2026-11-24T09:00' }],
    ['met', '2026-11-24T14:50:00.000Z', {}],
  ]

  test('a series begins by itself when she has come that far, once, at her hour, and keeps out of the way of mail', async () => {
    library.push(follows)
    await store(reader('ada', { hour: 18, firstName: 'Adele' }))
    const own = await request({ tips: false }, met)
    await replan(own)
    const begun = (await mine()).find(({ series }) => series === 'after-the-talk') ?? expect.unreachable()
    expect(begun).toMatchObject({
      state: 'active',
      hour: 18,
      firstName: 'Adele',
      edition: 'follows',
      others: true,
      next: 'one',
      dueAt: '2026-11-24T23:00:00.000Z',
      consent: { ...consent, how: 'series' },
    })
    // Thanks are due today: what has just begun knows it as well as what she read before.
    expect(begun.mailDays).toContain('2026-11-24')
    expect(begun.reached).toContain('met')
    const present = (await mine()).find(({ series }) => series === 'weekly')
    expect(present).toMatchObject({ others: true, mailDays: begun.mailDays, reached: begun.reached })
    await replan(own)
    expect(await mine()).toEqual([begun, present])
  })

  test.each<[string, Partial<Subscription>]>([
    ['who waits to be confirmed', { state: 'pending', expiresAt: 1_900_000_000 }],
    ['who has left', { state: 'unsubscribed' }],
    ['who is stopped', { state: 'suppressed' }],
  ])('none begins for somebody %s', async (_who, more) => {
    library.push(follows)
    await store({ ...resting, ...reader('ada', more) })
    await replan(await request({ tips: false }, met))
    expect((await mine()).map(({ series }) => series)).toEqual(['weekly'])
  })

  test('none begins again that she has left, while she reads on in the other', async () => {
    library.push(follows)
    await store(reader())
    const own = await request({ tips: false }, met)
    await replan(own)
    await leave((await mine())[0] as Subscription)
    await replan(own)
    expect((await mine()).map(({ series, state }) => `${series} ${state}`)).toEqual([
      'after-the-talk unsubscribed',
      'weekly active',
    ])
  })

  test('none begins before she has come that far, nor for somebody who reads nothing', async () => {
    library.push(follows)
    const own = await request({ tips: false }, [['sent', '2026-11-24T14:30:00.000Z']])
    await store(reader())
    await replan(own)
    expect((await mine()).map(({ series }) => series)).toEqual(['weekly'])
    const bea = await request({ person: reader('bea').person, tips: false }, met)
    await replan(bea)
    expect(await subscriptions.of(bea.person, now())).toEqual([])
  })

  test('who was at the end is recalled by a part that has become hers', async () => {
    library.splice(0, 1, { ...weekly, edition: 'recall', parts: [part('one'), part('met', { only: 'met' })] })
    await store({
      ...resting,
      ...reader('ada', { state: 'finished', edition: 'recall', passed: ['met'], expiresAt: 1_900_000_000 }),
    })
    await subscriptions.change(reader(), now(), ({ next: _n, dueAt: _a, dueOn: _o, ...seen }) => ({
      ...seen,
      version: seen.version + 1,
    }))
    await replan(await request({ tips: false }, met))
    expect((await mine())[0]).toMatchObject({ state: 'active', next: 'met', reached: ['scheduled', 'met'] })
    expect((await mine())[0]).not.toHaveProperty('expiresAt')
    at('2026-11-30T14:00:30.000Z')
    await run()
    expect(received()).toEqual(['ada met'])
  })
})

test('no part can be called like a mail that asks to confirm: nobody would get it', () => {
  const head = '---\ntitle: A title\ntakeaway: Words.\ndelay: 1 week\n---\nWords.\n\n## This week\n\nWrite.\n'
  const seriesFile = { path: 'series.md', text: '---\ntitle: T\norder: 1\nlead: A mail a week.\n---\nBegin here.\n' }
  for (const name of ['confirm', 'remind']) {
    const result = readSeries({ id: 'tips', series: seriesFile, parts: [{ path: `01-${name}.md`, text: head }] })
    expect(result).toMatchObject({ ok: false, errors: [{ path: `01-${name}.md`, line: 1 }] })
  }
  expect(readSeries({ id: 'tips', series: seriesFile, parts: [{ path: '01-again.md', text: head }] }).ok).toBe(true)
})
