import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type * as z from 'zod/mini'
import { log } from './log.ts'

/**
 * A handler for a queue: every message is worked on by itself, and only those that failed come back. What cannot be read
 * fails each time, until the queue puts it with the dead letters: it blocks nobody.
 */
export const fromQueue =
  <Schema extends z.ZodMiniType>(schema: Schema, work: (message: z.output<Schema>, now: string) => Promise<void>) =>
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const now = new Date().toISOString()
    const results = await Promise.allSettled(
      event.Records.map(async ({ body }) => work(schema.parse(JSON.parse(body)), now)),
    )
    const batchItemFailures = results.flatMap((result, index) => {
      if (result.status === 'fulfilled') return []
      const { messageId = '' } = event.Records[index] ?? {}
      log('warn', 'message-failed', { messageId, because: nameOf(result.reason) })
      return [{ itemIdentifier: messageId }]
    })
    return { batchItemFailures }
  }

/** A handler for a stream: in order, up to the first that failed; Lambda comes back with that one and all after it. */
export const fromStream =
  (work: (record: DynamoDBRecord, now: string) => Promise<void>) =>
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of event.Records) {
      try {
        await work(record, new Date().toISOString())
      } catch (error) {
        const itemIdentifier = record.dynamodb?.SequenceNumber ?? ''
        log('warn', 'record-failed', { sequence: itemIdentifier, because: nameOf(error) })
        return { batchItemFailures: [{ itemIdentifier }] }
      }
    }
    return { batchItemFailures: [] }
  }

/**
 * A handler of one event, or of the clock. What it throws goes on: Lambda comes back, or puts it with the dead letters. But
 * Lambda logs it with its words and all that hangs on it, an item of the table for one: so only its kind goes on.
 */
export const fromEvent =
  <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
  async (...given: Given): Promise<Result> => {
    try {
      return await work(...given)
    } catch (error) {
      const { name, code } = (error instanceof Error ? error : { name: 'Error' }) as NodeJS.ErrnoException
      throw Object.assign(new Error(nameOf(error)), { name, ...(typeof code === 'string' ? { code } : {}) })
    }
  }

/** The kind of an error; the words only of our own: those of a parser or a service quote what they were given. */
const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  return error.name === 'Error' ? error.message : error.name
}
