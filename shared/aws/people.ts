import { DeleteItemCommand, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Person, Suppressed } from '../person.ts'
import type { Instant } from '../request.ts'
import { database, fromItem, inTable, isRefusedWrite, pastConflicts, personKey, toItem } from './database.ts'

/** Held requests beyond this are not offered for confirmation: nobody sends in that many by hand. */
const MAX_HELD = 10

const update = (id: string, expression: object) =>
  pastConflicts(() =>
    database.send(new UpdateItemCommand({ ...inTable(), Key: personKey(id), ...expression } as never)),
  )

/** `false` when the condition does not hold. */
const unlessRefused = async (write: () => Promise<unknown>): Promise<boolean> => {
  try {
    await write()
    return true
  } catch (error) {
    if (isRefusedWrite(error)) return false
    throw error
  }
}

const updateIf = (id: string, expression: { ConditionExpression: string; [more: string]: unknown }) =>
  unlessRefused(() => update(id, expression))

/** A person nobody has heard of is one with nothing to her name. */
export const find = async (id: string): Promise<Person> => {
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: personKey(id), ConsistentRead: true }))
  const stored = (Item ? fromItem(Item) : {}) as Partial<Person> & { requests?: Set<string>; held?: Set<string> }
  return {
    id,
    ...(stored.verifiedAt ? { verifiedAt: stored.verifiedAt } : {}),
    ...(stored.suppressedAt ? { suppressedAt: stored.suppressedAt } : {}),
    ...(stored.suppressedBecause ? { suppressedBecause: stored.suppressedBecause } : {}),
    ...(stored.stops ? { stops: stored.stops } : {}),
    ...(stored.takenBack ? { takenBack: stored.takenBack } : {}),
    ...(stored.tipsRefusedAt ? { tipsRefusedAt: stored.tipsRefusedAt } : {}),
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

/**
 * The address is hers: the link in the mail was used. The request is hers from now on, held or not; `false` when it is not
 * known with her any more: a write that was long on its way must not bring back what she has erased meanwhile.
 */
export const verify = (id: string, requestId: string, now: Instant): Promise<boolean> =>
  updateIf(id, {
    UpdateExpression: 'SET verifiedAt = if_not_exists(verifiedAt, :now) ADD requests :request DELETE held :request',
    ConditionExpression: 'contains(requests, :id) OR contains(held, :id)',
    ExpressionAttributeValues: { ...toItem({ ':now': now, ':id': requestId }), ':request': { SS: [requestId] } },
  })

/** A request whose confirmation the caps forbade: offered when another one of this address is confirmed. */
export const hold = async (id: string, requestId: string): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'ADD held :request',
    ConditionExpression: `attribute_not_exists(held) OR size(held) < :max`,
    ExpressionAttributeValues: { ':request': { SS: [requestId] }, ':max': { N: String(MAX_HELD) } },
  })
}

/** Stops all mail to this address, for good; the first reason stands, but for her own word, which she can take back. */
export const suppress = async (id: string, because: Suppressed, now: Instant): Promise<void> => {
  // Refused: stopped before, and for good.
  await updateIf(id, {
    UpdateExpression:
      'SET suppressedAt = if_not_exists(suppressedAt, :now), suppressedBecause = :because ADD stops :one',
    ConditionExpression: 'attribute_not_exists(suppressedBecause) OR suppressedBecause = :asked',
    ExpressionAttributeValues: toItem({
      ':now': now,
      ':because': because,
      ':one': 1,
      ':asked': 'asked' satisfies Suppressed,
    }),
  })
}

/**
 * She takes back her word that nothing be sent, as it was read; what a bounce or a complaint has stopped stays stopped (`false`),
 * and so does what she has stopped once more since, or anew: an undo that was pressed twice may be late.
 * Which word it was stays known until the tips are welcome again.
 */
export const release = (
  id: string,
  { suppressedAt = '', stops = 0 }: Pick<Person, 'suppressedAt' | 'stops'>,
): Promise<boolean> =>
  updateIf(id, {
    UpdateExpression: 'SET takenBack = :at REMOVE suppressedAt, suppressedBecause',
    ConditionExpression:
      'attribute_not_exists(suppressedAt) OR (suppressedAt = :at AND stops = :stops AND suppressedBecause = :asked)',
    ExpressionAttributeValues: toItem({ ':at': suppressedAt, ':stops': stops, ':asked': 'asked' satisfies Suppressed }),
  })

/** No tips for this address, until she asks for them anew. It outlives what is erased. */
export const refuseTips = (id: string, now: Instant) =>
  update(id, { UpdateExpression: 'SET tipsRefusedAt = :now', ExpressionAttributeValues: toItem({ ':now': now }) })

/** She takes back that she refused them, until this moment: what she has refused since stays refused. */
export const welcomeTips = async (id: string, until: Instant): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'REMOVE tipsRefusedAt, takenBack',
    ConditionExpression: 'attribute_not_exists(tipsRefusedAt) OR tipsRefusedAt <= :until',
    ExpressionAttributeValues: toItem({ ':until': until }),
  })
}

/**
 * The address is hers: the link in a mail was used. What she refused before stays refused, for this consent is younger, and
 * an older one must not bring back what she has left or erased.
 */
export const verifyAddress = (id: string, now: Instant) =>
  update(id, {
    UpdateExpression: 'SET verifiedAt = if_not_exists(verifiedAt, :now)',
    ExpressionAttributeValues: toItem({ ':now': now }),
  })

/**
 * One more transient bounce in a row; answers how many there are now. An event that comes twice counts once. `tip` counts
 * a reader's parts of one series: where there is a gap to the last one that bounced, those in between have arrived, and
 * the row is broken.
 */
export const countSoftBounce = async (
  id: string,
  messageId: string,
  tip?: { series: string; part: number },
): Promise<number> => {
  const { softBounces = 0, softBounce, softPart = {} } = await find(id)
  if (softBounce === messageId) return softBounces
  const last = tip && softPart[tip.series]
  const isBroken = tip !== undefined && last !== undefined && tip.part > last + 1
  const count = isBroken ? 1 : softBounces + 1
  await update(id, {
    UpdateExpression: 'SET softBounces = :count, softBounce = :message, softPart = :parts',
    ExpressionAttributeValues: toItem({
      ':count': count,
      ':message': messageId,
      ':parts': { ...(isBroken ? {} : softPart), ...(tip ? { [tip.series]: tip.part } : {}) },
    }),
  })
  return count
}

/** Something arrived: the row of bounces is broken. */
export const forgetSoftBounces = async (id: string): Promise<void> => {
  await updateIf(id, {
    UpdateExpression: 'REMOVE softBounces, softBounce, softPart',
    ConditionExpression: 'attribute_exists(softBounces)',
  })
}

/** The request is gone: nothing of it stays with the person. */
export const forget = async (id: string, requestId: string): Promise<void> => {
  // Refused: nobody knew this person yet.
  await updateIf(id, {
    UpdateExpression: 'DELETE requests :request, held :request',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':request': { SS: [requestId] } },
  })
}

/** What is known of an address beside its requests and its no. */
export const counted =
  'verifiedAt, confirmations, lastConfirmationAt, lastMailOn, lastTip, softBounces, softBounce, softPart, takenBack'

/**
 * She has erased the last of what was hers: what was counted of the address goes with it. Her no stays, as a hash; without one
 * nothing does. While a request stands with her all of it does.
 */
export const forgetAll = async (id: string): Promise<void> => {
  const isGone = 'attribute_not_exists(requests) AND attribute_not_exists(held)'
  const hasNoNo = 'attribute_not_exists(tipsRefusedAt) AND attribute_not_exists(suppressedAt)'
  const whole = { ...inTable(), Key: personKey(id), ConditionExpression: `${isGone} AND ${hasNoNo}` }
  const isDeleted = await unlessRefused(() => pastConflicts(() => database.send(new DeleteItemCommand(whole))))
  if (!isDeleted) await updateIf(id, { UpdateExpression: `REMOVE ${counted}`, ConditionExpression: isGone })
}
