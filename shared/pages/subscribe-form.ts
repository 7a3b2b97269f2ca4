import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import { type Challenge, proofField } from '../proof-of-work.ts'
import type { Stage } from '../stage.ts'
import { honeypot } from '../submission.ts'
import { consentSentence } from '../tips/consent.ts'
import { emailField, type Filled, textField } from './controls.ts'
import type { Markup } from './page.ts'

/** What fills in this field is a machine: no person sees it. */
export const trap = (form: Filled): Markup => {
  const id = form.prefix ? `${form.prefix}-${honeypot}` : honeypot
  return html`<div class="apart" aria-hidden="true"><label for="${id}">Leave this one empty</label><input type="text" id="${id}" name="${honeypot}" tabindex="-1" autocomplete="off"></div>`
}

/** Where the page's script puts what it worked out, where there is something to work out. */
export const proof = (challenge: Challenge | undefined): Markup | '' =>
  challenge ? html`<input type="hidden" name="${proofField}" data-challenge="${JSON.stringify(challenge)}">` : ''

type Subscribe = {
  stage: Stage
  /** Of the page that shows it. */
  challenge?: Challenge | undefined
  /** Without it, the first of the library. */
  series?: string
  heading: string
  lead: string
  values?: Readonly<Record<string, string>>
  errors?: readonly FieldError[]
}

/** The tips, for an address. A page that shows it brings `formScript` along. */
export const subscribeForm = ({
  stage,
  challenge,
  series,
  heading,
  lead,
  values = {},
  errors = [],
}: Subscribe): Markup => {
  const form: Filled = { prefix: 'subscribe', values, errors }
  // Nobody sees this field: one that was refused is not sent again.
  const zone = errors.some(({ field }) => field === 'timeZone') ? undefined : values.timeZone
  return html`<section aria-labelledby="subscribe">
<h2 id="subscribe">${heading}</h2>
<form method="post" action="/subscriptions" class="card">
<p>${lead}</p>
${series ? html`<input type="hidden" name="series" value="${series}">` : ''}
<input type="hidden" name="timeZone" value="${zone ?? stage.calendar.timeZone}"${zone ? '' : html` data-guess`}>
${emailField(form, { name: 'email' })}
${textField(form, { name: 'firstName', label: 'Your first name', maxlength: 60, autocomplete: 'given-name', optional: true })}
${trap(form)}${proof(challenge)}
<p class="hint">${consentSentence}</p>
<button type="submit" class="quiet">Send me the tips</button>
</form>
</section>`
}
