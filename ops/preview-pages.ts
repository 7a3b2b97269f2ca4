import { html, raw } from 'hono/html'
import { addCalendarTime, toDay } from '../shared/calendar.ts'
import { wordsIn } from '../shared/tips/body.ts'
import type { ContentError } from '../shared/tips/content-error.ts'
import type { Delay, Part, Series } from '../shared/tips/series.ts'

type Markup = ReturnType<typeof html>

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566173; --page: #f6f4ef; --card: #fff; --line: #d9d5cb; --accent: #1f5f8b; --alarm: #a3341f }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a9b0bb; --page: #15181d; --card: #1e232a; --line: #363d47; --accent: #7fc0ee; --alarm: #ff9c88 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 100rem; font: 1.0625rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page) }
a { color: var(--accent); text-underline-offset: .2em }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.25rem 0 .5rem }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
.soft { color: var(--soft) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin: 1.25rem 0 }
.wrong { border: 2px solid var(--alarm) }
.wrong h2 { color: var(--alarm); margin: 0 0 .5rem }
.wrong li { margin: .5rem 0 }
code, pre { font: .9375rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere }
pre { white-space: pre; overflow-x: auto; overflow-wrap: normal; margin: 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .45rem 1rem .45rem 0; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: nowrap }
.views { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.25rem; align-items: start }
.views > * { min-width: 0 }
iframe { width: 100%; height: 75vh; border: 1px solid var(--line); border-radius: .5rem; background: #fff; resize: both }
`

/** Loads the page anew when a file has changed, and when the preview is there again after it was away. */
const reloading = `const changes = new EventSource('/changes')
let away = false
changes.onmessage = () => location.reload()
changes.onerror = () => { away = true }
changes.onopen = () => { if (away) location.reload() }`

const document = (title: string, main: Markup | Markup[]): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · preview</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main>
${main}
</main>
<script>${raw(reloading)}</script>
</body>
</html>
`.toString()

type Content = { series: readonly Series[]; errors: readonly ContentError[] }

/** All series with their parts, and what has to be put right first. */
export const listPage = ({ series, errors }: Content, today: string): string =>
  document('Tip series', [
    html`<h1>Tip series</h1>`,
    wrong(errors),
    ...(series.length + errors.length === 0 ? [html`<p>There is no series yet.</p>`] : []),
    ...series.map((one) => listed(one, today)),
  ])

const wrong = (errors: readonly ContentError[]): Markup =>
  errors.length === 0
    ? html``
    : html`<section class="card wrong">
<h2>To put right</h2>
<p>A series with a mistake in it is not shown, and nothing is deployed.</p>
<ul>${errors.map(
        ({ path, line, message }) => html`
<li><code>${path}:${line}</code> ${message}</li>`,
      )}
</ul>
</section>`

const listed = (series: Series, today: string): Markup => html`<section>
<h2><a href="/series/${series.id}">${series.title}</a></h2>
<p>${series.lead}</p>
<p class="soft">Edition ${series.edition}.${series.starts ? html` Begins by itself when a request comes to “${series.starts}”.` : ''}</p>
<div class="scroll"><table>
<thead><tr><th>Part</th><th>Words</th><th>Delay</th><th>Comes on</th><th></th></tr></thead>
<tbody>${days(series.parts, today).map(
  ({ part, day }, index) => html`
<tr><td>${index + 1}. <a href="/parts/${series.id}/${part.id}">${part.title}</a></td><td>${wordsIn(part.body)}</td><td>${inWords(part.delay)}</td><td>${
    day === undefined ? '' : `day ${day + 1}, week ${Math.floor(day / 7) + 1}`
  }</td><td class="soft">${remarks(part)}</td></tr>`,
)}
</tbody></table></div>
</section>`

/** Days since the subscription, for somebody who subscribes today and for whom all parts are. */
const days = (parts: readonly Part[], today: string): { part: Part; day: number | undefined }[] => {
  const begin = toDay(today)
  let reached = begin
  return parts.map((part) => {
    if (part.withdrawn) return { part, day: undefined }
    reached = addCalendarTime(reached, part.delay, { pauses: [] })
    return { part, day: reached - begin }
  })
}

const inWords = ({ days, months }: Delay): string => {
  const [count, unit] = months > 0 ? [months, 'month'] : days % 7 === 0 ? [days / 7, 'week'] : [days, 'day']
  return count === 0 ? 'none' : `${count} ${unit}${count === 1 ? '' : 's'}`
}

const remarks = ({ only, correction, withdrawn }: Part): string =>
  [
    ...(only ? [`only for a request that came to “${only}”`] : []),
    ...(correction ? [`corrected: ${correction}`] : []),
    ...(withdrawn ? ['withdrawn'] : []),
  ].join('; ')

type Shown = {
  series: Series
  part: Part
  /** The mail as one reader gets it. */
  mail: { subject: string; text: string }
  errors: readonly ContentError[]
}

/** A part in its three shapes, side by side. */
export const partPreview = ({ series, part, mail, errors }: Shown): string => {
  const at = series.parts.indexOf(part)
  const [before, after] = [series.parts[at - 1], series.parts[at + 1]]
  const path = `${series.id}/${part.id}`
  return document(
    part.title,
    html`<p><a href="/">All parts</a>${before ? html` · Before: <a href="/parts/${series.id}/${before.id}">${before.title}</a>` : ''}${
      after ? html` · Next: <a href="/parts/${series.id}/${after.id}">${after.title}</a>` : ''
    }</p>
<h1>${part.title}</h1>
<p class="soft">${[`Part ${at + 1} of ${series.title}`, `${wordsIn(part.body)} words`, `delay: ${inWords(part.delay)}`, remarks(part)].filter(Boolean).join(' · ')}</p>
${wrong(errors)}
<div class="views">
<section><h2>The mail</h2><p>Subject: <strong>${mail.subject}</strong></p><iframe title="The mail" src="/mail/${path}"></iframe></section>
<section><h2>The public page</h2><p><a href="/series/${path}">By itself</a></p><iframe title="The public page" src="/series/${path}"></iframe></section>
<section><h2>The mail in plain text</h2><div class="card"><pre>${mail.text}</pre></div></section>
</div>`,
  )
}

/** What is asked for cannot be shown: because it is not there, or because of what is wrong with it. */
export const nothingPage = (what: string, errors: readonly ContentError[]): string =>
  document(
    'Nothing to show',
    html`<p><a href="/">All parts</a></p>
<h1>Nothing to show</h1>
<p>${what}</p>
${wrong(errors)}`,
  )
