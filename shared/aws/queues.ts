import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { MailDue } from '../mail-due.ts'
import type { TipsDue } from '../tips/tip-due.ts'
import { setting } from './environment.ts'

const sqs = new SQSClient({})
const BATCH = 10

type Later = { delaySeconds?: number }

/** Puts messages on a queue, each after its `delaySeconds` (0–900). Throws unless every one was taken. */
const put = async (QueueUrl: string, messages: readonly ({ body: object } & Later)[]): Promise<void> => {
  for (let start = 0; start < messages.length; start += BATCH) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: messages.slice(start, start + BATCH).map(({ body, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(body),
          ...(delaySeconds ? { DelaySeconds: delaySeconds } : {}),
        })),
      }),
    )
    if (Failed.length > 0) throw new Error(`The queue refused ${Failed.length} messages: ${Failed[0]?.Code}`)
  }
}

/** Hands mails to `send-mail`. */
export const enqueue = (mails: readonly (MailDue & Later)[]): Promise<void> =>
  put(
    setting('mailQueueUrl'),
    mails.map(({ requestId, mail, occurrence, delaySeconds }) => ({
      body: { requestId, mail, occurrence } satisfies MailDue,
      ...(delaySeconds ? { delaySeconds } : {}),
    })),
  )

/** Hands readers to `send-tips`. */
export const enqueueTips = (tips: readonly (TipsDue & Later)[]): Promise<void> =>
  put(
    setting('tipsQueueUrl'),
    tips.map(({ series, next, people, delaySeconds }) => ({
      body: { series, next, people } satisfies TipsDue,
      ...(delaySeconds ? { delaySeconds } : {}),
    })),
  )

const counted = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

/** How many messages wait, are delayed or are being worked on; SQS counts roughly. */
export const depthOf = async (queue: 'mailQueueUrl' | 'tipsQueueUrl'): Promise<number> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: setting(queue), AttributeNames: [...counted] }),
  )
  return counted.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
}
