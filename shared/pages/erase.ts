import { html } from 'hono/html'
import type { Links } from '../links.ts'
import type { Stage } from '../stage.ts'
import { type Page, page } from './page.ts'

/** One button that deletes, and the two ways not to press it. */
export const erasePage = ({ stage, links }: { stage: Stage; links: Links }): Page =>
  page({
    stage,
    title: 'Erase this request',
    main: html`
<h1>Erase everything about this request?</h1>
<p class="lead">What you typed, the drafts, the dates, your notes and the list of what we sent are deleted at once, and nothing more is sent. Nobody can bring it back.</p>
<p>If you would like a copy first: <a href="${links.export}">download all of it</a>.</p>
<form method="post" action="${links.erase}" class="row">
<button type="submit">Erase it for good</button>
<a href="${links.page}">Keep it</a>
</form>`,
  })

export const erasedPage = ({ stage }: { stage: Stage }): Page =>
  page({
    stage,
    title: 'Erased',
    main: html`
<h1>It is erased</h1>
<p class="lead">We keep nothing of this request any more, and its links lead nowhere from now on. Good luck with what comes next.</p>
<p><a href="/">Ask somebody else</a></p>`,
  })
