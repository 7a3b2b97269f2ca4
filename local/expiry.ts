import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { Store } from './store.ts'
import type { Item, StreamRecord } from './streams.ts'
import type { Table } from './template.ts'

/**
 * Deletes the items whose time to live has passed on the local cloud's clock. The database itself is not told of the
 * attribute: it would go by real time.
 */
export type Expiry = {
  /** How many went. */
  deleteExpired: () => Promise<number>
  /** Records of a table's stream: what they say of the time to live is kept, so that nobody has to look for it. */
  note: (table: string, records: StreamRecord[]) => void
}

/** The key of an item as text, the same for the same item. */
export const itemId = (key: Item): string =>
  JSON.stringify(Object.entries(key).sort(([left], [right]) => (left < right ? -1 : 1)))

type Options = {
  tables: Table[]
  /** Names of those whose stream is read; of the others nothing is noted. */
  watched: ReadonlySet<string>
  database: Database
  store: Store
  clock: Clock
}

const secondsOf = (item: Item | undefined, attribute: string): number | undefined => {
  const text = item?.[attribute]?.N
  return text === undefined ? undefined : Math.min(Math.floor(Number(text)), Number.MAX_SAFE_INTEGER)
}

export const openExpiry = ({ tables, watched, database, store, clock }: Options): Expiry => {
  const living = tables.flatMap(({ name, timeToLive, properties }) =>
    timeToLive === undefined
      ? []
      : [{ name, timeToLive, keys: properties.KeySchema.map(({ AttributeName }) => AttributeName) }],
  )
  /** What was there before this process has been looked for. */
  const searched = new Set<string>()
  store.run('DELETE FROM expiring')

  const keyOf = (item: Item, keys: string[]): Item =>
    Object.fromEntries(keys.map((attribute) => [attribute, item[attribute] ?? {}]))

  const search = async ({ name, timeToLive, keys }: (typeof living)[number]): Promise<void> => {
    const names = Object.fromEntries([...keys, timeToLive].map((attribute, index) => [`#a${index}`, attribute]))
    let from: unknown
    do {
      const page = await database.call<{ Items?: Item[]; LastEvaluatedKey?: unknown }>('Scan', {
        TableName: name,
        FilterExpression: `attribute_type(#a${keys.length}, :number)`,
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':number': { S: 'N' } },
        ...(from !== undefined && { ExclusiveStartKey: from }),
      })
      store.together(() => {
        for (const item of page.Items ?? []) {
          // What was noted meanwhile is newer.
          store.run(
            'INSERT OR IGNORE INTO expiring (tbl, item, at) VALUES (?, ?, ?)',
            name,
            itemId(keyOf(item, keys)),
            secondsOf(item, timeToLive) ?? 0,
          )
        }
      })
      from = page.LastEvaluatedKey
    } while (from !== undefined)
  }

  const deleteIfExpired = async (table: (typeof living)[number], id: string, now: number): Promise<boolean> => {
    const { name, timeToLive } = table
    // Written down first, so that the stream can say who deleted it.
    store.run('INSERT OR IGNORE INTO expiries VALUES (?, ?)', name, id)
    store.run('DELETE FROM expiring WHERE tbl = ? AND item = ?', name, id)
    try {
      await database.call('DeleteItem', {
        TableName: name,
        Key: Object.fromEntries(JSON.parse(id)),
        ConditionExpression: '#ttl < :now AND attribute_type(#ttl, :number)',
        ExpressionAttributeNames: { '#ttl': timeToLive },
        ExpressionAttributeValues: { ':now': { N: String(now) }, ':number': { S: 'N' } },
      })
      return true
    } catch (error) {
      // Somebody gave it a longer life, or deleted it.
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
      return false
    }
  }

  return {
    deleteExpired: async () => {
      const now = Math.floor(clock.now() / 1000)
      let deleted = 0
      for (const table of living) {
        if (!watched.has(table.name) || !searched.has(table.name)) {
          await search(table)
          searched.add(table.name)
        }
        const due = store.all<{ item: string }>(
          'SELECT item FROM expiring WHERE tbl = ? AND at < ? ORDER BY at',
          table.name,
          now,
        )
        for (const { item } of due) if (await deleteIfExpired(table, item, now)) deleted += 1
      }
      return deleted
    },
    note: (name, records) => {
      const table = living.find((one) => one.name === name)
      if (!table) return
      store.together(() => {
        for (const { dynamodb } of records) {
          const at = secondsOf(dynamodb.NewImage, table.timeToLive)
          const id = (): string => itemId(keyOf(dynamodb.Keys, table.keys))
          if (at !== undefined)
            store.run('INSERT OR REPLACE INTO expiring (tbl, item, at) VALUES (?, ?, ?)', name, id(), at)
          else if (secondsOf(dynamodb.OldImage, table.timeToLive) !== undefined)
            store.run('DELETE FROM expiring WHERE tbl = ? AND item = ?', name, id())
        }
      })
    },
  }
}
