import {
  DeleteItemCommand,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Person, Suppressed } from '../person.ts'
import type { Instant } from '../request.ts'
import {
  database,
  fromItem,
  type Item,
  inTable,
  personKey,
  requestKey,
  subscriptionKey,
  toItem,
  unlessRefused,
  write,
} from './database.ts'

/** Held requests beyond this are not offered for confirmation: nobody sends in that many by hand. */
const MAX_HELD = 10

const updateIf = (id: string, expression: { ConditionExpression: string; [more: string]: unknown }) =>
  unlessRefused(() => write(new UpdateItemCommand({ ...inTable(), Key: personKey(id), ...expression } as never)))

type Check = { Key: Item; ConditionExpression: string; ExpressionAttributeValues?: Item }
const isThere = (Key: Item): Check => ({ Key, ConditionExpression: 'attribute_exists(pk)' })
const isGone = (Key: Item): Check => ({ Key, ConditionExpression: 'attribute_not_exists(pk)' })

/**
 * For what is written of a person because of something of hers: while that is there, or gone. What is written of something
 * that is gone, once the stream has told of it, would stay. `false` when it is otherwise, or the condition does not hold.
 */
const updateWhile = async (
  thing: Check,
  id: string,
  expression: { UpdateExpression: string; ConditionExpression?: string; ExpressionAttributeValues: Item },
): Promise<boolean> => {
  const { TableName, ReturnConsumedCapacity } = inTable()
  const TransactItems = [
    { Update: { TableName, Key: personKey(id), ...expression } },
    { ConditionCheck: { TableName, ...thing } },
  ]
  try {
    await write(new TransactWriteItemsCommand({ ReturnConsumedCapacity, TransactItems }))
    return true
  } catch (error) {
    const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : []
    if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return false
    throw error
  }
}

/** A person nobody has heard of is one with nothing to her name. */
export const find = async (id: string): Promise<Person> => {
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: personKey(id), ConsistentRead: true }))
  const stored = (Item ? fromItem(Item) : {}) as Partial<Person> &
    Partial<Record<'requests' | 'held' | 'undoing', Set<string>>>
  return {
    id,
    ...(stored.verifiedAt ? { verifiedAt: stored.verifiedAt } : {}),
    ...(stored.suppressedAt ? { suppressedAt: stored.suppressedAt } : {}),
    ...(stored.suppressedBecause ? { suppressedBecause: stored.suppressedBecause } : {}),
    ...(stored.stops ? { stops: stored.stops } : {}),
    ...(stored.undoing ? { undoing: [...stored.undoing].sort() } : {}),
    ...(stored.tipsRefusedAt ? { tipsRefusedAt: stored.tipsRefusedAt } : {}),
    ...(stored.tipsErasedAt ? { tipsErasedAt: stored.tipsErasedAt } : {}),
    ...(stored.softBounces ? { softBounces: stored.softBounces } : {}),
    ...(stored.softBounce ? { softBounce: stored.softBounce } : {}),
    ...(stored.softPart ? { softPart: stored.softPart } : {}),
    ...(stored.lastMailOn ? { lastMailOn: stored.lastMailOn } : {}),
    ...(stored.lastTip ? { lastTip: stored.lastTip } : {}),
    confirmations: stored.confirmations ?? [],
    requests: [...(stored.requests ?? [])].sort(),
    held: [...(stored.held ?? [])].sort(),
  }
}

/** The address is hers: the link in the mail was used. The request is hers from now on, held or not; `false` when it is gone. */
export const verify = (id: string, requestId: string, now: Instant): Promise<boolean> =>
  updateWhile(isThere(requestKey(requestId)), id, {
    UpdateExpression: 'SET verifiedAt = if_not_exists(verifiedAt, :now) ADD requests :request DELETE held :request',
    ExpressionAttributeValues: { ...toItem({ ':now': now }), ':request': { SS: [requestId] } },
  })

/** A request whose confirmation the caps forbade: offered when another one of this address is confirmed. */
export const hold = async (id: string, requestId: string): Promise<void> => {
  await updateWhile(isThere(requestKey(requestId)), id, {
    UpdateExpression: 'ADD held :request',
    ConditionExpression: 'attribute_not_exists(held) OR size(held) < :max',
    ExpressionAttributeValues: { ':request': { SS: [requestId] }, ':max': { N: String(MAX_HELD) } },
  })
}

/**
 * Stops all mail to this address, for good; the first reason stands, but for her own word, which she can take back. `false` when
 * it was stopped before, and for good; or, with what was `seen` of her, when she has said so once more since then: a word that was
 * long on its way must not stop anew what she has taken back.
 */
export const suppress = (
  id: string,
  because: Suppressed,
  now: Instant,
  seen?: Pick<Person, 'stops'>,
): Promise<boolean> => {
  const isAsSeen = seen?.stops === undefined ? 'attribute_not_exists(stops)' : 'stops = :seen'
  return updateIf(id, {
    UpdateExpression:
      'SET suppressedAt = if_not_exists(suppressedAt, :now), suppressedBecause = :because ADD stops :one',
    ConditionExpression: `(attribute_not_exists(suppressedBecause) OR suppressedBecause = :asked)${seen ? ` AND ${isAsSeen}` : ''}`,
    ExpressionAttributeValues: toItem({
      ':now': now,
      ':because': because,
      ':one': 1,
      ':seen': seen?.stops,
      ':asked': 'asked' satisfies Suppressed,
    }),
  })
}

/** What is hers: by its link she says something of herself. */
export type Hers = { requestId: string } | { series: string }

/** That it is there, and hers: a mail comes to the addresses behind an alias as well. */
const hers = (id: string, thing: Hers): Check => ({
  Key: 'series' in thing ? subscriptionKey({ person: id, series: thing.series }) : requestKey(thing.requestId),
  ConditionExpression: 'person = :id',
  ExpressionAttributeValues: toItem({ ':id': id }),
})

/**
 * She takes back her word that nothing be sent, as it was read; what a bounce or a complaint has stopped stays stopped (`false`),
 * and so does what she has stopped once more since, or anew: an undo that was pressed twice may be late.
 * Which word it was stays known until that was seen to its end. Both are written while that is there `by` which she says so.
 */
export const release = async (
  id: string,
  { suppressedAt = '', stops = 0 }: Pick<Person, 'suppressedAt' | 'stops'>,
  by?: Hers,
): Promise<boolean> => {
  const back = {
    UpdateExpression: 'ADD undoing :undone REMOVE suppressedAt, suppressedBecause',
    ConditionExpression: 'suppressedAt = :at AND stops = :stops AND suppressedBecause = :asked',
    ExpressionAttributeValues: {
      ...toItem({ ':at': suppressedAt, ':stops': stops, ':asked': 'asked' satisfies Suppressed }),
      ':undone': { SS: [suppressedAt] },
    },
  }
  const isReleased = await (by ? updateWhile(hers(id, by), id, back) : updateIf(id, back))
  // Nothing stops it any more: pressed twice at once, or tried again because the answer was lost.
  return isReleased || (await find(id)).suppressedAt === undefined
}

/**
 * No tips for this address, until she asks for them anew, or takes it back; of two words the later one stands. With a `stop`, of
 * which this is a part, while that stands.
 */
export const refuseTips = async (id: string, now: Instant, stop?: Instant): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'SET tipsRefusedAt = :now',
    ConditionExpression: `(attribute_not_exists(tipsRefusedAt) OR tipsRefusedAt < :now)${stop ? ' AND suppressedAt = :stop' : ''}`,
    ExpressionAttributeValues: toItem({ ':now': now, ':stop': stop }),
  })
}

/** The tips of this address are erased: none, until she asks for them anew. It outlives what is erased. */
export const eraseTips = async (id: string, now: Instant): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'SET tipsErasedAt = :now',
    ConditionExpression: 'attribute_not_exists(tipsErasedAt) OR tipsErasedAt < :now',
    ExpressionAttributeValues: toItem({ ':now': now }),
  })
}

/**
 * She takes back that she refused them, until this moment, and these stops are taken back to their end: what she has refused
 * since stays refused, and so does all of it once all mail is stopped anew.
 */
export const welcomeTips = async (
  id: string,
  until: Instant,
  { undone = [], by }: { undone?: readonly Instant[]; by?: Hers | undefined } = {},
): Promise<void> => {
  const welcome = {
    UpdateExpression: `REMOVE tipsRefusedAt${undone.length > 0 ? ' DELETE undoing :undone' : ''}`,
    ConditionExpression:
      'attribute_exists(pk) AND attribute_not_exists(suppressedAt) AND (attribute_not_exists(tipsRefusedAt) OR tipsRefusedAt <= :until)',
    ExpressionAttributeValues: {
      ...toItem({ ':until': until }),
      ...(undone.length > 0 ? { ':undone': { SS: [...undone] } } : {}),
    },
  }
  await (by ? updateWhile(hers(id, by), id, welcome) : updateIf(id, welcome))
}

/** What a mail was about; of a series the reader had so many parts with this one. */
export type Bounced = Hers & { part?: number }

/**
 * One more transient bounce in a row; answers how many there are now. An event that comes twice counts once. Where there is a
 * gap to the last part of the same series that bounced, those in between have arrived, and the row is broken. What comes back
 * after its request or series is gone is not counted: 0.
 */
export const countSoftBounce = async (id: string, messageId: string, about: Bounced): Promise<number> => {
  const { softBounces = 0, softBounce, softPart = {} } = await find(id)
  if (softBounce === messageId) return softBounces
  const tip = 'series' in about && about.part !== undefined ? { [about.series]: about.part } : {}
  const isBroken = Object.entries(tip).some(([series, part]) => part > (softPart[series] ?? part) + 1)
  const count = isBroken ? 1 : softBounces + 1
  const isCounted = await updateWhile(hers(id, about), id, {
    UpdateExpression: 'SET softBounces = :count, softBounce = :message, softPart = :parts',
    ExpressionAttributeValues: toItem({
      ':count': count,
      ':message': messageId,
      ':parts': { ...(isBroken ? {} : softPart), ...tip },
    }),
  })
  return isCounted ? count : 0
}

/** Something arrived: the row of bounces is broken. */
export const forgetSoftBounces = async (id: string): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'REMOVE softBounces, softBounce, softPart',
    ConditionExpression: 'attribute_exists(softBounces)',
  })
}

/** Nothing stays with the person of a request that is gone, unless it was sent in again meanwhile. */
export const forget = async (id: string, requestId: string): Promise<void> => {
  // Refused as well where nobody knows this person.
  await updateWhile(isGone(requestKey(requestId)), id, {
    UpdateExpression: 'DELETE requests :request, held :request',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':request': { SS: [requestId] } },
  })
}

/** What is known of an address beside its requests and its no. */
const counted =
  'verifiedAt, confirmations, lastConfirmationAt, lastMailOn, lastTip, softBounces, softBounce, softPart, undoing'

/**
 * The last of what was hers is gone: what was counted of the address goes with it. Her no stays, as a hash; without one
 * nothing does. While a request stands with her all of it does; and with `butCaps` what the caps need, of an address that was
 * asked to confirm and never did.
 */
export const forgetAll = async (id: string, { butCaps = false } = {}): Promise<void> => {
  const needed = butCaps ? ' AND (attribute_exists(verifiedAt) OR attribute_not_exists(confirmations))' : ''
  const isOver = `attribute_not_exists(requests) AND attribute_not_exists(held)${needed}`
  const hasNoNo =
    'attribute_not_exists(tipsRefusedAt) AND attribute_not_exists(tipsErasedAt) AND attribute_not_exists(suppressedAt)'
  const whole = { ...inTable(), Key: personKey(id), ConditionExpression: `${isOver} AND ${hasNoNo}` }
  const isDeleted = await unlessRefused(() => write(new DeleteItemCommand(whole)))
  if (!isDeleted) await updateIf(id, { UpdateExpression: `REMOVE ${counted}`, ConditionExpression: isOver })
}
