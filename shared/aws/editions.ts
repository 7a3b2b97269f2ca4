import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Part, Series } from '../tips/series.ts'
import { database, editionKey, inTable, isRefusedWrite, toItem } from './database.ts'

/**
 * The words that readers began with, as the build had them: kept at the first enrolment, so that a deploy with other words
 * changes nothing for those who are in the middle. An edition is never written twice.
 */
const known = new Map<string, readonly Part[]>()
const nameOf = ({ id, edition }: Pick<Series, 'id' | 'edition'>): string => `${id} ${edition}`

/** To be called before anybody is enrolled in it. */
export const keep = async (series: Series): Promise<void> => {
  if (known.has(nameOf(series))) return
  const Key = editionKey(series.id, series.edition)
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key, ProjectionExpression: 'pk' }))
  if (!Item) {
    try {
      await database.send(
        new PutItemCommand({
          ...inTable(),
          Item: { ...Key, ...toItem({ parts: JSON.stringify(series.parts) }) },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      )
    } catch (error) {
      // Somebody else keeps the same words at this moment.
      if (!isRefusedWrite(error)) throw error
    }
  }
  known.set(nameOf(series), series.parts)
}

/** The parts of an edition. Throws for one that was never kept. */
export const partsOf = async (
  series: string,
  edition: string,
  current: Series | undefined,
): Promise<readonly Part[]> => {
  if (current?.edition === edition) return current.parts
  const name = nameOf({ id: series, edition })
  const found = known.get(name)
  if (found) return found
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: editionKey(series, edition) }))
  if (!Item?.parts?.S) throw new Error(`Edition ${edition} of the series ${series} was never kept`)
  const parts = JSON.parse(Item.parts.S) as Part[]
  known.set(name, parts)
  return parts
}
