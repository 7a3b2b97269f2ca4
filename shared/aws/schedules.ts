import {
  ActionAfterCompletion,
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  FlexibleTimeWindowMode,
  paginateListSchedules,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler'
import { type MailDue, scheduleName } from '../mail-due.ts'
import type { Instant } from '../request.ts'
import { setting } from './environment.ts'

const scheduler = new SchedulerClient({})

/** A mail that rings later than this is lost to `reconcile`, which looks every 15 minutes. */
const RETRY_SECONDS = 3600

/**
 * Sets the alarm of a mail, or moves it. `false` when Scheduler refuses because the time has passed: the caller hands the
 * mail to the queue instead. Setting it twice, or after it was deleted, ends with one alarm.
 */
export const set = async (mail: MailDue, at: Instant): Promise<boolean> => {
  const { requestId, occurrence } = mail
  const schedule = {
    Name: scheduleName(mail),
    GroupName: setting('scheduleGroup'),
    // Always UTC: the wall-clock time was resolved in calendar.ts, by a rule of our own for clock changes.
    ScheduleExpression: `at(${at.slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: FlexibleTimeWindowMode.OFF },
    ActionAfterCompletion: ActionAfterCompletion.DELETE,
    Target: {
      Arn: setting('mailQueueArn'),
      RoleArn: setting('scheduleRoleArn'),
      Input: JSON.stringify({ requestId, mail: mail.mail, occurrence } satisfies MailDue),
      DeadLetterConfig: { Arn: setting('scheduleDeadLetterArn') },
      RetryPolicy: { MaximumEventAgeInSeconds: RETRY_SECONDS, MaximumRetryAttempts: 60 },
    },
  }
  try {
    await createOrUpdate(schedule)
    return true
  } catch (error) {
    if (error instanceof ValidationException) return false
    throw error
  }
}

const createOrUpdate = async (schedule: ConstructorParameters<typeof CreateScheduleCommand>[0]): Promise<void> => {
  try {
    await scheduler.send(new CreateScheduleCommand(schedule))
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error
    try {
      await scheduler.send(new UpdateScheduleCommand(schedule))
    } catch (gone) {
      // It rang between the two calls and is deleted: then it has to be made anew.
      if (!(gone instanceof ResourceNotFoundException)) throw gone
      await scheduler.send(new CreateScheduleCommand(schedule))
    }
  }
}

/** Takes the alarm away. One that has rung, or never was, is none: that is fine too. */
export const cancel = (mail: MailDue): Promise<void> => remove(scheduleName(mail))

/** Takes every alarm of a request away, also those of which no row tells any more. */
export const cancelAll = async (requestId: string): Promise<void> => {
  const ofThis = { GroupName: setting('scheduleGroup'), NamePrefix: `${requestId}-` }
  for await (const { Schedules = [] } of paginateListSchedules({ client: scheduler }, ofThis))
    for (const { Name } of Schedules) if (Name) await remove(Name)
}

const remove = async (Name: string): Promise<void> => {
  try {
    await scheduler.send(new DeleteScheduleCommand({ Name, GroupName: setting('scheduleGroup') }))
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
}
