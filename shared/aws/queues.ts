import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { MailDue } from '../mail-due.ts'
import { setting } from './environment.ts'

const sqs = new SQSClient({})
const BATCH = 10

/** Hands mails to `send-mail`, after `delaySeconds` (0–900) each. Throws unless every one was taken. */
export const enqueue = async (mails: readonly (MailDue & { delaySeconds?: number })[]): Promise<void> => {
  for (let start = 0; start < mails.length; start += BATCH) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: setting('mailQueueUrl'),
        Entries: mails.slice(start, start + BATCH).map(({ requestId, mail, occurrence, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ requestId, mail, occurrence } satisfies MailDue),
          ...(delaySeconds ? { DelaySeconds: delaySeconds } : {}),
        })),
      }),
    )
    if (Failed.length > 0) throw new Error(`The queue refused ${Failed.length} messages: ${Failed[0]?.Code}`)
  }
}
