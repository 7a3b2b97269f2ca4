import { html } from 'hono/html'
import { toMs } from '../calendar.ts'
import { firstName, type Instant, type InterviewRequest } from '../request.ts'
import { dayInWords, dayOfInstant } from './dates.ts'
import { type Markup, typed } from './page.ts'

const landed = (request: InterviewRequest): boolean =>
  request.history.findLast(({ event }) => event === 'closed')?.landed === true

export const hasMet = (request: InterviewRequest): boolean => request.history.some(({ event }) => event === 'met')

export const talkIsOver = ({ meeting }: InterviewRequest, now: Instant): boolean =>
  meeting?.status === 'on' && toMs(now) >= toMs(meeting.endsAt)

const talkDay = ({ meeting }: InterviewRequest): string =>
  meeting ? dayOfInstant(meeting.startsAt, meeting.timeZone) : ''

/** How a request stands, as the end of a sentence. */
export const standing = (request: InterviewRequest): Markup => {
  const name = typed(firstName(request.contact.name))
  switch (request.state) {
    case 'unconfirmed':
      return html`your address has not been confirmed yet`
    case 'drafted':
      return html`your message to ${name} is ready to be sent`
    case 'sent':
      return html`your message is with ${name}`
    case 'replied':
      return html`${name} has answered, and the two of you are looking for a date`
    case 'scheduled':
      return html`you talk with ${name} on ${talkDay(request)}`
    case 'met':
      return html`you have talked with ${name}`
    case 'thanked':
      return html`you have thanked ${name}`
    case 'in-touch':
      return html`you and ${name} are in touch`
    case 'no-response':
      return html`it stayed quiet, and we put it to rest`
    case 'declined':
      return html`${name} could not make it happen`
    case 'deferred':
      return html`you take it up again on ${request.deferredUntil ? dayInWords(request.deferredUntil) : 'a later day'}`
    case 'closed':
      return landed(request) ? html`you found what you were looking for` : html`this request is closed`
  }
}

/** The same as a headline. */
export const headline = (request: InterviewRequest, now: Instant): Markup => {
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
      return talkIsOver(request, now) ? html`How was your talk with ${name}?` : html`You have a date with ${name}`
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
