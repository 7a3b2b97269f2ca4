import {
  type AttributeValue,
  DynamoDBClient,
  type ReturnConsumedCapacity,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Ringing } from '../mail-due.ts'
import { sortKeys } from '../names.ts'
import { mailKey } from '../plan.ts'
import { setting } from './environment.ts'

/** One client for everything a function keeps in the table: connections and code are shared. */
export const database = new DynamoDBClient({})

export type Item = Record<string, AttributeValue>

export const toItem = (value: object): Item => marshall(value, { removeUndefinedValues: true })
export const fromItem = (item: Item): Record<string, unknown> => unmarshall(item)

export const inTable = () => ({
  TableName: setting('table'),
  ReturnConsumedCapacity: 'INDEXES' as ReturnConsumedCapacity,
})

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } })

export const requestPartition = (id: string): string => `REQUEST#${id}`
export const requestKey = (id: string) => key(requestPartition(id), sortKeys.request)
export const mailRowKey = (mail: Ringing) => key(requestPartition(mail.requestId), `${sortKeys.mail}${mailKey(mail)}`)
export const personKey = (id: string) => key(`PERSON#${id}`, sortKeys.person)
export const subscriptionKey = ({ person, series }: { person: string; series: string }) =>
  key(`PERSON#${person}`, `${sortKeys.series}${series}`)
export const editionKey = (series: string, edition: string) => key(`EDITION#${series}`, edition)
export const handoverKey = () => key('TIPS', 'HANDOVER')
export const counterKey = (counter: string) => key(`COUNT#${counter}`, 'COUNT')

const CONFLICT_TRIES = 3

/**
 * A write that meets a transaction on the same item is refused by DynamoDB, and not tried again by the SDK: the other one
 * takes milliseconds, so this one comes back at once. Throws what the last try threw.
 */
export const pastConflicts = async <T>(write: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write()
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error
    }
  }
}

/** For every write of what transactions write or look at as well. */
export const write = ((command: never) => pastConflicts(() => database.send(command))) as typeof database.send

const isConflict = (error: unknown): boolean =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict')
    : error instanceof Error && error.name === 'TransactionConflictException'

/** `false` when the condition of this single write does not hold. */
export const unlessRefused = async (attempt: () => Promise<unknown>): Promise<boolean> => {
  try {
    await attempt()
    return true
  } catch (error) {
    if (isRefusedWrite(error)) return false
    throw error
  }
}

/** The condition of a single write did not hold: not a fault, an answer. */
export const isRefusedWrite = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException'
