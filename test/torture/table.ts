import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import { findBinary } from '../../local/database.ts'
import { freePort } from '../../local/free-port.ts'
import { table as keys } from '../../shared/names.ts'

export type Item = Record<string, AttributeValue>
export type Change = { pk: string; sk: string; before: Item | undefined; after: Item | undefined }
type Answer = Record<string, unknown>

/** A DynamoDB: does what is asked, or throws what the SDK would throw. */
export type Database = {
  call: (operation: string, input: object) => Promise<Answer>
  /** Empty again. */
  clear: () => Promise<void>
  close: () => void
}

const schema = {
  TableName: 'requests',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [keys.partitionKey, keys.sortKey, keys.dueIndex.partitionKey, keys.dueIndex.sortKey].map(
    (AttributeName) => ({ AttributeName, AttributeType: 'S' }),
  ),
  KeySchema: [
    { AttributeName: keys.partitionKey, KeyType: 'HASH' },
    { AttributeName: keys.sortKey, KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: keys.dueIndex.name,
      KeySchema: [
        { AttributeName: keys.dueIndex.partitionKey, KeyType: 'HASH' },
        { AttributeName: keys.dueIndex.sortKey, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [keys.dueIndex.also] },
    },
  ],
}

const headers = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
}

/** The real one, in a process of its own and in memory. */
export const openDynoxide = async (): Promise<Database> => {
  const port = await freePort()
  const child = spawn(findBinary(), ['serve', '--host', '127.0.0.1', '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  await new Promise<void>((done, fail) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (said.includes('listening on')) done()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', () => fail(new Error(`The database did not start: ${said}`)))
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const call = (operation: string, input: object): Promise<Answer> =>
    new Promise((done, fail) => {
      const body = JSON.stringify(input)
      const post = request(
        `http://127.0.0.1:${port}`,
        {
          method: 'POST',
          agent,
          headers: {
            ...headers,
            'x-amz-target': `DynamoDB_20120810.${operation}`,
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk) => {
            text += chunk
          })
          response.on('end', () => {
            const answer = JSON.parse(text)
            if (response.statusCode === 200) done(answer)
            else fail(asThrown(answer))
          })
        },
      )
      post.once('error', fail)
      post.end(body)
    })
  await call('CreateTable', schema)
  return {
    call,
    clear: async () => {
      await call('DeleteTable', { TableName: schema.TableName })
      await call('CreateTable', schema)
    },
    close: () => {
      process.off('exit', end)
      agent.destroy()
      end()
    },
  }
}

type Told = {
  __type?: string
  message?: string
  Message?: string
  Item?: Item
  CancellationReasons?: { Code?: string; Item?: Item }[]
}

const asThrown = ({ __type = '', message, Message, Item, CancellationReasons }: Told): Error => {
  const name = __type.split('#').pop() ?? 'UnknownError'
  const told = { message: message ?? Message ?? name, $metadata: { httpStatusCode: 400 } }
  if (name === 'ConditionalCheckFailedException')
    return new ConditionalCheckFailedException({ ...told, ...(Item ? { Item } : {}) })
  if (name === 'TransactionCanceledException')
    return new TransactionCanceledException({ ...told, ...(CancellationReasons ? { CancellationReasons } : {}) })
  return new DynamoDBServiceException({ ...told, name, $fault: 'client' })
}

const keyOf = (item: Item): { pk: string; sk: string } => ({ pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' })
export const nameOf = ({ pk, sk }: { pk: string; sk: string }): string => `${pk} ${sk}`

type Write = { Key?: Item; Item?: Item; ReturnValues?: string; TableName?: string }
type Transaction = { TransactItems: { Put?: Write; Update?: Write; Delete?: Write; ConditionCheck?: Write }[] }

/**
 * The table of one run: what is asked goes to the database, and what changed comes back with it, as the stream would
 * tell. `items` is what it holds at this moment.
 */
export const openTable = (database: Database) => {
  const items = new Map<string, Item>()
  const put = (key: { pk: string; sk: string }, after: Item | undefined): Change => {
    const before = items.get(nameOf(key))
    if (after) items.set(nameOf(key), after)
    else items.delete(nameOf(key))
    return { ...key, before, after }
  }
  const readBack = async (Key: Item): Promise<Change> => {
    const { Item } = (await database.call('GetItem', { TableName: schema.TableName, Key })) as { Item?: Item }
    return put(keyOf(Key), Item)
  }

  const perform = async (operation: string, input: object): Promise<{ answer: Answer; changes: Change[] }> => {
    const write = input as Write
    switch (operation) {
      case 'PutItem': {
        const answer = await database.call(operation, input)
        return { answer, changes: [put(keyOf(write.Item ?? {}), write.Item)] }
      }
      case 'DeleteItem': {
        const answer = await database.call(operation, input)
        return { answer, changes: [put(keyOf(write.Key ?? {}), undefined)] }
      }
      case 'UpdateItem': {
        const asked = write.ReturnValues ?? 'NONE'
        const { Attributes, ...rest } = await database.call(
          operation,
          asked === 'NONE' ? { ...input, ReturnValues: 'ALL_NEW' } : input,
        )
        if (asked === 'UPDATED_NEW')
          return { answer: { ...rest, Attributes }, changes: [await readBack(write.Key ?? {})] }
        const change = put(keyOf(write.Key ?? {}), Attributes as Item)
        return { answer: asked === 'NONE' ? rest : { ...rest, Attributes }, changes: [change] }
      }
      case 'TransactWriteItems': {
        const answer = await database.call(operation, input)
        const changes: Change[] = []
        for (const { Put, Update, Delete } of (input as Transaction).TransactItems) {
          if (Put) changes.push(put(keyOf(Put.Item ?? {}), Put.Item))
          if (Delete) changes.push(put(keyOf(Delete.Key ?? {}), undefined))
          if (Update) changes.push(await readBack(Update.Key ?? {}))
        }
        return { answer, changes }
      }
      case 'Scan': {
        // Which segment has what, and in which order, DynamoDB does not say: here the first has all, in the order of keys.
        const { Segment = 0, TotalSegments: _many, ...whole } = input as { Segment?: number; TotalSegments?: number }
        if (Segment > 0) return { answer: { Items: [] }, changes: [] }
        const { Items = [], ...rest } = (await database.call(operation, whole)) as { Items?: Item[] }
        const byName = (one: Item, other: Item): number => (nameOf(keyOf(one)) < nameOf(keyOf(other)) ? -1 : 1)
        return { answer: { ...rest, Items: Items.toSorted(byName) }, changes: [] }
      }
      default:
        return { answer: await database.call(operation, input), changes: [] }
    }
  }
  return { items: items as ReadonlyMap<string, Item>, perform }
}

export type Table = ReturnType<typeof openTable>
