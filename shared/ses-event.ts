import * as z from 'zod/mini'
import { MailDue } from './mail-due.ts'
import { mailTags, tipTags } from './names.ts'
import { readSubscriptionId } from './tips/links.ts'
import type { Subscription } from './tips/subscription.ts'

const people = z._default(z.array(z.object({ emailAddress: z.string(), diagnosticCode: z.optional(z.string()) })), [])

/** An SES event as EventBridge delivers it; `eventType` is another vocabulary than `detail-type`. */
const SesEvent = z.object({
  detail: z.object({
    eventType: z.string(),
    mail: z.object({
      messageId: z.string(),
      destination: z._default(z.array(z.string()), []),
      tags: z.record(z.string(), z.array(z.string())),
    }),
    bounce: z.optional(z.object({ bounceType: z.string(), bouncedRecipients: people })),
    complaint: z.optional(z.object({ complainedRecipients: people })),
  }),
})

const outcomes = {
  Send: 'sent',
  Delivery: 'delivered',
  Bounce: 'bounced',
  Reject: 'bounced',
  'Rendering Failure': 'bounced',
  Complaint: 'complained',
} as const

export type SeenOutcome = {
  /** A mail of the workflow, with when its request was sent in, or a tip; `count` is how many parts that reader had with it. */
  about:
    | { mail: MailDue; since?: number }
    | { tip: Pick<Subscription, 'person' | 'series'>; part: string; count: number }
  outcome: (typeof outcomes)[keyof typeof outcomes]
  messageId: string
  recipients: string[]
  /** Why nothing may be sent to the recipients any more. */
  suppress?: 'bounce' | 'complaint'
  /** It may arrive another time: a full mailbox, a server that is down. */
  soft: boolean
  /** The receiving side refuses us, not the reader: a setting of ours is wrong. */
  forOperator: boolean
}

// 5.7.x says "your mail is not welcome here" (DKIM, DMARC, reputation), not "nobody lives here".
const POLICY = /\b5\.7\.\d/

/** What an event says about a mail of ours; nothing for any other event. */
export const readSesEvent = (event: unknown): SeenOutcome | undefined => {
  const parsed = SesEvent.safeParse(event)
  if (!parsed.success) return undefined
  const { eventType, mail, bounce, complaint } = parsed.data.detail
  const about = subjectOf(mail.tags)
  if (!about || !Object.hasOwn(outcomes, eventType)) return undefined
  const bounced = bounce?.bouncedRecipients ?? []
  const policy = bounced.some(({ diagnosticCode = '' }) => POLICY.test(diagnosticCode))
  const suppress = complaint ? 'complaint' : bounce?.bounceType === 'Permanent' && !policy ? 'bounce' : undefined
  return {
    about,
    outcome: outcomes[eventType as keyof typeof outcomes],
    messageId: mail.messageId,
    // The report may name the address behind an alias: the one that was written to counts as well.
    recipients: [
      ...new Set([
        ...mail.destination,
        ...[...bounced, ...(complaint?.complainedRecipients ?? [])].map(({ emailAddress }) => emailAddress),
      ]),
    ],
    ...(suppress ? { suppress } : {}),
    soft: bounce !== undefined && !suppress && !policy,
    forOperator: policy,
  }
}

/** What a tag counts: 1 or more; 0 where it says nothing of the kind. */
const numberOf = (text: string): number => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? Math.max(0, number) : 0
}

const subjectOf = (tags: Record<string, string[]>): SeenOutcome['about'] | undefined => {
  const tag = (name: string): string => tags[name]?.[0] ?? ''
  const tip = readSubscriptionId(tag(tipTags.subscription))
  if (tip) return { tip, part: tag(tipTags.part), count: numberOf(tag(tipTags.count)) }
  const due = MailDue.safeParse({
    requestId: tag(mailTags.request),
    mail: tag(mailTags.mail),
    occurrence: tag(mailTags.occurrence),
  })
  const since = numberOf(tag(mailTags.since))
  if (!due.success) return undefined
  return since > 0 ? { mail: due.data, since } : { mail: due.data }
}
