import { html } from 'hono/html'
import { toMs } from '../calendar.ts'
import type { PlannedMail } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest, isFinal, type LedgerMail } from '../request.ts'
import { clockOf, moment, shortMoment } from './dates.ts'
import type { Markup } from './page.ts'
import { inWords, mailTitles } from './words.ts'

type Ahead = { request: InterviewRequest; planned: readonly PlannedMail[]; now: Instant }

/** What will come: the day, what it is, and why. */
export const aheadSection = ({ request, planned, now }: Ahead): Markup => html`<section aria-labelledby="ahead">
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

/** What was, the latest first: what the seeker told us, and what became of every mail. */
export const pastSection = ({
  request,
  mails,
}: {
  request: InterviewRequest
  mails: readonly LedgerMail[]
}): Markup => {
  const { timeZone } = request.seeker
  const name = firstName(request.contact.name)
  const lines = [
    ...request.history.map((entry) => ({ at: entry.at, text: inWords(entry, name, timeZone) })),
    ...mails.filter(({ state }) => isFinal(state)).map((mail) => ({ at: mail.at, text: mailLine(mail) })),
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
