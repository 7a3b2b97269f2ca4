import { describe, expect, test } from 'vitest'
import type * as z from 'zod/mini'
import { email, integer, readFields, text, tick, zone } from '../shared/fields.ts'

const read = (field: z.ZodMiniType, value: unknown) => readFields({ field }, { field: value }, 'json')
const taken = (value: unknown) => ({ ok: true, value: { field: value } })
const refused = (message: string) => ({ ok: false, errors: [{ field: 'field', message }] })

describe('a whole number from 5 to 480', () => {
  test.each([
    [5, 5],
    [480, 480],
    ['5', 5],
    ['480', 480],
    ['0030', 30],
  ])('%j is %i', (given, value) => expect(read(integer(5, 480), given)).toEqual(taken(value)))

  test.each<[unknown]>([
    [4],
    [481],
    ['4'],
    ['481'],
    [20.5],
    ['20.5'],
    [' 20'],
    ['20 '],
    ['0x10'],
    ['1e2'],
    ['00030'],
    ['twenty'],
    [[20]],
    [{}],
  ])('%j is none', (given) =>
    expect(read(integer(5, 480), given)).toEqual(refused('Please give a whole number from 5 to 480.')),
  )

  test('a yes is no 1', () => expect(read(integer(0, 3), true)).toMatchObject({ ok: false }))
})

describe('a tick', () => {
  test.each([
    [true, true],
    ['on', true],
    ['true', true],
    [false, false],
    ['off', false],
    ['false', false],
  ])('%j is %s', (given, value) => expect(read(tick, given)).toEqual(taken(value)))

  test.each([1, 'yes', 'ON', []])('%j is none', (given) =>
    expect(read(tick, given)).toEqual(refused('Please tick it or leave it.')),
  )
})

describe('a text of at most five characters', () => {
  test.each(['a', '試', '👩'])('may be five times %s, and not six', (character) => {
    expect(read(text(5), character.repeat(5))).toEqual(taken(character.repeat(5)))
    expect(read(text(5), character.repeat(6))).toEqual(refused('Please keep this to 5 characters.'))
  })

  test('may have lines, each of which ends with one, as a form counts', () => {
    expect(read(text(5), 'a\n\tb')).toEqual(taken('a\n\tb'))
    expect(read(text(5), 'a\r\nb\r\nc')).toEqual(taken('a\r\nb\r\nc'))
    expect(read(text(5), 'ab\r\ncd\r\n')).toMatchObject({ ok: false })
  })
})

describe('what is wrong is said', () => {
  test('of a mail address that is missing, and of one that is none', () => {
    for (const nothing of [7, '   ', '\n'])
      expect(read(email, nothing)).toEqual(refused('Please give your mail address.'))
    for (const none of ['ada', ' ada ', '@', 'a'.repeat(30_000)])
      expect(read(email, none)).toEqual(refused('This does not look like a mail address, such as ada@example.org.'))
  })

  test.each([
    'ada@example.org/path',
    'ada@example.org?query',
    'ada@example.org#part',
    'ada@example.org\\path',
    'ada@ex%61mple.org',
    'ada@example.org:80',
    'ada@example.org\uff0fpath',
    'ada@exa_mple.org',
  ])('of %s, where another domain would be read than was typed', (typed) =>
    expect(read(email, typed)).toEqual(refused('This does not look like a mail address, such as ada@example.org.')),
  )

  test.each([
    ['ada@Bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@example\u3002org', 'ada@example.org'],
    ['Ada@EXAMPLE.org', 'Ada@example.org'],
  ])('nothing, of %s', (typed, address) => expect(read(email, typed)).toEqual(taken(address)))

  test('of a zone that nobody knows', () => {
    for (const none of ['Mars/Olympus', 'x'.repeat(30_000)])
      expect(read(zone, none)).toEqual(
        refused('We do not know this time zone. Please choose one such as Europe/London.'),
      )
    expect(read(zone, 7)).toEqual(refused('Please choose a time zone.'))
  })

  test('of a field that there is not, by the beginning of its name', () => {
    const odd = 'x'.repeat(61)
    expect(readFields({}, { [odd]: 1 }, 'json')).toEqual({
      ok: false,
      errors: [{ field: 'x'.repeat(60), message: 'There is no such field.' }],
    })
  })

  test.each([null, undefined, [], 'text', 7])('of %j, which has no fields', (body) =>
    expect(readFields({}, body, 'json')).toEqual({
      ok: false,
      errors: [{ field: '', message: 'Please send an object with the fields of the form.' }],
    }),
  )
})
