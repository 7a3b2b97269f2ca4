import { beforeEach, describe, expect, test, vi } from 'vitest'
import { toDay } from '../shared/calendar.ts'
import { plan } from '../shared/plan.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { asked } from '../shared/tips/enrolment.ts'
import { readSeries } from '../shared/tips/markdown.ts'
import type { Series } from '../shared/tips/series.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import {
  at,
  files,
  inStep,
  now,
  pass,
  people,
  reader,
  received,
  requests,
  run,
  store,
  subscriptions,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { confirmed, having, inZone, settings, stage, ada as unconfirmed } from './people.ts'
import { consent, part, resting, weekly } from './readers.ts'

// The series of this build are those that a test puts there, and nothing is counted.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

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
