import { html } from 'hono/html'
import type { Challenge } from '../proof-of-work.ts'
import type { State } from '../request.ts'
import type { Stage } from '../stage.ts'
import type { Block, Delay, Inline, Part, Series } from '../tips/series.ts'
import { type Markup, type Page, page } from './page.ts'
import { formScript } from './script.ts'
import { subscribeForm } from './subscribe-form.ts'

const pathOf = (series: Pick<Series, 'id'>, part?: Pick<Part, 'id'>): string =>
  `/series/${series.id}${part ? `/${part.id}` : ''}`

/** What is read in a series today: a part that was withdrawn keeps its place in an enrolment, and has none here. */
const partsOf = (series: Series): Part[] => series.parts.filter(({ withdrawn }) => !withdrawn)

type Public = {
  stage: Stage
  series: Series
  /** What the browser is to work out, where the stage wants that. */
  challenge?: Challenge | undefined
}

type SeriesPage = Public & {
  /** The other series there are. */
  others?: readonly Pick<Series, 'id' | 'title' | 'lead'>[]
}

/** What a series is about, its parts in order, and the way to get them by mail. */
export const seriesPage = ({ stage, series, challenge, others = [] }: SeriesPage): Page =>
  page({
    stage,
    title: series.title,
    unlisted: false,
    description: series.lead,
    canonical: pathOf(series),
    script: formScript(challenge),
    main: html`
<h1>${series.title}</h1>
<p class="lead">${series.lead}</p>
${series.intro.map(block)}
<section aria-labelledby="parts">
<h2 id="parts">The parts</h2>
<ol class="journey ahead">${partsOf(series).map(
      (part, index) => html`
<li><span class="when">${index === 0 ? 'First' : whenIn(part.delay)}${part.only ? (onceThere[part.only] ?? '') : ''}</span> <a class="what" href="${pathOf(series, part)}">${part.title}</a><p>${part.takeaway}</p></li>`,
    )}
</ol>
</section>
${subscribe({ stage, series, challenge })}
${
  others.length > 0
    ? html`<section aria-labelledby="others">
<h2 id="others">Other series</h2>
<ul class="plain">${others.map(
        (other) => html`
<li><a href="${pathOf(other)}">${other.title}</a><br>${other.lead}</li>`,
      )}
</ul>
</section>`
    : ''
}`,
  })

const plural = (count: number, word: string): string => (count === 1 ? `A ${word}` : `${count} ${word}s`)

/** After the part before it. */
const whenIn = ({ days, months }: Delay): string => {
  if (months > 0) return `${plural(months, 'month')} later`
  if (days === 0) return 'At once'
  return days % 7 === 0 ? `${plural(days / 7, 'week')} later` : `${plural(days, 'day')} later`
}

/** For whom a part is that not everybody gets. */
const onceThere: Partial<Record<State, string>> = {
  sent: ', once you have written to somebody',
  replied: ', once you have an answer',
  scheduled: ', once you have a date',
  met: ', once you have talked',
}

const subscribe = ({ stage, series, challenge }: Public): Markup =>
  subscribeForm({
    stage,
    challenge,
    series: series.id,
    heading: 'Get them by mail',
    lead: `The parts of “${series.title}”, each in its time.`,
  })

/** One part as an article, for readers and search engines: the same words as in the mail. */
export const partPage = ({ stage, series, challenge, part }: Public & { part: Part }): Page => {
  const parts = partsOf(series)
  const at = parts.findIndex(({ id }) => id === part.id)
  return page({
    stage,
    title: part.title,
    unlisted: false,
    description: part.takeaway,
    canonical: pathOf(series, part),
    script: formScript(challenge),
    main: html`
<article>
<p class="when"><a href="${pathOf(series)}">${series.title}</a>${at < 0 ? '' : html` · Part&nbsp;${at + 1}&nbsp;of&nbsp;${parts.length}`}</p>
<h1>${part.title}</h1>
<p class="lead">${part.takeaway}</p>
${sections(part)}
</article>
${neighbours(series, parts[at - 1], at < 0 ? undefined : parts[at + 1])}
${subscribe({ stage, series, challenge })}`,
  })
}

/** Each heading with what stands under it; the button ends the last of them. */
const sections = ({ body, action }: Part): Markup[] => {
  const starts = [0, ...body.flatMap((of, at) => (at > 0 && 'heading' in of ? [at] : []))]
  return starts.map((from, index) => {
    const within = body.slice(from, starts[index + 1]).map(block)
    const last = action && index === starts.length - 1
    const button = last ? html`<p><a class="button big" href="${action.to}">${action.label}</a></p>` : ''
    const [first] = body.slice(from)
    return first && 'heading' in first ? html`<section>${within}${button}</section>` : html`${within}${button}`
  })
}

const neighbours = (series: Series, before: Part | undefined, after: Part | undefined): Markup | '' =>
  before || after
    ? html`<nav aria-label="Parts">
<ul class="plain">
${before ? html`<li>Part before: <a rel="prev" href="${pathOf(series, before)}">${before.title}</a></li>` : ''}
${after ? html`<li>Next part: <a rel="next" href="${pathOf(series, after)}">${after.title}</a></li>` : ''}
</ul>
</nav>`
    : ''

const block = (of: Block): Markup => {
  if ('p' in of) return html`<p>${words(of.p)}</p>`
  if ('heading' in of) return html`<h2>${of.heading}</h2>`
  if ('quote' in of)
    return html`<blockquote class="letter card body">${of.quote.map((said) => html`<p>${words(said)}</p>`)}</blockquote>`
  const items = of.list.map((item) => html`<li>${words(item)}</li>`)
  return of.ordered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
}

const words = (of: Inline[]): Markup[] =>
  of.map((part) => {
    if (typeof part === 'string') return html`${part}`
    if ('strong' in part) return html`<strong>${words(part.strong)}</strong>`
    if ('em' in part) return html`<em>${words(part.em)}</em>`
    return html`<a href="${part.link}">${words(part.of)}</a>`
  })
