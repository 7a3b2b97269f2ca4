import { describe, expect, test } from 'vitest'
import { openQueueReaders } from '../local/queue-readers.ts'
import type { Message } from '../local/queues.ts'
import type { Queue, QueueMapping } from '../local/template.ts'

const mapping: QueueMapping = {
  id: 'FromQueue',
  fn: 'work',
  batchSize: 1,
  filters: [],
  reportsItemFailures: false,
  queue: 'work',
  mostAtOnce: 2,
}

/** How many batches are under way when nobody finishes. */
const underWay = async (workers: number, more: Partial<QueueMapping> = {}): Promise<number> => {
  let [left, running] = [5, 0]
  const loops = openQueueReaders({
    mappings: [{ ...mapping, ...more }],
    queues: [{ name: 'work', arn: 'arn' } as Queue],
    lambda: {
      isThrottled: () => false,
      invoke: () => {
        running += 1
        return new Promise(() => undefined)
      },
    },
    messages: {
      receive: () => (left-- > 0 ? [{ id: `m${left}`, attributes: {}, body: '{}' } as unknown as Message] : []),
    } as never,
    workers,
    onWork: () => undefined,
    report: (error) => expect.unreachable(error.message),
  })
  for (const loop of loops) loop.wake()
  await new Promise(setImmediate)
  return running
}

describe('batches of a queue', () => {
  test.each([
    [1, 2, 1],
    [2, 2, 2],
    [8, 2, 2],
    [3, Number.POSITIVE_INFINITY, 3],
  ])('with %i workers and a template that allows %f are %i at a time', async (workers, mostAtOnce, wanted) => {
    expect(await underWay(workers, { mostAtOnce })).toBe(wanted)
  })
})
