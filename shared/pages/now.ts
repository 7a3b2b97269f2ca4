import { html } from 'hono/html'
import type { EventName } from '../events.ts'
import type { Links } from '../links.ts'
import type { PlannedMail } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest, type Meeting, type State } from '../request.ts'
import type { Stage } from '../stage.ts'
import { clockOf, dayInWords, dayOfInstant, hourOf, moment } from './dates.ts'
import { eventForm, type Problem } from './event-forms.ts'
import { type Markup, typed } from './page.ts'
import { talkIsOver } from './standing.ts'
import { isPausedNow, pausedUntil } from './words.ts'

/** What most people have to tell us in this state: shown open, the first one as the thing to do. */
export const likelyEvents = (request: InterviewRequest, stage: Stage, now: Instant): EventName[] => {
  if (isPausedNow(request, stage, now)) return ['resumed']
  switch (request.state) {
    case 'drafted':
      return ['sent']
    case 'sent':
    case 'no-response':
      return ['replied']
    case 'replied':
      return ['scheduled']
    case 'scheduled':
      return talkIsOver(request, now) ? ['met'] : []
    case 'met':
      return ['thanked']
    case 'thanked':
    case 'in-touch':
      return ['kept-in-touch']
    case 'closed':
      return ['reopened']
    case 'declined':
    case 'deferred':
    case 'unconfirmed':
      return []
  }
}

type Now = {
  stage: Stage
  request: InterviewRequest
  planned: readonly PlannedMail[]
  links: Links
  now: Instant
  problem?: Problem | undefined
}

/** States in which the best next step is another person. */
const overStates: readonly State[] = ['no-response', 'declined', 'closed']

/** The one thing to do now, or that there is none. */
export const nowSection = (
  { stage, request, planned, links, now, problem }: Now,
  likely: readonly EventName[],
): Markup => {
  const { meeting } = request
  const talk =
    request.state === 'scheduled' && meeting && !talkIsOver(request, now) ? talkSection(meeting, request, links) : ''
  if (talk && !isPausedNow(request, stage, now)) return talk
  const elsewhere = overStates.includes(request.state)
  const { title, text } = nowWords(request, stage, planned, now)
  return html`<section class="now" aria-labelledby="now">
<h2 id="now">${title}</h2>
<p>${text}</p>
${elsewhere ? html`<p><a class="button" href="${links.home}">Ask somebody else</a></p>` : ''}
${likely.map((event) => eventForm({ request, links, event, problem, quiet: elsewhere }))}
</section>
${talk}`
}

const nowWords = (
  request: InterviewRequest,
  stage: Stage,
  planned: readonly PlannedMail[],
  now: Instant,
): { title: Markup | string; text: Markup | string } => {
  const name = typed(firstName(request.contact.name))
  if (isPausedNow(request, stage, now)) {
    const until = pausedUntil(request)
    return {
      title: 'You are taking a break',
      text: `${until ? `No reminder comes before ${dayInWords(until)}.` : 'No reminder comes until you say so.'}${
        request.state === 'scheduled' ? ' What belongs to your talk still comes.' : ''
      }`,
    }
  }
  switch (request.state) {
    case 'unconfirmed':
      return {
        title: 'Look in your inbox',
        text: 'There is a link from us in it. Press it to make sure that the address is yours; until then nothing else is sent.',
      }
    case 'drafted':
      return {
        title: html`Now: send it to ${name}`,
        text: 'Read the draft below, change what does not sound like you, and send it from your own address. Tuesday to Thursday, in the morning where they are, is a good moment.',
      }
    case 'sent': {
      const next = planned[0]
      return {
        title: 'You need do nothing today',
        text: next
          ? html`People answer when they can; a week is nothing. The next thing from us comes on ${dayOfInstant(next.dueAt, request.seeker.timeZone)}.`
          : 'People answer when they can; a week is nothing.',
      }
    }
    case 'replied':
      return {
        title: 'Now: find a date',
        text: 'Answer within a day if you can, and offer two or three times. The reply below does it. When you have agreed, save the date here.',
      }
    case 'scheduled':
      return { title: 'Now: keep what you heard', text: 'A few words while it is fresh are worth a page next week.' }
    case 'met':
      return {
        title: html`Now: thank ${name}`,
        text: 'The same day is best. The draft below has room for the one thing that stayed with you.',
      }
    case 'thanked':
    case 'in-touch':
      return {
        title: 'You need do nothing today',
        text: html`We come back when there is a reason to write. If you and ${name} are in touch before that, say so, and the clock starts again.`,
      }
    case 'no-response':
      return {
        title: 'It is quiet, and you may move on',
        text: html`Most people who stay quiet are busy, not unwilling. You asked well and you asked kindly. Should ${name} answer after all, tell us and we go on.`,
      }
    case 'declined':
      return {
        title: 'On to the next one',
        text: 'A clear answer is a kind one. Somebody else sees the same field from another window, and this request can rest.',
      }
    case 'deferred': {
      // On a working morning, which a day that was named need not have.
      const resume = planned.find(({ mail }) => mail === 'resume')
      const day = resume
        ? dayOfInstant(resume.dueAt, request.seeker.timeZone)
        : request.deferredUntil && dayInWords(request.deferredUntil)
      return {
        title: 'You need do nothing until then',
        text: html`We remind you in the morning of ${day ?? 'that day'}, with a note that picks up the thread.`,
      }
    }
    case 'closed':
      return {
        title: 'All done here',
        text: 'No mail comes about this any more. If it turns out that you are not done, open it again and it goes on from where it was.',
      }
  }
}

const talkSection = (
  meeting: Meeting,
  { seeker }: InterviewRequest,
  links: Links,
): Markup => html`<section class="now talk" aria-labelledby="talk">
<h2 id="talk">${dayOfInstant(meeting.startsAt, meeting.timeZone)}</h2>
<p><strong><time datetime="${meeting.startsAt}">${hourOf(meeting.startsAt, meeting.timeZone)}</time> to ${hourOf(meeting.endsAt, meeting.timeZone)}, ${clockOf(meeting.timeZone)}</strong></p>
${meeting.timeZone === seeker.timeZone ? '' : html`<p>Where you are: ${moment(meeting.startsAt, seeker.timeZone)}</p>`}
${meeting.place ? html`<p dir="auto">${meeting.place}</p>` : ''}
<p>If anything about it changes, tell us below, and the entry in your calendar follows.</p>
<p><a class="button" href="${links.calendar}">Add it to my calendar</a></p>
</section>`
