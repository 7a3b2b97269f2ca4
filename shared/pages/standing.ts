import { html } from 'hono/html'
import { toMs } from '../calendar.ts'
import { firstName, type Instant, type InterviewRequest } from '../request.ts'
import { type Markup, typed } from './page.ts'

const landed = (request: InterviewRequest): boolean =>
  request.history.findLast(({ event }) => event === 'closed')?.landed === true

export const hasMet = (request: InterviewRequest): boolean => request.history.some(({ event }) => event === 'met')

export const talkIsOver = ({ meeting }: InterviewRequest, now: Instant): boolean =>
  meeting?.status === 'on' && toMs(now) >= toMs(meeting.endsAt)

/** How a request stands, as a headline; without `now` a talk counts as still to come. */
export const headline = (request: InterviewRequest, now?: Instant): Markup => {
  const name = typed(firstName(request.contact.name))
  switch (request.state) {
    case 'unconfirmed':
      return html`Before ${name}: confirm your address`
    case 'drafted':
      return html`Your message to ${name} is ready`
    case 'sent':
      return html`Your message is with ${name}`
    case 'replied':
      return html`${name} answered`
    case 'scheduled':
      return now && talkIsOver(request, now)
        ? html`How was your talk with ${name}?`
        : html`You have a date with ${name}`
    case 'met':
      return html`You talked with ${name}`
    case 'thanked':
      return html`You thanked ${name}`
    case 'in-touch':
      return html`You and ${name} are in touch`
    case 'no-response':
      return html`All quiet from ${name}, and that is fine`
    case 'declined':
      return html`Not this time with ${name}`
    case 'deferred':
      return html`${name} asked you to come back later`
    case 'closed':
      return landed(request) ? html`You found it, and ${name} was part of it` : html`You closed this one with ${name}`
  }
}
