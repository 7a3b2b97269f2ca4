import { DescribeTableCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { database, type Item, inTable } from './database.ts'

/** Segments that are read side by side: a table of some gigabytes is read in minutes. */
const AT_ONCE = 4

/** How many items there are, more or less: DynamoDB counts them every six hours. */
export const itemCount = async (): Promise<number> => {
  const { Table } = await database.send(new DescribeTableCommand({ TableName: inTable().TableName }))
  return Table?.ItemCount ?? 0
}

/**
 * Visits everything that is kept, all items of one partition together, each partition once. `onRead` hears of the number
 * of items after each page. For commands of operators, with credentials of their own: no function has the right to it.
 */
export const everyPartition = async (
  visit: (items: Item[]) => void,
  onRead: (items: number) => void = () => undefined,
): Promise<void> => {
  let read = 0
  const walk = async (segment: number): Promise<void> => {
    let partition: Item[] = []
    // The items of a partition follow one another, over the end of a page as well.
    const take = (item: Item): void => {
      if (partition[0] && partition[0].pk?.S !== item.pk?.S) {
        visit(partition)
        partition = []
      }
      partition.push(item)
    }
    const pages = paginateScan({ client: database }, { ...inTable(), Segment: segment, TotalSegments: AT_ONCE })
    for await (const { Items = [] } of pages) {
      for (const item of Items) take(item)
      read += Items.length
      onRead(read)
    }
    if (partition.length > 0) visit(partition)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, segment) => walk(segment)))
}
