import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { toInstant } from '../calendar.ts'
import type { Instant } from '../request.ts'

const sqs = new SQSClient({})

export type Depth = { waiting: number; inFlight: number; delayed: number }

/** SQS counts roughly. */
export const depthOf = async (QueueUrl: string): Promise<Depth> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  )
  return {
    waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  }
}

export type Letter = { id: string; body: string; sentAt: Instant; attributes: Record<string, string>; receipt: string }

const letterOf = ({
  MessageId = '',
  Body = '',
  Attributes,
  MessageAttributes = {},
  ReceiptHandle = '',
}: Message): Letter => ({
  id: MessageId,
  body: Body,
  sentAt: toInstant(Number(Attributes?.SentTimestamp ?? 0)),
  attributes: Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
  ),
  receipt: ReceiptHandle,
})

/**
 * Up to ten messages that nobody else sees for so many seconds. It waits a second for them: of who does not, SQS asks some of
 * its servers alone, and few messages may be on none of those.
 */
export const take = async (QueueUrl: string, seconds: number): Promise<Letter[]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: seconds,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  )
  return Messages.map(letterOf)
}

/** Lets others see it again. */
export const putDown = async (QueueUrl: string, { receipt }: Letter): Promise<void> => {
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 }))
}

export const remove = async (QueueUrl: string, { receipt }: Letter): Promise<void> => {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receipt }))
}

/** First there, then gone here: killed between the two it is there twice, and every reader of ours can take that. */
export const move = async (from: string, to: string, letter: Letter): Promise<void> => {
  await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: letter.body }))
  await remove(from, letter)
}

const arnOf = async (QueueUrl: string): Promise<string> => {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return Attributes?.QueueArn ?? ''
}

// What does not know the operation says so in one of these ways.
const unknown: readonly string[] = ['InvalidAction', 'UnsupportedOperation', 'UnknownOperationException']

/**
 * Lets SQS put everything back where it came from. `false` where it cannot: then it is to be moved by hand. Answers when
 * all is moved; a move that is under way already is waited for.
 */
export const moveAllBack = async (QueueUrl: string, onMoved: (messages: number) => void): Promise<number | false> => {
  const SourceArn = await arnOf(QueueUrl)
  try {
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (unknown.some((name) => error.name.endsWith(name))) return false
    // One is under way: SQS allows one at a time.
    if (!/already.*running|active task/i.test(error.message)) throw error
  }
  for (;;) {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }))
    const [{ Status, ApproximateNumberOfMessagesMoved: moved = 0, FailureReason } = {}] = Results
    onMoved(moved)
    if (Status === 'FAILED') throw new Error(`SQS stopped moving them: ${FailureReason}`)
    if (Status !== 'RUNNING' && Status !== 'CANCELLING') return moved
    await new Promise((done) => setTimeout(done, 1000))
  }
}
