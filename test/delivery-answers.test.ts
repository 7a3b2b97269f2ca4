import { describe, expect, test, vi } from 'vitest'
import { toMs } from '../shared/calendar.ts'
import { toConfirm, confirmed as whoConfirmed } from '../shared/tips/enrolment.ts'
import type { Part } from '../shared/tips/series.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import {
  at,
  deliver,
  drain,
  editions,
  NOW,
  now,
  pass,
  pickTips,
  reader,
  readers,
  received,
  run,
  said,
  sends,
  services,
  store,
  subscriptions,
  there,
  waits,
  work,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { consent, due, ada as reading, weekly } from './readers.ts'

// The series of this build are those that a test puts there, and nothing is counted.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

const withdrawnIf =
  (id: string) =>
  (one: Part): Part =>
    one.id === id ? { ...one, withdrawn: true } : one

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
