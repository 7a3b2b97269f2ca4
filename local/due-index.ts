import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { Item, StreamRecord } from './streams.ts'
import type { Table } from './template.ts'

/** What stands in the indexes: the earliest instant after now, and whether there is one that has passed. */
export type Outlook = { next: number | undefined; isOverdue: boolean }

/**
 * When something falls due: whatever index of the template has instants in its sort key says it. Who waits for those
 * moments here are recurring schedules, which would otherwise sleep past them while the clock is moved.
 */
export type DueIndex = {
  /** Nothing, when the template has no such index. */
  look: () => Promise<Outlook | undefined>
  /** Records of a table's stream: what they touch is looked up again. */
  note: (table: string, records: StreamRecord[]) => void
}

type Value = { S?: string; N?: string }
/** A partition of an index: what is next in it, when that is known. */
type Partition = Outlook & { key: Value; isKnown: boolean }
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
    const made: Partition = { key, next: undefined, isOverdue: false, isKnown: false }
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

  /** The first instant in a partition, or the first after one. */
  const firstIn = async (index: Index, key: Value, after?: number): Promise<number | undefined> => {
    // Behind all that begins with this instant, whatever follows it.
    const bound = after === undefined ? undefined : { S: `${new Date(after).toISOString()}~` }
    const { Items } = await database.call<{ Items: Item[] }>('Query', {
      TableName: index.table,
      IndexName: index.name,
      KeyConditionExpression: bound ? '#hash = :hash AND #range > :after' : '#hash = :hash',
      ProjectionExpression: '#range',
      ExpressionAttributeNames: { '#hash': index.hash, '#range': index.range },
      ExpressionAttributeValues: { ':hash': key, ...(bound && { ':after': bound }) },
      Limit: 1,
    })
    return instantOf(Items[0]?.[index.range]?.S)
  }

  const lookUp = async (index: Index, partition: Partition): Promise<void> => {
    // Before it is asked: what is written meanwhile is noted, and asked for the next time.
    partition.isKnown = true
    const now = clock.now()
    const first = await firstIn(index, partition.key)
    partition.isOverdue = first !== undefined && first <= now
    const next = partition.isOverdue ? await firstIn(index, partition.key, now) : first
    partition.next = next !== undefined && next > now ? next : undefined
    // Written without its milliseconds it can be of this very moment; another may lie behind it.
    if (next !== undefined && next <= now) partition.isKnown = false
  }

  return {
    look: async () => {
      if (!isFound) {
        isFound = true
        for (const index of indexes) await find(index)
      }
      indexes = indexes.filter(({ partitions }) => partitions.size <= mostPartitions)
      if (indexes.length === 0) return undefined
      const now = clock.now()
      const all: Outlook = { next: undefined, isOverdue: false }
      for (const index of indexes) {
        for (const partition of index.partitions.values()) {
          const isPast = partition.next !== undefined && partition.next <= now
          if (!partition.isKnown || isPast) await lookUp(index, partition)
          const { next, isOverdue } = partition
          if (isOverdue) all.isOverdue = true
          if (next !== undefined && (all.next === undefined || next < all.next)) all.next = next
        }
      }
      return all
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
