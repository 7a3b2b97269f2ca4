import { isDeepStrictEqual } from 'node:util'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { toInstant, toMs } from '../calendar.ts'
import { isKnown } from '../mail-due.ts'
import { sortKeys } from '../names.ts'
import type { File } from '../plan.ts'
import { type Instant, type InterviewRequest, type LedgerMail, type State, sentInAt } from '../request.ts'
import {
  database,
  fromItem,
  type Item,
  inTable,
  requestKey,
  requestPartition,
  toItem,
  unlessRefused,
  write,
} from './database.ts'

const asItem = (request: InterviewRequest): Item => ({ ...requestKey(request.id), ...toItem(request) })

/** A stored request without the keys of the table. Pure; also for the images of the stream. */
export const fromStored = (item: Item): InterviewRequest => {
  const { pk: _pk, sk: _sk, ...request } = fromItem(item)
  return request as InterviewRequest
}

/** Items past their time to live are treated as gone, however long the database takes to delete them. */
const isAlive = (request: InterviewRequest, now: Instant): boolean => request.expiresAt > toMs(now) / 1000

/**
 * Stores a new request; if its id is taken, answers with the one that has it. One that has expired has it no more: the database
 * deletes it some time, and the stream has to tell of that before it tells of the new one. One write of the item's size.
 */
export const create = async (request: InterviewRequest): Promise<InterviewRequest> => {
  try {
    await write(
      new PutItemCommand({
        ...inTable(),
        Item: asItem(request),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    )
    return request
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException && error.Item)) throw error
    const present = fromStored(error.Item)
    if (isAlive(present, toInstant(sentInAt(request)))) return present
    await erase(present)
    return create(request)
  }
}

/** The request with its send ledger, in one strongly consistent query; nothing when it is unknown, erased or expired. */
export const find = async (id: string, now: Instant): Promise<File | undefined> => {
  const items: Item[] = []
  let from: Item | undefined
  do {
    const page = await database.send(
      new QueryCommand({
        ...inTable(),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: requestPartition(id) } },
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    )
    items.push(...(page.Items ?? []))
    from = page.LastEvaluatedKey
  } while (from)
  const found = items.find((item) => item.sk?.S === sortKeys.request)
  const request = found && fromStored(found)
  if (!request || !isAlive(request, now)) return undefined
  const mails = items
    .filter((item) => item.sk?.S?.startsWith(sortKeys.mail))
    .map((item) => fromItem(item) as unknown as LedgerMail)
    // What a newer version has sent or planned, that was taken back since, is kept, and nothing follows from it.
    .filter(isKnown)
  return { request, mails }
}

/** The version that the database holds at this moment; nothing when the request is gone. */
export const versionOf = async (id: string): Promise<number | undefined> => {
  const { Item } = await database.send(
    new GetItemCommand({ ...inTable(), Key: requestKey(id), ConsistentRead: true, ProjectionExpression: 'version' }),
  )
  return Item?.version?.N === undefined ? undefined : Number(Item.version.N)
}

/**
 * Writes the next version. The database refuses it (`false`) unless it still holds the version that was seen, in one of
 * the states in which the event is allowed.
 */
export const save = async (request: InterviewRequest, allowedIn: readonly State[]): Promise<boolean> => {
  const states = Object.fromEntries(allowedIn.map((state, index) => [`:s${index}`, { S: state }]))
  try {
    await write(
      new PutItemCommand({
        ...inTable(),
        Item: asItem(request),
        // Of the same one: erased and sent in again it has another secret.
        ConditionExpression: `version = :seen AND secret = :secret AND #state IN (${Object.keys(states).join(', ')})`,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':seen': { N: String(request.version - 1) },
          ':secret': { S: request.secret },
          ...states,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    )
    return true
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    // The SDK tries again when an answer is lost: then the write that is in the way is our own.
    return error.Item !== undefined && isDeepStrictEqual(fromStored(error.Item), request)
  }
}

/**
 * Deletes the request, and with it everything personal; with its `secret`, not one that was sent in again meanwhile. The stream
 * tells `plan-mail`, which cancels what was scheduled and clears the ledger.
 */
export const erase = async ({ id, secret }: { id: string; secret?: string }): Promise<void> => {
  const isThis = {
    ConditionExpression: 'secret = :secret',
    ExpressionAttributeValues: toItem({ ':secret': secret }),
  }
  // Refused: gone already.
  await unlessRefused(() =>
    write(new DeleteItemCommand({ ...inTable(), Key: requestKey(id), ...(secret ? isThis : {}) })),
  )
}
