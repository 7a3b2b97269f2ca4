import { createHash } from 'node:crypto'
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { toMs } from '../calendar.ts'
import type { MailDue, Ringing } from '../mail-due.ts'
import { sortKeys, table } from '../names.ts'
import type { Person } from '../person.ts'
import { type PlannedMail, partsOf } from '../plan.ts'
import type { Instant, InterviewRequest, LedgerMail, LocalDate, MailState } from '../request.ts'
import { mergedRows, partOf, skippedRow } from '../skipped-row.ts'
import {
  database,
  fromItem,
  type Item,
  inTable,
  mailRowKey,
  personKey,
  requestKey,
  requestPartition,
  toItem,
  unlessRefused,
  write,
} from './database.ts'

/** The due-index is split so that no partition of it sees more than its share of 1,000 writes a second. */
const SHARDS = 4
const shards = Array.from({ length: SHARDS }, (_, shard) => `mail#${shard}`)
const shardOf = (requestId: string): string =>
  `mail#${(createHash('sha256').update(requestId).digest()[0] ?? 0) % SHARDS}`

const nameState = { ExpressionAttributeNames: { '#state': 'state' } }

/** What was decided from, as it was when it was read. */
export type Seen = readonly Pick<InterviewRequest, 'id' | 'version'>[]

type OneWrite =
  | { Update: NonNullable<TransactWriteItem['Update']> }
  | { Delete: NonNullable<TransactWriteItem['Delete']> }
  | { Put: NonNullable<TransactWriteItem['Put']> }

type Check = { ConditionCheck: NonNullable<TransactWriteItem['ConditionCheck']> }

const isAsSeen = ({ id, version }: Seen[number]): Check => ({
  ConditionCheck: {
    TableName: inTable().TableName,
    Key: requestKey(id),
    ConditionExpression: 'version = :seen',
    ExpressionAttributeValues: toItem({ ':seen': version }),
  },
})

/** Throws when one of these requests has changed since it was `seen`: that takes a transaction. */
const attemptWhile = (seen: Seen, one: OneWrite): Promise<boolean> =>
  seen.length === 0 ? unlessRefused(() => alone(one)) : together([one], seen.map(isAsSeen))

/** `false` when one of the writes is refused; throws when it is a check. */
const together = async (writes: OneWrite[], checks: Check[]): Promise<boolean> => {
  try {
    await write(
      new TransactWriteItemsCommand({ TransactItems: [...writes, ...checks], ReturnConsumedCapacity: 'INDEXES' }),
    )
    return true
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const own = (error.CancellationReasons ?? []).slice(0, writes.length)
    if (own.some(({ Code }) => Code === 'ConditionalCheckFailed')) return false
    throw error
  }
}

const alone = (one: OneWrite): Promise<unknown> => {
  if ('Update' in one) return write(new UpdateItemCommand({ ...inTable(), ...one.Update }))
  if ('Delete' in one) return write(new DeleteItemCommand({ ...inTable(), ...one.Delete }))
  return write(new PutItemCommand({ ...inTable(), ...one.Put }))
}

/**
 * Writes the row of a planned mail, or moves it. `false` when it is no longer waiting: claimed, sent or skipped. While these
 * requests are as they were `seen`; else it throws.
 */
export const plan = (
  { requestId, mail, occurrence, dueAt, latestAt }: PlannedMail,
  now: Instant,
  seen: Seen = [],
): Promise<boolean> =>
  attemptWhile(seen, {
    Update: {
      TableName: inTable().TableName,
      Key: mailRowKey({ requestId, mail, occurrence }),
      UpdateExpression:
        'SET requestId = :requestId, mail = :mail, occurrence = :occurrence, #state = :planned, due = :due, dueAt = :dueAt, latestAt = :latestAt, #at = :now, attempts = if_not_exists(attempts, :none)',
      ConditionExpression: 'attribute_not_exists(pk) OR #state = :planned',
      ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
      ExpressionAttributeValues: toItem({
        ':requestId': requestId,
        ':mail': mail,
        ':occurrence': occurrence,
        ':planned': 'planned',
        ':due': shardOf(requestId),
        ':dueAt': dueAt,
        ':latestAt': latestAt,
        ':now': now,
        ':none': 0,
      }),
    },
  })

/** Why a row came to its end that SES may have taken: no answer came, and no event either. */
export const UNKNOWN = 'nobody could tell whether it was sent'

/**
 * Takes back a row that the plan no longer holds; one that was claimed meanwhile stays. So does one that SES may have taken
 * before: an event can still tell of it, and the plan must not want it once more. `seen`: while these requests are as they were.
 */
export const withdraw = async (mail: Ringing, now: Instant, seen: Seen = []): Promise<boolean> =>
  (await attemptWhile(seen, waiting(mail, '#state = :planned AND attribute_not_exists(doubts)'))) ||
  move(mail, { from: ['planned'], to: 'skipped', now, reason: UNKNOWN, seen })

/** Deletes what waits of a request that is gone; throws when it was sent in again. */
export const discard = (mail: MailDue, now: Instant): Promise<boolean> =>
  together(
    [waiting(mail, '#state = :planned')],
    [
      {
        ConditionCheck: {
          TableName: inTable().TableName,
          Key: requestKey(mail.requestId),
          ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
          ExpressionAttributeValues: toItem({ ':now': Math.floor(toMs(now) / 1000) }),
        },
      },
    ],
  )

const waiting = (mail: Ringing, ConditionExpression: string): OneWrite => ({
  Delete: {
    TableName: inTable().TableName,
    Key: mailRowKey(mail),
    ConditionExpression,
    ...nameState,
    ExpressionAttributeValues: { ':planned': { S: 'planned' } },
  },
})

export type Claim = 'claimed' | 'not-waiting' | 'suppressed' | 'raced'

/**
 * Takes the mail for this worker, and checks consent in the same write: of a thousand workers one gets `claimed`, and
 * none does once the address is suppressed. Merged mails become a part of it at the same moment. `since` is when its request
 * was sent in (`sentInAt`), `attempts` what the row said of them: afterwards it is one more. `confirmations` is what the caps allow this person (`mayConfirm`), for a confirmation only. `raced`:
 * since `person` was read a confirmation went out, or her requests are others: then this plan did not know all of them.
 */
export const claim = async (
  mail: PlannedMail,
  {
    since,
    attempts,
    person,
    day,
    now,
    confirmations,
  }: { since: number; attempts: number; person: Person; day: LocalDate; now: Instant; confirmations?: Instant[] },
): Promise<Claim> => {
  const row: TransactWriteItem = {
    Update: {
      TableName: inTable().TableName,
      Key: mailRowKey(mail),
      UpdateExpression: `SET #state = :claimed, #at = :now, since = :since, attempts = :attempts${mail.merged.length > 0 ? ', merged = :merged' : ''}`,
      ConditionExpression: '#state = :planned AND attempts = :before',
      ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
      ExpressionAttributeValues: toItem({
        ':claimed': 'claimed',
        ':planned': 'planned',
        ':now': now,
        ':since': since,
        ':before': attempts,
        ':attempts': attempts + 1,
        ...(mail.merged.length > 0 ? { ':merged': mail.merged } : {}),
      }),
    },
  }
  const consent: TransactWriteItem = {
    Update: {
      TableName: inTable().TableName,
      Key: personKey(person.id),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...consented(mail, { person, day, confirmations }),
    },
  }
  const parts = mergedRows(mail, now).map(
    (part): TransactWriteItem => ({
      Put: {
        TableName: inTable().TableName,
        Item: rowItem(part),
        // Another worker may have sent it by itself meanwhile: then the claim fails, and is planned anew without it.
        ConditionExpression: 'attribute_not_exists(pk) OR #state IN (:waiting, :skipped)',
        ...nameState,
        ExpressionAttributeValues: toItem({ ':waiting': 'planned', ':skipped': 'skipped' }),
      },
    }),
  )
  try {
    await write(
      new TransactWriteItemsCommand({ TransactItems: [row, consent, ...parts], ReturnConsumedCapacity: 'INDEXES' }),
    )
    return 'claimed'
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const [taken, refused] = error.CancellationReasons ?? []
    if (taken?.Code === 'ConditionalCheckFailed') return 'not-waiting'
    if (refused?.Code !== 'ConditionalCheckFailed') throw error
    return refused.Item?.suppressedAt ? 'suppressed' : 'raced'
  }
}

const consented = (
  { requestId }: PlannedMail,
  { person, day, confirmations }: { person: Person; day: LocalDate; confirmations: Instant[] | undefined },
) => {
  // One batch is of one millisecond: of two that go out in it the second one is told by how many there are.
  const seen = person.confirmations.at(-1)
  const conditions = [
    'attribute_not_exists(suppressedAt)',
    seen ? 'lastConfirmationAt = :seen AND size(confirmations) = :many' : 'attribute_not_exists(lastConfirmationAt)',
    person.requests.length > 0 ? 'requests = :requests' : 'attribute_not_exists(requests)',
  ]
  return {
    UpdateExpression: `SET lastMailOn = :day${confirmations ? ', confirmations = :all, lastConfirmationAt = :last ADD requests :request' : ''}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeValues: {
      ...toItem({ ':day': day, ...(seen ? { ':seen': seen, ':many': person.confirmations.length } : {}) }),
      ...(confirmations
        ? { ...toItem({ ':all': confirmations, ':last': confirmations.at(-1) }), ':request': { SS: [requestId] } }
        : {}),
      ...(person.requests.length > 0 ? { ':requests': { SS: person.requests } } : {}),
    },
  }
}

type Way = {
  from: readonly MailState[]
  to: MailState
  now: Instant
  keepDue?: boolean
  /** What it took along waits again by itself: nobody can have had it. */
  without?: 'merged'
  orInDoubt?: boolean
  since?: number | undefined
  attempts?: number | undefined
  messageId?: string
  reason?: string
}

const moving = (
  mail: Ringing,
  { from, to, now, keepDue, without, orInDoubt, since, attempts, ...more }: Way,
): OneWrite => {
  const extra = Object.entries(more)
  const set = [
    '#state = :to',
    '#at = :now',
    ...(to === 'sent' || to === 'delivered' ? ['sentAt = if_not_exists(sentAt, :now)'] : []),
    ...extra.map(([name]) => `${name} = :${name}`),
  ]
  const remove = [...(keepDue ? [] : ['due']), ...(orInDoubt ? ['reason'] : []), ...(without ? [without] : [])]
  const states = Object.fromEntries(from.map((state, index) => [`:from${index}`, state]))
  const isFrom = `#state IN (${Object.keys(states).join(', ')})${orInDoubt ? ' OR (#state = :skipped AND attribute_exists(doubts))' : ''}`
  const conditions = [
    `(${isFrom})`,
    ...(since === undefined ? [] : ['since = :since']),
    ...(attempts === undefined ? [] : ['attempts = :attempts']),
    ...(without ? ['attribute_not_exists(doubts)'] : []),
  ]
  return {
    Update: {
      TableName: inTable().TableName,
      Key: mailRowKey(mail),
      UpdateExpression: `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}${to === 'unsettled' ? ' ADD doubts :one' : ''}`,
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
      ExpressionAttributeValues: toItem({
        ':to': to,
        ...(orInDoubt ? { ':skipped': 'skipped' } : {}),
        ':since': since,
        ':attempts': attempts,
        ...(to === 'unsettled' ? { ':one': 1 } : {}),
        ':now': now,
        ...states,
        ...Object.fromEntries(extra.map(([name, value]) => [`:${name}`, value])),
      }),
    },
  }
}

/**
 * From one of the states `from` to the state `to`, or from the end of a row that SES may have taken (`orInDoubt`); `false`
 * when the row is elsewhere, gone, of another request than the one that was sent in at `since`, or claimed anew after so many
 * `attempts`. While the requests are as they were `seen`; else it throws.
 */
const move = (mail: Ringing, { seen = [], ...way }: Way & { seen?: Seen }): Promise<boolean> =>
  attemptWhile(seen, moving(mail, way))

/** A mail in the hands of whoever claimed it as its so-manieth attempt: another one's claim it leaves alone. */
export type Held = MailDue & Pick<LedgerMail, 'attempts'>

/** SES took it. An SES event that came first has said so already: then nothing changes. */
export const settle = (mail: MailDue, messageId: string, now: Instant) =>
  move(mail, { from: ['claimed', 'unsettled'], to: 'sent', now, messageId })

/**
 * SES certainly did not take it: it waits again, and so does what it had taken along, which the plan may want by itself when
 * it does not want this one any more. Not where SES may have had it before.
 */
export const release = async (mail: PlannedMail & Held, now: Instant): Promise<boolean> => {
  const way = { from: ['claimed'], to: 'planned', now, keepDue: true, attempts: mail.attempts } as const
  const parts = partsOf(mail).map((part) => waitsAgain(part, partOf(mail), now))
  if (parts.length > 0 && (await together([moving(mail, { ...way, without: 'merged' }), ...parts], []))) return true
  return move(mail, way)
}

const waitsAgain = (part: PlannedMail, reason: string, now: Instant): OneWrite => ({
  Update: {
    TableName: inTable().TableName,
    Key: mailRowKey(part),
    UpdateExpression:
      'SET #state = :planned, due = :due, dueAt = :dueAt, latestAt = :latestAt, #at = :now REMOVE reason',
    ConditionExpression: '#state = :skipped AND reason = :reason',
    ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
    ExpressionAttributeValues: toItem({
      ':planned': 'planned',
      ':skipped': 'skipped',
      ':reason': reason,
      ':due': shardOf(part.requestId),
      ':dueAt': part.dueAt,
      ':latestAt': part.latestAt,
      ':now': now,
    }),
  },
})

/** Nobody knows whether SES took it: an SES event will tell, or the grace time runs out. */
export const unsettle = (mail: Held, now: Instant) =>
  move(mail, { from: ['claimed'], to: 'unsettled', now, keepDue: true, attempts: mail.attempts })

/** The grace time is over and no event came: it may be sent again. */
export const sendAgain = (mail: Held, now: Instant) =>
  move(mail, { from: ['unsettled'], to: 'planned', now, keepDue: true, attempts: mail.attempts })

/**
 * The end of a row that waits and nobody gets, with the reason for the seeker's page. One that is claimed is in the hands of
 * another worker, who may have handed it to SES: what this one thinks of it is out of date. So it is, with the `attempts` that
 * it has read, when another one has given the mail back since.
 */
export const skip = (
  mail: MailDue,
  reason: string,
  now: Instant,
  { seen = [], attempts }: { seen?: Seen; attempts?: number } = {},
): Promise<boolean> => move(mail, { from: ['planned'], to: 'skipped', now, reason, seen, attempts })

/** SES will never take it. */
export const refuse = (mail: Held, reason: string, now: Instant): Promise<boolean> =>
  move(mail, { from: ['claimed'], to: 'skipped', now, reason, attempts: mail.attempts })

/** Nobody could tell whether SES took it, and it is not sent again. */
export const letGo = (mail: Held, now: Instant): Promise<boolean> =>
  move(mail, { from: ['unsettled'], to: 'skipped', now, reason: UNKNOWN, attempts: mail.attempts })

/** A mail that never had a row and never will go out: the seeker's page says why. While these requests are as they were `seen`. */
export const drop = (mail: MailDue, reason: string, now: Instant, seen: Seen = []): Promise<boolean> =>
  attemptWhile(seen, {
    Put: {
      TableName: inTable().TableName,
      Item: rowItem(skippedRow(mail, reason, now)),
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  })

const rowItem = (row: LedgerMail): Item => ({ ...mailRowKey(row), ...toItem(row) })

/** What SES reported, and from where it may come: events arrive late, twice and out of order. */
const outcomes = {
  sent: ['claimed', 'unsettled', 'planned'],
  delivered: ['claimed', 'unsettled', 'planned', 'sent'],
  bounced: ['claimed', 'unsettled', 'planned', 'sent', 'delivered'],
  complained: ['claimed', 'unsettled', 'planned', 'sent', 'delivered', 'bounced'],
} as const satisfies Partial<Record<MailState, readonly MailState[]>>
export type Outcome = keyof typeof outcomes

/**
 * `false` when the row has come further already, is gone, or belongs to a request that was sent in after this mail went out,
 * under the same id. What was given up, because nobody knew, is known now.
 */
export const recordOutcome = (
  mail: MailDue,
  outcome: Outcome,
  { messageId, since }: { messageId: string; since?: number | undefined },
  now: Instant,
) => move(mail, { from: outcomes[outcome], to: outcome, now, messageId, since, orInDoubt: true })

/** The rows of a request, whether it is still there or not. */
export const rowsOf = async (requestId: string): Promise<LedgerMail[]> => {
  const rows: LedgerMail[] = []
  let from: Item | undefined
  do {
    const page: QueryCommandOutput = await database.send(
      new QueryCommand({
        ...inTable(),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :mail)',
        ExpressionAttributeValues: toItem({ ':pk': requestPartition(requestId), ':mail': sortKeys.mail }),
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    )
    rows.push(...(page.Items ?? []).map((item) => fromItem(item) as unknown as LedgerMail))
    from = page.LastEvaluatedKey
  } while (from)
  return rows
}

/** Deletes a row in whatever state it was read, for a request that is gone; `false` when it has changed since. */
export const remove = (row: LedgerMail): Promise<boolean> =>
  unlessRefused(() =>
    write(
      new DeleteItemCommand({
        ...inTable(),
        Key: mailRowKey(row),
        ConditionExpression: '#state = :state AND #at = :at',
        ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
        ExpressionAttributeValues: toItem({ ':state': row.state, ':at': row.at }),
      }),
    ),
  )

/** Every row that was due before `before` and has not come to an end, oldest first in each shard, a page at a time. */
export async function* dueBefore(before: Instant): AsyncGenerator<LedgerMail> {
  for (const shard of shards) {
    let from: Item | undefined
    do {
      const page: QueryCommandOutput = await database.send(
        new QueryCommand({
          ...inTable(),
          IndexName: table.dueIndex.name,
          KeyConditionExpression: 'due = :shard AND dueAt < :before',
          ExpressionAttributeValues: toItem({ ':shard': shard, ':before': before }),
          Limit: 100,
          ...(from ? { ExclusiveStartKey: from } : {}),
        }),
      )
      for (const { pk, sk } of page.Items ?? []) {
        const { Item } = await database.send(
          new GetItemCommand({ ...inTable(), Key: { pk, sk } as Item, ConsistentRead: true }),
        )
        if (Item?.due) yield fromItem(Item) as unknown as LedgerMail
      }
      from = page.LastEvaluatedKey
    } while (from)
  }
}
