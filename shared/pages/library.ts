import { html } from 'hono/html'
import type { Stage } from '../stage.ts'
import type { Library } from '../tips/series.ts'
import { type Page, page } from './page.ts'

/** All series there are, each with the way to it. */
export const libraryPage = ({ stage, library }: { stage: Stage; library: Library }): Page =>
  page({
    stage,
    title: 'Tips on asking people about their work',
    unlisted: false,
    description: 'Short texts on asking people about their work: to read here, or to get by mail, one a week.',
    canonical: '/series',
    main: html`
<h1>Tips on asking people about their work</h1>
<p class="lead">Short texts, to read here or to get by mail, each in its time.</p>
<ul class="plain">${library.map(
      ({ id, title, lead, parts }) => html`
<li class="card"><h2><a href="/series/${id}">${title}</a></h2>
<p>${lead}</p>
<p class="kept">${parts.filter(({ withdrawn }) => !withdrawn).length} parts</p></li>`,
    )}
</ul>`,
  })
