import * as z from 'zod/mini'
import { CalendarSettings } from './calendar-settings.ts'

/**
 * What one deployment is: the choices an organisation makes, in one typed place. `infra/stages.ts` holds the table;
 * the functions read the same literal from their environment (`STAGE`), so that there is no second copy to drift.
 */
export const Stage = z.object({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,15}$/)),
  /** Who runs this, as readers know it: shown on pages and at the foot of every mail. */
  brand: z.object({
    name: z.string(),
    /** A full postal address: mail law asks for one in every footer. */
    postalAddress: z.string(),
    /** Where a person who needs help writes to. */
    supportAddress: z.string(),
    /** Page explaining what is kept and for how long, absolute URL. Optional. */
    privacyUrl: z.optional(z.string()),
  }),
  /** `name` in plain ASCII: SES wants anything else encoded. */
  sender: z.object({ name: z.string().check(z.regex(/^[ -~]+$/)), address: z.string() }),
  /** Defaults for a person who did not say otherwise. */
  calendar: CalendarSettings,
  caps: z.object({
    /** Confirmation mails to one address until it is confirmed. */
    confirmationsEver: z.number(),
    /** Hours between two confirmation mails to one unconfirmed address. */
    confirmationEveryHours: z.number(),
    /** Confirmation mails a day to an address that was confirmed before. */
    confirmationsADayOnceVerified: z.number(),
    /** The circuit breaker: confirmation mails a minute, over everybody. */
    confirmationsAMinute: z.number(),
    /** From one network (IPv4 /24, IPv6 /48) in an hour: above it confirmations wait for the hours after, with the same answer outside. */
    requestsFromANetworkAnHour: z.number(),
    /** From one network in an hour: above it the answer is 429. */
    refuseFromANetworkAnHour: z.number(),
  }),
  /**
   * A proof of work (ALTCHA) in the forms of the first page and of the tips: while somebody types, the browser looks for a
   * number. A form without it is taken as any other, and counts as several in the caps of its network. Without this field
   * nobody is asked. docs/decisions/proof-of-work.md
   */
  proofOfWork: z.optional(
    z.object({
      /** The number is at most this; half of them are tried on average. */
      maxNumber: z.number().check(z.minimum(1), z.maximum(1_000_000), z.refine(Number.isInteger)),
      /** From when the page is opened until its proof is worth nothing: longer than anybody takes to fill it in. */
      validMinutes: z.number().check(z.minimum(1)),
      /** As how many forms one without a proof counts. */
      formsWithoutCountAs: z.number().check(z.minimum(1)),
    }),
  ),
  /** Addresses are known by a hash under this key: any long random text. Changing it forgets who asked for no more mail. */
  addressKey: z.string().check(z.minLength(16)),
  tips: z.object({
    /** Local hour, 0–23, at which parts come to a reader who did not choose one. */
    hour: z.number().check(z.minimum(0), z.maximum(23)),
    /** A subscription that nobody confirmed within these hours is deleted; after 24 of them one reminder goes out. */
    confirmWithinHours: z.number(),
    /** `bulk`: 50 readers a call (SendBulkEmail). `single`: one call a reader (SendEmail). */
    transport: z.enum(['bulk', 'single']),
    /** At most this many tips a second; the account's own quota lowers it. */
    mailsPerSecond: z.number(),
    /** At most this many calls of SendBulkEmail a second: AWS's page on quotas may be read as 1. */
    bulkCallsPerSecond: z.number(),
  }),
  /** Above either rate no confirmation goes out, above twice of it no tip either. Reminders of meetings always go. */
  reputation: z.object({
    /** Permanent bounces per mail sent, over two days: SES puts an account under review at 0.05. */
    bounceRate: z.number(),
    /** Complaints per mail sent: SES looks closer at 0.001. */
    complaintRate: z.number(),
    /** Below this many mails a rate says nothing. */
    afterMails: z.number(),
  }),
  retention: z.object({
    unconfirmedDays: z.number(),
    /** After a request was closed, declined or went quiet. */
    closedDays: z.number(),
    /** After the last thing that happened to a request that is still open. */
    idleDays: z.number(),
  }),
})
export type Stage = z.infer<typeof Stage>
