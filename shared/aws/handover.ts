import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Instant } from '../request.ts'
import { database, fromItem, handoverKey, inTable, toItem } from './database.ts'
import type { Place } from './subscriptions.ts'

export type Handover = {
  /** How far each shard of what is due has been handed over, while the queue still holds what was. */
  places: Record<string, Place>
  /** When the walk through what is due began that has come to these places. */
  startedAt?: Instant
  /** Nothing is handed over before: SES takes nothing at the moment. */
  holdUntil?: Instant
}

export const read = async (): Promise<Handover> => {
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: handoverKey(), ConsistentRead: true }))
  return { places: {}, ...((Item ? fromItem(Item) : {}) as Partial<Handover>) }
}

const set = (UpdateExpression: string, values: object): Promise<unknown> =>
  database.send(
    new UpdateItemCommand({
      ...inTable(),
      Key: handoverKey(),
      UpdateExpression,
      ExpressionAttributeValues: toItem(values),
    }),
  )

export const remember = (places: Handover['places'], startedAt: Instant): Promise<unknown> =>
  set('SET places = :places, startedAt = :startedAt', { ':places': places, ':startedAt': startedAt })

export const hold = (until: Instant): Promise<unknown> => set('SET holdUntil = :until', { ':until': until })
