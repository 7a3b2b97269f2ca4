import { html } from 'hono/html'
import type { EventName } from '../events.ts'
import type { Links } from '../links.ts'
import { firstName, type InterviewRequest } from '../request.ts'
import type { Stage } from '../stage.ts'
import { eventForm, filledFor, type Problem, problemSummary, titleOf } from './event-forms.ts'
import { type Page, page, typed } from './page.ts'
import { headline } from './standing.ts'
import { typedBefore } from './typed-before.ts'

type Event = {
  stage: Stage
  request: InterviewRequest
  event: EventName
  links: Links
  /** False once the request has moved on: said kindly, with the way to its page. */
  allowed: boolean
  /** What was typed all the same: it is kept nowhere, and shown so that it can be copied. */
  problem?: Problem | undefined
}

/** What a button in a mail opens: a mail scanner may look at it, only a person presses the button on it. */
export const eventPage = ({ stage, request, event, links, allowed, problem }: Event): Page => {
  const name = firstName(request.contact.name)
  return page({
    stage,
    title: allowed ? 'Tell us how it stands' : 'This is settled already',
    main: allowed
      ? html`
${problemSummary(filledFor({ request, event, problem }))}
<h1>${titleOf(event, request)}</h1>
<div class="lone">${eventForm({ request, links, event, problem })}</div>
<p><a href="${links.page}">Something else: open the page for ${typed(name)}</a></p>`
      : html`
<h1>This is settled already</h1>
<p class="lead">${
          problem
            ? 'Things have moved on in the meantime, and this was not saved.'
            : 'Things have moved on since that mail, and there is nothing more to do here.'
        } As it stands now: <strong>${headline(request)}</strong>.</p>
${problem ? typedBefore(problem.values) : ''}
<p><a class="button big" href="${links.page}">Open the page for ${typed(name)}</a></p>`,
  })
}
