import { html } from 'hono/html'
import { hasNames } from '../drafts/names-given.ts'
import { type AskBack, compose, type Draft, type DraftName } from '../drafts.ts'
import type { Links } from '../links.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../request.ts'
import { askForm, type Problem } from './event-forms.ts'
import { type Markup, typed } from './page.ts'
import { hasMet, talkIsOver } from './standing.ts'
import { draftTitle } from './words.ts'

/** Mails that went out in this state, latest first: the text they brought is the one at hand. */
const lately = (request: InterviewRequest, mails: readonly LedgerMail[], names: readonly DraftName[]): DraftName[] => {
  const since = request.history.at(-1)?.at ?? ''
  return mails
    .filter((mail) => (mail.state === 'sent' || mail.state === 'delivered') && mail.at >= since)
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map((mail) => mail.mail as DraftName)
    .filter((name) => names.includes(name))
}

const followUps = ['follow-up', 'follow-up-2', 'follow-up-3'] as const satisfies readonly DraftName[]

/** The texts that are of use now, the one to send first; the first message stays at hand as long as the request is open. */
export const currentDrafts = (request: InterviewRequest, mails: readonly LedgerMail[], now: Instant): DraftName[] => {
  const names: DraftName[] = [...new Set(atHand(request, mails, now))]
  return request.state === 'unconfirmed' || request.state === 'closed' || request.state === 'declined'
    ? names
    : names.includes('draft')
      ? names
      : [...names, 'draft']
}

const atHand = (request: InterviewRequest, mails: readonly LedgerMail[], now: Instant): DraftName[] => {
  switch (request.state) {
    case 'unconfirmed':
    case 'declined':
      return []
    case 'drafted':
      return ({ email: ['draft', 'draft-short'], linkedin: ['draft-short', 'draft'], phone: ['draft'] } as const)[
        request.channel
      ].slice()
    case 'sent':
      return lately(request, mails, followUps)
    case 'replied':
      return ['arrange']
    case 'scheduled':
      return talkIsOver(request, now) ? ['thank'] : [...lately(request, mails, ['day-before']), 'invitation']
    case 'met':
      return ['thank']
    case 'thanked':
      return [...lately(request, mails, ['keep-in-touch', 'close-the-loop']), hasNames(request) ? 'refer' : 'pointer']
    case 'in-touch':
      return [...lately(request, mails, ['keep-in-touch', 'close-the-loop']), 'keep-in-touch']
    case 'no-response':
      return ['let-rest']
    case 'deferred':
      return ['resume']
    case 'closed':
      return request.history.findLast(({ event }) => event === 'closed')?.landed === true && hasMet(request)
        ? ['gratitude']
        : []
  }
}

export type AtHand = {
  /** What the first of them lacks: to be asked before it can be written. */
  ask?: AskBack
  /** In the order in which they are of use. */
  letters: Draft[]
}

/** The texts of use now, as they read now. */
export const lettersAtHand = (request: InterviewRequest, mails: readonly LedgerMail[], now: Instant): AtHand => {
  const composed = currentDrafts(request, mails, now).map((name) => compose(name, request))
  const [first] = composed
  return {
    ...(first?.kind === 'ask' ? { ask: first } : {}),
    letters: composed.filter((draft) => draft.kind === 'draft'),
  }
}

type Shown = { request: InterviewRequest; links: Links; problem?: Problem | undefined }

/** The first one open, unless it has been sent already; the others folded. */
export const lettersSection = (request: InterviewRequest, { letters, ask }: AtHand, links: Links): Markup | '' => {
  const open = !ask && (request.state === 'drafted' || letters[0]?.name !== 'draft') ? letters[0] : undefined
  const folded = letters.filter((draft) => draft !== open)
  if (letters.length === 0) return ''
  return html`<section aria-labelledby="drafts">
<h2 id="drafts">${letters.length > 1 ? 'Your drafts' : 'Your draft'}</h2>
${open ? letter(open, request, links) : ''}
${folded.map(
  (draft) => html`
<details><summary>${draftTitle(draft.name, request.channel)}</summary>${letter(draft, request, links, true)}</details>`,
)}
</section>`
}

/** Rather than make something up, we ask. */
export const askSection = (
  { request, links, problem }: Shown,
  { asks }: AskBack,
): Markup => html`<section class="now" aria-labelledby="ask">
<h2 id="ask">${asks.length > 1 ? 'Before we write it, tell us' : 'Before we write it, one question'}</h2>
<p>A letter to ${typed(request.contact.name)} has to be true, so we ask rather than make something up.</p>
${askForm({ request, links, problem }, asks)}
</section>`

/** A text to take along; a note for LinkedIn has no subject and goes through no mail program. */
const letter = (draft: Draft, { channel }: InterviewRequest, links: Links, folded = false): Markup => {
  const { name } = draft
  const byMail = name !== 'draft-short' && (channel === 'email' || (channel === 'phone' && name !== 'draft'))
  return html`<article class="letter">
${folded ? '' : html`<h3>${draftTitle(name, channel)}</h3>`}
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
