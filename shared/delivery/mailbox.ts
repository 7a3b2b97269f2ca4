import { countMailbox } from '../aws/counters.ts'
import { theStage } from '../aws/environment.ts'
import { mailboxOf, type Person, personId } from '../person.ts'
import type { Instant } from '../request.ts'

/**
 * Whether one more mail that asks to confirm may go to this spelling of a mailbox, and counts it. `ada+1@` to `ada+9999@` are
 * as many persons with caps of their own, and one inbox: together they get what one address may get, in 30 days.
 */
export const mailboxTakes = async (address: string, person: Person, now: Instant): Promise<boolean> => {
  const mailbox = mailboxOf(address)
  if (!mailbox || person.verifiedAt) return true
  const { addressKey, caps } = theStage()
  return (await countMailbox(personId(mailbox, addressKey), now)) <= caps.confirmationsEver
}
