import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { toMs } from '../calendar.ts'
import type { Instant } from '../request.ts'
import { counterKey, database, inTable, toItem } from './database.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Counts one in the stretch of time that holds `now`, and answers how many there are now. The item deletes itself. */
const countIn = async (name: string, stretch: number, now: Instant): Promise<number> => {
  const start = Math.floor(toMs(now) / stretch)
  const { Attributes } = await database.send(
    new UpdateItemCommand({
      ...inTable(),
      Key: counterKey(`${name}#${start}`),
      UpdateExpression: 'SET expiresAt = :expires ADD seen :one',
      ExpressionAttributeValues: toItem({ ':expires': Math.ceil(((start + 2) * stretch) / 1000), ':one': 1 }),
      ReturnValues: 'UPDATED_NEW',
    }),
  )
  return Number(Attributes?.seen?.N ?? 0)
}

/** Requests that came from this network in this hour. */
export const countNetwork = (network: string, now: Instant): Promise<number> => countIn(`network#${network}`, HOUR, now)

/** Confirmation mails over everybody in this minute. */
export const countConfirmation = (now: Instant): Promise<number> => countIn('confirmations', MINUTE, now)
