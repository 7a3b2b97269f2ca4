import { type MessageAttribute, md5, type Queues, systemAttributes } from './queues.ts'
import { ServiceError } from './service-error.ts'
import { account } from './template.ts'

type Input = Record<string, unknown>
type Operation = (input: Input, queues: Queues, url: string) => unknown

const queueNameOf = ({ QueueUrl }: Input): string =>
  String(QueueUrl ?? '')
    .split('/')
    .at(-1) ?? ''

const messageOf = (input: Input): { body: string; extra: Parameters<Queues['send']>[2] } => {
  const body = String(input.MessageBody ?? '')
  if (body === '') {
    throw new ServiceError('InvalidParameterValue', 'The request must contain the parameter MessageBody.')
  }
  const attributes = (input.MessageAttributes ?? {}) as Record<string, MessageAttribute>
  if (input.DelaySeconds === undefined) return { body, extra: { attributes } }
  const seconds = Number(input.DelaySeconds)
  if (!(seconds >= 0 && seconds <= 900)) {
    throw new ServiceError('InvalidParameterValue', `DelaySeconds must be >= 0 and <= 900, not ${input.DelaySeconds}.`)
  }
  return { body, extra: { attributes, delayMs: seconds * 1000 } }
}

const operations: Record<string, Operation> = {
  SendMessage: (input, queues) => {
    const { body, extra } = messageOf(input)
    return { MessageId: queues.send(queueNameOf(input), body, extra), MD5OfMessageBody: md5(body) }
  },
  SendMessageBatch: (input, queues) => {
    const entries = (input.Entries ?? []) as Input[]
    const refuse = (name: string, message: string): never => {
      throw new ServiceError(name, message)
    }
    if (entries.length === 0) refuse('EmptyBatchRequest', 'There should be at least one entry in the request.')
    if (entries.length > 10) refuse('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.')
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      refuse('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.')
    }
    const read = entries.map((entry) => ({ id: entry.Id, ...messageOf(entry) }))
    const Successful = read.map(({ id, body, extra }) => ({
      Id: id,
      MD5OfMessageBody: md5(body),
      MessageId: queues.send(queueNameOf(input), body, extra),
    }))
    return { Successful, Failed: [] }
  },
  ReceiveMessage: (input, queues) => {
    const queue = queues.byName(queueNameOf(input))
    const { VisibilityTimeout: seconds, MaxNumberOfMessages: most = 1 } = input
    const visibilityMs = seconds === undefined ? queue.visibilityMs : Number(seconds) * 1000
    const Messages = queues.receive(queue.name, Number(most), visibilityMs).map((one) => ({
      MessageId: one.id,
      ReceiptHandle: one.receipt,
      Body: one.body,
      MD5OfBody: md5(one.body),
      Attributes: systemAttributes(one),
      MessageAttributes: one.attributes,
    }))
    return { Messages }
  },
  DeleteMessage: (input, queues) => {
    queues.removeByReceipt(queues.byName(queueNameOf(input)).name, String(input.ReceiptHandle))
    return {}
  },
  ChangeMessageVisibility: (input, queues) => {
    const { name } = queues.byName(queueNameOf(input))
    if (!queues.hideFor(name, String(input.ReceiptHandle), Number(input.VisibilityTimeout) * 1000)) {
      throw new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.')
    }
    return {}
  },
  GetQueueUrl: (input, queues, url) => ({
    QueueUrl: `${url}/${account}/${queues.byName(String(input.QueueName)).name}`,
  }),
  GetQueueAttributes: (input, queues) => {
    const queue = queues.byName(queueNameOf(input))
    const { visible, hidden, delayed } = queues.count(queue.name)
    const all = {
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(hidden),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(queue.visibilityMs / 1000),
      DelaySeconds: String(queue.delayMs / 1000),
      MessageRetentionPeriod: String(queue.retentionMs / 1000),
    }
    const wanted = (input.AttributeNames ?? []) as string[]
    const strange = wanted.find((name) => name !== 'All' && !Object.hasOwn(all, name))
    if (strange !== undefined)
      throw new ServiceError('InvalidAttributeName', `the local cloud does not know the attribute ${strange}.`)
    // None that was not asked for, as on AWS.
    return {
      Attributes: wanted.includes('All')
        ? all
        : Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))),
    }
  },
  PurgeQueue: (input, queues) => {
    queues.purge(queues.byName(queueNameOf(input)).name)
    return {}
  },
}

/**
 * One call of the SQS API, in its JSON protocol.
 * @param url of the services, under which the queues are.
 */
export const callSqs = (operation: string, input: Input, queues: Queues, url: string): unknown => {
  const run = operations[operation]
  if (!run) throw new ServiceError('InvalidAction', `the local cloud does not know the SQS operation ${operation}`)
  return run(input, queues, url)
}
