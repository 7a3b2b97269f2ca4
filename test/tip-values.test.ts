import { describe, expect, test } from 'vitest'
import { confirmValues, fill, tipValues } from '../shared/tips/values.ts'

describe('the values of a tip', () => {
  const links = { unsubscribe: 'https://chats.example.org/u', preferences: 'https://chats.example.org/p' }
  const valuesFor = (firstName?: string) => tipValues({ firstName, place: 'Part 2 of 3', ...links })

  test.each([
    [undefined, 'Hello,', 'Hello,'],
    ['', 'Hello,', 'Hello,'],
    ['Ada', 'Hello Ada,', 'Hello Ada,'],
    ['D\'Arcy & <Co> "x"', 'Hello D\'Arcy & <Co> "x",', 'Hello D&#39;Arcy &amp; &lt;Co&gt; &quot;x&quot;,'],
    ['12', 'Hello,', 'Hello,'],
    ['Ada 555', 'Hello,', 'Hello,'],
    ['a: b', 'Hello,', 'Hello,'],
    ['www.example', 'Hello,', 'Hello,'],
    ['é'.repeat(60), `Hello ${'é'.repeat(60)},`, `Hello ${'é'.repeat(60)},`],
    ['é'.repeat(61), 'Hello,', 'Hello,'],
  ])('greet %j', (name, greetingText, greetingHtml) =>
    expect(valuesFor(name)).toEqual({ greetingText, greetingHtml, place: 'Part 2 of 3', ...links }),
  )

  test('are our own, or there are none', () => {
    expect(() => tipValues({ place: '<b>', ...links })).toThrow('The value of place ')
    expect(() => tipValues({ place: 'Part 2', ...links, preferences: 'javascript:x' })).toThrow(/of preferences /)
    expect(() => confirmValues({ confirm: 'https://a.example/"', unsubscribe: links.unsubscribe })).toThrow(
      /of confirm /,
    )
    expect(confirmValues({ confirm: links.preferences, unsubscribe: links.unsubscribe })).toEqual({
      confirm: links.preferences,
      unsubscribe: links.unsubscribe,
    })
  })

  const template = { subject: 'S {{place}}', html: '<p>{{place}}{{place}}</p>', text: 'T {{place}} }}' }
  test('are put where they belong, and not looked into', () => {
    expect(fill(template, { place: '$& {{place}}' })).toEqual({
      subject: 'S $& {{place}}',
      html: '<p>$& {{place}}$& {{place}}</p>',
      text: 'T $& {{place}} }}',
    })
  })

  test.each(['{{other}}', '{{ place }}', '{{', '{{toString}}', '{{place'])('miss for %s', (text) => {
    expect(() => fill({ ...template, text }, { place: 'x' })).toThrow(/^No value for \{\{/)
  })
})
