import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import type { Instant } from '../request.ts'
import type { Stage } from '../stage.ts'
import type { SubscriptionLinks } from '../tips/links.ts'
import { progressOf, type Reading } from '../tips/resource.ts'
import type { Series } from '../tips/series.ts'
import { isOnItsWay } from '../tips/wishes.ts'
import { errorSummary, type Filled, idOf, textField, zoneField } from './controls.ts'
import { dayInWords, dayOfInstant, moment } from './dates.ts'
import { type Markup, type Page, page, typed } from './page.ts'

/** One series of hers, with the links that change it. */
export type Shelf = Reading & { links: SubscriptionLinks }

type Preferences = {
  stage: Stage
  /** The series that the link is about. */
  own: Shelf
  /** The others that she reads or has read. */
  others: readonly Shelf[]
  /** What she has never begun. */
  offered: readonly Pick<Series, 'id' | 'title' | 'lead'>[]
  now: Instant
  /** Why nothing goes to her address, if that is so. */
  stopped?: 'asked' | 'bounced' | undefined
  /** What could not be taken, with what was typed. */
  problem?: { errors: readonly FieldError[]; values: Readonly<Record<string, string>> } | undefined
  /** One sentence on what could not be done. */
  notice?: string | undefined
}

/** Everything that a reader can change: each series, when parts come, her name; and what she can take along or erase. */
export const preferencesPage = (given: Preferences): Page => {
  const { stage, own, others, offered, problem, notice, stopped } = given
  const form = settingsOf(given)
  return page({
    stage,
    title: problem ? 'Please look at this again' : 'Your tips',
    main: html`
${problem ? errorSummary(form, ['hour', 'timeZone', 'firstName']) : ''}
${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
<h1>Your tips</h1>
<p class="lead">${stopped ? 'For' : 'They go to'} ${typed(own.subscription.email)}.</p>
${stopped ? stoppedSection(stage, own, stopped) : ''}
${[own, ...others].map((shelf, index) => shelfSection(given, shelf, `series-${index + 1}`))}
${settingsSection(own, form, others.length > 0)}
${offered.length > 0 ? offeredSection(own, offered) : ''}
${keptSection(own)}`,
  })
}

const settingsOf = ({ own, problem }: Pick<Preferences, 'own' | 'problem'>): Filled => {
  const { hour, timeZone, firstName = '' } = own.subscription
  return {
    prefix: 'set',
    values: { hour: String(hour), timeZone, firstName, ...problem?.values },
    errors: problem?.errors ?? [],
  }
}

const stoppedSection = (
  { brand }: Stage,
  { links }: Shelf,
  stopped: 'asked' | 'bounced',
): Markup => html`<section class="now" aria-labelledby="stopped">
<h2 id="stopped">Nothing is sent to your address</h2>
${
  stopped === 'asked'
    ? html`<p>You have stopped all mail from us, the reminders for your interviews too.</p>
<form method="post" action="${links.unsubscribe}">
<input type="hidden" name="undo" value="on">
<button type="submit">Take it back</button>
</form>`
    : html`<p>Mail to it came back to us, or was reported as unwanted. If that was a mistake, write to <a href="mailto:${brand.supportAddress}">${brand.supportAddress}</a>.</p>`
}
</section>`

const shelfSection = (
  given: Preferences,
  shelf: Shelf,
  id: string,
): Markup => html`<section class="card" aria-labelledby="${id}">
<h2 id="${id}">${shelf.title}</h2>
${
  given.stopped
    ? ''
    : html`${standing(given, shelf)}
${ways(given, shelf, id)}`
}
</section>`

/** How the series stands, in words. */
const standing = ({ now, others }: Preferences, shelf: Shelf): Markup => {
  const { subscription } = shelf
  const { state, dueAt, timeZone, pausedUntil, unsubscribedAt = now } = subscription
  const { had, of, next } = progressOf(shelf)
  const soFar = had === 0 ? `${of} parts, none so far.` : `${had} of ${of} so far.`
  const mayMove = `It comes a day later if a mail for one of your own interviews${others.length > 0 ? ', or another part,' : ''} goes to you that day.`
  switch (state) {
    case 'active':
      return html`<p class="when">${soFar}</p>
${
  isOnItsWay(subscription, now)
    ? html`<p>A part has just gone out, or is about to: look in your inbox in a minute or two.</p>`
    : ''
}
${next && dueAt && dueAt > now ? html`<p>Next: <strong>${next.title}</strong>, on ${moment(dueAt, timeZone)}. <span class="hint">${mayMove}</span></p>` : ''}`
    case 'paused':
      return html`<p class="when">${soFar}</p>
<p>Paused${pausedUntil ? ` until ${dayInWords(pausedUntil)}` : ''}.${next ? html` Then comes: <strong>${next.title}</strong>.` : ''}</p>`
    case 'finished':
      return html`<p>${had >= of ? `You have had all ${of} parts.` : `You have had ${had} of ${of} parts. The others come by themselves, once one of your interviews has come so far.`}</p>`
    case 'pending':
      return html`<p>It waits for your word: the mail that asks you to confirm it is in your inbox.</p>`
    case 'unsubscribed':
      return html`<p>You left it on ${dayOfInstant(unsubscribedAt, timeZone)}, after ${had} of ${of} parts.</p>`
    case 'suppressed':
      return html`<p>Stopped.</p>`
  }
}

const formOf = (action: string, inner: Markup): Markup => html`<form method="post" action="${action}">
${inner}
</form>`

/** A button that says what it sends: a form may have several. */
const sends = (name: string, value: string, words: string, quiet = true): Markup =>
  html`<button type="submit"${quiet ? html` class="quiet"` : ''} name="${name}" value="${value}">${words}</button>`

/** What she can do about it now. */
const ways = ({ now, problem }: Preferences, shelf: Shelf, id: string): Markup | '' => {
  const { subscription, links } = shelf
  const { next } = progressOf(shelf)
  const to = links.preferences
  const steps = [
    ...(subscription.state === 'paused' ? [sends('pauseWeeks', '0', 'Go on', false)] : []),
    ...(next && !isOnItsWay(subscription, now) ? [sends('next', 'now', 'Next part now')] : []),
  ]
  switch (subscription.state) {
    case 'active':
    case 'paused':
      return html`${steps.length > 0 ? formOf(to, html`<div class="row">${steps}</div>`) : ''}
${pauseFold(to, id, subscription.state === 'paused', problem)}
<details><summary>Leave this series</summary><div class="inside">
<p>No more parts of it come. Reminders for your own interviews go on, and you can come back to where you were.</p>
${formOf(to, sends('leave', 'on', 'Leave it'))}
</div></details>`
    case 'finished':
      return formOf(to, sends('again', 'on', 'Send me all of it again'))
    case 'unsubscribed':
      return next ? formOf(to, sends('series', subscription.series, 'Go on where I left')) : ''
    case 'pending':
      return formOf(to, sends('leave', 'on', 'I do not want it'))
    case 'suppressed':
      return ''
  }
}

const weeks = [1, 2, 4, 8]

const pauseFold = (action: string, id: string, isPaused: boolean, problem: Preferences['problem']): Markup => {
  const errors = problem?.errors.filter(({ field }) => field === 'pauseWeeks') ?? []
  const form: Filled = { prefix: id, values: { pauseWeeks: problem?.values.pauseWeeks ?? '3' }, errors }
  return html`<details${errors.length > 0 ? html` open` : ''}><summary>${isPaused ? 'Make the pause longer or shorter' : 'Take a break'}</summary><div class="inside">
<p>Nothing of this series comes for so many weeks from today. Then it goes on by itself, where it was.</p>
${formOf(
  action,
  html`<div class="row">${weeks.map((count) => sends('pauseWeeks', String(count), count === 1 ? 'A week' : `${count} weeks`))}</div>`,
)}
${formOf(
  action,
  html`${textField(form, { name: 'pauseWeeks', label: 'Or another number of weeks', hint: '1 to 52.', type: 'number', min: 1, max: 52 })}
<button type="submit" class="quiet">Pause for so long</button>`,
)}
</div></details>`
}

/** "09:00 in the morning": an hour as it is shown elsewhere, and said so that nobody takes 12 for midnight. */
const hourInWords = (hour: number): string => {
  const time = `${String(hour).padStart(2, '0')}:00`
  if (hour === 0) return `${time}, midnight`
  if (hour === 12) return `${time}, noon`
  if (hour < 6 || hour >= 22) return `${time} at night`
  return `${time} in the ${hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening'}`
}

const hours = Array.from({ length: 24 }, (_, hour) => hour)

const settingsSection = (
  { links }: Shelf,
  form: Filled,
  several: boolean,
): Markup => html`<section aria-labelledby="settings">
<h2 id="settings">When they come, and your name</h2>
${several ? html`<p>The same for all of your series.</p>` : ''}
${formOf(
  links.preferences,
  html`<div class="field">
<label for="${idOf(form, 'hour')}">Hour of the day</label>
<select id="${idOf(form, 'hour')}" name="hour">${hours.map(
    (hour) =>
      html`<option value="${hour}"${form.values.hour === String(hour) ? html` selected` : ''}>${hourInWords(hour)}</option>`,
  )}</select>
</div>
${zoneField(form, { name: 'timeZone', label: 'On whose clock', hint: 'Your time zone.' })}
${textField(form, {
  name: 'firstName',
  label: 'Your first name',
  hint: 'Each mail begins with it. Leave it empty to do without.',
  maxlength: 60,
  autocomplete: 'given-name',
  optional: true,
})}
<button type="submit">Save</button>`,
)}
</section>`

const offeredSection = (
  { links }: Shelf,
  offered: Preferences['offered'],
): Markup => html`<section aria-labelledby="more">
<h2 id="more">More to read</h2>
<ul class="plain">${offered.map(
  ({ id, title, lead }) => html`
<li class="card"><h3><a href="/series/${id}">${title}</a></h3>
<p>${lead}</p>
${formOf(links.preferences, sends('series', id, `Begin “${title}”`))}</li>`,
)}
</ul>
</section>`

const keptSection = ({ links }: Shelf): Markup => html`<section class="kept" aria-labelledby="kept">
<h2 id="kept">What we keep</h2>
<p>Your address and name, when you asked and confirmed, which parts you had, and what you chose here. No mail of ours reports whether you open it.</p>
<ul>
<li><a href="${links.export}">Download all of it</a></li>
<li><a href="${links.erase}">Erase it, and end all tips</a></li>
</ul>
</section>`

type Erase = { stage: Stage; links: SubscriptionLinks }

/** One button that deletes, and the two ways not to press it. */
export const eraseTipsPage = ({ stage, links }: Erase): Page =>
  page({
    stage,
    title: 'Erase your tips',
    main: html`
<h1>Erase everything about your tips?</h1>
<p class="lead">Your address, your name, what you chose and which parts you had are deleted at once, of every series, and no more tips come. Nobody can bring it back.</p>
<p>One thing stays: a scrambled form of the address, from which nobody can read it, with the date of your no. By it your no is heard, whoever puts the address on a list. What you told us about your interviews is not touched: it is erased on the page of each one.</p>
<p>If you would like a copy first: <a href="${links.export}">download all of it</a>.</p>
<form method="post" action="${links.erase}" class="row">
<button type="submit">Erase it for good</button>
<a href="${links.preferences}">Keep it</a>
</form>`,
  })

export const erasedTipsPage = ({ stage }: { stage: Stage }): Page =>
  page({
    stage,
    title: 'Erased',
    main: html`
<h1>It is erased</h1>
<p class="lead">We keep nothing of your tips but a scrambled form of the address, so that your no is heard, and the links in the mails lead nowhere from now on. Requests for interviews, if you have any, are erased on their own pages.</p>
<p>You can always read the tips <a href="/series">on the web</a>.</p>`,
  })
