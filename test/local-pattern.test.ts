import { describe, expect, test } from 'vitest'
import { checkPattern, matches, type Pattern } from '../local/pattern.ts'

const event = {
  source: 'aws.ses',
  count: 3,
  list: ['a', 'b'],
  nothing: null,
  detail: {
    mail: { tags: { request: ['01J'], 'ses:configuration-set': ['workflow'] } },
    people: [{ name: 'ada' }, { name: 'bo' }],
  },
}

describe('an event pattern', () => {
  test.each<[string, Pattern, boolean]>([
    ['nothing', {}, true],
    ['one of several values', { source: ['aws.s3', 'aws.ses'] }, true],
    ['another value', { source: ['aws.s3'] }, false],
    ['two things at once', { source: ['aws.ses'], count: [4] }, false],
    ['an element of a list', { list: ['b'] }, true],
    ['a nested list', { detail: { mail: { tags: { 'ses:configuration-set': ['workflow'] } } } }, true],
    ['a field of an object in a list', { detail: { people: { name: ['bo'] } } }, true],
    ['null', { nothing: [null] }, true],
    ['something that exists', { detail: { mail: { tags: { request: [{ exists: true }] } } } }, true],
    ['something that does not exist', { detail: { mail: { tags: { other: [{ exists: true }] } } } }, false],
    ['the absence of something', { detail: { other: [{ exists: false }] } }, true],
    ['the absence below something absent', { no: { where: [{ exists: false }] } }, true],
    ['a prefix', { source: [{ prefix: 'aws.' }] }, true],
    ['a suffix in any case', { source: [{ suffix: { 'equals-ignore-case': 'SES' } }] }, true],
    ['a wildcard', { source: [{ wildcard: 'aws.*' }] }, true],
    ['a wildcard that takes dots literally', { source: [{ wildcard: 'awsx*' }] }, false],
    ['any case', { source: [{ 'equals-ignore-case': 'AWS.SES' }] }, true],
    ['anything but a value', { source: [{ 'anything-but': ['aws.s3'] }] }, true],
    ['anything but a prefix', { source: [{ 'anything-but': { prefix: 'aws' } }] }, false],
    ['a range', { count: [{ numeric: ['>', 2, '<=', 3] }] }, true],
    ['a range beside it', { count: [{ numeric: ['>', 3] }] }, false],
    ['either of two', { $or: [{ count: [9] }, { source: ['aws.ses'] }] } as unknown as Pattern, true],
  ])('that asks for %s', (_, pattern, wanted) => {
    expect(() => checkPattern(pattern)).not.toThrow()
    expect(matches(pattern, event)).toBe(wanted)
  })

  test('with an operator that is not known is refused by its name', () => {
    expect(() => checkPattern({ detail: { ip: [{ cidr: '10.0.0.0/8' }] } })).toThrow('cidr')
  })
})
