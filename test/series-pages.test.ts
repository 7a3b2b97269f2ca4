import { describe, expect, it } from 'vitest'
import { bundle } from '../infra/bundling.ts'
import { formPage } from '../shared/pages/form.ts'
import { partPage, seriesPage } from '../shared/pages/series.ts'
import { subscribeForm } from '../shared/pages/subscribe-form.ts'
import { consentSentence } from '../shared/tips/consent.ts'
import type { Part } from '../shared/tips/series.ts'
import { stage } from './people.ts'
import { fixtureSeries, partNamed, seriesOf } from './tips.ts'

const pageOf = (part: Part, series = fixtureSeries): string => partPage({ stage, series, part }).html
const series = seriesPage({ stage, series: fixtureSeries }).html

const linksIn = (html: string): string[] => [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href)
const metaOf = (html: string, name: string): string | undefined =>
  new RegExp(`<meta name="${name}" content="([^"]*)">`).exec(html)?.[1]

describe('the page of a series', () => {
  it('lists the parts in order, and none that was withdrawn', () => {
    expect(linksIn(series).filter((href) => href.startsWith('/series/'))).toEqual(
      ['you-ask', 'the-letter', 'questions', 'later'].map((id) => `/series/the-other-way-round/${id}`),
    )
    for (const { title, takeaway, withdrawn } of fixtureSeries.parts) {
      const shown = [title, takeaway].map((words) => series.includes(words.replace('&', '&amp;')))
      expect(shown).toEqual(withdrawn ? [false, false] : [true, true])
    }
  })

  it.each([
    [{ days: 0, months: 0 }, 'At once'],
    [{ days: 1, months: 0 }, 'A day later'],
    [{ days: 3, months: 0 }, '3 days later'],
    [{ days: 7, months: 0 }, 'A week later'],
    [{ days: 14, months: 0 }, '2 weeks later'],
    [{ days: 16, months: 0 }, '16 days later'],
    [{ days: 0, months: 1 }, 'A month later'],
    [{ days: 0, months: 3 }, '3 months later'],
  ])('says when a part comes: %o', (delay, words) => {
    const parts = [partNamed('you-ask'), { ...partNamed('later'), delay }]
    const { html } = seriesPage({ stage, series: { ...fixtureSeries, parts } })
    expect(html.match(/<span class="when">[^<]*/g)).toEqual(
      ['First', words].map((when) => `<span class="when">${when}`),
    )
  })

  it('says for whom a part is that not everybody gets', () => {
    expect(series).toContain('3 days later, once you have a date')
  })

  it('shows the way to the others', () => {
    const { html } = seriesPage({
      stage,
      series: fixtureSeries,
      others: [seriesOf('after-the-talk', 'After the talk')],
    })
    expect(linksIn(html)).toContain('/series/after-the-talk')
    expect(series).not.toContain('Other series')
  })
})

describe('the page of a part', () => {
  it.each([
    ['you-ask', undefined, 'the-letter', 'Part&nbsp;1&nbsp;of&nbsp;4'],
    ['the-letter', 'you-ask', 'questions', 'Part&nbsp;2&nbsp;of&nbsp;4'],
    ['questions', 'the-letter', 'later', 'Part&nbsp;3&nbsp;of&nbsp;4'],
    ['later', 'questions', undefined, 'Part&nbsp;4&nbsp;of&nbsp;4'],
  ])('stands between its neighbours, past what was withdrawn: %s', (id, before, after, place) => {
    const html = pageOf(partNamed(id))
    const to = (rel: string) => new RegExp(`rel="${rel}" href="/series/the-other-way-round/([^"]*)"`).exec(html)?.[1]
    expect([to('prev'), to('next')]).toEqual([before, after])
    expect(html).toContain(place)
  })

  it('of one that was withdrawn, or is alone, points to no neighbour', () => {
    for (const html of [pageOf(partNamed('gone')), pageOf(partNamed('you-ask'), seriesOf('alone', 'Alone'))])
      expect(html).not.toMatch(/rel="(prev|next)"|<nav/)
    expect(pageOf(partNamed('gone'))).not.toMatch(/Part&nbsp;/)
  })

  it('tells search engines what it teaches, and by which address to know it', () => {
    const html = pageOf(partNamed('you-ask'))
    expect(metaOf(html, 'description')).toBe('It is research, and you lead.')
    expect(html).toContain('<link rel="canonical" href="/series/the-other-way-round/you-ask">')
    expect(metaOf(html, 'robots')).toBeUndefined()
    expect(metaOf(series, 'description')).toBe(fixtureSeries.lead)
    expect(series).toContain('<link rel="canonical" href="/series/the-other-way-round">')
  })

  it('has one heading of each part of the text, in order, and the button at its end', () => {
    const html = pageOf(partNamed('the-letter'))
    const article = /<article>.*<\/article>/s.exec(html)?.[0] ?? ''
    expect([...article.matchAll(/<h2>([^<]*)/g)].map(([, heading]) => heading)).toEqual([
      'What goes in',
      'What stays out',
      'This week',
    ])
    expect(article).toMatch(
      /href="\/\?from=tips&amp;part=3">Get a draft for one person<\/a><\/p><\/section>\s*<\/article>$/,
    )
    // Without a heading, or without a word, the button stands there all the same.
    for (const body of [[], [{ p: ['One.'] }]])
      expect(pageOf({ ...partNamed('the-letter'), body }).match(/class="button big"/g)).toHaveLength(1)
  })
})

describe('the form for the tips', () => {
  it.each([
    ['on the first page', formPage({ stage, submissionId: 'b2f5' }).html],
    ['on the page of a series', series],
    ['on the page of a part', pageOf(partNamed('you-ask'))],
  ])('says beside its button what comes, how often and how to end it: %s', (_where, html) => {
    const form = /<form method="post" action="\/subscriptions".*?<\/form>/s.exec(html)?.[0] ?? ''
    expect(form).toMatch(new RegExp(`${consentSentence.replaceAll('.', '\\.')}</p>\\s*<button type="submit"`))
  })

  it('says the same beside the tick of the long form', () => {
    const { html } = formPage({ stage, submissionId: 'b2f5' })
    expect(html).toContain(`<div class="hint" id="tips-hint">${consentSentence}</div>`)
  })

  it('shown again keeps what was typed, and the zone that was sent, and says what is wrong', () => {
    const html = String(
      subscribeForm({
        stage,
        series: 'the-other-way-round',
        heading: 'Again',
        lead: 'Please look again.',
        values: { email: 'ada at "example"', firstName: 'Ada', timeZone: 'Asia/Calcutta' },
        errors: [{ field: 'email', message: 'This does not look like a mail address.' }],
      }),
    )
    expect(html).toContain('value="ada at &quot;example&quot;"')
    expect(html).toContain('value="Ada"')
    expect(html).toMatch(/name="timeZone" value="Asia\/Calcutta">/)
    expect(html).toMatch(/id="subscribe-email-error">.*This does not look like a mail address\./)
    expect(html).toMatch(/aria-describedby="subscribe-email-hint subscribe-email-error" aria-invalid="true"/)
  })
})

it('what answers for requests carries no page of a series', () => {
  const inputs = Object.values(bundle('requests').metafile.outputs).flatMap((output) => Object.keys(output.inputs))
  expect(inputs).toContain('shared/pages/subscribe-form.ts')
  expect(inputs.filter((path) => path === 'shared/pages/series.ts' || path === 'shared/tips/library.ts')).toEqual([])
})
