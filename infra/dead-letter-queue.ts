import { Duration } from 'aws-cdk-lib'
import type { IDestination, IEventSourceDlq } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { HouseFunction } from './house-function.ts'
import type { Watch } from './watch.ts'

type Props = {
  watch: Watch
  /** The sentence that whoever is on call reads: what a message in here means for a seeker. */
  errorImpact: string
}

/** A queue for what failed for good, kept for the 14 days that SQS allows, with an alarm on the first message in it. */
export class DeadLetterQueue extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string, { watch, errorImpact }: Props) {
    super(scope, id)
    this.queue = new Queue(this, 'queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    const name = this.node.path.split('/').slice(1).join('-')
    watch.alarm(`${name}-letters`, {
      errorImpact,
      runbook: 'dead-letters',
      graph: 'Dead letters',
      label: name,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      threshold: 0,
    })
  }

  /**
   * The queue as where Lambda puts what a function failed at, a stream's batch or an event. The ready-made destinations
   * also grant to read the queue's attributes, which nobody does: `takesFrom` is the grant.
   */
  get destination(): IDestination & IEventSourceDlq {
    return { bind: () => ({ destination: this.queue.queueArn }) }
  }

  /** Lets Lambda put messages here in the name of a function. */
  takesFrom(fn: HouseFunction): void {
    fn.may(['sqs:SendMessage'], this.queue.queueArn)
  }
}
