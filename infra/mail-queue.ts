import { Duration } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { HouseFunction } from './house-function.ts'
import type { Cloud } from './stages.ts'
import type { Watch } from './watch.ts'

/** Mails whose time has come, by their ids: `send-mail` decides from current data whether each still goes out. */
export class MailQueue extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string, watch: Watch) {
    super(scope, id)
    const dead = new DeadLetterQueue(this, 'dead', {
      watch,
      errorImpact:
        'A seeker waits for a mail that is due: sending it failed five times within a quarter of an hour, and is now tried only by reconcile.',
    })
    this.queue = new Queue(this, 'queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the timeout of send-mail (30 s), as Lambda asks: a message must not come back while its batch still runs.
      visibilityTimeout: Duration.minutes(3),
      // Five tries, three minutes apart: after a quarter of an hour reconcile, which runs as often, takes over.
      deadLetterQueue: { queue: dead.queue, maxReceiveCount: 5 },
      retentionPeriod: Duration.days(4),
    })
    watch.alarm('mail-waits', {
      errorImpact:
        'Seekers wait for mail: what is due has been waiting in the queue for more than a quarter of an hour.',
      runbook: 'mail-late',
      graph: 'Oldest message in a queue, in seconds',
      label: 'mail',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: 15 * 60,
    })
  }

  /** Lets a function put messages on the queue. */
  takesFrom(fn: HouseFunction): void {
    fn.knows({ [env.mailQueueUrl]: this.queue.queueUrl })
    fn.may(['sqs:SendMessage'], this.queue.queueArn)
  }

  /** Lets a function ask how many mails wait. */
  showsItsDepthTo(fn: HouseFunction): void {
    fn.knows({ [env.mailQueueUrl]: this.queue.queueUrl })
    fn.may(['sqs:GetQueueAttributes'], this.queue.queueArn)
  }

  /** Hands the messages to a function. */
  feeds(fn: HouseFunction, cloud: Cloud): void {
    fn.may(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], this.queue.queueArn)
    fn.addEventSourceMapping('mail', {
      eventSourceArn: this.queue.queueArn,
      reportBatchItemFailures: true,
      // No window: a draft that somebody asked for should come in seconds.
      ...pace(cloud.mailsPerSecond),
    })
  }
}

/** Claim, send and settle take about this long. */
const SECONDS_PER_MAIL = 0.4

/**
 * As many mails side by side as keep just below what SES takes from this account: at 08:30 those of a whole time zone
 * fall due, and what SES refuses for haste comes back only after the visibility timeout. Batches of up to 5, so that a
 * crash leaves no more than 5 unsettled.
 */
export const pace = (mailsPerSecond: number): { batchSize: number; maxConcurrency: number } => {
  const atOnce = Math.floor(mailsPerSecond * SECONDS_PER_MAIL)
  const batchSize = Math.min(5, Math.max(1, Math.floor(atOnce / 2)))
  // Lambda asks for at least 2.
  return { batchSize, maxConcurrency: Math.max(2, Math.floor(atOnce / batchSize)) }
}
