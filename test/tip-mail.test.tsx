import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pairs } from '../shared/mail/colours.ts'
import { renderConfirmSeries, renderTip, type TipTemplate } from '../shared/mail/tip.tsx'
import { consentSentence, consentWording } from '../shared/tips/consent.ts'
import type { Block, Inline, Part } from '../shared/tips/series.ts'
import { confirmValues, fill, tipValues } from '../shared/tips/values.ts'
import { faultsOf, hrefsOf, inksOf, levelsOf, paragraphsOf, pretty, strangersIn, tagsOf, wordsIn } from './mail-html.ts'
import { stage } from './people.ts'
import { fixtureSeries, partNamed } from './tips.ts'

const publicUrl = 'https://chats.example.org'
const own = `${publicUrl}/subscriptions/ada-lovelace-hash-the-other-way-round`
const links = {
  unsubscribe: `${own}/AAAAAAAAAAAAAAAAAAAAAA/unsubscribe`,
  preferences: `${own}/BBBBBBBBBBBBBBBBBBBBBB/preferences`,
}
const confirmLinks = { confirm: `${own}/CCCCCCCCCCCCCCCCCCCCCC/confirm`, unsubscribe: links.unsubscribe }

const tipOf = (part: Part, series = fixtureSeries): TipTemplate => renderTip({ stage, publicUrl, series, part })
const everything = tipOf(partNamed('the-letter'))
const confirmation = renderConfirmSeries({ stage, publicUrl, reminder: false })
const reminder = renderConfirmSeries({ stage, publicUrl, reminder: true })

const values = tipValues({ firstName: 'Ada', place: 'Part 2 of 4', ...links })

/** Each as a reader gets it. */
const mails: Record<string, TipTemplate> = {
  tip: fill(everything, values),
  'tip.short': fill(tipOf(partNamed('you-ask')), tipValues({ place: 'Part 1 of 4', ...links })),
  'confirm-series': fill(confirmation, confirmValues(confirmLinks)),
  'confirm-series-reminder': fill(reminder, confirmValues(confirmLinks)),
}

describe('read as they were approved:', () => {
  test.each(Object.entries(mails))('%s', async (name, { subject, headers, text, html }) => {
    const head = [`Subject: ${subject}`, ...headers.map(({ name, value }) => `${name}: ${value}`)]
    await expect([...head, '', text].join('\n')).toMatchFileSnapshot(`golden/mails/tips/${name}.txt`)
    await expect(pretty(html)).toMatchFileSnapshot(`golden/mails/tips/${name}.html`)
  })
})

describe.each(Object.entries(mails))('%s', (_name, mail) => {
  const tags = tagsOf(mail.html)

  test('is a valid document in English, said twice', async () => {
    expect(await faultsOf(mail.html)).toEqual([])
    const first = tags[tags.findIndex(({ name }) => name === 'body') + 1]
    for (const tag of [tags[0], first]) expect(tag?.attributes).toMatchObject({ lang: 'en', dir: 'ltr' })
    expect(mail.html.startsWith('<!DOCTYPE html>')).toBe(true)
  })

  test('has one h1, and headings that skip no level', () => {
    const levels = levelsOf(mail.html)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    levels.forEach((level, at) => {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1)
    })
  })

  test('holds nothing but text and links', () => {
    expect(strangersIn(mail.html)).toEqual([])
    expect(mail.html).not.toMatch(/url\(|@import|src=/)
    expect(tags.filter(({ name, attributes }) => name === 'table' && attributes.role !== 'presentation')).toEqual([])
  })

  test('says all of it in plain text as well', () => {
    for (const href of hrefsOf(mail.html)) expect(mail.text.split(/\s+/)).toContain(href)
    const lines = mail.text.split('\n')
    expect(lines.filter((line) => line.length > 78 && !/^[\s-]*https:\/\/\S+$/.test(line))).toEqual([])
    expect(mail.text).not.toMatch(/<[a-z]|&[a-z]+;|undefined|null|\[object/)
    expect(mail.text).toContain(stage.brand.postalAddress)
    expect(mail.text).toContain(stage.brand.supportAddress)
    const said = wordsIn(mail.text.replace(/^\s*https:\S+$/gm, ' '))
    for (const paragraph of paragraphsOf(mail.html)) expect(said).toContain(paragraph)
  })

  test('has one button', () => {
    expect(tags.filter(({ attributes }) => attributes.class?.includes('ground-button'))).toHaveLength(1)
  })

  test('paints text only in pairs that were measured', () => {
    expect([...inksOf(mail.html)].filter((colour) => !pairs.some(([text]) => text === colour))).toEqual([])
  })

  test('says who is behind it, why it came and how to end it', () => {
    expect(mail.text).toContain('Why this mail came.')
    expect(hrefsOf(mail.html)).toContain(links.unsubscribe)
  })

  test('leaves List-Unsubscribe to each reader’s copy, and says that nobody wrote it by hand', () => {
    expect(mail.headers.map(({ name }) => name)).not.toContain('List-Unsubscribe')
    expect(mail.headers).toContainEqual({ name: 'Auto-Submitted', value: 'auto-generated' })
    expect(mail.headers).toContainEqual({ name: 'X-Auto-Response-Suppress', value: 'All' })
    for (const { value } of mail.headers) expect(value).toMatch(/^[ -~]{1,995}$/)
  })
})

describe('a tip', () => {
  test('leads to our own pages in full, and elsewhere as it was written', () => {
    expect(hrefsOf(mails.tip?.html ?? '')).toEqual([
      `${publicUrl}/series/the-other-way-round/questions`,
      'https://example.com/praise?a=1&b=2',
      `${publicUrl}/`,
      `${publicUrl}/?from=tips&part=3`,
      `${publicUrl}/series/the-other-way-round/the-letter`,
      links.preferences,
      links.unsubscribe,
    ])
  })

  test('without a button of its own leads to its page', () => {
    const { html, text } = mails['tip.short'] as TipTemplate
    expect(hrefsOf(html).filter((href) => href === `${publicUrl}/series/the-other-way-round/you-ask`)).toHaveLength(1)
    expect(text).toContain('Read it on the web:')
  })

  test('shows its takeaway beside the subject', () => {
    expect(/data-skip-in-text="true">(.*?)<div>/s.exec(everything.html)?.[1]).toBe(partNamed('the-letter').takeaway)
    expect(everything.subject).toBe('Ask one question & no more')
  })

  test('has a subject and headers that are the same for everybody', () => {
    expect(`${everything.subject}${JSON.stringify(everything.headers)}`).not.toContain('{{')
  })

  test.each([
    ['The other way round', 'The other way round <the-other-way-round.dev.example.org>'],
    ['À l’envers: 2 “tips”', 'A l envers 2 tips <the-other-way-round.dev.example.org>'],
    ['反過來', '<the-other-way-round.dev.example.org>'],
    ['x\r\nBcc: eve@example.org', 'x Bcc eve example org <the-other-way-round.dev.example.org>'],
  ])('names its list in ASCII: %s', (title, value) => {
    const { headers } = tipOf(partNamed('you-ask'), { ...fixtureSeries, title })
    expect(headers).toContainEqual({ name: 'List-Id', value })
  })
})

/** Every gap in a mail, by name, in order. */
const gapsIn = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w*)(\}\})?/g)].map(([, name = '', end]) => name + (end ?? '…'))

describe('what SES fills in', () => {
  test('is each reader’s greeting, place and links, once in HTML and once in text', () => {
    expect(gapsIn(everything.html)).toEqual(['place}}', 'greetingHtml}}', 'preferences}}', 'unsubscribe}}'])
    expect(gapsIn(everything.text)).toEqual(['place}}', 'greetingText}}', 'preferences}}', 'unsubscribe}}'])
    expect(everything.html).toContain('href="{{unsubscribe}}"')
    for (const mail of [confirmation, reminder]) {
      expect(gapsIn(mail.html)).toEqual(['confirm}}', 'unsubscribe}}'])
      expect(gapsIn(mail.text)).toEqual(['confirm}}', 'unsubscribe}}'])
    }
  })

  test('has a value, and nothing else has', () => {
    for (const { html, text } of [everything])
      expect(new Set([...gapsIn(html), ...gapsIn(text)].map((gap) => gap.slice(0, -2)))).toEqual(
        new Set(Object.keys(values)),
      )
    expect(Object.keys(confirmValues(confirmLinks))).toEqual(['confirm', 'unsubscribe'])
  })
})

describe('a mail that is filled here', () => {
  const template = { subject: 'Hello', html: '<p>{{a}} {{b}}</p>', text: '{{a}} {{b}} { {a} }' }

  test('takes a value as it is: what looks like a gap in it, or like a pattern, stays', () => {
    expect(fill(template, { a: '{{b}} $& $1', b: '{{a}}' })).toEqual({
      subject: 'Hello',
      html: '<p>{{b}} $& $1 {{a}}</p>',
      text: '{{b}} $& $1 {{a}} { {a} }',
    })
  })

  test.each(['{{b}}', '{{constructor}}', '{{#if a}}x{{/if}}', '{{ a }}', '{{{a}}}', '{{a', '{{}}', '{{a.b}}'])(
    'is refused where a gap has no value: %s',
    (text) => {
      for (const part of ['subject', 'html', 'text']) {
        const mail = { subject: '', html: '', text: '', [part]: text }
        expect(() => fill(mail, { a: 'x' })).toThrow('No value for {{')
      }
    },
  )
})

const greetingOf = (firstName: string | undefined): string | undefined =>
  tipValues({ firstName, place: 'Part 1 of 2', ...links }).greetingText

describe('the greeting', () => {
  test.each([
    ['Ada', 'Hello Ada,'],
    ['  Ada \t Augusta ', 'Hello Ada Augusta,'],
    ['J. R. R.', 'Hello J. R. R.,'],
    ['J.R.R.', 'Hello J.R.R.,'],
    ['J.Smith', 'Hello J.Smith,'],
    ['Ad\u00ada\u200f', 'Hello Ada,'],
    ['O’Neil & Sons', 'Hello O’Neil & Sons,'],
    ['ليلى', 'Hello ليلى,'],
    ['می\u200cنا', 'Hello می\u200cنا,'],
    ['<b>Ada', 'Hello <b>Ada,'],
    [undefined, 'Hello,'],
    ['', 'Hello,'],
    ['123', 'Hello,'],
    ['\u202e\u200b', 'Hello,'],
    ['x'.repeat(61), 'Hello,'],
  ])('is by name, where it is a name: %s', (name, greeting) => {
    expect(greetingOf(name)).toBe(greeting)
  })

  test.each([
    'https://evil.example',
    'evil.example/x',
    'evil.example',
    'Ada www.evil',
    'WWW evil',
    'ada@evil.example',
    'evil。example',
    'tel:1',
    'call 555-0100-22 now',
    '\\\\evil',
    '{{unsubscribe}}',
  ])('makes no link of what somebody typed: %s', (name) => {
    expect(greetingOf(name)).toBe('Hello,')
  })
})

test.each([
  ['a place', { place: '<b>Part 1</b>' }],
  ['a place', { place: 'Part {{x}}' }],
  ['a link', { unsubscribe: 'javascript:alert(1)' }],
  ['a link', { unsubscribe: 'https://chats.example.org/"><img>' }],
  ['a link', { preferences: 'https://chats.example.org/a&b' }],
  ['a link', { preferences: 'https://chats.example.org/{{x}}' }],
])('%s that would not be the same in HTML and in text is no value', (_what, wrong) => {
  expect(() => tipValues({ place: 'Part 1 of 2', ...links, ...wrong })).toThrow(/^The value of \w+ is not/)
})

/** What is known to break out of where it stands; after OWASP’s cheat sheet. */
const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '" style="background:url(javascript:alert(1))',
  '</p></td></table><a href="https://evil.example">free</a>',
  '</title><style>*{display:none}</style>',
  '<!--',
  '-->',
  ']]>',
  '<![CDATA[',
  '&lt;b&gt; &#60;b&#62; &quot;',
  'javascript:alert(1)',
  '{{unsubscribe}}',
  '{{{greetingHtml}}}',
  '{',
  '{{',
  '}}',
  '\ue000unsubscribe\ue001',
  '\ue000',
  '*\ue001',
  '\r\nBcc: eve@example.org',
  '\u202egnp.exe\u202c',
  'x',
]
const pieces = fc.array(fc.constantFrom(...hostile, ...'<>"\'&/={}*`\n x'), { minLength: 1, maxLength: 4 })
const nasty = pieces.map((some) => some.join(''))
const runs = { numRuns: 150 }

test('a name adds no tag, no attribute, no line and no link, whatever it is', () => {
  const nameless = fill(everything, { ...values, greetingHtml: 'Hello,', greetingText: 'Hello,' })
  const others = nameless.text.split('\n').filter((line) => line !== 'Hello,')
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 80 })), (firstName) => {
      const mail = fill(everything, tipValues({ firstName, place: 'Part 2 of 4', ...links }))
      expect(tagsOf(mail.html)).toEqual(tagsOf(nameless.html))
      expect(mail.subject).toBe(nameless.subject)
      const lines = mail.text.split('\n')
      const greeting = lines.find((line) => line.startsWith('Hello')) ?? ''
      expect(greeting).toMatch(/^Hello.*,$/u)
      expect(greeting).not.toMatch(/:|\/|@|www|\{\{|[^\p{Lu}]\.\p{L}{2}/u)
      expect(lines.filter((line) => line !== greeting)).toEqual(others)
      expect(mail.html.isWellFormed() && mail.text.isWellFormed()).toBe(true)
    }),
    runs,
  )
})

const inlineOf = (words: fc.Arbitrary<string>): fc.Arbitrary<Inline[]> =>
  fc.array(
    fc.oneof(
      words,
      words.map((word): Inline => ({ strong: [word] })),
      words.map((word): Inline => ({ em: [word, { strong: [word] }] })),
      words.map((word): Inline => ({ link: '/path', of: [word] })),
    ),
    { minLength: 1, maxLength: 4 },
  )

const blockOf = (words: fc.Arbitrary<string>): fc.Arbitrary<Block> => {
  const inline = inlineOf(words)
  const lines = fc.array(inline, { minLength: 1, maxLength: 3 })
  return fc.oneof(
    inline.map((p): Block => ({ p })),
    words.map((heading): Block => ({ heading })),
    lines.map((list): Block => ({ list })),
    lines.map((quote): Block => ({ quote })),
  )
}

test('what an editor writes stays words, and opens no gap', () => {
  const gaps = ['place}}', 'greetingHtml}}', 'preferences}}', 'unsubscribe}}']
  fc.assert(
    fc.property(
      nasty,
      nasty,
      fc.array(blockOf(nasty), { maxLength: 4 }),
      fc.boolean(),
      (title, takeaway, body, acts) => {
        const action = { label: takeaway, to: '/path' }
        const mail = tipOf(
          { id: 'part', title, takeaway, delay: { days: 7, months: 0 }, ...(acts ? { action } : {}), body },
          { ...fixtureSeries, title },
        )
        expect(strangersIn(mail.html)).toEqual([])
        const leads = new Set(hrefsOf(mail.html))
        for (const known of ['{{preferences}}', '{{unsubscribe}}']) expect(leads.delete(known)).toBe(true)
        expect([...leads].filter((href) => !href.startsWith(`${publicUrl}/`))).toEqual([])
        expect(mail.html).not.toMatch(/<!--(?!\[if mso\])/)
        expect(mail.subject).not.toMatch(/\{\{|[\p{Cc}\p{Zl}\p{Zp}\p{Co}]/u)
        expect(gapsIn(mail.html)).toEqual(gaps)
        expect(gapsIn(mail.text)).toEqual(gaps.map((gap) => gap.replace('Html', 'Text')))
        expect(() => fill(mail, values)).not.toThrow()
        for (const { value } of mail.headers) expect(value).toMatch(/^[ -~]{1,995}$/)
      },
    ),
    runs,
  )
})

describe('the mail that asks to confirm', () => {
  test('leads nowhere but to the answer, and promises nothing', () => {
    for (const name of ['confirm-series', 'confirm-series-reminder'])
      expect(hrefsOf(mails[name]?.html ?? '')).toEqual([confirmLinks.confirm, confirmLinks.unsubscribe])
  })

  test('says what happens when nothing is done, in the hours of the stage', () => {
    const said = (hours: number, reminder: boolean): string =>
      renderConfirmSeries({
        stage: { ...stage, tips: { ...stage.tips, confirmWithinHours: hours } },
        publicUrl,
        reminder,
      }).text.replace(/\s+/g, ' ')
    expect(said(72, false)).toContain('We remind you once at most, and the address is deleted after 3 days.')
    expect(said(72, true)).toContain('We do not remind you again, and the address is deleted within 2 days.')
    expect(said(36, false)).toContain('deleted after 36 hours.')
    expect(said(36, true)).toContain('deleted within 12 hours.')
  })

  test('is not the same mail the second time', () => {
    expect(reminder.subject).not.toBe(confirmation.subject)
    for (const { subject } of [reminder, confirmation]) expect(subject.length).toBeLessThanOrEqual(60)
  })
})

test('the words that somebody agreed to have a name, and new words have a new one', () => {
  expect({ [consentWording]: consentSentence }).toEqual({
    'tips-2026-11':
      'Short mails on asking people about their work: about one a week, later fewer. Each has a link that ends them with one click.',
  })
})
