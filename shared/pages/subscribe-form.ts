import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import type { Stage } from '../stage.ts'
import { honeypot } from '../submission.ts'
import { consentSentence } from '../tips/consent.ts'
import { emailField, type Filled, textField } from './controls.ts'
import type { Markup } from './page.ts'

/**
 * Puts the browser's zone where nobody chose one yet. Where the browser has an older name for it (it may say
 * Asia/Calcutta), the option that means the same is found by asking what each option is called.
 */
export const guessZone = `try{const n=z=>new Intl.DateTimeFormat('en',{timeZone:z}).resolvedOptions().timeZone,z=n();for(const s of document.querySelectorAll('[data-guess]')){const d=s.value;s.value=z;if(!s.value)s.value=[...s.options].map(o=>o.value).find(v=>{try{return n(v)===z}catch{}})||d}}catch{}`

/** What fills in this field is a machine: no person sees it. */
export const trap = (form: Filled): Markup => {
  const id = form.prefix ? `${form.prefix}-${honeypot}` : honeypot
  return html`<div class="apart" aria-hidden="true"><label for="${id}">Leave this one empty</label><input type="text" id="${id}" name="${honeypot}" tabindex="-1" autocomplete="off"></div>`
}

type Subscribe = {
  stage: Stage
  /** Without it, the first of the library. */
  series?: string
  heading: string
  lead: string
  values?: Readonly<Record<string, string>>
  errors?: readonly FieldError[]
}

/** The tips, for an address. A page that shows it brings `guessZone` along. */
export const subscribeForm = ({ stage, series, heading, lead, values = {}, errors = [] }: Subscribe): Markup => {
  const form: Filled = { prefix: 'subscribe', values, errors }
  return html`<section aria-labelledby="subscribe">
<h2 id="subscribe">${heading}</h2>
<form method="post" action="/subscriptions" class="card">
<p>${lead}</p>
${series ? html`<input type="hidden" name="series" value="${series}">` : ''}
<input type="hidden" name="timeZone" value="${values.timeZone ?? stage.calendar.timeZone}"${values.timeZone ? '' : html` data-guess`}>
${emailField(form, { name: 'email' })}
${textField(form, { name: 'firstName', label: 'Your first name', maxlength: 60, autocomplete: 'given-name', optional: true })}
${trap(form)}
<p class="hint">${consentSentence}</p>
<button type="submit" class="quiet">Send me the tips</button>
</form>
</section>`
}
