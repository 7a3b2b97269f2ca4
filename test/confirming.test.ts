import { describe, expect, test } from 'vitest'
import { asCapsAllow, resting as nothingDue, waiting, wasAsked } from '../shared/tips/confirming.ts'
import { type Subscription, subscriptionStates } from '../shared/tips/subscription.ts'
import { stage } from './people.ts'
import { resting } from './readers.ts'

const HOUR = 3_600_000
const NOW = '2026-11-24T14:00:10.000Z'
/** So many milliseconds after now. */
const at = (ms: number): number => Date.parse(NOW) + ms
const instant = (ms: number) => new Date(ms).toISOString()
const END = at(72 * HOUR)

const quiet: Subscription = { ...resting, state: 'pending', expiresAt: END / 1000 }
/** She has just been asked, and a worker holds it. */
const pending: Subscription = {
  ...quiet,
  next: 'confirm',
  dueAt: '2026-11-24T14:00:00.000Z',
  dueOn: '2026-11-24',
  ring: '2026-11-24T14:00:00.000Z',
  confirming: { at: '2026-11-24T14:00:05.000Z', batch: '01JDBATCH00000000000000000' },
}
const version = pending.version + 1
const done = { ...quiet, version }
const dueAt = (next: 'confirm' | 'remind', ms: number) => ({
  ...done,
  next,
  dueAt: instant(ms),
  dueOn: instant(ms).slice(0, 10),
})

test('who was asked is reminded once, a day later', () => {
  expect(wasAsked(pending, NOW)).toEqual(dueAt('remind', at(24 * HOUR)))
  expect(wasAsked({ ...pending, next: 'remind' }, NOW)).toEqual(done)
})

test('and is not where she is deleted before that', () => {
  const ending = (ms: number) => ({ ...pending, expiresAt: at(24 * HOUR + ms) / 1000 })
  expect(wasAsked(ending(0), NOW)).toEqual({ ...done, expiresAt: ending(0).expiresAt })
  expect(wasAsked(ending(1000), NOW)).toMatchObject({ next: 'remind', dueAt: instant(at(24 * HOUR)) })
  const { expiresAt: _none, ...endless } = pending
  expect(wasAsked(endless, NOW)).not.toHaveProperty('next')
})

test('nothing more is due, and her link still confirms', () => {
  expect(nothingDue(pending)).toEqual(done)
})

describe('the same mail at another time', () => {
  test.each(['confirm', 'remind'] as const)('%s', (next) => {
    expect(waiting({ ...pending, next }, at(HOUR))).toEqual(dueAt(next, at(HOUR)))
  })

  test('is none where she is deleted by then', () => {
    expect(waiting(pending, END)).toEqual(done)
    expect(waiting(pending, END - 1)).toMatchObject({ next: 'confirm', dueAt: instant(END - 1) })
  })

  test.each(subscriptionStates.filter((state) => state !== 'pending'))('is none for who is %s', (state) => {
    expect(waiting({ ...pending, state }, at(HOUR))).toBeUndefined()
  })

  test('is none where something else is due, or nothing', () => {
    expect(waiting({ ...pending, next: 'two' }, at(HOUR))).toBeUndefined()
    expect(waiting(quiet, at(HOUR))).toBeUndefined()
  })
})

describe('where the caps of the address say no', () => {
  const { confirmationEveryHours, confirmationsEver } = stage.caps
  const asked = (times: number, last = instant(at(-HOUR))) => Array.from({ length: times }, () => last)
  const again = at(-HOUR + confirmationEveryHours * HOUR)

  test('she is asked once a day is over, counted from the last time, or from now', () => {
    const once = { confirmations: asked(confirmationsEver - 1) }
    expect(asCapsAllow(pending, once, stage.caps, NOW)).toEqual(dueAt('confirm', again))
    const never = { confirmations: [] }
    expect(asCapsAllow(pending, never, stage.caps, NOW)).toEqual(dueAt('confirm', at(confirmationEveryHours * HOUR)))
    const order = { confirmations: [-50, -20, -1].map((hours) => instant(at(hours * HOUR))), verifiedAt: NOW }
    expect(asCapsAllow(pending, order, stage.caps, NOW)).toEqual(dueAt('confirm', again))
  })

  test('never again once they are used up, unless the address was confirmed for something else', () => {
    const often = { confirmations: asked(confirmationsEver) }
    expect(asCapsAllow(pending, often, stage.caps, NOW)).toEqual(done)
    expect(asCapsAllow(pending, { ...often, verifiedAt: NOW }, stage.caps, NOW)).toEqual(dueAt('confirm', again))
  })

  test('a reminder is not worth waiting for', () => {
    const once = { confirmations: asked(1), verifiedAt: NOW }
    expect(asCapsAllow({ ...pending, next: 'remind' }, once, stage.caps, NOW)).toEqual(done)
  })

  test('and who has confirmed meanwhile waits for nothing', () => {
    expect(asCapsAllow({ ...pending, state: 'active' }, { confirmations: asked(1) }, stage.caps, NOW)).toBeUndefined()
  })
})
