import { beforeEach, describe, expect, test, vi } from 'vitest'
import { toMs } from '../shared/calendar.ts'
import { subscriptionId, subscriptionLinks } from '../shared/tips/links.ts'
import type { Part, Series } from '../shared/tips/series.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import {
  at,
  deliver,
  drain,
  editions,
  NOW,
  now,
  pass,
  people,
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
  work,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { stage } from './people.ts'
import { due, part, ada as reading, weekly } from './readers.ts'

// The series of this build are those that a test puts there, and nothing is counted.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

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
