import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { fromEvent, fromQueue, fromStream } from '../shared/batch.ts'

const said: string[] = []
beforeEach(() => {
  said.length = 0
  vi.spyOn(console, 'warn').mockImplementation((line: object) => void said.push(JSON.stringify(line)))
})
afterEach(() => vi.restoreAllMocks())

const messages = (...bodies: string[]) =>
  ({ Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) }) as unknown as SQSEvent
const records = (...numbers: string[]) =>
  ({ Records: numbers.map((SequenceNumber) => ({ dynamodb: { SequenceNumber } })) }) as unknown as DynamoDBStreamEvent

describe('a batch from a queue', () => {
  const handler = (seen: number[]) =>
    fromQueue(z.object({ n: z.number() }), async ({ n }) => {
      if (n < 0) throw new Error('negative')
      seen.push(n)
    })

  test('gives back only what failed, and works on all the rest', async () => {
    const seen: number[] = []
    const event = messages('{"n":1}', '{"n":-1}', 'no json', '{"n":"ada@example.org"}', '{"n":2}')
    expect(await handler(seen)(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }],
    })
    expect(seen).toEqual([1, 2])
  })

  test('says in the log which message failed, and nothing of what was in it', async () => {
    await handler([])(messages('{"n":"ada@example.org"}', 'ada@example.org'))
    expect(said).toEqual([
      '{"event":"message-failed","messageId":"m0","because":"$ZodError"}',
      '{"event":"message-failed","messageId":"m1","because":"SyntaxError"}',
    ])
  })

  test('that is empty is a success', async () => {
    expect(await handler([])(messages())).toEqual({ batchItemFailures: [] })
  })
})

describe('a batch from the stream', () => {
  test('goes in order up to the first that failed, and comes back with that one', async () => {
    const seen: string[] = []
    const handler = fromStream(async ({ dynamodb }) => {
      if (dynamodb?.SequenceNumber === '3') throw new Error('three')
      seen.push(dynamodb?.SequenceNumber ?? '')
    })
    expect(await handler(records('1', '2', '3', '4'))).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] })
    expect(seen).toEqual(['1', '2'])
    expect(said).toEqual(['{"event":"record-failed","sequence":"3","because":"three"}'])
  })

  test('in which nothing failed is a success', async () => {
    const handler = fromStream(async () => undefined)
    expect(await handler(records('1', '2'))).toEqual({ batchItemFailures: [] })
    expect(said).toEqual([])
  })

  test.each([
    ['an error of a service', new TypeError('for ada@example.org'), 'TypeError'],
    ['one of ours', new Error('our words'), 'our words'],
    ['what is no error', 'ada@example.org', 'unknown'],
  ])('says of %s what may be said', async (_case, thrown, because) => {
    const handler = fromStream(async () => {
      throw thrown
    })
    await handler(records('7'))
    expect(said).toEqual([JSON.stringify({ event: 'record-failed', sequence: '7', because })])
  })
})

describe('a handler of one event', () => {
  test('gives what its work answers', async () => {
    expect(await fromEvent(async (event: number) => event + 1)(1)).toBe(2)
  })

  test.each([
    [
      'an error of a service',
      Object.assign(new TypeError('ada@example.org'), { Item: 'ada' }),
      'TypeError',
      'TypeError',
    ],
    ['one of ours', new Error('our words'), 'Error', 'our words'],
    ['what is no error', 'ada@example.org', 'Error', 'unknown'],
  ])('throws of %s what may be said, and nothing that hangs on it', async (_case, thrown, name, message) => {
    const error = await fromEvent(() => Promise.reject(thrown))().catch((caught: unknown) => caught)
    expect({ ...(error as Error) }).toEqual({ name })
    expect((error as Error).message).toBe(message)
    expect((error as Error).stack).not.toContain('ada')
  })

  test('leaves the code, by which a command tells what is to be done', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    await expect(fromEvent(() => Promise.reject(refused))()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
