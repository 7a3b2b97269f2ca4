import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Person } from '../person.ts'
import type { Instant } from '../request.ts'
import { database, fromItem, inTable, isRefusedWrite, pastConflicts, personKey, toItem } from './database.ts'

/** Held requests beyond this are not offered for confirmation: nobody sends in that many by hand. */
const MAX_HELD = 10

const update = (id: string, expression: object) =>
  pastConflicts(() =>
    database.send(new UpdateItemCommand({ ...inTable(), Key: personKey(id), ...expression } as never)),
  )

/** A person nobody has heard of is one with nothing to her name. */
export const find = async (id: string): Promise<Person> => {
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: personKey(id), ConsistentRead: true }))
  const stored = (Item ? fromItem(Item) : {}) as Partial<Person> & { requests?: Set<string>; held?: Set<string> }
  return {
    id,
    ...(stored.verifiedAt ? { verifiedAt: stored.verifiedAt } : {}),
    ...(stored.suppressedAt ? { suppressedAt: stored.suppressedAt } : {}),
    ...(stored.suppressedBecause ? { suppressedBecause: stored.suppressedBecause } : {}),
    ...(stored.lastMailOn ? { lastMailOn: stored.lastMailOn } : {}),
    confirmations: stored.confirmations ?? [],
    requests: [...(stored.requests ?? [])].sort(),
    held: [...(stored.held ?? [])].sort(),
  }
}

/** The address is hers: the link in the mail was used. The request is hers from now on, held or not. */
export const verify = (id: string, requestId: string, now: Instant) =>
  update(id, {
    UpdateExpression: 'SET verifiedAt = if_not_exists(verifiedAt, :now) ADD requests :request DELETE held :request',
    ExpressionAttributeValues: { ...toItem({ ':now': now }), ':request': { SS: [requestId] } },
  })

/** A request whose confirmation the caps forbade: offered when another one of this address is confirmed. */
export const hold = async (id: string, requestId: string): Promise<void> => {
  try {
    await update(id, {
      UpdateExpression: 'ADD held :request',
      ConditionExpression: `attribute_not_exists(held) OR size(held) < :max`,
      ExpressionAttributeValues: { ':request': { SS: [requestId] }, ':max': { N: String(MAX_HELD) } },
    })
  } catch (error) {
    if (!isRefusedWrite(error)) throw error
  }
}

/** Stops all mail to this address, for good; the first reason stands. */
export const suppress = (id: string, because: 'bounce' | 'complaint', now: Instant) =>
  update(id, {
    UpdateExpression:
      'SET suppressedAt = if_not_exists(suppressedAt, :now), suppressedBecause = if_not_exists(suppressedBecause, :because)',
    ExpressionAttributeValues: toItem({ ':now': now, ':because': because }),
  })

/** The request is gone: nothing of it stays with the person. */
export const forget = async (id: string, requestId: string): Promise<void> => {
  try {
    await update(id, {
      UpdateExpression: 'DELETE requests :request, held :request',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':request': { SS: [requestId] } },
    })
  } catch (error) {
    // Nobody knew this person yet.
    if (!isRefusedWrite(error)) throw error
  }
}
