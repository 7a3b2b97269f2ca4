import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { HouseFunction } from './house-function.ts'
import type { MailQueue } from './mail-queue.ts'
import type { Watch } from './watch.ts'

/**
 * The alarm clock: one one-time schedule for each mail that is due later, made at run time, which puts the mail's ids on
 * the mail queue. Deleting the stack deletes the group and with it all that was scheduled.
 */
export class MailSchedules extends Construct {
  readonly group: ScheduleGroup
  readonly role: Role
  readonly #queue: MailQueue
  readonly #dead: DeadLetterQueue

  constructor(scope: Construct, id: string, queue: MailQueue, watch: Watch) {
    super(scope, id)
    this.#queue = queue
    this.#dead = new DeadLetterQueue(this, 'dead', {
      watch,
      errorImpact:
        'A mail that fell due could not be put on the mail queue: its seeker gets it up to 15 minutes late, from reconcile.',
    })
    this.group = new ScheduleGroup(this, 'group', { removalPolicy: RemovalPolicy.DESTROY })
    watch.alarm('schedules-dropped', {
      errorImpact: 'Alarms of mails that fell due were dropped: their seekers get them late, from reconcile.',
      runbook: 'schedules-dropped',
      graph: 'Schedules dropped',
      metric: new Metric({
        namespace: 'AWS/Scheduler',
        metricName: 'InvocationDroppedCount',
        dimensionsMap: { ScheduleGroup: this.group.scheduleGroupName },
        statistic: 'Sum',
        period: Duration.minutes(5),
      }),
      threshold: 0,
    })
    this.role = new Role(this, 'role', {
      description: 'EventBridge Scheduler puts mails that are due on the mail queue',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Not for schedules of other people or other groups. AWS asks for the group here, not for one schedule.
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': this.group.scheduleGroupArn,
          },
        },
      }),
    })
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['sqs:SendMessage'],
      resourceArns: [queue.queue.queueArn, this.#dead.queue.queueArn],
    })
  }

  /** Lets a function make, move, list and cancel schedules in this group that put messages on the mail queue. */
  areSetBy(fn: HouseFunction): void {
    fn.knows({
      [env.mailQueueArn]: this.#queue.queue.queueArn,
      [env.scheduleGroup]: this.group.scheduleGroupName,
      [env.scheduleRoleArn]: this.role.roleArn,
      [env.scheduleDeadLetterArn]: this.#dead.queue.queueArn,
    })
    fn.may(
      ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
      Stack.of(this).formatArn({
        service: 'scheduler',
        resource: 'schedule',
        resourceName: `${this.group.scheduleGroupName}/*`,
      }),
    )
    // Scheduler lists by account, and knows no narrower right.
    fn.may(['scheduler:ListSchedules'], '*')
    Grant.addToPrincipal({
      grantee: fn,
      actions: ['iam:PassRole'],
      resourceArns: [this.role.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    })
  }
}
