import { describe, expect, test, vi } from 'vitest'
import { toMs } from '../shared/calendar.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import {
  bounceOf,
  counters,
  NOW,
  now,
  pass,
  people,
  planMail,
  reader,
  received,
  recordOutcome,
  run,
  said,
  softly,
  store,
  subscriptions,
  table,
  tell,
  there,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { confirmed, stage } from './people.ts'
import { ada as reading, weekly } from './readers.ts'

// The series of this build are those that a test puts there, and nothing is counted.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

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

  test('what a stop has ended comes back by an undo, however many others were cut off or overtaken in between', async () => {
    const { startAgain, stopEverything } = await import('../shared/delivery/leave.ts')
    const [ada] = [reader('ada')]
    await store(ada)
    await stopEverything(ada.person, now())
    for (let times = 0; times < 2; times += 1) {
      // An undo that dies after its first write, and a stop of which no more is written either.
      expect(await people.release(ada.person, await people.find(ada.person))).toBe(true)
      pass(1)
      await people.suppress(ada.person, 'asked', now())
    }
    expect(await people.release(ada.person, await people.find(ada.person))).toBe(true)
    pass(1)
    await stopEverything(ada.person, now())
    expect((await there(ada)).state).toBe('unsubscribed')
    pass(1)
    expect(await startAgain(ada.person, now())).toBe(true)
    expect((await there(ada)).state).toBe('active')
    expect(await people.find(ada.person)).not.toHaveProperty('undoing')
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
    expect(await people.find(ada.person)).not.toHaveProperty('undoing')
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
