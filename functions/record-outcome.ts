import { theStage } from '../shared/aws/environment.ts'
import * as ledger from '../shared/aws/ledger.ts'
import * as people from '../shared/aws/people.ts'
import { log } from '../shared/log.ts'
import { personId } from '../shared/person.ts'
import { readSesEvent } from '../shared/ses-event.ts'

/** What became of a mail: the ledger learns it, and an address that bounced for good or complained gets no more. */
export const handler = async (event: unknown): Promise<void> => {
  const now = new Date().toISOString()
  const seen = readSesEvent(event)
  if (!seen) return log('info', 'event-ignored')
  const { mail, outcome, messageId, suppress, recipients } = seen
  const { addressKey } = theStage()
  // First the person: no other mail of hers may be claimed from this moment on.
  if (suppress)
    await Promise.all(recipients.map((address) => people.suppress(personId(address, addressKey), suppress, now)))
  await ledger.recordOutcome(mail, outcome, messageId, now)
  if (seen.forOperator) log('error', 'policy-bounce', { requestId: mail.requestId, messageId })
  log('info', `mail-${outcome}`, { requestId: mail.requestId, mail: mail.mail, messageId })
}
