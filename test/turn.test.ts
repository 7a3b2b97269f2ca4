import { describe, expect, test } from 'vitest'
import type { Subscription } from '../shared/tips/subscription.ts'
import { finished, onAnotherDay, turnNow } from '../shared/tips/turn.ts'
import { settings } from './people.ts'
import { ada, part, resting, weekly } from './readers.ts'

const { quiet } = settings
const { parts } = weekly
// Nine in the morning in New York, the moment at which the second part is due; noon; two in the night after it.
const DUE = '2026-11-24T14:00:00.000Z'
const NOON = '2026-11-24T17:00:00.000Z'
const NIGHT = '2026-11-25T07:00:00.000Z'
const second = parts[1] ?? expect.unreachable()

describe('when a reader’s turn comes', () => {
  test.each([
    ['what is due goes out', ada, DUE, { becomes: 'sent', part: second, wished: false }],
    ['late by day as well', ada, NOON, { becomes: 'sent', part: second, wished: false }],
    ['but not late in the night', ada, NIGHT, { becomes: 'moved', part: second, because: 'late' }],
    [
      'nor on a day with workflow mail, which is a day where she is',
      { ...ada, mailDays: ['2026-11-24'] },
      DUE,
      { becomes: 'moved', part: second, because: 'workflow mail' },
    ],
    [
      'of which the days around it say nothing',
      { ...ada, mailDays: ['2026-11-23', '2026-11-25'] },
      DUE,
      { becomes: 'sent', part: second, wished: false },
    ],
    [
      'what she asked for at this moment goes out whatever else there is, late in the night too',
      { ...ada, wished: DUE, mailDays: ['2026-11-24', '2026-11-25'] },
      NIGHT,
      { becomes: 'sent', part: second, wished: true },
    ],
    [
      'what she asked for once is over with the part that came',
      { ...ada, wished: '2026-11-17T20:00:00.000Z', mailDays: ['2026-11-24'] },
      DUE,
      { becomes: 'moved', part: second, because: 'workflow mail' },
    ],
    [
      'a part that is for others is passed over',
      { ...ada, had: ['one', 'two'], passed: ['zero'] },
      DUE,
      { becomes: 'finished', passed: ['zero', 'for-others'] },
    ],
  ] as [string, Subscription, string, ReturnType<typeof turnNow>][])('%s', (_case, reader, now, expected) => {
    const more = expected.becomes === 'finished' ? [...parts.slice(0, 2), part('for-others', { only: 'met' })] : parts
    expect(turnNow(reader, more, { now, quiet })).toEqual(expected)
  })
})

test('at the end nothing is due, what she was passed over for is kept, and it is deleted in its time', () => {
  const now = DUE
  expect(finished(ada, { passed: ['for-others'] }, { now, endsAt: 1_900_000_000 })).toEqual({
    ...resting,
    state: 'finished',
    passed: ['for-others'],
    expiresAt: 1_900_000_000,
    version: ada.version + 1,
  })
  expect(finished({ ...resting, state: 'unsubscribed' }, { passed: [] }, { now, endsAt: 1 })).toBeUndefined()
})

test('on another day it comes at her hour, and keeps its place in the rhythm', () => {
  const moved = { next: 'two', dueAt: '2026-11-26T14:00:00.000Z' }
  const reader = { ...ada, mailDays: ['2026-11-25'] }
  expect(onAnotherDay(reader, second, DUE)).toEqual({ ...moved, dueOn: '2026-11-24' })
  const { dueOn: _none, ...placeless } = reader
  // It is still Monday where she is.
  expect(onAnotherDay(placeless, second, '2026-11-24T02:00:00.000Z')).toEqual({
    next: 'two',
    dueAt: '2026-11-24T14:00:00.000Z',
    dueOn: '2026-11-23',
  })
})
