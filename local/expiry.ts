import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { Store } from './store.ts'
import type { Table } from './template.ts'

type Item = Record<string, { S?: string; N?: string }>

/** The key of an item as text, the same for the same item. */
export const itemId = (key: unknown): string =>
  JSON.stringify(Object.entries(key as Item).sort(([left], [right]) => (left < right ? -1 : 1)))

/**
 * Deletes the items whose time to live has passed on the local cloud's clock. The database itself is not told of the
 * attribute: it would go by real time.
 * @returns how many went.
 */
export const deleteExpired = async (
  tables: Table[],
  database: Database,
  store: Store,
  clock: Clock,
): Promise<number> => {
  let deleted = 0
  for (const { name, timeToLive, properties } of tables) {
    if (timeToLive === undefined) continue
    const keys = properties.KeySchema.map(({ AttributeName }) => AttributeName)
    const names = Object.fromEntries([...keys, timeToLive].map((attribute, index) => [`#a${index}`, attribute]))
    const condition = `#a${keys.length} < :now AND attribute_type(#a${keys.length}, :number)`
    const values = { ':now': { N: String(Math.floor(clock.now() / 1000)) }, ':number': { S: 'N' } }
    let from: unknown
    do {
      const page = await database.call<{ Items?: Item[]; LastEvaluatedKey?: unknown }>('Scan', {
        TableName: name,
        FilterExpression: condition,
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        ...(from !== undefined && { ExclusiveStartKey: from }),
      })
      for (const item of page.Items ?? []) {
        const key = Object.fromEntries(keys.map((attribute) => [attribute, item[attribute]]))
        // Written down first, so that the stream can say who deleted it.
        store.run('INSERT OR IGNORE INTO expiries VALUES (?, ?)', name, itemId(key))
        try {
          await database.call('DeleteItem', {
            TableName: name,
            Key: key,
            ConditionExpression: condition,
            ExpressionAttributeNames: { [`#a${keys.length}`]: timeToLive },
            ExpressionAttributeValues: values,
          })
          deleted += 1
        } catch (error) {
          // Somebody gave it a longer life since it was read.
          if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
        }
      }
      from = page.LastEvaluatedKey
    } while (from !== undefined)
  }
  return deleted
}
