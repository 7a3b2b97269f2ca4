import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { toMs } from '../calendar.ts'
import type { Outcomes } from '../reputation.ts'
import type { Instant } from '../request.ts'
import { counterKey, database, inTable, toItem } from './database.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Counts so many in the stretch of time that holds `now`, and answers how many there are now. The item deletes itself. */
const countIn = async (name: string, stretch: number, now: Instant, many = 1): Promise<number> => {
  const start = Math.floor(toMs(now) / stretch)
  const { Attributes } = await database.send(
    new UpdateItemCommand({
      ...inTable(),
      Key: counterKey(`${name}#${start}`),
      UpdateExpression: 'SET expiresAt = :expires ADD seen :many',
      ExpressionAttributeValues: toItem({ ':expires': Math.ceil(((start + 2) * stretch) / 1000), ':many': many }),
      ReturnValues: 'UPDATED_NEW',
    }),
  )
  return Number(Attributes?.seen?.N ?? 0)
}

/** Forms that came from this network in this hour; `forms` is as how many of them this one counts. */
export const countNetwork = (network: string, now: Instant, forms = 1): Promise<number> =>
  countIn(`network#${network}`, HOUR, now, forms)

/** Confirmation mails to spellings of one mailbox in these 30 days; `mailbox` is its hash. */
export const countMailbox = (mailbox: string, now: Instant): Promise<number> =>
  countIn(`mailbox#${mailbox}`, 30 * DAY, now)

/** Confirmation mails over everybody in this minute. */
export const countConfirmation = (now: Instant): Promise<number> => countIn('confirmations', MINUTE, now)

const outcomesKey = (day: number) => counterKey(`outcomes#${day}`)

/** Adds what became of mails to the day's account. */
export const countOutcomes = async (outcomes: Partial<Outcomes>, now: Instant): Promise<void> => {
  const day = Math.floor(toMs(now) / DAY)
  const counted = Object.entries(outcomes).filter(([, count]) => count > 0)
  if (counted.length === 0) return
  await database.send(
    new UpdateItemCommand({
      ...inTable(),
      Key: outcomesKey(day),
      UpdateExpression: `SET expiresAt = :expires ADD ${counted.map(([name]) => `${name} :${name}`).join(', ')}`,
      ExpressionAttributeValues: toItem({
        ':expires': ((day + 3) * DAY) / 1000,
        ...Object.fromEntries(counted.map(([name, count]) => [`:${name}`, count])),
      }),
    }),
  )
}

/** What became of the mails of yesterday and today. */
export const outcomesLately = async (now: Instant): Promise<Outcomes> => {
  const today = Math.floor(toMs(now) / DAY)
  const days = await Promise.all(
    [today - 1, today].map((day) => database.send(new GetItemCommand({ ...inTable(), Key: outcomesKey(day) }))),
  )
  const sum = (name: keyof Outcomes): number => days.reduce((all, { Item }) => all + Number(Item?.[name]?.N ?? 0), 0)
  return { sent: sum('sent'), bounced: sum('bounced'), complained: sum('complained') }
}
