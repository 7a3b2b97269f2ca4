import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import type { Challenge } from '../proof-of-work.ts'
import { goals, sources } from '../request.ts'
import type { Stage } from '../stage.ts'
import { connectionRequired, editable } from '../submission.ts'
import { consentSentence } from '../tips/consent.ts'
import { choiceField, emailField, errorSummary, type Filled, textField, tickField } from './controls.ts'
import { detail } from './event-forms.ts'
import { type Markup, type Page, page } from './page.ts'
import { sampleDraft } from './sample.ts'
import { formScript } from './script.ts'
import { proof, subscribeForm, trap } from './subscribe-form.ts'
import { goalWords, sourceWords } from './words.ts'

const defaults = { minutes: '20', channel: 'email', followUps: '1' }

const fieldNames = [...Object.keys(editable), 'seekerEmail', 'source', 'goal', 'tips']

const journey: readonly (readonly [when: string, what: string, more: string])[] = [
  [
    'Today',
    'You fill in one form',
    'Minutes later a draft is in your inbox. You make it yours and send it from your own address.',
  ],
  [
    'If it stays quiet',
    'One kind nudge',
    'After seven working days, a follow-up to send. Then peace, and a thought on who is next.',
  ],
  ['When they answer', 'A date is set', 'A reply that offers times, and an entry for your calendar.'],
  [
    'Three days before',
    'You prepare',
    'Questions in the right order for what you want to learn, then everything on one sheet.',
  ],
  ['The same day', 'You say thanks', 'A thank-you draft while it is fresh, and a place for what you learned.'],
  ['A month later', 'You stay in touch', 'A reason to write again, now and then, for as long as you like.'],
]

type Form = {
  stage: Stage
  /** What the browser is to work out, where the stage wants that. */
  challenge?: Challenge | undefined
  /** Sent along, so that a form that is sent twice counts once. */
  submissionId: string
  /** What was typed, for a form that is shown again. */
  values?: Readonly<Record<string, string>> | undefined
  errors?: readonly FieldError[] | undefined
}

/** The first page, and the same form again with what was typed and what is wrong with it. */
export const formPage = ({ stage, challenge, submissionId, values = {}, errors = [] }: Form): Page => {
  const form: Filled = { prefix: '', values: { ...defaults, timeZone: stage.calendar.timeZone, ...values }, errors }
  const again = errors.length > 0
  return page({
    stage,
    title: again ? 'Please look at the form again' : 'Ask somebody about their work',
    unlisted: again,
    wide: true,
    script: formScript(challenge),
    main: html`
${errorSummary(form, fieldNames)}
<h1>Ask somebody about their work</h1>
<p class="lead">A talk of twenty minutes with somebody who does what you want to do teaches more than a week of searching. Tell us whom you have in mind: we draft your letter, keep the time, and bring the right words when they are needed.</p>
<p class="to-form"><a href="#begin">Straight to the form</a></p>
<div class="columns">
<aside aria-labelledby="how">
<h2 id="how">How it goes</h2>
<ol class="journey ahead">${journey.map(
      ([when, what, more]) => html`
<li><span class="when">${when}</span> <span class="what">${what}</span><p>${more}</p></li>`,
    )}
</ol>
${sample()}
</aside>
<div>
<section aria-labelledby="begin">
<h2 id="begin">Begin here</h2>
<p>It takes about three minutes. Fill in everything that is not marked optional; you can change it all later.</p>
<form class="long" method="post" action="/requests">
<input type="hidden" name="submissionId" value="${submissionId}">
${aboutYou(form, values.timeZone === undefined)}
${aboutThem(form)}
${aboutTheTalk(form)}
${aboutTheWay(form)}
${trap(form)}${proof(challenge)}
${privacy(stage)}
<button type="submit" class="big">Get my draft</button>
</form>
</section>
${subscribeForm({
  stage,
  challenge,
  heading: 'Only the tips',
  lead: 'Nobody in mind yet? They take you from the first name to the first talk.',
})}
</div>
</div>`,
  })
}

const sample = (): Markup | '' => {
  const draft = sampleDraft()
  return draft
    ? html`<details class="sample"><summary>What a draft reads like</summary>
<p class="subject"><strong>${draft.subject}</strong></p>
<div class="body">${draft.body.trimEnd()}</div>
</details>`
    : ''
}

const group = (title: string, ...fields: Markup[]): Markup => html`<fieldset>
<legend class="group">${title}</legend>
${fields}
</fieldset>`

const aboutYou = (form: Filled, guess: boolean): Markup =>
  group(
    'About you',
    detail(form, 'seekerName'),
    emailField(form, { name: 'seekerEmail', next: ' The draft comes after that.' }),
    detail(form, 'introduction'),
    detail(form, 'timeZone', guess),
  )

const aboutThem = (form: Filled): Markup =>
  group(
    'Who you would like to talk with',
    detail(form, 'contactName'),
    detail(form, 'contactRole'),
    detail(form, 'organization'),
    choiceField(form, {
      name: 'source',
      label: 'How you know of them',
      options: inOrder(sources, sourceWords).map((source) => [source, sourceWords[source][0]]),
    }),
    textField(form, {
      name: 'connection',
      label: 'What links the two of you',
      hint: connectionHint,
      maxlength: 300,
      optional: 'not always needed',
    }),
  )

/** The order in which we tell of them; a test holds that none is missing. */
const inOrder = <T extends string>(_all: readonly T[], words: Record<T, unknown>): T[] => Object.keys(words) as T[]

/** All of it in words; where the browser can, only what goes with the choice above. */
const connectionHint = html`The letter begins with it, in your words. Write
<ul class="per-source">${inOrder(sources, sourceWords).map(
  (source) =>
    html`<li class="for-${source}"><span class="who">${sourceWords[source][0]}: </span>${sourceWords[source][1]}${
      connectionRequired.includes(source) ? ' (needed)' : ''
    }</li>`,
)}</ul>`

const aboutTheTalk = (form: Filled): Markup =>
  group(
    'What you want to learn',
    choiceField(form, {
      name: 'goal',
      label: 'What you would like most from the talk',
      hint: 'It decides which questions we suggest.',
      options: goals.map((goal) => [goal, goalWords[goal]]),
    }),
    detail(form, 'topic'),
  )

const aboutTheWay = (form: Filled): Markup =>
  group(
    'How',
    detail(form, 'channel'),
    detail(form, 'minutes'),
    detail(form, 'followUps'),
    tickField(form, { name: 'tips', label: 'Send me the tips as well', hint: consentSentence }),
  )

const privacy = ({ brand, retention }: Stage): Markup => html`<div class="card">
<h3>What we keep, and until when</h3>
<p>We keep what you type here and what you tell us later, so that the right mail comes at the right time. We never write to the person you name, and we do not ask for their address. If you do not confirm your address it is all deleted after ${retention.unconfirmedDays} days; otherwise ${retention.closedDays} days after it came to an end, ${retention.idleDays} days after you last told us something, or at once when you say so.${
  brand.privacyUrl ? html` <a href="${brand.privacyUrl}">More on what we keep</a>.` : ''
}</p>
</div>`

/** After the form: the same words whether the address is known, new, suppressed or over its cap. */
export const lookInYourInboxPage = ({ stage }: { stage: Stage }): Page =>
  page({
    stage,
    title: 'Look in your inbox',
    main: html`
<h1>Look in your inbox</h1>
<p class="lead">We sent a link to your address, to make sure that it is yours. Press it, then the one button behind it, and your draft is on its way.</p>
<section class="card" aria-labelledby="nothing">
<h2 id="nothing">Nothing there?</h2>
<ul>
<li>It comes from <strong>${stage.sender.address}</strong> and may take a few minutes. Look in the spam folder too.</li>
<li>We send an address at most one such link in ${stage.caps.confirmationEveryHours} hours. If you sent in another form today, the link you have opens the way to this one as well.</li>
<li>If the address had a typing mistake, <a href="/">send in the form again</a>. What is not confirmed is deleted after ${stage.retention.unconfirmedDays} days.</li>
</ul>
</section>`,
  })
