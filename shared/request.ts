import type { MailName } from './mail-names.ts'

export { firstName } from './drafts/person-name.ts'

/** Where a request can be. `paused` is no state: it is an attribute that shifts everything. */
export const states = [
  'unconfirmed',
  'drafted',
  'sent',
  'replied',
  'scheduled',
  'met',
  'thanked',
  'in-touch',
  'no-response',
  'declined',
  'deferred',
  'closed',
] as const
export type State = (typeof states)[number]

export const sources = [
  'own-network',
  'linkedin',
  'association',
  'alumni',
  'target-company',
  'referral',
  'event',
  'cold',
] as const
export type Source = (typeof sources)[number]

export const goals = [
  'explore-career',
  'culture',
  'skills',
  'hidden-market',
  'resume-feedback',
  'referrals',
  'career-change',
  'confidence',
] as const
export type Goal = (typeof goals)[number]

export const channels = ['email', 'linkedin', 'phone'] as const
export type Channel = (typeof channels)[number]

/** An instant as ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export type Instant = string
/** `YYYY-MM-DD` in the seeker's zone. */
export type LocalDate = string
/** `YYYY-MM-DDTHH:MM`, wall-clock time. */
export type LocalDateTime = string

export type Meeting = {
  start: LocalDateTime
  /** Canonical IANA name in which `start` is meant. */
  timeZone: string
  minutes: number
  place?: string
  startsAt: Instant
  endsAt: Instant
  /** Of the calendar entry (RFC 5545): goes up with each change, and never down. */
  sequence: number
  status: 'on' | 'cancelled'
  /** Position in `history` of the event that set this time. */
  since: number
}

/** What the seeker brought home from the talk. Each is free text of at most 2,000 characters. */
export type Outcome = {
  learned?: string
  promised?: string
  /** The day the seeker means to report back on what was promised. */
  promisedBy?: LocalDate
  names?: string
}

/** One line of the append-only history: an event, when it was recorded, and what it carried. */
export type HistoryEntry = { event: string; at: Instant } & Record<string, unknown>

/** A stretch in which nothing unasked goes out; without `until` it lasts until the seeker resumes. */
export type Pause = { from: LocalDate; until?: LocalDate }

/** Somebody wants to talk with somebody: the thing that everything here is about. */
export type InterviewRequest = {
  /** ULID, or 26 characters of the same alphabet derived from a `submissionId`. */
  id: string
  /** Keyed hash of the seeker's address: the key of the person. */
  person: string
  state: State
  /** Goes up by one with every write. */
  version: number
  seeker: { name: string; email: string; introduction: string; timeZone: string }
  contact: { name: string; role?: string; organization: string; source: Source; connection?: string }
  goal: Goal
  topic: string
  minutes: number
  channel: Channel
  /** How many follow-ups the seeker is ready to send, 0–3. */
  followUps: number
  /** Ticked "send me the tips as well". */
  tips: boolean
  /** What she agreed to with that tick, and from which network, hashed. */
  tipsConsent?: { wording: string; from: string }
  /** 128 random bits as base64url, from which the link of each purpose is derived (`capability.ts`). */
  secret: string
  history: HistoryEntry[]
  meeting?: Meeting
  outcome?: Outcome
  /** While `deferred`: the day to take it up again. */
  deferredUntil?: LocalDate
  pauses: Pause[]
  /** When an operator last had it planned anew. Nothing happened to it then: it is how a plan that failed even so is found. */
  touchedAt?: Instant
  /** TTL, epoch seconds: the item is treated as gone from then on, and deleted soon after. */
  expiresAt: number
}

/** When it was sent in, in milliseconds since 1970: by this it is told from an erased one that had the same id. */
export const sentInAt = ({ history }: Pick<InterviewRequest, 'history'>): number => Date.parse(history[0]?.at ?? '')

/** Whether a row was written for a request of the same id that was erased before this one was sent in. */
export const isOfEarlier = ({ since, at }: LedgerMail, request: InterviewRequest): boolean =>
  (since ?? Date.parse(at)) < sentInAt(request)

/** Final states stay as they are; the others are still owed a decision. */
export const mailStates = [
  'planned',
  'claimed',
  'unsettled',
  'sent',
  'delivered',
  'bounced',
  'complained',
  'skipped',
] as const
export type MailState = (typeof mailStates)[number]

/** One row of the send ledger. `id` is deterministic: `<mail>#<occurrence>`, so that no mail can exist twice. */
export type LedgerMail = {
  requestId: string
  mail: MailName
  /** Which time round: the position in the history of the event that asks for it, and `-n` for the n-th of a repeated one. */
  occurrence: string
  state: MailState
  dueAt: Instant
  latestAt: Instant
  /** How often it was handed to SES or tried to. */
  attempts: number
  /** When the present state began. */
  at: Instant
  /** When the request of whoever claimed it last was sent in (`sentInAt`). */
  since?: number
  messageId?: string
  /** When SES took it. */
  sentAt?: Instant
  /** How often nobody knew whether SES had taken it. */
  doubts?: number
  /** Lesser mails that became a part of this one when it was claimed. */
  merged?: { mail: MailName; occurrence: string }[]
  /** Why it was skipped, in words for the seeker's page. */
  reason?: string
}

export const isFinal = (state: MailState): boolean =>
  state !== 'planned' && state !== 'claimed' && state !== 'unsettled'
