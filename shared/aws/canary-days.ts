import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { LocalDate } from '../request.ts'
import { counterKey, database, inTable, toItem } from './database.ts'

const DAYS_KEPT = 3
const key = (day: LocalDate) => counterKey(`canary#${day}`)

/** Whether the day's synthetic request has come to an end, good or bad. */
export const doneToday = async (day: LocalDate): Promise<boolean> => {
  const { Item } = await database.send(new GetItemCommand({ ...inTable(), Key: key(day) }))
  return Item !== undefined
}

export const markDone = async (day: LocalDate): Promise<void> => {
  await database.send(
    new UpdateItemCommand({
      ...inTable(),
      Key: key(day),
      UpdateExpression: 'SET expiresAt = :expires',
      ExpressionAttributeValues: toItem({ ':expires': Date.parse(day) / 1000 + DAYS_KEPT * 86_400 }),
    }),
  )
}
