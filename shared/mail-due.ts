import * as z from 'zod/mini'
import { isMailName, mailNames } from './mail-names.ts'

const id = z.string().check(z.maxLength(64))

/** What rings: ids, never content. Everything else is read when it rings. */
export const MailDue = z.object({ requestId: id, mail: z.enum(mailNames), occurrence: id })
export type MailDue = z.infer<typeof MailDue>

/** The same, perhaps planned by a newer version that was taken back: then it has a name that this one does not know. */
export const Ringing = z.object({ requestId: id, mail: id, occurrence: id })
export type Ringing = z.infer<typeof Ringing>

export const isKnown = (ringing: Ringing): ringing is MailDue => isMailName(ringing.mail)

/** A schedule's name (≤ 64 characters of `[0-9a-zA-Z-_.]`), the same each time the mail is planned. */
export const scheduleName = ({ requestId, mail, occurrence }: MailDue): string => `${requestId}-${mail}-${occurrence}`
