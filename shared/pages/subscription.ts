import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import type { Challenge } from '../proof-of-work.ts'
import type { Instant } from '../request.ts'
import type { Stage } from '../stage.ts'
import { consentSentence } from '../tips/consent.ts'
import type { SubscriptionLinks } from '../tips/links.ts'
import { progressOf, type Reading } from '../tips/resource.ts'
import type { Series } from '../tips/series.ts'
import { errorSummary } from './controls.ts'
import { dayInWords, dayOfInstant, moment } from './dates.ts'
import { type Markup, type Page, page } from './page.ts'
import { formScript } from './script.ts'
import { subscribeForm } from './subscribe-form.ts'

type Form = {
  stage: Stage
  /** What the browser is to work out, where the stage wants that. */
  challenge?: Challenge | undefined
  /** The one that was asked for, if there is such a series. */
  series: Series | undefined
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

/** The form that asks for the tips once more, with what was typed and what is wrong with it. */
export const subscribePage = ({ stage, challenge, series, values, errors }: Form): Page => {
  // Nobody sees the field of the zone: what was wrong in it is put right here.
  const { timeZone = '', ...rest } = values
  const isRight = timeZone !== '' && !errors.some(({ field }) => field === 'timeZone')
  return page({
    stage,
    title: 'Please look at the form again',
    script: formScript(challenge),
    main: html`
${errorSummary({ prefix: 'subscribe', values, errors }, ['email', 'firstName'])}
<h1>Tips by mail</h1>
${subscribeForm({
  stage,
  challenge,
  ...(series ? { series: series.id } : {}),
  heading: series?.title ?? 'Get them by mail',
  lead: series?.lead ?? 'Short mails on asking people about their work.',
  values: isRight ? values : rest,
  errors,
})}`,
  })
}

/** "3 days", "36 hours". */
const inDaysOrHours = (hours: number): string =>
  hours % 24 === 0 && hours > 24 ? `${hours / 24} days` : `${hours} hours`

/** After the form: the same words whether the address is known, new, suppressed, or over its cap. */
export const tipsInboxPage = ({ stage }: { stage: Stage }): Page =>
  page({
    stage,
    title: 'Look in your inbox',
    main: html`
<h1>Look in your inbox</h1>
<p class="lead">We send a link to your address, to make sure that it is yours. Press it, then the one button behind it, and the tips begin.</p>
<section class="card" aria-labelledby="nothing">
<h2 id="nothing">Nothing there?</h2>
<ul>
<li>It comes from <strong>${stage.sender.address}</strong> and may take a few minutes. Look in the spam folder too.</li>
<li>If you get these tips already, nothing changes: they go on as they are, and no new link comes.</li>
<li>We send an address at most one such link in ${stage.caps.confirmationEveryHours} hours.</li>
<li>If the address had a typing mistake, <a href="/series">ask for the tips again</a>. What is not confirmed is deleted after ${inDaysOrHours(stage.tips.confirmWithinHours)}.</li>
</ul>
</section>`,
  })

/** What the link in the mail opens: one button and nothing else, and nothing that anybody typed. */
export const confirmSeriesPage = ({ stage, title, action }: { stage: Stage; title: string; action: string }): Page =>
  page({
    stage,
    title: 'Confirm your address',
    main: html`
<h1>Is this your address?</h1>
<p class="lead">If you asked for our tips, press the button, and “${title}” begins. If it was somebody else, close this page: the address is deleted ${inDaysOrHours(stage.tips.confirmWithinHours)} after it was given.</p>
<p>${consentSentence}</p>
<form method="post" action="${action}">
<button type="submit" class="big">Yes, send me the tips</button>
</form>`,
  })

type Confirmed = {
  stage: Stage
  reading: Reading
  links: SubscriptionLinks
  /** It had been confirmed before: said, and nothing else changed. */
  already: boolean
}

/** The tips begin: when, with what, and where all of that can be changed. */
export const confirmedSeriesPage = ({ stage, reading, links, already }: Confirmed): Page => {
  const { subscription } = reading
  const { had, next } = progressOf(reading)
  const isFirst = had === 0
  return page({
    stage,
    title: 'Your address is confirmed',
    main: html`
<h1>${already ? 'All is well: your address was confirmed before' : isFirst ? 'Thank you. The tips begin' : 'Welcome back. The tips go on'}</h1>
<p class="lead">${comesNext(reading)}</p>
${
  next && subscription.state === 'active' && !already
    ? html`<form method="post" action="${links.preferences}">
<input type="hidden" name="next" value="now">
<button type="submit" class="big">Send it to me now</button>
</form>`
    : ''
}
<p>If another hour suits you better, or you want a pause: <a href="${links.preferences}">change how they come</a>. The same link is at the foot of every tip, with the one that ends them.</p>
<p>In a hurry? All parts are <a href="${links.series}">on the web as well</a>.</p>`,
  })
}

/** What comes next and when, in a sentence or two. */
export const comesNext = (reading: Reading): Markup | string => {
  const { title, subscription } = reading
  const { state, dueAt, timeZone, pausedUntil } = subscription
  const { had, of, next } = progressOf(reading)
  if (state === 'paused' && pausedUntil)
    return `“${title}” is paused until ${dayInWords(pausedUntil)}, and goes on then.`
  if (!next || !dueAt || state !== 'active')
    return had >= of
      ? `You have had all parts of “${title}”.`
      : `You have had all parts of “${title}” that are for you so far.`
  const part = had === 0 ? html`The first part of “${title}”` : html`The next part of “${title}”`
  return html`${part}, “${next.title}”, comes on ${moment(dueAt, timeZone)}.`
}

type Since = { stage: Stage; title: string; action: string; leftAt: Instant; timeZone: string }

/** The link to confirm, pressed by somebody who has left since: nothing begins again by itself. */
export const leftSincePage = ({ stage, title, action, leftAt, timeZone }: Since): Page =>
  page({
    stage,
    title: 'You have left these tips',
    main: html`
<h1>You have left these tips</h1>
<p class="lead">This link is older than your word to end “${title}”, which came on ${dayOfInstant(leftAt, timeZone)}. So nothing begins again by itself.</p>
<form method="post" action="${action}">
<input type="hidden" name="undo" value="on">
<button type="submit" class="big">I changed my mind: let it go on</button>
</form>`,
  })
