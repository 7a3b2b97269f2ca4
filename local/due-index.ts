import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { Item, StreamRecord } from './streams.ts'
import type { Table } from './template.ts'

/**
 * When something falls due: whatever index of the template has instants in its sort key says it. Who waits for those
 * moments here are recurring schedules, which would otherwise sleep past them while the clock is moved.
 */
export type DueIndex = {
  /** The earliest instant after now that stands in an index. What is due already is not looked for. */
  next: () => Promise<number | undefined>
  /** Records of a table's stream: what they touch is looked up again. */
  note: (table: string, records: StreamRecord[]) => void
}

type Value = { S?: string; N?: string }
/** A partition of an index: what is next in it, when that is known. */
type Partition = { key: Value; at: number | undefined; isKnown: boolean }
type Index = { table: string; name: string; hash: string; range: string; partitions: Map<string, Partition> }

/** An index of more partitions than this is about something else than what is due. */
const mostPartitions = 256
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/

const instantOf = (text: string | undefined): number | undefined => {
  const found = instant.exec(text ?? '')
  return found ? Date.parse(found[0]) : undefined
}

const indexesOf = (tables: Table[]): Index[] =>
  tables.flatMap(({ name, properties }) =>
    properties.GlobalSecondaryIndexes.flatMap(({ IndexName, KeySchema }) => {
      const hash = KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName
      const range = KeySchema.find(({ KeyType }) => KeyType === 'RANGE')?.AttributeName
      const isText = properties.AttributeDefinitions.some(
        ({ AttributeName, AttributeType }) => AttributeName === range && AttributeType === 'S',
      )
      return hash && range && isText ? [{ table: name, name: IndexName, hash, range, partitions: new Map() }] : []
    }),
  )

export const openDueIndex = (tables: Table[], database: Database, clock: Clock): DueIndex => {
  let indexes = indexesOf(tables)
  let isFound = false

  const partitionOf = ({ partitions }: Index, key: Value): Partition => {
    const id = JSON.stringify(key)
    const known = partitions.get(id)
    if (known) return known
    const made: Partition = { key, at: undefined, isKnown: false }
    partitions.set(id, made)
    return made
  }

  /**
   * What was there before this process. The database gives an index in the order of its keys, so that a scan can begin
   * behind the last key of a partition that is known.
   */
  const find = async (index: Index): Promise<void> => {
    let after: Item | undefined
    while (index.partitions.size <= mostPartitions) {
      const { Items, LastEvaluatedKey } = await database.call<{ Items: Item[]; LastEvaluatedKey?: Item }>('Scan', {
        TableName: index.table,
        IndexName: index.name,
        Limit: 1,
        ...(after && { ExclusiveStartKey: after }),
      })
      const key = Items[0]?.[index.hash]
      const before = index.partitions.size
      if (key) partitionOf(index, key)
      if (!key || !LastEvaluatedKey || (after && before === index.partitions.size)) return
      after = { ...LastEvaluatedKey, [index.range]: { S: '\u{10ffff}' } }
    }
  }

  const lookUp = async (index: Index, partition: Partition): Promise<void> => {
    // Before it is asked: what is written meanwhile is noted, and asked for the next time.
    partition.isKnown = true
    const now = clock.now()
    const { Items } = await database.call<{ Items: Item[] }>('Query', {
      TableName: index.table,
      IndexName: index.name,
      KeyConditionExpression: '#hash = :hash AND #range > :now',
      ProjectionExpression: '#range',
      ExpressionAttributeNames: { '#hash': index.hash, '#range': index.range },
      // Behind all that begins with this instant, whatever follows it.
      ExpressionAttributeValues: { ':hash': partition.key, ':now': { S: `${new Date(now).toISOString()}~` } },
      Limit: 1,
    })
    const at = instantOf(Items[0]?.[index.range]?.S)
    partition.at = at !== undefined && at > now ? at : undefined
    // Written without its milliseconds it can be of this very moment; another may lie behind it.
    if (at !== undefined && at <= now) partition.isKnown = false
  }

  return {
    next: async () => {
      if (!isFound) {
        isFound = true
        for (const index of indexes) await find(index)
      }
      indexes = indexes.filter(({ partitions }) => partitions.size <= mostPartitions)
      const now = clock.now()
      let next: number | undefined
      for (const index of indexes) {
        for (const partition of index.partitions.values()) {
          const isPast = partition.at !== undefined && partition.at <= now
          if (!partition.isKnown || isPast) await lookUp(index, partition)
          if (partition.at !== undefined && (next === undefined || partition.at < next)) next = partition.at
        }
      }
      return next
    },
    note: (table, records) => {
      for (const index of indexes) {
        if (index.table !== table || index.partitions.size > mostPartitions) continue
        for (const { dynamodb } of records) {
          for (const image of [dynamodb.NewImage, dynamodb.OldImage]) {
            const key = image?.[index.hash]
            if (key) partitionOf(index, key).isKnown = false
          }
        }
      }
    },
  }
}
