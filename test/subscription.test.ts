import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  again,
  asked,
  askedInVain,
  begin,
  confirmed,
  enrolled,
  enrolledAgain,
  left,
  readsOn,
  toConfirm,
  undone,
} from '../shared/tips/enrolment.ts'
import {
  after as afterEvent,
  hadPart,
  isAlive,
  isReading,
  notYet,
  type Subscription,
  type SubscriptionState,
  subscriptionStates,
  type Transition,
  transitions,
} from '../shared/tips/subscription.ts'
import { ada, consent, due, part, resting, weekly } from './readers.ts'

const NOW = '2026-11-24T14:00:10.000Z'
const EXPIRES = 1_900_000_000

/** Ada with everything that a subscription can hold, whatever its state. */
const full: Subscription = {
  ...ada,
  due: 'tips#3',
  ring: '2026-11-24T13:59:00.000Z',
  claim: { at: '2026-11-24T14:00:00.000Z', batch: '01JDBATCH00000000000000000' },
  confirming: { at: '2026-11-24T13:00:00.000Z', batch: '01JDBATCH00000000000000001' },
  counted: 'confirm',
  tries: 2,
  passed: ['for-others'],
  reached: ['sent'],
  mailDays: ['2026-11-25'],
  others: true,
  pausedUntil: '2026-11-24',
  unsubscribedAt: '2026-11-20T10:00:00.000Z',
  before: 'paused',
  failed: 'zero',
  expiresAt: 1_800_000_000,
}

const without = <T extends object>(whole: T, ...keys: readonly string[]): Partial<T> =>
  Object.fromEntries(Object.entries(whole).filter(([key]) => !keys.includes(key))) as Partial<T>

type Field = keyof Subscription
/** Nothing is due after any event unless the event says so, and nothing is deleted. */
const always: Field[] = ['next', 'dueAt', 'dueOn', 'due', 'ring', 'tries', 'expiresAt']
/** All that an event can be told, other than what is there. */
const news = {
  due: due('three', '2026-12-01T14:00:00.000Z'),
  consent: { ...consent, wording: 'tips-2027-01' },
  edition: 'weekly-2',
  pausedUntil: '2027-01-05',
  expiresAt: EXPIRES,
}
const fromNews = (taken: readonly (keyof typeof news)[]) =>
  Object.assign({}, ...taken.map((key) => (key === 'due' ? news.due : { [key]: news[key] })))

type Contract = {
  moves: Partial<Record<SubscriptionState, SubscriptionState>>
  drops: Field[]
  takes: (keyof typeof news)[]
  sets?: (from: SubscriptionState) => Partial<Subscription>
}
const leftNow = { unsubscribedAt: NOW }
/** What each event may happen in, makes of it, forgets, and takes of what it is told. */
const contract: Record<Transition, Contract> = {
  asked: {
    moves: { unsubscribed: 'pending' },
    drops: ['counted', 'confirming'],
    takes: ['due', 'consent', 'expiresAt'],
  },
  confirmed: {
    moves: { pending: 'active' },
    drops: ['before', 'unsubscribedAt', 'confirming', 'pausedUntil'],
    takes: ['due', 'consent'],
  },
  enrolled: {
    moves: { pending: 'active', unsubscribed: 'active' },
    drops: ['before', 'unsubscribedAt', 'confirming', 'pausedUntil'],
    takes: ['due', 'consent'],
  },
  paused: { moves: { active: 'paused', paused: 'paused' }, drops: [], takes: ['due', 'pausedUntil'] },
  resumed: { moves: { paused: 'active' }, drops: ['pausedUntil'], takes: ['due'] },
  finished: {
    moves: { active: 'finished', paused: 'finished' },
    drops: ['pausedUntil', 'claim'],
    takes: ['expiresAt'],
  },
  recalled: { moves: { finished: 'active' }, drops: [], takes: ['due'] },
  again: { moves: { finished: 'active' }, drops: ['passed'], takes: ['due', 'edition'], sets: () => ({ had: [] }) },
  left: {
    moves: { pending: 'unsubscribed', active: 'unsubscribed', paused: 'unsubscribed', finished: 'unsubscribed' },
    drops: [],
    takes: ['expiresAt'],
    sets: (from) => ({ ...leftNow, before: from }),
  },
  undone: { moves: { unsubscribed: 'paused' }, drops: ['before', 'unsubscribedAt'], takes: ['due'] },
  suppressed: {
    moves: {
      pending: 'suppressed',
      active: 'suppressed',
      paused: 'suppressed',
      finished: 'suppressed',
      unsubscribed: 'suppressed',
    },
    drops: [],
    takes: ['expiresAt'],
    sets: (from) => ({ before: from === 'unsubscribed' ? 'paused' : from }),
  },
  released: {
    moves: { suppressed: 'unsubscribed' },
    drops: [],
    takes: ['expiresAt'],
    sets: () => ({ ...leftNow, before: 'paused' }),
  },
}

describe.each(Object.keys(transitions) as Transition[])('%s', (event) => {
  const { moves, drops, takes, sets } = contract[event]
  test.each(subscriptionStates)('in the state %s', (state) => {
    const present: Subscription = { ...full, state }
    const to = moves[state]
    if (!to) return expect(afterEvent(present, event, { now: NOW, ...news })).toBeUndefined()
    const kept = { ...without(present, ...always, ...drops), version: 4, state: to, ...sets?.(state) }
    expect(afterEvent(present, event, { now: NOW })).toEqual(kept)
    expect(afterEvent(present, event, { now: NOW, ...news })).toEqual({ ...kept, ...fromNews(takes) })
    expect(present).toEqual({ ...full, state })
  })
})

describe('undoing', () => {
  test.each(['pending', 'active', 'paused', 'finished'] as const)('brings %s back', (before) => {
    const gone = afterEvent({ ...ada, state: before }, 'left', { now: NOW, expiresAt: EXPIRES })
    expect(gone && afterEvent(gone, 'undone', { now: NOW })?.state).toBe(before)
  })

  test.each(['pending', 'finished'] as const)('brings back a time to be deleted with %s, which has one', (before) => {
    expect(
      afterEvent({ ...full, state: 'unsubscribed', before }, 'undone', { now: NOW, expiresAt: EXPIRES }),
    ).toMatchObject({
      state: before,
      expiresAt: EXPIRES,
    })
  })

  test.each(['active', 'paused'] as const)('deletes nobody who is %s', (before) => {
    const back = afterEvent({ ...full, state: 'unsubscribed', before }, 'undone', { now: NOW, expiresAt: EXPIRES })
    expect(back).not.toHaveProperty('expiresAt')
  })

  test('makes a reader of somebody of whom nothing is known', () =>
    expect(afterEvent({ ...resting, state: 'unsubscribed' }, 'undone', { now: NOW })?.state).toBe('active'))

  test('takes back a stop of all mail in two steps, to where it was before', () => {
    const stopped = afterEvent({ ...ada, state: 'paused' }, 'suppressed', { now: NOW, expiresAt: EXPIRES })
    const released = stopped && afterEvent(stopped, 'released', { now: NOW })
    expect(released).toMatchObject({ state: 'unsubscribed', before: 'paused', unsubscribedAt: NOW })
    expect(released && afterEvent(released, 'undone', { now: NOW, due: news.due })?.state).toBe('paused')
  })
})

describe('who comes back', () => {
  test('with nothing had begins with the words of today, and with something had keeps the words of then', () => {
    const gone: Subscription = { ...resting, state: 'unsubscribed', had: [] }
    expect(afterEvent(gone, 'enrolled', { now: NOW, ...news })?.edition).toBe('weekly-2')
    expect(afterEvent({ ...gone, state: 'pending' }, 'confirmed', { now: NOW, ...news })?.edition).toBe('weekly-2')
    expect(afterEvent({ ...gone, had: ['one'] }, 'enrolled', { now: NOW, ...news })?.edition).toBe('weekly-1')
  })

  test('while a part is on its way to her is still claimed: it is not sent twice', () => {
    const gone = afterEvent({ ...full, state: 'active' }, 'left', { now: NOW })
    expect(gone && afterEvent(gone, 'enrolled', { now: NOW, ...news })?.claim).toEqual(full.claim)
  })

  test('by the form while a part is on its way is asked to confirm, and that part is still claimed', () => {
    const gone = afterEvent({ ...full, state: 'active' }, 'left', { now: NOW })
    const pending = gone && afterEvent(gone, 'asked', { now: NOW, ...news })
    const back = pending && afterEvent(pending, 'confirmed', { now: NOW, ...news })
    expect([pending, back]).toEqual([
      expect.objectContaining({ state: 'pending', claim: full.claim }),
      expect.objectContaining({ state: 'active', claim: full.claim }),
    ])
  })
})

test('a subscription lives until its time is over, and for good without one', () => {
  const at = Date.parse(NOW) / 1000
  expect(isAlive(resting, NOW)).toBe(true)
  expect(isAlive({ ...resting, expiresAt: at + 1 }, NOW)).toBe(true)
  expect(isAlive({ ...resting, expiresAt: at }, NOW)).toBe(false)
})

const batch = '01JDBATCH00000000000000000'
const claimed: Subscription = { ...ada, version: 4, claim: { at: '2026-11-24T14:00:01.000Z', batch }, tries: 1 }
const nextWeek = due('three', '2026-12-01T14:00:00.000Z')
const sent = { messageId: 'message-two', at: '2026-11-24T14:00:02.000Z' }
const had = (present: Subscription, given: Partial<Parameters<typeof hadPart>[2]> = {}) =>
  hadPart(present, 'two', { now: NOW, due: nextWeek, passed: [], outcome: sent, expiresAt: EXPIRES, ...given })

describe('a part that was sent', () => {
  const settled = {
    ...without(claimed, 'claim', 'tries'),
    version: 5,
    had: ['one', 'two'],
    messageId: 'message-two',
    sentAt: sent.at,
    ...nextWeek,
  }

  test('is had, and the next one is due', () => expect(had(claimed)).toEqual(settled))

  test('that is told of twice is had once', () =>
    expect(had({ ...claimed, had: ['one', 'two'] })).toMatchObject({ had: ['one', 'two'], version: 5 }))

  test('after one that failed clears its name; let go of, it takes its place', () => {
    expect(had({ ...claimed, failed: 'one' })).not.toHaveProperty('failed')
    expect(had(claimed, { outcome: 'failed' })).toEqual({
      ...settled,
      messageId: 'message-one',
      sentAt: '2026-11-17T14:00:05.000Z',
      failed: 'two',
    })
  })

  test('keeps what was passed over on the way, and forgets it when it is no more', () => {
    expect(had(claimed, { passed: ['for-others'] }).passed).toEqual(['for-others'])
    expect(had({ ...claimed, passed: ['two'] })).not.toHaveProperty('passed')
  })

  test('that she wished for is no wish for the next one', () =>
    expect(had({ ...claimed, wished: '2026-11-24T14:00:00.000Z' })).not.toHaveProperty('wished'))

  test.each(['active', 'paused'] as const)('as the last one ends a reading that is %s', (state) => {
    expect(had({ ...claimed, state, pausedUntil: '2026-11-24' }, { due: undefined })).toEqual({
      ...without(settled, 'next', 'dueAt', 'dueOn'),
      state: 'finished',
      expiresAt: EXPIRES,
    })
  })

  test('ends a pause that is over', () => {
    expect(had({ ...claimed, state: 'paused', pausedUntil: '2026-11-24' })).toEqual(settled)
    const endsNow = { ...claimed, state: 'paused' as const, ...due('two', NOW) }
    expect(had(endsNow)).toMatchObject({ state: 'active', ...nextWeek })
  })
})

describe('while a part is on its way', () => {
  const gone = afterEvent(claimed, 'left', { now: NOW, expiresAt: EXPIRES }) ?? expect.unreachable()
  const stopped = afterEvent(claimed, 'suppressed', { now: NOW, expiresAt: EXPIRES }) ?? expect.unreachable()
  const pausedTo = { ...due('two', '2027-01-05T14:00:00.000Z') }
  const paused =
    afterEvent(claimed, 'paused', { now: NOW, due: pausedTo, pausedUntil: '2027-01-05' }) ?? expect.unreachable()
  const newHour = { ...claimed, version: 5, hour: 18, ...due('two', '2026-11-24T23:00:00.000Z') }

  test.each([
    ['left', gone],
    ['stopped', stopped],
  ])('a reader who is %s stays so, had it, and nothing is due', (_how, present) => {
    const kept = { ...without(present, 'claim'), version: 6 }
    expect(had(present)).toEqual({ ...kept, had: ['one', 'two'], messageId: 'message-two', sentAt: sent.at })
    expect(had(present, { due: undefined })).toEqual(had(present))
    expect(notYet(present, due('two', NOW), { now: NOW })).toEqual(kept)
  })

  test('a pause that begins stands, and the next part comes after it', () => {
    expect(had(paused)).toEqual({
      ...without(paused, 'claim'),
      version: 6,
      had: ['one', 'two'],
      messageId: 'message-two',
      sentAt: sent.at,
      ...pausedTo,
      next: 'three',
    })
    expect(had(paused, { due: undefined })).toMatchObject({ state: 'finished', expiresAt: EXPIRES })
  })

  test('a pause that begins stands when it could not be sent', () => {
    const waits = notYet({ ...paused, tries: 1 }, due('two', NOW), { now: NOW, failedOnce: true })
    expect(waits).toEqual({ ...without(paused, 'claim'), version: 6, tries: 2 })
  })

  test('a reader who left and asks anew is still asked to confirm, had it, and gets no second one', () => {
    const confirm = toConfirm('confirm', NOW, true)
    const anew = afterEvent(gone, 'asked', { now: NOW, due: confirm, expiresAt: EXPIRES }) ?? expect.unreachable()
    const kept = { ...without(anew, 'claim'), version: 7 }
    expect(kept).toMatchObject({ state: 'pending', ...confirm })
    expect(had(anew)).toEqual({ ...kept, had: ['one', 'two'], messageId: 'message-two', sentAt: sent.at })
    expect(notYet(anew, due('two', NOW), { now: NOW })).toEqual(kept)
  })

  test('a new hour is the hour of what comes next', () => {
    expect(had(newHour)).toMatchObject({ hour: 18, state: 'active', ...nextWeek })
    expect(notYet(newHour, due('two', newHour.dueAt), { now: NOW })).toMatchObject({ hour: 18, dueAt: newHour.dueAt })
  })
})

describe('a part that could not be sent', () => {
  const again = due('two', '2026-11-24T14:00:00.000Z')

  test('is due again, and free for any worker', () =>
    expect(notYet({ ...claimed, ring: NOW }, again, { now: NOW })).toEqual({
      ...without(claimed, 'claim'),
      version: 5,
      ...again,
    }))

  test('counts only when nobody knows why, and forgets no count for being too fast', () => {
    const { tries: _tries, ...first } = claimed
    expect(notYet(first, again, { now: NOW })).not.toHaveProperty('tries')
    expect(notYet(first, again, { now: NOW, failedOnce: true }).tries).toBe(1)
    expect(notYet(claimed, again, { now: NOW, failedOnce: true }).tries).toBe(2)
    expect(notYet(claimed, again, { now: NOW }).tries).toBe(1)
  })

  test('after a pause that is over is due as well', () => {
    expect(notYet({ ...claimed, state: 'paused' }, again, { now: NOW })).toMatchObject({ state: 'paused', ...again })
    const until = (dueAt: string) =>
      notYet({ ...claimed, state: 'paused', ...due('two', dueAt) }, again, { now: NOW }).dueAt
    expect(until('2026-11-24T14:00:09.999Z')).toBe(again.dueAt)
    expect(until(NOW)).toBe(again.dueAt)
    expect(until('2026-11-24T14:00:10.001Z')).toBe('2026-11-24T14:00:10.001Z')
  })

  test('is due at the time that is said, whatever was due before', () => {
    expect(notYet({ ...claimed, ...due('two', '2027-01-05T14:00:00.000Z') }, again, { now: NOW })).toMatchObject(again)
  })
})

describe('asked for by a form', () => {
  const asking = { ...ada, series: weekly, now: NOW, consent: { ...consent, confirmedAt: undefined as never } }

  test('it waits to be confirmed, is asked about at once, and deletes itself', () => {
    expect(asked(asking, { withinHours: 72 })).toEqual({
      ...without(resting, 'messageId', 'sentAt'),
      state: 'pending',
      version: 1,
      had: [],
      consent: asking.consent,
      next: 'confirm',
      dueAt: NOW,
      dueOn: '2026-11-24',
      ring: NOW,
      expiresAt: Math.floor(Date.parse(NOW) / 1000) + 72 * 3600,
    })
  })

  test('from a crowded network it is asked about later, by nobody who rings, and has its full time from then', () => {
    const askAt = '2026-11-24T16:00:00.000Z'
    const later = asked(asking, { withinHours: 72, askAt })
    expect(later).toMatchObject({ dueAt: askAt, expiresAt: Date.parse(askAt) / 1000 + 72 * 3600 })
    expect(later).not.toHaveProperty('ring')
  })

  test('it holds no name where none was given', () =>
    expect(asked({ ...asking, firstName: '' }, { withinHours: 72 })).not.toHaveProperty('firstName'))
})

describe('enrolled with a confirmed consent', () => {
  const asking = { ...ada, series: weekly, now: '2026-11-24T15:00:00.000Z' }

  test('the first part comes at her next hour', () => {
    expect(enrolled(asking)).toEqual({
      ...without(resting, 'messageId', 'sentAt'),
      state: 'active',
      version: 1,
      had: [],
      next: 'one',
      dueAt: '2026-11-25T14:00:00.000Z',
      dueOn: '2026-11-25',
    })
  })

  test('a first part with a delay waits for it; one that is for others is passed over and remembered', () => {
    const parts = [part('met-only', { only: 'met' }), part('one', { delay: { days: 3, months: 0 } })]
    expect(enrolled({ ...asking, series: { ...weekly, parts } })).toMatchObject({
      next: 'one',
      passed: ['met-only'],
      dueOn: '2026-11-27',
    })
  })

  test('where no part is for her yet it has come to its end, and can be recalled', () => {
    const parts = [part('met-only', { only: 'met' })]
    const over = enrolled({ ...asking, series: { ...weekly, parts } })
    expect(over).toMatchObject({ state: 'finished', passed: ['met-only'] })
    expect(over).not.toHaveProperty('dueAt')
    expect(begin({ ...over, reached: ['met'] }, parts, NOW).due).toMatchObject({ next: 'met-only' })
  })
})

describe('enrolled again', () => {
  const confirmedAt = '2026-11-24T13:00:00.000Z'
  const given = { consent: { ...consent, confirmedAt }, series: { ...weekly, edition: 'weekly-2' }, now: NOW }
  const again = (present: Subscription) => enrolledAgain(present, given, weekly.parts)
  const gone = (unsubscribedAt: string): Subscription => ({ ...resting, state: 'unsubscribed', unsubscribedAt })

  test.each(['active', 'paused', 'finished', 'suppressed'] as const)('nothing changes for who is %s', (state) =>
    expect(again({ ...ada, state })).toBeUndefined(),
  )

  test('who waits to be confirmed is confirmed by it', () => {
    const waiting = asked({ ...ada, series: weekly, now: NOW }, { withinHours: 72 })
    const back = again(waiting)
    expect(back).toMatchObject({
      state: 'active',
      consent: given.consent,
      next: 'one',
      edition: 'weekly-2',
      version: 2,
    })
    expect(back).not.toHaveProperty('expiresAt')
    expect(back).not.toHaveProperty('ring')
  })

  test('who left before this consent goes on in the middle, at her next hour and in the words of then', () => {
    expect(again(gone('2026-11-24T12:59:59.999Z'))).toEqual({
      ...resting,
      version: 4,
      consent: given.consent,
      next: 'two',
      dueAt: '2026-11-25T14:00:00.000Z',
      dueOn: '2026-11-25',
    })
  })

  test('who had nothing begins with the parts of today, who had something goes on with those of then', () => {
    const today = { ...given, series: { ...given.series, parts: [part('zero'), ...weekly.parts] } }
    const then = [part('one'), part('then'), part('two')]
    const back = (had: string[]) => enrolledAgain({ ...gone('2026-11-20T10:00:00.000Z'), had }, today, then)
    expect(back([])).toMatchObject({ next: 'zero', edition: 'weekly-2' })
    expect(back(['one'])).toMatchObject({ next: 'then', edition: 'weekly-1' })
  })

  test('who is passed over on the way is remembered', () => {
    const parts = [part('one'), part('met', { only: 'met' }), part('two')]
    expect(enrolledAgain(gone('2026-11-20T10:00:00.000Z'), given, parts)).toMatchObject({
      next: 'two',
      passed: ['met'],
    })
  })

  test.each([confirmedAt, NOW])('who left at %s, not before the consent of 13:00, has left', (at) => {
    expect(again(gone(at))).toBeUndefined()
  })

  test('who left since, and was asked for anew by anybody who knows her address, has left too', () => {
    const anew = afterEvent(gone(NOW), 'asked', { now: NOW, due: toConfirm('confirm', NOW, true), expiresAt: EXPIRES })
    expect(anew?.state).toBe('pending')
    expect(anew && again(anew)).toBeUndefined()
  })

  test('a consent that nobody confirmed enrols nobody', () => {
    const { confirmedAt: _never, ...unconfirmed } = given.consent
    const waiting = asked({ ...ada, series: weekly, now: NOW }, { withinHours: 72 })
    expect(enrolledAgain(waiting, { ...given, consent: unconfirmed }, weekly.parts)).toBeUndefined()
  })

  test('who has had all that is for her stays away', () =>
    expect(again({ ...gone('2026-11-20T10:00:00.000Z'), had: ['one', 'two', 'three'] })).toBeUndefined())

  test('done twice with the same consent it is done once', () => {
    const back = again(gone('2026-11-20T10:00:00.000Z'))
    expect(back && again(back)).toBeUndefined()
    const over = back && afterEvent(back, 'left', { now: NOW })
    expect(over && again(over)).toBeUndefined()
  })
})

test('who begins waits for the delay of the first part; who comes back in the middle has waited long enough', () => {
  const parts = [part('one', { delay: { days: 2, months: 0 } }), part('two')]
  expect(begin({ ...resting, had: [] }, parts, NOW)).toEqual({
    due: due('one', '2026-11-26T14:00:00.000Z'),
    passed: [],
  })
  expect(begin({ ...resting, had: ['one'] }, parts, NOW).due).toEqual(due('two', '2026-11-25T14:00:00.000Z'))
  expect(begin({ ...resting, had: ['one', 'two'] }, parts, NOW)).toEqual({ due: undefined, passed: [] })
})

describe('reading on', () => {
  const going = { parts: weekly.parts, now: NOW, endsAt: EXPIRES }
  const all = ['one', 'two', 'three']
  const newer = {
    ...weekly,
    edition: 'weekly-2',
    parts: [part('zero', { delay: { days: 1, months: 0 } }), ...weekly.parts],
  }
  const waiting: Subscription = { ...resting, state: 'pending', had: [], ...toConfirm('confirm', NOW), expiresAt: 1 }
  const tomorrow = (next: string) => due(next, '2026-11-25T14:00:00.000Z')

  test('begins with a confirmed address: the first part, in the words of today, and kept for good', () => {
    const begun = confirmed(waiting, { ...going, consent: news.consent, series: newer })
    expect(begun).toMatchObject({ state: 'active', edition: 'weekly-2', consent: news.consent, ...tomorrow('zero') })
    expect(begun).not.toHaveProperty('expiresAt')
  })

  test('goes on in the words of then for who had something, and from the start for who had all', () => {
    const given = { ...going, consent, series: newer }
    expect(confirmed({ ...waiting, had: ['one'] }, given)).toMatchObject({ edition: 'weekly-1', ...tomorrow('two') })
    expect(confirmed({ ...waiting, had: all, passed: ['x'] }, given)).toMatchObject({
      had: [],
      edition: 'weekly-2',
      next: 'zero',
    })
  })

  test('of a series that is no more goes by what was kept of it', () =>
    expect(confirmed(waiting, { ...going, consent, series: undefined })).toMatchObject({
      edition: 'weekly-1',
      next: 'one',
    }))

  test('where nothing is left for her is the end, one version on, and deleted in its time', () => {
    expect(readsOn({ ...ada, state: 'paused', had: all, pausedUntil: '2026-12-01' }, 'resumed', going)).toEqual({
      ...resting,
      had: all,
      state: 'finished',
      version: 4,
      expiresAt: EXPIRES,
    })
  })

  test('remembers whom it passed over', () => {
    const parts = [part('one'), part('met', { only: 'met' }), part('two')]
    expect(readsOn({ ...ada, state: 'paused' }, 'resumed', { ...going, parts })).toMatchObject({
      next: 'two',
      passed: ['met'],
    })
  })

  test('does nothing in a state that does not allow it', () => {
    expect(readsOn(ada, 'resumed', going)).toBeUndefined()
    const parts = [part('one'), part('met', { only: 'met' }), part('two')]
    expect(readsOn(ada, 'resumed', { ...going, parts })).toBeUndefined()
  })

  test('goes on with the parts of then where those of today have others', () => {
    const today = { ...weekly, parts: [part('one'), part('new'), part('two')] }
    const given = { ...going, consent, series: today }
    expect(confirmed({ ...waiting, had: ['one'] }, given)?.next).toBe('two')
  })

  test('begins once more from the end: in the words of today, or of then where there are none', () => {
    const over: Subscription = { ...resting, state: 'finished', had: all, passed: ['x'], expiresAt: 1 }
    expect(again(over, { ...going, series: newer })).toMatchObject({
      state: 'active',
      had: [],
      edition: 'weekly-2',
      next: 'zero',
    })
    expect(again(over, { ...going, series: newer })).not.toHaveProperty('expiresAt')
    expect(again(over, { ...going, series: undefined })).toMatchObject({ had: [], edition: 'weekly-1', next: 'one' })
    expect(again(ada, { ...going, series: newer })).toBeUndefined()
  })

  test('left: what was never confirmed is deleted no later for it', () => {
    const at = (present: Subscription) => left(present, { now: NOW, endsAt: EXPIRES })?.expiresAt
    expect(at({ ...waiting, expiresAt: EXPIRES - 5 })).toBe(EXPIRES - 5)
    expect(at({ ...waiting, expiresAt: EXPIRES + 5 })).toBe(EXPIRES)
    expect(at(ada)).toBe(EXPIRES)
    expect(at({ ...resting, state: 'finished', expiresAt: EXPIRES - 5 })).toBe(EXPIRES)
    expect(at({ ...without(waiting, 'expiresAt') } as Subscription)).toBe(EXPIRES)
    expect(left({ ...resting, state: 'unsubscribed' }, { now: NOW, endsAt: EXPIRES })).toBeUndefined()
  })

  test.each(['active', 'paused', 'finished', 'pending'] as const)('taken up after it was left while %s', (state) => {
    const had = state === 'finished' ? all : ['one']
    const present: Subscription = { ...(state === 'finished' ? resting : ada), state, had }
    const gone = left(present, { now: NOW, endsAt: EXPIRES })
    const back = gone && undone(gone, going)
    expect(back).toMatchObject({ state, version: 5, had })
    expect(back).not.toHaveProperty('unsubscribedAt')
    const dueAt = {
      active: '2026-11-25T14:00:00.000Z',
      paused: '2026-11-25T14:00:00.000Z',
      pending: NOW,
      finished: undefined,
    }
    expect(back?.dueAt).toBe(dueAt[state])
    expect(back?.expiresAt).toBe(state === 'finished' || state === 'pending' ? EXPIRES : undefined)
  })

  test('taken up where she waits to be asked, she is asked at once, and not twice', () => {
    const gone = left({ ...waiting, expiresAt: EXPIRES }, { now: NOW, endsAt: EXPIRES }) ?? expect.unreachable()
    expect(undone(gone, going)).toMatchObject({ state: 'pending', next: 'confirm', dueAt: NOW, ring: NOW })
    expect(undone({ ...gone, counted: 'confirm' }, going)).not.toHaveProperty('dueAt')
    // What a bounce had ended comes back before the address is free.
    const bounced = afterEvent({ ...waiting, expiresAt: EXPIRES }, 'suppressed', { now: NOW, expiresAt: EXPIRES })
    const later = undone(bounced ?? expect.unreachable(), going)
    expect(later).toMatchObject({ state: 'pending', next: 'confirm', dueAt: '2026-11-24T14:10:10.000Z' })
    expect(later).not.toHaveProperty('ring')
  })

  test('taken up again, it is what it was, though a form has asked for it since', () => {
    const gone = left(ada, { now: NOW, endsAt: EXPIRES }) ?? expect.unreachable()
    const since = afterEvent(gone, 'asked', { now: NOW, expiresAt: EXPIRES, due: due('confirm', NOW) })
    expect(since).toMatchObject({ state: 'pending', before: 'active', unsubscribedAt: NOW })
    const back = undone(since ?? expect.unreachable(), going)
    expect(back).toMatchObject({ state: 'active', next: 'two', version: 6 })
    expect(back).not.toHaveProperty('expiresAt')
    // And where nothing was left before, or goes on, there is nothing to take up.
    expect(undone(waiting, going)).toBeUndefined()
    expect(undone({ ...ada, before: 'active' }, going)).toBeUndefined()
  })

  test('asked for in vain, while all mail is stopped, it waits for the undo of that', () => {
    const stop = { now: NOW, endsAt: EXPIRES }
    const gone = left(ada, stop) ?? expect.unreachable()
    const since = afterEvent(gone, 'asked', { now: NOW, expiresAt: EXPIRES - 5 }) ?? expect.unreachable()
    // What the stop has ended is as it was left; any other question is one.
    expect(askedInVain(since, stop)).toEqual({ ...gone, version: since.version + 1 })
    const earlier = { ...since, unsubscribedAt: '2026-11-20T15:00:00.000Z' }
    for (const one of [earlier, { ...waiting, expiresAt: EXPIRES - 5 }])
      expect(askedInVain(one, stop)).toMatchObject({
        state: 'unsubscribed',
        before: 'pending',
        unsubscribedAt: NOW,
        expiresAt: EXPIRES - 5,
      })
    expect(askedInVain(gone, stop)).toBeUndefined()
  })

  test('taken up at once keeps its rhythm, and after a long time it goes on tomorrow', () => {
    const weekly = [part('one'), part('two', { delay: { days: 7, months: 0 } })]
    const sentOn = (sentAt: string) => {
      const gone = left({ ...ada, sentAt }, { now: NOW, endsAt: EXPIRES })
      return gone && undone(gone, { ...going, parts: weekly })
    }
    expect(sentOn('2026-11-24T14:00:05.000Z')).toMatchObject({
      state: 'active',
      ...due('two', '2026-12-01T14:00:00.000Z'),
    })
    expect(sentOn('2026-11-01T14:00:05.000Z')).toMatchObject({ state: 'active', ...tomorrow('two') })
    // Who has had nothing yet has no rhythm.
    const gone = left({ ...without(ada, 'sentAt'), had: [] } as Subscription, { now: NOW, endsAt: EXPIRES })
    expect(gone && undone(gone, { ...going, parts: weekly })).toMatchObject({ next: 'one' })
  })

  test('taken up in a pause that is not over waits for its end', () => {
    const gone = left({ ...ada, state: 'paused', pausedUntil: '2026-12-08' }, { now: NOW, endsAt: EXPIRES })
    expect(gone && undone(gone, going)).toMatchObject({
      state: 'paused',
      ...due('two', '2026-12-08T14:00:00.000Z'),
      pausedUntil: '2026-12-08',
    })
  })

  test('taken up in a pause, with nothing left for her, is the end', () => {
    const gone = left(
      { ...ada, had: ['one', 'two', 'three'], state: 'paused', pausedUntil: '2026-12-08' },
      { now: NOW, endsAt: EXPIRES },
    )
    const back = gone && undone(gone, going)
    expect(back).toMatchObject({ state: 'finished', expiresAt: EXPIRES })
    expect(back).not.toHaveProperty('dueAt')
  })

  test('taken up on the day on which a pause ends, before the first part, waits for that part', () => {
    const parts = [part('one', { delay: { days: 3, months: 0 } })]
    const gone = left({ ...ada, had: [], state: 'paused', pausedUntil: '2026-11-24' }, { now: NOW, endsAt: EXPIRES })
    expect(gone && undone(gone, { ...going, parts })).toMatchObject(due('one', '2026-11-27T14:00:00.000Z'))
  })

  test('taken up after a pause that ended meanwhile goes on tomorrow', () => {
    const gone = left({ ...ada, state: 'paused', pausedUntil: '2026-11-10' }, { now: NOW, endsAt: EXPIRES })
    expect(gone && undone(gone, going)).toMatchObject({ state: 'paused', ...tomorrow('two') })
  })

  test.each(['active', 'paused', 'finished', 'pending'] as const)(
    'taken up after all was stopped while %s',
    (state) => {
      const present: Subscription = { ...(state === 'active' || state === 'paused' ? ada : resting), state }
      const stopped = afterEvent(present, 'suppressed', { now: NOW, expiresAt: EXPIRES - 5 })
      const back = stopped && undone(stopped, going)
      expect(back).toMatchObject({ state, version: 5 })
      expect(back?.expiresAt).toBe(
        { pending: EXPIRES - 5, finished: EXPIRES, active: undefined, paused: undefined }[state],
      )
      const endless = stopped && undone(without(stopped, 'expiresAt') as Subscription, going)
      if (state === 'pending') expect(endless?.expiresAt).toBe(EXPIRES)
    },
  )

  test('nobody is taken up who was stopped after she had left, or of whom nothing is known', () => {
    const gone: Subscription = { ...resting, state: 'unsubscribed', before: undefined as never }
    expect(undone(gone, going)).toBeUndefined()
  })

  test('is not taken up by who never left', () => expect(undone(ada, going)).toBeUndefined())
})

test('whatever happens in whatever order, all of what is due is there or none, and only for who waits for it', () => {
  const step = fc.oneof(
    fc.record({
      event: fc.constantFrom(...(Object.keys(transitions) as Transition[])),
      minutes: fc.integer({ min: -60, max: 60 }),
    }),
    fc.constantFrom('claim' as const, 'sent' as const, 'last' as const, 'failed' as const, 'too fast' as const),
  )
  const needsDue: readonly Transition[] = ['asked', 'confirmed', 'enrolled', 'paused', 'resumed', 'recalled', 'again']
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let present: Subscription = ada
      for (const one of steps) {
        const before = present
        const soon = due('three', new Date(Date.parse(NOW) + 60_000).toISOString())
        if (typeof one === 'object') {
          const at = new Date(Date.parse(NOW) + one.minutes * 60_000).toISOString()
          const undoes = one.event === 'undone' && present.before !== 'finished'
          present =
            afterEvent(present, one.event, {
              now: NOW,
              expiresAt: EXPIRES,
              ...(needsDue.includes(one.event) || undoes ? { due: due('three', at) } : {}),
            }) ?? present
        } else if (one === 'claim') {
          const { dueAt = '9', claim } = present
          if (claim || !isReading(present) || dueAt > NOW) continue
          present = { ...present, claim: { at: NOW, batch }, version: present.version + 1 }
        } else if (!present.claim) {
          continue
        } else if (one === 'sent' || one === 'last') {
          present = had(present, { due: one === 'last' ? undefined : soon })
        } else {
          present = notYet(present, soon, { now: NOW, failedOnce: one === 'failed' })
        }
        const { state, next, dueAt, dueOn, claim } = present
        expect(present.version - before.version).toBe(present === before ? 0 : 1)
        expect(new Set([next, dueAt, dueOn].map((value) => value === undefined)).size).toBe(1)
        expect(dueAt !== undefined).toBe(isReading(present) || state === 'pending')
        if (state === 'finished') expect(claim).toBeUndefined()
        if (isReading(present)) expect(present.expiresAt).toBeUndefined()
        if (state === 'pending' || state === 'finished') expect(present.expiresAt).toBe(EXPIRES)
        expect(new Set(present.had).size).toBe(present.had.length)
      }
    }),
    { numRuns: 3000, seed: 20261124 },
  )
})
