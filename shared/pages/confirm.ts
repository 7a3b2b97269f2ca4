import { html } from 'hono/html'
import type { Links } from '../links.ts'
import { firstName } from '../request.ts'
import type { Stage } from '../stage.ts'
import { type Page, page, typed } from './page.ts'
import { nothingIsSent, type Standstill } from './stop.ts'

type Confirm = {
  stage: Stage
  action: string
  /** The form asked for the tips as well. */
  tips?: boolean
}

/** What the link in the mail opens: one button and nothing else, and nothing that anybody typed. */
export const confirmPage = ({ stage, action, tips }: Confirm): Page =>
  page({
    stage,
    title: 'Confirm your address',
    main: html`
<h1>Is this your address?</h1>
<p class="lead">If you sent in the form, press the button and we send you the draft. If it was somebody else, close this page: nothing more will come, and all of it is deleted after ${stage.retention.unconfirmedDays} days.</p>
${tips ? html`<p>The same button subscribes you to the weekly tips. ${endsThem}</p>` : ''}
<form method="post" action="${action}">
<button type="submit" class="big">Yes, send me the draft</button>
</form>`,
  })

const endsThem = 'Each has a link that ends the tips, and only them.'

type Confirmed = Pick<Confirm, 'stage' | 'tips'> & {
  links: Links
  /** It had been confirmed before: said, and nothing else changed. */
  already: boolean
  /** Requests sent in from the same address that still wait, each with its own confirm link. */
  others: readonly { contactName: string; action: string }[]
  standstill?: Standstill | undefined
}

export const confirmedPage = ({ stage, tips, links, already, others, standstill }: Confirmed): Page =>
  page({
    stage,
    title: 'Your address is confirmed',
    main: html`
<h1>${
      already
        ? 'All is well: your address was confirmed before'
        : standstill
          ? 'Thank you. Your draft is ready'
          : 'Thank you. Your draft is on its way'
    }</h1>
<p class="lead">${
      already
        ? 'There is nothing more to do here. Your drafts, your dates and everything we will send are on your page.'
        : standstill
          ? 'It is on your page, together with everything else for this talk.'
          : 'It will be in your inbox in a minute or two. It is on your page already, together with everything we will send you, and when.'
    }</p>
${standstill ? nothingIsSent(standstill, links.stop) : ''}
${tips && !already && !standstill ? html`<p>The weekly tips begin as well. ${endsThem}</p>` : ''}
<p><a class="button big" href="${links.page}">Open your page</a></p>
${
  others.length > 0
    ? html`<section aria-labelledby="others">
<h2 id="others">You also asked about</h2>
<ul class="plain">${others.map(
        ({ contactName, action }) => html`
<li class="card"><form method="post" action="${action}">
<p>A talk with ${typed(contactName)}. It waits for your word.</p>
<button type="submit" class="quiet">Start with ${typed(firstName(contactName))} too</button>
</form></li>`,
      )}
</ul>
</section>`
    : ''
}`,
  })
