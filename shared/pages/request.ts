import { html } from 'hono/html'
import { toMs } from '../calendar.ts'
import { compose, type Draft } from '../drafts.ts'
import type { EventName } from '../events.ts'
import type { Links } from '../links.ts'
import { mailKey, type PlannedMail } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest, isFinal, type LedgerMail } from '../request.ts'
import type { Stage } from '../stage.ts'
import { currentDrafts } from './current-drafts.ts'
import { clockOf, dayInWords, dayOfInstant, hourOf, moment, shortMoment } from './dates.ts'
import {
  askForm,
  type Detail,
  eventForm,
  filledFor,
  offeredEvents,
  type Problem,
  problemSummary,
  titleOf,
} from './event-forms.ts'
import { type Markup, type Page, page, typed } from './page.ts'
import { headline, talkIsOver } from './standing.ts'
import { draftTitle, inWords, isPausedNow, mailTitles, milestoneOf, milestones, pausedUntil } from './words.ts'

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
  const { stage, request, links, now, problem, notice } = given
  const offered = offeredEvents(request, stage, now)
  const likely = likelyEvents(request, stage, now).filter((event) => offered.includes(event))
  const folded = offered.filter((event) => !likely.includes(event))
  return page({
    stage,
    title: problem ? 'Please look at this again' : `Your talk with ${firstName(request.contact.name)}`,
    wide: true,
    main: html`
${problem ? problemSummary(filledFor({ request, event: problem.event, problem })) : ''}
${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
<h1>${headline(request, now)}</h1>
<p class="lead">${typed(request.contact.name)}${request.contact.role ? html`, ${typed(request.contact.role)}` : ''}, ${typed(request.contact.organization)}</p>
${progress(request)}
<div class="columns">
<div>
${nowSection(given, likely)}
${draftSection(given)}
${foldedSection(given, folded)}
</div>
<div>
${meetingSection(request, links)}
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

/** What most people have to tell us in this state: shown open, the first one as the thing to do. */
const likelyEvents = (request: InterviewRequest, stage: Stage, now: Instant): EventName[] => {
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
    case 'declined':
    case 'closed':
      return ['reopened']
    case 'deferred':
    case 'unconfirmed':
      return []
  }
}

const nowSection = (
  { stage, request, planned, links, now, problem }: Requested,
  likely: readonly EventName[],
): Markup => {
  const { title, text } = nowWords(request, stage, planned, now)
  return html`<section class="now" aria-labelledby="now">
<h2 id="now">${title}</h2>
<p>${text}</p>
${likely.map((event) => eventForm({ request, links, event, problem }))}
${request.state === 'scheduled' && !talkIsOver(request, now) ? html`<p><a class="button" href="${links.calendar}">Add it to your calendar</a></p>` : ''}
</section>`
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
      text: until ? `Nothing comes before ${dayInWords(until)}.` : 'Nothing comes until you say so.',
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
      return talkIsOver(request, now)
        ? { title: 'Now: keep what you heard', text: 'A few words while it is fresh are worth a page next week.' }
        : {
            title: 'The date is set',
            text: 'It is in the calendar entry that we sent you. If the time changes, tell us below and the entry follows.',
          }
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
    case 'deferred':
      return {
        title: 'You need do nothing until then',
        text: html`We remind you in the morning of ${request.deferredUntil ? dayInWords(request.deferredUntil) : 'that day'}, with a note that picks up the thread.`,
      }
    case 'closed':
      return {
        title: 'All done here',
        text: 'No mail comes about this any more. If it turns out that you are not done, open it again and it goes on from where it was.',
      }
  }
}

const draftSection = (given: Requested): Markup | '' => {
  const { request, mails, links, now, problem } = given
  const [first, ...rest] = currentDrafts(request, mails, now)
  if (!first) return ''
  const composed = compose(first, request)
  if (composed.kind === 'ask') {
    return html`<section class="card" aria-labelledby="draft">
<h2 id="draft">Before we can write it</h2>
<p>Rather than make something up, we ask you.</p>
${askForm(
  { request, links, problem },
  composed.asks.map(({ field, question }) => ({ field: field satisfies Detail, question })),
)}
</section>`
  }
  return html`<section aria-labelledby="draft">
<h2 id="draft">${rest.length > 0 ? 'Your drafts' : 'Your draft'}</h2>
${letter(composed, request, links)}
${rest.map((name) => {
  const other = compose(name, request)
  return other.kind === 'draft'
    ? html`<details><summary>${draftTitle(name, request.channel)}</summary><div class="inside">${letter(other, request, links)}</div></details>`
    : ''
})}
</section>`
}

/** A text to take along; a note for LinkedIn has no subject and goes through no mail program. */
const letter = (draft: Draft, { channel }: InterviewRequest, links: Links): Markup => {
  const { name } = draft
  const byMail = name !== 'draft-short' && (channel === 'email' || (channel === 'phone' && name !== 'draft'))
  return html`<article class="letter" aria-labelledby="draft-${name}">
<h3 id="draft-${name}">${draftTitle(name, channel)}</h3>
${
  !byMail
    ? ''
    : html`<dl class="subject"><dt>Subject</dt><dd dir="auto">${draft.subject}</dd>${
        draft.alternativeSubject ? html`<dt>or</dt><dd dir="auto">${draft.alternativeSubject}</dd>` : ''
      }</dl>`
}
<div class="body" dir="auto">${draft.body.trimEnd()}</div>
${draft.alternative ? html`<h4>${draft.alternative.when}</h4><div class="body" dir="auto">${draft.alternative.body.trimEnd()}</div>` : ''}
<p class="row">${byMail ? html`<a class="button quiet" href="${mailto(draft)}">Open in my mail program</a> ` : ''}<a href="${links.draft(name)}">Show it as plain text</a></p>
<p class="because">${draft.because}</p>
</article>`
}

/** A message without an address: the seeker alone knows where it goes. */
const mailto = ({ subject, body }: Draft): string =>
  `mailto:?subject=${encodeURIComponent(subject.toWellFormed())}&body=${encodeURIComponent(body.toWellFormed().replaceAll('\n', '\r\n'))}`

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

const meetingSection = ({ meeting, seeker }: InterviewRequest, links: Links): Markup | '' => {
  if (meeting?.status !== 'on') return ''
  const elsewhere = meeting.timeZone !== seeker.timeZone
  return html`<section class="card" aria-labelledby="meeting">
<h2 id="meeting">The talk</h2>
<dl class="pairs">
<dt>Day</dt><dd>${dayOfInstant(meeting.startsAt, meeting.timeZone)}</dd>
<dt>Time</dt><dd><time datetime="${meeting.startsAt}">${hourOf(meeting.startsAt, meeting.timeZone)}</time> to ${hourOf(meeting.endsAt, meeting.timeZone)}, ${clockOf(meeting.timeZone)}</dd>
${elsewhere ? html`<dt>For you</dt><dd>${moment(meeting.startsAt, seeker.timeZone)}</dd>` : ''}
${meeting.place ? html`<dt>Where</dt><dd dir="auto">${meeting.place}</dd>` : ''}
</dl>
<p><a href="${links.calendar}">Calendar entry (.ics)</a></p>
</section>`
}

const aheadSection = ({ request, planned, now }: Requested): Markup => html`<section aria-labelledby="ahead">
<h2 id="ahead">What we will send you</h2>
${
  planned.length === 0
    ? html`<p>Nothing is planned. We write only when there is a reason to.</p>`
    : html`<ol class="journey ahead">${planned.map(
        (mail) => html`
<li><span class="when">${toMs(mail.dueAt) <= toMs(now) ? 'Within minutes' : moment(mail.dueAt, request.seeker.timeZone)}</span>
<span class="what">${mailTitles[mail.mail]}</span>
<p>${mail.why}${mail.merged.map((other) => html` With it: ${mailTitles[other.mail]}.`)}</p></li>`,
      )}
</ol>
<p class="kept">Whatever you tell us changes this list.</p>`
}
</section>`

const mailLine = (mail: LedgerMail): Markup | string => {
  const title = mailTitles[mail.mail]
  switch (mail.state) {
    case 'skipped':
      return html`Not sent: ${title}${mail.reason ? html` (${mail.reason})` : ''}`
    case 'bounced':
      return html`Came back to us: ${title}`
    case 'complained':
      return html`Reported as unwanted: ${title}`
    default:
      return html`We sent you: ${title}`
  }
}

/** So many lines of the past are shown open; what is older is folded. */
const RECENT = 8

const pastSection = ({ request, mails }: Requested): Markup => {
  const { timeZone } = request.seeker
  const name = firstName(request.contact.name)
  const lines = [
    ...request.history.map((entry) => ({ at: entry.at, text: inWords(entry, name, timeZone) })),
    ...mails
      .filter(({ state }) => isFinal(state))
      .map((mail) => ({ at: mail.at, text: mailLine(mail), key: mailKey(mail) })),
  ].sort((a, b) => toMs(b.at) - toMs(a.at))
  const list = (some: typeof lines): Markup => html`<ol class="journey past" reversed>${some.map(
    ({ at, text }) => html`
<li><span class="when">${shortMoment(at, timeZone)}</span> ${text}</li>`,
  )}
</ol>`
  return html`<section aria-labelledby="past">
<h2 id="past">So far</h2>
<p class="kept">By ${clockOf(timeZone)}, the latest first.</p>
${lines.length === 0 ? html`<p>Nothing yet.</p>` : list(lines.slice(0, RECENT))}
${lines.length > RECENT ? html`<details><summary>${lines.length - RECENT} earlier</summary><div class="inside">${list(lines.slice(RECENT))}</div></details>` : ''}
</section>`
}

const keptSection = ({ request, links }: Requested): Markup => html`<section class="kept" aria-labelledby="kept">
<h2 id="kept">What we keep</h2>
<p>Your name and address, what you typed about this talk, and the list above. If nothing else happens, all of it is deleted on ${dayOfInstant(request.expiresAt * 1000, request.seeker.timeZone)}.</p>
<ul>
<li><a href="${links.export}">Download all of it</a></li>
<li><a href="${links.stop}">Stop this request’s mail</a></li>
<li><a href="${links.erase}">Erase everything now</a></li>
</ul>
</section>`
