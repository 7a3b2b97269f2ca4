import * as z from 'zod/mini'

/** The most readers in one message, which is what SES takes in one call. */
export const MOST_READERS = 50

/** What is due and is no part: the mail that asks to confirm, and its reminder. No part may have one of these names. */
export const confirmationMails = ['confirm', 'remind'] as const

export const isConfirmation = (next: string): next is (typeof confirmationMails)[number] =>
  (confirmationMails as readonly string[]).includes(next)

/** Readers for whom the same part is due, by their ids. Everything else is read when they are claimed. */
export const TipsDue = z.object({
  series: z.string(),
  /** The part, or the mail that asks to confirm: a hint, by which readers were put together. */
  next: z.string(),
  people: z.array(z.string()).check(z.minLength(1), z.maxLength(MOST_READERS)),
})
export type TipsDue = z.infer<typeof TipsDue>
