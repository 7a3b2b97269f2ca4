import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDatabase } from '../local/database.ts'
import { table } from '../shared/names.ts'

/**
 * A real DynamoDB of its own for one test file, with the table as the stack makes it. To be awaited before any module of
 * `shared/aws` is imported: they read the environment when they load.
 */
export const openTable = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-table-'))
  const database = await startDatabase(folder, {
    fresh: () => {},
    onEnd: () => {
      throw new Error('The database ended in the middle of the tests')
    },
  })
  Object.assign(process.env, {
    TABLE: 'requests',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
  })
  const { dueIndex, partitionKey, sortKey } = table
  await database.call('CreateTable', {
    TableName: 'requests',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [partitionKey, sortKey, dueIndex.partitionKey, dueIndex.sortKey].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' },
      { AttributeName: sortKey, KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: dueIndex.name,
        KeySchema: [
          { AttributeName: dueIndex.partitionKey, KeyType: 'HASH' },
          { AttributeName: dueIndex.sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [dueIndex.also] },
      },
    ],
  })
  return {
    /** Every item, as DynamoDB's JSON. */
    items: async () =>
      (await database.call<{ Items: Record<string, Record<string, unknown>>[] }>('Scan', { TableName: 'requests' }))
        .Items,
    /** What comes of a call while there is no such table: a refusal that is no answer. */
    withoutIt: async <T>(call: () => Promise<T>): Promise<T> => {
      process.env.TABLE = 'another'
      try {
        return await call()
      } finally {
        process.env.TABLE = 'requests'
      }
    },
    /** The database stands still: it takes calls, and answers none of them until it goes on. */
    standStill: () => void process.kill(database.pid, 'SIGSTOP'),
    goOn: () => void process.kill(database.pid, 'SIGCONT'),
    close: async () => {
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
