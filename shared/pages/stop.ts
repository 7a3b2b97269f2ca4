import { html } from 'hono/html'
import type { Person } from '../person.ts'
import { firstName, type InterviewRequest } from '../request.ts'
import type { Stage } from '../stage.ts'
import { type Markup, type Page, page, typed } from './page.ts'

type Stop = {
  stage: Stage
  request: InterviewRequest
  action: string
  /** All mail to the address was stopped: there is nothing left to stop, and something to take back. */
  everything?: boolean
}

/** All mail to the address is stopped, and by her own word or not: only that can be taken back. */
export type Standstill = 'asked' | 'for good'

export const standstillOf = ({ suppressedAt, suppressedBecause }: Person): Standstill | undefined =>
  suppressedAt === undefined ? undefined : suppressedBecause === 'asked' ? 'asked' : 'for good'

/** Why no mail comes, after a page has said what goes on all the same; and the way back, where there is one. `stop`: her link. */
export const nothingIsSent = (standstill: Standstill, stop: string): Markup =>
  standstill === 'asked'
    ? html`<p>But you have stopped all mail to your address, so nothing is sent.</p>
${takeBack(stop, 'quiet')}`
    : html`<p>But mail to your address is stopped: it came back to us, or was reported as unwanted. So nothing is sent.</p>`

const takeBack = (stop: string, look: 'big' | 'quiet'): Markup => html`<form method="post" action="${stop}-everything">
<input type="hidden" name="undo" value="on">
<button type="submit" class="${look}">${look === 'big' ? 'Take it back' : 'Let the mail come again'}</button>
</form>`

/** One button that ends this request's mail. */
export const stopPage = ({ stage, request, action, everything }: Stop): Page => {
  const name = typed(firstName(request.contact.name))
  if (everything)
    return page({
      stage,
      title: 'Everything is stopped',
      main: html`
<h1>Everything is stopped</h1>
<p class="lead">We send nothing more to your address, as you asked: no drafts, no reminders, no tips.</p>
${takeBack(action, 'big')}`,
    })
  return page({
    stage,
    title: 'Stop this mail',
    main: html`
<h1>Stop the mail about ${name}?</h1>
<p class="lead">No reminder, no draft, no preparation will come for this request any more. Your other requests and the tips, if you have any, go on as they are.</p>
<form method="post" action="${action}">
<button type="submit" class="big">Stop it</button>
</form>`,
  })
}

type Stopped = {
  stage: Stage
  request: InterviewRequest
  /** Where the undo is posted to: the same stop link, with `undo` in the body. */
  action: string
  /** False after the undo: it goes on. */
  stopped: boolean
  standstill?: Standstill | undefined
}

/** It has stopped, what has not, and the way back; or that it goes on. Shows nothing that the stop link does not open. */
export const stoppedPage = ({ stage, request, action, stopped, standstill }: Stopped): Page => {
  const name = typed(firstName(request.contact.name))
  return stopped
    ? page({
        stage,
        title: 'Stopped',
        main: html`
<h1>Stopped. Nothing more comes about ${name}</h1>
<p class="lead">Other requests and the tips are not touched. What we keep of this one is deleted when its time has passed, or when you erase it on its page.</p>
<form method="post" action="${action}">
<input type="hidden" name="undo" value="on">
<button type="submit" class="quiet">That was a mistake: go on</button>
</form>
<form method="post" action="${action}-everything">
<p>If you want nothing more from us at all: this ends your other requests’ mail too, even the reminder before a talk, and all tips.</p>
<button type="submit" class="quiet">Stop everything</button>
</form>`,
      })
    : page({
        stage,
        title: 'It goes on',
        main: html`
<h1>It goes on with ${name}</h1>
${
  standstill
    ? nothingIsSent(standstill, action)
    : html`<p class="lead">The mail comes as before, each at its time. The link at the foot of every one stops it again.</p>`
}`,
      })
}
