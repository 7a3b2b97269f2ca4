import * as z from 'zod/mini'
import { MailDue } from './mail-due.ts'
import { mailTags } from './names.ts'

const tag = z.tuple([z.string()])
const people = z._default(z.array(z.object({ emailAddress: z.string(), diagnosticCode: z.optional(z.string()) })), [])

/** An SES event as EventBridge delivers it; `eventType` is another vocabulary than `detail-type`. */
const SesEvent = z.object({
  detail: z.object({
    eventType: z.string(),
    mail: z.object({
      messageId: z.string(),
      destination: z._default(z.array(z.string()), []),
      tags: z.object({ [mailTags.mail]: tag, [mailTags.request]: tag, [mailTags.occurrence]: tag }),
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
  mail: MailDue
  outcome: (typeof outcomes)[keyof typeof outcomes]
  messageId: string
  recipients: string[]
  /** Why nothing may be sent to the recipients any more. */
  suppress?: 'bounce' | 'complaint'
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
  const due = MailDue.safeParse({
    requestId: mail.tags[mailTags.request][0],
    mail: mail.tags[mailTags.mail][0],
    occurrence: mail.tags[mailTags.occurrence][0],
  })
  if (!due.success || !Object.hasOwn(outcomes, eventType)) return undefined
  const outcome = outcomes[eventType as keyof typeof outcomes]
  const bounced = bounce?.bouncedRecipients ?? []
  const policy = bounced.some(({ diagnosticCode = '' }) => POLICY.test(diagnosticCode))
  const suppress = complaint ? 'complaint' : bounce?.bounceType === 'Permanent' && !policy ? 'bounce' : undefined
  return {
    mail: due.data,
    outcome,
    messageId: mail.messageId,
    // The report may name the address behind an alias: the one that was written to counts as well.
    recipients: [
      ...new Set([
        ...mail.destination,
        ...[...bounced, ...(complaint?.complainedRecipients ?? [])].map(({ emailAddress }) => emailAddress),
      ]),
    ],
    ...(suppress ? { suppress } : {}),
    forOperator: policy,
  }
}
