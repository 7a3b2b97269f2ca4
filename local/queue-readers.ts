import type { Functions } from './functions.ts'
import { type Loop, loopOf } from './loop.ts'
import { matches } from './pattern.ts'
import { type Message, type Queues, queueEvent } from './queues.ts'
import type { Queue, QueueMapping } from './template.ts'

type Options = {
  mappings: QueueMapping[]
  queues: Queue[]
  lambda: Pick<Functions, 'invoke' | 'isThrottled'>
  messages: Queues
  /** How many batches of a queue are worked on at a time, where the template allows it. */
  workers: number
  onWork: () => void
  report: (error: Error) => void
}

/** Hands messages to functions, as Lambda event source mappings of queues do. */
export const openQueueReaders = ({ mappings, queues, lambda, messages, workers, onWork, report }: Options): Loop[] =>
  mappings.flatMap((mapping) => {
    const queue = queues.find(({ name }) => name === mapping.queue)
    if (!queue) return []
    const work = async (): Promise<boolean> => {
      if (lambda.isThrottled(mapping.fn)) return false
      const received = messages.receive(mapping.queue, mapping.batchSize)
      if (received.length === 0) return false
      onWork()
      const wanted = received.filter((message) => isWanted(mapping, message))
      // What no filter wants is gone, there as here.
      for (const message of received) if (!wanted.includes(message)) messages.remove(message)
      if (wanted.length === 0) return true
      const outcome = await lambda.invoke(mapping.fn, queueEvent(wanted, queue))
      const failed = outcome.ok ? failures(mapping, wanted, outcome.result) : new Set(wanted.map(({ id }) => id))
      for (const message of wanted) {
        if (failed.has(message.id)) messages.leave(message)
        else messages.remove(message)
      }
      return true
    }
    return Array.from({ length: Math.min(workers, mapping.mostAtOnce) }, () => loopOf(work, report))
  })

const isWanted = (mapping: QueueMapping, message: Message): boolean => {
  if (mapping.filters.length === 0) return true
  let body: unknown = message.body
  try {
    body = JSON.parse(message.body)
  } catch {
    // Not JSON: a pattern for text can still match.
  }
  return mapping.filters.some((filter) => matches(filter, { ...message, messageId: message.id, body }))
}

/** Ids of the messages that the function reports as failed; all of them when its answer makes no sense. */
const failures = (mapping: QueueMapping, messages: Message[], result: unknown): Set<string> => {
  if (!mapping.reportsItemFailures) return new Set()
  const reported =
    (result as { batchItemFailures?: { itemIdentifier?: unknown }[] | null } | null)?.batchItemFailures ?? []
  const known = new Set(messages.map(({ id }) => id))
  const ids = reported.map(({ itemIdentifier }) => itemIdentifier)
  return ids.every((id) => typeof id === 'string' && known.has(id)) ? new Set(ids as string[]) : known
}
