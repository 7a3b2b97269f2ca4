import { paginateScan } from '@aws-sdk/client-dynamodb'
import { sortKeys } from '../names.ts'
import type { Instant } from '../request.ts'
import { isAlive, type Subscription, type SubscriptionState } from '../tips/subscription.ts'
import { database, inTable, toItem } from './database.ts'
import { fromStored } from './subscriptions.ts'

/**
 * Every subscription, page by page, in the order of the table: the same each time for the same subscriptions. For commands
 * of operators, with credentials of their own: it reads the whole table, which no function has the right to.
 */
export async function* allSubscriptions(
  { series, state }: { series?: string | undefined; state?: SubscriptionState | undefined },
  now: Instant,
): AsyncGenerator<Subscription> {
  const pages = paginateScan(
    { client: database },
    {
      ...inTable(),
      FilterExpression: `${series ? 'sk = :series' : 'begins_with(sk, :series)'}${state ? ' AND #state = :state' : ''}`,
      ...(state ? { ExpressionAttributeNames: { '#state': 'state' } } : {}),
      ExpressionAttributeValues: toItem({
        ':series': `${sortKeys.series}${series ?? ''}`,
        ...(state && { ':state': state }),
      }),
    },
  )
  for await (const { Items = [] } of pages) {
    for (const item of Items) {
      const subscription = fromStored(item)
      if (isAlive(subscription, now)) yield subscription
    }
  }
}
