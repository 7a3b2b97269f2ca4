import {
  GetScheduleCommand,
  paginateListSchedules,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import type { Instant } from '../request.ts'
import { setting } from './environment.ts'

const scheduler = new SchedulerClient({})

/** A one-time schedule of a mail, by the name that `scheduleName` gives it. */
export type Alarm = { name: string; at: Instant }

/** Everything that is to ring for a request, the soonest first. */
export const alarmsOf = async (requestId: string): Promise<Alarm[]> => {
  const alarms: Alarm[] = []
  const GroupName = setting('scheduleGroup')
  for await (const { Schedules = [] } of paginateListSchedules(
    { client: scheduler },
    { GroupName, NamePrefix: `${requestId}-` },
  )) {
    for (const { Name } of Schedules) {
      const at = Name && (await timeOf(Name, GroupName))
      if (at) alarms.push({ name: Name, at })
    }
  }
  return alarms.sort((a, b) => a.at.localeCompare(b.at))
}

/** Nothing when it rang between the two calls. The times of ours are in UTC. */
const timeOf = async (Name: string, GroupName: string): Promise<Instant | undefined> => {
  try {
    const { ScheduleExpression = '' } = await scheduler.send(new GetScheduleCommand({ Name, GroupName }))
    const [, at] = /^at\((.+)\)$/.exec(ScheduleExpression) ?? []
    return at && `${at}.000Z`
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
