import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wordsIn } from '../shared/tips/body.ts'
import { readSeries, type SeriesRead, type TextFile } from '../shared/tips/markdown.ts'
import type { Block, Part, Series } from '../shared/tips/series.ts'

const folder = 'content/series/tips'
const file = (name: string, text: string): TextFile => ({ path: `${folder}/${name}`, text })

const seriesText = `---
title: The other way round
order: 1
lead: A mail a week.
---
Begin here.
`
const head = `---
title: Silence is normal
takeaway: Wait a week.
delay: 1 week
---`
/** Of a part's text, the body begins on line 6 and ends with its task. */
const withBody = (body: string): string => `${head}\n${body}\n\n## This week\n\nWrite.\n`
const withField = (field: string): string => `${head.slice(0, -4)}\n${field}\n---\n## This week\n\nWrite.\n`
const without = (field: string): string => withBody('Words.').replace(new RegExp(`${field}:.*\n`), '')

const read = ({ series = seriesText, parts = [file('01-silence.md', withBody('Words.'))], id = 'tips' } = {}) =>
  readSeries({ id, series: file('series.md', series), parts })
const readPart = (text: string) => read({ parts: [file('01-silence.md', text)] })

const seriesOf = (result: SeriesRead): Series => {
  if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `${line} ${message}`).join('\n'))
  return result.series
}
const partOf = (text: string): Part => {
  const [part] = seriesOf(readPart(text)).parts
  if (!part) throw new Error('No part')
  return part
}
const wrong = (result: SeriesRead): string[] =>
  result.ok
    ? []
    : result.errors.map(({ path, line, message }) => `${path.replace(`${folder}/`, '')}:${line} ${message}`)

test('a series comes of its files', () => {
  expect(read({ series: seriesText.replace('order: 1', 'order: 7\nstarts: met') })).toEqual({
    ok: true,
    order: 7,
    series: {
      id: 'tips',
      title: 'The other way round',
      lead: 'A mail a week.',
      starts: 'met',
      intro: [{ p: ['Begin here.'] }],
      parts: [
        {
          id: 'silence',
          title: 'Silence is normal',
          takeaway: 'Wait a week.',
          delay: { days: 7, months: 0 },
          body: [{ p: ['Words.'] }, { heading: 'This week' }, { p: ['Write.'] }],
        },
      ],
      edition: expect.stringMatching(/^[0-9a-f]{10}$/),
    },
  })
})

test('the parts are in the order of their numbers', () => {
  const parts = ['10-c.md', '02-b.md', '01-a.md'].map((name) => file(name, withBody('Words.')))
  expect(seriesOf(read({ parts })).parts.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
})

describe('a body', () => {
  test.each<[string, string, Block[]]>([
    ['a paragraph', 'Words.', [{ p: ['Words.'] }]],
    ['two paragraphs', 'One.\n\nTwo.', [{ p: ['One.'] }, { p: ['Two.'] }]],
    ['lines that run on', 'One\ntwo  three\n  four', [{ p: ['One two three four'] }]],
    ['a hard line end', 'One  \ntwo\\\nthree', [{ p: ['One two three'] }]],
    ['bold', 'Ask **twice**.', [{ p: ['Ask ', { strong: ['twice'] }, '.'] }]],
    ['italic', 'Ask *twice* or _once_', [{ p: ['Ask ', { em: ['twice'] }, ' or ', { em: ['once'] }] }]],
    ['bold over a line end', '**One\ntwo**', [{ p: [{ strong: ['One two'] }] }]],
    ['italic in bold', '**a *b* c**', [{ p: [{ strong: ['a ', { em: ['b'] }, ' c'] }] }]],
    ['a link', '[the form](/new)', [{ p: [{ link: '/new', of: ['the form'] }] }]],
    [
      'a link elsewhere',
      '[a *b*](https://example.org/a?b=c#d)',
      [{ p: [{ link: 'https://example.org/a?b=c#d', of: ['a ', { em: ['b'] }] }] }],
    ],
    ['an address', '<https://example.org/>', [{ p: [{ link: 'https://example.org/', of: ['https://example.org/'] }] }]],
    ['our first page', '[here](/)', [{ p: [{ link: '/', of: ['here'] }] }]],
    ['a heading', '## Ask twice\n\nWords.', [{ heading: 'Ask twice' }, { p: ['Words.'] }]],
    ['a heading that is closed', '## Ask twice ##', [{ heading: 'Ask twice' }]],
    ['a list', '- one\n- two\n  goes on', [{ list: [['one'], ['two goes on']] }]],
    ['a list with room', '* one\n\n* **two**', [{ list: [['one'], [{ strong: ['two'] }]] }]],
    ['a numbered list', '1. one\n2. two', [{ list: [['one'], ['two']], ordered: true }]],
    ['an example', '> Dear Ms Hopper,\n>\n> may I\n> ask?', [{ quote: [['Dear Ms Hopper,'], ['may I ask?']] }]],
    ['two examples', '> One.\n\n> Two.', [{ quote: [['One.']] }, { quote: [['Two.']] }]],
    ['what was escaped', '2026\\. was \\*good\\* &amp; short', [{ p: ['2026. was *good* & short'] }]],
    ['one brace', 'a { b } c', [{ p: ['a { b } c'] }]],
    ['signs of other alphabets', 'Füße, 名前, اسم, 👩‍💻 — “so”', [{ p: ['Füße, 名前, اسم, 👩‍💻 — “so”'] }]],
    ['what only looks like a table', 'this | or that', [{ p: ['this | or that'] }]],
    ['less than', 'a < b and 3<4', [{ p: ['a < b and 3<4'] }]],
    ['brackets', 'Dear [name], thanks', [{ p: ['Dear [name], thanks'] }]],
    ['a blank line to write on', 'I learned ____.', [{ p: ['I learned ____.'] }]],
  ])('may hold %s', (_, body, blocks) => {
    expect(partOf(withBody(body)).body.slice(0, -2)).toEqual(blocks)
  })

  const tooLong = 'word '.repeat(1001)
  test.each<[string, string, string[]]>([
    // fact, the body from line 6 on, line and beginning of each message
    ['HTML', 'Words.\n\n<b>bold</b>', ['8 HTML']],
    ['a block of HTML', 'Words.\n\n<div>\nx\n</div>', ['8 HTML']],
    ['a comment', '<!-- later -->', ['6 HTML']],
    ['a picture', 'Words\nand ![a](/b.png)', ['7 Pictures']],
    ['a picture in a link', '[![a](/b.png)](/new)', ['6 Pictures', '6 A link without words']],
    ['fenced code', 'Words.\n\n```\ncode\n```', ['8 Program code']],
    ['indented code', 'Words.\n\n    code', ['8 Four spaces']],
    ['code in a line', 'one\ntwo\n`three`', ['8 Backquotes']],
    ['a table', 'Words.\n\n| a | b |\n|---|:-:|\n| c | d |', ['8 Tables']],
    ['a table without edges', 'a | b\n--- | ---\nc | d', ['6 Tables']],
    ['a rule', 'Words.\n\n---\n\nMore.', ['8 A line across']],
    ['a rule of stars', '***', ['6 A line across']],
    ['a first heading', '# Title', ['6 The title stands above']],
    ['a third heading', 'Words.\n\n### Small', ['8 A heading begins with ##, not with 3']],
    ['a heading that is underlined', 'Words.\n\nTitle\n---', ['8 A line of dashes']],
    ['a heading that is underlined twice', 'Title\n===', ['6 A line of dashes']],
    ['a heading without a space', 'Words.\n\n##Title', ['8 A heading needs a space']],
    ['a heading without words', '##\n\nWords.', ['6 A heading without words']],
    ['bold in a heading', '## Ask **twice**', ['6 A heading is plain words']],
    ['a list in a list', '- one\n- two\n  - three\n- four', ['8 A list within it']],
    ['a list of lists', '- - one', ['6 A list within it']],
    ['two paragraphs in a point', '- one\n\n  two\n- three', ['8 A point of a list is one paragraph']],
    ['an example in a list', '- one\n  > two', ['7 An example within it']],
    ['code in a list', '- one\n\n      two', ['8 Four spaces']],
    ['an empty point', '- one\n-\n- three', ['7 A point of the list is empty']],
    ['a list that begins elsewhere', 'Words.\n\n2026. It was good.', ['8 A numbered list begins with 1']],
    ['a list in an example', '> one\n> - two', ['7 A list within it']],
    ['a heading in an example', '> ## two', ['6 A heading within it']],
    ['an example in an example', '> one\n>> two', ['7 An example within it']],
    ['a line that slipped into an example', '> one\n> two\nthree', ['8 This line would belong']],
    ['an example without words', '>', ['6 An example']],
    ['a link to http', 'one\n[two](http://example.org)', ['7 A link leads to']],
    ['a link to mail', '<ada@example.org>', ['6 A link leads to']],
    ['a link to a script', '[a](javascript:alert)', ['6 A link leads to']],
    ['a link to data', '[a](data:text/html,x)', ['6 A link leads to']],
    ['a link to a host without a scheme', '[a](//example.org/)', ['6 A link leads to']],
    ['a link to a host with a backslash', '[a](/\\\\example.org/)', ['6 A link leads to']],
    ['a link to a host behind a hidden tab', '[a](/&#9;/example.org/)', ['6 A link leads to']],
    ['a link with a name in it', '[a](https://ours@example.org/)', ['6 A link leads to']],
    ['a link to a name beside it', '[a](other-part)', ['6 A link leads to']],
    ['a link to nowhere', '[a]()', ['6 A link leads to']],
    [
      'a link to the end of a line',
      '[a](&#10;)',
      ['6 A link leads to an address with https:// or to a path like /new, not to “U+000A”.'],
    ],
    ['a link with a title', '[a](/new "New")', ['6 A link has words']],
    ['a link without words', 'Words [](/new)', ['6 A link without words']],
    ['a link with its address below', '[a][b]\n\n[b]: /new', ['6 A link has its address', '8 A link has its address']],
    ['an address below that nothing names', 'Words.\n\n[b]: /new', ['8 A link has its address']],
    ['a link with a blank', 'one\ntwo [a] (https://example.org)', ['7 Readers would see the signs ] (https:']],
    ['bold that is not', 'one\ntwo **three **', ['7 Readers would see the signs **']],
    ['a footnote', 'one[^1]', ['6 Readers would see the signs [^']],
    ['struck words', '~~one~~', ['6 Readers would see the signs ~~']],
    ['two braces', 'one\ntwo {{name}}', ['7 Two braces']],
    ['two closing braces', 'one }}', ['6 Two braces']],
    ['escaped braces', 'one\n\\{\\{two', ['7 Two braces']],
    ['braces as references', 'one\n&lbrace;&#123;two', ['7 Two braces']],
    ['braces that bold has parted', 'one {**{two**', ['6 Two braces']],
    ['braces in an address', '[a](/b\\{\\{c)', ['6 Two braces']],
    ['braces in a heading', '## a &#123;{', ['6 Two braces']],
    ['braces in an example', '> a\n> {{b', ['7 Two braces']],
    ['braces in a list', '- a\n- {{b', ['7 Two braces']],
    ['a control character', 'one\ntwo\u0007', ['7 An invisible character (U+0007)']],
    ['a control character as a reference', 'one\ntwo\n&#7;', ['8 A character cannot be read']],
    ['a character that turns text round', 'one \u202etwo', ['6 An invisible character (U+202E)']],
    ['the same as a reference', '&#x202e;two', ['6 An invisible character (U+202E)']],
    ['an isolate', '\u2066one\u2069', ['6 An invisible character (U+2066)', '6 An invisible character (U+2069)']],
    ['a line separator', 'one\u2028two', ['6 An invisible character (U+2028)']],
    ['half a character', 'one \ud83d', ['6 An invisible character (U+D83D)']],
    ['what is not UTF-8', 'caf\ufffd', ['6 A character cannot be read']],
    ['a paragraph of blanks', 'one\n\n&nbsp;', ['8 A paragraph without words']],
    ['too many words', tooLong, ['6 The text has 1004 words']],
    ['bold, italic and links in each other', '**a *b __c _d_ e__ f* g**', ['6 Bold, italic and links stand too deep']],
    ['a second task', '## This week\n\nWords.', ['10 A part has one heading']],
  ])('may not hold %s', (_, body, expected) => {
    const found = wrong(readPart(withBody(body)))
    expect(found.map((line, index) => line.slice(0, `01-silence.md:${expected[index]}`.length))).toEqual(
      expected.map((start) => `01-silence.md:${start}`),
    )
  })

  test.each([
    [
      'without a task',
      `${head}\nWords.\n\nMore.\n\n`,
      '01-silence.md:8 Each part has a heading “## This week”, and under it what the reader is to do.',
    ],
    [
      'without a text',
      head,
      '01-silence.md:5 Each part has a heading “## This week”, and under it what the reader is to do.',
    ],
    [
      'with an empty task',
      `${head}\nWords.\n\n## This week\n`,
      '01-silence.md:8 Under “This week” stands what the reader is to do.',
    ],
    [
      'with a task in another level',
      `${head}\n### This week\n\nWrite.\n`,
      '01-silence.md:6 A heading begins with ##, not with 3 of these signs.',
    ],
  ])('is refused %s', (_, text, expected) => {
    expect(wrong(readPart(text))).toEqual([expected])
  })

  test('of a series needs no task', () => {
    expect(seriesOf(read({ series: `${seriesText}\n## What comes\n\n- one\n` })).intro).toEqual([
      { p: ['Begin here.'] },
      { heading: 'What comes' },
      { list: [['one']] },
    ])
  })

  test('counts the words a reader sees', () => {
    const text = withBody('One **two** [three four](https://example.org/five) — 6\n\n- seven\n\n> eight')
    expect(wordsIn(partOf(text).body)).toBe('One two three four 6 seven eight This week Write'.split(' ').length)
  })

  test('is the same whatever ends its lines', () => {
    const text = withBody('One\ntwo\n\n- three\n- four')
    for (const end of ['\r\n', '\r']) expect(partOf(text.replaceAll('\n', end))).toEqual(partOf(text))
    expect(partOf(`\ufeff${text}`)).toEqual(partOf(text))
    expect(wrong(readPart(withBody('One\n\n{{two').replaceAll('\n', '\r\n')))).toEqual([
      expect.stringContaining('01-silence.md:8 Two braces'),
    ])
  })
})

describe('fields', () => {
  test.each<[string, string, Partial<Part>]>([
    ['a condition', 'only: replied', { only: 'replied' }],
    [
      'a button',
      'action:\n  label: Write to somebody\n  to: /new?goal=culture',
      { action: { label: 'Write to somebody', to: '/new?goal=culture' } },
    ],
    ['a button in one line', 'action: { label: "Write, now", to: "/" }', { action: { label: 'Write, now', to: '/' } }],
    ['a correction with a date', 'correction: 2026-11-30', { correction: '2026-11-30' }],
    ['a correction with words', "correction: it's Tuesday", { correction: "it's Tuesday" }],
    ['that it is withdrawn', 'withdrawn: yes', { withdrawn: true }],
    ['that it is withdrawn, as a programmer says it', 'withdrawn: true', { withdrawn: true }],
    ['that it is not withdrawn', 'withdrawn: no', {}],
    ['a remark on a line of its own', '# to be read again\ncorrection: a', { correction: 'a' }],
  ])('may say %s', (_, field, expected) => {
    const { body, ...rest } = partOf(withField(field))
    expect(rest).toEqual({
      id: 'silence',
      title: 'Silence is normal',
      takeaway: 'Wait a week.',
      delay: { days: 7, months: 0 },
      ...expected,
    })
  })

  test.each<[string, Part['delay']]>([
    ['none', { days: 0, months: 0 }],
    ['1 day', { days: 1, months: 0 }],
    ['3 days', { days: 3, months: 0 }],
    ['1 week', { days: 7, months: 0 }],
    ['2 weeks', { days: 14, months: 0 }],
    ['"1 month"', { days: 0, months: 1 }],
    ['12 months', { days: 0, months: 12 }],
  ])('may say that it comes after %s', (delay, expected) => {
    expect(partOf(withBody('Words.').replace('1 week', delay)).delay).toEqual(expected)
  })

  test('may run over lines', () => {
    const text = withBody('Words.').replace('Wait a week.', '>\n  Wait a week,\n  and then another.')
    expect(partOf(text).takeaway).toBe('Wait a week, and then another.')
  })

  test('may hold what they have room for', () => {
    const title = '👩'.repeat(80)
    expect(partOf(withBody('Words.').replace('Silence is normal', title)).title).toBe(title)
  })

  const inTitle = (title: string): string => withBody('Words.').replace('Silence is normal', title)
  test.each<[string, string, string[]]>([
    ['not there at all', 'Words.', ['1 The file begins with its fields']],
    ['without an end', '---\ntitle: a\n\nWords.', ['1 The file begins with its fields']],
    ['not in the first line', `\n${withBody('Words.')}`, ['1 The file begins with its fields']],
    [
      'none',
      '---\n---\n## This week\n\nWrite.',
      ['1 The field `title`', '1 The field `takeaway`', '1 The field `delay`'],
    ],
    ['a list', '---\n- a\n---\n## This week\n\nWrite.', ['2 This line cannot be read']],
    ['a sentence', '---\nSilence is normal\n---\n## This week\n\nWrite.', ['2 This line cannot be read']],
    ['without a title', without('title'), ['1 The field `title` is missing']],
    ['without a takeaway', without('takeaway'), ['1 The field `takeaway` is missing']],
    ['without a delay', without('delay'), ['1 The field `delay` is missing']],
    ['unknown', withField('titel: a'), ['5 Nothing here is called `titel`']],
    ['written in capitals', withField('Only: met'), ['5 Nothing here is called `Only`']],
    ['the same twice', withField('title: b'), ['5 This field stands here a second time']],
    ['an empty title', inTitle(''), ['2 `title` is empty']],
    ['a title of quotes', inTitle('" "'), ['2 `title` is empty']],
    ['a title too long', inTitle('a'.repeat(81)), ['2 `title` has 81 characters; there is room for 80']],
    ['a title with a colon', inTitle('Asking: a guide'), ['2 This line cannot be read']],
    ['a title that begins with quotes', inTitle('"Asking" for more'), ['2 This line cannot be read']],
    ['a title with a #', inTitle('Your #1 and # 2'), ['2 What follows # in `title`']],
    ['a title in stars', inTitle('*Asking* twice'), ['2 This line cannot be read']],
    ['a title that is marked', inTitle('!asking twice'), ['2 This line cannot be read']],
    ['a title with an anchor', inTitle('&a asking'), ['2 `title` begins with a sign']],
    ['a title in brackets', inTitle('[asking]'), ['2 `title` is one text']],
    ['a title with braces', inTitle('"{{name}}"'), ['2 Two braces']],
    ['a title with escaped braces', inTitle('"\\x7b{name"'), ['2 Two braces']],
    ['a title that turns round', inTitle('"\\u202e"'), ['2 An invisible character (U+202E)']],
    ['a tab', withField('action:\n\tlabel: a'), ['6 A tab stands here']],
    [
      'a takeaway too long',
      withBody('Words.').replace('Wait a week.', 'a'.repeat(141)),
      ['3 `takeaway` has 141 characters'],
    ],
    ['a delay without a unit', withBody('Words.').replace('1 week', '3'), ['4 `delay` is none, 3 days']],
    ['a delay in words', withBody('Words.').replace('1 week', 'a week'), ['4 `delay` is none, 3 days']],
    ['a delay of nothing', withBody('Words.').replace('1 week', '0 days'), ['4 `delay` is none, 3 days']],
    ['a delay of years', withBody('Words.').replace('1 week', '13 months'), ['4 `delay` is none, 3 days']],
    ['a delay that is a list', withBody('Words.').replace('1 week', '[1 week]'), ['4 `delay` is one text']],
    ['a condition that is no state', withField('only: happy'), ['5 `only` is one of sent, replied, scheduled, met']],
    ['a condition that no part may have', withField('only: declined'), ['5 `only` is one of']],
    ['a button without lines', withField('action: Write'), ['5 `action` has lines of its own']],
    ['a button without words', withField('action:\n  to: /'), ['5 The field `action: label` is missing']],
    ['a button that leads nowhere', withField('action:\n  label: Write'), ['5 The field `action: to` is missing']],
    [
      'a button with more',
      withField('action:\n  label: Write\n  to: /\n  colour: red'),
      ['8 Nothing here is called `action: colour`'],
    ],
    [
      'a button with long words',
      withField(`action:\n  label: ${'a'.repeat(41)}\n  to: /`),
      ['6 `action: label` has 41 characters'],
    ],
    [
      'a button that leads elsewhere',
      withField('action:\n  label: Write\n  to: https://example.org'),
      ['7 `action: to` is a path'],
    ],
    [
      'a button that leads to another host',
      withField('action:\n  label: Write\n  to: //example.org'),
      ['7 `action: to` is a path'],
    ],
    [
      'the same with a backslash',
      withField('action:\n  label: Write\n  to: /\\example.org'),
      ['7 `action: to` is a path'],
    ],
    ['an empty correction', withField('correction:'), ['5 `correction` is empty']],
    ['withdrawn perhaps', withField('withdrawn: perhaps'), ['5 `withdrawn` is yes']],
    ['brackets without end', withField(`only: ${'['.repeat(9000)}`), ['5 This line cannot be read']],
    ['of a series', withField('order: 3'), ['5 Nothing here is called `order`']],
  ])('may not be %s', (_, text, expected) => {
    const found = wrong(readPart(text))
    expect(found.map((line, index) => line.slice(0, `01-silence.md:${expected[index]}`.length))).toEqual(
      expected.map((start) => `01-silence.md:${start}`),
    )
  })

  test.each<[string, string, string[]]>([
    ['no order', seriesText.replace('order: 1\n', ''), ['1 The field `order` is missing']],
    ['an order that is no whole number', seriesText.replace('order: 1', 'order: 1.5'), ['3 `order` is a whole number']],
    ['an order in words', seriesText.replace('order: 1', 'order: first'), ['3 `order` is a whole number']],
    ['a lead too long', seriesText.replace('A mail a week.', 'a'.repeat(301)), ['4 `lead` has 301 characters']],
    [
      'a beginning that is no state',
      seriesText.replace('order: 1', 'order: 1\nstarts: soon'),
      ['4 `starts` is one of'],
    ],
    [
      'a beginning before anybody said yes',
      seriesText.replace('order: 1', 'order: 1\nstarts: unconfirmed'),
      ['4 `starts` is one of'],
    ],
    [
      'a delay',
      seriesText.replace('order: 1', 'order: 1\ndelay: none'),
      ['4 Nothing here is called `delay`. There are: title, order, lead, starts.'],
    ],
  ])('of a series may not say %s', (_, series, expected) => {
    const found = wrong(read({ series }))
    expect(found.map((line, index) => line.slice(0, `series.md:${expected[index]}`.length))).toEqual(
      expected.map((start) => `series.md:${start}`),
    )
  })
})

describe('files', () => {
  const good = withBody('Words.')
  test.each<[string, string[], string[]]>([
    ['a number of one digit', ['1-a.md'], ['1-a.md:1 A part is named by two digits']],
    ['capitals', ['01-A.md'], ['01-A.md:1 A part is named by two digits']],
    ['a blank', ['01-a b.md'], ['01-a b.md:1 A part is named by two digits']],
    ['no name', ['01-.md'], ['01-.md:1 A part is named by two digits']],
    ['another ending', ['01-a.md', '02-b.txt'], ['02-b.txt:1 A part is named by two digits']],
    ['the number of another', ['01-a.md', '01-b.md'], ['01-b.md:1 Another part has the same number: 01-a.md.']],
    ['the name of another', ['01-a.md', '02-a.md'], ['02-a.md:1 Another part has the same name: 01-a.md.']],
    ['nothing at all', [], ['series.md:1 A series has at least one part']],
  ])('may not have %s', (_, names, expected) => {
    const found = wrong(read({ parts: names.map((name) => file(name, good)) }))
    expect(found.map((line, index) => line.slice(0, expected[index]?.length))).toEqual(expected)
  })

  test.each(['Tips', 'our tips', '', '-tips', 'tips_2', 'a'.repeat(61)])(
    'may not lie in a folder called “%s”',
    (id) => {
      expect(wrong(read({ id }))).toEqual([expect.stringContaining('series.md:1 The folder is named in small letters')])
    },
  )

  test('may not be longer than anybody reads', () => {
    expect(wrong(readPart(withBody('a'.repeat(20_000))))).toEqual([
      expect.stringMatching(/^01-silence\.md:1 The file has 20\d\d\d characters/),
    ])
  })

  test('may not fill more than an item of the table holds', () => {
    const parts = Array.from({ length: 60 }, (_, index) =>
      file(`${String(index + 10)}-part-${index}.md`, withBody('Unpronounceable '.repeat(320))),
    )
    expect(wrong(read({ parts }))).toEqual([expect.stringMatching(/^series\.md:1 The series has 3\d\d KB in all/)])
  })

  test('are all read: errors come together, in the order of files and lines', () => {
    const result = read({
      series: seriesText.replace('order: 1', 'order: one').replace('Begin here.', '# Begin here'),
      parts: [file('02-b.md', withBody('`b`')), file('01-a.md', withBody('one\n\n{{two}}').replace('1 week', 'soon'))],
    })
    expect(wrong(result).map((line) => line.split(' ')[0])).toEqual([
      'series.md:3',
      'series.md:6',
      '01-a.md:4',
      '01-a.md:8',
      '02-b.md:6',
    ])
  })
})

describe('an edition', () => {
  const edition = (text: string, series = seriesText): string =>
    seriesOf(read({ series, parts: [file('01-silence.md', text)] })).edition
  const now = edition(withBody('Words.'))

  test('stays while nothing that a reader could see has changed', () => {
    expect(edition(withBody('Words.'))).toBe(now)
    expect(edition(withBody('\n\nWords.\n\n'))).toBe(now)
    expect(edition(without('delay').replace('title', 'delay: 7 days\ntitle'))).toBe(now)
    expect(edition(withBody('Words.'), seriesText.replace('order: 1', 'order: 2'))).toBe(now)
  })

  test.each([
    ['a word', withBody('Word.')],
    ['a mark', withBody('*Words.*')],
    ['a title', withBody('Words.').replace('Silence', 'Quiet')],
    ['a delay', withBody('Words.').replace('1 week', '8 days')],
    ['a correction', withBody('Words.').replace('delay', 'correction: a\ndelay')],
  ])('changes with %s', (_, text) => {
    expect(edition(text)).not.toBe(now)
  })
})

test('whatever is typed, a series comes of it or errors on lines that exist', () => {
  const signs = fc.constantFrom(
    ...[
      '---',
      '\n',
      '\n\n',
      '\r\n',
      '\r',
      '# ',
      '## ',
      '## This week',
      '- ',
      '1. ',
      '7) ',
      '> ',
      '>',
      '**',
      '*',
      '_',
      '`',
      '```',
    ],
    ...[
      '[a](',
      '](',
      ')',
      '![',
      '[b]: /x',
      '[^1]',
      '|',
      '|---|',
      '===',
      '<b>',
      '<!--',
      '&#10;',
      '&#123;',
      '&nbsp;',
      '{',
      '{{',
      '}}',
    ],
    ...[
      'title: ',
      'delay: 1 week',
      'takeaway: b',
      'order: 1',
      'lead: c',
      'action:',
      '  to: /',
      ' label: d',
      'only: met',
      'withdrawn: yes',
    ],
    ...[
      '"',
      "'",
      ': ',
      '[',
      ']',
      '!x ',
      '&y ',
      '*y ',
      '? ',
      '%YAML 1.1',
      '...',
      '\t',
      '    ',
      '  \n',
      '\\',
      '\u0000',
      '\u202e',
      '\ufffd',
      '\ud800',
    ],
  )
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(signs, fc.string()), { maxLength: 40 }).map((all) => all.join('')),
  )
  const body = anything.map(withBody)
  const field = anything.map(withField)
  const linesOf = (text: string): number => text.split(/\r\n|\r|\n/).length
  fc.assert(
    fc.property(fc.oneof(anything, body, field), fc.oneof(anything, fc.constant(seriesText)), (part, series) => {
      const parts = [file('01-silence.md', part)]
      const result = read({ series, parts })
      if (result.ok) {
        expect(JSON.parse(JSON.stringify(result.series))).toEqual(result.series)
        expect(JSON.stringify(result.series.parts)).not.toMatch(/\{\{(?!")/)
        return
      }
      expect(result.errors.length).toBeGreaterThan(0)
      for (const { path, line, message } of result.errors) {
        const text = path.endsWith('series.md') ? series : part
        expect(Number.isInteger(line) && line >= 1 && line <= linesOf(text), `${path}:${line} ${message}`).toBe(true)
        expect(message).toMatch(/^[A-Z`][^\n]+$/)
      }
    }),
    { numRuns: 2000 },
  )
})
