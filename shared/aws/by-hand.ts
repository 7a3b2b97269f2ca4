import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Instant } from '../request.ts'
import { handoverKey, inTable, personKey, requestKey, toItem, unlessRefused, write } from './database.ts'

/** Writes that only an operator makes, with credentials of their own. */

/** The write, unless there is no such item: `false`. */
const ofWhatIsThere = (Key: object, expression: object): Promise<boolean> =>
  unlessRefused(() =>
    write(
      new UpdateItemCommand({ ...inTable(), Key, ConditionExpression: 'attribute_exists(pk)', ...expression } as never),
    ),
  )

/**
 * Makes the stream tell of a request as if it had changed. Only its version does, with the moment: who is changing it at this
 * moment reads it once more. `false` when there is none.
 */
export const touch = (requestId: string, now: Instant): Promise<boolean> =>
  ofWhatIsThere(requestKey(requestId), {
    UpdateExpression: 'SET version = version + :one, touchedAt = :now',
    ExpressionAttributeValues: toItem({ ':one': 1, ':now': now }),
  })

/** Mail may go to this address again, whatever had stopped it; bounces are counted anew. */
export const liftStop = (person: string): Promise<boolean> =>
  ofWhatIsThere(personKey(person), {
    UpdateExpression: 'REMOVE suppressedAt, suppressedBecause, softBounces, softBounce, softPart',
  })

/** Tips are handed over again, whatever they were held for. */
export const endHold = (): Promise<boolean> => ofWhatIsThere(handoverKey(), { UpdateExpression: 'REMOVE holdUntil' })

/** Longer than anybody pauses anything. */
export const forGood: Instant = '9999-12-31T23:59:59.000Z'
