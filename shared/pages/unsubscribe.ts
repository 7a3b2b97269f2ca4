import { html } from 'hono/html'
import type { Stage } from '../stage.ts'
import type { Reading } from '../tips/resource.ts'
import { type Markup, type Page, page } from './page.ts'
import { comesNext } from './subscription.ts'

/*
 * Mail providers read the link behind these pages: they show nothing about the reader, and lead nowhere that this link does
 * not open itself.
 */

type Ask = {
  stage: Stage
  title: string
  action: string
  /** The address was never confirmed: there is only a question to end. */
  pending: boolean
}

/** One button that ends a series. */
export const unsubscribePage = ({ stage, title, action, pending }: Ask): Page =>
  page({
    stage,
    title: pending ? 'Send nothing more' : 'Unsubscribe',
    main: html`
<h1>${pending ? 'Shall we send nothing more?' : html`Leave “${title}”?`}</h1>
<p class="lead">${
      pending
        ? 'The tips have not begun: nobody confirmed this address. One press, and we do not ask again.'
        : 'One press, and no more parts come. Reminders about your own interviews, if you asked for any, go on.'
    }</p>
<form method="post" action="${action}">
<button type="submit" class="big">${pending ? 'Send nothing more' : 'Unsubscribe'}</button>
</form>`,
  })

type Left = {
  stage: Stage
  title: string
  /** The link itself: an undo, and the stop of everything, are posted to it. */
  action: string
  /** It had not even begun. */
  pending: boolean
}

/** What has ended, what still comes, and the way back. */
export const leftPage = ({ stage, title, action, pending }: Left): Page =>
  page({
    stage,
    title: 'You are unsubscribed',
    main: html`
<h1>${pending ? 'Done. Nothing more comes of this' : 'You are unsubscribed'}</h1>
<p class="lead">${
      pending
        ? 'The tips never began, and the address is deleted in its time. Should somebody type it into our form again, another question may come: the last button on this page rules that out.'
        : html`No more parts of “${title}” come.`
    }</p>
${undoForm(action, pending ? 'That was a mistake: I want the tips' : 'That was a mistake: go on')}
<section aria-labelledby="still">
<h2 id="still">What still comes</h2>
<ul>
<li>Drafts and reminders for your own interviews, if you asked for any. Each has a link of its own that ends them.</li>
<li>Another series of tips, if you read one.</li>
</ul>
${
  pending
    ? ''
    : html`<p>Is it only too much at the moment? Go on with the button above, and pause instead: “Change the hour, pause, or take the next part now”, at the foot of every tip, is the way.</p>`
}
</section>
<section class="card" aria-labelledby="all">
<h2 id="all">Nothing at all</h2>
<p>This ends every mail from us to this address: all tips, and also drafts and reminders for your own interviews, even the one before a talk. We would not send a link to confirm the address either.</p>
<form method="post" action="${action}">
<input type="hidden" name="everything" value="on">
<button type="submit" class="quiet">Stop everything</button>
</form>
</section>`,
  })

const undoForm = (action: string, words: string): Markup => html`<form method="post" action="${action}">
<input type="hidden" name="undo" value="on">
<button type="submit" class="quiet">${words}</button>
</form>`

/** Nothing is sent to this address any more; and the way back. */
export const everythingStoppedPage = ({ stage, action }: { stage: Stage; action: string }): Page =>
  page({
    stage,
    title: 'Everything is stopped',
    main: html`
<h1>Everything is stopped</h1>
<p class="lead">We send nothing more to this address: no tips, no drafts, no reminders, and no link to confirm anything.</p>
<p>What you told us about your interviews stays on its pages until you erase it there or its time is over. This page, reached again by the link that brought you here, is the way back.</p>
${undoForm(action, 'Take it back')}`,
  })

/** Mail to this address was stopped by a bounce or a complaint: there is nothing left to end. */
export const nothingComesPage = ({ stage }: { stage: Stage }): Page =>
  page({
    stage,
    title: 'Nothing comes any more',
    main: html`
<h1>Nothing comes any more</h1>
<p class="lead">Mail to this address came back to us, or was reported as unwanted. Since then we send nothing to it, and there is nothing left to end.</p>
<p>If that was a mistake, write to <a href="mailto:${stage.brand.supportAddress}">${stage.brand.supportAddress}</a>.</p>`,
  })

/** It was taken back; `reading` is the series that goes on, if the link is about one. */
export const goesOnPage = ({ stage, reading }: { stage: Stage; reading?: Reading }): Page =>
  page({
    stage,
    title: 'It goes on',
    main: html`
<h1>It goes on</h1>
<p class="lead">${
      reading === undefined
        ? 'Mail may come to this address again: what was planned for your interviews, each at its time, and the tips that you read.'
        : reading.subscription.state === 'pending'
          ? 'Your address still waits to be confirmed. The mail that asked you to is in your inbox: press the link in it.'
          : comesNext(reading)
    }</p>
<p>The link at the foot of every mail ends it again.</p>`,
  })
