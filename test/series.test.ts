import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../shared/request.ts'
import { nextPart, type Part, type Progress, partsFor, passedWith } from '../shared/tips/series.ts'

const part = (id: string, more: Partial<Part> = {}): Part => ({
  id,
  title: `About ${id}`,
  takeaway: 'A thing to remember.',
  delay: { days: 7, months: 0 },
  body: [{ p: ['As it was.'] }],
  ...more,
})
const rewritten = (id: string, more: Partial<Part> = {}): Part =>
  part(id, { body: [{ p: ['As it is now.'] }], ...more })
const ids = (parts: readonly Part[]): string => parts.map(({ id }) => id).join(' ')
const named = (order: string): Part[] => (order === '' ? [] : order.split(' ').map((id) => part(id)))

describe('the parts for a reader who began with an older edition', () => {
  test.each([
    // fact, then, now, what she gets
    ['nothing has changed', 'a b c', 'a b c', 'a b c'],
    ['a part was added in front', 'a b', 'n a b', 'n a b'],
    ['two were added in front', 'a b', 'm n a b', 'm n a b'],
    ['a part was added between', 'a b', 'a n b', 'a n b'],
    ['two were added between', 'a b', 'a m n b', 'a m n b'],
    ['a part was added at the end', 'a b', 'a b n', 'a b n'],
    ['parts were added everywhere', 'a b', 'k a l b m', 'k a l b m'],
    ['the file of a part is gone', 'a b c', 'a c', 'a b c'],
    ['the first file is gone', 'a b c', 'b c', 'a b c'],
    ['a part came in place of another', 'a b c', 'a n c', 'a n b c'],
    ['all parts are others', 'a b', 'm n', 'm n a b'],
    ['the whole series is gone', 'a b', '', 'a b'],
    ['the order has changed', 'a b c', 'c a b', 'a b c'],
    ['the order has changed and a part was added', 'a b c', 'c n a b', 'a b c n'],
    ['there was nothing then', '', 'a b', 'a b'],
  ])('%s', (_, then, now, expected) => {
    expect(ids(partsFor(named(then), named(now)))).toBe(expected)
  })

  test('she keeps the words she began with', () => {
    expect(partsFor(named('a b'), [part('a'), rewritten('b')])).toEqual(named('a b'))
  })

  test('she keeps the delay, the button and the condition of then as well', () => {
    const b = rewritten('b', { delay: { days: 0, months: 1 }, only: 'met', action: { label: 'Write', to: '/' } })
    expect(partsFor(named('a b'), [part('a'), b])).toEqual(named('a b'))
  })

  test('a part that was added comes as it reads now', () => {
    expect(partsFor(named('a'), [part('a'), rewritten('n')])).toEqual([part('a'), rewritten('n')])
  })

  test.each<[string, Part, Part, 'then' | 'now']>([
    ['a correction is new', part('a'), rewritten('a', { correction: '2027-01-15' }), 'now'],
    ['a correction is the one she knows', part('a', { correction: 'x' }), rewritten('a', { correction: 'x' }), 'then'],
    ['a second correction came', part('a', { correction: 'x' }), rewritten('a', { correction: 'y' }), 'now'],
    ['a correction was taken back', part('a', { correction: 'x' }), rewritten('a'), 'now'],
    ['the part was withdrawn', part('a'), rewritten('a', { withdrawn: true }), 'now'],
    ['the part was withdrawn then and is still', part('a', { withdrawn: true }), part('a', { withdrawn: true }), 'now'],
    ['the part was withdrawn then and is back', part('a', { withdrawn: true }), rewritten('a'), 'now'],
  ])('%s', (_, then, now, expected) => {
    expect(partsFor([then], [now])).toEqual([expected === 'now' ? now : then])
  })

  test('a part that was withdrawn keeps its place', () => {
    const now = [part('a'), part('b', { withdrawn: true }), part('n'), part('c')]
    expect(ids(partsFor(named('a b c'), now))).toBe('a b n c')
  })

  test('what a new part stood behind may itself be new or withdrawn', () => {
    const now = [part('a'), part('m', { withdrawn: true }), part('n'), part('b')]
    expect(partsFor(named('a b'), now)).toEqual(now)
  })

  test('each part comes once, those of then in the order of then', () => {
    const order = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 })
    fc.assert(
      fc.property(order, order, (then, now) => {
        const mine = partsFor(named(then.join(' ')), named(now.join(' '))).map(({ id }) => id)
        expect(new Set(mine)).toEqual(new Set([...then, ...now]))
        expect(mine).toHaveLength(new Set(mine).size)
        expect(mine.filter((id) => then.includes(id))).toEqual(then)
      }),
    )
  })
})

describe('what comes next', () => {
  const onlyMet = part('m', { only: 'met' })
  const gone = part('w', { withdrawn: true })
  const [a, b, c] = [part('a'), part('b'), part('c')]

  test.each<[string, Part[], Progress, string | undefined, string[]]>([
    // fact, parts, how far, the next one, what she was passed over for
    ['the first, for somebody who begins', [a, b, c], { had: [] }, 'a', []],
    ['the second after the first', [a, b, c], { had: ['a'] }, 'b', []],
    ['nothing when she had all', [a, b, c], { had: ['a', 'b', 'c'] }, undefined, []],
    ['nothing in a series without parts', [], { had: [] }, undefined, []],
    ['a part that was added behind where she is', [a, b, c], { had: ['a', 'b'] }, 'c', []],
    ['not one that was added before where she is', [part('n'), a, b], { had: ['a'] }, 'b', []],
    ['not one that was added between two she had', [a, part('n'), b], { had: ['a', 'b'] }, undefined, []],
    ['one that was added when she had finished', [a, b, part('n')], { had: ['a', 'b'] }, 'n', []],
    ['the one behind the last she had, in whichever order she had them', [a, b, c], { had: ['b', 'a'] }, 'c', []],
    ['not a part that was withdrawn', [a, gone, b], { had: ['a'] }, 'b', []],
    ['nothing when what is left was withdrawn', [a, gone], { had: ['a'] }, undefined, []],
    ['the one after a part she had before it was withdrawn', [a, gone, b], { had: ['a', 'w'] }, 'b', []],
    ['where she was, when a part she had exists nowhere any more', [a, b], { had: ['a', 'gone'] }, 'b', []],
    ['the first, when nothing she had exists any more', [a, b], { had: ['gone'] }, 'a', []],
    ['the one after a part that is not for her yet', [a, onlyMet, b], { had: ['a'] }, 'b', ['m']],
    ['a part for those who have come as far, in its turn', [a, onlyMet], { had: ['a'], reached: ['met'] }, 'm', []],
    ['not a part for those who came elsewhere', [a, onlyMet], { had: ['a'], reached: ['sent'] }, undefined, ['m']],
    [
      'a part she was passed over for, as soon as it is hers',
      [a, onlyMet, b, c],
      { had: ['a', 'b'], passed: ['m'], reached: ['met'] },
      'm',
      [],
    ],
    ['the series where it was, after that', [a, onlyMet, b, c], { had: ['a', 'b', 'm'], reached: ['met'] }, 'c', []],
    [
      'a part she was passed over for, when she had finished',
      [a, onlyMet],
      { had: ['a'], passed: ['m'], reached: ['met'] },
      'm',
      [],
    ],
    [
      'one that was added behind it, while it still waits',
      [a, onlyMet, part('n')],
      { had: ['a'], passed: ['m'] },
      'n',
      ['m'],
    ],
    [
      'nothing while all that is left waits, and each waits once',
      [a, onlyMet],
      { had: ['a'], passed: ['m'] },
      undefined,
      ['m'],
    ],
    [
      'not a part that waited and was withdrawn',
      [a, part('m', { only: 'met', withdrawn: true }), b],
      { had: ['a'], passed: ['m'], reached: ['met'] },
      'b',
      ['m'],
    ],
    [
      'not a part that waited and exists nowhere any more',
      [a, b],
      { had: ['a'], passed: ['gone'], reached: ['met'] },
      'b',
      ['gone'],
    ],
    [
      'not what she had, though it is said to wait',
      [a, onlyMet, b],
      { had: ['a', 'm'], passed: ['m'], reached: ['met'] },
      'b',
      ['m'],
    ],
    ['a part that waited and is for everybody now', [a, part('m'), b], { had: ['a', 'b'], passed: ['m'] }, 'm', []],
    [
      'the first of those that wait, in the order of the series',
      [part('m', { only: 'sent' }), part('n', { only: 'met' }), a],
      { had: ['a'], passed: ['n', 'm'], reached: ['met', 'sent'] },
      'm',
      ['n'],
    ],
    [
      'past several that are not for her',
      [part('m', { only: 'sent' }), part('n', { only: 'met' }), a],
      { had: [] },
      'a',
      ['m', 'n'],
    ],
    [
      'only what is hers of those that wait',
      [part('m', { only: 'sent' }), part('n', { only: 'met' }), a, b],
      { had: ['a'], passed: ['m', 'n'], reached: ['met'] },
      'n',
      ['m'],
    ],
  ])('is %s', (_, parts, progress, expected, passed) => {
    const next = nextPart(parts, progress)
    expect(next.part?.id).toBe(expected)
    expect(next.passed).toEqual(passed)
  })

  test('a reader who goes through it has each part that is for her once, and then nothing', () => {
    const quiet = Array.from({ length: 9 }, () => null)
    const states: State[] = ['sent', 'replied', 'scheduled', 'met']
    const parts = fc
      .array(fc.record({ only: fc.option(fc.constantFrom(...states)), withdrawn: fc.boolean() }), { maxLength: 8 })
      .map((rows) =>
        rows.map(({ only, withdrawn }, index) =>
          part(`p${index}`, { ...(only && { only }), ...(withdrawn && { withdrawn }) }),
        ),
      )
    // Which state her request comes to before each step, if any; and then time for all that is left.
    const way = fc.array(fc.option(fc.constantFrom(...states)), { maxLength: 12 }).map((all) => [...all, ...quiet])
    fc.assert(
      fc.property(parts, way, (series, steps) => {
        let progress: Required<Progress> = { had: [], passed: [], reached: [] }
        for (const step of steps) {
          if (step) progress = { ...progress, reached: [...progress.reached, step] }
          const { part: next, passed } = nextPart(series, progress)
          expect(new Set(passed).size).toBe(passed.length)
          if (next) expect(passedWith(series, progress, next)).toEqual(passed)
          progress = { ...progress, passed, had: next ? [...progress.had, next.id] : progress.had }
        }
        const hers = series.filter(({ only, withdrawn }) => !withdrawn && (!only || progress.reached.includes(only)))
        expect([...progress.had].sort()).toEqual(hers.map(({ id }) => id).sort())
        expect(nextPart(series, progress).part).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what waits for a reader once she has had a part', () => {
  const parts = [part('a'), part('m', { only: 'met' }), part('w', { withdrawn: true }), part('b'), part('c')]
  const at = (id: string): Part => parts.find((one) => one.id === id) ?? part(id)

  test.each<[string, Progress, string, string[]]>([
    ['nothing after the first', { had: [] }, 'a', []],
    ['what was passed over on the way, unless it was withdrawn', { had: ['a'] }, 'b', ['m']],
    ['what waited before', { had: ['a', 'b'], passed: ['m'] }, 'c', ['m']],
    ['each thing once', { had: ['a'], passed: ['m'] }, 'b', ['m']],
    ['not the part itself', { had: ['a', 'b'], passed: ['m'] }, 'm', []],
    ['not what lies before a part that came late', { had: ['a', 'c'], passed: ['b', 'm'] }, 'm', ['b']],
  ])('is %s', (_, progress, had, expected) => {
    expect(passedWith(parts, progress, at(had))).toEqual(expected)
  })
})
