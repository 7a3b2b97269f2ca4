import { describe, expect, test } from 'vitest'
import type { Subscription } from '../shared/tips/subscription.ts'
import { subscriptionStates } from '../shared/tips/subscription.ts'
import { told } from '../shared/tips/told.ts'
import { ada, due, part, resting, weekly } from './readers.ts'

const NOW = '2026-11-24T14:00:10.000Z'
const DAY = '2026-11-26'
const none = { mailDays: [], reached: [] }
/** A last part that is for those who have met somebody. */
const parts = [...weekly.parts, part('after-a-talk', { only: 'met', delay: { days: 0, months: 0 } })]

describe('a reader is told the days of workflow mail, and how far her requests have come', () => {
  test.each<[what: string, seen: Partial<Subscription>, news: Parameters<typeof told>[1]]>([
    ['nothing, of which she knew', {}, none],
    ['the same days', { mailDays: [DAY] }, { mailDays: [DAY], reached: [] }],
    ['what she had reached', { reached: ['sent', 'met'] }, { mailDays: [], reached: ['met'] }],
    ['nothing that is new', { mailDays: [DAY], reached: ['sent'] }, { mailDays: [DAY], reached: ['sent'] }],
  ])('%s: nothing is written', (_what, seen, news) => {
    expect(told({ ...ada, ...seen }, news, parts, NOW)).toBeUndefined()
  })

  test.each<[what: string, seen: Partial<Subscription>, news: Parameters<typeof told>[1], then: Partial<Subscription>]>(
    [
      ['days', {}, { mailDays: [DAY], reached: [] }, { mailDays: [DAY] }],
      ['other days', { mailDays: ['2026-11-25'] }, { mailDays: [DAY], reached: [] }, { mailDays: [DAY] }],
      ['that there are none any more', { mailDays: [DAY] }, none, {}],
      ['a state', {}, { mailDays: [], reached: ['met'] }, { reached: ['met'] }],
      ['one more state', { reached: ['met'] }, { mailDays: [], reached: ['sent'] }, { reached: ['met', 'sent'] }],
      [
        'both',
        { mailDays: ['2026-11-25'], reached: ['sent'] },
        { mailDays: [DAY], reached: ['met', 'sent'] },
        { mailDays: [DAY], reached: ['sent', 'met'] },
      ],
    ],
  )('%s: written down, and what is due stays due', (_what, seen, news, then) => {
    expect(told({ ...ada, ...seen }, news, parts, NOW)).toEqual({ ...ada, ...then, version: ada.version + 1 })
  })

  const finished: Subscription = {
    ...resting,
    state: 'finished',
    had: ['one', 'two', 'three'],
    passed: ['after-a-talk'],
  }

  test('and begins again where her series had come to its end, when a part has become one for her', () => {
    expect(told(finished, { mailDays: [], reached: ['met'] }, parts, NOW)).toEqual({
      ...finished,
      state: 'active',
      version: finished.version + 1,
      reached: ['met'],
      ...due('after-a-talk', '2026-11-25T14:00:00.000Z'),
    })
  })

  test('and stays at the end where none has', () => {
    expect(told(finished, { mailDays: [DAY], reached: ['sent'] }, parts, NOW)).toEqual({
      ...finished,
      version: finished.version + 1,
      mailDays: [DAY],
      reached: ['sent'],
    })
  })

  test.each(subscriptionStates.filter((state) => state !== 'finished'))(
    'and stays %s, whatever has become one for her',
    (state) => {
      const seen = { ...finished, state }
      expect(told(seen, { mailDays: [], reached: ['met'] }, parts, NOW)).toEqual({
        ...seen,
        version: seen.version + 1,
        reached: ['met'],
      })
    },
  )
})
