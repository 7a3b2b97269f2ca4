import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import { ServiceError } from './service-error.ts'
import type { Store } from './store.ts'
import { type Queue, region } from './template.ts'

/** As the SQS API writes it. */
export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string }
export type Message = {
  seq: number
  queue: string
  id: string
  body: string
  attributes: Record<string, MessageAttribute>
  sentAt: number
  visibleAt: number
  receives: number
  firstReceivedAt: number | null
  receipt: string | null
}
type Row = Omit<Message, 'attributes'> & { attributes: string }

/** SQS: standard queues whose delays and visibility timeouts follow the clock of the local cloud. */
export type Queues = {
  send: (
    queue: string,
    body: string,
    extra?: { attributes?: Record<string, MessageAttribute>; delayMs?: number },
  ) => string
  /**
   * Messages that are due, invisible from now on. One that was received too often goes to its dead-letter queue.
   * Without `visibilityMs` it is one of our own functions that takes them: after a kill they are due again at once.
   */
  receive: (queue: string, most: number, visibilityMs?: number) => Message[]
  remove: (message: Message) => void
  /** The one who received it is done and did not remove it: it comes back when its visibility timeout ends. */
  leave: (message: Message) => void
  deadLetters: () => Message[]
  /** Forgets the dead letters in which this stands; how many. On AWS they are there for as long as their queue keeps them. */
  eraseDeadLetters: (mark: string) => number
  /** When the next message of a queue that a function reads becomes visible. */
  nextMoment: (fed: readonly string[]) => number | undefined
  /** Forgets what is older than its queue keeps. Dead letters stay: on a laptop somebody may want to read them. */
  forgetOld: () => void
  byArn: (arn: string) => Queue | undefined
  /** @throws QueueDoesNotExist */
  byName: (name: string) => Queue
  removeByReceipt: (queue: string, receipt: string) => void
  /** False when no message was received with this receipt. */
  hideFor: (queue: string, receipt: string, ms: number) => boolean
  /** How many messages are due, how many somebody has received, and of how many the delay has not passed. */
  count: (queue: string) => { visible: number; hidden: number; delayed: number }
  /**
   * Since when the oldest message waits, as SQS tells it: one that was received more than three times is not counted, for
   * SQS takes it for poison.
   */
  oldest: (queue: string) => number | undefined
  purge: (queue: string) => void
}

type Options = { queues: Queue[]; store: Store; clock: Clock; onSent: (queue: string) => void }

const mostBytes = 1024 * 1024

export const openQueues = ({ queues, store, clock, onSent }: Options): Queues => {
  const known = new Map(queues.map((queue) => [queue.name, queue]))
  // Whoever held a message died with the last process: nobody else will finish it.
  store.run('UPDATE messages SET held = 0, visibleAt = min(visibleAt, ?) WHERE held = 1', clock.now())

  const queueOf = (name: string): Queue => {
    const queue = known.get(name)
    if (!queue) throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.')
    return queue
  }
  const message = (row: Row): Message => ({ ...row, attributes: JSON.parse(row.attributes) })

  const send: Queues['send'] = (name, body, { attributes = {}, delayMs } = {}) => {
    const queue = queueOf(name)
    if (Buffer.byteLength(body) > mostBytes) {
      throw new ServiceError(
        'InvalidParameterValue',
        'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
      )
    }
    const id = randomUUID()
    const now = clock.now()
    store.run(
      'INSERT INTO messages (queue, id, body, attributes, sentAt, visibleAt) VALUES (?, ?, ?, ?, ?, ?)',
      name,
      id,
      body,
      JSON.stringify(attributes),
      now,
      now + (delayMs ?? queue.delayMs),
    )
    onSent(name)
    return id
  }

  const receiveFor = (name: string, most: number, visibilityMs: number, held: boolean): Message[] => {
    const { redrive } = queueOf(name)
    const now = clock.now()
    return store.together(() => {
      const taken: Message[] = []
      for (;;) {
        const rows = store.all<Row>(
          'SELECT * FROM messages WHERE queue = ? AND visibleAt <= ? ORDER BY visibleAt, seq LIMIT ?',
          name,
          now,
          most - taken.length,
        )
        if (rows.length === 0) return taken
        for (const row of rows) {
          if (redrive && row.receives >= redrive.maxReceives) {
            store.run(
              'UPDATE messages SET queue = ?, visibleAt = ?, receipt = NULL, held = 0 WHERE seq = ?',
              redrive.to,
              now,
              row.seq,
            )
            onSent(redrive.to)
            continue
          }
          const receipt = `${row.seq}.${randomUUID()}`
          store.run(
            'UPDATE messages SET receives = receives + 1, receipt = ?, visibleAt = ?, held = ?, firstReceivedAt = coalesce(firstReceivedAt, ?) WHERE seq = ?',
            receipt,
            now + visibilityMs,
            held ? 1 : 0,
            now,
            row.seq,
          )
          taken.push(
            message({ ...row, receipt, receives: row.receives + 1, firstReceivedAt: row.firstReceivedAt ?? now }),
          )
        }
        // A visibility timeout of nothing would give the same messages again.
        if (visibilityMs === 0 || taken.length >= most) return taken
      }
    })
  }

  return {
    send,
    receive: (name, most, visibilityMs) =>
      receiveFor(name, most, visibilityMs ?? queueOf(name).visibilityMs, visibilityMs === undefined),
    remove: ({ seq, receipt }) => {
      store.run('DELETE FROM messages WHERE seq = ? AND receipt = ?', seq, receipt)
    },
    leave: ({ seq, receipt }) => {
      store.run('UPDATE messages SET held = 0 WHERE seq = ? AND receipt = ?', seq, receipt)
    },
    deadLetters: () =>
      queues
        .filter(({ holdsDeadLetters }) => holdsDeadLetters)
        .flatMap(({ name }) => store.all<Row>('SELECT * FROM messages WHERE queue = ? ORDER BY seq', name))
        .map(message),
    eraseDeadLetters: (mark) =>
      queues
        .filter(({ holdsDeadLetters }) => holdsDeadLetters)
        .reduce(
          (sum, { name }) => sum + store.run('DELETE FROM messages WHERE queue = ? AND instr(body, ?) > 0', name, mark),
          0,
        ),
    nextMoment: (fed) => {
      let next: number | undefined
      for (const name of fed) {
        const row = store.first<{ at: number | null }>('SELECT min(visibleAt) at FROM messages WHERE queue = ?', name)
        if (row?.at != null && (next === undefined || row.at < next)) next = row.at
      }
      return next
    },
    forgetOld: () => {
      for (const { name, retentionMs, holdsDeadLetters } of queues) {
        if (!holdsDeadLetters)
          store.run('DELETE FROM messages WHERE queue = ? AND sentAt < ?', name, clock.now() - retentionMs)
      }
    },
    byArn: (arn) => queues.find((queue) => queue.arn === arn),
    byName: queueOf,
    removeByReceipt: (name, receipt) => {
      store.run('DELETE FROM messages WHERE queue = ? AND receipt = ?', name, receipt)
    },
    hideFor: (name, receipt, ms) => {
      const changed = store.run(
        'UPDATE messages SET visibleAt = ? WHERE queue = ? AND receipt = ?',
        clock.now() + ms,
        name,
        receipt,
      )
      onSent(name)
      return changed > 0
    },
    count: (name) => {
      const row = store.first<{ visible: number; hidden: number; delayed: number }>(
        `SELECT count(*) FILTER (WHERE visibleAt <= ?1) visible,
          count(*) FILTER (WHERE visibleAt > ?1 AND receives > 0) hidden,
          count(*) FILTER (WHERE visibleAt > ?1 AND receives = 0) delayed
        FROM messages WHERE queue = ?2`,
        clock.now(),
        name,
      )
      return { visible: 0, hidden: 0, delayed: 0, ...row }
    },
    oldest: (name) =>
      store.first<{ at: number | null }>('SELECT min(sentAt) at FROM messages WHERE queue = ? AND receives <= 3', name)
        ?.at ?? undefined,
    purge: (name) => {
      store.run('DELETE FROM messages WHERE queue = ?', name)
    },
  }
}

/** The event that a function gets for messages of a queue. */
export const queueEvent = (messages: Message[], queue: Queue): unknown => ({
  Records: messages.map((one) => ({
    messageId: one.id,
    receiptHandle: one.receipt,
    body: one.body,
    attributes: systemAttributes(one),
    messageAttributes: Object.fromEntries(
      Object.entries(one.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          dataType: DataType,
          stringValue: StringValue,
          binaryValue: BinaryValue,
          stringListValues: [],
          binaryListValues: [],
        },
      ]),
    ),
    md5OfBody: md5(one.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: region,
  })),
})

export const systemAttributes = ({ receives, sentAt, firstReceivedAt }: Message): Record<string, string> => ({
  ApproximateReceiveCount: String(receives),
  SentTimestamp: String(sentAt),
  SenderId: 'AIDALOCAL',
  ApproximateFirstReceiveTimestamp: String(firstReceivedAt ?? sentAt),
})

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
