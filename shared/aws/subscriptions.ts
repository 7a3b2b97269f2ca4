import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { sortKeys, table } from '../names.ts'
import type { Person } from '../person.ts'
import type { Instant, LocalDate } from '../request.ts'
import { after, type Claim, isAlive, isReading, type Subscription } from '../tips/subscription.ts'
import {
  database,
  fromItem,
  type Item,
  inTable,
  personKey,
  subscriptionKey,
  toItem,
  unlessRefused,
  write,
} from './database.ts'

/** At nine o'clock a million may be due at once: no partition of the index sees more than its share of the writes. */
const SHARDS = 16
export const shards: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => `tips#${shard}`)
export const shardOf = (person: string): string =>
  `tips#${(createHash('sha256').update(person).digest()[0] ?? 0) % SHARDS}`

type Key = Pick<Subscription, 'person' | 'series'>

/** As it is stored: in the index of what is due as long as something is. Pure. */
export const toStored = (subscription: Subscription): Item => {
  const { due: _due, ...rest } = subscription
  return {
    ...subscriptionKey(subscription),
    ...toItem({ ...rest, ...(rest.dueAt ? { due: shardOf(rest.person) } : {}) }),
  }
}

/** A stored subscription without the keys of the table. Pure; also for the images of the stream. */
export const fromStored = (item: Item): Subscription => {
  const { pk: _pk, sk: _sk, due: _due, ...subscription } = fromItem(item)
  return subscription as Subscription
}

/** What the subscription is at this moment; nothing when there is none, or when its time to be confirmed is over. */
export const find = async (key: Key, now: Instant): Promise<Subscription | undefined> => {
  const { Item } = await database.send(
    new GetItemCommand({ ...inTable(), Key: subscriptionKey(key), ConsistentRead: true }),
  )
  const found = Item && fromStored(Item)
  return found && isAlive(found, now) ? found : undefined
}

/** Everything that this person reads or has read. */
export const of = async (person: string, now: Instant): Promise<Subscription[]> => {
  const { Items = [] } = await database.send(
    new QueryCommand({
      ...inTable(),
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :series)',
      ExpressionAttributeValues: { ':pk': personKey(person).pk, ':series': { S: sortKeys.series } },
    }),
  )
  return Items.map(fromStored).filter((subscription) => isAlive(subscription, now))
}

const firstOf = (subscription: Subscription, now: Instant) => ({
  TableName: inTable().TableName,
  Item: toStored(subscription),
  ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
  ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.parse(now) / 1000)) } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
})

/** Stores a new one; `false` when there is one already, unless that one was never confirmed in time. */
export const create = async (subscription: Subscription, now: Instant): Promise<boolean> => {
  try {
    await write(new PutItemCommand({ ...inTable(), ...firstOf(subscription, now) }))
    return true
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return isOurs(error, subscription)
  }
}

/** The SDK tries again when an answer is lost: then the write that is in the way is our own. */
const isOurs = ({ Item }: ConditionalCheckFailedException, written: Subscription): boolean =>
  Item !== undefined && isDeepStrictEqual(fromStored(Item), fromStored(toStored(written)))

/** `present` is what stands there now: somebody else has written meanwhile; nothing when it is gone. */
export type Saved = { saved: true } | { saved: false; present: Subscription | undefined }
/** Mail to the address is stopped, or is not any more, or she has refused the tips since. */
type Stopped = { saved: false; stopped: true }

const nextOf = (next: Subscription) => ({
  TableName: inTable().TableName,
  Item: toStored(next),
  // Of the same one: erased and asked for anew it has another secret.
  ConditionExpression: 'version = :seen AND secret = :secret',
  ExpressionAttributeValues: { ':seen': { N: String(next.version - 1) }, ':secret': { S: next.secret } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
})

/** Writes the next version of one that was read. */
export const save = async (next: Subscription): Promise<Saved> => {
  try {
    await write(new PutItemCommand({ ...inTable(), ...nextOf(next) }))
    return { saved: true }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return isOurs(error, next) ? { saved: true } : { saved: false, present: error.Item && fromStored(error.Item) }
  }
}

const isOpen = { ConditionExpression: 'attribute_not_exists(suppressedAt)' }
const isHers = ({ consent }: Subscription) => ({
  ...isOpen,
  UpdateExpression: 'SET verifiedAt = if_not_exists(verifiedAt, :now)',
  ExpressionAttributeValues: toItem({ ':now': consent.confirmedAt }),
})
const isWelcome = ({ consent }: Subscription) => ({
  ConditionExpression: `${isOpen.ConditionExpression} AND (attribute_not_exists(tipsRefusedAt) OR tipsRefusedAt < :consent) AND (attribute_not_exists(tipsErasedAt) OR tipsErasedAt < :consent)`,
  ExpressionAttributeValues: toItem({ ':consent': consent.confirmedAt ?? '' }),
})

const isStopped = (stop: Instant) => ({
  ConditionExpression: 'suppressedAt = :stop',
  ExpressionAttributeValues: toItem({ ':stop': stop }),
})
type While = typeof isOpen | ReturnType<typeof isWelcome | typeof isHers | typeof isStopped>

/**
 * For whoever begins to read: a stop of all mail leaves alone what was left before it and what it does not find, so it has
 * to be looked for in the write itself. So has her no, which leaves nothing behind where she has had everything erased.
 */
const putWhile = async (
  id: string,
  condition: While,
  put: ReturnType<typeof firstOf | typeof nextOf>,
): Promise<Saved | Stopped> => {
  const { TableName, ReturnConsumedCapacity } = inTable()
  const person = { TableName, Key: personKey(id), ...condition }
  try {
    await write(
      new TransactWriteItemsCommand({
        ReturnConsumedCapacity,
        TransactItems: [{ Put: put }, 'UpdateExpression' in person ? { Update: person } : { ConditionCheck: person }],
      }),
    )
    return { saved: true }
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const [first, second] = error.CancellationReasons ?? []
    if (first?.Code === 'ConditionalCheckFailed') return { saved: false, present: first.Item && fromStored(first.Item) }
    if (second?.Code === 'ConditionalCheckFailed') return { saved: false, stopped: true }
    throw error
  }
}

/** As `create`, unless mail to the address is stopped, or she has refused the tips since she consented to this. */
export const createUnlessRefused = (subscription: Subscription, now: Instant): Promise<Saved | Stopped> =>
  putWhile(subscription.person, isWelcome(subscription), firstOf(subscription, now))

/** The same as `save`. */
export const saveUnlessRefused = (next: Subscription): Promise<Saved | Stopped> =>
  putWhile(next.person, isWelcome(next), nextOf(next))

/** As `save`, unless mail to the address is stopped. */
export const saveUnlessStopped = (next: Subscription): Promise<Saved | Stopped> =>
  putWhile(next.person, isOpen, nextOf(next))

/**
 * The same for one that was just confirmed: the address is hers. What she refused before stays refused, for this consent is
 * younger, and an older one must not bring back what she has left or erased.
 */
export const saveConfirmed = (next: Subscription): Promise<Saved | Stopped> =>
  putWhile(next.person, isHers(next), nextOf(next))

/** As `save`, while her word of that moment stands by which all mail to the address was stopped. */
export const saveWhileStopped =
  (stop: Instant) =>
  (next: Subscription): Promise<Saved | Stopped> =>
    putWhile(next.person, isStopped(stop), nextOf(next))

const TRIES = 5

/**
 * Reads, decides, writes, and decides again on what is there when somebody was faster. `decide` gives the next version,
 * or nothing to leave it. The result is what stands there in the end; with a `secret`, nothing when it was erased and asked for
 * anew: that is another one.
 */
export const change = async (
  key: Key & { secret?: string },
  now: Instant,
  decide: (present: Subscription) => Subscription | undefined,
  store: (next: Subscription) => Promise<Saved | Stopped> = save,
): Promise<Subscription | undefined> => {
  let present = await find(key, now)
  for (let tries = 0; tries < TRIES && present; tries += 1) {
    if (key.secret !== undefined && key.secret !== present.secret) return undefined
    const next = decide(present)
    if (!next) return present
    const result = await store(next)
    if (result.saved) return next
    if ('stopped' in result) return present
    present = result.present
  }
  if (present) throw new Error('A subscription changed faster than it could be written')
  return undefined
}

export type Claimed =
  | { result: 'claimed'; subscription: Subscription }
  /** Somebody holds it, or held it and died. */
  | { result: 'held'; subscription: Subscription; claim: Claim }
  /** Not due, not reading any more, gone. */
  | { result: 'not-due' }

/**
 * Takes what is due for this worker: consent, time and claim are checked in one write, so that a reader who has just left
 * gets nothing. `instead` is a claim that nobody answers for any more. Pausing ends here when its time is over.
 */
export const claim = async (key: Key, claim: Claim, { instead }: { instead?: string } = {}): Promise<Claimed> => {
  try {
    const { Attributes } = await write(
      new UpdateItemCommand({
        ...inTable(),
        Key: subscriptionKey(key),
        UpdateExpression: 'SET claim = :claim, version = version + :one REMOVE ring',
        ConditionExpression: `#state IN (:active, :paused) AND dueAt <= :now AND ${instead ? 'claim.#batch = :instead' : 'attribute_not_exists(claim)'}`,
        ExpressionAttributeNames: { '#state': 'state', ...(instead ? { '#batch': 'batch' } : {}) },
        ExpressionAttributeValues: toItem({
          ':claim': claim,
          ':one': 1,
          ':active': 'active',
          ':paused': 'paused',
          ':now': claim.at,
          ...(instead ? { ':instead': instead } : {}),
        }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    )
    return Attributes ? { result: 'claimed', subscription: fromStored(Attributes) } : { result: 'not-due' }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    const present = error.Item && fromStored(error.Item)
    // The SDK tries again when an answer is lost: then the claim that is in the way is our own.
    if (present?.claim?.batch === claim.batch) return { result: 'claimed', subscription: present }
    const { claim: held, dueAt = '' } = present ?? {}
    // What is on its way to who has left is waited for once she comes back.
    return present && held && isReading(present) && dueAt <= claim.at
      ? { result: 'held', subscription: present, claim: held }
      : { result: 'not-due' }
  }
}

/**
 * The same for a mail that asks to confirm, consent of the address checked in the same transaction. `confirmations` is what
 * the caps allow (`mayConfirm`); without it, this one has been counted before. `raced`: another one went out meanwhile.
 */
export const claimConfirmation = async (
  { person: id, series, next = '', confirming: instead }: Subscription,
  claim: Claim,
  { person, confirmations }: { person: Person; confirmations?: Instant[] | undefined },
): Promise<'claimed' | 'not-due' | 'suppressed' | 'raced'> => {
  const seen = person.confirmations.at(-1)
  const { TableName } = inTable()
  const address = {
    TableName,
    Key: personKey(person.id),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
  const counted = (allowed: Instant[]) => ({
    ...address,
    UpdateExpression: 'SET confirmations = :all, lastConfirmationAt = :last',
    ConditionExpression: `attribute_not_exists(suppressedAt) AND ${seen ? 'lastConfirmationAt = :seen AND size(confirmations) = :many' : 'attribute_not_exists(lastConfirmationAt)'}`,
    ExpressionAttributeValues: toItem({
      ':all': allowed,
      ':last': allowed.at(-1),
      ...(seen ? { ':seen': seen, ':many': person.confirmations.length } : {}),
    }),
  })
  const taken = {
    TableName,
    Key: subscriptionKey({ person: id, series }),
    UpdateExpression: 'SET confirming = :claim, counted = :next, version = version + :one REMOVE ring',
    ConditionExpression: `#state = :pending AND #next = :next AND dueAt <= :now AND ${instead ? 'confirming.#batch = :instead' : 'attribute_not_exists(confirming)'}`,
    ExpressionAttributeNames: { '#state': 'state', '#next': 'next', ...(instead ? { '#batch': 'batch' } : {}) },
    ExpressionAttributeValues: toItem({
      ':claim': claim,
      ':next': next,
      ':one': 1,
      ':pending': 'pending',
      ':now': claim.at,
      ...(instead ? { ':instead': instead.batch } : {}),
    }),
  }
  try {
    await write(
      new TransactWriteItemsCommand({
        ReturnConsumedCapacity: 'INDEXES',
        TransactItems: [
          { Update: taken },
          confirmations
            ? { Update: counted(confirmations) }
            : { ConditionCheck: { ...address, ConditionExpression: 'attribute_not_exists(suppressedAt)' } },
        ],
      }),
    )
    return 'claimed'
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const [first, second] = error.CancellationReasons ?? []
    if (first?.Code === 'ConditionalCheckFailed') return 'not-due'
    if (second?.Code !== 'ConditionalCheckFailed') throw error
    return second.Item?.suppressedAt ? 'suppressed' : 'raced'
  }
}

/**
 * She reads two series, and gets one tip a day: `false` when the day is taken, by the other series or by workflow mail.
 * Asked again for the same series it says the same.
 */
export const takeDay = ({ person, series }: Key, day: string): Promise<boolean> =>
  unlessRefused(() =>
    write(
      new UpdateItemCommand({
        ...inTable(),
        Key: personKey(person),
        UpdateExpression: 'SET lastTip = :mine',
        ConditionExpression:
          '(attribute_not_exists(lastMailOn) OR lastMailOn <> :day) AND (attribute_not_exists(lastTip) OR lastTip = :mine OR NOT begins_with(lastTip, :day))',
        ExpressionAttributeValues: toItem({ ':day': day, ':mine': `${day} ${series}` }),
      }),
    ),
  )

/** Mail to the address is stopped: so is everything that she reads. `expiresAt`: when it is deleted, in seconds since 1970. */
export const suppressAll = async (person: string, now: Instant, expiresAt: number): Promise<void> => {
  for (const subscription of await of(person, now)) {
    await change(subscription, now, (seen) => after(seen, 'suppressed', { now, expiresAt }))
  }
}

/** No tip comes to her on this local day. */
export const keepFree = async (person: string, day: LocalDate, now: Instant): Promise<void> => {
  for (const subscription of await of(person, now)) {
    await change(subscription, now, (seen) =>
      seen.mailDays?.includes(day)
        ? undefined
        : { ...seen, mailDays: [...(seen.mailDays ?? []), day].sort(), version: seen.version + 1 },
    )
  }
}

/** Deletes it, and with it the address; not one that was asked for anew meanwhile. That she has refused stays with the person. */
export const remove = async (subscription: Key & { secret: string }): Promise<void> => {
  // Refused: gone already.
  await unlessRefused(() =>
    write(
      new DeleteItemCommand({
        ...inTable(),
        Key: subscriptionKey(subscription),
        ConditionExpression: 'secret = :secret',
        ExpressionAttributeValues: { ':secret': { S: subscription.secret } },
      }),
    ),
  )
}

/** Where a walk through one shard has come to: the key of an entry of the index. */
export type Place = Record<string, string>
export type Ready = Key & { next: string; dueAt: Instant; place: Place }

/** A page of what is due in a shard, earliest first: half a read unit for 4 KB of it, however many are not due. */
export const dueIn = async (
  shard: string,
  before: Instant,
  { from, limit }: { from?: Place | undefined; limit: number },
): Promise<{ ready: Ready[]; isMore: boolean }> => {
  const { partitionKey, sortKey, name, also } = table.dueIndex
  const page: QueryCommandOutput = await database.send(
    new QueryCommand({
      ...inTable(),
      IndexName: name,
      KeyConditionExpression: `${partitionKey} = :shard AND ${sortKey} <= :before`,
      ExpressionAttributeValues: toItem({ ':shard': shard, ':before': before }),
      Limit: limit,
      ...(from ? { ExclusiveStartKey: toItem(from) } : {}),
    }),
  )
  const ready = (page.Items ?? []).map((item) => {
    const { [also]: next = '', ...place } = fromItem(item) as Place
    const { pk = '', sk = '', [sortKey]: dueAt = '' } = place
    return { person: pk.slice('PERSON#'.length), series: sk.slice(sortKeys.series.length), next, dueAt, place }
  })
  return { ready, isMore: page.LastEvaluatedKey !== undefined }
}
