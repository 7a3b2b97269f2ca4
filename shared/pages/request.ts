import { html } from 'hono/html'
import type { EventName } from '../events.ts'
import type { Links } from '../links.ts'
import type { PlannedMail } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest, type LedgerMail } from '../request.ts'
import type { Stage } from '../stage.ts'
import { dayOfInstant } from './dates.ts'
import { eventForm, filledFor, offeredEvents, type Problem, problemSummary, titleOf } from './event-forms.ts'
import { askSection, lettersAtHand, lettersSection } from './letters.ts'
import { likelyEvents, nowSection } from './now.ts'
import { type Markup, type Page, page, typed } from './page.ts'
import { headline } from './standing.ts'
import { aheadSection, pastSection } from './timeline.ts'
import { milestoneOf, milestones } from './words.ts'

type Requested = {
  stage: Stage
  request: InterviewRequest
  /** The whole ledger of this request. */
  mails: readonly LedgerMail[]
  /** What `plan` says will still be sent for it. */
  planned: readonly PlannedMail[]
  links: Links
  now: Instant
  /** An event that could not be taken: its form is open, with what was typed. */
  problem?: Problem | undefined
  /** One sentence on what just happened, or could not. */
  notice?: string | undefined
}

/** Everything about one request: what to do now, what comes, what was, and every way on. */
export const requestPage = (given: Requested): Page => {
  const { stage, request, mails, links, now, problem, notice } = given
  const offered = offeredEvents(request, stage, now)
  const atHand = lettersAtHand(request, mails, now)
  // While the first letter lacks something, that is the thing to do, and nothing can have been sent yet.
  const asking = request.state === 'drafted' ? atHand.ask : undefined
  const likely = asking ? [] : likelyEvents(request, stage, now).filter((event) => offered.includes(event))
  const folded = offered.filter((event) => !likely.includes(event))
  return page({
    stage,
    title: problem ? 'Please look at this again' : `Your talk with ${firstName(request.contact.name)}`,
    wide: true,
    main: html`
${problem ? problemSummary(filledFor({ request, event: problem.event, problem })) : ''}
${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
<h1>${asking ? html`A question before you write to ${typed(firstName(request.contact.name))}` : headline(request, now)}</h1>
<p class="lead">${typed(request.contact.name)}${request.contact.role ? html`, ${typed(request.contact.role)}` : ''}, ${typed(request.contact.organization)}</p>
${progress(request)}
<div class="columns">
<div>
${asking ? '' : nowSection(given, likely)}
${atHand.ask ? askSection({ request, links, problem }, atHand.ask) : ''}
${lettersSection(request, atHand, links)}
${foldedSection(given, folded)}
</div>
<div>
${aheadSection(given)}
${pastSection(given)}
${keptSection(given)}
</div>
</div>`,
  })
}

const progress = (request: InterviewRequest): Markup | '' => {
  const here = milestoneOf(request)
  if (here === undefined) return ''
  return html`<ol class="steps" aria-label="How far it has come">${milestones.map(
    (milestone, index) => html`
<li${index < here ? html` class="done"` : ''}${index === here ? html` aria-current="step"` : ''}><span>${milestone}</span></li>`,
  )}
</ol>`
}

const foldedSection = ({ request, links, problem }: Requested, folded: readonly EventName[]): Markup | '' =>
  folded.length === 0
    ? ''
    : html`<section aria-labelledby="else">
<h2 id="else">Something else happened?</h2>
${folded.map(
  (event) => html`
<details${problem?.event === event ? html` open` : ''}><summary>${titleOf(event, request)}</summary>
${eventForm({ request, links, event, problem, quiet: true })}
</details>`,
)}
</section>`

const keptSection = ({ request, links }: Requested): Markup => html`<section class="kept" aria-labelledby="kept">
<h2 id="kept">What we keep</h2>
<p>Your name and address, what you typed about this talk, and the list above. If nothing else happens, all of it is deleted on ${dayOfInstant(request.expiresAt * 1000, request.seeker.timeZone)}.</p>
<ul>
<li><a href="${links.export}">Download all of it</a></li>
<li><a href="${links.stop}">Stop this request’s mail</a></li>
<li><a href="${links.erase}">Erase everything now</a></li>
</ul>
</section>`
