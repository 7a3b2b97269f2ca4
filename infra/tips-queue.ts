import { Duration } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { HouseFunction } from './house-function.ts'
import type { Deployment } from './stages.ts'
import type { Watch } from './watch.ts'

/** Readers for whom the same part is due, up to 50 in a message, each message delayed so that SES is not outrun. */
export class TipsQueue extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string, watch: Watch) {
    super(scope, id)
    const dead = new DeadLetterQueue(this, 'dead', {
      watch,
      errorImpact:
        'Tips for up to 50 readers failed five times. Nobody is lost: they are still due, and handed over again; but something is wrong.',
    })
    this.queue = new Queue(this, 'queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the timeout of send-tips (60 s), as Lambda asks.
      visibilityTimeout: Duration.minutes(6),
      deadLetterQueue: { queue: dead.queue, maxReceiveCount: 5 },
      retentionPeriod: Duration.days(1),
    })
    watch.alarm('tips-waits', {
      errorImpact: 'Tips are hours late: what was handed over has been waiting in the queue for more than an hour.',
      runbook: 'tips-late',
      graph: 'Oldest message in a queue, in seconds',
      label: 'tips',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: 3600,
    })
  }

  /** Lets a function put messages on the queue. */
  takesFrom(fn: HouseFunction): void {
    fn.knows({ [env.tipsQueueUrl]: this.queue.queueUrl })
    fn.may(['sqs:SendMessage'], this.queue.queueArn)
  }

  /** Lets a function ask how many messages wait. */
  showsItsDepthTo(fn: HouseFunction): void {
    fn.may(['sqs:GetQueueAttributes'], this.queue.queueArn)
  }

  /** Hands the messages to a function. */
  feeds(fn: HouseFunction, { tips }: Deployment): void {
    fn.may(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], this.queue.queueArn)
    fn.addEventSourceMapping('tips', {
      eventSourceArn: this.queue.queueArn,
      reportBatchItemFailures: true,
      // The pace is in the delays of the messages: side by side is what one call of two seconds needs.
      batchSize: 1,
      maxConcurrency: Math.max(2, Math.ceil((tips.mailsPerSecond / 50) * 2)),
    })
  }
}
