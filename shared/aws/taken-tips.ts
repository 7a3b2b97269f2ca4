import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { toMs } from '../calendar.ts'
import type { Claim } from '../tips/subscription.ts'
import { setting } from './environment.ts'

const logs = new CloudWatchLogsClient({})

const MINUTE = 60_000

/** The lines that were written before they said which part it was name none. */
export type TakenTip = { messageId: string; part?: string }

/**
 * Which tips of a claim SES has taken, by subscription. EventBridge writes a line for each into a
 * log group, so that a lost answer can be looked up: nothing is paid for that until somebody asks.
 */
export const takenUnder = async ({ at, batch }: Claim): Promise<Map<string, TakenTip>> => {
  const taken = new Map<string, TakenTip>()
  const pages = paginateFilterLogEvents(
    { client: logs },
    {
      logGroupName: setting('takenTips'),
      filterPattern: `"${batch}"`,
      startTime: toMs(at) - MINUTE,
      endTime: toMs(at) + 30 * MINUTE,
    },
  )
  for await (const { events = [] } of pages) {
    for (const { message = '' } of events) {
      const [under, subscription, messageId, part] = message.trim().split(' ')
      if (under === batch && subscription && messageId)
        taken.set(subscription, { messageId, ...(part ? { part } : {}) })
    }
  }
  return taken
}
