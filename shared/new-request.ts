import { toMs } from './calendar.ts'
import type { Retention } from './events.ts'
import type { Instant, InterviewRequest } from './request.ts'
import type { Submission } from './submission.ts'

/** What a form becomes: a request that waits for its address to be confirmed. Ids and randomness come from outside. */
export const newRequest = (
  submission: Submission,
  given: {
    id: string
    secret: string
    person: string
    now: Instant
    timeZone: string
    /** What a tick for the tips agrees to. */
    tipsConsent: { wording: string; from: string }
    /** Not before this moment may the address be asked to confirm; without it, at once. */
    confirmAfter?: Instant
    retention: Retention
  },
): InterviewRequest => {
  const { contactRole, connection } = submission
  return {
    id: given.id,
    person: given.person,
    state: 'unconfirmed',
    version: 1,
    seeker: {
      name: submission.seekerName,
      email: submission.seekerEmail,
      introduction: submission.introduction,
      timeZone: submission.timeZone ?? given.timeZone,
    },
    contact: {
      name: submission.contactName,
      ...(contactRole ? { role: contactRole } : {}),
      organization: submission.organization,
      source: submission.source,
      ...(connection ? { connection } : {}),
    },
    goal: submission.goal,
    topic: submission.topic,
    minutes: submission.minutes,
    channel: submission.channel,
    followUps: submission.followUps,
    tips: submission.tips,
    ...(submission.tips ? { tipsConsent: given.tipsConsent } : {}),
    secret: given.secret,
    history: [{ event: 'requested', at: given.now, ...(given.confirmAfter ? { on: given.confirmAfter } : {}) }],
    pauses: [],
    expiresAt: Math.floor(toMs(given.now) / 1000) + given.retention.unconfirmedDays * 86_400,
  }
}
