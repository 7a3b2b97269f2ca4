import type { DraftName } from '../drafts.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../request.ts'
import { talkIsOver } from './standing.ts'

const has = (request: InterviewRequest, event: string): boolean =>
  request.history.some((entry) => entry.event === event)

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
      return [
        ...lately(request, mails, ['keep-in-touch', 'close-the-loop']),
        request.outcome?.names ? 'refer' : 'pointer',
      ]
    case 'in-touch':
      return [...lately(request, mails, ['keep-in-touch', 'close-the-loop']), 'keep-in-touch']
    case 'no-response':
      return ['let-rest']
    case 'deferred':
      return ['resume']
    case 'closed':
      return request.history.findLast(({ event }) => event === 'closed')?.landed === true && has(request, 'met')
        ? ['gratitude']
        : []
  }
}
